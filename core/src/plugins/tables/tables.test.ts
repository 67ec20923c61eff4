import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import type { PluginDefinition, PluginMigration } from '@kartotek/sdk'
import { backup, restore } from '../../backup/index.ts'
import { objectFeatures } from '../../core-features.ts'
import { openDatabase } from '../../database/index.ts'
import { contributionsOf, install } from '../../install.ts'
import { SYSTEM_CALLER } from '../../access/caller.ts'
import { testCrm } from '../../testing/crm.ts'
import { pluginsUrlOf, testDatabaseUrl, testLog } from '../../testing/index.ts'
import { outsideBinaries, startOutsideServer } from '../../testing/outside-server.ts'
import { migratePlugin } from './migrate.ts'

const CALLS: PluginMigration = { id: '0001-calls', sql: `
  create type direction as enum ('in', 'out');
  create table call (id bigint generated always as identity primary key, client uuid references core.client on delete cascade, way direction not null, seconds numeric not null);
  create function total() returns numeric language sql as 'select sum(seconds) from call';` }
const phone: PluginDefinition = {
  id: 'desk-phone', version: '1.0.0', tables: { migrations: [CALLS] },
  graphql: {
    typeDefs: 'extend type Query { deskPhoneSeconds(of: ID!): String deskPhoneSteal: Int }',
    resolvers: { Query: {
      async deskPhoneSeconds(_, { of }: { of: string }, ctx) {
        await ctx.db.query(`insert into call (client, way, seconds) values ($1, 'in', 61.5)`, [of])
        await ctx.db.transaction(async (db) => {
          await db.query(`insert into call (client, way, seconds) values ($1, 'out', 1000)`, [of])
          throw new Error('hung up')
        }).catch(() => undefined)
        return (await ctx.db.query<{ seconds: string }>('select seconds from call where client = $1', [of])).map((row) => row.seconds).join()
      },
      deskPhoneSteal: async (_, _args, ctx) => (await ctx.db.query('select name from core.client')).length,
    } },
  },
}
const crm = await testCrm({ plugins: [
  phone,
  { id: 'broken', version: '1.0.0', tables: { migrations: [{ id: '0001-first', sql: 'create table fine (id int)' }, { id: '0002-bad', sql: 'create table half (id int); select 1/0' }] } },
  { id: 'greedy', version: '1.0.0', tables: { migrations: [{ id: '0001-drop', sql: 'drop table core.client cascade' }] } },
  { id: 'holding', version: '1.0.0', tables: { migrations: [{ id: '0001-hold', sql: 'create table hold (client uuid references core.client)' }] } },
  { id: 'leaning', version: '1.0.0', dependsOn: { broken: { range: '*' } } },
] })
afterAll(() => crm.close())
const { db } = crm.kartotek
const admin = await crm.as('administrator')
const one = async (sql: string, values: unknown[] = []): Promise<unknown> => Object.values((await db.pool.query(sql, values)).rows[0] as object)[0]
const newClient = async (): Promise<string> =>
  (await crm.query(admin, 'mutation { createClient(input: { name: "Aino Oy", kind: "organisation" }) { id } }')).data.createClient.id

describe('a plugin with tables of its own', () => {
  it('reads and writes them, all or none within a transaction, and its rows go with the record', async () => {
    const client = await newClient()
    const { data } = await crm.query(admin, 'query ($of: ID!) { deskPhoneSeconds(of: $of) }', { of: client })
    expect(data.deskPhoneSeconds).toBe('61.5')
    expect(await one('select sum(seconds) from p_desk_phone.call')).toBe('61.5')
    await db.pool.query('delete from core.client where id = $1', [client])
    expect(await one('select count(*) from p_desk_phone.call')).toBe('0')
  })

  it('cannot read the tables of the core there', async () => {
    const { errors } = await crm.query(admin, '{ deskPhoneSteal }')
    expect(errors?.[0]?.extensions.code).toBe('INTERNAL')
    const plugins = await openDatabase({ dataDir: '', databaseUrl: db.pluginsUrl }, testLog)
    try {
      await expect(plugins.pool.query('select name from core.client')).rejects.toThrow('permission denied for table client')
      await expect(plugins.pool.query('create table core.mine (id int)')).rejects.toThrow('permission denied for schema core')
      await expect(plugins.pool.query('select * from auth.session')).rejects.toThrow('permission denied for schema auth')
      await expect(plugins.pool.query('create schema mine')).rejects.toThrow('permission denied for database')
    } finally {
      await plugins.close()
    }
  })
})

