import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { PluginDefinition } from '@kartotek/sdk'
import { uuidv7 } from 'uuidv7'
import { afterAll, beforeEach, expect, it } from 'vitest'
import { plugin as command } from '../../cli/plugin.command.ts'
import { openKartotek, type KartotekOptions } from '../../kartotek.ts'
import { testCrm } from '../../testing/crm.ts'
import { testLog } from '../../testing/index.ts'
import { leftovers } from '../../testing/leftovers.ts'
import { SDK_VERSION } from '../discovery.ts'
import { manifestOf } from '../static-manifest.ts'
import { dropHoldings } from '../uninstall.ts'
import { filesBelow } from './archive.ts'
import { startRegistry, tarball, type Fixture } from './fixtures/registry.ts'
import { withPackage } from './open.ts'
import { packageResolvers } from './packages.graphql.ts'

const dir = mkdtempSync(join(tmpdir(), 'kartotek-packages-'))
const marks = join(dir, 'marks')
const registry = await startRegistry()
const crm = await testCrm({ work: false })
await crm.close()
const { db } = crm.kartotek
const env = {
  ...process.env, HOME: dir, DATABASE_URL: db.url, KARTOTEK_DATA_DIR: crm.dataDir, KARTOTEK_PLUGINS_DATABASE_URL: db.pluginsUrl === db.url ? '' : db.pluginsUrl,
  npm_config_registry: registry.url, npm_config_cache: join(dir, 'cache'),
}
afterAll(async () => {
  await registry.close()
  rmSync(dir, { recursive: true, force: true })
})
beforeEach(async () => {
  await dropHoldings(db, 'book-shelf')
  rmSync(join(crm.dataDir, 'plugins'), { recursive: true, force: true })
})

const label = { en: 'X' }
const shelf: Partial<PluginDefinition> = {
  needs: { client: ['read'] }, outbound: ['https://books.example'],
  objects: [{ name: 'novel', plural: 'novels', label, labelPlural: label, title: 'name', fields: [{ name: 'name', type: 'text', label }, { name: 'reader', type: 'reference', to: 'client', label }] }],
  tables: { migrations: [{ id: '0001-shelf', sql: 'create table shelf (place int)' }] },
}

/** A plugin as its author packs it: its code is its manifest. */
function packed(version: string, more: Partial<PluginDefinition> = {}, json: Record<string, unknown> = {}, code = ''): Fixture {
  const definition = { id: 'book-shelf', version, ...more } as PluginDefinition
  return {
    json: { name: '@example/book-shelf', version, type: 'module', exports: './index.js', ...json },
    files: { 'index.js': `${code}\nexport default ${JSON.stringify(definition)}`, 'kartotek.plugin.json': JSON.stringify(manifestOf(definition, SDK_VERSION)) },
  }
}

let said: string[]
async function kartotek(...args: string[]): Promise<number> {
  said = []
  const tell = (line: string): void => { said.push(line) }
  return await command.run(args, { out: tell, err: tell, env, cwd: dir }) ?? 0
}
const refused = (...args: string[]): Promise<string> => kartotek(...args).then(() => 'nothing', (error: Error) => error.message)

/** The plugins of the next start, which ends at once. */
async function started(options: Partial<KartotekOptions> = {}, pluginsDir = join(crm.dataDir, 'plugins')) {
  const next = await openKartotek({ db, log: testLog, secret: 'x'.repeat(40), filesDir: crm.dataDir, pluginsDir, work: false, accounts: { publicUrl: 'http://127.0.0.1' }, ...options })
  await next.close()
  return next.host.states.map(({ id, version, source, state, cause }) => ({ id, version, source, state, cause }))
}
async function file(fixture: Fixture): Promise<string> {
  const path = join(dir, `${fixture.json.version}-${Math.random()}.tgz`)
  writeFileSync(path, await tarball(fixture))
  return path
}

