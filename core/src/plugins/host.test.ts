import { buildSchema, type GraphQLSchema } from 'graphql'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { textIn, ConflictError, type Actor, type PluginDefinition, type RecordEvent, type Records } from '@kartotek/sdk'
import { EventDispatcher, Wake, writeEvents, eventsFeature } from '../events/index.ts'
import { migrations as eventMigrations } from '../events/migrations.ts'
import { failedJobs, Jobs, jobsFeature } from '../jobs/index.ts'
import { migrations as modelMigrations } from '../model/migrations.ts'
import { SecretBox, Settings, settingsFeature } from '../settings/index.ts'
import { migrations as settingMigrations } from '../settings/migrations.ts'
import { testDatabase, testLog } from '../testing/index.ts'
import type { PluginEntry } from './entries.ts'
import { hostPlugins, type PluginHost } from './index.ts'
import { migrations } from './migrations.ts'
import { chooseEnabled } from './packages/choice.ts'
import { PluginDatabases } from './tables/plugin-database.ts'

const db = await testDatabase({ migrations: [...modelMigrations, ...eventMigrations, ...settingMigrations, ...migrations] })
const wake = new Wake(db)
const opened: { host: PluginHost, jobs: Jobs }[] = []
const NO_RECORDS = {} as Records
const user: Actor = { kind: 'user', id: 'u', userId: 'u', name: 'U', locale: 'en', roleIds: [], teamIds: [], hasShares: false }
const BASE = `scalar JSON scalar DateTime type Query { ok: Boolean } type Mutation { ok: Boolean } type Client { id: ID! }`

async function host(plugins: (string | PluginDefinition | PluginEntry)[], options: { stepMs?: number, strict?: boolean, start?: boolean, work?: boolean, base?: GraphQLSchema, features?: PluginDefinition[] } = {}) {
  const jobs = new Jobs(db, wake, { log: testLog, work: options.work ?? false })
  const dispatcher = new EventDispatcher(db, jobs, wake, { log: testLog })
  const settings = new Settings(db, new SecretBox('s'))
  await settings.refresh()
  const clients: PluginDefinition = { id: 'clients', version: '1.0.0', objects: [{
    name: 'client', plural: 'clients', label: { en: 'Client' }, labelPlural: { en: 'Clients' }, title: 'name',
    fields: [{ name: 'name', type: 'text', label: { en: 'Name' } }],
  }] }
  const features = [clients, eventsFeature({ db }), jobsFeature({ db, jobs }), settingsFeature({ settings }), ...options.features ?? []]
  const made = await hostPlugins(features, plugins, { db, jobs, settings, log: testLog, baseDir: import.meta.dirname, stepMs: options.stepMs ?? 500, strict: options.strict })
  await made.migrate()
  made.compose(() => options.base ?? buildSchema(BASE))
  made.useRecords(() => NO_RECORDS)
  if (options.start !== false) await made.start()
  opened.push({ host: made, jobs })
  return { host: made, jobs, dispatcher, settings, of: (id: string) => made.states.find((s) => s.id === id)! }
}

afterEach(async () => {
  for (const { host: h, jobs } of opened.splice(0)) {
    await h.stop()
    await jobs.stop(0)
  }
})

const plugin = (id: string, rest: Partial<PluginDefinition> = {}): PluginDefinition => ({ id, version: '1.0.0', ...rest })

