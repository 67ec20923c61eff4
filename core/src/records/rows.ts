import { sql, type RawBuilder } from 'kysely'
import { accessPredicate, freshAlias } from '../access/predicate.ts'
import { UUID } from '../facts/uuid.ts'
import type { Row } from '../model/generation.ts'
import { columnOf, objectOf, type FieldModel, type ObjectModel } from '../model/model.ts'
import { groupName } from '../model/naming.ts'
import { stuckCondition } from '../pipelines/stuck.ts'
import { withSegments } from '../segments/in-filter.ts'
import { compileFilter } from './filter.ts'
import type { ListArguments } from './list-arguments.ts'
import { pageOf } from './list-arguments.ts'
import { emptyPlan, LISTS, OBJECT, type Node, type Page, type Plan } from './plan.ts'
import type { Condition, Reading } from './reading.ts'
import { searchCondition } from './search.ts'
import { decodeCursor, encodeCursor, segments, sortKeys } from './order.ts'

/** The columns that a plan needs, plus what the reader adds itself. */
export function columnsFor(reading: Reading, plan: Plan, alias: string): RawBuilder<unknown>[] {
  const columns = new Map<string, RawBuilder<unknown>>()
  const add = (name: string, type?: string): void => {
    if (columns.has(name)) return
    const column = sql.ref(`${alias}.${name}`)
    // As text: a Date for each moment of a page, made only to be written out again, is a good part of its cost.
    columns.set(name, type === 'timestamptz' ? sql`(${column} at time zone 'UTC')::text as ${sql.id(name)}` : column)
  }
  add('id')
  add('version')
  for (const field of plan.fields.values()) for (const c of field.columns) add(c.name, c.type)
  for (const { field } of plan.relations.values()) add(columnOf(field))
  if (plan.can) {
    for (const action of ['update', 'delete'] as const) {
      const allowed = accessPredicate(reading.generation.model, reading.access, plan.object, action, alias)
      // Of a record that nobody owns it is not known whose it is; then it is not one's own.
      columns.set(`can_${action}`, sql`${allowed ? sql`(${allowed}) is true` : sql`true`} as ${sql.id(`can_${action}`)}`)
    }
  }
  if (plan.stuck) columns.set('is_stuck', sql`${stuckCondition(reading.generation, plan.object, true, alias)} is true as is_stuck`)
  return [...columns.values()]
}

/** Rows of the plan's columns as records of the API, prepared once for all rows: pages are the hottest path of all. */
function nodeMaker(reading: Reading, plan: Plan): (row: Row) => Node {
  const { locale } = reading
  const own: { name: string, read: FieldReader }[] = []
  const groups = new Map<string, { name: string, read: FieldReader }[]>()
  for (const field of plan.fields.values()) {
    const entry = { name: field.name, read: readerOf(field) }
    if (!field.group) { own.push(entry); continue }
    const group = groupName(field.group)
    ;(groups.get(group) ?? groups.set(group, []).get(group)!).push(entry)
  }
  const share = plan.can && reading.access.capability('share')
  return (row) => {
    const node: Node = { id: row.id, version: row.version, [OBJECT]: plan.object.name }
    for (const { name, read } of own) node[name] = read(row, locale)
    for (const [group, entries] of groups) {
      const values: Record<string, unknown> = node[group] = {}
      for (const { name, read } of entries) values[name] = read(row, locale)
    }
    if (plan.can) node.can = { update: row.can_update, archive: row.can_update, delete: row.can_delete, share: row.can_update && share }
    if (plan.stuck) node.stuck = row.is_stuck
    return node
  }
}

export function valueOf(reading: Pick<Reading, 'locale'>, field: FieldModel, row: Row): unknown {
  return readerOf(field)(row, reading.locale)
}

type FieldReader = (row: Row, locale: Reading['locale']) => unknown
const readers = new WeakMap<FieldModel, FieldReader>()

/** Reads the value of a field off a row: without looking for its columns, or making a function, for each row. */
function readerOf(field: FieldModel): FieldReader {
  let reader = readers.get(field)
  if (!reader) {
    const main = field.columns[0]!.name
    const columns: Record<string, string> = Object.fromEntries(field.columns.map((c) => [c.suffix, c.name]))
    const { handler } = field
    let current: Row
    const column = (suffix: string): unknown => {
      const name = columns[suffix]
      if (name === undefined) throw new Error(`Field ${field.object}.${field.key} has no column "${suffix}".`)
      return current[name]
    }
    readers.set(field, reader = (row, locale) => {
      const value = row[main]
      if (value === null || value === undefined) return null
      current = row
      return handler.read(column, field, locale)
    })
  }
  return reader
}