const script = (name: string): string => `node -e "require('fs').appendFileSync('${marks}', '${name} ')"`
const scripts = (of: string): Record<string, string> => Object.fromEntries(['preinstall', 'install', 'postinstall', 'prepare', 'prepublish', 'prepack'].map((name) => [name, script(`${of}-${name}`)]))

it('are resolved with their dependencies, and no script of any of them runs', async () => {
  await registry.publish({ json: { name: 'deep', version: '1.0.0', main: 'index.js', scripts: scripts('deep'), peerDependencies: { '@kartotek/sdk': `^${SDK_VERSION}` } }, files: { 'index.js': 'module.exports = 7', 'binding.gyp': '{}' } })
  await registry.publish({ json: { name: 'wide', version: '2.0.0', main: 'index.js', scripts: scripts('wide'), dependencies: { deep: '^1.0.0' } }, files: { 'index.js': 'module.exports = require("deep") * 6' } })
  await registry.publish({ ...packed('1.0.0', {}, {
    scripts: scripts('own'), dependencies: { wide: '^2.0.0', '@kartotek/sdk': '^0.1.0' }, peerDependencies: { vue: '^3.0.0' }, devDependencies: { nowhere: '1.0.0' },
  }, 'import wide from "wide"; import { NotFoundError } from "@kartotek/sdk"; if (wide !== 42) throw new NotFoundError("wide")') })

  await withPackage('@example/book-shelf@^1.0.0', { cwd: dir, env }, async ({ folder, unrun, package: name, fromRegistry }) => {
    expect({ name, fromRegistry }).toEqual({ name: '@example/book-shelf@1.0.0', fromRegistry: true })
    expect(unrun.sort()).toEqual(['@example/book-shelf@1.0.0', 'deep@1.0.0', 'wide@2.0.0'])
    expect(filesBelow(join(folder, 'node_modules'))).toEqual(['deep/binding.gyp', 'deep/index.js', 'deep/package.json', 'wide/index.js', 'wide/package.json'])
  })
  await kartotek('add', '@example/book-shelf', '--yes')
  expect(said.join('\n')).toContain('Scripts for the installation are not run: ')
  expect(await started()).toEqual([{ id: 'book-shelf', version: '1.0.0', source: 'package:book-shelf@1.0.0', state: 'starting', cause: null }])
  expect(existsSync(marks)).toBe(false)
})

it('are refused from elsewhere, without a manifest, and where a dependency is no package of a registry', async () => {
  const { files, ...bare } = packed('1.0.0')
  expect(await refused('add', await file({ ...bare, files: { 'index.js': files!['index.js']! } }), '--yes')).toMatch(/has no kartotek\.plugin\.json.*kartotek plugin build/)
  mkdirSync(join(dir, 'folder.d'), { recursive: true })
  expect(await refused('add', './folder.d', '--yes')).toMatch(/is a folder: pack it by `npm pack`/)
  expect(await refused('add', 'github:example/shelf', '--yes')).toMatch(/neither a package of a registry/)
  expect(await refused('add', 'https://example.com/shelf', '--yes')).toMatch(/neither a package of a registry/)
  expect(await refused('add', '@example/nobody', '--yes')).toBe('The registry has no @example/nobody.')
  for (const source of ['git+https://127.0.0.1:9/a.git', 'https://127.0.0.1:9/a.tgz', 'file:../../etc']) {
    expect(await refused('add', await file(packed('1.0.0', {}, { dependencies: { other: source } })), '--yes'), source).toMatch(/^Its dependencies could not be had: .*(disabled|not allowed|EALLOW)/i)
  }
  expect(await refused('add', await file(packed('1.0.0', { compat: { sdk: '^99.0' } })), '--yes')).toMatch(/was written for the SDK \^99\.0/)
  expect(await refused('add', await file(packed('1.0.0')))).toMatch(/give --yes/)
  expect((await db.pool.query('select from core.plugin_package')).rowCount).toBe(0)
})