describe('a sound plugin', () => {
  it('is found by path, takes every step and says how long each took', async () => {
    const { of } = await host(['./fixtures/good.ts'])
    expect(of('good')).toMatchObject({ state: 'running', step: 'started', version: '1.2.0', source: './fixtures/good.ts', cause: null })
    expect(of('good').timings.map((t) => t.step)).toEqual([
      'discovered', 'loaded', 'manifest valid', 'compatible', 'dependencies met', 'settings valid', 'model contributed', 'tables migrated', 'schema composed', 'started',
    ])
  })

  it('is found as a folder of a package', async () => {
    const { of, host: h } = await host(['../../../examples/hello-plugin'])
    expect(of('hello')).toMatchObject({ state: 'running', version: '1.0.0' })
    expect(h.model.at(-1)).toMatchObject({ from: 'hello', objects: [{ name: 'greeting' }], fields: { client: [{ name: 'favouriteGreeting' }] } })
  })

  it('brings its objects, fields, SDL and permissions beside those of the core', async () => {
    const { host: h } = await host([plugin('loyalty', {
      objects: [{ name: 'card', plural: 'cards', label: { en: 'Card' }, labelPlural: { en: 'Cards' }, title: 'number',
        fields: [{ name: 'number', type: 'text', label: { en: 'Number' } }, { name: 'client', type: 'reference', to: 'client', label: { en: 'Client' } }] }],
      fields: { client: [{ name: 'points', type: 'integer', label: { en: 'Points' } }] },
      permissions: { grant: { label: { en: 'Grant points' } } },
      needs: { client: ['read'] },
      graphql: { typeDefs: 'extend type Query { loyaltyBest: [LoyaltyRow!]! } type LoyaltyRow { points: Int }', resolvers: { Query: { loyaltyBest: () => [] } } },
    })])
    expect(h.problems).toEqual([])
    expect(h.model.find((m) => m.from === 'loyalty')).toMatchObject({ core: false, objects: [{ name: 'card' }], fields: { client: [{ name: 'points' }] } })
    expect(h.graphql.map((g) => g.from)).toEqual(['jobs', 'settings', 'plugins', 'loyalty'])
    expect(h.permissions).toMatchObject([{ capability: 'loyalty.grant' }])
    expect(h.needs('loyalty')).toEqual({ client: ['read'] })
  })

  it('starts after what it depends on, whatever the order of the list, and stops before it', async () => {
    const order: string[] = []
    const noisy = (id: string, rest: Partial<PluginDefinition> = {}) => plugin(id, { start: () => void order.push(id), stop: () => void order.push(`-${id}`), ...rest })
    const { host: h } = await host([noisy('sms', { dependsOn: { telephony: { range: '^1.0' }, fax: { range: '*', optional: true } } }), noisy('telephony')])
    await h.stop()
    expect(order).toEqual(['telephony', 'sms', '-sms', '-telephony'])
  })
})

describe('a plugin that fails stands still alone', () => {
  it.each([
    ['is missing', './fixtures/nothing.ts', 'discovered', /There is no file or folder .*nothing\.ts/],
    ['is not installed', '@example/absent', 'discovered', /The package @example\/absent is not installed/],
    ['throws at load', './fixtures/throws-at-load.ts', 'loaded', /Importing it failed: no licence file/],
    ['never finishes loading', './fixtures/never-loads.ts', 'loaded', /import did not end within 500 ms/],
    ['has no default export', './fixtures/no-default.ts', 'loaded', /no default export/],
  ])('when its module %s', async (_, entry, step, cause) => {
    const { of, host: h } = await host([entry, './fixtures/good.ts'])
    expect(of(entry)).toMatchObject({ state: 'failed', step, cause: expect.stringMatching(cause) })
    expect(of('good').state).toBe('running')
    expect(h.problems).toHaveLength(1)
    expect(h.health).toEqual(['A plugin could not be loaded; administrators see why.'])
  })

  it.each([
    ['throws', () => { throw new Error('port taken') }, 'port taken'],
    ['rejects', () => Promise.reject(new Error('no answer')), 'no answer'],
    ['never ends', () => new Promise<void>(() => undefined), 'bad: start did not end within 500 ms.'],
  ])('when its start %s', async (_, start, cause) => {
    const { of } = await host([plugin('bad', { start }), plugin('child', { dependsOn: { bad: { range: '*' } } }), plugin('good')])
    expect(of('bad')).toMatchObject({ state: 'failed', step: 'started', cause })
    expect(of('child')).toMatchObject({ state: 'failed', cause: expect.stringContaining(`It needs "bad", which is failed: ${cause}`) })
    expect(of('good').state).toBe('running')
  })

  it('tells its start that the time is over', async () => {
    let signal: AbortSignal | undefined
    await host([plugin('late', { start: (ctx) => { signal = ctx.signal; return new Promise(() => undefined) } })], { stepMs: 50 })
    expect(signal!.aborted).toBe(true)
  })

  it('is an error of the start in strict mode', async () => {
    await expect(host([plugin('bad', { start: () => { throw new Error('no') } })], { strict: true })).rejects.toThrow('Not all plugins run: bad is failed')
  })
})

