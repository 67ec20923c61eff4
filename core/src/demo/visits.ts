import { sql } from 'kysely'
import { uuidv7 } from 'uuidv7'
import type { Writing } from '../records/write/writing.ts'

export interface OrderVisits { order: string, by: string, stages: { id: string, at: Date }[] }

/**
 * Writes the stages that orders went through before the present one, whose visit the write path has made. Then the time in
 * stage, the funnel and the «stuck» records have something to show.
 */
export async function writeVisits(w: Writing, orders: readonly OrderVisits[]): Promise<void> {
  const visits = orders.flatMap(({ order, by, stages }) => stages.slice(0, -1).map((stage, i) => ({
    id: uuidv7(), record_id: order, stage_id: stage.id, pipeline_id: w.generation.stages.get(stage.id)!.pipelineId, kind: i === 0 ? 'created' : 'moved',
    entered_at: stage.at, left_at: stages[i + 1]!.at, entered_by: by,
  })))
  if (visits.length === 0) return
  await sql`insert into core.stage_visit (id, object, record_id, pipeline_id, stage_id, kind, entered_at, left_at, entered_by, change_set_id)
    select id, 'order', record_id, pipeline_id, stage_id, kind, entered_at, left_at, entered_by, ${w.changeSetId}::uuid
    from jsonb_to_recordset(${JSON.stringify(visits)}::jsonb) as v (id uuid, record_id uuid, pipeline_id uuid, stage_id uuid, kind text,
      entered_at timestamptz, left_at timestamptz, entered_by uuid)`.execute(w.db)
  // The present stage was not the first one.
  const moved = orders.filter(({ stages }) => stages.length > 1).map(({ order }) => order)
  await sql`update core.stage_visit set kind = 'moved' where record_id = any(${moved}::uuid[]) and left_at is null and kind = 'created'`.execute(w.db)
}
