import { sql, type RawBuilder } from 'kysely'
import type { DateTime } from 'luxon'
import { SYSTEM_CALLER } from '../access/caller.ts'
import { compileCondition, halvesOf, holding } from '../conditions/condition.ts'
import type { Row } from '../model/generation.ts'
import { columnOf, type FieldModel, type ObjectModel } from '../model/model.ts'
import { stuckCondition } from '../pipelines/stuck.ts'
import { readingOf, type Engine } from '../records/engine.ts'
import { inZone } from '../tasks/times.ts'
import { readCalendars } from '../working-time/schedule.ts'
import { attempt, type Automation } from './listen.ts'
import { loadRules, type Rule, type Trigger } from './rule.ts'
import { stayKey } from './runs.ts'

/** Records that one look of one rule may act on; the next look, a minute later, goes on. */
const MOST = 1_000
const BATCH = 200
/** What could not run for so long, because no node was up, is left out. */
const LATE_DAYS = 3

/** Runs what the clock brings: stuck records, dates that have come, schedules. @returns how many records were looked at */
export async function tick(automation: Automation, now = new Date()): Promise<number> {
  const { engine: { db, log } } = automation
  let seen = 0
  for (const rule of await loadRules(db, { active: true })) {
    let problem: string | null = null
    try {
      if (rule.trigger.on === 'stuck') seen += await actOn(automation, rule, await lookOf(automation.engine, rule, now))
      else if (rule.trigger.on === 'date' || rule.trigger.on === 'schedule') seen += await slotsPassed(automation, rule, rule.trigger, now)
    } catch (error) {
      // One that looks at what is not there any more holds up no other, and says so in the list of rules.
      log.warn({ err: error, rule: rule.id }, 'the clock could not run a rule of automation')
      problem = (error as Error).message.slice(0, 2_000)
    }
    if (problem !== rule.problem) await sql`update core.automation_rule set problem = ${problem} where id = ${rule.id}`.execute(db)
  }
  return seen
}

type Dated = Extract<Trigger, { on: 'date' | 'schedule' }>

/**
 * Goes through the days whose hour has come since the last look. A day is done when no record of it is left; but a date of today may
 * be set after the hour, so it is looked for until midnight.
 */
async function slotsPassed(automation: Automation, rule: Rule, trigger: Dated, now: Date): Promise<number> {
  const zone = automation.engine.live.current.company.timeZone
  const { rows: [state] } = await sql<{ looked: Date | null }>`select looked_until as looked from core.automation_rule where id = ${rule.id}`.execute(automation.engine.db)
  const since = new Date(Math.max((state?.looked ?? rule.activeSince).getTime(), now.getTime() - LATE_DAYS * 86_400_000))
  const [hour, minute] = trigger.time.split(':').map(Number) as [number, number]
  let seen = 0
  for (let day = inZone(since, zone).startOf('day'); day.toJSDate() <= now; day = day.plus({ days: 1 })) {
    const moment = day.set({ hour, minute })
    const [passed, mayCome] = [moment.toJSDate() <= since, trigger.on === 'date' && day.hasSame(inZone(now, zone), 'day') && moment.toJSDate() > rule.activeSince]
    if (moment.toJSDate() > now || (passed && !mayCome)) continue
    if (trigger.on === 'date' || isDay(trigger, day)) {
      const n = await actOn(automation, rule, await lookOf(automation.engine, rule, day.toJSDate()))
      seen += n
      // More than one look takes: the next one goes on with this day.
      if (n >= MOST) return seen
    }
    await sql`update core.automation_rule set looked_until = ${moment.toJSDate()} where id = ${rule.id} and coalesce(looked_until, '-infinity') < ${moment.toJSDate()}`.execute(automation.engine.db)
  }
  return seen
}

function isDay({ every, day = 1 }: Extract<Trigger, { on: 'schedule' }>, at: DateTime): boolean {
  if (every === 'day') return true
  return every === 'week' ? at.weekday === day : at.day === Math.min(day, at.daysInMonth!)
}

/** What one look is for: the records `t`, and the key under which a run for one of them is noted. */
export interface Look { which: RawBuilder<boolean>, key: RawBuilder<string> }

/** What a rule of the clock looks for on the day of this moment. */
export async function lookOf(engine: Engine, rule: Rule, at: Date): Promise<Look> {
  const { trigger } = rule
  if (trigger.on === 'stuck') return { which: stuck(engine, rule, trigger), key: stayKey('t') }
  const day = inZone(at, engine.live.current.company.timeZone)
  return { which: trigger.on === 'date' ? await dated(engine, rule, trigger, [day]) : sql<boolean>`true`, key: sql<string>`${`${trigger.on}:${day.toISODate()!}:`}::text || t.id` }
}

function stuck(engine: Engine, rule: Rule, { hours }: Extract<Trigger, { on: 'stuck' }>): RawBuilder<boolean> {
  const { current } = engine.live
  const object = current.model.objects.get(rule.object)
  if (!object?.staged) return sql<boolean>`false`
  if (hours === undefined) return stuckCondition(current, object, true, 't')
  const open = current.pipelines.filter((p) => p.object === object.name).flatMap((p) => p.stages).filter((s) => s.kind === 'open').map((s) => s.id)
  return sql<boolean>`(t.stage_id = any(${open}::uuid[]) and t.stage_entered_at < now() - make_interval(hours => ${hours}))`
}

