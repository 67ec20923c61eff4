import { afterAll, describe, expect, it } from 'vitest'
import { ConflictError, s, type PluginContext, type PluginDefinition } from '@kartotek/sdk'
import { testCrm } from '../testing/crm.ts'

const guarded: number[] = []
let callBroken = true
const sound: PluginDefinition = {
  id: 'watch', version: '1.0.0', needs: { client: ['read'] },
  settings: { type: 'object', properties: { key: { type: 'string', format: 'secret' }, limit: { type: 'integer', default: 3 } } },
  graphql: {
    typeDefs: 'extend type Query { watchWho: String! watchCount: [Int!]! } extend type Client { watchShout: String }',
    resolvers: {
      Query: { watchCount: async (_, _args, ctx) => [await ctx.records.count('client'), await (await ctx.asPlugin('count-all')).records.count('client')], watchWho: (_, _args, ctx) => `${ctx.plugin} for ${ctx.actor.kind} within ${String(ctx.settings.limit)}` },
      Client: { watchShout: async ({ id }: { id: string }, _args, ctx) => String((await ctx.records.get('client', id, ['name']))?.name).toUpperCase() },
    },
  },
  emits: { callEnded: { label: { en: 'A call ended' }, data: s.object({ seconds: s.integer({ min: 0 }) }) } },
  guards: {
    'client.update': { id: 'no-empty-notes', run: (records) => {
      guarded.push(records.length)
      if (records.some((r) => r.after?.note === 'forbidden')) throw new ConflictError('This note is forbidden.', { plugin: 'watch' })
    } },
    'client.delete': { id: 'asks-a-dead-service', budgetMs: 40, run: () => new Promise<void>(() => undefined) },
  },
  on: { 'client.created': { id: 'call', run: async (events, ctx) => { for (const e of events) await ctx.enqueue('call', { client: e.recordId }) } } },
  workers: [{ id: 'listen', run: (ctx) => new Promise((done) => { ctx.signal.addEventListener('abort', () => done()) }) }, { id: 'breaks', instances: 'each', run: () => Promise.reject(new Error('No tone.')) }],
  jobs: { call: { attempts: 2, run: () => { if (callBroken) throw new Error('The line is dead.') } } },
}
const heard: { name: string, object: string, recordId: string, data?: unknown }[] = []
const listener: PluginDefinition = {
  id: 'listener', version: '1.0.0', dependsOn: { watch: { range: '*' } },
  on: { 'plugin.watch.*': { id: 'hear', run: (events) => { heard.push(...events.map(({ name, object, recordId, data }) => ({ name, object, recordId, data }))) } } },
}
const crm = await testCrm({ plugins: [
  sound, listener,
  { id: 'thrower', version: '1.0.0', start: () => { throw new Error('No licence.') }, objects: [{ name: 'license', plural: 'licenses', label: { en: 'Licence' }, labelPlural: { en: 'Licences' }, title: 'name', fields: [{ name: 'name', type: 'text', label: { en: 'Name' } }] }] },
  { id: 'bad-sdl', version: '1.0.0', graphql: { typeDefs: 'extend type Client { name: Int }', resolvers: {} } },
  { id: 'needy', version: '1.0.0', settings: { type: 'object', required: ['token'], properties: { token: { type: 'string' } } } },
] })
afterAll(() => crm.close())
const admin = await crm.as('administrator')
const manager = await crm.as('manager')

async function newClient(name: string, owner = admin): Promise<string> {
  const { data } = await crm.query(owner, 'mutation ($input: ClientCreateInput!) { createClient(input: $input) { id } }', { input: { name, kind: 'organisation' } })
  return data.createClient.id
}