/** Puts a value where the API has it: at the top, or under its group. */
export function put(node: Record<string, unknown>, field: FieldModel, value: unknown): void {
  if (!field.group) { node[field.name] = value; return }
  const group = groupName(field.group)
  ;(node[group] ??= {} as Record<string, unknown>) as Record<string, unknown>
  ;(node[group] as Record<string, unknown>)[field.name] = value
}

/** What names the record of a node that was read with its title. */
export function titleIn(node: Record<string, unknown>, object: ObjectModel): unknown {
  const title = object.byKey.get(object.title)
  return title && valueIn(node, title)
}

/** The value of a field of a record of the API. */
export function valueIn(node: Record<string, unknown>, field: FieldModel): unknown {
  return field.group ? (node[groupName(field.group)] as Record<string, unknown> | undefined)?.[field.name] : node[field.name]
}

/** Conditions of a list that do not depend on the page. */
export async function listConditions(reading: Reading, object: ObjectModel, args: Pick<ListArguments, 'filter' | 'search' | 'archived' | 'only'>, alias: string, withAccess = true): Promise<Condition[]> {
  const conditions: Condition[] = []
  if (!object.partOf.length) conditions.push(...shelf(args.archived ?? 'ACTIVE', alias))
  const allowed = withAccess ? accessPredicate(reading.generation.model, reading.access, object, 'read', alias, true, reading.seen) : null
  if (allowed) conditions.push(allowed)
  if (args.filter) conditions.push(compileFilter(await withSegments(reading, args.filter), object, args.filter, alias))
  if (args.search?.trim()) conditions.push(searchCondition(reading, object, args.search, alias))
  if (args.only) conditions.push(args.only(alias))
  return conditions
}

function shelf(archived: NonNullable<ListArguments['archived']>, alias: string): Condition[] {
  const trashed = sql.ref(`${alias}.trashed_at`)
  const shelved = sql.ref(`${alias}.archived_at`)
  if (archived === 'TRASHED') return [sql<boolean>`${trashed} is not null`]
  if (archived === 'ALL') return [sql<boolean>`${trashed} is null`]
  return [sql<boolean>`${trashed} is null`, archived === 'ARCHIVED' ? sql<boolean>`${shelved} is not null` : sql<boolean>`${shelved} is null`]
}

export function whereClause(conditions: Condition[]): RawBuilder<unknown> {
  return conditions.length ? sql`where ${sql.join(conditions, sql` and `)}` : sql``
}

/** Cursors are made when they are asked for: most lists need the last one or none. */
function cursorsOf(rows: readonly Row[], keys: number): Page['cursorOf'] {
  return (index) => {
    const row = rows.at(index)
    return row ? encodeCursor({ values: Array.from({ length: keys }, (_, i) => row[`s${i}`] as string | null), id: row.id }) : null
  }
}

/** One page of a root list: one statement per stretch of the order, usually one in all; then one per relation. `most`: greatest page. */
export async function readPage(reading: Reading, plan: Plan, args: ListArguments, total: boolean, most?: number): Promise<Page> {
  const alias = 'r'
  const { size, cursor: text, backward } = pageOf(args, most)
  const keys = sortKeys(reading, plan.object, args.orderBy ?? [], alias)
  const cursor = text ? decodeCursor(text, keys.length) : null
  const conditions = await listConditions(reading, plan.object, args, alias)
  const columns = [...columnsFor(reading, plan, alias), ...keys.map((k, i) => sql`${k.expression}::text as ${sql.id(`s${i}`)}`)]
  const from = sql`core.${sql.id(plan.object.table)} ${sql.id(alias)} ${sql.join(keys.flatMap((k) => k.join ?? []), sql` `)}`

  const rows: Row[] = []
  for (const segment of segments(keys, alias, cursor, backward)) {
    if (rows.length > size) break
    const result = await sql<Row>`select ${sql.join(columns)} from ${from} ${whereClause([...conditions, ...segment.where])}
      order by ${segment.orderBy} limit ${sql.lit(size + 1 - rows.length)}`.execute(reading.db)
    rows.push(...result.rows)
  }
  const more = rows.length > size
  if (more) rows.length = size
  if (backward) rows.reverse()
  const nodes = rows.map(nodeMaker(reading, plan))
  await attach(reading, plan, rows, nodes)
  return {
    nodes,
    cursorOf: cursorsOf(rows, keys.length),
    hasNextPage: backward ? cursor !== null : more,
    hasPreviousPage: backward ? more : cursor !== null,
    ...(total ? { total: await countRecords(reading, plan.object, args) } : {}),
  }
}

