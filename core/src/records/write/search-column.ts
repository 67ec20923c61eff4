import { searchText } from '../../facts/search-text.ts'
import type { Row } from '../../model/generation.ts'
import { columnOf, objectOf, type FieldModel, type ObjectModel, type ReverseList } from '../../model/model.ts'
import { searchableFields } from '../search.ts'
import type { Draft } from './draft.ts'
import type { Writing } from './writing.ts'

const MAX_LENGTH = 8_000

/** Brings the search text up to date where a searchable field changed. It is derived: the version does not count it. */
export async function refreshSearch(w: Writing, drafts: Draft[]): Promise<void> {
  for (const [object, group] of Map.groupBy(drafts, (d) => d.object)) {
    const own = searchableFields(object)
    const lists = searchedLists(w, object)
    const touched = group.filter((d) => d.isNew || own.some((f) => d.changed.has(f.key)) || lists.some((p) => d.parts.has(p.list)))
    if (!touched.length || (!own.length && !lists.length)) continue
    for (const [draft, search] of await searchOf(w, object, touched)) draft.row.search = search
  }
}

/** The search texts of records of one object, of what the drafts bring and what is stored. */
export async function searchOf(w: Source, object: ObjectModel, drafts: Draft[]): Promise<Map<Draft, string>> {
  const lists = searchedLists(w, object)
  const stored = await storedParts(w, drafts, lists)
  return new Map(drafts.map((draft) => {
    const texts = textsOf(searchableFields(object), draft.row, w)
    for (const { list, part, fields } of lists) {
      const rows = draft.parts.get(list)?.drafts.map((d) => d.row) ?? stored.get(part)?.get(draft.row.id) ?? []
      for (const row of rows) texts.push(...textsOf(fields, row, w))
    }
    // The cut may fall into the middle of a sign, and PostgreSQL takes no half of one.
    return [draft, searchText(texts).slice(0, MAX_LENGTH).toWellFormed()]
  }))
}

type Source = Pick<Writing, 'db' | 'generation'>

function searchedLists(w: Source, object: ObjectModel): { list: ReverseList, part: ObjectModel, fields: FieldModel[] }[] {
  return object.lists.filter((l) => l.part).map((list) => ({ list, part: objectOf(w.generation.model, list.object) }))
    .map((p) => ({ ...p, fields: searchableFields(p.part) })).filter((p) => p.fields.length)
}

function textsOf(fields: FieldModel[], row: Row, w: Source): string[] {
  return fields.filter((f) => row[columnOf(f)] != null).map((f) => f.handler.text((suffix) => row[columnOf(f, suffix)], f, w.generation.company.locale))
}

/** Parts of records whose lists this write leaves alone. */
async function storedParts(w: Source, drafts: Draft[], lists: { list: ReverseList, part: ObjectModel }[]): Promise<Map<ObjectModel, Map<string, Row[]>>> {
  const result = new Map<ObjectModel, Map<string, Row[]>>()
  for (const { list, part } of lists) {
    const ids = drafts.filter((d) => !d.isNew && !d.parts.has(list)).map((d) => d.row.id)
    if (!ids.length) continue
    const back = columnOf(part.byKey.get(list.field)!)
    const rows = await w.db.selectFrom(`core.${part.table}`).selectAll().where(back, 'in', ids).execute() as unknown as Row[]
    result.set(part, Map.groupBy(rows, (row) => row[back] as string))
  }
  return result
}