describe('with plugins that fail', () => {
  it('the core serves, and says to those who may know what is wrong', async () => {
    const { data, errors } = await crm.query(admin, '{ plugins { id state step cause timings { step ms } faults } clients { total { value } } }')
    expect(errors).toBeUndefined()
    expect(data.clients.total.value).toBe(0)
    const states = Object.fromEntries(data.plugins.map((p: { id: string, state: string, step: string, cause: string | null }) => [p.id, `${p.state} at ${p.step}: ${p.cause}`]))
    expect(states).toEqual({
      watch: 'running at started: null',
      listener: 'running at started: null',
      thrower: 'failed at started: No licence.',
      'bad-sdl': expect.stringMatching(/^failed at schema composed: The field Client\.name must begin with badSdl/),
      needy: expect.stringMatching(/^unconfigured at settings valid: It waits for settings: token/),
    })
    expect(data.plugins[0].timings).toHaveLength(10)
    const refused = await crm.query(manager, '{ plugins { id } }')
    expect(refused.errors?.[0]?.extensions.code).toBe('FORBIDDEN')
  })

  it('nothing of them is in the API of what did not compose', async () => {
    const { errors } = await crm.query(admin, '{ clients { nodes { name } } }')
    expect(errors).toBeUndefined()
  })
})

it('runs the workers of a plugin, and tells how they are', async () => {
  await expect.poll(async () => (await crm.query(admin, '{ plugins { workers { id state cause } } }')).data.plugins[0].workers).toEqual([
    { id: 'listen', state: 'running', cause: null }, { id: 'breaks', state: 'pausing', cause: 'No tone.' },
  ])
})

it('a plugin answers queries and adds fields with a context of its own and the rights of the caller', async () => {
  const client = await newClient('quiet')
  const { data } = await crm.query(admin, 'query ($id: ID!) { watchWho client(id: $id) { watchShout } }', { id: client })
  expect(data).toEqual({ watchWho: 'watch for user within 3', client: { watchShout: 'QUIET' } })
})

it('code for a caller has his rights, and those of the plugin only by a call that is kept in the access log', async () => {
  await newClient('not the manager\'s')
  const { data, errors } = await crm.query(manager, '{ watchCount }')
  expect(errors).toBeUndefined()
  expect(data.watchCount[0]).toBe(0)
  expect(data.watchCount[1]).toBeGreaterThan(0)
  const { rows } = await crm.kartotek.db.pool.query(`select user_id, detail from core.access_log where kind = 'plugin_rights'`)
  expect(rows).toEqual([{ user_id: manager.actor.userId, detail: { plugin: 'watch', reason: 'count-all' } }])
})

it('gives one instance of a service for each context', () => {
  class Calls {
    readonly ctx: PluginContext
    constructor(ctx: PluginContext) { this.ctx = ctx }
  }
  const [one, other] = [crm.kartotek.host.contextFor('watch'), crm.kartotek.host.contextFor('watch')]
  expect(one.get(Calls)).toBe(one.get(Calls))
  expect(one.get(Calls).ctx).toBe(one)
  expect(one.get(Calls)).not.toBe(other.get(Calls))
})

it('an event of a plugin reaches who listens, after commit, with data that are what it declared', async () => {
  const client = await newClient('rings')
  const ctx = crm.kartotek.host.contextFor('watch')
  await ctx.emit('callEnded', { object: 'client', id: client }, { seconds: 61 })
  await expect(ctx.emit('callEnded', { object: 'client', id: client }, { seconds: -1 })).rejects.toThrow('The event watch.callEnded does not take this input: input/seconds must be >= 0.')
  await expect(ctx.emit('other', { object: 'client', id: client })).rejects.toThrow('The plugin watch has no event "other": declare it in "emits".')
  await crm.kartotek.db.kysely.transaction().execute(async (trx) => {
    await crm.kartotek.host.contextFor('watch', undefined, { trx }).emit('callEnded', { object: 'client', id: client }, { seconds: 1 })
    throw new Error('undone')
  }).catch(() => undefined)
  await crm.drain()
  expect(new Set(heard.map((event) => JSON.stringify(event)))).toEqual(new Set([JSON.stringify({ name: 'plugin.watch.callEnded', object: 'client', recordId: client, data: { seconds: 61 } })]))
})

