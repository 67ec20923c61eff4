import { sql, type Kysely } from 'kysely'
import type { FieldDefinition } from '@kartotek/sdk'
import { sqlState } from '../database/index.ts'
import { busy } from './change.ts'
import { identifier } from './ddl.ts'
import { columnOf, type Column, type FieldModel, type ObjectModel } from './model.ts'
import { identity, uniqueIndexName } from './unique.ts'

// eslint-disable-next-line @typescript-eslint/no-explicit-any -- tables come and go with the model
type Db = Kysely<any>

/** Values that are there twice came in after the look at them. */
export class RepeatedError extends Error {}

/**
 * Builds the index of a field that is to become unique while people write, and then has `work` make the field so. Where that
 * fails the index goes again; what a killed node leaves goes by {@link dropLeftovers}.
 * @param waitMs for other indexes in work, and for transactions that began before
 * @throws TableBusyError, RepeatedError
 */
export async function withUniqueIndex(db: Db, object: ObjectModel, field: FieldModel, waitMs: number, work: () => Promise<void>): Promise<void> {
  await db.connection().execute(async (session) => {
    for (const deadline = Date.now() + waitMs; !await lockIndexes(session);) {
      if (Date.now() > deadline) throw busy()
      await new Promise((resolve) => setTimeout(resolve, 100))
    }
    try {
      await sql`set statement_timeout = 0`.execute(session)
      await sql`set lock_timeout = ${sql.lit(waitMs)}`.execute(session)
      await dropLeftovers(session)
      await sql`create unique index concurrently if not exists ${sql.id(uniqueIndexName(object, field))} on core.${sql.id(object.table)} ((${identity(field)})) where trashed_at is null`.execute(session)
      await work()
    } catch (error) {
      // One that is not valid goes on refusing what repeats. Where somebody reads the table, it is left to the job.
      await dropLeftovers(session).catch(() => undefined)
      if (sqlState(error) === '23505') throw new RepeatedError()
      if (sqlState(error) === '55P03') throw busy()
      throw error
    } finally {
      await sql`reset statement_timeout`.execute(session)
      await sql`reset lock_timeout`.execute(session)
      await unlockIndexes(session)
    }
  })
}

/**
 * Only one session of all nodes builds or drops indexes: two builds in one table wait for each other until PostgreSQL ends one.
 * @returns whether this session may
 */
export async function lockIndexes(session: Db): Promise<boolean> {
  const { rows } = await sql<{ locked: boolean }>`select pg_try_advisory_lock(hashtext('kartotek.indexes')) as locked`.execute(session)
  return rows[0]!.locked
}

export async function unlockIndexes(session: Db): Promise<void> {
  await sql`select pg_advisory_unlock(hashtext('kartotek.indexes'))`.execute(session)
}

/** Drops indexes that refuse what repeats in fields that may: they were built for a change that was not made. By who holds {@link lockIndexes}. */
export async function dropLeftovers(session: Db): Promise<void> {
  const { rows: present } = await sql<{ name: string }>`select c.relname as name from pg_index i join pg_class c on c.oid = i.indexrelid join pg_class t on t.oid = i.indrelid
    join pg_namespace n on n.oid = c.relnamespace where n.nspname = 'core' and i.indisunique and starts_with(c.relname, 'ux_') and t.relname in (select table_name from core.object)`.execute(session)
  if (!present.length) return
  // Of hidden fields and of plugins that this node does not know, too.
  const { rows: unique } = await sql<{ table: string, columns: Column[], definition: FieldDefinition }>`select o.table_name as table, f.columns, f.definition || f.overrides as definition
    from core.field f join core.object o on o.name = f.object where (f.definition || f.overrides)->>'unique' = 'true'`.execute(session)
  const asked = new Set(unique.flatMap(({ table, columns, definition }) => {
    const field = { ...definition, columns } as FieldModel
    return [uniqueIndexName({ table }, field), identifier(`ux_${table}_${columnOf(field)}`)]
  }))
  for (const { name } of present) if (!asked.has(name)) await sql`drop index concurrently if exists core.${sql.id(name)}`.execute(session)
}
