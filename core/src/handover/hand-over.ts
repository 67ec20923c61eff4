import { sql, type Kysely, type RawBuilder } from 'kysely'
import { uuidv7 } from 'uuidv7'
import { ConflictError, DomainError, InputError, NotAllowedError, NotFoundError } from '@kartotek/sdk'
import type { Caller } from '../access/caller.ts'
import { requireAllOfPerson } from '../access/narrowing.ts'
import { revertChangeSet } from '../changes/reverts.ts'
import { UUID } from '../facts/uuid.ts'
import { itemError } from '../graphql/errors.ts'
import type { RequestContext } from '../graphql/context.ts'
import { importCaller } from '../import/import-caller.ts'
import { invalid } from '../model/change.ts'
import { notify } from '../notifications/notify.ts'
import { accessOf, readingOf, type Engine } from '../records/engine.ts'
import { writeRecords } from '../records/write/batch.ts'
import { ATTEMPTS, IDLE_SECONDS } from '../records/write/batches.ts'
import { write } from '../records/write/writing.ts'
import { inZone } from '../tasks/times.ts'
import { maySendLetters } from './addresses.ts'
import { BELONGINGS, type Passed } from './belongings.ts'
import { checkedLetter, type Letter } from './letter-text.ts'
import { planLetters, withdrawLetters } from './letters.ts'
import { planHandOver, type HandOverInput, type Step } from './plan.ts'

// eslint-disable-next-line @typescript-eslint/no-explicit-any -- tables come and go with the model
type Db = Kysely<any>

export interface HandOver {
  id: string, from: string, rule: Omit<HandOverInput, 'from' | 'reason' | 'startOn' | 'letter'>, reason: string | null, state: 'planned' | 'cancelled' | 'running' | 'done' | 'failed' | 'undoing' | 'undone', total: number, error: string | null
  /** The day on which it begins by itself, in the time zone of the company. */
  startOn: string | null, letter: Letter | null
  createdAt: Date, begunAt: Date, createdBy: string, finishedAt: Date | null, undoneAt: Date | null
}

/** Days for which a hand-over can be undone. */
export const UNDO_DAYS = 30
/** Records in one transaction and one change set. */
const BATCH = 200

/** Puts the job of a hand-over into the queue, with the transaction. */
export type Enqueue = (db: Db, input: { id: string }, options: { key: string }) => Promise<unknown>
const keyOf = (id: string, state: 'planned' | 'running' | 'undoing'): { key: string } => ({ key: state === 'undoing' ? `${id} undo` : id })

const FIELDS = sql`h.id, h.from_id as "from", h.rule, h.reason, h.state, h.total, h.error, h.start_on as "startOn", h.letter, h.created_at as "createdAt", coalesce(h.begun_at, h.created_at) as "begunAt", h.created_by as "createdBy", h.finished_at as "finishedAt", h.undone_at as "undoneAt"`

export async function findHandOver(db: Db, id: string): Promise<HandOver | null> {
  const { rows } = await sql<HandOver>`select ${FIELDS} from core.hand_over h where h.id = ${id}`.execute(db)
  return rows[0] ?? null
}

/** One's own, newest first; for administrators all: what was moved tells of records that others may not see. */
export async function listHandOvers(ctx: RequestContext, first: number): Promise<HandOver[]> {
  const { rows } = await sql<HandOver>`select ${FIELDS} from core.hand_over h ${ctx.access.everything ? sql`` : sql`where h.created_by = ${ctx.actor.userId}::uuid`} order by h.id desc limit ${first}`.execute(ctx.engine.db)
  return rows
}

export async function ownHandOver(ctx: RequestContext, id: string): Promise<HandOver> {
  ctx.access.require('handover.run')
  const found = UUID.test(id) ? await findHandOver(ctx.engine.db, id) : null
  if (!found || (found.createdBy !== ctx.actor.userId && !ctx.access.everything)) throw new NotFoundError('There is no such hand-over.', { id })
  return found
}

/**
 * Makes the plan of a hand-over as of now and keeps it, record by record; the job works it off. One for a later day is only
 * checked and kept: its plan is made on that day.
 */
