import { sql } from 'kysely'
import { LimitError } from '@kartotek/sdk'
import { searchWords } from '../facts/search-text.ts'
import { columnOf, objectOf, type FieldModel, type Model, type ObjectModel } from '../model/model.ts'
import { likePattern } from './filter-operators.ts'
import type { Condition, Reading } from './reading.ts'

const MAX_WORDS = 10

/** Fields whose text goes into the search column, with those of the parts. */
export function searchableFields(object: ObjectModel): FieldModel[] {
  return object.fields.filter((f) => f.searchable && !f.hidden && isText(f))
}
const isText = (field: FieldModel): boolean => field.columns[0]?.type === 'text' && field.type !== 'select'

/** Where the search text of a record comes from: columns of its own, and of the parts that it has. */
export function searchedColumns(model: Model, object: ObjectModel): [string, string[]][] {
  const parts = object.lists.filter((l) => l.part).map((l): [string, ObjectModel] => [l.name, objectOf(model, l.object)])
  return [['', object] as [string, ObjectModel], ...parts].map(([list, of]): [string, string[]] => [list, searchableFields(of).flatMap((f) => f.columns.map((c) => c.name)).sort()]).filter(([, columns]) => columns.length).sort()
}

/**
 * Records in which every word of the query occurs. The combined column is only the prefilter that has the index: each
 * word must also be found in a field that the actor may read, or the search would tell him hidden values.
 */
export function searchCondition(reading: Reading, object: ObjectModel, query: string, alias: string): Condition {
  if (query.length > 200) throw new LimitError('A search may have 200 characters.', { limit: 200 })
  const words = searchWords(query).slice(0, MAX_WORDS)
  if (!words.length) return sql<boolean>`true`
  const { model } = reading.generation
  const own = searchableFields(object)
  const parts = object.lists.filter((l) => l.part).map((l) => ({ list: l, object: objectOf(model, l.object) }))
    .map((p) => ({ ...p, fields: searchableFields(p.object) })).filter((p) => p.fields.length)
  const hidden = mayHoldClosed(reading, object) || !parts.every((p) => reading.access.canList(p.list))
  const conditions = words.map((word) => {
    const pattern = `%${likePattern(word)}%`
    const prefilter = sql<boolean>`${sql.ref(`${alias}.search`)} like ${pattern}`
    if (!hidden) return prefilter
    const places = [
      ...own.filter((f) => reading.access.canRead(f)).map((f) => matches(f, alias, pattern)),
      ...parts.filter((p) => reading.access.canList(p.list) && p.fields.some((f) => reading.access.canRead(f))).map((p) => sql<boolean>`exists (
        select 1 from core.${sql.id(p.object.table)} part where ${sql.ref(`part.${columnOf(p.object.byKey.get(p.list.field)!)}`)} = ${sql.ref(`${alias}.id`)}
        and (${sql.join(p.fields.filter((f) => reading.access.canRead(f)).map((f) => matches(f, 'part', pattern)), sql` or `)}))`),
    ]
    return places.length ? sql<boolean>`(${prefilter} and (${sql.join(places, sql` or `)}))` : sql<boolean>`false`
  })
  return sql<boolean>`(${sql.join(conditions, sql` and `)})`
}

/** Whether the text may tell what is closed to the actor. For a while it also holds what is searched no more, or hidden now. */
function mayHoldClosed({ access, generation: { model } }: Reading, object: ObjectModel): boolean {
  const parts = object.lists.filter((l) => l.part).map((l) => objectOf(model, l.object))
  const isClosed = (f: FieldModel): boolean => (f.hidden ? access.closed.has(`${f.object}.${f.key}`) : !access.canRead(f))
  return [object, ...parts].some((of) => of.fields.some((f) => isText(f) && !f.internal && isClosed(f))) || [...access.closed].some((path) => !model.objects.has(path.split('.', 1)[0]!))
}

/** The same normalisation as the search text: lower case, ё → е; numbers by their digits. */
function matches(field: FieldModel, alias: string, pattern: string): Condition {
  return sql<boolean>`(${sql.join(field.columns.filter((c) => c.type === 'text').map((c) =>
    sql`translate(lower(${sql.ref(`${alias}.${c.name}`)}), 'ё’ʼ‘', 'е''''''') like ${pattern}
      or regexp_replace(${sql.ref(`${alias}.${c.name}`)}, '\\D', '', 'g') like ${pattern}`), sql` or `)})`
}
