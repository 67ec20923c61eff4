import { uuidv7 } from 'uuidv7'
import type { Row } from '../../model/generation.ts'
import { columnOf, objectOf, type ReverseList } from '../../model/model.ts'
import { applyDefault, applyValue, Draft, readInput } from './draft.ts'
import type { Writing } from './writing.ts'

/** Rows of one list of a record. */
export const MAX_PARTS = 1_000

/** A list of a draft and what it becomes; without `items` it is only looked at, because what is computed depends on it. */
export interface WantedList { draft: Draft, list: ReverseList, items?: unknown }

/** Lists with amounts are looked at where the currency of their whole changes, though the input leaves them out. */
export function listsInCurrency(w: Writing, draft: Draft, given: ReadonlySet<ReverseList>): WantedList[] {
  const spoken = draft.object.fields.find((f) => f.format === 'currency')
  if (draft.isNew || !spoken || !draft.changed.has(spoken.key)) return []
  return draft.object.lists.filter((l) => l.part && !given.has(l) && objectOf(w.generation.model, l.object).fields.some((f) => f.type === 'money')).map((list) => ({ draft, list }))
}

/** Builds the drafts of the lists that inputs replace: rows with an id are changed, rows without are new, absent ones go. */
export async function draftParts(w: Writing, wanted: WantedList[]): Promise<void> {
  for (const [list, entries] of Map.groupBy(wanted, (e) => e.list)) {
    const part = objectOf(w.generation.model, list.object)
    const back = columnOf(part.byKey.get(list.field)!)
    const wholes = entries.filter((e) => !e.draft.isNew).map((e) => e.draft.row.id)
    const rows = wholes.length ? await w.em.find(w.generation.entity(part.name), { [back]: { $in: wholes } } as never, { orderBy: { position: 'asc' } as never }) : []
    const rowsOf = Map.groupBy(rows, (row) => row[back] as string)
    for (const { draft, items } of entries) {
      if (items === undefined) { draft.parts.set(list, { drafts: (rowsOf.get(draft.row.id) ?? []).map((row, i) => new Draft(part, { op: 'update', id: row.id, input: {} }, row, false, `${draft.path}${list.name}.${i}.`)), removed: [] }); continue }
      if (!Array.isArray(items)) { if (items !== null) draft.refuse(list.name, 'type', w, { type: 'list' }); else draft.parts.set(list, { drafts: [], removed: rowsOf.get(draft.row.id) ?? [] }); continue }
      if (items.length > MAX_PARTS) { draft.refuse(list.name, 'tooMany', w, { max: MAX_PARTS }); continue }
      fill(w, draft, list, items as Record<string, unknown>[], rowsOf.get(draft.row.id) ?? [], back)
    }
  }
}

function fill(w: Writing, whole: Draft, list: ReverseList, items: Record<string, unknown>[], rows: Row[], back: string): void {
  const part = objectOf(w.generation.model, list.object)
  const spoken = whole.object.fields.find((f) => f.format === 'currency')
  const left = new Map(rows.map((row) => [row.id, row]))
  const drafts = items.map((given, i) => {
    const path = `${whole.path}${list.name}.${i}.`
    const { id, ...input } = given
    const existing = typeof id === 'string' ? left.get(id) : undefined
    const row = existing ?? { id: uuidv7(), version: 1, [back]: whole.row.id, search: '', created_at: w.now, updated_at: w.now, created_by: w.access.actor.userId, updated_by: w.access.actor.userId }
    const draft = new Draft(part, existing ? { op: 'update', id: row.id, input } : { op: 'create', input }, row, !existing, path)
    if (spoken) draft.currency = whole.row[columnOf(spoken)] as string | null
    if (existing) left.delete(existing.id)
    else if (id != null) draft.refuse('id', 'reference', w)
    if (draft.row.position !== i) {
      if (existing) {
        draft.changed.add('position')
        draft.before.position = existing.position
      }
      draft.row.position = i
    }
    const read = readInput(w, draft, input)
    if (draft.isNew) for (const field of part.fields) if (field.default !== undefined && !read.values.has(field)) applyDefault(w, draft, field)
    for (const [field, value] of read.values) {
      if (part.partOf.some((p) => p.field === field.key)) continue
      applyValue(w, draft, field, value)
    }
    return draft
  })
  whole.parts.set(list, { drafts, removed: [...left.values()] })
}
