import { sql, type Kysely } from 'kysely'
import { uuidv7 } from 'uuidv7'
import { ConflictError, NotAllowedError, NotFoundError, type Actor } from '@kartotek/sdk'
import type { Caller } from '../access/caller.ts'
import { requireAllOfPerson } from '../access/narrowing.ts'
import { UUID } from '../facts/uuid.ts'
import { itemError } from '../graphql/errors.ts'
import { importCaller } from '../import/import-caller.ts'
import { accessOf, type Engine } from '../records/engine.ts'
import { amongOthers, AT_ONCE, ATTEMPTS, IDLE_SECONDS, isFinal } from '../records/write/batches.ts'
import { write } from '../records/write/writing.ts'
import { didMyself } from './changes.ts'
import { revertRoots, type Kept } from './revert.ts'
import type { RevertState } from './revert-standing.ts'
import type { Summary } from './summary.ts'

// eslint-disable-next-line @typescript-eslint/no-explicit-any -- tables come and go with the model
type Db = Kysely<any>

/** What a request hears of it; one that is `running` goes on in the background. */
export interface RevertReport { state: RevertState, changeSet: string | null, reverted: number, kept: Kept[] }
/** Why a record stayed, as it is remembered: words of rules may hold values, and are told only to who reverts. */
export type KeptNote = Pick<Kept, 'reason' | 'fields'>
/** Puts the job into the queue, with the transaction. */
export type EnqueueRevert = (trx: Db, input: { id: string }, options: { key: string }) => Promise<unknown>

interface Revert { id: string, state: RevertState, total: number, done: number, kept: number, revertSet: string, by: string | null }
const FIELDS = sql`change_set_id as id, state, total, done, kept, revert_set_id as "revertSet", by_id as by`

/**
 * Undoes a change set as one new change set, to the end, and reports. For longer actions that go on with it themselves.
 * @param first of a merge, which is undone as a whole and not from the history: the record to begin with, so that its unique values are free
 */
export async function revertChangeSet(engine: Engine, caller: Caller, id: string, merge?: { first: string }): Promise<RevertReport> {
  return revertNow(engine, caller, await beginRevert(engine, caller, id, { by: null, merge }))
}

/**
 * Undoes a change set for a person: a small one at once, a bigger one in the background with the rights that he then has. One
 * that was stopped or failed goes on; of one that is done, what was kept is tried again.
 * @throws NotFoundError, NotAllowedError, ConflictError where nothing is left to undo
 */
export async function askRevert(engine: Engine, caller: Caller, id: string, enqueue: EnqueueRevert): Promise<RevertReport> {
  const { actor } = caller
  const whole = actor.userId !== null && !actor.narrowedTo && !actor.closedBy?.length
  const revert = await beginRevert(engine, caller, id, { by: whole ? actor.userId : null, enqueue })
  if (!isLong(revert) || revert.by === null) return revertNow(engine, caller, revert)
  engine.afterCommit()
  return { state: 'running', changeSet: null, reverted: 0, kept: [] }
}

const isLong = ({ total, done }: Revert): boolean => total - done > AT_ONCE

/** Stops it after the batch in hand: what is undone stays undone, and it can be continued. */
export async function stopRevert(engine: Engine, caller: Caller, id: string): Promise<void> {
  await requireSet(engine, caller, id)
  // Who did what is being undone does not keep others from it.
  const anyone = accessOf(engine, engine.live.current, caller.actor).capability('changes.revert')
  const { rows } = await engine.db.transaction().execute(async (trx) => {
    // A batch takes as long as its records need.
    await sql`set local lock_timeout = 25000`.execute(trx)
    return sql`update core.revert set state = 'stopped' where change_set_id = ${id} and state = 'running' and (${anyone} or by_id = ${caller.actor.userId}::uuid) returning 1`.execute(trx)
  })
  if (!rows.length) throw new ConflictError('This is not being undone just now.', { id })
}

interface ChangeSet { summary: string | null, message: Summary | null, user_id: string | null, actor_id: string, reverted_by: string | null, flags: { merge?: boolean } }

/** The change set, if the caller may undo it: his own, or by `changes.revert`. @throws NotFoundError, NotAllowedError */
async function requireSet(engine: Engine, { actor }: { actor: Actor }, id: string): Promise<ChangeSet> {
  const { rows: [set] } = UUID.test(id) ? await sql<ChangeSet>`select summary, message, user_id, actor_id, reverted_by, flags from core.change_set s where id = ${id}
    and not exists (select from core.configuration_change where change_set_id = s.id)`.execute(engine.db) : { rows: [] }
  const access = accessOf(engine, engine.live.current, actor)
  const mine = set !== undefined && didMyself(actor, set)
  if (!set || (!mine && !access.capability('audit.read') && !access.capability('changes.revert'))) throw new NotFoundError('There is no such change.', { id })
  if (!mine && !access.capability('changes.revert')) throw new NotAllowedError('You may undo only what you did yourself.', { capability: 'changes.revert' })
  return set
}

