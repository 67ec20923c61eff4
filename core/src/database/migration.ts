import { createHash } from 'node:crypto'
import { InternalError } from './errors.ts'
import { withoutLimits } from './pool.ts'
import type { Pool, PoolClient } from 'pg'

/**
 * One reviewed, forward-only step of the database schema. Names are qualified (`core.session`), and no foreign key leads
 * to a record table: those are made later, by the model engine.
 */
export interface Migration {
  /** `<room>-<four digits>-<what>`, unique, never renamed: `accounts-0001-sessions`. */
  id: string
  /** One or more statements, run in one transaction. */
  sql: string
  /**
   * A node of the previous version cannot work with the database after this step. Default false: additive, both versions
   * run side by side during a rolling restart.
   */
  breaking?: boolean
}

/** Any number, the same in every version: two nodes that migrate one database wait for each other on it. */
const MIGRATION_LOCK = 7_510_001
const EXTENSIONS = ['pg_trgm', 'unaccent', 'btree_gin']
const HISTORY = `
  create schema if not exists core;
  create table if not exists core.migration (
    id text primary key,
    checksum text not null,
    breaking boolean not null default false,
    applied_at timestamptz not null default now()
  );`

interface Applied { id: string, checksum: string, breaking: boolean }

/**
 * Brings the database up to `migrations`, in the given order, each in its own transaction, and records them in
 * `core.migration`. Safe when several nodes start at once: the others wait, then find nothing to do. Also makes the schema
 * `core` and the extensions that the core needs.
 *
 * @returns ids of the migrations applied by this call
 * @throws InternalError when two migrations share an id, an applied one was edited since, or the database was migrated by
 *   a newer version in a way that this one cannot work with
 */
export async function migrate(db: { pool: Pool }, migrations: readonly Migration[]): Promise<string[]> {
  refuseDuplicates(migrations)
  const client = await db.pool.connect()
  try {
    await withoutLimits(client)
    await client.query('select pg_advisory_lock($1)', [MIGRATION_LOCK])
    return await applyMissing(client, migrations)
  } finally {
    await client.query('select pg_advisory_unlock($1)', [MIGRATION_LOCK]).catch(() => undefined)
    // the session ends here: its settings must not go back into the pool
    client.release(true)
  }
}

async function applyMissing(client: PoolClient, migrations: readonly Migration[]): Promise<string[]> {
  await ensureExtensions(client)
  await client.query(HISTORY)
  const { rows } = await client.query<Applied>('select id, checksum, breaking from core.migration')
  const applied = new Map(rows.map(row => [row.id, row]))
  refuseNewerDatabase(rows, migrations)
  const done: string[] = []
  for (const migration of migrations) {
    const before = applied.get(migration.id)
    if (before) refuseEdited(before, migration)
    else {
      await applyOne(client, migration)
      done.push(migration.id)
    }
  }
  return done
}

async function applyOne(client: PoolClient, migration: Migration): Promise<void> {
  await client.query('begin')
  try {
    // short: a long reader of the table must not make everybody behind it wait
    await client.query(`set local lock_timeout = '5s'`)
    await client.query(migration.sql)
    await client.query('insert into core.migration (id, checksum, breaking) values ($1, $2, $3)',
      [migration.id, checksum(migration), migration.breaking ?? false])
    await client.query('commit')
  } catch (error) {
    await client.query('rollback').catch(() => undefined)
    throw new InternalError(`Migration ${migration.id} failed and left nothing behind: ${(error as Error).message}`, { cause: error })
  }
}

async function ensureExtensions(client: PoolClient): Promise<void> {
  const { rows } = await client.query<{ extname: string }>('select extname from pg_extension where extname = any($1)', [EXTENSIONS])
  for (const name of EXTENSIONS.filter(name => !rows.some(row => row.extname === name))) {
    await client.query(`create extension if not exists ${name} with schema public`).catch((error: Error) => {
      throw new InternalError(`The database lacks the extension ${name} and this role may not add it (${error.message}): `
        + `run \`create extension ${name}\` in it as its owner or as a superuser, then start again.`, { cause: error })
    })
  }
}

function refuseDuplicates(migrations: readonly Migration[]): void {
  const seen = new Set<string>()
  for (const { id } of migrations) {
    if (seen.has(id)) throw new InternalError(`Two migrations are called ${id}: give one of them another id.`)
    seen.add(id)
  }
}

function refuseEdited(applied: Applied, migration: Migration): void {
  if (applied.checksum === checksum(migration)) return
  throw new InternalError(`Migration ${migration.id} was changed after it had been applied to this database: `
    + 'put its old text back and write the change as a new migration.')
}

function refuseNewerDatabase(applied: Applied[], migrations: readonly Migration[]): void {
  const known = new Set(migrations.map(migration => migration.id))
  const newer = applied.filter(row => row.breaking && !known.has(row.id)).map(row => row.id)
  if (newer.length) {
    throw new InternalError(`This database was migrated by a newer version of Kartotek (${newer.join(', ')}): start that version.`)
  }
}

const checksum = (migration: Migration): string => createHash('sha256').update(migration.sql).digest('hex').slice(0, 32)
