import { afterAll, expect, it } from 'vitest'
import type { Caller } from '../access/caller.ts'
import { testCrm } from '../testing/crm.ts'
import { createJob } from './job.ts'
import { parseMapping } from './mapping.ts'
import { runImport } from './run.ts'

const crm = await testCrm({ work: false })
afterAll(() => crm.close())
const { engine } = crm.kartotek
const admin = await crm.as('administrator')
const { rules } = engine.live.current.roles.find((role) => role.key === 'manager')!
const anna = await crm.withRules({ ...rules, capabilities: ['import.run'] })
const boris = await crm.withRules({ ...rules, capabilities: ['import.run'] })

const MAPPING = {
  object: 'client', fields: { name: 'Name', taxId: 'Tax', contactPoints: [{ kind: { constant: 'phone' }, value: 'Phone' }] },
  also: [{ object: 'contact', when: { column: 'Person', filled: true }, fields: { lastName: 'Person', contactPoints: [{ kind: { constant: 'email' }, value: 'Mail' }], clients: [{ client: { record: 'main' } }] } }],
}
async function load(caller: Caller, lines: string[], more: { dryRun?: boolean, mapping?: object } = {}): Promise<string> {
  const bytes = Buffer.from(['Name;Tax;Phone;Person;Mail', ...lines].join('\n'))
  const job = await createJob(engine.db, { mapping: parseMapping({ ...MAPPING, ...more.mapping }), fileName: 'clients.csv', userId: caller.actor.userId, dryRun: more.dryRun ?? false, bytes: bytes.length })
  await runImport({ engine, caller: { ...caller, origin: 'import' }, job, open: async function* () { yield bytes } })
  return job.id
}
const RESULT = 'query ($id: ID!, $first: Int, $after: Int) { import(id: $id) { created failed alikeRows alike(first: $first, after: $after) { row object record { id title } others { id title } reasons { key label strength } } } }'
const result = async (caller: Caller, id: string, page: object = {}) => (await crm.ask(caller, RESULT, { id, ...page })).import
const create = async (caller: Caller, name: string, number: string) => (await crm.ask(caller, 'mutation ($input: ClientCreateInput!) { createClient(input: $input) { id } }', { input: { name, contactPoints: [{ kind: 'phone', value: number }] } })).createClient.id as string

it('says which rows resemble records that were there, also in a trial, and the queue shows the pairs of the import', async () => {
  const rose = await create(anna, 'Rose Oy', '+358 40 1112223')
  await create(boris, 'Bloom Ab', '+358 40 5556667')
  await crm.ask(anna, 'mutation ($input: ContactCreateInput!) { createContact(input: $input) { id } }', { input: { lastName: 'Lumme', contactPoints: [{ kind: 'email', value: 'lumme@rose.example.com' }] } })
  await crm.drain()
  const lines = ['Ruusu;;040 111 2223;;', 'Bloom;;040 555 6667;;', 'Leaf;;040 999 0000;Lumme;Lumme@rose.example.com', 'Bad;12;040 111 2223;;', 'Leaf too;;+358409990000;;']
  const trial = await result(anna, await load(anna, lines, { dryRun: true }))
  expect(trial).toMatchObject({ created: 4, failed: 1, alikeRows: 2 })
  expect(trial.alike).toMatchObject([{ row: 2, object: 'client', record: null, others: [{ id: rose }] }, { row: 4, object: 'contact', record: null }])

  const id = await load(anna, lines)
  const done = await result(anna, id)
  // What only Boris may see is no news for Anna, and a row that was not loaded resembles nothing.
  expect(done).toMatchObject({ created: 4, failed: 1, alikeRows: 2 })
  expect(done.alike).toEqual([
    { row: 2, object: 'client', record: { id: expect.any(String), title: 'Ruusu' }, others: [{ id: rose, title: 'Rose Oy' }], reasons: [{ key: 'phone', label: expect.any(String), strength: 'STRONG' }] },
    { row: 4, object: 'contact', record: { id: expect.any(String), title: 'Lumme' }, others: [{ id: expect.any(String), title: 'Lumme' }], reasons: [expect.objectContaining({ key: 'email' })] },
  ])
  expect((await result(anna, id, { first: 1 })).alike).toHaveLength(1)
  expect((await result(anna, id, { first: 50, after: 2 })).alike).toMatchObject([{ row: 4 }])
  expect(await result(boris, id)).toBeNull()

  await create(anna, 'Other 1', '+358 40 3334445')
  await create(boris, 'Other 2', '+358 40 3334445')
  await crm.drain()
  const pairs = async (caller: Caller, args: string) => (await crm.query(caller, `{ duplicatePairs(object: "client"${args}) { nodes { first { title } second { title } } } }`))
  const titles = ({ data }: { data: { duplicatePairs: { nodes: { first: { title: string }, second: { title: string } }[] } } }) => data.duplicatePairs.nodes.map(({ first, second }) => [first.title, second.title].sort().join(' + ')).sort()
  expect(titles(await pairs(admin, ''))).toContain('Other 1 + Other 2')
  // Rows of one file that resemble each other are found in the queue, too.
  expect(titles(await pairs(admin, `, import: "${id}"`))).toEqual(['Bloom + Bloom Ab', 'Leaf + Leaf too', 'Rose Oy + Ruusu'])
  expect(titles(await pairs(anna, `, import: "${id}"`))).toEqual(['Leaf + Leaf too', 'Rose Oy + Ruusu'])
  expect((await pairs(boris, `, import: "${id}"`)).errors).toMatchObject([{ extensions: { code: 'NOT_FOUND' } }])
  expect((await pairs(await crm.as('manager'), `, import: "${id}"`)).errors).toMatchObject([{ extensions: { code: 'FORBIDDEN' } }])
}, 60_000)

it('tells nothing of records that the importer no longer sees, nor by fields that are closed to him', async () => {
  const lily = await create(anna, 'Lily Oy', '+358 40 7778889')
  await crm.drain()
  const id = await load(anna, ['Lilja;;040 777 8889;;'])
  expect((await result(anna, id)).alikeRows).toBe(1)
  const blind = await crm.withRules({ objects: { '*': { read: 'all', create: 'all', update: 'all', delete: 'all' } }, fields: { 'contactPoint.key': { read: false, write: false } }, capabilities: ['import.run'] }, { userId: anna.actor.userId })
  expect(await result(blind, id)).toMatchObject({ created: 1, alikeRows: 0, alike: [] })
  await crm.ask(admin, 'mutation ($id: ID!, $owner: ID) { updateClient(id: $id, input: { owner: $owner }) { id } }', { id: lily, owner: boris.actor.userId })
  expect(await result(anna, id)).toMatchObject({ alikeRows: 0, alike: [] })
  expect(await result(admin, id)).toMatchObject({ alikeRows: 1, alike: [{ others: [{ id: lily }] }] })
})

it('leaves alone rows that were recognised as records that are there', async () => {
  await create(anna, 'Moss Oy', '+358 40 2221110')
  await crm.drain()
  expect(await result(anna, await load(anna, ['Sammal;;040 222 1110;;'], { mapping: { match: ['contactPoint'] } }))).toMatchObject({ created: 0, alikeRows: 0 })
})
