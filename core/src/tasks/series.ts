import { InputError } from '@kartotek/sdk'
import { sql, type Kysely, type RawBuilder } from 'kysely'
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

/** Minutes after which a next task that could not be made is tried again. */
const AGAIN_MINUTES = 10
/** How far back is looked every minute; now and then all of the past is. */
const RECENT_DAYS = 7
const PAGE = 500

/**
 * Brings the series of these tasks up to date: a task that is done, or due where the series goes by the calendar, is followed
 * by the next one; one that was opened again loses a follower that nobody has touched. May run any number of times. What
 * cannot be made is put off, and holds up no other series.
 */
export async function continueSeries(engine: Engine, ids: readonly string[], now = new Date()): Promise<void> {
  for (const id of ids) {
    const { rows } = await sql`select 1 from core.task where id = ${id} and repeat is not null`.execute(engine.db)
    try {
      if (rows.length) await write(engine, SYSTEM_CALLER, {}, (w) => continueOne(w, id, now))
      else await forget(engine.db, id)
    } catch (error) {
      engine.log.warn({ err: error, task: id }, 'The next task of a series could not be made; it is tried again later.')
      await note(engine.db, id, sql`version`, new Date(now.getTime() + AGAIN_MINUTES * 60_000))
    }
  }
}

/** Tasks of series by the calendar whose time has come, and those that were put off. `all`: also what came while no node was up for long. */
export async function continueDue(engine: Engine, now = new Date(), all = false): Promise<void> {
  const { rows: again } = await sql<{ id: string }>`select task_id as id from core.task_series where again_at <= ${now} order by again_at limit ${PAGE}`.execute(engine.db)
  await continueSeries(engine, again.map((row) => row.id), now)
  const since = all ? sql`` : sql`and t.due > ${now}::timestamptz - make_interval(days => ${RECENT_DAYS})`
  for (let after = '00000000-0000-0000-0000-000000000000'; ;) {
    const { rows } = await sql<{ id: string }>`select t.id from core.task t where t.repeat is not null and t.repeat_when = 'due' and t.trashed_at is null and t.archived_at is null
      and t.due <= ${now} ${since} and t.id > ${after}::uuid and not exists (select 1 from core.task n where n.follows = t.id::text)
      and not exists (select 1 from core.task_series s where s.task_id = t.id and (s.version is null or (s.version = t.version and (s.again_at is null or s.again_at > ${now}))))
      order by t.id limit ${PAGE}`.execute(engine.db)
    await continueSeries(engine, rows.map((row) => row.id), now)
    if (rows.length < PAGE) return
    after = rows.at(-1)!.id
  }
}

// eslint-disable-next-line @typescript-eslint/no-explicit-any -- tables come and go with the model
type Db = Kysely<any>

/** Without a version the task is followed for good; with one it is left alone until it is changed, or until `again`. */
async function note(db: Db, id: string, version: RawBuilder<unknown>, again: Date | null = null): Promise<void> {
  await sql`insert into core.task_series (task_id, version, again_at) select id, ${version}, ${again}::timestamptz from core.task where id = ${id}
    on conflict (task_id) do update set version = excluded.version, again_at = excluded.again_at`.execute(db)
}

async function forget(db: Db, id: string): Promise<void> {
  await sql`delete from core.task_series where task_id = ${id} and again_at is not null`.execute(db)
}

async function continueOne(w: Writing, id: string, now: Date): Promise<void> {
  const object = objectOf(w.generation.model, 'task')
  // Whoever else continues the series waits here, and then finds what was made.
  const { rows: [task] } = await sql<Row>`select * from core.task where id = ${id} and repeat is not null for update`.execute(w.db)
  await forget(w.db, id)
  if (!task || task.trashed_at || task.archived_at) return
  const { rows: followers } = await sql<Row>`select * from core.task where follows = ${id} order by created_at desc`.execute(w.db)
  const left = followers.find((f) => !f.trashed_at)
  const byCalendar = task.repeat_when === 'due'
  if (!byCalendar && task.state === 'open') {
    if (left?.state === 'open' && left.version === 1) await done(writeRecords(w, object, [{ op: 'trash', id: left.id }]))
    return
  }
  if (byCalendar && followers.length) return note(w.db, id, sql`null::int`)
  if (byCalendar ? task.due && (task.due as Date) > now : left || followers.some((f) => (f.created_at as Date) >= (task.done_at as Date))) return
  const input = followerOf(w, object, task, now)
  if (!input) return byCalendar ? note(w.db, id, sql`version`) : undefined
  for (const list of object.lists.filter((l) => l.part)) input[list.name] = await copiedParts(w, list.object, columnOf(objectOf(w.generation.model, list.object).byKey.get(list.field)!), task, input.due as string)
  const [made] = await writeRecords(w, object, [{ op: 'create', input }])
  if (!made!.ok) await done(writeRecords(w, object, [{ op: 'create', input: withoutGone(input, made!.error) }]))
  // It may be thrown away and forgotten; that ends the series all the same.
  if (byCalendar) await note(w.db, id, sql`null::int`)
}

/** The input without what is in the trash or gone by now: the field, or the part that names it. @throws the error, where it is of another kind */
function withoutGone(input: Record<string, unknown>, error: Error): Record<string, unknown> {
  const gone = error instanceof InputError ? error.fields.filter((problem) => problem.rule === 'reference').map((problem) => problem.field) : []
  if (!gone.length) throw error
  return Object.fromEntries(Object.entries(input).filter(([key]) => !gone.includes(key))
    .map(([key, value]) => [key, Array.isArray(value) ? value.filter((_, i) => !gone.some((path) => path.startsWith(`${key}.${i}.`))) : value]))
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
