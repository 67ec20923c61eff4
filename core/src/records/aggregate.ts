import { sql, type RawBuilder } from 'kysely'
import { InputError, LimitError } from '@kartotek/sdk'
import { accessPredicate, freshAlias } from '../access/predicate.ts'
import type { Row } from '../model/generation.ts'
import { columnOf, objectOf, type FieldModel, type ObjectModel } from '../model/model.ts'
import type { ListArguments } from './list-arguments.ts'
import { emptyPlan } from './plan.ts'
import { readableField, unknownField, type Reading } from './reading.ts'
import { listConditions, readByIds, valueOf, whereClause } from './rows.ts'

export const DATE_UNITS = ['DAY', 'WEEK', 'MONTH', 'QUARTER', 'YEAR'] as const
export const FUNCTIONS = ['COUNT', 'COUNT_DISTINCT', 'SUM', 'AVG', 'MIN', 'MAX'] as const
export interface GroupBy { field: string, by?: (typeof DATE_UNITS)[number] | null }
export interface Measure { function: (typeof FUNCTIONS)[number], field?: string | null }
export interface AggregateArguments extends Pick<ListArguments, 'filter' | 'search' | 'archived' | 'first'> {
  groupBy?: GroupBy[] | null
  measures: Measure[]
  /** Index of a measure and a direction; default: by the first measure, descending. */
  orderBy?: { measure?: number | null, direction?: 'ASC' | 'DESC' | null } | null
}
export interface AggregateRow {
  keys: { field: string, value: unknown, label: string | null }[]
  values: { function: string, field: string | null, value: string | null, currency: string | null }[]
}

const MAX_GROUPS = 4
const MAX_MEASURES = 10
const MAX_ROWS = 1_000

/**
 * Counts and sums over the records that the actor sees, grouped by fields that he may read. Money is never added over
 * currencies: a measure of money splits the rows by currency.
 * @param most rows that one may ask for: reports of ours ask for more than callers may
 */
export async function aggregate(reading: Reading, object: ObjectModel, args: AggregateArguments, most = MAX_ROWS): Promise<AggregateRow[]> {
  const groups = args.groupBy ?? []
  if (groups.length > MAX_GROUPS) throw new LimitError(`At most ${MAX_GROUPS} groupings.`, { limit: MAX_GROUPS })
  if (!args.measures.length || args.measures.length > MAX_MEASURES) throw new LimitError(`1–${MAX_MEASURES} measures.`, { limit: MAX_MEASURES })
  const first = args.first ?? 100
  if (first < 1 || first > most) throw new LimitError(`1–${most} rows.`, { limit: most })

  const keys = groups.map((g) => groupKey(reading, object, g))
  const measures = args.measures.map((m) => measure(reading, object, m))
  // Money is one row per currency. Where a field is empty, its currency is that of the others.
  const money = measures.flatMap((m) => m.currency ?? [])
  // The plain column where there is one currency only: the index that covers the figures is in its order.
  const currencyOf = (own: RawBuilder<unknown>): RawBuilder<unknown> => (money.length === 1 ? own : sql`coalesce(${sql.join([own, ...money.filter((c) => c !== own)])})`)
  const columns = [
    ...keys.map((k, i) => sql`${k.expression} as ${sql.id(`k${i}`)}`),
    ...measures.map((m, i) => sql`${m.expression} as ${sql.id(`m${i}`)}`),
    ...measures.map((m, i) => (m.currency ? sql`${currencyOf(m.currency)} as ${sql.id(`c${i}`)}` : sql`null as ${sql.id(`c${i}`)}`)),
  ]
  const by = [...keys.map((_, i) => sql.lit(i + 1)), ...money.map(currencyOf)]
  const order = args.orderBy?.measure ?? 0
  if (order < 0 || order >= measures.length) throw new InputError(`There is no measure ${order}.`, [{ field: 'orderBy.measure', rule: 'max', message: `Use 0–${measures.length - 1}.` }])
  const direction = sql.raw(args.orderBy?.direction === 'ASC' ? 'asc' : 'desc')
  const byMeasure = args.orderBy || !keys.length || groups.every((g) => !g.by)
  const orderBy = byMeasure ? sql`${measures[order]!.expression} ${direction} nulls last` : sql`1 asc nulls last`
  // What is done to the rows of the answer only is done outside: there may be a million groups within. Equal rows stand in
  // the order of their keys, or the same question would have several answers.
  const shown = [...keys.map((_, i) => sql.id(`k${i}`)), ...measures.map((_, i) => sql`${sql.id(`m${i}`)}::text as ${sql.id(`m${i}`)}`), ...measures.map((_, i) => sql.id(`c${i}`))]
  const settled = [...(byMeasure ? [sql`a.${sql.id(`m${order}`)} ${direction} nulls last`] : []), ...keys.map((_, i) => sql`a.${sql.id(`k${i}`)} asc nulls last`), ...measures.map((_, i) => sql`a.${sql.id(`c${i}`)} asc nulls last`)]
  const { rows } = await sql<Row>`select ${sql.join(shown)} from (
    select ${sql.join(columns)} from core.${sql.id(object.table)} r
    ${sql.join([...keys, ...measures].flatMap((k) => k.join ?? []), sql` `)} ${whereClause(await listConditions(reading, object, args, 'r'))}
    ${by.length ? sql`group by ${sql.join(by)}` : sql``} order by ${orderBy} limit ${sql.lit(first)}) a order by ${sql.join(settled)}`.execute(reading.db)

  const labels = await Promise.all(keys.map((key, i) => labelsOf(reading, key.field, rows.map((row) => row[`k${i}`]))))
  return rows.map((row) => ({
    keys: keys.map((key, i) => ({ field: groups[i]!.field, value: plainKey(row[`k${i}`]), label: labels[i]!.get(row[`k${i}`]) ?? null })),
    values: measures.map((m, i) => ({ function: args.measures[i]!.function, field: args.measures[i]!.field ?? null, value: row[`m${i}`] as string | null, currency: (row[`c${i}`] as string | null) ?? null })),
  }))
}

