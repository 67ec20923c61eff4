import { isDeepStrictEqual } from 'node:util'
import { sql, type Kysely } from 'kysely'
import { ConflictError } from '@kartotek/sdk'
import type { Caller } from '../access/caller.ts'
import { keepConfiguration, type Subject } from '../changes/configuration.ts'

// eslint-disable-next-line @typescript-eslint/no-explicit-any -- tables come and go with the model
type Db = Kysely<any>

/** A part of the company's configuration that is kept as one value beside its other settings. */
export interface Section<T extends object> {
  /** Its key among the settings, and what its changes are kept under. */
  subject: Subject
  /** What holds as long as nobody said anything else. */
  initial(): T
}

/** `version` tells one state from the next. */
export interface Stored<T> { value: T, version: string }

export async function readSection<T extends object>(db: Db, section: Section<T>, lock = false): Promise<Stored<T>> {
  const { rows: [row] } = await sql<{ value: T, version: string }>`select value, to_char(updated_at at time zone 'UTC', 'YYYYMMDDHH24MISSUS') as version
    from core.setting where key = ${section.subject} ${lock ? sql`for update` : sql``}`.execute(db)
  return row ? { ...row, value: { ...section.initial(), ...row.value } } : { value: section.initial(), version: '' }
}

/**
 * Changes a section, if it still is the version that its author saw; the change is kept in the history of the configuration.
 * @param change gives the new value from the one that stands there
 * @throws ConflictError
 */
export async function writeSection<T extends object>(db: Db, section: Section<T>, caller: Caller, version: string, change: (current: T) => T): Promise<void> {
  await db.transaction().execute((trx) => changeSection(trx, section, caller, change, version))
}

/**
 * Takes a change of a section back, as long as it is as that change left it.
 * @param reverts the change set that is taken back
 * @throws ConflictError
 */
export function revertSection(db: Db, subject: Subject, before: object, after: object, caller: Caller, reverts: string): Promise<string | null> {
  const section: Section<object> = { subject, initial: () => ({}) }
  return db.transaction().execute((trx) => changeSection(trx, section, caller, (current) => {
    if (!isDeepStrictEqual(current, after)) throw new ConflictError('Somebody changed this since, so it stays as it is.', { id: reverts })
    return before
  }, undefined, reverts))
}

/** The same within a transaction, whatever version it is. Gives the change set, null where nothing is different. */
export async function changeSection<T extends object>(trx: Db, section: Section<T>, caller: Caller, change: (current: T) => T, version?: string, reverts?: string): Promise<string | null> {
  // Two who write the first value at once wait for each other here.
  await sql`select pg_advisory_xact_lock(hashtext(${`setting ${section.subject}`}))`.execute(trx)
  const current = await readSection(trx, section, true)
  if (version !== undefined && current.version !== version) throw new ConflictError('Somebody changed these settings meanwhile. Look at them again.')
  const value = change(current.value)
  if (isDeepStrictEqual(value, current.value)) return null
  await sql`insert into core.setting (key, value, updated_by) values (${section.subject}, ${JSON.stringify(value)}::jsonb, ${caller.actor.userId}::uuid)
    on conflict (key) do update set value = excluded.value, updated_by = excluded.updated_by, updated_at = clock_timestamp()`.execute(trx)
  return keepConfiguration(trx, caller, { subject: section.subject, id: section.subject, before: current.value, after: value }, reverts)
}
