import { sql } from 'kysely'
import { SYSTEM_CALLER } from '../access/caller.ts'
import type { Row } from '../model/generation.ts'
import { columnOf, objectOf, type ObjectModel } from '../model/model.ts'
import type { Engine } from '../records/engine.ts'
import { inputValue } from '../records/stored.ts'
import { writeRecords } from '../records/write/batch.ts'
import { write, type Writing } from '../records/write/writing.ts'
import { nextTime, type Repeat } from './repeat.ts'
import { WEEKDAYS } from './repeat-fields.ts'
import { inZone, isoOf } from './times.ts'

/** What a new task of a series does not take from the one before. */
const OWN = new Set(['state', 'result', 'doneAt', 'doneBy', 'occurrence', 'follows', 'due'])

/**
 * Brings the series of these tasks up to date: a task that is done, or due where the series goes by the calendar, is followed
 * by the next one; one that was opened again loses a follower that nobody has touched. May run any number of times.
 */
export async function continueSeries(engine: Engine, ids: readonly string[], now = new Date()): Promise<void> {
  for (const id of ids) {
    const { rows } = await sql`select 1 from core.task where id = ${id} and repeat is not null`.execute(engine.db)
    if (rows.length) await write(engine, SYSTEM_CALLER, {}, (w) => continueOne(w, id, now))
  }
}

/** Tasks of series by the calendar whose time has come. */
export async function continueDue(engine: Engine, now = new Date()): Promise<void> {
  const { rows } = await sql<{ id: string }>`select t.id from core.task t where t.repeat is not null and t.repeat_when = 'due' and t.trashed_at is null and t.archived_at is null
    and t.due <= ${now} and t.due > ${now}::timestamptz - interval '7 days' and not exists (select 1 from core.task n where n.follows = t.id::text) limit 500`.execute(engine.db)
  await continueSeries(engine, rows.map((row) => row.id), now)
}

async function continueOne(w: Writing, id: string, now: Date): Promise<void> {
  const object = objectOf(w.generation.model, 'task')
  // Whoever else continues the series waits here, and then finds what was made.
  const { rows: [task] } = await sql<Row>`select * from core.task where id = ${id} and repeat is not null for update`.execute(w.db)
  if (!task || task.trashed_at || task.archived_at) return
  const { rows: followers } = await sql<Row>`select * from core.task where follows = ${id} order by created_at desc`.execute(w.db)
  const left = followers.find((f) => !f.trashed_at)
  const byCalendar = task.repeat_when === 'due'
  if (!byCalendar && task.state === 'open') {
    if (left?.state === 'open' && left.version === 1) await done(writeRecords(w, object, [{ op: 'trash', id: left.id }]))
    return
  }
  if (byCalendar ? followers.length || (task.due as Date) > now : left || followers.some((f) => (f.created_at as Date) >= (task.done_at as Date))) return
  const input = followerOf(w, object, task, now)
  if (!input) return
  for (const list of object.lists.filter((l) => l.part)) input[list.name] = await copiedParts(w, list.object, columnOf(objectOf(w.generation.model, list.object).byKey.get(list.field)!), task, input.due as string)
  await done(writeRecords(w, object, [{ op: 'create', input }]))
}

/** The next task of the series; null where the series ends. */
function followerOf(w: Writing, object: ObjectModel, task: Row, now: Date): Record<string, unknown> | null {
  const zone = w.generation.company.timeZone
  const number = (task.occurrence as number | null ?? 1) + 1
  const due = (task.due as Date | null)?.toISOString()
  if (!due || (task.repeat_count !== null && number > (task.repeat_count as number))) return null
  const first = (task.repeat_from as Date | null)?.toISOString() ?? due
  const next = nextTime(repeatOf(task), first, due > now.toISOString() ? due : now.toISOString(), zone)
  if (task.repeat_until && inZone(next, zone).toISODate()! > String(task.repeat_until)) return null
  const copied = object.fields.filter((f) => !f.hidden && !f.unique && !f.readOnly && !OWN.has(f.key) && !f.id.startsWith('base:'))
  return {
    ...Object.fromEntries(copied.map((f) => [f.key, inputValue(f, task)]).filter(([, value]) => value !== null)),
    owner: task.owner_id, team: task.team_id, due: next, repeatFrom: first, occurrence: number, follows: task.id,
  }
}

function repeatOf(task: Row): Repeat {
  return {
    unit: task.repeat as Repeat['unit'], every: (task.repeat_every as number | null) ?? 1, monthly: (task.repeat_monthly as Repeat['monthly'] | null) ?? 'day',
    weekdays: ((task.repeat_days as string[] | null) ?? []).map((day) => WEEKDAYS.indexOf(day) + 1),
  }
}

/** Watchers, participants and steps as they were, steps undone; reminders as far before the task as they were. */
async function copiedParts(w: Writing, name: string, back: string, task: Row, due: string): Promise<Record<string, unknown>[]> {
  const part = objectOf(w.generation.model, name)
  const zone = w.generation.company.timeZone
  const days = Math.round(inZone(due, zone).startOf('day').diff(inZone(task.due as Date, zone).startOf('day'), 'days').days)
  const { rows } = await sql<Row>`select * from core.${sql.id(part.table)} where ${sql.id(back)} = ${task.id} order by position`.execute(w.db)
  return rows.map((row) => {
    const fields = part.fields.filter((f) => !f.hidden && !f.unique && !f.readOnly && f.key !== 'done' && !part.partOf.some((p) => p.field === f.key) && !f.id.startsWith('base:'))
    const values = Object.fromEntries(fields.map((f) => [f.key, inputValue(f, row)]).filter(([, value]) => value !== null))
    return name === 'taskReminder' && values.at ? { ...values, at: isoOf(inZone(String(values.at), zone).plus({ days })) } : values
  })
}

async function done(results: ReturnType<typeof writeRecords>): Promise<void> {
  for (const result of await results) if (!result.ok) throw result.error
}
