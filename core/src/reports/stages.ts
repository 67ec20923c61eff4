import { sql, type RawBuilder } from 'kysely'
import { LimitError, NotFoundError, type Filter } from '@kartotek/sdk'
import { objectOf, type ObjectModel } from '../model/model.ts'
import type { Stage } from '../pipelines/pipeline.ts'
import { stuckCondition } from '../pipelines/stuck.ts'
import { emptyPlan, type Node } from '../records/plan.ts'
import { readableField, type Reading } from '../records/reading.ts'
import { listConditions, readPage, whereClause } from '../records/rows.ts'
import { calendarTime, workedTime, type Elapsed } from './elapsed.ts'
import { boundsOf } from './period.ts'

export interface StageArguments {
  object: string
  /** Default: the default pipeline of the object. */
  pipeline?: string | null
  /** Days of the company. Visits count that ended, and cycles that were won, from the first to the last. Default: all of them. */
  from?: string | null
  to?: string | null
  workingTime?: boolean | null
  filter?: Filter | null
}
/** Lengths in seconds. */
export interface StageTimes { count: number, mean: number | null, median: number | null, p90: number | null }
export interface StageRow { stage: Stage, finished: StageTimes, present: StageTimes, oldest: number | null, stuck: number }
export interface StageReport { rows: StageRow[], cycle: StageTimes | null }
export interface StageRecord { id: string, title: string, owner: string | null, stage: Stage, enteredAt: Date, seconds: number, stuck: boolean }

/** A report of more visits would hold up the others who work. */
const MOST_VISITS = 200_000
const NO_TIMES: StageTimes = { count: 0, mean: null, median: null, p90: null }

/**
 * How long records stand in the open stages of a pipeline (rule C.4), counted over those that the reader sees: the visits that ended,
 * those that stand there now with their ages, and the sales cycle from making to winning.
 * @throws LimitError above 200,000 visits
 */
export async function stageReport(reading: Reading, args: StageArguments): Promise<StageReport> {
  const object = stagedObject(reading, args.object)
  const pipeline = pipelineOf(reading, object, args.pipeline)
  const stages = pipeline.stages.filter((stage) => stage.kind === 'open')
  const elapsed = await elapsedOf(reading, object, args.workingTime)
  const within = period(reading, args)
  const table = sql`core.${sql.id(object.table)} r`
  const every = await listConditions(reading, object, { filter: args.filter ?? undefined, archived: 'ALL' }, 'r')
  const active = await listConditions(reading, object, { filter: args.filter ?? undefined }, 'r')

  const finished = await timesBy(reading, sql`select v.stage_id as key, ${elapsed.between(sql`v.entered_at`, sql`v.left_at`)} as s, false as stuck
    from core.stage_visit v join ${table} on r.id = v.record_id ${elapsed.from} ${whereClause([...every, sql`v.stage_id = any(${idsOf(stages)}::uuid[])`, sql`v.left_at is not null`, ...within(sql`v.left_at`)])}`)
  const present = await timesBy(reading, sql`select r.stage_id as key, ${elapsed.between(sql`r.stage_entered_at`, sql`now()`)} as s, ${stuckCondition(reading.generation, object, true, 'r')} as stuck
    from ${table} ${elapsed.from} ${whereClause([...active, sql`r.stage_id = any(${idsOf(stages)}::uuid[])`])}`)
  return {
    rows: stages.filter((stage) => !stage.archived || finished.has(stage.id) || present.has(stage.id)).map((stage) => ({
      stage, finished: timesOf(finished.get(stage.id)), present: timesOf(present.get(stage.id)), oldest: present.get(stage.id)?.oldest ?? null, stuck: present.get(stage.id)?.stuck ?? 0,
    })),
    cycle: await cycle(),
  }

  /** Of what is won now. What was written down only when it was won has no cycle that is known. */
  async function cycle(): Promise<StageTimes | null> {
    if (!reading.access.canRead(object.byKey.get('createdAt')!) || !reading.access.canRead(object.byKey.get('closedAt')!)) return null
    const won = pipeline.stages.filter((stage) => stage.kind === 'won')
    const cycles = await timesBy(reading, sql`select 'cycle' as key, ${elapsed.between(sql`r.created_at`, sql`v.entered_at`)} as s, false as stuck
      from core.stage_visit v join ${table} on r.id = v.record_id ${elapsed.from}
      ${whereClause([...every, sql`v.stage_id = any(${idsOf(won)}::uuid[])`, sql`v.left_at is null`, sql`r.created_at < v.entered_at`, ...within(sql`v.entered_at`)])}`)
    return timesOf(cycles.get('cycle'))
  }
}

