import { sql } from 'kysely'
import { InputError, LimitError, type Filter } from '@kartotek/sdk'
import { accessPredicate } from '../access/predicate.ts'
import { objectOf } from '../model/model.ts'
import { isDay } from '../model/field-types/time.ts'
import { aggregate, type AggregateArguments, type AggregateRow } from '../records/aggregate.ts'
import { emptyPlan } from '../records/plan.ts'
import type { Reading } from '../records/reading.ts'
import { readByIds } from '../records/rows.ts'
import { inZone } from '../tasks/times.ts'

export interface WorkArguments { from: string, to: string, people?: string[] | null }
export interface Sum { amount: string, currency: string }
/** What somebody did on a day. */
export interface WorkDay {
  person: string, name: string, day: string
  calls: number, letters: number, messages: number, meetings: number, notes: number
  tasksDone: number, tasksOverdue: number, tasksCreated: number, requests: number, clients: number, orders: number, moves: number
  won: number, wonSums: Sum[], lost: number, lostSums: Sum[]
}
type Count = Exclude<{ [K in keyof WorkDay]: WorkDay[K] extends number ? K : never }[keyof WorkDay], never>

const MOST_DAYS = 31
const [FIRST_DAY, LAST_DAY] = ['1900-01-01', '2999-12-31']
const MOST_PEOPLE = 100
const MOST_ROWS = MOST_DAYS * MOST_PEOPLE * 12
const KINDS: Record<string, Count> = { call: 'calls', letter: 'letters', message: 'messages', meeting: 'meetings', note: 'notes', comment: 'notes' }

/** Whose work the reader may look at: everybody's, who reads the audit trail; his people's, who leads a team; else his own. */
export async function peopleOf(reading: Reading): Promise<{ id: string, name: string, active: boolean }[]> {
  const { actor } = reading.access
  const all = reading.access.capability('audit.read')
  const { rows } = await sql<{ id: string, active: boolean }>`select u.id, u.active from core."user" u where u.trashed_at is null and (${all} or u.id = ${actor.userId}::uuid
    or u.id in (select m.user_id from core.team_member l join core.team_member m on m.team_id = l.team_id where l.user_id = ${actor.userId}::uuid and l.leader)) order by u.id`.execute(reading.db)
  const user = objectOf(reading.generation.model, 'user')
  if (reading.access.scope(user, 'read') === 'none') return rows.some((row) => row.id === actor.userId) ? [{ id: actor.userId!, name: actor.name, active: true }] : []
  const plan = emptyPlan(user)
  const name = user.byKey.get('name')!
  if (reading.access.canRead(name)) plan.fields.set('name', name)
  const seen = new Map((await readByIds(reading, plan, rows.map((row) => row.id))).map((node) => [node.id, String(node.name ?? '')]))
  const people = rows.flatMap(({ id, active }) => (id === actor.userId ? [{ id, name: actor.name, active }] : seen.has(id) ? [{ id, name: seen.get(id)!, active }] : []))
  // By the names that the reader sees: an order by hidden ones would tell them.
  return people.sort((a, b) => a.name.localeCompare(b.name, reading.locale))
}

/**
 * What people did, day by day, counted over what the reader sees: whoever does not see a record does not see the work on it. Who
 * is not active any more stands there with work in that time, or when asked for by name.
 * @throws LimitError beyond 31 days or 100 people
 */
