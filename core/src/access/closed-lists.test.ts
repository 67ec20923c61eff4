import { afterAll, expect, it } from 'vitest'
import { testCrm } from '../testing/crm.ts'

const crm = await testCrm()
afterAll(() => crm.close())
const admin = await crm.as('administrator')
const all = { read: 'all', create: 'all', update: 'all', delete: 'all' } as const
const blind = await crm.withRules({ objects: { '*': all }, fields: { 'contactPoint.client': { read: false } } })

it('are closed with the reference that makes them, in selections, filters, search and histories', async () => {
  const { data: { createClient: { id } } } = await crm.query(admin, 'mutation { createClient(input: { name: "Oy", contactPoints: [{ kind: "telegram", value: "whisper" }] }) { id } }')
  await crm.query(admin, `mutation { updateClient(id: "${id}", input: { note: "x", contactPoints: [{ kind: "telegram", value: "murmur" }] }) { id } }`)
  const history = async (caller: typeof admin): Promise<string> => JSON.stringify((await crm.query(caller, `{ changeSets(object: "client", record: "${id}") { nodes { changes { object fields { key after } } } } }`)).data)
  const found = async (caller: typeof admin) => (await crm.query(caller, '{ clients(search: "murmur") { nodes { id } } }')).data.clients.nodes.length
  expect(await history(admin)).toMatch(/whisper.*murmur|murmur.*whisper/)
  expect(await found(admin)).toBe(1)
  expect(await history(blind)).not.toMatch(/whisper|murmur|contactPoint/)
  expect(await history(blind)).toContain('note')
  expect(await found(blind)).toBe(0)
  for (const source of [`{ client(id: "${id}") { contactPoints { value } } }`, '{ clients(filter: { contactPoints: { some: { value: { eq: "murmur" } } } }) { nodes { id } } }']) {
    expect((await crm.query(blind, source)).errors, source).toMatchObject([{ extensions: { code: 'INVALID_INPUT' } }])
  }
})