/** What stands in open stages now, or in one of them, what stands longest first. */
export async function stageRecords(reading: Reading, args: Pick<StageArguments, 'object' | 'workingTime' | 'filter'> & { stage?: string | null, first?: number | null, after?: string | null }): Promise<{ nodes: StageRecord[], hasNextPage: boolean, endCursor: string | null }> {
  const object = stagedObject(reading, args.object)
  const standing: Filter = { stage: args.stage ? { eq: args.stage } : { kind: ['OPEN'] } }
  const plan = emptyPlan(object)
  for (const key of [object.title, 'stage', 'stageEnteredAt']) {
    const field = object.byKey.get(key)
    if (field && reading.access.canRead(field)) plan.fields.set(key, field)
  }
  const owner = object.byKey.get('owner')
  const name = objectOf(reading.generation.model, 'user').byKey.get('name')!
  if (owner && reading.access.canRead(owner)) {
    const inner = emptyPlan(objectOf(reading.generation.model, 'user'))
    if (reading.access.canRead(name)) inner.fields.set('name', name)
    plan.relations.set('owner', { field: owner, plan: inner })
  }
  const page = await readPage(reading, plan, {
    filter: args.filter ? { and: [standing, args.filter] } : standing, orderBy: [{ field: 'stageEnteredAt', direction: 'ASC' }], first: args.first ?? 50, ...(args.after ? { after: args.after } : {}),
  }, false)
  const elapsed = await elapsedOf(reading, object, args.workingTime)
  const { rows } = await sql<{ id: string, stage_id: string, entered: Date, s: number, stuck: boolean | null }>`select r.id, r.stage_id, r.stage_entered_at as entered, ${elapsed.between(sql`r.stage_entered_at`, sql`now()`)} as s, ${stuckCondition(reading.generation, object, true, 'r')} as stuck
    from core.${sql.id(object.table)} r ${elapsed.from} where r.id = any(${page.nodes.map((node) => node.id)}::uuid[])`.execute(reading.db)
  const found = new Map(rows.map((row) => [row.id, row]))
  return {
    nodes: page.nodes.flatMap((node): StageRecord[] => {
      const row = found.get(node.id)
      const stage = row && reading.generation.stages.get(row.stage_id)
      if (!stage) return []
      return [{ id: node.id, title: String(node[object.byKey.get(object.title)!.name] ?? ''), owner: ((node.owner as Node | null)?.name as string | undefined) ?? null, stage, enteredAt: row.entered, seconds: Math.round(row.s), stuck: row.stuck === true }]
    }),
    hasNextPage: page.hasNextPage, endCursor: page.cursorOf(-1),
  }
}

/** @throws NotFoundError for what the reader does not see or what has no stages; InputError where its stages are closed to him */
function stagedObject(reading: Reading, name: string): ObjectModel {
  const object = reading.generation.model.objects.get(name)
  if (!object?.staged || reading.access.scope(object, 'read') === 'none') throw new NotFoundError('There is no such object with stages.', { object: name })
  for (const key of ['stage', 'stageEnteredAt']) readableField(reading, object, key)
  return object
}

function pipelineOf({ generation }: Reading, object: ObjectModel, id?: string | null): { stages: Stage[] } {
  const pipelines = generation.pipelines.filter((pipeline) => pipeline.object === object.name)
  const found = id ? pipelines.find((pipeline) => pipeline.id === id) : pipelines.find((pipeline) => pipeline.isDefault) ?? pipelines[0]
  if (!found) throw new NotFoundError('There is no such pipeline.', { object: object.name, id })
  return found
}

async function elapsedOf({ db, generation }: Reading, object: ObjectModel, workingTime?: boolean | null): Promise<Elapsed> {
  if (!workingTime) return calendarTime
  const stages = generation.pipelines.filter((pipeline) => pipeline.object === object.name).flatMap((pipeline) => pipeline.stages)
  const { rows: [row] } = await sql<{ at: Date | null }>`select least((select min(created_at) from core.${sql.id(object.table)}),
    (select min(first.at) from unnest(${idsOf(stages)}::uuid[]) as s(id) cross join lateral (select min(entered_at) as at from core.stage_visit where stage_id = s.id) first)) as at`.execute(db)
  return workedTime(db, generation.company, row?.at ?? new Date())
}

/** Conditions of a moment: within the days. */
function period(reading: Reading, args: StageArguments): (at: RawBuilder<unknown>) => RawBuilder<boolean>[] {
  const { start, end } = boundsOf(reading, args)
  return (at) => [...start ? [sql<boolean>`${at} >= ${start}::timestamptz`] : [], ...end ? [sql<boolean>`${at} < ${end}::timestamptz`] : []]
}

interface Times extends StageTimes { oldest: number, stuck: number }

/** Figures of lengths `s`, by `key`. */
async function timesBy({ db }: Reading, lengths: RawBuilder<unknown>): Promise<Map<string, Times>> {
  const { rows } = await sql<Times & { key: string, median: number, p90: number }>`select key, count(*)::int as count, avg(s) as mean, percentile_cont(0.5) within group (order by s) as median,
    percentile_cont(0.9) within group (order by s) as p90, max(s) as oldest, (count(*) filter (where stuck))::int as stuck from (${lengths} limit ${sql.lit(MOST_VISITS + 1)}) l group by key`.execute(db)
  if (rows.reduce((sum, row) => sum + row.count, 0) > MOST_VISITS) throw new LimitError(`The report counts at most ${MOST_VISITS} visits. Choose a shorter period or a filter.`, { limit: MOST_VISITS })
  return new Map(rows.map((row) => [row.key, row]))
}

const round = (n: number | null): number | null => (n === null ? null : Math.round(n))
const timesOf = (times: Times | undefined): StageTimes => (times ? { count: times.count, mean: round(times.mean), median: round(times.median), p90: round(times.p90) } : NO_TIMES)
const idsOf = (stages: readonly Stage[]): string[] => stages.map((stage) => stage.id)
