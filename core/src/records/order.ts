import { sql, type RawBuilder } from 'kysely'
import { InputError, LimitError } from '@kartotek/sdk'
import { accessPredicate, freshAlias } from '../access/predicate.ts'
import { UUID } from '../facts/uuid.ts'
import { columnOf, objectOf, type FieldModel, type ObjectModel } from '../model/model.ts'
import { readableField, unknownField, type Condition, type Reading } from './reading.ts'

/** One key of the order: its SQL, its type for comparing with a cursor, its direction. */
export interface SortKey { expression: RawBuilder<unknown>, type: string, descending: boolean, join: RawBuilder<unknown> | null }

const MAX_KEYS = 3
const COLLATIONS = { ru: 'ru-x-icu', uk: 'uk-x-icu', fi: 'fi-x-icu', en: 'en-x-icu' } as const

/** Texts are ordered by the alphabet of the company's language (ICU), with which their indexes are built. */
export function collation(reading: Pick<Reading, 'generation'>): string {
  return COLLATIONS[reading.generation.company.locale]
}

/** The keys of an order, by fields that the actor may read; `orderBy` uses keys with `.` or `_` between group and name. */
export function sortKeys(reading: Reading, object: ObjectModel, orderBy: { field: string, direction?: 'ASC' | 'DESC' }[], alias: string): SortKey[] {
  if (orderBy.length > MAX_KEYS) throw new LimitError(`A list can be ordered by ${MAX_KEYS} fields.`, { limit: MAX_KEYS })
  return orderBy.map(({ field: key, direction }) => {
    const descending = direction === 'DESC'
    if (key === 'id') return { expression: sql.ref(`${alias}.id`), type: 'uuid', descending, join: null }
    const field = readableField(reading, object, key)
    if (field.handler.filter === 'relation') return relationKey(reading, field, alias, descending)
    if (!field.handler.sortable) throw unknownField(object, key)
    return { ...columnKey(reading, field, alias), descending, join: null }
  })
}

function columnKey(reading: Reading, field: FieldModel, alias: string): { expression: RawBuilder<unknown>, type: string } {
  const column = sql.ref(`${alias}.${columnOf(field)}`)
  const { type } = field.columns[0]!
  const words = type === 'text' && field.type !== 'select'
  return { expression: words ? sql`${column} collate ${sql.id(collation(reading))}` : column, type: type.replace(/\(.*/, '') }
}

/** Records behind a reference are ordered by their titles, those that the actor may not see as empty. */
function relationKey(reading: Reading, field: FieldModel, alias: string, descending: boolean): SortKey {
  const target = objectOf(reading.generation.model, field.to!)
  const title = target.byKey.get(target.title)
  if (!title || !reading.access.canRead(title)) throw unknownField(objectOf(reading.generation.model, field.object), field.key)
  const inner = freshAlias()
  const allowed = accessPredicate(reading.generation.model, reading.access, target, 'read', inner)
  return {
    ...columnKey(reading, title, inner), descending,
    join: sql`left join core.${sql.id(target.table)} ${sql.id(inner)} on ${sql.ref(`${inner}.id`)} = ${sql.ref(`${alias}.${columnOf(field)}`)}${allowed ? sql` and ${allowed}` : sql``}`,
  }
}

/** Where a page begins: the values of the order keys of a record, and its id. */
export interface Cursor { values: (string | null)[], id: string }

export function encodeCursor(cursor: Cursor): string {
  return Buffer.from(JSON.stringify([...cursor.values, cursor.id])).toString('base64url')
}

/** @throws InputError for anything that this list did not give out */
export function decodeCursor(text: string, keys: number): Cursor {
  try {
    const parts = JSON.parse(Buffer.from(text, 'base64url').toString('utf8')) as (string | null)[]
    const id = parts.pop()
    if (parts.length === keys && typeof id === 'string' && UUID.test(id) && parts.every((p) => p === null || typeof p === 'string')) {
      return { values: parts, id }
    }
  } catch { /* told below */ }
  throw new InputError('This cursor does not belong to this list.', [{ field: 'after', rule: 'cursor', message: 'This cursor does not belong to this list; begin from the first page.' }])
}

/** One stretch of an ordered list that an index can walk: the condition to begin after the cursor, and the order. */
export interface Segment { where: Condition[], orderBy: RawBuilder<unknown> }

/**
 * Splits an order into stretches: for one key, first the records that have a value, then those without (empty values
 * come last in both directions); so each stretch is a plain range of an index however deep the page lies.
 */
export function segments(keys: SortKey[], alias: string, cursor: Cursor | null, backward: boolean): Segment[] {
  const id = sql.ref(`${alias}.id`)
  if (keys.length === 0) {
    const down = !backward
    return [{ where: cursor ? [sql<boolean>`${id} ${after(down)} ${cursor.id}::uuid`] : [], orderBy: sql`${id} ${way(down)}` }]
  }
  if (keys.length > 1) return [lexicographic(keys, alias, cursor, backward)]
  const [key] = keys as [SortKey]
  const down = key.descending !== backward
  const value = cursor?.values[0]
  const filled: Segment = {
    where: [value == null ? sql<boolean>`${key.expression} is not null`
      : sql<boolean>`(${key.expression}, ${id}) ${after(down)} (${value}::${sql.raw(key.type)}, ${cursor!.id}::uuid)`],
    orderBy: sql`${key.expression} ${way(down)}, ${id} ${way(down)}`,
  }
  const empty: Segment = {
    where: [sql<boolean>`${key.expression} is null`, ...(cursor && value === null ? [sql<boolean>`${id} ${after(down)} ${cursor.id}::uuid`] : [])],
    orderBy: sql`${id} ${way(down)}`,
  }
  if (!cursor) return backward ? [empty, filled] : [filled, empty]
  if (value === null) return backward ? [empty, filled] : [empty]
  return backward ? [filled] : [filled, empty]
}

function lexicographic(keys: SortKey[], alias: string, cursor: Cursor | null, backward: boolean): Segment {
  const id = sql.ref(`${alias}.id`)
  const down = keys[0]!.descending !== backward
  const orderBy = sql.join([...keys.map((k) => sql`${k.expression} ${way(k.descending !== backward)} nulls ${sql.raw(backward ? 'first' : 'last')}`), sql`${id} ${way(down)}`])
  if (!cursor) return { where: [], orderBy }
  const steps = keys.map((key, i) => {
    const value = cursor.values[i]
    const typed = sql`${value}::${sql.raw(key.type)}`
    const beyond = backward
      ? (value === null ? sql`${key.expression} is not null` : sql`${key.expression} ${after(!key.descending)} ${typed}`)
      : (value === null ? sql`false` : sql`(${key.expression} ${after(key.descending)} ${typed} or ${key.expression} is null)`)
    return { equal: sql`${key.expression} is not distinct from ${typed}`, beyond }
  })
  const alternatives = steps.map((step, i) => sql`(${sql.join([...steps.slice(0, i).map((s) => s.equal), step.beyond], sql` and `)})`)
  alternatives.push(sql`(${sql.join([...steps.map((s) => s.equal), sql`${id} ${after(down)} ${cursor.id}::uuid`], sql` and `)})`)
  return { where: [sql<boolean>`(${sql.join(alternatives, sql` or `)})`], orderBy }
}

const way = (down: boolean): RawBuilder<unknown> => sql.raw(down ? 'desc' : 'asc')
const after = (down: boolean): RawBuilder<unknown> => sql.raw(down ? '<' : '>')