export async function startHandOver(ctx: RequestContext, input: HandOverInput, enqueue: Enqueue): Promise<HandOver> {
  const me = await personWithAllRoles(ctx)
  const { from, reason, startOn, letter, ...rule } = input
  const later = startOn != null && startOn > today(ctx.engine)
  if (startOn != null && startOn < today(ctx.engine)) throw invalid('startOn', 'min', 'This day is over.')
  const told = letter ? checkedLetter(letter) : null
  if (told && !maySendLetters(ctx.reading)) throw invalid('letter', 'forbidden', 'Only who may know whom one may contact can write to clients.')
  const steps = (await planHandOver(ctx.reading, input)).filter((step) => step.to !== null)
  if (!steps.length && !later) throw new InputError('There is nothing to hand over.', [{ field: 'objects', rule: 'required', message: 'There is nothing to hand over.' }])
  const id = uuidv7()
  await ctx.engine.db.transaction().execute(async (trx) => {
    await sql`insert into core.hand_over (id, from_id, rule, reason, state, total, start_on, letter, created_by) values (${id}, ${from}, ${JSON.stringify(rule)}, ${reason?.trim().slice(0, 500) || null},
      ${later ? 'planned' : 'running'}, ${later ? 0 : steps.length}, ${later ? startOn : null}, ${told && JSON.stringify(told)}, ${me})`.execute(trx)
    if (later) return
    await keepSteps(trx, id, steps)
    await enqueue(trx, { id }, keyOf(id, 'running'))
  })
  ctx.engine.afterCommit()
  return (await findHandOver(ctx.engine.db, id))!
}

async function keepSteps(trx: Db, id: string, steps: Step[]): Promise<void> {
  for (let i = 0; i < steps.length; i += 5_000) {
    const rows = steps.slice(i, i + 5_000).map((step, n) => ({ ...step, position: i + n }))
    await sql`insert into core.hand_over_item (hand_over_id, position, object, record_id, to_id)
      select ${id}::uuid, position, object, id, "to" from jsonb_to_recordset(${JSON.stringify(rows)}::jsonb) as s (position int, object text, id uuid, "to" uuid)`.execute(trx)
  }
}

/** Ends one that has not begun. */
export async function cancelHandOver(ctx: RequestContext, id: string): Promise<HandOver> {
  const found = await ownHandOver(ctx, id)
  const { rows } = await sql`update core.hand_over set state = 'cancelled', finished_at = now() where id = ${id} and state = 'planned' returning id`.execute(ctx.engine.db)
  if (!rows.length) throw new ConflictError('Only a planned hand-over can be cancelled.', { id, state: found.state })
  return (await findHandOver(ctx.engine.db, id))!
}

/** The day that it is where the company is. */
const today = ({ live }: Engine): string => inZone(new Date(), live.current.company.timeZone).toISODate()!
const dayCame = (engine: Engine): RawBuilder<boolean> => sql<boolean>`state = 'planned' and start_on <= ${today(engine)}::date`

/** Asks to take a hand-over back; the job does it. One that still runs stops and is taken back as far as it came. */
export async function askUndo(ctx: RequestContext, id: string, enqueue: Enqueue): Promise<HandOver> {
  const found = await ownHandOver(ctx, id)
  const me = await personWithAllRoles(ctx)
  if (found.begunAt < new Date(Date.now() - UNDO_DAYS * 86_400_000)) throw new ConflictError(`A hand-over can be undone for ${UNDO_DAYS} days.`, { id })
  await ctx.engine.db.transaction().execute(async (trx) => {
    const { rows } = await sql`update core.hand_over set state = 'undoing', undone_by = ${me}, error = null, attempts = 0, moved_at = now() where id = ${id} and state in ('running', 'done', 'failed') returning id`.execute(trx)
    if (!rows.length) throw new ConflictError('This hand-over cannot be undone now.', { id, state: found.state })
    await withdrawLetters(trx, id)
    await enqueue(trx, { id }, keyOf(id, 'undoing'))
  })
  ctx.engine.afterCommit()
  return (await findHandOver(ctx.engine.db, id))!
}

