import { sql, type RawBuilder } from 'kysely'
import { accessPredicate } from '../access/predicate.ts'
import { objectOf } from '../model/model.ts'
import type { Reading } from '../records/reading.ts'
import { inZone } from './times.ts'

/** Open tasks of a person. `soon`: due within 24 hours. */
export interface TaskCounters { open: number, overdue: number, today: number, soon: number }

/** When a task `t` is overdue: as soon as it is due, a call or a meeting when it would be over. */
export const overAt = sql<Date>`t.due + case when t.kind = 'task' or t.all_day then interval '0' else make_interval(mins => coalesce(t.minutes, 0)) end`

/** Whether the reader may know in which meetings somebody takes part. */
export function knowsParticipants({ access, generation: { model } }: Reading): boolean {
  const list = objectOf(model, 'task').lists.find((l) => l.name === 'participants')
  const field = model.objects.get('taskParticipant')?.byKey.get('user')
  return list !== undefined && field !== undefined && access.canList(list) && access.canRead(field)
}

/**
 * Open tasks of the reader and the meetings where he takes part, or the tasks of another that he sees. Null for who may not see tasks
 * at all, or not what these numbers tell.
 */
export async function countTasks(reading: Reading, owner = reading.access.actor.userId, now = new Date()): Promise<TaskCounters | null> {
  const { generation, access, db } = reading
  const task = generation.model.objects.get('task')
  const me = access.actor.userId
  if (!task || !owner || access.scope(task, 'read') === 'none' || ['owner', 'state', 'due', 'kind', 'minutes', 'allDay'].some((key) => !access.canRead(task.byKey.get(key)!))) return null
  const tonight = inZone(now, generation.company.timeZone).endOf('day').toJSDate()
  // What one owns one sees, and where one takes part, whatever the scope. A meeting of others that is over is over: only its owner closes it.
  const allowed = owner === me ? null : accessPredicate(generation.model, access, task, 'read', 't')
  const joined: RawBuilder<unknown> = owner === me && knowsParticipants(reading) ? sql`union select p.task_id from core.task_participant p join core.task t on t.id = p.task_id where p.user_id = ${me} and (${overAt} < ${now}) is not true` : sql``
  const { rows } = await sql<TaskCounters>`select count(*)::int as open, (count(*) filter (where over < ${now}))::int as overdue,
    (count(*) filter (where over >= ${now} and due <= ${tonight}))::int as today, (count(*) filter (where over >= ${now} and due < ${now}::timestamptz + interval '24 hours'))::int as soon
    from (select t.due, ${overAt} as over from core.task t where t.state = 'open' and t.trashed_at is null and t.archived_at is null ${allowed ? sql`and ${allowed}` : sql``}
      and t.id in (select id from core.task where owner_id = ${owner}::uuid and state = 'open' ${joined})) mine`.execute(db)
  return rows[0]!
}
