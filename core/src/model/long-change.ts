import { setTimeout } from 'node:timers/promises'
import { sql, type Kysely } from 'kysely'
import { uuidv7 } from 'uuidv7'
import { ConflictError } from '@kartotek/sdk'
import type { Caller } from '../access/caller.ts'
import { itemError } from '../graphql/errors.ts'
import { movedFirst } from '../pipelines/change.ts'
import type { Engine } from '../records/engine.ts'
import { amongOthers, ATTEMPTS, IDLE_SECONDS, isFinal } from '../records/write/batches.ts'
import { write } from '../records/write/writing.ts'
import { knownField, knownObject, TableBusyError } from './change.ts'
import { filledFirst, requireVersion } from './field-plan.ts'
import { callerOf, FIELDS, Gone, makeChange, nowApplied, onceOnly, PAUSE_SECONDS, placeOf, settle, TRY_MS, type Asked, type PendingChange } from './pending.ts'
import { requireType } from './under-way.ts'
import { countOf, optionsOf, RecordsFirst, writeNext, type WrittenFirst } from './written-first.ts'

// eslint-disable-next-line @typescript-eslint/no-explicit-any -- tables come and go with the model
type Db = Kysely<any>

/** Puts the job into the queue, with the transaction. */
export type EnqueueLong = (trx: Db, input: { id: string }, options: { key: string }) => Promise<unknown>

/** So often all records are written, and then there are others. */
const ROUNDS = 20

/**
 * Keeps a change for which so many records must be written first, and has it made in the background: for the version that it
 * was asked for, in the name and with the rights of who asked.
 * @throws ConflictError while another one of the same waits or runs
 */
export async function beginLong(engine: Engine, { actor, origin }: Caller, asked: Asked, records: number, enqueue: EnqueueLong): Promise<void> {
  const id = uuidv7()
  const kept = asked.change === 'updateField' ? { ...asked, input: { ...asked.input, version: asked.input.version ?? knownField(knownObject(engine, asked.object), asked.field).version } } : asked
  const place = placeOf(asked)
  await onceOnly(() => engine.db.transaction().execute(async (trx) => {
    await requireType(trx, place)
    // What is said of an earlier one is over with this one.
    await sql`delete from core.pending_model_change where object = ${place.object} and field = ${place.field} and pipeline = ${place.pipeline} and state in ('stopped', 'failed', 'done')`.execute(trx)
    await sql`insert into core.pending_model_change (id, change, object, field, pipeline, asked, actor, origin, state, attempts, total, change_set_id)
      values (${id}, ${asked.change}, ${place.object}, ${place.field}, ${place.pipeline}, ${JSON.stringify(kept)}, ${JSON.stringify(actor)}, ${origin}, 'running', 0, ${records}, ${uuidv7()})`.execute(trx)
    await enqueue(trx, { id }, { key: id })
  }))
  engine.afterCommit()
}

/** Stops it after the records in hand: what is written stays written, and it can be continued. @throws ConflictError where it does not run */
export async function stopLong(db: Db, id: string): Promise<void> {
  const { rows } = await db.transaction().execute(async (trx) => {
    // A batch takes as long as its records need.
    await sql`set local lock_timeout = 25000`.execute(trx)
    return sql`update core.pending_model_change set state = 'stopped' where id = ${id} and state = 'running' returning 1`.execute(trx)
  })
  if (!rows.length) throw new ConflictError('This change is not being made just now.', { id })
}

/**
 * Goes on with one that was stopped or failed, in the name and with the rights of who says so.
 * @throws ConflictError where it cannot be continued, or what it changes was changed meanwhile
 */
export async function continueLong(engine: Engine, { actor, origin }: Caller, one: PendingChange, enqueue: EnqueueLong): Promise<void> {
  if (one.total === null) throw new ConflictError('This change cannot be continued.')
  const left = await countOf(engine.db, writtenFirst(engine, { actor, origin }, one.asked))
  await onceOnly(() => engine.db.transaction().execute(async (trx) => {
    await requireType(trx, one)
    // Nobody begins to revert the change set meanwhile; one that is reverted is not added to.
    await sql`select 1 from core.change_set where id = ${one.changeSet} for update`.execute(trx)
    const { rows: [reverted] } = await sql`select 1 from core.revert where change_set_id = ${one.changeSet}`.execute(trx)
    const done = reverted ? 0 : one.done
    const { rows } = await sql`update core.pending_model_change set state = 'running', actor = ${JSON.stringify(actor)}, origin = ${origin}, error = null, attempts = 0, tried_at = now(), after = null,
      done = ${done}, total = ${done + left}, change_set_id = ${reverted ? uuidv7() : one.changeSet} where id = ${one.id} and state in ('stopped', 'failed') and total is not null returning 1`.execute(trx)
    if (!rows.length) throw new ConflictError('This change cannot be continued.')
    await enqueue(trx, { id: one.id }, { key: one.id })
  }))
  engine.afterCommit()
}