it('are unpacked by each node that misses them, and not where the content is not what was stored', async () => {
  await kartotek('add', await file(packed('1.0.0', shelf)), '--yes')
  const places = ['a', 'b'].map((name) => join(dir, name))
  const [source] = await Promise.all(places.map((place) => started({}, place)))
  expect(source).toMatchObject([{ state: 'starting', cause: null }])
  for (const place of places) expect(readdirSync(place)).toEqual([expect.stringMatching(/^book-shelf-1\.0\.0-[0-9a-f]{16}$/)])
  await db.pool.query(`update core.plugin_package set content = content || 'x'::bytea`)
  expect(await started({}, places[0])).toMatchObject([{ state: 'starting' }])
  expect(await started({}, join(dir, 'c'))).toMatchObject([{ state: 'failed', cause: 'Its package in the database is damaged: add it again.' }])
  expect(existsSync(join(dir, 'c')) ? readdirSync(join(dir, 'c')) : []).toEqual([])
})

it('are upgraded, go back to the version before, and not behind their migrations', async () => {
  for (const version of ['1.0.0', '1.1.0', '1.2.0']) await registry.publish(packed(version, { ...shelf, label: { en: version } }))
  await kartotek('add', '@example/book-shelf@1.0.0', '--yes')
  await kartotek('upgrade', 'book-shelf', '1.1.0', '--yes')
  expect(await started()).toMatchObject([{ version: '1.1.0' }])
  await kartotek('list')
  expect(said).toEqual([expect.stringMatching(/^book-shelf\t1\.1\.0\tpackage:book-shelf@1\.1\.0\tenabled\tbefore: 1\.0\.0$/)])
  await registry.close()
  await kartotek('upgrade', 'book-shelf', '1.0.0', '--yes')
  expect(await started()).toMatchObject([{ version: '1.0.0' }])

  const more = { ...shelf, tables: { migrations: [...shelf.tables!.migrations, { id: '0002-row', sql: 'alter table shelf add column row int' }] } }
  await kartotek('upgrade', 'book-shelf', await file(packed('2.0.0', more)), '--yes')
  expect(await started()).toMatchObject([{ version: '2.0.0', cause: null }])
  expect(await refused('upgrade', 'book-shelf', '1.0.0', '--yes')).toBe('Its tables were made by a newer version of it (0002-row): run that version.')
  expect(await refused('upgrade', 'book-shelf', await file(packed('3.0.0', { ...shelf, tables: { migrations: [{ id: '0001-shelf', sql: 'select 1' }, { id: '0002-row', sql: '' }] } })), '--yes')).toMatch(/0001-shelf was changed/)
  expect(await refused('upgrade', 'book-shelf', await file(packed('3.0.0', { id: 'other' })), '--yes')).toMatch(/is the plugin other, not book-shelf/)
  expect(await refused('add', await file(packed('3.0.0', more)), '--yes')).toMatch(/is here in version 2\.0\.0: upgrade it/)
})

it('say what they would change before they do', async () => {
  await kartotek('plan', await file(packed('1.0.0', shelf)))
  expect(said).toEqual([
    'book-shelf: not here → 1.0.0', '  + outbound host https://books.example', '  + right of its background code client (read)', '  + object novel',
    '  + field novel.name (text)', '  + field novel.reader (reference to client)', '  + table migration 0001-shelf',
  ])
  await kartotek('add', await file(packed('1.0.0', shelf)), '--yes')
  const next: Partial<PluginDefinition> = {
    ...shelf, outbound: [], needs: { client: ['read', 'update'] }, settings: { type: 'object', required: ['key'], properties: { key: { type: 'string' }, city: { type: 'string' } } },
    permissions: { read: { label, sensitive: true } }, graphql: { typeDefs: 'extend type Query { bookShelfBest: Int }', resolvers: { Query: {} } },
  }
  await kartotek('plan', await file(packed('2.0.0', next)))
  expect(said).toEqual([
    'book-shelf: 1.0.0 → 2.0.0', '  - outbound host https://books.example', '  ~ right of its background code client (read, update)', '  + permission read (sensitive)',
    '  + required setting key (string)', '  + setting city (string)', '  + query or mutation bookShelfBest (query)',
  ])
  expect((await db.pool.query('select version from core.plugin_package')).rows).toEqual([{ version: '1.0.0' }])
})

