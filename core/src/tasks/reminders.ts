import { sql } from 'kysely'
import { uuidv7 } from 'uuidv7'
import { writeEvents } from '../events/index.ts'
import type { Engine } from '../records/engine.ts'
import { MOST_MINUTES_BEFORE } from './task-objects.ts'

/** What could not be said for so long, because no node was up, is of no use any more. */
const STALE_DAYS = 7
const BATCH = 500

/**
 * Finds the reminders whose moment has come and announces them as events `task.reminder` of their tasks; whoever tells people
 * handles these. A reminder is taken and its event written in one transaction, so it is announced once, however many
 * nodes look. A task that was put off since reminds anew.
 * @returns how many tasks were announced
 */
export async function remind(engine: Engine, now = new Date()): Promise<number> {
  let announced = 0
  for (let taken = BATCH; taken === BATCH;) {
    const tasks = await engine.db.transaction().execute(async (trx) => {
      // First those that may be due, each by an index of its own; then the word of the locked rows.
      const { rows } = await sql<{ task_id: string, owner_id: string | null, team_id: string | null }>`
        with candidates as materialized (
          select r.id from core.task_reminder r where r.at > ${now}::timestamptz - make_interval(days => ${STALE_DAYS}) and r.at <= ${now}
          union all
          select r.id from core.task t join core.task_reminder r on r.task_id = t.id and r.at is null
          where t.state = 'open' and t.due > ${now}::timestamptz - make_interval(days => ${STALE_DAYS}) and t.due <= ${now}::timestamptz + make_interval(mins => ${MOST_MINUTES_BEFORE})
            and t.due - make_interval(mins => r.minutes_before) <= ${now}
        ), due as (
          select r.id, r.task_id from core.task_reminder r join core.task t on t.id = r.task_id
          where r.id in (select id from candidates) and t.state = 'open' and t.trashed_at is null and t.archived_at is null
            and r.reminded_for is distinct from coalesce(r.at, t.due - make_interval(mins => r.minutes_before))
        ), held as materialized (
          -- The task, not its reminders: two who look at once must not each take one of them.
          select id, due, owner_id, team_id from core.task where id in (select task_id from due) limit ${sql.lit(BATCH)} for no key update skip locked
        )
        update core.task_reminder r set reminded_for = coalesce(r.at, held.due - make_interval(mins => r.minutes_before)) from held
        where r.task_id = held.id and r.id in (select id from due) and r.reminded_for is distinct from coalesce(r.at, held.due - make_interval(mins => r.minutes_before))
        returning r.task_id, held.owner_id, held.team_id`.execute(trx)
      const changeSetId = uuidv7()
      const byTask = new Map(rows.map((row) => [row.task_id, row]))
      await writeEvents(trx, [...byTask.values()].map((row) => {
        const holder = { owner: row.owner_id, team: row.team_id }
        return { name: 'task.reminder', object: 'task', recordId: row.task_id, changeSetId, scope: { before: holder, after: holder } }
      }))
      taken = byTask.size
      return byTask.size
    })
    announced += tasks
  }
  if (announced) engine.afterCommit()
  return announced
}
