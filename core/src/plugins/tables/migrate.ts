import { createHash } from 'node:crypto'
import type { PluginMigration } from '@kartotek/sdk'
import pg from 'pg'
import { withoutLimits, type Database } from '../../database/index.ts'
import { PluginError } from '../state.ts'
import { giveSchema, roleOf, schemaOf } from './schema.ts'

/** Any number, the same in every version: the first half of the lock under which one node migrates one plugin. */
const LOCK = 7_510_002
const HISTORY = 'kartotek_migration'

/**
 * Brings the tables of a plugin up to its migrations, each in a transaction of its own, by a role that owns the schemas of
 * plugins and has no rights on the core but to refer to records. Safe with two nodes starting at once.
 *
 * @throws PluginError naming the migration that failed, was edited, or is of a newer version of the plugin
 */
export async function migratePlugin(db: Database, plugin: string, migrations: readonly PluginMigration[]): Promise<void> {
  const core = await db.pool.connect()
  try {
    await withoutLimits(core)
    await core.query('select pg_advisory_lock($1, hashtext($2))', [LOCK, plugin])
    const missing = missingOf(await historyOf(core, plugin), migrations)
    if (!missing.length) return
    await giveSchema(core, plugin, roleOf(db.pluginsUrl))
    await asPlugin(db.pluginsUrl, schemaOf(plugin), async (client) => {
      await client.query(`create table if not exists ${HISTORY} (id text primary key, checksum text not null, applied_at timestamptz not null default now())`)
      for (const migration of missing) await apply(client, schemaOf(plugin), migration)
    })
  } finally {
    // The session ends here, and the lock and its settings with it.
    core.release(true)
  }
}

/**
 * Whether a version with these migrations could run on the tables that are there.
 * @throws PluginError where they are of a newer version, or one was edited
 */
export async function checkHistory(db: Database, plugin: string, migrations: readonly PluginMigration[]): Promise<void> {
  const core = await db.pool.connect()
  try {
    missingOf(await historyOf(core, plugin), migrations)
  } finally {
    core.release()
  }
}

async function asPlugin(url: string, schema: string, work: (client: pg.Client) => Promise<void>): Promise<void> {
  const client = new pg.Client({ connectionString: url, application_name: 'kartotek plugin migration', statement_timeout: 600_000 })
  await client.connect()
  try {
    await client.query(`select set_config('search_path', $1, false)`, [`${schema}, public`])
    await work(client)
  } finally {
    await client.end()
  }
}

interface Applied { id: string, checksum: string }

async function historyOf(core: pg.ClientBase, plugin: string): Promise<Applied[]> {
  const table = `${schemaOf(plugin)}.${HISTORY}`
  const { rows: [found] } = await core.query<{ there: boolean }>('select to_regclass($1) is not null as there', [table])
  return found!.there ? (await core.query<Applied>(`select id, checksum from ${table}`)).rows : []
}

function missingOf(applied: readonly Applied[], migrations: readonly PluginMigration[]): PluginMigration[] {
  const known = new Map(migrations.map((m) => [m.id, checksum(m)]))
  const newer = applied.filter(({ id }) => !known.has(id)).map(({ id }) => id)
  if (newer.length) throw new PluginError(`Its tables were made by a newer version of it (${newer.join(', ')}): run that version.`)
  const edited = applied.find(({ id, checksum: was }) => known.get(id) !== was)
  if (edited) throw new PluginError(`Its migration ${edited.id} was changed after it had been applied: put the old text back and write the change as a new migration.`)
  return migrations.filter((m) => !applied.some(({ id }) => id === m.id))
}

async function apply(client: pg.Client, schema: string, migration: PluginMigration): Promise<void> {
  try {
    await client.query('begin')
    // Short: a long reader of a record's table must not make everybody behind it wait.
    await client.query(`set local lock_timeout = '5s'`)
    await client.query(migration.sql)
    await refuseHoldingKeys(client, schema)
    await client.query(`insert into ${schema}.${HISTORY} (id, checksum) values ($1, $2)`, [migration.id, checksum(migration)])
    await client.query('commit')
  } catch (error) {
    await client.query('rollback').catch(() => undefined)
    throw new PluginError(`Its migration ${migration.id} failed and left nothing behind: ${(error as Error).message}`, { cause: error })
  }
}

/** A row of a plugin must not keep a record from being deleted. */
async function refuseHoldingKeys(client: pg.Client, schema: string): Promise<void> {
  const { rows: [key] } = await client.query<{ text: string }>(`
    select conrelid::regclass || ': ' || pg_get_constraintdef(c.oid) as text from pg_constraint c
      join pg_class t on t.oid = confrelid join pg_namespace n on n.oid = t.relnamespace
    where contype = 'f' and connamespace = $1::regnamespace and n.oid <> $1::regnamespace and confdeltype not in ('c', 'n') limit 1`, [schema])
  if (key) throw new Error(`the foreign key of ${key.text} would keep records from being deleted; add "on delete cascade" or "on delete set null"`)
}

const checksum = ({ sql }: PluginMigration): string => createHash('sha256').update(sql).digest('hex').slice(0, 32)