/** Records whose date is so many days from one of these; on the 28th of February also those of the 29th, in years without it. */
export async function dated(engine: Engine, rule: Pick<Rule, 'object'>, { field: key, days: after, working, yearly }: Extract<Trigger, { on: 'date' }>, days: readonly DateTime[]): Promise<RawBuilder<boolean>> {
  const field = engine.live.current.model.objects.get(rule.object)?.byKey.get(key)
  if (!field) return sql<boolean>`false`
  const calendar = working && (await readCalendars(engine.db, engine.live.current.company, [])).company
  const wanted = days.flatMap((day) => (calendar ? datesBehind(day, after, (one) => calendar.spansOn(one.toISODate()!).length > 0) : day.minus({ days: after })))
  if (!yearly) return sql<boolean>`(${dayOf(field, engine.live.current.company.timeZone)}) = any(${wanted.map((day) => day.toISODate())}::date[])`
  const each = wanted.flatMap((day) => [day.toFormat('MM-dd'), ...day.month === 2 && day.day === 28 && !day.isInLeapYear ? ['02-29'] : []])
  return sql<boolean>`to_char(${dayOf(field, engine.live.current.company.timeZone)}, 'MM-DD') = any(${[...new Set(each)]}::text[])`
}

/** No company is closed for longer than this. */
const CLOSED_DAYS = 800

/**
 * The dates of which this day is the so-many-th working day after (before, if negative); with 0 the day itself, or the first
 * working day after it. None where it is a day off.
 */
export function datesBehind(day: DateTime, after: number, works: (day: DateTime) => boolean): DateTime[] {
  if (!works(day)) return []
  const back = after < 0 ? 1 : -1
  const wanted = Math.abs(after)
  const dates: DateTime[] = after === 0 ? [day] : []
  for (let i = 1, passed = 0; i < wanted * 2 + CLOSED_DAYS; i++) {
    const date = day.plus({ days: back * i })
    const isWorking = works(date)
    if (after === 0 && isWorking) break
    if (passed === Math.max(wanted - 1, 0)) dates.push(date)
    if (isWorking && ++passed === wanted) break
  }
  return dates
}

/** The days whose hour came after the one moment and not after the other. */
export function daysOf(engine: Engine, trigger: Dated, since: Date, until: Date): DateTime[] {
  const [hour, minute] = trigger.time.split(':').map(Number) as [number, number]
  const days: DateTime[] = []
  for (let day = inZone(since, engine.live.current.company.timeZone).startOf('day'); day.toJSDate() <= until; day = day.plus({ days: 1 })) {
    const moment = day.set({ hour, minute }).toJSDate()
    if (moment > since && moment <= until && (trigger.on === 'date' || isDay(trigger, day))) days.push(day)
  }
  return days
}

const dayOf = (field: FieldModel, zone: string): RawBuilder<unknown> => (field.type === 'date' ? sql.ref(`t.${columnOf(field)}`) : sql`(${sql.ref(`t.${columnOf(field)}`)} at time zone ${sql.lit(zone)})::date`)

/** Runs the rule for all records that the look finds. */
async function actOn(automation: Automation, rule: Rule, look: Look): Promise<number> {
  let seen = 0
  for (let after = '00000000-0000-0000-0000-000000000000'; seen < MOST;) {
    const { rows, last } = await due(automation.engine, rule, look, after, BATCH)
    for (const row of rows) await attempt(automation, rule, { key: row.key, name: rule.trigger.on, recordId: row.id })
    seen += rows.length
    if (last === null) break
    after = last
  }
  // Of a rule that began to run a minute ago the planner knows no runs, and the next look would compare every record with each.
  if (seen >= BATCH) await sql`analyze (skip_locked) core.automation_run`.execute(automation.engine.db)
  return seen
}

/**
 * The next records that the look finds, that meet the rule's condition, and that have no run of their key yet. `last`: where to go
 * on; null at the end. A formula leaves out some of those that were found, so there may be fewer than `most` before the end.
 */
export async function due(engine: Engine, rule: Rule, { which, key }: Look, after: string, most: number): Promise<{ rows: { id: string, key: string }[], last: string | null }> {
  const reading = readingOf(engine, SYSTEM_CALLER)
  const object: ObjectModel | undefined = reading.generation.model.objects.get(rule.object)
  if (!object) return { rows: [], last: null }
  const { rows } = await sql<Row & { 'run key': string }>`select ${halvesOf(rule.condition).formula === null ? sql`t.id` : sql`t.*`}, ${key} as "run key" from core.${sql.id(object.table)} t
    where t.id > ${after}::uuid and t.trashed_at is null and t.archived_at is null and ${which} and ${compileCondition(reading, object, rule.condition, 't')}
      and not exists (select 1 from core.automation_run r where r.rule_id = ${rule.id}::uuid and r.key = ${key}) order by t.id limit ${sql.lit(most)}`.execute(engine.db)
  const held = await holding(reading, object, rule.condition, rows)
  return { rows: held.map((row) => ({ id: row.id, key: row['run key'] })), last: rows.length < most ? null : rows.at(-1)!.id }
}