/** The job runs with the rights of its person; a token that has only some of them may not start it. */
async function personWithAllRoles({ actor, engine, access }: RequestContext): Promise<string> {
  access.require('handover.run')
  requireAllOfPerson(actor)
  const person = actor.userId ? await importCaller(engine.db, { id: actor.userId }) : null
  if (!person) throw new NotAllowedError('You may no longer act here.')
  return actor.userId!
}

/** Takes up those whose day has come, and those that wait for a job which is no more: it used up its attempts, killed each time. */
export async function takeUpHandOvers(engine: Engine, enqueue: Enqueue): Promise<void> {
  const { rows } = await sql<{ id: string, state: 'planned' | 'running' | 'undoing' }>`select id, state from core.hand_over
    where (state in ('running', 'undoing') or ${dayCame(engine)}) and moved_at < now() - make_interval(secs => ${IDLE_SECONDS}) order by id limit 100`.execute(engine.db)
  for (const { id, state } of rows) await enqueue(engine.db, { id }, keyOf(id, state))
}

/**
 * Begins a hand-over whose day has come, and goes on with one, or with taking it back, to its end; after a crash from where it was.
 * Of two that run at once one waits for the other at each batch and finds its work done. What does not get any further, time after
 * time, ends as failed and says why.
 */
export async function runHandOver(engine: Engine, id: string, signal: AbortSignal): Promise<void> {
  // Counted at the beginning: whoever is killed does not get to it at the end.
  const { rows: [tried] } = await sql<{ attempts: number }>`update core.hand_over set attempts = attempts + 1, moved_at = now() where id = ${id} and (state in ('running', 'undoing') or ${dayCame(engine)}) returning attempts`.execute(engine.db)
  let job = tried ? await findHandOver(engine.db, id) : null
  if (!tried || !job) return
  try {
    if (tried.attempts > ATTEMPTS) throw new ConflictError('It was broken off time after time.', { id })
    if (job.state === 'planned') {
      await begin(engine, job)
      job = (await findHandOver(engine.db, id))!
    }
    if (job.state === 'running') await moveAll(engine, job, signal)
    else if (job.state === 'undoing') await undoAll(engine, job, signal)
  } catch (error) {
    // Who was to get something is gone since, or may no longer be seen: another time would be no better.
    const hopeless = job.state === 'planned' && error instanceof DomainError
    if (signal.aborted || (tried.attempts < ATTEMPTS && !hopeless)) throw error
    await finish(engine, job, 'failed', itemError(error as Error, engine.log, 'en').message)
  }
}

/** Makes the plan of one that waited for its day, with the rights that its person has now; of two that do, one does. */
async function begin(engine: Engine, job: HandOver): Promise<void> {
  const caller = await callerFor(engine, job, 'created_by')
  if (!caller) return finish(engine, job, 'failed', 'The person who started this may no longer act.')
  const reading = readingOf(engine, caller)
  reading.access.require('handover.run')
  const steps = (await planHandOver(reading, { ...job.rule, from: job.from })).filter((step) => step.to !== null)
  await engine.db.transaction().execute(async (trx) => {
    const { rows } = await sql`update core.hand_over set state = 'running', total = ${steps.length}, begun_at = now(), attempts = 0 where id = ${job.id} and state = 'planned' returning id`.execute(trx)
    if (rows.length) await keepSteps(trx, job.id, steps)
  })
}

/** It got further. */
async function noteProgress(db: Db, id: string): Promise<void> {
  await sql`update core.hand_over set attempts = 0, moved_at = now() where id = ${id}`.execute(db)
}

async function callerFor(engine: Engine, job: HandOver, column: 'created_by' | 'undone_by'): Promise<Caller | null> {
  const { rows } = await sql<{ id: string | null }>`select ${sql.id(column)} as id from core.hand_over where id = ${job.id}`.execute(engine.db)
  const caller = rows[0]?.id ? await importCaller(engine.db, { id: rows[0].id }) : null
  return caller && { ...caller, origin: 'web' }
}