/** @param by whose rights the background may go on with, if it must */
async function beginRevert(engine: Engine, caller: Caller, id: string, { by, merge, enqueue }: { by: string | null, merge?: { first: string }, enqueue?: EnqueueRevert }): Promise<Revert> {
  const set = await requireSet(engine, caller, id)
  if (set.flags.merge && !merge) throw new ConflictError('A merge is undone among the duplicates.', { id, merge: true })
  return engine.db.transaction().execute(async (trx) => {
    await sql`set local statement_timeout = 120000`.execute(trx)
    // No request adds to it from here on, and of two who undo it one waits.
    const { rows: [locked] } = await sql<{ reverted: string | null }>`select reverted_by as reverted from core.change_set where id = ${id} for update`.execute(trx)
    const { rows: [making] } = await sql`select 1 from core.revert where revert_set_id = ${id} and state = 'running'`.execute(trx)
    if (making) throw new ConflictError('This undoing is still under way.', { id })
    const { rows: [writing] } = await sql`select 1 from core.pending_model_change where change_set_id = ${id} and state = 'running'`.execute(trx)
    if (writing) throw new ConflictError('Records are still written for this change: stop it first, or wait until it is done.', { id })
    const { rows: [before] } = await sql<Revert>`select ${FIELDS} from core.revert where change_set_id = ${id}`.execute(trx)
    if (before?.state === 'running') {
      if (before.by === null) return before
      throw new ConflictError('This change is being undone already.', { id })
    }
    if (before?.state === 'done' ? !before.kept : !before && locked?.reverted) throw new ConflictError('This change was undone already.', { id, revertedBy: locked?.reverted ?? null })
    const revert = before ? await again(trx, id, by) : await planned(trx, id, by, merge?.first ?? null)
    if (enqueue && caller.actor.userId && isLong(revert)) {
      requireAllOfPerson(caller.actor)
      await enqueue(trx, { id }, { key: id })
    }
    return revert
  })
}

async function planned(trx: Db, id: string, by: string | null, first: string | null): Promise<Revert> {
  await sql`insert into core.revert (change_set_id, state, total, revert_set_id, by_id) values (${id}, 'running', 0, ${uuidv7()}, ${by})`.execute(trx)
  const { rows: [count] } = await sql<{ n: number }>`with items as (insert into core.revert_item (change_set_id, position, object, root_id)
      select ${id}::uuid, row_number() over (order by root_id is not distinct from ${first}::uuid desc, max(id::text) desc), root_object, root_id
      from core.change where change_set_id = ${id} group by root_object, root_id returning 1)
    select count(*)::int as n from items`.execute(trx)
  const { rows: [revert] } = await sql<Revert>`update core.revert set total = ${count!.n} where change_set_id = ${id} returning ${FIELDS}`.execute(trx)
  return revert!
}

/** Goes on with what is left; where nothing is, with what was kept. */
async function again(trx: Db, id: string, by: string | null): Promise<Revert> {
  const { rows: left } = await sql`select 1 from core.revert_item where change_set_id = ${id} and kept is null limit 1`.execute(trx)
  if (!left.length) {
    const { numAffectedRows } = await sql`update core.revert_item set kept = null where change_set_id = ${id}`.execute(trx)
    await sql`update core.revert set total = ${Number(numAffectedRows ?? 0)}, done = 0, kept = 0 where change_set_id = ${id}`.execute(trx)
  }
  const { rows: [revert] } = await sql<Revert>`update core.revert set state = 'running', revert_set_id = ${uuidv7()}, by_id = ${by}, error = null, attempts = 0, moved_at = now()
    where change_set_id = ${id} returning ${FIELDS}`.execute(trx)
  return revert!
}

async function revertNow(engine: Engine, caller: Caller, revert: Revert): Promise<RevertReport> {
  const report: RevertReport = { state: 'running', changeSet: null, reverted: 0, kept: [] }
  try {
    while (await revertBatch(engine, caller, revert, report));
  } catch (error) {
    await fail(engine, revert, error as Error)
    throw error
  }
  return { ...report, state: 'done' }
}

/** Takes up those whose process is no more. */
export async function takeUpReverts(engine: Engine, enqueue: EnqueueRevert): Promise<void> {
  const { rows } = await sql<{ id: string }>`select change_set_id as id from core.revert
    where state = 'running' and by_id is not null and moved_at < now() - make_interval(secs => ${IDLE_SECONDS}) order by moved_at limit 100`.execute(engine.db)
  for (const { id } of rows) await enqueue(engine.db, { id }, { key: id })
}

