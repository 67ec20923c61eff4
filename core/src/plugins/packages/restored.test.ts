// The drill of a lost machine: what plugins are is in the backup, with their packages, objects, tables and settings.
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, it } from 'vitest'
import { backup, restore } from '../../backup/index.ts'
import { plugin as command } from '../../cli/plugin.command.ts'
import { openDatabase } from '../../database/index.ts'
import { openKartotek, type Kartotek } from '../../kartotek.ts'
import { testCrm } from '../../testing/crm.ts'
import { testDatabaseUrl, testLog } from '../../testing/index.ts'
import { SDK_VERSION } from '../discovery.ts'
import { tarball } from './fixtures/registry.ts'

const dir = mkdtempSync(join(tmpdir(), 'kartotek-restored-'))
afterAll(() => rmSync(dir, { recursive: true }))
const label = { en: 'X' }
const manifest = {
  id: 'book-shelf', version: '1.0.0', label,
  objects: [{ name: 'novel', plural: 'novels', label, labelPlural: label, title: 'name', fields: [{ name: 'name', type: 'text', label }] }],
  tables: { migrations: [{ id: '0001-shelf', sql: 'create table shelf (place int)' }] },
  settings: { type: 'object', properties: { key: { type: 'string', format: 'secret' } } },
}
// Code of a dependency is part of it, too.
const CODE = `import { place } from 'places'
export default { ...${JSON.stringify(manifest)}, jobs: { put: { async run(_, ctx) {
  await ctx.db.query('insert into shelf values ($1)', [place])
  await ctx.records.create('novel', { name: 'Kalevala ' + ctx.settings.key })
} } } }`

const open = (db: Kartotek['db'], home: string): Promise<Kartotek> => openKartotek({
  db, log: testLog, secret: 'x'.repeat(40), filesDir: join(home, 'files'), pluginsDir: join(home, 'plugins'), work: false, accounts: { publicUrl: 'http://127.0.0.1' },
})
async function put(kartotek: Kartotek): Promise<void> {
  const ctx = kartotek.host.contextFor('book-shelf')
  await kartotek.host.active.find(({ id }) => id === 'book-shelf')!.jobs!.put!.run({}, ctx)
}
async function held({ host }: Kartotek) {
  const ctx = host.contextFor('book-shelf')
  return { novels: (await ctx.records.list('novel', { fields: ['name'] })).nodes.map(({ name }) => name), shelf: await ctx.db.query('select place from shelf') }
}

it('an added plugin is there after a restore into an empty database on another machine, and works on with its data', async () => {
  const crm = await testCrm({ work: false })
  await crm.close()
  const { db } = crm.kartotek
  const file = join(dir, 'book-shelf.tgz')
  writeFileSync(file, await tarball({
    json: { name: 'book-shelf', version: '1.0.0', type: 'module', exports: './index.js', dependencies: { places: '1.0.0' }, bundleDependencies: ['places'] },
    files: {
      'index.js': CODE, 'kartotek.plugin.json': JSON.stringify({ format: 1, sdk: SDK_VERSION, plugin: { ...manifest, jobs: { put: {} } } }),
      'node_modules/places/package.json': '{"name":"places","version":"1.0.0","type":"module","exports":"./index.js"}', 'node_modules/places/index.js': 'export const place = 7',
    },
  }))
  const env = { ...process.env, DATABASE_URL: db.url, KARTOTEK_DATA_DIR: crm.dataDir, KARTOTEK_PLUGINS_DATABASE_URL: db.pluginsUrl === db.url ? '' : db.pluginsUrl }
  expect(await command.run(['add', file, '--yes'], { out: () => undefined, err: () => undefined, env, cwd: dir })).toBe(0)
  const first = await open(db, join(dir, 'first'))
  await first.settings.updatePlugin('book-shelf', { key: 'of gold' }, null)
  await put(first)
  const before = await held(first)
  expect(before).toEqual({ novels: ['Kalevala of gold'], shelf: [{ place: 7 }] })
  await first.close()
  await backup(db, join(dir, 'all.backup'), { filesDir: join(dir, 'first/files'), secret: 'x'.repeat(40) })

  const empty = await openDatabase({ dataDir: '', databaseUrl: await testDatabaseUrl('empty') }, testLog)
  await restore(empty, join(dir, 'all.backup'), { filesDir: join(dir, 'second/files') })
  expect(existsSync(join(dir, 'second/plugins'))).toBe(false)
  mkdirSync(join(dir, 'second'), { recursive: true })
  const second = await open(empty, join(dir, 'second'))
  expect(second.host.states.map(({ id, source, cause }) => ({ id, source, cause }))).toEqual([{ id: 'book-shelf', source: 'package:book-shelf@1.0.0', cause: null }])
  expect(readdirSync(join(dir, 'second/plugins'))).toHaveLength(1)
  expect(await held(second)).toEqual(before)
  await put(second)
  expect(await held(second)).toEqual({ novels: [...before.novels, 'Kalevala of gold'], shelf: [{ place: 7 }, { place: 7 }] })
  await second.close()
  await empty.close()
  await db.close()
})