async function moveAll(engine: Engine, job: HandOver, signal: AbortSignal): Promise<void> {
  const caller = await callerFor(engine, job, 'created_by')
  if (!caller) return finish(engine, job, 'failed', 'The person who started this may no longer act.')
  for (;;) {
    signal.throwIfAborted()
    const moved = await write(engine, caller, { summary: { key: 'handOver' }, statementTimeoutMs: 120_000 }, async (w) => {
      // Whoever else runs it waits here.
      const { rows: [held] } = await sql`select 1 from core.hand_over where id = ${job.id} and state = 'running' for update`.execute(w.db)
      if (!held) return 0
      const { rows: items } = await sql<{ position: number, object: string, record_id: string, to_id: string }>`select position, object, record_id, to_id from core.hand_over_item
        where hand_over_id = ${job.id} and state = 'waiting' order by position limit ${BATCH}`.execute(w.db)
      const done: { position: number, state: string, message: string | null, detail?: unknown }[] = []
      for (const [object, group] of Map.groupBy(items, (item) => item.object)) {
        const kind = BELONGINGS.get(object)
        if (kind) {
          const given = kind.may(w.access) ? await kind.give(w.db, caller, job.from, group.map(({ position, record_id: id, to_id: to }) => ({ position, id, to }))) : []
          for (const { position } of group) {
            const one = given.find((passed) => passed.position === position)
            done.push({ position, state: one ? 'moved' : 'left', message: one ? null : 'Somebody changed it meanwhile.', detail: one?.detail })
          }
          continue
        }
        const model = w.generation.model.objects.get(object)
        // Who got the record from somebody else meanwhile keeps it.
        const { rows: still } = model ? await sql<{ id: string }>`select id from core.${sql.id(model.table)} where id = any(${group.map((i) => i.record_id)}::uuid[]) and owner_id = ${job.from} and trashed_at is null`.execute(w.db) : { rows: [] }
        const own = new Set(still.map((row) => row.id))
        const going = group.filter((item) => own.has(item.record_id))
        for (const item of group) if (!own.has(item.record_id)) done.push({ position: item.position, state: 'left', message: 'Somebody changed it meanwhile.' })
        const results = model ? await writeRecords(w, model, going.map((item) => ({ op: 'update', id: item.record_id, input: { owner: item.to_id } }))) : []
        going.forEach((item, i) => {
          const result = results[i]!
          done.push({ position: item.position, state: result.ok ? 'moved' : 'left', message: result.ok ? null : itemError(result.error, engine.log, 'en').message })
        })
      }
      await sql`update core.hand_over_item i set state = d.state, message = d.message, detail = d.detail, change_set_id = case when d.state = 'moved' and i.object <> all(${[...BELONGINGS.keys()]}::text[]) then ${w.changeSetId}::uuid end
        from jsonb_to_recordset(${JSON.stringify(done)}::jsonb) as d (position int, state text, message text, detail jsonb) where i.hand_over_id = ${job.id} and i.position = d.position`.execute(w.db)
      if (items.length) await noteProgress(w.db, job.id)
      return items.length
    })
    if (moved.result === 0) break
  }
  await finish(engine, job, 'done')
}

/** Takes back change set by change set, newest first. What was changed since stays, and each record says what became of it. */
async function undoAll(engine: Engine, job: HandOver, signal: AbortSignal): Promise<void> {
  const caller = await callerFor(engine, job, 'undone_by')
  if (!caller) return finish(engine, job, 'failed', 'The person who started this may no longer act.')
  const { rows: sets } = await sql<{ id: string, reverted: string | null }>`select s.id, s.reverted_by as reverted from core.change_set s
    where s.id in (select change_set_id from core.hand_over_item where hand_over_id = ${job.id} and state = 'moved') order by s.id desc`.execute(engine.db)
  for (const set of sets) {
    signal.throwIfAborted()
    const kept = new Map<string, string>()
    if (!set.reverted) {
      const report = await revertChangeSet(engine, caller, set.id).catch((error: Error) => {
        // Another run, or somebody by hand, has just done it.
        if (error instanceof ConflictError) return null
        throw error
      })
      for (const one of report?.kept ?? []) kept.set(one.record, one.message)
    }
    await noteReturned(engine, job, set.id, kept)
    await noteProgress(engine.db, job.id)
  }
  await takeBackBelongings(engine, caller, job)
  await sql`update core.hand_over_item set state = 'left' where hand_over_id = ${job.id} and state = 'waiting'`.execute(engine.db)
  await finish(engine, job, 'undone')
}

