import { sql, type RawBuilder } from 'kysely'
import type { Generation } from '../model/generation.ts'
import type { ObjectModel } from '../model/model.ts'
import type { Stage } from './pipeline.ts'

/** How long a record may stand in the stage, as an interval; null where neither is there. */
export function stageNorm(stage: Stage): RawBuilder<unknown> {
  return stage.normHours !== null
    ? sql`make_interval(hours => ${sql.lit(stage.normHours)})`
    : sql`(select 2 * percentile_cont(0.5) within group (order by v.left_at - v.entered_at) from core.stage_visit v
        where v.stage_id = ${stage.id}::uuid and v.left_at > now() - interval '90 days' having count(*) >= 5)`
}

/**
 * Records that stand in an open stage longer than its norm. A stage without a norm takes twice the median of its
 * visits finished in the last 90 days, where there are at least five (rule C.4).
 */
export function stuckCondition(generation: Generation, object: ObjectModel, stuck: boolean, alias: string): RawBuilder<boolean> {
  const stages = generation.pipelines.filter((p) => p.object === object.name).flatMap((p) => p.stages).filter((s) => s.kind === 'open')
  const entered = sql.ref(`${alias}.stage_entered_at`)
  const parts = stages.map((stage) => {
    return sql<boolean>`(${sql.ref(`${alias}.stage_id`)} = ${stage.id}::uuid and ${entered} < now() - ${stageNorm(stage)})`
  })
  const condition = parts.length ? sql<boolean>`(${sql.join(parts, sql` or `)})` : sql<boolean>`false`
  return stuck ? condition : sql<boolean>`${condition} is not true`
}
