import { sql } from 'kysely'
import type { RecordEvent } from '@kartotek/sdk'
import type { Engine } from '../records/engine.ts'
import type { Outside } from './actions.ts'
import { eventsOf, loadRules, type Db, type Rule } from './rule.ts'
import { noteFailure, runRule, type Cause } from './run.ts'

/** Records answered at once: a run mostly waits, for the database and at its end for the disk. */
const AT_ONCE = 4

export interface Automation {
  engine: Engine
  outside: Outside
  /** Tries a run again later, if the transaction that notes its failure commits. */
  again(trx: Db, rule: Rule, cause: Cause): Promise<void>
}

/** Runs what answers to these events. May be called with the same events any number of times. */
export async function answer(automation: Automation, events: readonly RecordEvent[]): Promise<void> {
  const { engine } = automation
  const rules = await loadRules(engine.db, { active: true })
  const wanted = events.flatMap((event) => rules.filter((rule) => rule.object === event.object && eventsOf(rule).includes(event.name)).map((rule) => ({ rule, event })))
  if (!wanted.length) return
  const quiet = await quietSets(engine.db, wanted.map(({ event }) => event.changeSetId))
  const run = async ({ rule, event }: (typeof wanted)[number]): Promise<void> => {
    if (quiet.has(event.changeSetId) || !await answers(engine.db, rule, event)) return
    await attempt(automation, rule, { key: `event:${event.id}`, name: event.name, recordId: event.recordId, changeSetId: event.changeSetId })
  }
  // What happened to one record is answered in its order.
  const records = [...Map.groupBy(wanted, ({ event }) => event.recordId).values()]
  const ended = await Promise.allSettled(Array.from({ length: AT_ONCE }, async () => {
    for (let list = records.shift(); list; list = records.shift()) for (const one of list) await run(one)
  }))
  for (const end of ended) if (end.status === 'rejected') throw end.reason
}

/** Runs a rule, and sees to it that it is tried again if it fails: one bad record must not hold up the others. */
export async function attempt(automation: Automation, rule: Rule, cause: Cause): Promise<void> {
  try {
    await runRule(automation.engine, automation.outside, rule, cause)
  } catch (error) {
    automation.engine.log.warn({ err: error, rule: rule.id, record: cause.recordId }, 'a rule of automation failed and is tried again')
    // A clock leaves alone what is noted: without its next attempt it would stay so for ever.
    await automation.engine.db.transaction().execute(async (trx) => {
      await noteFailure(trx, rule, cause, error as Error)
      await automation.again(trx, rule, cause)
    })
  }
}

/** Change sets that rules leave alone: what was taken back, and imports without rules. */
async function quietSets(db: Db, ids: string[]): Promise<Set<string>> {
  const { rows } = await sql<{ id: string }>`select id from core.change_set where id = any(${[...new Set(ids)]}::uuid[]) and (origin = 'revert' or flags ? 'withoutRules')`.execute(db)
  return new Set(rows.map((row) => row.id))
}

async function answers(db: Db, { trigger }: Rule, event: RecordEvent): Promise<boolean> {
  if (trigger.on === 'changed') return !trigger.fields?.length || trigger.fields.some((field) => event.changed.includes(field))
  if (trigger.on !== 'stageEntered') return true
  // The stage that was entered then, wherever the record is now.
  const { rows } = await sql<{ stage: string | null }>`select after ->> 'stage' as stage from core.change where change_set_id = ${event.changeSetId} and record_id = ${event.recordId} and after ? 'stage' order by id desc limit 1`.execute(db)
  const stage = rows[0]?.stage
  return Boolean(stage) && (!trigger.stages?.length || trigger.stages.includes(stage!))
}