it('are disabled, skipped in safe mode and kept out in quarantine, until a new version comes', async () => {
  await kartotek('add', await file(packed('1.0.0')), '--yes')
  await kartotek('disable', 'book-shelf')
  expect(await started()).toMatchObject([{ state: 'disabled', cause: null }])
  await kartotek('enable', 'book-shelf')
  expect(await started({ safeMode: true })).toMatchObject([{ id: 'book-shelf', version: '1.0.0', state: 'skipped' }])
  await started()
  await db.pool.query(`update core.plugin_state set quarantined_at = now(), quarantine_cause = 'It looped.'`)
  expect(await started()).toMatchObject([{ state: 'quarantined', cause: 'It looped.' }])
  await kartotek('list')
  expect(said[0]).toContain('\tquarantined')
  await kartotek('upgrade', 'book-shelf', await file(packed('1.0.1')), '--yes')
  expect(await started()).toMatchObject([{ version: '1.0.1', state: 'starting' }])
  expect(await refused('disable', 'nobody')).toMatch(/There is no plugin nobody/)
  expect((await db.pool.query(`select detail ->> 'action' as action, detail ->> 'by' as by from core.access_log where kind = 'plugin_changed' order by at desc limit 4`)).rows.map(({ action, by }) => `${action} by ${by}`))
    .toEqual(['upgrade by command line', 'enable by command line', 'disable by command line', 'add by command line'])
})

it('leave nothing behind when they are removed with their data, as soon as no node runs them', async () => {
  const plain = await testCrm()
  await plain.close()
  await kartotek('add', await file(packed('1.0.0', shelf)), '--yes')
  await kartotek('upgrade', 'book-shelf', await file(packed('1.1.0', shelf)), '--yes')
  const node = await openKartotek({ db, log: testLog, secret: 'x'.repeat(40), filesDir: crm.dataDir, pluginsDir: join(crm.dataDir, 'plugins'), accounts: { publicUrl: 'http://127.0.0.1' } })
  await node.start()
  await db.pool.query(`insert into core.novel (id, name) values (gen_random_uuid(), 'Sinuhe')`)
  await kartotek('list')
  expect(said[0]).toContain('runs in 1.1.0 on 1 node')

  await kartotek('plan', 'book-shelf', '--remove')
  expect(said).toEqual(['book-shelf: 1.1.0 → removed', '  - object novel (1 records)', '  - table shelf (0 rows)', '  - stored package 1.0.0', '  - stored package 1.1.0', '  ! It runs on 1 node(s): it is removed when all were restarted.'])
  expect(await refused('remove', 'book-shelf', '--yes')).toMatch(/--data keep or --data drop/)
  await kartotek('remove', 'book-shelf', '--data', 'drop', '--yes')
  expect(said.at(-1)).toMatch(/as soon as no node runs it any more/)
  expect((await db.pool.query('select name from core.novel')).rows).toEqual([{ name: 'Sinuhe' }])
  await node.close()
  expect(await started({ work: true })).toEqual([])
  expect(readdirSync(join(crm.dataDir, 'plugins'))).toEqual([])
  expect(await leftovers(db, plain.kartotek.db)).toEqual([])
  await plain.kartotek.db.close()
})

it('keep their data when they are removed without them', async () => {
  await kartotek('add', await file(packed('1.0.0', shelf)), '--yes')
  await started()
  await db.pool.query(`insert into core.novel (id, name) values (gen_random_uuid(), 'Kalevala')`)
  await kartotek('remove', 'book-shelf', '--data', 'keep', '--yes')
  expect(said.at(-1)).toBe('book-shelf is removed.')
  expect(await started()).toEqual([])
  expect((await db.pool.query('select name from core.novel')).rows).toEqual([{ name: 'Kalevala' }])
})