describe('the manifest', () => {
  const run = () => undefined
  it.each<[string, unknown, RegExp]>([
    ['an id with capitals', plugin('MyPlugin'), /id "MyPlugin" is not kebab-case/],
    ['an id that is too long', plugin('a'.repeat(41)), /at most 40 characters/],
    ['an id of the core', plugin('settings'), /belongs to a part of the core/],
    ['a bad version', plugin('a', { version: 'one' }), /The version "one" is no semantic version/],
    ['a part of the wrong shape', plugin('a', { fields: { client: 'name' as never } }), /fields\.client must be array, and is "name"/],
    ['needs that nobody can grant', plugin('a', { needs: { client: ['write' as never] } }), /needs\.client\.0 must be equal to one of the allowed values \(read, create, update, delete\), and is "write"/],
    ['an unknown part', { ...plugin('a'), jobz: {} }, /"jobz" is no part of a plugin/],
    ['a bad range', plugin('a', { dependsOn: { b: { range: 'newest' } } }), /dependsOn\.b\.range is "newest"/],
    ['a handler without id', plugin('a', { on: { 'client.updated': { run } as never } }), /on\["client\.updated"\] needs an id/],
    ['a handler of no event', plugin('a', { on: { updated: { id: 'x', run } } }), /write the key as "object\.event"/],
    ['two guards of one id', plugin('a', { guards: { 'client.update': { id: 'x', run }, 'client.delete': { id: 'x', run } } }), /Two guards have the id "x"/],
    ['a job without run', plugin('a', { jobs: { sync: {} as never } }), /jobs\.sync\.run is no function/],
    ['a bad schema of settings', plugin('a', { settings: { type: 'objekt' } }), /settings is no JSON Schema/],
    ['a bad cron expression', plugin('a', { schedules: [{ id: 'x', cron: 'daily', run }] }), /five fields are needed/],
    ['two routes for one address', plugin('a', { http: [1, 2].map(() => ({ method: 'GET' as const, path: '/x', run: () => ({}) })) }), /Two routes answer GET \/x/],
    ['an unknown field type', plugin('a', { fields: { client: [{ name: 'x', type: 'colour' as never, label: { en: 'X' } }] } }), /unknown type "colour"/],
    ['a field on no object', plugin('a', { fields: { house: [{ name: 'x', type: 'text', label: { en: 'X' } }] } }), /object "house", which does not exist/],
    ['an object of the core', plugin('a', { objects: [{ name: 'client', plural: 'clientele', label: { en: 'C' }, labelPlural: { en: 'C' }, title: 'x', fields: [{ name: 'x', type: 'text', label: { en: 'X' } }] }] }), /name "client" is taken by "clients"/],
    ['a newer SDK', plugin('a', { compat: { sdk: '^99.0' } }), /written for the SDK \^99\.0, and this core has 0\.1\.0/],
  ])('refuses %s in one sentence', async (_, bad, cause) => {
    const { host: h } = await host([bad as PluginDefinition, plugin('good')])
    expect(h.states.map((s) => s.state).sort()).toEqual(['failed', 'running'])
    expect(h.states.find((s) => s.state === 'failed')!.cause).toMatch(cause)
  })

  it('refuses a second plugin with the same id and keeps the first', async () => {
    const { host: h } = await host([plugin('twin'), plugin('twin')])
    expect(h.states.filter((s) => s.id === 'twin').map((s) => s.state).sort()).toEqual(['failed', 'running'])
  })
})

describe('dependencies', () => {
  it('that are missing or too old are named', async () => {
    const { of } = await host([plugin('a', { dependsOn: { b: { range: '^1.0' } } }), plugin('c', { dependsOn: { d: { range: '^2.0' } } }), plugin('d')])
    expect(of('a').cause).toBe('It needs "b", which is not installed: add it to KARTOTEK_PLUGINS.')
    expect(of('c').cause).toBe('It needs "d" in a version ^2.0, and 1.0.0 is installed.')
    expect(of('d').state).toBe('running')
  })

  it('that go in a circle are shown as a path, and fail what leans on them', async () => {
    const needs = (id: string) => ({ dependsOn: { [id]: { range: '*' } } })
    const { of } = await host([plugin('a', needs('b')), plugin('b', needs('c')), plugin('c', needs('a')), plugin('d', needs('a')), plugin('e')])
    expect(of('a')).toMatchObject({ step: 'dependencies met', cause: 'It depends on itself: a → b → c → a.' })
    expect(of('b').cause).toBe('It depends on itself: b → c → a → b.')
    expect(of('d').cause).toBe('It needs "a", which has failed: It depends on itself: a → b → c → a.')
    expect(of('e').state).toBe('running')
  })
})