async function takeBackBelongings(engine: Engine, caller: Caller, job: HandOver): Promise<void> {
  await engine.db.transaction().execute(async (trx) => {
    const { rows: items } = await sql<Passed & { object: string }>`select position, object, record_id as id, to_id as "to", detail from core.hand_over_item
      where hand_over_id = ${job.id} and state = 'moved' and object = any(${[...BELONGINGS.keys()]}::text[]) order by position for update`.execute(trx)
    const access = accessOf(engine, engine.live.current, caller.actor)
    for (const [name, group] of Map.groupBy(items, (item) => item.object)) {
      const kind = BELONGINGS.get(name)!
      const back = kind.may(access) ? await kind.takeBack(trx, caller, job.from, group) : []
      for (const { position } of group) {
        const returned = back.some((one) => one.position === position)
        await sql`update core.hand_over_item set state = ${returned ? 'returned' : 'kept'}, message = ${returned ? null : 'Somebody changed it meanwhile.'} where hand_over_id = ${job.id} and position = ${position}`.execute(trx)
      }
    }
  })
}

/** What became of each record of a change set that was taken back: asked of the records, so that a run that was cut off tells the truth too. */
async function noteReturned(engine: Engine, job: HandOver, set: string, kept: ReadonlyMap<string, string>): Promise<void> {
  const { rows: items } = await sql<{ position: number, object: string, record_id: string }>`select position, object, record_id from core.hand_over_item
    where hand_over_id = ${job.id} and change_set_id = ${set} and state = 'moved'`.execute(engine.db)
  for (const [name, group] of Map.groupBy(items, (item) => item.object)) {
    const object = engine.live.current.model.objects.get(name)
    const { rows } = object ? await sql<{ id: string }>`select id from core.${sql.id(object.table)} where id = any(${group.map((i) => i.record_id)}::uuid[]) and owner_id = ${job.from}`.execute(engine.db) : { rows: [] }
    const back = new Set(rows.map((row) => row.id))
    const done = group.map((item) => (back.has(item.record_id) ? { position: item.position, state: 'returned', message: null }
      : { position: item.position, state: 'kept', message: kept.get(item.record_id) ?? 'Somebody changed these fields since, so they stay.' }))
    await sql`update core.hand_over_item i set state = d.state, message = d.message from jsonb_to_recordset(${JSON.stringify(done)}::jsonb) as d (position int, state text, message text)
      where i.hand_over_id = ${job.id} and i.position = d.position`.execute(engine.db)
  }
}

async function finish(engine: Engine, job: HandOver, state: 'done' | 'failed' | 'undone', error: string | null = null): Promise<void> {
  const told = await engine.db.transaction().execute(async (trx) => {
    const { rows: [ended] } = await sql<{ by: string }>`update core.hand_over set state = ${state}, error = ${error}, finished_at = case when ${state} <> 'undone' then now() else finished_at end,
      undone_at = case when ${state} = 'undone' then now() end where id = ${job.id} and state = ${job.state} returning case when ${job.state} = 'undoing' then undone_by else created_by end as by`.execute(trx)
    if (ended && state === 'done') await planLetters(trx, job.id)
    return ended ? tell(trx, job, ended.by) : 0
  })
  if (told) engine.afterCommit()
}

/** Who got something is told once of all of it; of what came back, the one who had it. */
async function tell(db: Db, job: HandOver, by: string): Promise<number> {
  const back = job.state === 'undoing'
  const { rows } = back
    ? await sql<{ id: string }>`select from_id as id from core.hand_over h where id = ${job.id} and exists (select 1 from core.hand_over_item where hand_over_id = h.id and state = 'returned')`.execute(db)
    : await sql<{ id: string }>`select distinct to_id as id from core.hand_over_item where hand_over_id = ${job.id} and state = 'moved'`.execute(db)
  const to = rows.map((row) => row.id).filter((id) => id !== by)
  return to.length ? notify(db, [{ key: `handOver:${job.id}${back ? ':back' : ''}`, to, kind: 'handOver', params: { by }, many: { handOver: job.id } }]) : 0
}