interface Key { field: FieldModel, expression: RawBuilder<unknown>, join?: RawBuilder<unknown> }

function groupKey(reading: Reading, object: ObjectModel, group: GroupBy): Key {
  const field = readableField(reading, object, group.field)
  if (!field.handler.groupable) throw unknownField(object, group.field)
  const column = sql.ref(`r.${columnOf(field)}`)
  if (field.handler.filter === 'date' || field.handler.filter === 'dateTime') {
    const unit = sql.lit((group.by ?? 'DAY').toLowerCase())
    const zone = sql.lit(reading.generation.company.timeZone)
    const local = field.handler.filter === 'date' ? sql`${column}::timestamp` : sql`${column} at time zone ${zone}`
    return { field, expression: sql`date_trunc(${unit}, ${local})::date` }
  }
  if (field.handler.filter !== 'relation') return { field, expression: column }
  return { field, ...referenceKey(reading, field) }
}

/** The reference as the actor sees it: records that he may not see are empty, in groups one group without a name. Of a statement over `r`. */
export function referenceKey(reading: Reading, field: FieldModel): { expression: RawBuilder<unknown>, join?: RawBuilder<unknown> } {
  const column = sql.ref(`r.${columnOf(field)}`)
  const target = objectOf(reading.generation.model, field.to!)
  const allowed = accessPredicate(reading.generation.model, reading.access, target, 'read', 'x')
  if (!allowed) return { expression: column }
  const alias = freshAlias()
  const visible = accessPredicate(reading.generation.model, reading.access, target, 'read', alias)!
  return {
    expression: sql.ref(`${alias}.id`),
    join: sql`left join core.${sql.id(target.table)} ${sql.id(alias)} on ${sql.ref(`${alias}.id`)} = ${column} and ${visible}`,
  }
}

function measure(reading: Reading, object: ObjectModel, { function: fn, field: key }: Measure): { expression: RawBuilder<unknown>, currency?: RawBuilder<unknown>, join?: RawBuilder<unknown> } {
  if (!key) {
    if (fn !== 'COUNT') throw new InputError(`${fn} needs a field.`, [{ field: 'measures', rule: 'required', message: `${fn} needs a field.` }])
    return { expression: sql`count(*)` }
  }
  const field = readableField(reading, object, key)
  const column = sql.ref(`r.${columnOf(field)}`)
  if (field.handler.filter === 'relation') {
    // As everywhere: a reference to what the actor may not see counts as empty.
    const { expression, join } = referenceKey(reading, field)
    if (fn === 'COUNT') return { expression: sql`count(${expression})`, join }
    if (fn === 'COUNT_DISTINCT') return { expression: sql`count(distinct ${expression})`, join }
  }
  const currency = field.type === 'money' && fn !== 'COUNT' ? { currency: sql.ref(`r.${columnOf(field, 'currency')}`) } : {}
  if (fn === 'COUNT') return { expression: sql`count(${column})` }
  if (fn === 'COUNT_DISTINCT') return { expression: sql`count(distinct ${column})` }
  const time = field.handler.filter === 'date' || field.handler.filter === 'dateTime'
  if (!field.handler.summable && !(time && (fn === 'MIN' || fn === 'MAX'))) throw unknownField(object, key)
  const call = sql`${sql.raw(fn.toLowerCase())}(${column})`
  return { expression: fn === 'AVG' ? sql`round(${call}, 4)` : call, ...currency }
}

const plainKey = (value: unknown): unknown => (value instanceof Date ? value.toISOString() : value)

/** What to show for the keys of one grouping: titles of records, labels of choices, names of stages. */
async function labelsOf(reading: Reading, field: FieldModel, values: unknown[]): Promise<Map<unknown, string>> {
  const present = [...new Set(values.filter((v) => v !== null && v !== undefined))]
  if (field.handler.filter === 'relation') {
    const target = objectOf(reading.generation.model, field.to!)
    const plan = emptyPlan(target)
    const title = target.byKey.get(target.title)
    if (!title || !reading.access.canRead(title)) return new Map()
    plan.fields.set(title.key, title)
    const nodes = await readByIds(reading, plan, present as string[])
    return new Map(nodes.map((n) => [n.id, String(n[title.name] ?? '')]))
  }
  return new Map(present.map((value) => {
    const row = { id: '', version: 0, [columnOf(field)]: value }
    const shown = valueOf(reading, field, row)
    const label = shown && typeof shown === 'object' && 'label' in shown ? (shown as { label: string }).label : null
    const rule = field.handler.filter === 'stage' ? reading.generation.stages.get(value as string)?.name
      : field.handler.filter === 'pipeline' ? reading.generation.pipelines.find((p) => p.id === value)?.name : undefined
    return [value, rule ? (rule[reading.locale] ?? rule.en ?? '') : label ?? String(plainKey(value))]
  }))
}
