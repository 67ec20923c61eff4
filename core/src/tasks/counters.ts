import { sql } from 'kysely'
import type { Reading } from '../records/reading.ts'
import { inZone } from './times.ts'

/** Open tasks of the reader. `soon`: due within 24 hours. */
export interface TaskCounters { open: number, overdue: number, today: number, soon: number }

/** Null for who may not see tasks at all, or not what these numbers tell. */
export async function countTasks({ generation, access, db }: Reading, now = new Date()): Promise<TaskCounters | null> {
  const task = generation.model.objects.get('task')
  const me = access.actor.userId
  if (!task || !me || access.scope(task, 'read') === 'none' || ['owner', 'state', 'due'].some((key) => !access.canRead(task.byKey.get(key)!))) return null
  const tonight = inZone(now, generation.company.timeZone).endOf('day').toJSDate()
  // What one owns one sees, whatever the scope.
  const { rows } = await sql<TaskCounters>`select count(*)::int as open, (count(*) filter (where due < ${now}))::int as overdue,
    (count(*) filter (where due >= ${now} and due <= ${tonight}))::int as today, (count(*) filter (where due >= ${now} and due < ${now}::timestamptz + interval '24 hours'))::int as soon
    from core.task where owner_id = ${me} and state = 'open' and trashed_at is null and archived_at is null`.execute(db)
  return rows[0]!
}
