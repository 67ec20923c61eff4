import { sql, type Kysely } from 'kysely'
import { uuidv7 } from 'uuidv7'
import { ConflictError, NotAllowedError, type Actor } from '@kartotek/sdk'
import type { Caller } from '../access/caller.ts'
import { sqlState } from '../database/index.ts'
import { itemError } from '../graphql/errors.ts'
import { importCaller } from '../import/import-caller.ts'
import { updatePipeline, type PipelineInput } from '../pipelines/change.ts'
import { accessOf, type Engine } from '../records/engine.ts'
import { createField, createObject, TableBusyError, type FieldInput, type ObjectInput, type Trying } from './change.ts'
import { deleteField } from './field-deletion.ts'
import { setFieldHidden, updateField, type FieldUpdate } from './field-plan.ts'
import { GIVEN_LISTS, givenLists } from './model.ts'
import { setObjectHidden, updateObject, type ObjectUpdate } from './object-change.ts'
import type { Place } from './under-way.ts'
import { RecordsFirst } from './written-first.ts'

// eslint-disable-next-line @typescript-eslint/no-explicit-any -- tables come and go with the model
type Db = Kysely<any>

/** A change of the model that may have to wait for a table, or to write records first, as it was asked for. `field` is the key of one that is there. */
export type Asked =
  | { change: 'createField', object: string, input: FieldInput }
  | { change: 'updateField', object: string, field: string, input: FieldUpdate }
  | { change: 'hideField' | 'restoreField', object: string, field: string }
  | { change: 'deleteField', object: string, field: string, confirm: string }
  | { change: 'createObject', object: string, input: ObjectInput }
  | { change: 'updateObject', object: string, input: ObjectUpdate }
  | { change: 'hideObject' | 'restoreObject', object: string }
  | { change: 'updatePipeline', object: string, pipeline: string, version: number, input: PipelineInput }

/** Makes a change that was asked for. @throws TableBusyError, RecordsFirst */
export async function makeChange(engine: Engine, caller: Caller, asked: Asked, trying?: Trying): Promise<void> {
  if (asked.change === 'createField') return createField(engine, caller, asked.object, asked.input, trying)
  if (asked.change === 'updateField') return updateField(engine, caller, asked.object, asked.field, asked.input, trying)
  if (asked.change === 'createObject') return void await createObject(engine, caller, asked.input, trying)
  if (asked.change === 'updateObject') return void await updateObject(engine, caller, asked.object, asked.input, undefined, trying)
  if (asked.change === 'updatePipeline') return updatePipeline(engine, caller, asked.pipeline, asked.version, asked.input, trying)
  if (asked.change === 'deleteField') return deleteField(engine, caller, asked.object, asked.field, asked.confirm, trying)
  if ('field' in asked) return setFieldHidden(engine, caller, asked.object, asked.field, asked.change === 'hideField', trying)
  await setObjectHidden(engine, caller, asked.object, asked.change === 'hideObject', undefined, trying)
}

/** The key of the field that a change is about; empty where it is about the object. */
export const fieldOf = (asked: Asked): string => (asked.change === 'createField' ? `custom.${asked.input.name}` : 'field' in asked ? asked.field : '')

export const placeOf = (asked: Asked): Place => ({ object: asked.object, field: fieldOf(asked), pipeline: asked.change === 'updatePipeline' ? asked.pipeline : '' })

/** What who asks for it must have. */
export const capabilityFor = ({ change }: Asked): string => (change === 'updatePipeline' ? 'pipelines.manage' : 'model.manage')

/** Once a job takes over, nobody waits for the answer: short tries with long pauses disturb those who work in the table least. */
export const TRY_MS = 1_000
const KEEP_FAILED_DAYS = 30
const KEEP_DONE_DAYS = 1
/** Between two tries. */
export const PAUSE_SECONDS = 5

/** A row of `core.pending_model_change`. Of the `total` records that one must write first `done` are written, in one change set. */
export interface PendingChange {
  id: string, asked: Asked, object: string, field: string, pipeline: string, actor: Actor, origin: Caller['origin'], since: Date, attempts: number, triedAt: Date
  state: 'waiting' | 'applied' | 'running' | 'stopped' | 'failed' | 'done', error: string | null, total: number | null, done: number, changeSet: string | null
}
/** A session of the database that holds what a change waits for. */
export interface Holder { pid: number, application: string, state: string | null, since: Date | null }

export const FIELDS = sql`id, asked, object, field, pipeline, actor, origin, since, attempts, tried_at as "triedAt", state, error, total, done, change_set_id as "changeSet"`

/** All that wait or are under way, and those that ended lately, the oldest first. */
export async function pendingChanges(db: Db): Promise<PendingChange[]> {
  return (await sql<PendingChange>`select ${FIELDS} from core.pending_model_change order by since, id`.execute(db)).rows
}

