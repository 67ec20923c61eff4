import { sql, type Kysely } from 'kysely'
import { uuidv7 } from 'uuidv7'
import { ConflictError, NotAllowedError, type Actor } from '@kartotek/sdk'
import type { Caller } from '../access/caller.ts'
import { sqlState } from '../database/index.ts'
import { itemError } from '../graphql/errors.ts'
import { importCaller } from '../import/import-caller.ts'
import { accessOf, type Engine } from '../records/engine.ts'
import { createField, createObject, TableBusyError, type FieldInput, type ObjectInput, type Trying } from './change.ts'
import { deleteField } from './field-deletion.ts'
import { setFieldHidden, updateField, type FieldUpdate } from './field-plan.ts'
import { GIVEN_LISTS, givenLists } from './model.ts'
import { setObjectHidden, updateObject, type ObjectUpdate } from './object-change.ts'

// eslint-disable-next-line @typescript-eslint/no-explicit-any -- tables come and go with the model
type Db = Kysely<any>

/** A change of the model that may have to wait for a table, as it was asked for. `field` is the key of one that is there. */
export type Asked =
  | { change: 'createField', object: string, input: FieldInput }
  | { change: 'updateField', object: string, field: string, input: FieldUpdate }
  | { change: 'hideField' | 'restoreField', object: string, field: string }
  | { change: 'deleteField', object: string, field: string, confirm: string }
  | { change: 'createObject', object: string, input: ObjectInput }
  | { change: 'updateObject', object: string, input: ObjectUpdate }
  | { change: 'hideObject' | 'restoreObject', object: string }

/** Makes a change that was asked for. @throws TableBusyError */
export async function makeChange(engine: Engine, caller: Caller, asked: Asked, trying?: Trying): Promise<void> {
  if (asked.change === 'createField') return createField(engine, caller, asked.object, asked.input, trying)
  if (asked.change === 'updateField') return updateField(engine, caller, asked.object, asked.field, asked.input, trying)
  if (asked.change === 'createObject') return void await createObject(engine, caller, asked.input, trying)
  if (asked.change === 'updateObject') return void await updateObject(engine, caller, asked.object, asked.input, undefined, trying)
  if (asked.change === 'deleteField') return deleteField(engine, caller, asked.object, asked.field, asked.confirm, trying)
  if ('field' in asked) return setFieldHidden(engine, caller, asked.object, asked.field, asked.change === 'hideField', trying)
  await setObjectHidden(engine, caller, asked.object, asked.change === 'hideObject', undefined, trying)
}

/** The key of the field that a change is about; empty where it is about the object. */
export const fieldOf = (asked: Asked): string => (asked.change === 'createField' ? `custom.${asked.input.name}` : 'field' in asked ? asked.field : '')

/** Once a job takes over, nobody waits for the answer: short tries with long pauses disturb those who work in the table least. */
const TRY_MS = 1_000
const KEEP_FAILED_DAYS = 30
/** Between two tries. */
export const PAUSE_SECONDS = 5

/** A row of `core.pending_model_change`. */
export interface PendingChange {
  id: string, asked: Asked, object: string, field: string, actor: Actor, since: Date, attempts: number, triedAt: Date, state: 'waiting' | 'applied' | 'failed', error: string | null
}
/** A session of the database that holds what a change waits for. */
export interface Holder { pid: number, application: string, state: string | null, since: Date | null }

const FIELDS = sql`id, asked, object, field, actor, since, attempts, tried_at as "triedAt", state, error`

/** All that wait or failed, the oldest first. */
export async function pendingChanges(db: Db): Promise<PendingChange[]> {
  return (await sql<PendingChange>`select ${FIELDS} from core.pending_model_change order by since, id`.execute(db)).rows
}

/** Keeps a change for later. @throws ConflictError while another one of the same field or object waits */
export async function keepForLater(engine: Engine, { actor }: Caller, asked: Asked): Promise<void> {
  try {
    await sql`insert into core.pending_model_change (id, change, object, field, asked, actor)
      values (${uuidv7()}, ${asked.change}, ${asked.object}, ${fieldOf(asked)}, ${JSON.stringify(asked)}, ${JSON.stringify(actor)})`.execute(engine.db)
  } catch (error) {
    if (sqlState(error) === '23505') throw new ConflictError('Another change waits here already. Cancel it, or wait until it is made.')
    throw error
  }
}