/** Goes on with a revert in the background to its end, after a crash from where it was. What gets no further, time after time, ends as failed and says why. */
export async function runRevert(engine: Engine, id: string, signal: AbortSignal): Promise<void> {
  // Counted at the beginning: whoever is killed does not get to it at the end.
  const { rows: [revert] } = await sql<Revert & { attempts: number }>`update core.revert set attempts = attempts + 1, moved_at = now()
    where change_set_id = ${id} and state = 'running' and by_id is not null returning ${FIELDS}, attempts`.execute(engine.db)
  if (!revert) return
  try {
    if (revert.attempts > ATTEMPTS) throw new ConflictError('It was broken off time after time.', { id })
    for (let more = true; more;) {
      signal.throwIfAborted()
      // With the rights of now: it may go on for hours.
      const caller = await importCaller(engine.db, { id: revert.by! })
      if (!caller) throw new NotAllowedError('The person who started this may no longer act.')
      await requireSet(engine, caller, id)
      more = await revertBatch(engine, caller, revert)
    }
  } catch (error) {
    if (signal.aborted || (revert.attempts < ATTEMPTS && !isFinal(error))) throw error
    await fail(engine, revert, error as Error)
  }
}

/** Takes the next records back, in one transaction with what is noted of them. Of two who do, one waits for the other. Gives whether there may be more. */
async function revertBatch(engine: Engine, caller: Caller, revert: Revert, report?: RevertReport): Promise<boolean> {
  const { rows: [set] } = await sql<ChangeSet>`select summary, message, flags from core.change_set where id = ${revert.id}`.execute(engine.db)
  const options = { reverts: revert.id, changeSetId: revert.revertSet, summary: set?.message ?? set?.summary ?? undefined, merge: set?.flags.merge, statementTimeoutMs: 120_000 }
  const { result, changeSetId } = await amongOthers(() => write(engine, { ...caller, origin: 'revert' }, options, async (w) => {
    // Stopped meanwhile, or stopped and begun anew.
    const { rows: [held] } = await sql`select 1 from core.revert where change_set_id = ${revert.id} and state = 'running' and revert_set_id = ${revert.revertSet} for update`.execute(w.db)
    if (!held) return null
    const { rows: items } = await sql<{ position: number, object: string, root_id: string }>`select position, object, root_id from core.revert_item
      where change_set_id = ${revert.id} and kept is null order by position limit ${AT_ONCE}`.execute(w.db)
    w.passGates = true
    const kept: Kept[] = []
    let reverted = 0
    // The very first by itself: of a merge, others need what it gives free.
    for (const part of [items.filter((one) => one.position === 1), items.filter((one) => one.position > 1)]) {
      for (const [name, group] of Map.groupBy(part, (one) => one.object)) {
        const object = w.generation.model.objects.get(name)
        if (!object) {
          kept.push(...group.map((one): Kept => ({ object: name, record: one.root_id, reason: 'hidden', fields: [], message: 'A field or list of it is hidden now and stays as it is.' })))
          continue
        }
        const done = await revertRoots(w, object, revert.id, group.map((one) => one.root_id))
        kept.push(...done.kept)
        reverted += done.reverted
      }
    }
    const notes = new Map([...Map.groupBy(kept, (one) => one.record)].map(([record, of]) => [record, of.map(({ reason, fields }): KeptNote => ({ reason, fields }))]))
    const stayed = items.flatMap(({ position, root_id }) => (notes.has(root_id) ? [{ position, kept: notes.get(root_id)! }] : []))
    await sql`update core.revert_item i set kept = k.kept from jsonb_to_recordset(${JSON.stringify(stayed)}::jsonb) as k (position int, kept jsonb)
      where i.change_set_id = ${revert.id} and i.position = k.position`.execute(w.db)
    await sql`delete from core.revert_item where change_set_id = ${revert.id} and kept is null and position = any(${items.map((one) => one.position)}::int[])`.execute(w.db)
    const over = items.length < AT_ONCE
    await sql`update core.revert set done = done + ${items.length}, kept = kept + ${stayed.length}, attempts = 0, moved_at = now(), state = ${over ? 'done' : 'running'} where change_set_id = ${revert.id}`.execute(w.db)
    if (over) {
      const { numAffectedRows } = await sql`update core.change_set set reverted_by = ${revert.revertSet} where id = ${revert.id}
        and (${w.changes.length > 0} or exists (select from core.change_set where id = ${revert.revertSet}))`.execute(w.db)
      // Where all is as it was, the answer to the request says all there is to say.
      if (report && !numAffectedRows) await sql`delete from core.revert where change_set_id = ${revert.id} and exists (select from core.change_set where id = ${revert.id} and reverted_by is null)`.execute(w.db)
    }
    return { over, reverted, kept }
  }))
  if (result && report) {
    report.changeSet ??= changeSetId
    report.reverted += result.reverted
    report.kept.push(...result.kept)
  }
  return result !== null && !result.over
}

/** What is undone stays undone, and it can be begun anew. */
async function fail(engine: Engine, { id, revertSet, by }: Revert, error: Error): Promise<void> {
  const { message } = itemError(error, engine.log, 'en')
  await sql`update core.revert set state = 'failed', error = ${message} where change_set_id = ${id} and revert_set_id = ${revertSet} and state = 'running'`.execute(engine.db).catch((cause: unknown) => {
    engine.log.warn({ err: cause, changeSet: id, by }, 'The end of a revert could not be noted.')
  })
}