/** Keeps a change for later. @throws ConflictError while another one of the same field or object waits */
export async function keepForLater(engine: Engine, { actor, origin }: Caller, asked: Asked): Promise<void> {
  await onceOnly(() => sql`insert into core.pending_model_change (id, change, object, field, asked, actor, origin)
    values (${uuidv7()}, ${asked.change}, ${asked.object}, ${fieldOf(asked)}, ${JSON.stringify(asked)}, ${JSON.stringify(actor)}, ${origin})`.execute(engine.db))
}

/** @throws ConflictError where another change of the same waits or runs */
export async function onceOnly<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (error) {
    if (sqlState(error) === '23505') throw new ConflictError('Another change waits here already. Cancel it, or wait until it is made.')
    throw error
  }
}

/** Gives up a change that waits, or takes note of one that is over. @returns whether it was there */
export async function dropPending(db: Db, id: string): Promise<boolean> {
  const { rows } = await sql`delete from core.pending_model_change where id = ${id} and state not in ('applied', 'running') returning id`.execute(db)
  return rows.length > 0
}

/** What ended is not told for ever. */
export async function forgetOld(db: Db): Promise<void> {
  await sql`delete from core.pending_model_change where (state in ('failed', 'stopped') and tried_at < now() - make_interval(days => ${KEEP_FAILED_DAYS}))
    or (state = 'done' and tried_at < now() - make_interval(days => ${KEEP_DONE_DAYS}))`.execute(db)
}

/**
 * Tries all that wait, once each and in their order.
 * @param follow asks for what follows from a change: indexes, formulas. Again after a crash.
 * @returns how many wait still
 */
export async function tryPending(engine: Engine, follow: (asked: Asked) => Promise<void>, signal?: AbortSignal): Promise<number> {
  await forgetOld(engine.db)
  let waiting = 0
  for (const one of await pendingChanges(engine.db)) {
    signal?.throwIfAborted()
    if (one.state !== 'waiting' && one.state !== 'applied') continue
    if (one.state === 'waiting' && !await tryOne(engine, one)) waiting++
    else await settle(engine.db, one, follow)
  }
  return waiting
}

/** Once it is made: asks for what follows, and ends it. That many records were written is told a while longer. */
export async function settle(db: Db, { id, asked, total }: PendingChange, follow: (asked: Asked) => Promise<void>): Promise<void> {
  const { rows } = await sql`select 1 from core.pending_model_change where id = ${id} and state = 'applied'`.execute(db)
  if (!rows.length) return
  await follow(asked)
  if (total === null) await sql`delete from core.pending_model_change where id = ${id}`.execute(db)
  else await sql`update core.pending_model_change set state = 'done', tried_at = now() where id = ${id} and state = 'applied'`.execute(db)
}

/** For the transaction of a change that is made by a job: whoever finds it cancelled, stopped or made does not make it. @throws Gone */
export async function nowApplied(trx: Db, { id, state }: PendingChange): Promise<void> {
  const { rows } = await sql`update core.pending_model_change set state = 'applied' where id = ${id} and state = ${state} returning id`.execute(trx)
  if (!rows.length) throw new Gone()
}

/** @returns false while it has to wait on */
async function tryOne(engine: Engine, one: PendingChange): Promise<boolean> {
  try {
    await engine.live.refresh()
    await makeChange(engine, await callerOf(engine, one), one.asked, {
      giveUpAfterMs: TRY_MS, first: (trx) => nowApplied(trx, one),
    })
    return true
  } catch (error) {
    if (error instanceof Gone) return true
    if (error instanceof TableBusyError || error instanceof RecordsFirst) {
      await sql`update core.pending_model_change set attempts = attempts + 1, tried_at = now() where id = ${one.id}`.execute(engine.db)
      return false
    }
    await sql`update core.pending_model_change set state = 'failed', error = ${itemError(error as Error, engine.log, 'en').message}, tried_at = now() where id = ${one.id} and state = 'waiting'`.execute(engine.db)
    return true
  }
}

/** Cancelled, stopped, or made by another node. */
export class Gone extends Error {}

/** Who asked, without the rights that were taken since. @throws NotAllowedError */
export async function callerOf(engine: Engine, { actor, asked, origin }: PendingChange): Promise<Caller> {
  const now = actor.userId ? (await importCaller(engine.db, { id: actor.userId }))?.actor : actor
  const then = now && { ...actor, roleIds: actor.roleIds.filter((id) => now.roleIds.includes(id)), teamIds: now.teamIds, hasShares: now.hasShares, standsIn: now.standsIn }
  if (!then || !accessOf(engine, engine.live.current, then).capability(capabilityFor(asked))) throw new NotAllowedError('The person who started this may no longer act.')
  return { origin, actor: then }
}

/** The objects whose tables a change needs: its own, the one that a reference leads to, and those of lists that are given. */
export function objectsOf(asked: Asked): string[] {
  if (asked.change === 'createField') return [asked.object, ...(asked.input.to ? [asked.input.to] : [])]
  const { input } = asked.change === 'createObject' || asked.change === 'updateObject' ? asked : { input: {} as ObjectUpdate }
  return [asked.object, ...(asked.change === 'createObject' && asked.input.partOf ? [asked.input.partOf] : []), ...givenLists.filter((list) => input[list]).map((list) => GIVEN_LISTS[list])]
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