export async function workReport(reading: Reading, { from, to, people: wanted }: WorkArguments): Promise<WorkDay[]> {
  const days = daysBetween(from, to)
  const allowed = await peopleOf(reading)
  const people = wanted?.length ? allowed.filter((p) => wanted.includes(p.id)) : allowed
  if (people.filter((p) => p.active || wanted?.length).length > MOST_PEOPLE) throw tooMany()
  const result = new Map(people.flatMap((p) => days.map((day) => [`${p.id} ${day}`, empty(p, day)] as const)))
  if (!people.length) return []
  const who = { id: { in: people.map((p) => p.id) } }
  const zone = reading.generation.company.timeZone
  const start = inZone(`${from}T12:00:00Z`, zone).set({ year: Number(from.slice(0, 4)), month: Number(from.slice(5, 7)), day: Number(from.slice(8)) }).startOf('day')
  const range = { gte: start.toUTC().toISO()!, lt: start.plus({ days: days.length }).toUTC().toISO()! }

  const at = (person: unknown, day: unknown): WorkDay | undefined => result.get(`${String(person)} ${String(day).slice(0, 10)}`)
  const add = (person: unknown, day: unknown, what: Count, n: unknown): void => { const one = at(person, day); if (one) one[what] += Number(n) }
  const each = async (name: string, by: string, when: string, more: Filter, take: (row: AggregateRow, day: string) => void, also: Partial<AggregateArguments> = {}): Promise<void> => {
    const object = reading.generation.model.objects.get(name)
    if (!object || reading.access.scope(object, 'read') === 'none' || [by, when, ...(also.groupBy ?? []).map((g) => g.field)].some((key) => !object.byKey.get(key) || !reading.access.canRead(object.byKey.get(key)!))) return
    const rows = await aggregate(reading, object, {
      groupBy: [{ field: by }, { field: when, by: 'DAY' }, ...also.groupBy ?? []], measures: also.measures ?? [{ function: 'COUNT' }],
      filter: { and: [{ [by]: who }, { [when]: range }, more] }, archived: 'ALL', first: MOST_ROWS,
    }, MOST_ROWS)
    for (const row of rows) take(row, dayOf(row.keys[1]!.value))
  }

  await each('timelineEntry', 'owner', 'happenedAt', { kind: { in: Object.keys(KINDS) } }, (row, day) => add(row.keys[0]!.value, day, KINDS[String(row.keys[2]!.value)]!, row.values[0]!.value), { groupBy: [{ field: 'kind' }] })
  await each('task', 'doneBy', 'doneAt', {}, (row, day) => add(row.keys[0]!.value, day, 'tasksDone', row.values[0]!.value))
  await each('task', 'createdBy', 'createdAt', {}, (row, day) => add(row.keys[0]!.value, day, 'tasksCreated', row.values[0]!.value))
  await each('task', 'owner', 'due', { state: { eq: 'open' }, due: { lt: new Date().toISOString() } }, (row, day) => add(row.keys[0]!.value, day, 'tasksOverdue', row.values[0]!.value))
  await each('intakeItem', 'handledBy', 'handledAt', {}, (row, day) => add(row.keys[0]!.value, day, 'requests', row.values[0]!.value))
  await each('client', 'createdBy', 'createdAt', {}, (row, day) => add(row.keys[0]!.value, day, 'clients', row.values[0]!.value))
  await each('order', 'createdBy', 'createdAt', {}, (row, day) => add(row.keys[0]!.value, day, 'orders', row.values[0]!.value))
  for (const kind of ['won', 'lost'] as const) {
    const stage = { stage: { kind: [kind.toUpperCase()] } }
    const order = reading.generation.model.objects.get('order')
    if (!order || !['stage', 'closedAt'].every((key) => reading.access.canRead(order.byKey.get(key)!))) continue
    await each('order', 'owner', 'closedAt', stage, (row, day) => add(row.keys[0]!.value, day, kind, row.values[0]!.value))
    if (!reading.access.canRead(order.byKey.get('total')!)) continue
    await each('order', 'owner', 'closedAt', stage, (row, day) => {
      const { value, currency } = row.values[0]!
      if (value !== null && currency) at(row.keys[0]!.value, day)?.[`${kind}Sums`].push({ amount: value, currency })
    }, { measures: [{ function: 'SUM', field: 'total' }] })
  }
  for (const move of await moves(reading, people.map((p) => p.id), range)) add(move.person, move.day, 'moves', move.n)
  const idle = wanted?.length ? [] : people.filter((p) => !p.active && days.every((day) => isIdle(result.get(`${p.id} ${day}`)!)))
  if (people.length - idle.length > MOST_PEOPLE) throw tooMany()
  for (const { id } of idle) for (const day of days) result.delete(`${id} ${day}`)
  return [...result.values()]
}

const isIdle = (day: WorkDay): boolean => Object.values(day).every((value) => value === 0 || typeof value !== 'number')
const tooMany = () => new LimitError(`The report has at most ${MOST_PEOPLE} people. Choose some.`, { limit: MOST_PEOPLE })

/** Steps from stage to stage, by who made them, of the orders that the reader sees. */
async function moves(reading: Reading, people: string[], range: { gte: string, lt: string }): Promise<{ person: string, day: string, n: number }[]> {
  const { generation, access, db } = reading
  const order = generation.model.objects.get('order')
  if (!order || access.scope(order, 'read') === 'none' || !access.canRead(order.byKey.get('stage')!)) return []
  const stages = generation.pipelines.filter((p) => p.object === 'order').flatMap((p) => p.stages.map((s) => s.id))
  const allowed = accessPredicate(generation.model, access, order, 'read', 'r')
  const { rows } = await sql<{ person: string, day: string, n: number }>`select v.entered_by as person, (v.entered_at at time zone ${sql.lit(generation.company.timeZone)})::date::text as day, count(*)::int as n
    from core.stage_visit v join core.${sql.id(order.table)} r on r.id = v.record_id
    where v.stage_id = any(${stages}::uuid[]) and v.entered_at >= ${range.gte} and v.entered_at < ${range.lt} and v.kind <> 'created' and v.entered_by = any(${people}::uuid[]) and r.trashed_at is null
      ${allowed ? sql`and ${allowed}` : sql``} group by 1, 2`.execute(db)
  return rows
}

const dayOf = (value: unknown): string => (value instanceof Date ? value.toISOString() : String(value)).slice(0, 10)

const empty = ({ id, name }: { id: string, name: string }, day: string): WorkDay => ({
  person: id, name, day, calls: 0, letters: 0, messages: 0, meetings: 0, notes: 0, tasksDone: 0, tasksOverdue: 0, tasksCreated: 0, requests: 0, clients: 0, orders: 0, moves: 0, won: 0, wonSums: [], lost: 0, lostSums: [],
})

function daysBetween(from: string, to: string): string[] {
  const bad = new InputError('Write two days, such as 2026-11-01 and 2026-11-30.', [{ field: 'from', rule: 'type', message: 'Write two days, such as 2026-11-01 and 2026-11-30.' }])
  if (!isDay(from) || !isDay(to) || to < from) throw bad
  const far = [from, to].find((day) => day < FIRST_DAY || day > LAST_DAY)
  if (far) throw new InputError('The report knows the years 1900–2999.', [{ field: far === from ? 'from' : 'to', rule: far < FIRST_DAY ? 'min' : 'max', message: 'The report knows the years 1900–2999.' }])
  const days: string[] = []
  for (let at = Date.parse(`${from}T00:00:00Z`); at <= Date.parse(`${to}T00:00:00Z`); at += 86_400_000) {
    days.push(new Date(at).toISOString().slice(0, 10))
    if (days.length > MOST_DAYS) throw new LimitError(`The report has at most ${MOST_DAYS} days.`, { limit: MOST_DAYS })
  }
  return days
}
