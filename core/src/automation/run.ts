import { sql } from 'kysely'
import { uuidv7 } from 'uuidv7'
import { SYSTEM_CALLER, type Caller } from '../access/caller.ts'
import { meeting } from '../conditions/condition.ts'
import { objectOf, type ObjectModel } from '../model/model.ts'
import { readingOf, type Engine } from '../records/engine.ts'
import type { Reading } from '../records/reading.ts'
import { write } from '../records/write/writing.ts'
import { perform, type Outside, type Step } from './actions.ts'
import type { Action, Db, Rule } from './rule.ts'

/** What made a rule look at a record. `key` is the same however often it is told. */
export interface Cause { key: string, name: string, recordId: string, changeSetId?: string }

export type RunState = 'done' | 'failed' | 'stopped'

/** Runs of one rule for one record in an hour, beyond which something goes in circles. */
const MOST_IN_AN_HOUR = 20
/** Rules that one change may set off, one after the other. */
const MOST_IN_A_CHAIN = 10

const callerOf = (rule: Rule): Caller => ({ origin: 'automation', actor: { ...SYSTEM_CALLER.actor, id: 'automation', name: rule.name } })

/** The end of a rehearsal: everything is rolled back. */
class Rehearsed extends Error {}

/** An action that did not succeed, after those that did: all of them are taken back. */
class FailedRun extends Error {
  readonly steps: Step[]
  constructor(cause: Error, steps: Step[]) {
    super(cause.message, { cause })
    this.steps = steps
  }
}

/** Does the actions of a rule in their order, and knows afterwards how far it came. */
class Doing {
  readonly steps: Step[] = []
  #now: Action | null = null

  async all(actions: readonly Action[], one: (action: Action) => Promise<Step>): Promise<void> {
    for (const action of actions) {
      this.#now = action
      this.steps.push(await one(action))
    }
    this.#now = null
  }

  /** The steps with the one that failed, if it was one of them. */
  until(error: Error): Step[] {
    return this.#now ? [...this.steps, { do: this.#now.do, error: error.message.slice(0, 2_000) }] : this.steps
  }
}

/** Why a run was stopped: it came from itself, the chain of rules was too long, it came too often, or its condition no longer held when it was tried again. */
type Stop = 'circle' | 'chain' | 'often' | 'condition'

/** Whether the record is there, not put away, and meets the rule's condition. */
async function meets(reading: Reading, object: ObjectModel, rule: Pick<Rule, 'condition'>, id: string): Promise<boolean> {
  return (await meeting(reading, object, rule.condition, sql<boolean>`r.id = ${id} and r.trashed_at is null and r.archived_at is null`)).has(id)
}

/**
 * Runs a rule for one cause: once, however often and on however many nodes this is called, because the run is noted in the
 * transaction of its effects. Runs for one record take turns, and each asks the condition as the one before left it. A run that
 * failed before is tried again.
 * @returns null where nothing was to be done: another run did it, or the condition does not hold
 * @throws what an action throws; nothing of the run is then kept
 */
export async function runRule(engine: Engine, outside: Outside, rule: Rule, cause: Cause): Promise<RunState | null> {
  const caller = callerOf(rule)
  const object = engine.live.current.model.objects.get(rule.object)
  // Asked before anything is opened: where there is a condition, most events end here.
  if (!object || rule.condition && !await meets(readingOf(engine, caller), object, rule, cause.recordId)) return await giveUp(engine.db, rule, cause)
  let doing = new Doing()
  const { result } = await write(engine, caller, { summary: { key: 'automation', values: { rule: rule.name } } }, async (w) => {
    doing = new Doing()
    const id = await claim(w.db, rule, cause)
    if (!id) return null
    await sql`select 1 from core.${sql.id(object.table)} where id = ${cause.recordId} for no key update`.execute(w.db)
    if (!await meets(w, objectOf(w.generation.model, rule.object), rule, cause.recordId)) {
      // Of a first attempt nothing is to be told.
      await sql`delete from core.automation_run where id = ${id} and attempts = 1`.execute(w.db)
      return await giveUp(w.db, rule, cause)
    }
    const { chain, often, createdBy } = await stateOf(w.db, rule, cause)
    const circle = circleOf(rule, cause, chain, often)
    if (circle) {
      await finish(w.db, id, { state: 'stopped', steps: [], chain, changeSetId: null, error: circle })
      return 'stopped' as const
    }
    await doing.all(rule.actions, (action) => perform(w, outside, { ...rule, createdBy }, id, objectOf(w.generation.model, rule.object), cause.recordId, action))
    await finish(w.db, id, { state: 'done', steps: doing.steps, chain, changeSetId: w.changes.length ? w.changeSetId : null, error: null })
    return 'done' as const
  }).catch((error: Error) => { throw new FailedRun(error, doing.until(error)) })
  engine.afterCommit()
  return result
}