it('are upgraded through the API to the newest version of their registry, which is asked only then, and as another plugin never', async () => {
  const api = await testCrm({ work: false })
  const admin = await api.as('administrator')
  const own = await startRegistry()
  const resolvers = packageResolvers({ db: api.kartotek.db, states: () => [], env: { ...env, npm_config_registry: own.url, npm_config_cache: join(dir, 'other-cache') } })
  const context = api.kartotek.api.contextOf({ ...admin, sessionId: 'a session' })
  const ask = async (type: 'Query' | 'Mutation', field: string, args: object): Promise<unknown> => (resolvers[type]![field] as (...of: unknown[]) => unknown)({}, args, context)
  await own.publish(packed('1.0.0', shelf))
  await ask('Mutation', 'addPlugin', { package: '@example/book-shelf' })
  expect(await api.ask(admin, '{ pluginPackages { id package } }')).toEqual({ pluginPackages: [{ id: 'book-shelf', package: '@example/book-shelf' }] })
  expect(await ask('Query', 'pluginUpdate', { id: 'book-shelf' })).toBe(null)
  await own.publish(packed('1.10.0', { ...shelf, outbound: [] }))
  const asked = own.asked()
  expect(await api.ask(admin, '{ pluginPackages { id } }')).toBeTruthy()
  expect(own.asked()).toBe(asked)
  const newer = { version: '1.10.0', package: '@example/book-shelf@1.10.0' }
  expect(await ask('Query', 'pluginUpdate', { id: 'book-shelf' })).toEqual(newer)
  expect(await ask('Query', 'planPlugin', { package: newer.package, plugin: 'book-shelf' })).toMatchObject({ from: '1.0.0', to: '1.10.0', changes: [{ change: 'remove', kind: 'outbound host' }] })
  await own.publish({ ...packed('1.0.0', { id: 'other' }), json: { name: 'other', version: '1.0.0', type: 'module', exports: './index.js' } })
  await expect(ask('Mutation', 'addPlugin', { package: 'other', plugin: 'book-shelf' })).rejects.toThrow('That package is the plugin other, not book-shelf.')
  await ask('Mutation', 'addPlugin', { package: newer.package, plugin: 'book-shelf' })
  expect((await api.ask(admin, '{ pluginPackages { id version previous } }')).pluginPackages).toEqual([{ id: 'book-shelf', version: '1.10.0', previous: '1.0.0' }])
  await expect(ask('Query', 'pluginUpdate', { id: 'telephony' })).rejects.toMatchObject({ code: 'INVALID_INPUT' })
  await own.close()
  await api.close()
})

