import { sql, type RawBuilder } from 'kysely'
import { LimitError } from '@kartotek/sdk'
import { visibleTitles } from '../changes/changes.ts'
import { UUID } from '../facts/uuid.ts'
import type { Engine } from '../records/engine.ts'
import type { Reading } from '../records/reading.ts'
import type { Cause, RunState } from './run.ts'
import type { Step } from './actions.ts'

/** Days for which runs are kept. */
const KEPT_DAYS = 180

export interface Run { id: string, rule: string, object: string, record: string, title: string | null, cause: Cause, state: RunState | 'running', attempts: number, steps: Step[], error: string | null, changeSet: string | null, at: Date }

/** The log of runs, newest first. */
export async function listRuns(reading: Reading, { rule, state, first = 50, after }: { rule?: string | null, state?: string | null, first?: number | null, after?: string | null }): Promise<{ nodes: Run[], hasNextPage: boolean, endCursor: string | null }> {
  const limit = first ?? 50
  if (limit < 1 || limit > 200) throw new LimitError('A page holds 1–200 runs.', { limit: 200 })
  const { rows } = await sql<Run>`select r.id, r.rule_id as rule, r.object, r.record_id as record, r.cause, r.state, r.attempts, r.steps, r.error, r.change_set_id as "changeSet", r.at from core.automation_run r
    where true ${rule ? sql`and r.rule_id = ${UUID.test(rule) ? rule : null}::uuid` : sql``} ${state ? sql`and r.state = ${state.toLowerCase()}` : sql``}
      ${after && UUID.test(after) ? sql`and r.id < ${after}::uuid` : sql``} order by r.id desc limit ${sql.lit(limit + 1)}`.execute(reading.db)
  const nodes = rows.slice(0, limit)
  const titles = await visibleTitles(reading, nodes.map(({ object, record }) => [object, record]))
  return { nodes: nodes.map((run) => ({ ...run, title: titles.get(run.record) ?? null })), hasNextPage: rows.length > limit, endCursor: nodes.at(-1)?.id ?? null }
}

export async function countRuns(reading: Reading, rule: string): Promise<{ done: number, failed: number, stopped: number, last: string | null }> {
  const { rows: [row] } = await sql<{ done: number, failed: number, stopped: number, last: Date | null }>`select (count(*) filter (where state = 'done'))::int as done, (count(*) filter (where state = 'failed'))::int as failed,
    (count(*) filter (where state = 'stopped'))::int as stopped, max(at) as last from core.automation_run where rule_id = ${rule} and at > now() - interval '30 days'`.execute(reading.db)
  return { ...row!, last: row!.last?.toISOString() ?? null }
}

/** Names the stay of a record in its stage: a rule for stuck records runs once for each. */
export const stayKey = (alias: string): RawBuilder<string> => sql<string>`'stuck:' || ${sql.ref(`${alias}.id`)} || ':' || extract(epoch from ${sql.ref(`${alias}.stage_entered_at`)})`

/** Removes what is old from the log; not the run of a stay that still goes on, or it would begin anew. */
export async function removeOldRuns(engine: Engine): Promise<void> {
  const staged = [...engine.live.current.model.objects.values()].filter((object) => object.staged)
  const stays = staged.map((object) => sql`and not exists (select 1 from core.${sql.id(object.table)} t where r.object = ${object.name} and t.id = r.record_id and r.key = ${stayKey('t')})`)
  await sql`delete from core.automation_run r where r.at < now() - make_interval(days => ${KEPT_DAYS}) ${sql.join(stays, sql` `)}`.execute(engine.db)
}