it('a migration that fails, takes from the core or holds its records stops its plugin and its dependants, and nothing else', async () => {
  const { data } = await crm.query(admin, '{ plugins { id state step cause } clients { total { value } } }')
  const causes = Object.fromEntries(data.plugins.map((p: { id: string, state: string, step: string, cause: string }) => [p.id, `${p.state} at ${p.step}: ${p.cause}`]))
  expect(causes).toMatchObject({
    'desk-phone': 'running at started: null',
    broken: 'failed at tables migrated: Its migration 0002-bad failed and left nothing behind: division by zero',
    greedy: 'failed at tables migrated: Its migration 0001-drop failed and left nothing behind: must be owner of table client',
    holding: expect.stringMatching(/^failed at tables migrated: .* add "on delete cascade" or "on delete set null"$/),
    leaning: expect.stringMatching(/^failed at tables migrated: It needs "broken", which is failed/),
  })
  // What was applied before the failing step stays; the next start goes on from there.
  expect(await one(`select array_agg(id) from p_broken.kartotek_migration`)).toEqual(['0001-first'])
  expect(await one(`select to_regclass('p_broken.half')`)).toBeNull()
})

describe('migrating again', () => {
  it('does nothing twice with two nodes starting at once, and adds what is new', async () => {
    const next = { id: '0002-note', sql: `select pg_sleep(0.2); alter table call add note text` }
    await Promise.all([migratePlugin(db, 'desk-phone', [CALLS, next]), migratePlugin(db, 'desk-phone', [CALLS, next])])
    expect(await one(`select array_agg(id order by id) from p_desk_phone.kartotek_migration`)).toEqual(['0001-calls', '0002-note'])
  })

  it('refuses an edited migration and an older version of the plugin', async () => {
    await expect(migratePlugin(db, 'desk-phone', [CALLS])).rejects.toThrow('Its tables were made by a newer version of it (0002-note): run that version.')
    await expect(migratePlugin(db, 'desk-phone', [{ ...CALLS, sql: 'select 1' }, { id: '0002-note', sql: '' }])).rejects.toThrow('0001-calls was changed after it had been applied')
  })
})

it('a restored archive gives the plugin its tables back, rows and ownership', async () => {
  const client = await newClient()
  await db.pool.query(`insert into p_desk_phone.call (client, way, seconds) values ($1, 'in', 7)`, [client])
  const dir = mkdtempSync(join(tmpdir(), 'kartotek-plugin-tables-'))
  const url = await testDatabaseUrl('empty')
  const copy = await openDatabase({ dataDir: '', databaseUrl: url, pluginsDatabaseUrl: pluginsUrlOf(url) }, testLog)
  try {
    await backup(db, join(dir, 'archive.tar'), {})
    await restore(copy, join(dir, 'archive.tar'))
    const { rows: applied } = await db.pool.query<PluginMigration>('select id from p_desk_phone.kartotek_migration')
    expect(applied).toHaveLength(2)
    await migratePlugin(copy, 'desk-phone', [CALLS, { id: '0002-note', sql: `select pg_sleep(0.2); alter table call add note text` }, { id: '0003-more', sql: `alter table call add more text; alter type direction add value 'inside'` }])
    expect((await copy.pool.query('select seconds, more from p_desk_phone.call')).rows).toEqual([{ seconds: '7', more: null }])
  } finally {
    await copy.close()
    rmSync(dir, { recursive: true })
  }
})

it.runIf(outsideBinaries())('works on a server of the operator, with the role of docs/operator.md and without one', async () => {
  const server = await startOutsideServer(outsideBinaries()!)
  try {
    const databaseUrl = server.database('crm')
    const withRole = await openDatabase({ dataDir: '', databaseUrl, pluginsDatabaseUrl: server.pluginsUrl('crm') }, testLog)
    await install(withRole, contributionsOf(objectFeatures(() => ({ country: 'FI', currency: 'EUR' }))))
    await migratePlugin(withRole, 'desk-phone', [CALLS])
    const without = await openDatabase({ dataDir: '', databaseUrl }, testLog)
    await migratePlugin(without, 'other-phone', [CALLS])
    const { rows } = await without.pool.query(`select nspname, nspowner::regrole::text as owner from pg_namespace where nspname like 'p\\_%' order by 1`)
    expect(rows).toEqual([{ nspname: 'p_desk_phone', owner: 'plugins' }, { nspname: 'p_other_phone', owner: 'tester' }])
    await Promise.all([withRole.close(), without.close()])
  } finally {
    server.stop()
  }
}, 60_000)

it('a context of a plugin without tables says so', async () => {
  await expect(crm.kartotek.host.contextFor('clients', SYSTEM_CALLER.actor).db.query('select 1')).rejects.toThrow('The plugin clients has no tables of its own: declare them in "tables".')
})