/** Gives up a change that waits, or takes note of one that failed. @returns whether it was there */
export async function dropPending(db: Db, id: string): Promise<boolean> {
  const { rows } = await sql`delete from core.pending_model_change where id = ${id} and state <> 'applied' returning id`.execute(db)
  return rows.length > 0
}

/**
 * Tries all that wait, once each and in their order.
 * @param follow asks for what follows from a change: indexes, formulas. Again after a crash.
 * @returns how many wait still
 */
export async function tryPending(engine: Engine, follow: (asked: Asked) => Promise<void>, signal?: AbortSignal): Promise<number> {
  await sql`delete from core.pending_model_change where state = 'failed' and tried_at < now() - make_interval(days => ${KEEP_FAILED_DAYS})`.execute(engine.db)
  let waiting = 0
  for (const one of await pendingChanges(engine.db)) {
    signal?.throwIfAborted()
    if (one.state === 'failed') continue
    if (one.state === 'waiting' && !await tryOne(engine, one)) { waiting++; continue }
    const { rows } = await sql`select 1 from core.pending_model_change where id = ${one.id} and state = 'applied'`.execute(engine.db)
    if (!rows.length) continue
    await follow(one.asked)
    await sql`delete from core.pending_model_change where id = ${one.id}`.execute(engine.db)
  }
  return waiting
}

/** @returns false while it has to wait on */
async function tryOne(engine: Engine, one: PendingChange): Promise<boolean> {
  try {
    await engine.live.refresh()
    await makeChange(engine, await callerOf(engine, one), one.asked, {
      giveUpAfterMs: TRY_MS,
      async first(trx) {
        const { rows } = await sql`update core.pending_model_change set state = 'applied' where id = ${one.id} and state = 'waiting' returning id`.execute(trx)
        if (!rows.length) throw new Gone()
      },
    })
    return true
  } catch (error) {
    if (error instanceof Gone) return true
    if (error instanceof TableBusyError) {
      await sql`update core.pending_model_change set attempts = attempts + 1, tried_at = now() where id = ${one.id}`.execute(engine.db)
      return false
    }
    await sql`update core.pending_model_change set state = 'failed', error = ${itemError(error as Error, engine.log, 'en').message}, tried_at = now() where id = ${one.id} and state = 'waiting'`.execute(engine.db)
    return true
  }
}

/** Cancelled, or made by another node. */
class Gone extends Error {}

/** Who asked, without the rights that were taken since. */
async function callerOf(engine: Engine, { actor }: PendingChange): Promise<Caller> {
  const now = actor.userId ? (await importCaller(engine.db, { id: actor.userId }))?.actor : actor
  const then = now && { ...actor, roleIds: actor.roleIds.filter((id) => now.roleIds.includes(id)), teamIds: now.teamIds, hasShares: now.hasShares, standsIn: now.standsIn }
  if (!then || !accessOf(engine, engine.live.current, then).capability('model.manage')) throw new NotAllowedError('You may no longer act here.')
  return { origin: 'api', actor: then }
}

/** The objects whose tables a change needs: its own, the one that a reference leads to, and those of lists that are given. */
export function objectsOf(asked: Asked): string[] {
  if (asked.change === 'createField') return [asked.object, ...(asked.input.to ? [asked.input.to] : [])]
  const { input } = asked.change === 'createObject' || asked.change === 'updateObject' ? asked : { input: {} as ObjectUpdate }
  return [asked.object, ...givenLists.filter((list) => input[list]).map((list) => GIVEN_LISTS[list])]
}

/**
 * Who holds the tables of these objects, the longest first: sessions with a lock on one of them or, as writers have, on the
 * revision of the model. Never what they ask.
 */
export async function holdersOf(engine: Engine, objects: readonly string[]): Promise<Holder[]> {
  const tables = ['revision', ...objects.flatMap((name) => engine.live.current.model.objects.get(name)?.table ?? [])]
  const { rows } = await sql<Holder>`select a.pid, coalesce(nullif(a.application_name, ''), a.usename) as application, a.state, a.xact_start as since
    from pg_stat_activity a where a.datname = current_database() and a.pid <> pg_backend_pid() and (a.xact_start is null or a.xact_start < now() - interval '1 second')
      and exists (select 1 from pg_locks l join pg_class c on c.oid = l.relation join pg_namespace n on n.oid = c.relnamespace
        where l.pid = a.pid and l.granted and l.mode <> 'SIReadLock' and n.nspname = 'core' and c.relname = any(${tables}::text[]))
    order by a.xact_start nulls first limit 10`.execute(engine.db)
  return rows
}