const EXACT_UP_TO = 10_000

/** How many records: exact up to 10,000 or on request, above that the planner's estimate, marked as such. */
export async function countRecords(reading: Reading, object: ObjectModel, args: Pick<ListArguments, 'filter' | 'search' | 'archived' | 'only'>, exact = false): Promise<{ value: number, exact: boolean }> {
  const where = whereClause(await listConditions(reading, object, args, 'r'))
  const from = sql`core.${sql.id(object.table)} r`
  const estimate = async (): Promise<number> => {
    const { rows } = await sql<{ 'QUERY PLAN': { Plan: { 'Plan Rows': number } }[] }>`explain (format json) select 1 from ${from} ${where}`.execute(reading.db)
    return rows[0]!['QUERY PLAN'][0]!.Plan['Plan Rows']
  }
  // How large a table is, PostgreSQL knows well; how much a filter leaves of it, it guesses, so that is counted first.
  const whole = !args.filter && !args.only && !args.search?.trim() && reading.access.scope(object, 'read') === 'all'
  const known = whole && !exact ? await estimate() : 0
  if (known > 2 * EXACT_UP_TO) return { value: known, exact: false }
  const limit = exact ? sql`` : sql`limit ${sql.lit(EXACT_UP_TO + 1)}`
  const counted = await sql<{ n: string }>`select count(*) as n from (select 1 from ${from} ${where} ${limit}) c`.execute(reading.db)
  const value = Number(counted.rows[0]!.n)
  if (exact || value <= EXACT_UP_TO) return { value, exact: true }
  return { value: Math.max(EXACT_UP_TO + 1, await estimate()), exact: false }
}

/** Records by id, in no order; those that the actor may not see are absent. Trashed ones are included. */
export async function readByIds(reading: Reading, plan: Plan, given: readonly string[]): Promise<Node[]> {
  // What cannot be an id is a record that does not exist, not a fault of the database.
  const ids = given.filter((id) => UUID.test(id))
  if (!ids.length) return []
  const alias = freshAlias()
  const allowed = accessPredicate(reading.generation.model, reading.access, plan.object, 'read', alias, false, reading.seen)
  const { rows } = await sql<Row>`select ${sql.join(columnsFor(reading, plan, alias))} from core.${sql.id(plan.object.table)} ${sql.id(alias)}
    where ${sql.ref(`${alias}.id`)} = any(${ids}::uuid[])${allowed ? sql` and ${allowed}` : sql``}`.execute(reading.db)
  const nodes = rows.map(nodeMaker(reading, plan))
  await attach(reading, plan, rows, nodes)
  return nodes
}

/** Fetches what hangs on the records: one statement for each relation and list, however many records there are. */
async function attach({ seen: _, ...reading }: Reading, plan: Plan, rows: Row[], nodes: Node[]): Promise<void> {
  for (const { field, plan: inner } of plan.relations.values()) {
    const ids = [...new Set(rows.map((row) => row[columnOf(field)] as string | null).filter((id) => id !== null))]
    const found = new Map((await readByIds(reading, inner, ids)).map((n) => [n.id, n]))
    rows.forEach((row, i) => put(nodes[i]!, field, found.get(row[columnOf(field)] as string) ?? null))
  }
  for (const field of plan.fields.values()) if (field.handler.filter === 'record') await attachLinks(reading, field, rows, nodes)
  for (const [key, entry] of plan.lists) {
    const pages = await readLists(reading, entry, nodes.map((n) => n.id))
    for (const node of nodes) ((node as { [LISTS]?: Record<string, Page> })[LISTS] ??= {})[key] = pages.get(node.id)!
  }
}

