import { sql } from 'kysely'
import { accessPredicate } from '../access/predicate.ts'
import type { Reading } from '../records/reading.ts'

/** Items that wait. `late`: one's own whose time to answer has passed. */
export interface IntakeCounters { mine: number, queue: number, late: number }

/** Null for who may not see items, or not what these numbers tell. */
export async function countIntake({ generation, access, db }: Reading, now = new Date()): Promise<IntakeCounters | null> {
  const item = generation.model.objects.get('intakeItem')
  const me = access.actor.userId
  if (!item || !me || access.scope(item, 'read') === 'none' || ['owner', 'state', 'answerDue'].some((key) => !access.canRead(item.byKey.get(key)!))) return null
  const allowed = accessPredicate(generation.model, access, item, 'read', 'r', true)
  const { rows } = await sql<IntakeCounters>`select (count(*) filter (where r.owner_id = ${me}))::int as mine, (count(*) filter (where r.owner_id is null))::int as queue,
      (count(*) filter (where r.owner_id = ${me} and r.answer_due < ${now} and r.answered_at is null))::int as late
    from core.intake_item r where r.state = 'new' and (r.owner_id = ${me} or r.owner_id is null) and r.trashed_at is null and r.archived_at is null ${allowed ? sql`and ${allowed}` : sql``}`.execute(db)
  return rows[0]!
}