it('are added, planned, disabled and removed through the API by who may manage plugins, and by no token', async () => {
  const api = await testCrm({ work: false })
  const admin = await api.as('administrator')
  const { uploads, db: own } = api.kartotek
  const upload = async (fixture: Fixture): Promise<string> => {
    const filename = uuidv7()
    mkdirSync(dirname(uploads.pathOf(filename)), { recursive: true })
    writeFileSync(uploads.pathOf(filename), await tarball(fixture))
    return (await uploads.add({ filename, originalname: 'shelf.tgz', size: 1 }, admin.actor.userId)).id
  }
  const [first, second] = [await upload(packed('1.0.0', shelf)), await upload(packed('1.1.0', shelf))]
  const ADD = 'mutation ($upload: ID!) { addPlugin(upload: $upload) { plugin from to changes { change kind name detail } notes } }'
  expect((await api.ask(admin, 'query ($upload: ID!) { planPlugin(upload: $upload) { plugin from to changes { kind name } } }', { upload: first })).planPlugin)
    .toMatchObject({ plugin: 'book-shelf', from: null, to: '1.0.0', changes: [{ kind: 'outbound host', name: 'https://books.example' }, { kind: 'right of its background code' }, { kind: 'object', name: 'novel' }, {}, {}, {}] })
  expect((await api.query(admin, ADD, { upload: first })).errors![0]!.message).toMatch(/signed in/)
  const person = { ...admin, sessionId: 'a session' }
  await api.ask(person, ADD, { upload: first })
  expect((await api.ask(person, ADD, { upload: second })).addPlugin).toEqual({ plugin: 'book-shelf', from: '1.0.0', to: '1.1.0', changes: [], notes: [] })
  const list = async () => (await api.ask(admin, '{ pluginPackages { id version state previous running { version nodes } } }')).pluginPackages
  expect(await list()).toEqual([{ id: 'book-shelf', version: '1.1.0', state: 'enabled', previous: '1.0.0', running: [] }])
  await api.ask(admin, 'mutation { disablePlugin(id: "book-shelf") }')
  expect(await list()).toMatchObject([{ state: 'disabled' }])
  expect((await api.query(admin, 'mutation { enablePlugin(id: "nobody") }')).errors![0]).toMatchObject({ extensions: { code: 'INVALID_INPUT' } })
  expect((await own.pool.query(`select user_id, detail ->> 'action' as action from core.access_log where kind = 'plugin_changed' order by at`)).rows)
    .toEqual(['add', 'upgrade', 'disable'].map((action) => ({ user_id: admin.actor.userId, action })))
  expect((await api.ask(admin, 'mutation { removePlugin(id: "book-shelf", data: drop) }')).removePlugin).toBe(true)
  expect(await list()).toEqual([])

  const nobody = await api.withRules({ capabilities: ['settings.manage'] })
  for (const operation of ['{ pluginPackages { id } }', `{ planPlugin(upload: "${first}") { to } }`, '{ planPluginRemoval(id: "x") { to } }', `mutation { addPlugin(upload: "${first}") { to } }`, 'mutation { disablePlugin(id: "x") }', 'mutation { removePlugin(id: "x", data: drop) }']) {
    expect((await api.query(nobody, operation)).errors![0], operation).toMatchObject({ extensions: { code: 'FORBIDDEN' } })
  }
  const other = await api.as('administrator')
  expect((await api.query(other, `{ planPlugin(upload: "${first}") { to } }`)).errors![0]).toMatchObject({ extensions: { code: 'NOT_FOUND' } })
  await api.close()
  await own.close()
})

it('take the place of bundled plugins, which are there by themselves, can be disabled, and are no second one where a folder is named', async () => {
  const bundled = async (options: Partial<KartotekOptions> = {}) => (await started({ bundled: true, ...options })).filter(({ id }) => id === 'telephony')
  expect(await started()).toEqual([])
  expect(await bundled()).toMatchObject([{ source: 'bundled:telephony', version: '1.0.0' }])
  expect((await bundled())[0]!.state).toMatch(/^(starting|unconfigured)$/)
  const folder = fileURLToPath(new URL('../../../../plugins/telephony', import.meta.url))
  expect(await bundled({ plugins: [folder] })).toMatchObject([{ source: folder }])
  await kartotek('disable', 'telephony')
  expect(await bundled()).toMatchObject([{ state: 'disabled', cause: null }])
  await kartotek('enable', 'telephony')
  await dropHoldings(db, 'telephony')
  await kartotek('add', await file(packed('9.0.0', { id: 'telephony' })), '--yes')
  expect(await bundled()).toMatchObject([{ source: 'package:telephony@9.0.0', version: '9.0.0' }])
  await kartotek('remove', 'telephony', '--data', 'keep', '--yes')
  expect(await bundled()).toMatchObject([{ source: 'bundled:telephony' }])
  // One that comes along by itself would be back at the next start.
  await kartotek('remove', 'telephony', '--data', 'drop', '--yes')
  expect(await bundled()).toMatchObject([{ state: 'disabled' }])
  await db.pool.query('delete from core.plugin_choice')
})