describe('settings', () => {
  const phone = plugin('phone', { settings: { type: 'object', required: ['key'], properties: { key: { type: 'string', format: 'secret' }, ring: { type: 'integer', default: 25 } } } })

  it('that are missing leave a plugin unconfigured, which is no failure; once given, it starts', async () => {
    const { of, settings } = await host([phone, plugin('sms', { dependsOn: { phone: { range: '*' } } })])
    expect(of('phone')).toMatchObject({ state: 'unconfigured', step: 'settings valid', cause: expect.stringContaining('key') })
    expect(of('sms')).toMatchObject({ state: 'failed', cause: expect.stringContaining('It needs "phone", which is unconfigured') })
    await settings.updatePlugin('phone', { key: 'k-123' }, null)
    let seen: unknown
    const again = await host([{ ...phone, start: (ctx) => { seen = { ...ctx.settings } } }])
    expect(again.of('phone').state).toBe('running')
    expect(seen).toEqual({ key: 'k-123', ring: 25 })
  })
})

describe('the SDL of a plugin', () => {
  const graphql = (typeDefs: string, resolvers = {}) => plugin('hello', { graphql: { typeDefs, resolvers } })
  it.each([
    ['does not parse', graphql('type Hello {'), /Its SDL cannot be read: Syntax Error/],
    ['extends what does not exist', graphql('extend type Kitten { helloName: String }'), /Kitten.* not defined/],
    ['uses an unknown type', graphql('extend type Query { hello: Hullo }'), /Unknown type "Hullo"/],
    ['takes a type name that is not its own', graphql('type Greeting { a: Int }'), /The type Greeting must begin with Hello/],
    ['takes a field name that is not its own', graphql('extend type Client { helloed: Int }'), /Client\.helloed must begin with hello/],
    ['replaces a type', graphql('type Client { a: Int }'), /must begin with Hello/],
    ['resolves a field that does not exist', graphql('extend type Query { hello: Int }', { Query: { helloo: () => 1 } }), /resolver for Query\.helloo/],
  ])('fails it alone when it %s', async (_, bad, cause) => {
    const { of, host: h } = await host([bad, plugin('other', { graphql: { typeDefs: 'extend type Query { other: Int }', resolvers: {} } })])
    expect(of('hello')).toMatchObject({ state: 'failed', step: 'schema composed', cause: expect.stringMatching(cause) })
    expect(of('other').state).toBe('running')
    expect(h.graphql.map((g) => g.from)).not.toContain('hello')
  })
})

describe('guards', () => {
  const record = { id: '1', before: null, after: null }
  it('refuse a write with their own error, and see the writer', async () => {
    const run = vi.fn((records: unknown[], ctx: { actor: Actor }) => {
      if (records.length > 1) throw new ConflictError(`${ctx.actor.name} may change one only.`)
    })
    const { host: h } = await host([plugin('strict', { guards: { 'client.update': { id: 'one', run } } })])
    expect([h.isGuarded('client.update'), h.isGuarded('client.delete')]).toEqual([true, false])
    await h.guard('client.update', [record], user)
    await expect(h.guard('client.update', [record, record], user)).rejects.toThrow('U may change one only.')
    expect(run).toHaveBeenCalledTimes(2)
  })

  it('also hold in a command that does not start the host', async () => {
    const { host: h, jobs } = await host([plugin('strict', {
      guards: { 'client.update': { id: 'asks', budgetMs: 5000, run: (_, ctx) => ctx.enqueue('later', {}) } }, jobs: { later: { run: () => undefined } },
    })], { start: false })
    await h.guard('client.update', [record], user)
    expect(await jobs.drain({ deliveries: 1 })).toEqual({ ran: 1, failed: [] })
  })

  it('that hang or break refuse the write and are named', async () => {
    const { host: h } = await host([plugin('slow', { guards: {
      'client.update': { id: 'hangs', budgetMs: 30, run: () => new Promise<void>(() => undefined) },
      'client.delete': { id: 'breaks', run: () => { throw new TypeError('undefined is no function') } },
    } })])
    await expect(h.guard('client.update', [record], user)).rejects.toMatchObject({ code: 'UNAVAILABLE', data: { plugin: 'slow', guard: 'hangs' }, message: expect.stringContaining('"hangs" of the plugin slow') })
    await expect(h.guard('client.delete', [record], user)).rejects.toMatchObject({ code: 'UNAVAILABLE', data: { plugin: 'slow', guard: 'breaks' } })
  })
})

