// Plugins that go wrong while all others work: the core serves, and the log or the state says who it was.
import { afterAll, beforeAll, expect, it, vi } from 'vitest'
import type { PluginDefinition } from '@kartotek/sdk'
import { testCrm } from '../testing/crm.ts'
import { testLog } from '../testing/index.ts'
import { bindResolvers } from './resolvers.ts'

const never = () => new Promise<never>(() => undefined)
const object = (name: string) => ({ name, plural: `${name}s`, label: { en: name }, labelPlural: { en: `${name}s` }, title: 'name', fields: [{ name: 'name', type: 'text' as const, label: { en: 'Name' } }] })
const bad: PluginDefinition[] = [
  { id: 'bad-tables', version: '1.0.0', tables: { migrations: [{ id: '0001-a', sql: 'create table good (id int); create table good (id int)' }] } },
  { id: 'late', version: '1.0.0', start: never },
  {
    id: 'unsteady', version: '1.0.0', objects: [object('wobble')],
    graphql: {
      typeDefs: 'extend type Query { unsteadyThrows: Int unsteadyWrong: Int! }',
      resolvers: { Query: {
        unsteadyThrows: () => { throw new Error('resolver broke') }, unsteadyWrong: () => 'no number',
      } },
    },
    on: { 'wobble.created': { id: 'throws', run: () => { throw new Error('handler broke') } }, 'client.created': { id: 'waits', timeoutSeconds: 0.2, run: never } },
    jobs: { waits: { timeoutSeconds: 0.2, attempts: 1, run: never }, throws: { attempts: 1, run: () => { throw new Error('job broke') } } },
    guards: { 'wobble.update': { id: 'waits', budgetMs: 30, run: never }, 'wobble.delete': { id: 'throws', run: () => { throw new TypeError('guard broke') } } },
    http: [{ method: 'GET', path: '/breaks', access: 'public', run: () => { throw new Error('route broke') } }],
  },
  { id: 'sound', version: '1.0.0', graphql: { typeDefs: 'extend type Query { sound: Int! }', resolvers: { Query: { sound: () => 7 } } } },
]
const told: unknown[][] = []
beforeAll(() => { for (const level of ['error', 'warn'] as const) vi.spyOn(testLog, level).mockImplementation((...words: unknown[]) => { told.push(words) }) })
const crm = await testCrm({ plugins: bad, work: false })
afterAll(async () => {
  vi.restoreAllMocks()
  await crm.close()
})
const admin = await crm.as('administrator')
const serves = async () => expect((await crm.ask(admin, '{ sound clients { total { value } } }')).sound).toBe(7)
const said = (plugin: string, words: string) => told.some((line) => JSON.stringify(line, (_, value: unknown) => (value instanceof Error ? value.message : value)).includes(plugin) && JSON.stringify(line, (_, value: unknown) => (value instanceof Error ? value.message : value)).includes(words))

it('a migration that fails and a start that never ends stop their plugins alone, with the cause', async () => {
  const states = Object.fromEntries(crm.kartotek.host.states.map(({ id, state, step, cause }) => [id, `${state} at ${step}: ${cause}`]))
  expect(states).toMatchObject({
    'bad-tables': expect.stringMatching(/^failed at tables migrated: .*already exists/),
    'late': 'failed at started: late: start did not end within 10 s.',
    'unsteady': 'running at started: null', 'sound': 'running at started: null',
  })
  expect((await crm.kartotek.db.pool.query(`select to_regclass('p_bad_tables.good') as left`)).rows[0].left).toBeNull()
  await serves()
})

it('a resolver that throws, or answers what its schema does not say, is an error of that field', async () => {
  const { data, errors } = await crm.query(admin, '{ unsteadyThrows sound }')
  expect(data).toEqual({ unsteadyThrows: null, sound: 7 })
  expect(errors![0]).toMatchObject({ extensions: { code: 'INTERNAL' } })
  expect(said('resolver broke', '')).toBe(true)
  expect((await crm.query(admin, '{ unsteadyWrong }')).errors![0]!.message).toContain('no number')
  await serves()
})

it('a resolver that never answers is given up and named', async () => {
  const ctx = crm.kartotek.host.contextFor('unsteady')
  const { Query } = bindResolvers('unsteady', { Query: { waits: never, answers: async () => 1 } }, () => ctx, () => undefined, 50)
  await expect(Query!.waits!(null, {}, ctx)).rejects.toMatchObject({ code: 'UNAVAILABLE', message: 'The plugin unsteady did not answer within 0.05 s.' })
  expect(await Query!.answers!(null, {}, ctx)).toBe(1)
  expect(said('unsteady', 'did not answer and was given up')).toBe(true)
})

it('a handler and a job that throw or never answer are given up and listed by name', async () => {
  await crm.ask(admin, 'mutation { createWobble(input: { name: "a" }) { id } createClient(input: { name: "a", kind: "person" }) { id } }')
  const ctx = crm.kartotek.host.contextFor('unsteady')
  await ctx.enqueue('waits', {})
  await ctx.enqueue('throws', {})
  const failures = (await crm.drain()).failed.map(({ queue, message }) => `${queue}: ${message}`)
  expect(failures).toEqual(expect.arrayContaining(['unsteady.on.throws: handler broke', 'unsteady.on.waits: It did not end within 0.2 s.', 'unsteady.job.throws: job broke', 'unsteady.job.waits: It did not end within 0.2 s.']))
  const { failedJobs } = await crm.ask(admin, '{ failedJobs { plugin kind job error } }')
  expect(failedJobs).toEqual(expect.arrayContaining([{ plugin: 'unsteady', kind: 'job', job: 'waits', error: 'It did not end within 0.2 s.' }]))
  await serves()
})

it('a guard that throws or never answers closes the way and is named, and what it guards stays', async () => {
  const { createWobble: { id } } = await crm.ask(admin, 'mutation { createWobble(input: { name: "b" }) { id } }')
  const late = await crm.query(admin, 'mutation ($id: ID!) { updateWobble(id: $id, input: { name: "c" }) { id } }', { id })
  expect(late.errors![0]).toMatchObject({ message: expect.stringContaining('The check "waits" of the plugin unsteady'), extensions: { code: 'UNAVAILABLE', plugin: 'unsteady', guard: 'waits' } })
  const broke = await crm.query(admin, 'mutation ($id: ID!) { deleteWobble(id: $id) { id } }', { id })
  expect(broke.errors![0]!.extensions).toMatchObject({ code: 'UNAVAILABLE', guard: 'throws' })
  expect((await crm.ask(admin, 'query ($id: ID!) { wobble(id: $id) { name } }', { id })).wobble).toEqual({ name: 'b' })
  expect(said('unsteady', 'A guard broke')).toBe(true)
})

it('a route that throws answers 500 and tells nothing of why', async () => {
  const response = await crm.get(null, 'unsteady/breaks')
  expect(response.status).toBe(500)
  expect(await response.text()).not.toContain('route broke')
})
