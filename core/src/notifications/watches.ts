import { sql, type Kysely, type RawBuilder } from 'kysely'
import type { Engine } from '../records/engine.ts'
import { stageNorm } from '../pipelines/stuck.ts'
import { overAt } from '../tasks/counters.ts'
import { notify, type Notice } from './notify.ts'

// eslint-disable-next-line @typescript-eslint/no-explicit-any -- tables come and go with the model
type Db = Kysely<any>

/** What could not be said for so long, because no node was up, is of no use any more. */
const STALE_DAYS = 7
/** The median of a stage moves a little all the time: what it would skip is found by looking back so far. */
const OVERLAP_HOURS = 24

/**
 * Tells what comes with time alone: tasks that became due, those that are overdue to who watches them, and records that now stand in their stage longer than its norm. How far
 * was looked is kept in a row that one node holds at a time.
 * @returns how many notifications are new
 */
export async function watchTime(engine: Engine, now = new Date()): Promise<number> {
  const told = await step(engine, 'taskDue', now, dueTasks) + await step(engine, 'taskOverdue', now, overdueTasks)
    + await step(engine, 'stuckOrder', now, (db, from, to) => stuckRecords(engine, db, from, to))
  if (told) engine.afterCommit()
  return told
}

async function step(engine: Engine, name: string, now: Date, find: (db: Db, from: Date, to: Date) => Promise<Notice[]>): Promise<number> {
  // The first look is at what comes from now on: years of the past are no news.
  await sql`insert into core.notification_watch (name, until) values (${name}, ${now}) on conflict do nothing`.execute(engine.db)
  return engine.db.transaction().execute(async (trx) => {
    const { rows: [watch] } = await sql<{ until: Date }>`select until from core.notification_watch where name = ${name} for update skip locked`.execute(trx)
    if (!watch || watch.until >= now) return 0
    const from = new Date(Math.max(watch.until.getTime(), now.getTime() - STALE_DAYS * 86_400_000))
    const told = await notify(trx, await find(trx, from, now))
    await sql`update core.notification_watch set until = ${now} where name = ${name}`.execute(trx)
    return told
  })
}

/** Not those of which a reminder spoke at that very moment. */
async function dueTasks(db: Db, from: Date, to: Date): Promise<Notice[]> {
  const { rows } = await sql<{ id: string, owner_id: string, due: Date }>`select t.id, t.owner_id, t.due from core.task t
    where t.state = 'open' and t.due > ${from} and t.due <= ${to} and t.owner_id is not null and t.trashed_at is null and t.archived_at is null
      and not exists (select 1 from core.task_reminder r where r.task_id = t.id and r.reminded_for = t.due)`.execute(db)
  return rows.map((row) => ({ key: `taskDue:${row.id}:${row.due.toISOString()}`, to: [row.owner_id], kind: 'taskDue', subject: { object: 'task', id: row.id } }))
}

/** The owner has a notice of his own. */
async function overdueTasks(db: Db, from: Date, to: Date): Promise<Notice[]> {
  const { rows } = await sql<{ id: string, due: Date, people: string[] }>`select t.id, t.due, array_agg(w.user_id) as people from core.task t join core.task_watcher w on w.task_id = t.id
    where t.state = 'open' and t.due > ${from}::timestamptz - interval '31 days' and t.due <= ${to} and ${overAt} > ${from} and ${overAt} <= ${to}
      and t.trashed_at is null and t.archived_at is null and w.user_id is distinct from t.owner_id group by t.id`.execute(db)
  return rows.map((row) => ({ key: `taskOverdue:${row.id}:${row.due.toISOString()}`, to: row.people, kind: 'taskOverdue', subject: { object: 'task', id: row.id } }))
}

async function stuckRecords(engine: Engine, db: Db, from: Date, to: Date): Promise<Notice[]> {
  const { model, pipelines } = engine.live.current
  const notices: Notice[] = []
  for (const pipeline of pipelines.filter((p) => !p.archived)) {
    const object = model.objects.get(pipeline.object)
    if (!object?.owned) continue
    for (const stage of pipeline.stages.filter((s) => s.kind === 'open' && !s.archived)) {
      const since: RawBuilder<unknown> = stage.normHours === null ? sql`${from}::timestamptz - make_interval(hours => ${OVERLAP_HOURS})` : sql`${from}::timestamptz`
      const { rows } = await sql<{ id: string, owner_id: string, entered: Date }>`with norm as materialized (select ${stageNorm(stage)} as length)
        select r.id, r.owner_id, r.stage_entered_at as entered from core.${sql.id(object.table)} r, norm
        where r.stage_id = ${stage.id} and r.owner_id is not null and r.trashed_at is null and r.archived_at is null
          and r.stage_entered_at > ${since} - norm.length and r.stage_entered_at <= ${to}::timestamptz - norm.length`.execute(db)
      notices.push(...rows.map((row): Notice => ({ key: `stuckOrder:${row.id}:${row.entered.toISOString()}`, to: [row.owner_id], kind: 'stuckOrder', subject: { object: object.name, id: row.id } })))
    }
  }
  return notices
}