describe('background work', () => {
  it('runs events and jobs as the plugin, on behalf of who caused them, twice in tests', async () => {
    const heard: RecordEvent[] = []
    const ran: unknown[] = []
    const { jobs } = await host([plugin('echo', {
      on: { 'client.*': { id: 'listen', run: async (events, ctx) => {
        heard.push(...events)
        for (const event of events) await ctx.enqueue('say', { id: event.recordId }, { key: event.id })
      } } },
      jobs: { say: { input: { type: 'object', required: ['id'] }, run: (input, ctx) => void ran.push([input, ctx.actor.kind, ctx.actor.id, textIn({ en: ctx.plugin }, ctx.actor.locale)]) } },
    })])
    const recordId = '0197a000-0000-7000-8000-000000000001'
    await writeEvents(db.kysely, [{ name: 'client.created', object: 'client', recordId, changeSetId: recordId }])
    expect((await jobs.drain()).failed).toEqual([])
    expect(heard.map((e) => [e.name, e.recordId])).toEqual([['client.created', recordId], ['client.created', recordId]])
    expect(new Set(ran.map((r) => JSON.stringify(r)))).toEqual(new Set([JSON.stringify([{ id: recordId }, 'plugin', 'echo', 'echo'])]))
  })

  it('that fails for good is listed with plugin and handler', async () => {
    const { jobs } = await host([plugin('sad', { jobs: { cry: { attempts: 2, run: () => { throw new Error('why') } } } })])
    await jobs.enqueue(null, 'sad', 'cry', {})
    await jobs.drain()
    expect(await failedJobs(db)).toMatchObject([{ plugin: 'sad', kind: 'job', job: 'cry', attempts: 2, error: 'why' }])
  })

  it('of a plugin is not forgotten by a command that knows nothing of it, only by a node that works without it', async () => {
    const listed = async () => (await db.pool.query(`select handler from core.event_handler where plugin = 'lasting'`)).rows.length
    await host([plugin('lasting', { on: { 'client.updated': { id: 'keep', run: () => undefined } } })])
    await host([])
    expect(await listed()).toBe(1)
    await host([], { work: true })
    expect(await listed()).toBe(0)
  })

  it('of a plugin that fails to start waits until it starts again', async () => {
    const run = vi.fn()
    const on = { 'client.updated': { id: 'keep', run } }
    await host([plugin('shaky', { on })])
    const broken = await host([plugin('shaky', { on, start: () => { throw new Error('not today') } })])
    const recordId = '0197a000-0000-7000-8000-000000000002'
    await writeEvents(db.kysely, [{ name: 'client.updated', object: 'client', recordId, changeSetId: recordId }])
    await broken.jobs.drain()
    expect(run).not.toHaveBeenCalled()
    const healed = await host([plugin('shaky', { on })])
    await healed.jobs.drain({ deliveries: 1 })
    expect(run).toHaveBeenCalledOnce()
  })
})

