import { afterAll, expect, it } from 'vitest'
import type { Caller } from '../../access/caller.ts'
import { testCrm } from '../../testing/crm.ts'

const crm = await testCrm()
afterAll(() => crm.close())
const admin = await crm.as('administrator')
const manager = await crm.as('manager')
const done = async (caller: Caller, source: string) => {
  const { data, errors } = await crm.query(caller, source)
  expect(errors).toBeUndefined()
  return Object.values(data)[0] as { id: string } & Record<string, unknown>
}
const hidden = await done(admin, 'mutation { createClient(input: { name: "Secret Oy", code: "C-77" }) { id } }')
const mine = await done(manager, 'mutation { createClient(input: { name: "Mine" }) { id } }')
const taken = { field: 'code', rule: 'unique', message: 'This value exists already.' }

it('refuses a value that a hidden record has without a word of that record', async () => {
  expect((await crm.query(manager, `{ client(id: "${hidden.id}") { id } }`)).data.client).toBeNull()
  for (const source of ['createClient(input: { name: "x", code: "C-77" }) { id }', `updateClient(id: "${mine.id}", input: { code: "C-77" }) { id }`]) {
    const { errors } = await crm.query(manager, `mutation { ${source} }`)
    expect(errors).toMatchObject([{ message: 'This value exists already.' }])
    expect(errors![0]!.extensions).toEqual({ code: 'DUPLICATE', object: 'client', field: 'code', fields: [taken] })
  }
  for (const source of ['createClients(inputs: [{ name: "x", code: "C-77" }])', `updateClients(ids: ["${mine.id}"], input: { code: "C-77" })`]) {
    const { data } = await crm.query(manager, `mutation { ${source} { results { ok error { code message fields missing } } } }`)
    expect((Object.values(data)[0] as { results: unknown }).results).toEqual([{ ok: false, error: { code: 'DUPLICATE', message: 'This value exists already.', fields: [taken], missing: null } }])
  }
})

it('does not name fields that the caller may not read when their rules are broken', async () => {
  for (const input of ['name: "badge", type: text, unique: true, labels: { en: "Badge" }', 'name: "grade", type: text, labels: { en: "Grade" }']) await done(admin, `mutation { createField(object: "client", input: { ${input} }) { key } }`)
  const all = { read: 'all', create: 'all', update: 'all', delete: 'all' } as const
  const blind = await crm.withRules({ objects: { '*': all }, fields: { 'client.custom.badge': { read: false }, 'client.custom.grade': { read: false } }, capabilities: ['changes.revert'] })
  const told = { field: '', rule: 'closed', message: 'A rule of a field that you may not see is broken; ask an administrator.' }

  // What comes back from the trash meets a value that somebody took meanwhile.
  const old = await done(admin, 'mutation { createClient(input: { name: "Old", custom: { badge: "B-1" } }) { id } }')
  await done(admin, `mutation { deleteClient(id: "${old.id}") { id } }`)
  await done(admin, 'mutation { createClient(input: { name: "New", custom: { badge: "B-1" } }) { id } }')
  const restored = await crm.query(blind, `mutation { restoreClient(id: "${old.id}") { id } }`)
  expect(restored.errors![0]!.extensions).toEqual({ code: 'DUPLICATE', object: 'client', field: null, fields: [told] })
  const [trashing] = (await crm.query(admin, `{ changeSets(object: "client", record: "${old.id}", first: 1) { nodes { id } } }`)).data.changeSets.nodes
  const reverted = await done(blind, `mutation { revertChangeSet(id: "${trashing.id}") { reverted kept { reason fields message } } }`)
  expect(reverted).toEqual({ reverted: 0, kept: [{ reason: 'invalid', fields: [], message: told.message }] })

  await done(admin, 'mutation { updateField(object: "client", field: "custom.grade", input: { required: true, backfill: "A" }) { key } }')
  const { errors } = await crm.query(blind, 'mutation { createClient(input: { name: "x" }) { id } }')
  expect(errors![0]).toMatchObject({ message: told.message, extensions: { code: 'INVALID_INPUT', fields: [told] } })
  expect(JSON.stringify([restored, reverted, errors])).not.toMatch(/badge|grade/i)
})