/**
 * What the rule would do to a record now, if this person made it: it is done, and taken back before anybody can see it. Null where
 * the condition does not hold.
 */
export async function rehearse(engine: Engine, rule: Rule, recordId: string, createdBy: string | null): Promise<{ steps: Step[], error: Error | null } | null> {
  const caller = callerOf(rule)
  const object = objectOf(engine.live.current.model, rule.object)
  if (!await meets(readingOf(engine, caller), object, rule, recordId)) return null
  let doing = new Doing()
  try {
    await write(engine, caller, {}, async (w) => {
      doing = new Doing()
      const outside: Outside = { enqueue: async () => undefined, tellOutside: async () => undefined }
      await doing.all(rule.actions, (action) => perform(w, outside, { ...rule, createdBy }, uuidv7(), object, recordId, action))
      throw new Rehearsed()
    })
  } catch (error) {
    if (!(error instanceof Rehearsed)) return { steps: doing.until(error as Error), error: error as Error }
  }
  return { steps: doing.steps, error: null }
}

/** Notes that a run failed, and at which of its actions, so that people see it and it can be tried again. */
export async function noteFailure(db: Db, rule: Rule, cause: Cause, error: Error): Promise<void> {
  await sql`insert into core.automation_run (id, rule_id, key, object, record_id, cause, state, error, steps)
    values (${uuidv7()}, ${rule.id}, ${cause.key}, ${rule.object}, ${cause.recordId}, ${JSON.stringify(cause)}, 'failed', ${error.message.slice(0, 2_000)}, ${JSON.stringify(error instanceof FailedRun ? error.steps : [])})
    on conflict (rule_id, key) do update set attempts = core.automation_run.attempts + 1, error = excluded.error, steps = excluded.steps, at = now() where core.automation_run.state = 'failed'`.execute(db)
}

/** The id of the run, if it is ours to do. Who comes second waits here for the first one's commit. */
async function claim(db: Db, rule: Rule, cause: Cause): Promise<string | null> {
  const { rows } = await sql<{ id: string }>`insert into core.automation_run (id, rule_id, key, object, record_id, cause, state)
    values (${uuidv7()}, ${rule.id}, ${cause.key}, ${rule.object}, ${cause.recordId}, ${JSON.stringify(cause)}, 'running')
    on conflict (rule_id, key) do update set attempts = core.automation_run.attempts + 1, state = 'running', error = null, at = now() where core.automation_run.state = 'failed'
    returning id`.execute(db)
  return rows[0]?.id ?? null
}

/** Ends a run that failed before, because the record no longer meets the condition. */
async function giveUp(db: Db, rule: Rule, cause: Cause): Promise<RunState | null> {
  const { numAffectedRows } = await sql`update core.automation_run set state = 'stopped', steps = '[]', error = ${'condition' satisfies Stop}, at = now() where rule_id = ${rule.id} and key = ${cause.key} and state in ('failed', 'running')`.execute(db)
  return numAffectedRows ? 'stopped' : null
}

async function finish(db: Db, id: string, run: { state: RunState, steps: Step[], chain: string[], changeSetId: string | null, error: Stop | null }): Promise<void> {
  await sql`update core.automation_run set state = ${run.state}, steps = ${JSON.stringify(run.steps)}, chain = ${run.chain}::text[], change_set_id = ${run.changeSetId}, error = ${run.error} where id = ${id}`.execute(db)
}

/** The runs whose change led to this one, how often the rule ran for the record in the last hour, and who made the rule. */
async function stateOf(db: Db, rule: Rule, { recordId, changeSetId }: Cause): Promise<{ chain: string[], often: number, createdBy: string | null }> {
  const { rows: [found] } = await sql<{ chain: string[] | null, often: number, created_by: string | null }>`select
    (select chain || (rule_id || ':' || record_id) from core.automation_run where change_set_id = ${changeSetId ?? null}::uuid limit 1) as chain,
    (select count(*)::int from core.automation_run where record_id = ${recordId} and at > now() - interval '1 hour' and rule_id = ${rule.id} and state = 'done') as often,
    (select created_by from core.automation_rule where id = ${rule.id}) as created_by`.execute(db)
  return { chain: found!.chain ?? [], often: found!.often, createdBy: found!.created_by }
}

/** Why the run must not be: it comes from itself, the chain is too long, or it comes too often. */
function circleOf(rule: Rule, cause: Cause, chain: readonly string[], often: number): Stop | null {
  if (chain.includes(`${rule.id}:${cause.recordId}`)) return 'circle'
  if (chain.length >= MOST_IN_A_CHAIN) return 'chain'
  return often >= MOST_IN_AN_HOUR ? 'often' : null
}