it('gives each feature of the core settings and jobs of its own, with the request around them', async () => {
  const ran: unknown[] = []
  const feature = (id: string, limit: number): PluginDefinition => plugin(id, {
    settings: { type: 'object', properties: { limit: { type: 'integer', default: limit } } },
    jobs: { send: { run: (input, ctx) => { ran.push([ctx.plugin, ctx.settings.limit, input]) } } },
    graphql: {
      typeDefs: `extend type Mutation { ${id}Send: String }`,
      resolvers: { Mutation: { [`${id}Send`]: async (_, __, ctx) => {
        await ctx.enqueue('send', { by: (ctx as unknown as { caller: string }).caller })
        return `${ctx.plugin} ${ctx.settings.limit} ${ctx.actor.name} ${ctx.signal.aborted}`
      } } },
    },
  })
  const { host: h, jobs } = await host([], { features: [feature('letters', 3), feature('parcels', 7)] })
  const request = { actor: user, caller: 'the request', settings: {}, plugin: 'model' }
  const aborted = AbortSignal.abort()
  const send = (id: string) => {
    const part = h.graphql.find((p) => p.from === id)!
    const resolver = h.resolversOf(part, () => ({ actor: user, signal: aborted })).Mutation![`${id}Send`]!
    return resolver(null, {}, request as never)
  }
  expect(await Promise.all([send('letters'), send('parcels')])).toEqual(['letters 3 U true', 'parcels 7 U true'])
  await jobs.drain({ deliveries: 1 })
  expect(ran.map((r) => JSON.stringify(r)).sort()).toEqual([['letters', 3, { by: 'the request' }], ['parcels', 7, { by: 'the request' }]].map((r) => JSON.stringify(r)))
})

it('keeps secret settings out of the log of a plugin', async () => {
  const lines: unknown[] = []
  const { settings, jobs, of } = await host([plugin('quiet', { settings: { type: 'object', properties: { key: { type: 'string', format: 'secret' } } } })])
  await settings.updatePlugin('quiet', { key: 'very-secret' }, null)
  expect(of('quiet').state).toBe('running')
  const { makeContext } = await import('./context.ts')
  const log = { debug: () => 0, info: (data: unknown) => lines.push(data), warn: () => 0, error: (data: unknown) => lines.push(data) }
  const ctx = makeContext(plugin('quiet', { settings: { type: 'object', properties: { key: { type: 'string', format: 'secret' } } } }), user, { db, jobs, settings, log, records: () => NO_RECORDS, tables: new PluginDatabases(db, testLog), providers: () => [], fetch: () => Promise.reject(new Error('no net')), surroundings: {} as never })
  ctx.log.info({ url: 'https://x/?key=very-secret', settings: ctx.settings })
  ctx.log.error({ err: new Error('401 for very-secret') })
  expect(JSON.stringify(lines)).not.toContain('very-secret')
  expect(lines[0]).toEqual({ plugin: 'quiet', url: 'https://x/?key=[secret]', settings: { key: '[secret]' } })
})

describe('a plugin that nobody wants', () => {
  const demanding = plugin('demanding', { settings: { type: 'object', properties: { key: { type: 'string' } }, required: ['key'] } })

  it('is not loaded while it is disabled, and that is no problem', async () => {
    await chooseEnabled(db.kysely, 'good', false)
    await chooseEnabled(db.kysely, 'unwanted', false)
    const { host: h, of } = await host(['./fixtures/good.ts', plugin('unwanted'), plugin('leaning', { dependsOn: { unwanted: { range: '*' } } })], { strict: false })
    for (const id of ['good', 'unwanted']) expect(of(id)).toMatchObject({ state: 'disabled', cause: null })
    expect(of('leaning')).toMatchObject({ state: 'failed', cause: 'It needs "unwanted", which has failed: it is disabled.' })
    expect(h.problems).toHaveLength(1)
    await chooseEnabled(db.kysely, 'good', true)
    expect((await host(['./fixtures/good.ts'], { strict: true })).of('good').state).toBe('running')
    await db.pool.query('delete from core.plugin_choice')
  })

  it('is quiet where it came along by itself and lacks settings', async () => {
    const entry = { source: 'bundled:demanding', module: demanding, announced: { id: 'demanding', version: '1.0.0' } }
    const { host: h, of } = await host([{ ...entry, bundled: true }], { strict: true })
    expect(of('demanding')).toMatchObject({ state: 'unconfigured', cause: expect.stringContaining('settings') })
    expect([h.problems, h.health]).toEqual([[], []])
    expect((await host([entry])).host.health).toHaveLength(1)
  })
})