/** Puts the title beside each link, and nothing where the actor may not see the record. One statement per object. */
async function attachLinks(reading: Reading, field: FieldModel, rows: Row[], nodes: Node[]): Promise<void> {
  const { model } = reading.generation
  const found = new Map<string, Node>()
  for (const [name, group] of Map.groupBy(rows.filter((row) => row[columnOf(field)]), (row) => row[columnOf(field, 'object')] as string)) {
    const target = model.objects.get(name)
    if (!target || target.partOf.length || reading.access.scope(target, 'read') === 'none') continue
    const plan = emptyPlan(target)
    const title = target.byKey.get(target.title)
    if (title && reading.access.canRead(title)) plan.fields.set(title.key, title)
    for (const node of await readByIds(reading, plan, [...new Set(group.map((row) => row[columnOf(field)] as string))])) found.set(`${name} ${node.id}`, node)
  }
  rows.forEach((row, i) => {
    const object = row[columnOf(field, 'object')] as string | null
    const id = row[columnOf(field)] as string | null
    const node = object && id ? found.get(`${object} ${id}`) : undefined
    const target = node && model.objects.get(object!)
    put(nodes[i]!, field, node ? { object, id, title: titleText(titleIn(node, target!)) } : null)
  })
}

const titleText = (title: unknown): string | null => (title == null ? null : String(title))

const PARTS_MAX = 1_000

async function readLists(reading: Reading, entry: NonNullable<ReturnType<Plan['lists']['get']>>, ids: string[]): Promise<Map<string, Page>> {
  const { list, plan, args, total } = entry
  const other = objectOf(reading.generation.model, list.object)
  const back = sql.ref(`r.${columnOf(other.byKey.get(list.field)!)}`)
  const { size, cursor: text, backward } = list.part ? { size: PARTS_MAX, cursor: null, backward: false } : pageOf(args)
  const keys = list.part ? [] : sortKeys(reading, other, args.orderBy ?? [], 'r')
  const cursor = text ? decodeCursor(text, keys.length) : null
  const conditions = await listConditions(reading, other, args, 'r', !list.part)
  // A nested page is small: one statement with empty values last serves it, without stretches.
  const segment = segments(keys.length ? [...keys, { expression: sql.ref('r.id'), type: 'uuid', descending: keys[0]!.descending, join: null }] : [], 'r',
    cursor && keys.length ? { values: [...cursor.values, cursor.id], id: cursor.id } : cursor, backward)[0]!
  const orderBy = list.part ? sql`r.position, r.id` : segment.orderBy
  const columns = [...columnsFor(reading, plan, 'r'), ...keys.map((k, i) => sql`${k.expression}::text as ${sql.id(`s${i}`)}`)]
  const result = await sql<Row & { whole_id: string }>`select p.id as whole_id, l.* from unnest(${ids}::uuid[]) as p(id) cross join lateral (
    select ${sql.join(columns)} from core.${sql.id(other.table)} r ${sql.join(keys.flatMap((k) => k.join ?? []), sql` `)}
    ${whereClause([sql<boolean>`${back} = p.id`, ...conditions, ...segment.where])} order by ${orderBy} limit ${sql.lit(size + 1)}) l`.execute(reading.db)

  const rowsOf = new Map<string, Row[]>(ids.map((id) => [id, []]))
  for (const row of result.rows) rowsOf.get(row.whole_id)!.push(row)
  const totals = total ? await countLists(reading, other, args, back, ids, total === 'exact') : null
  const pages = new Map<string, Page>()
  const kept: { rows: Row[], nodes: Node[] } = { rows: [], nodes: [] }
  for (const [id, rows] of rowsOf) {
    const more = rows.length > size
    if (more) rows.length = size
    if (backward) rows.reverse()
    const nodes = rows.map(nodeMaker(reading, plan))
    kept.rows.push(...rows)
    kept.nodes.push(...nodes)
    pages.set(id, {
      nodes,
      cursorOf: cursorsOf(rows, keys.length),
      hasNextPage: backward ? cursor !== null : more,
      hasPreviousPage: backward ? more : cursor !== null,
      ...(totals ? { total: totals.get(id)! } : {}),
    })
  }
  await attach(reading, plan, kept.rows, kept.nodes)
  return pages
}

async function countLists(reading: Reading, other: ObjectModel, args: ListArguments, back: RawBuilder<unknown>, ids: string[], exact: boolean): Promise<Map<string, { value: number, exact: boolean }>> {
  const { rows } = await sql<{ id: string, n: string }>`select p.id, (select count(*) from (select 1 from core.${sql.id(other.table)} r
    ${whereClause([sql<boolean>`${back} = p.id`, ...await listConditions(reading, other, args, 'r', true)])} ${exact ? sql`` : sql`limit ${sql.lit(EXACT_UP_TO + 1)}`}) c) as n
    from unnest(${ids}::uuid[]) as p(id)`.execute(reading.db)
  return new Map(rows.map((r) => [r.id, { value: Number(r.n), exact: exact || Number(r.n) <= EXACT_UP_TO }]))
}