/** Takes up those whose process is no more. */
export async function takeUpLong(engine: Engine, enqueue: EnqueueLong): Promise<void> {
  const { rows } = await sql<{ id: string }>`select id from core.pending_model_change
    where state = 'running' and tried_at < now() - make_interval(secs => ${IDLE_SECONDS}) order by tried_at limit 100`.execute(engine.db)
  for (const { id } of rows) await enqueue(engine.db, { id }, { key: id })
}

/**
 * Writes the records batch by batch, after a crash from where it was, and then makes the change by the ordinary way, which
 * looks again whether something is in its way. What gets no further, time after time, ends as failed and says why.
 * @param follow asks for what follows from the change: indexes, formulas
 */
export async function runLong(engine: Engine, id: string, follow: (asked: Asked) => Promise<void>, signal: AbortSignal): Promise<void> {
  // Counted at the beginning: whoever is killed does not get to it at the end.
  const { rows: [turn] } = await sql<{ attempts: number }>`update core.pending_model_change set attempts = attempts + 1, tried_at = now() where id = ${id} and state = 'running' returning attempts`.execute(engine.db)
  if (!turn) return
  try {
    if (turn.attempts > ATTEMPTS) throw new ConflictError('It was broken off time after time.', { id })
    for (let round = 1; ;) {
      signal.throwIfAborted()
      const next = await step(engine, id, follow, round < ROUNDS)
      if (next === 'over') return
      if (next === 'more records') round++
      if (next === 'table busy') await setTimeout(PAUSE_SECONDS * 1_000, undefined, { signal })
    }
  } catch (error) {
    if (signal.aborted || (turn.attempts < ATTEMPTS && !isFinal(error))) throw error
    const { message } = itemError(error as Error, engine.log, 'en')
    await sql`update core.pending_model_change set state = 'failed', error = ${message}, tried_at = now() where id = ${id} and state = 'running'`.execute(engine.db)
  }
}

type Step = 'over' | 'goes on' | 'more records' | 'table busy'

/** Writes a batch, or makes the change where none is left. */
async function step(engine: Engine, id: string, follow: (asked: Asked) => Promise<void>, mayRepeat: boolean): Promise<Step> {
  const { rows: [one] } = await sql<PendingChange>`select ${FIELDS} from core.pending_model_change where id = ${id} and state = 'running'`.execute(engine.db)
  if (!one) return 'over'
  await engine.live.refresh()
  try {
    return await stepOf(engine, one, follow, mayRepeat)
  } catch (error) {
    // Somebody added a choice just now: it is for another version by now.
    const { rows } = error instanceof ConflictError ? await sql`select 1 from core.pending_model_change where id = ${id} and asked <> ${JSON.stringify(one.asked)}::jsonb`.execute(engine.db) : { rows: [] }
    if (!rows.length) throw error
    return 'goes on'
  }
}

async function stepOf(engine: Engine, one: PendingChange, follow: (asked: Asked) => Promise<void>, mayRepeat: boolean): Promise<Step> {
  // With the rights of now: it may go on for hours.
  const caller = await callerOf(engine, one)
  if (await writeBatch(engine, one, writtenFirst(engine, caller, one.asked))) return 'goes on'
  try {
    await makeChange(engine, caller, one.asked, { giveUpAfterMs: TRY_MS, atOnce: 0, first: (trx) => nowApplied(trx, one) })
  } catch (error) {
    if (error instanceof Gone) return 'over'
    if (error instanceof RecordsFirst && mayRepeat) return 'more records'
    if (!(error instanceof TableBusyError)) throw error
    await sql`update core.pending_model_change set attempts = 0, tried_at = now() where id = ${one.id} and state = 'running'`.execute(engine.db)
    return 'table busy'
  }
  await settle(engine.db, one, follow)
  return 'over'
}

/** The records that a change needs written first. @throws ConflictError where what it changes was changed since it was asked for */
function writtenFirst(engine: Engine, caller: Caller, asked: Asked): WrittenFirst {
  if (asked.change === 'updatePipeline') return movedFirst(engine, caller, asked.pipeline, asked.version, asked.input)
  // No other one begins as a long one.
  const { object, input, ...rest } = asked as Extract<Asked, { change: 'updateField' }>
  const field = knownField(knownObject(engine, object), rest.field)
  requireVersion(field, input, field)
  return filledFirst(caller, knownObject(engine, object), field, input.backfill)
}

/** Writes the next records, in one transaction with what is noted of them. Of two who do, one waits for the other. Gives whether there may be more. */
async function writeBatch(engine: Engine, { id, changeSet }: PendingChange, first: WrittenFirst): Promise<boolean> {
  const { result } = await amongOthers(() => write(engine, first.caller, optionsOf(first, changeSet!), async (w) => {
    // Stopped meanwhile, or continued after its change set was reverted.
    const { rows: [held] } = await sql<{ after: string | null }>`select after from core.pending_model_change where id = ${id} and state = 'running' and change_set_id = ${changeSet} for update`.execute(w.db)
    if (!held) return true
    const { written, last } = await writeNext(w, first, held.after)
    await sql`update core.pending_model_change set done = done + ${written}, total = greatest(total, done + ${written}), after = ${last}, attempts = 0, tried_at = now() where id = ${id}`.execute(w.db)
    return last !== null
  }))
  return result
}