describe('the guards of a plugin', () => {
  it('see all records of a bulk write at once, and refuse on every path', async () => {
    const ids = [await newClient('a'), await newClient('b'), await newClient('c')]
    guarded.length = 0
    const update = 'mutation ($ids: [ID!]!, $input: ClientUpdateInput!) { updateClients(ids: $ids, input: $input) { results { ok } } }'
    const fine = await crm.query(admin, update, { ids, input: { note: 'fine' } })
    expect(fine.errors).toBeUndefined()
    expect(guarded).toEqual([3])
    const one = await crm.query(admin, 'mutation ($id: ID!) { updateClient(id: $id, input: { note: "forbidden" }) { id } }', { id: ids[0] })
    expect(one.errors?.[0]).toMatchObject({ message: 'This note is forbidden.', extensions: { code: 'CONFLICT' } })
    const after = await crm.query(admin, 'query ($id: ID!) { client(id: $id) { note } }', { id: ids[0] })
    expect(after.data.client.note).toBe('fine')
  })

  it('that do not answer close the way, name themselves, and leave the record', async () => {
    const id = await newClient('keep')
    const { errors } = await crm.query(admin, 'mutation ($id: ID!) { deleteClient(id: $id) { id } }', { id })
    expect(errors?.[0]).toMatchObject({ message: expect.stringContaining('"asks-a-dead-service" of the plugin watch'), extensions: { code: 'UNAVAILABLE' } })
    expect((await crm.query(admin, 'query ($id: ID!) { client(id: $id) { id trashedAt } }', { id })).data.client).toEqual({ id, trashedAt: null })
  })
})

it('a job that failed for good is listed, and succeeds when it is retried after the repair', async () => {
  const id = await newClient('call me')
  await crm.drain()
  const list = '{ failedJobs { id plugin kind job attempts error input } }'
  const { data } = await crm.query(admin, list)
  const mine = data.failedJobs.find((job: { input: { client: string } }) => job.input.client === id)
  expect(mine).toMatchObject({ plugin: 'watch', kind: 'job', job: 'call', attempts: 2, error: 'The line is dead.' })
  expect((await crm.query(manager, list)).errors?.[0]?.extensions.code).toBe('FORBIDDEN')
  callBroken = false
  expect((await crm.query(admin, 'mutation ($id: ID!) { retryJob(id: $id) }', { id: mine.id })).data.retryJob).toBe(true)
  expect((await crm.drain()).failed).toEqual([])
  const left = (await crm.query(admin, list)).data.failedJobs as { id: string }[]
  expect(left.map((job) => job.id)).not.toContain(mine.id)
})

describe('settings in the API', () => {
  it('are read by everybody and changed by those who may', async () => {
    const change = 'mutation ($input: CompanyInput!) { updateCompany(input: $input) { name timeZone languages } }'
    const { data } = await crm.query(admin, change, { input: { name: 'Ромашка', timeZone: 'Europe/Kyiv', languages: ['uk', 'en'] } })
    expect(data.updateCompany).toEqual({ name: 'Ромашка', timeZone: 'Europe/Kyiv', languages: ['uk', 'en'] })
    expect((await crm.query(manager, '{ company { name timeZone } }')).data.company).toEqual({ name: 'Ромашка', timeZone: 'Europe/Kyiv' })
    expect((await crm.query(manager, change, { input: { name: 'x' } })).errors?.[0]?.extensions.code).toBe('FORBIDDEN')
    const bad = await crm.query({ ...admin, actor: { ...admin.actor, locale: 'fi' } }, change, { input: { country: 'Suomi' } })
    expect(bad.errors?.[0]?.extensions).toMatchObject({ code: 'INVALID_INPUT', fields: [{ field: 'country', message: 'Anna kaksikirjaiminen maakoodi, esimerkiksi FI.' }] })
  })

  it('of a plugin never give a secret back', async () => {
    const { data } = await crm.query(admin, 'mutation { updatePluginSettings(plugin: "watch", values: { key: "top-secret", limit: 7 }) { values } }')
    expect(data.updatePluginSettings.values).toEqual({ key: { isSet: true }, limit: 7 })
    expect((await crm.query(admin, '{ watchWho }')).data.watchWho).toBe('watch for user within 7')
    expect((await crm.query(manager, '{ pluginSettings(plugin: "watch") { values } }')).errors?.[0]?.extensions.code).toBe('FORBIDDEN')
  })
})
