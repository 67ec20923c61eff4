import { sql, type RawBuilder } from 'kysely'
import { accessPredicate, type Seen } from '../access/predicate.ts'
import { columnOf, objectOf, stepsOf, type ObjectModel } from '../model/model.ts'
import { emptyPlan } from '../records/plan.ts'
import type { Reading } from '../records/reading.ts'
import { readByIds } from '../records/rows.ts'

/** Records of one family that are followed. Of more the newest of each object are, and whoever asks is told. */
const MOST = 900
/** So much of it is left to tasks and other papers about the family. */
const PAPERS = 300

/** `whole` is false where there are more records than are followed. `seen`: those of it that papers may be about. */
export interface Family { ids: string[], whole: boolean, seen: Seen }

type Hanging = { object: string, ids: string[] }[]

/**
 * The record and those that get their access from it, as far as the reader sees them: what happens to the orders and
 * contacts of a client happens to the client. Null for a record that he does not see.
 */
export async function familyOf(reading: Reading, object: ObjectModel, id: string): Promise<Family | null> {
  const others = [...reading.generation.model.objects.values()].filter((other) => !other.quiet && reading.access.scope(other, 'read') !== 'none')
  const plan = emptyPlan(object)
  const trashedAt = object.byKey.get('trashedAt')
  if (trashedAt) plan.fields.set('trashedAt', trashedAt)
  // Asked at once: of a record that is not seen, what hangs on it is not used.
  const [[root], hanging] = await Promise.all([readByIds(reading, plan, [id]), hangingOn(reading, others, object, id)])
  if (!root) return null
  const ids = [...new Set([id, ...evenly(hanging.map((one) => one.ids), MOST - PAPERS - 1)])]
  const followed = new Set(ids)
  const seen: Seen = new Map([...Map.groupBy([...root.trashedAt ? [] : [{ object: object.name, ids: [id] }], ...hanging], (one) => one.object)]
    .map(([name, group]) => [name, group.flatMap((one) => one.ids.filter((each) => followed.has(each)))]))
  const papers = await Promise.all(others.map((other) => papersOf({ ...reading, seen }, other, ids)))
  const all = new Set([...ids, ...evenly(papers, MOST - ids.length)])
  return { ids: [...all], whole: [id, ...hanging.flatMap((one) => one.ids), ...papers.flat()].every((one) => all.has(one)), seen }
}

function hangingOn(reading: Reading, others: readonly ObjectModel[], object: ObjectModel, id: string): Promise<Hanging> {
  return Promise.all(others.filter((other) => !other.partOf.length).flatMap((other) => (other.accessFrom ?? []).flatMap((path) => {
    const leads = leadsTo(reading, other, path, object)
    return leads ? [idsOf(reading, other, leads(id)).then((ids) => ({ object: other.name, ids }))] : []
  })))
}

/** The newest records of an object that meet the condition, as far as the reader sees them. */
async function idsOf(reading: Reading, object: ObjectModel, condition: RawBuilder<boolean>): Promise<string[]> {
  const allowed = accessPredicate(reading.generation.model, reading.access, object, 'read', 'r', false, reading.seen)
  const { rows } = await sql<{ id: string }>`select r.id from core.${sql.id(object.table)} r where r.trashed_at is null and ${condition}
    ${allowed ? sql`and ${allowed}` : sql``} order by r.id desc limit ${sql.lit(MOST)}`.execute(reading.db)
  return rows.map((row) => row.id)
}

/** The first of each list, then the second of each, and so on: many orders leave no client without his contacts. */
export function evenly<T>(lists: readonly T[][], most: number): T[] {
  const longest = Math.max(0, ...lists.map((list) => list.length))
  return Array.from({ length: longest }, (_, i) => lists.flatMap((list) => (i < list.length ? [list[i]!] : []))).flat().slice(0, most)
}

/** Records that name one of these as what they are about (tasks). Entries are read by that name anyway and are no event of their own. */
async function papersOf(reading: Reading, other: ObjectModel, ids: string[]): Promise<string[]> {
  const field = other.accessFrom?.map((path) => other.byKey.get(path)).find((f) => f?.handler.filter === 'record')
  if (!field || other.name === 'timelineEntry' || !reading.access.canRead(field)) return []
  return idsOf(reading, other, sql<boolean>`${sql.ref(`r.${columnOf(field)}`)} = any(${ids}::uuid[])`)
}

/** The condition under which a record of `other` hangs on one of `object` by this path; null where the path leads elsewhere. */
function leadsTo(reading: Reading, other: ObjectModel, path: string, object: ObjectModel): ((id: string) => RawBuilder<boolean>) | null {
  const [first, second] = stepsOf(other, path)
  if (!second) {
    const field = other.byKey.get(first)
    return field?.to === object.name && reading.access.canRead(field) ? (id) => sql<boolean>`${sql.ref(`r.${columnOf(field)}`)} = ${id}` : null
  }
  const list = other.lists.find((l) => l.name === first && l.part)
  if (!list || !reading.access.canList(list)) return null
  const part = objectOf(reading.generation.model, list.object)
  const target = part.byKey.get(second)
  if (target?.to !== object.name || !reading.access.canRead(target)) return null
  const back = part.byKey.get(list.field)!
  return (id) => sql<boolean>`r.id in (select ${sql.ref(`p.${columnOf(back)}`)} from core.${sql.id(part.table)} p where ${sql.ref(`p.${columnOf(target)}`)} = ${id})`
}
