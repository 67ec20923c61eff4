import { sql } from 'kysely'
import type { Row } from '../../model/generation.ts'
import { columnOf, objectOf, type FieldModel } from '../../model/model.ts'
import { withParts } from './checks.ts'
import type { Draft } from './draft.ts'
import type { Writing } from './writing.ts'

interface Copy { draft: Draft, to: FieldModel, from: FieldModel, id: string }

/**
 * Fills empty fields from the record that a reference was just set to (`copyFrom`): the price of an order line from its
 * product. The system copies, not the actor: the cost of goods gets onto the line also where a manager may not see it, but
 * never from where he may not read to where he may.
 * One statement per referred object.
 */
export async function copyFromReferences(w: Writing, drafts: Draft[]): Promise<void> {
  const copies = withParts(drafts).flatMap((draft) => copiesOf(w, draft))
  for (const [object, group] of Map.groupBy(copies, (c) => c.from.object)) {
    const columns = new Set(['id', ...group.flatMap((c) => c.from.columns.map((column) => column.name))])
    const { rows } = await sql<Row>`select ${sql.join([...columns].map((c) => sql.id(c)))} from core.${sql.id(objectOf(w.generation.model, object).table)}
      where id = any(${[...new Set(group.map((c) => c.id))]}::uuid[]) and trashed_at is null`.execute(w.db)
    const found = new Map(rows.map((row) => [row.id, row]))
    for (const copy of group) {
      const row = found.get(copy.id)
      if (row) apply(w, copy, row)
    }
  }
}

function copiesOf(w: Writing, draft: Draft): Copy[] {
  return draft.object.fields.flatMap((to) => {
    if (!to.copyFrom || draft.row[columnOf(to)] != null) return []
    const [reference, key] = to.copyFrom.split('.') as [string, string]
    const link = draft.object.byKey.get(reference)
    const from = link?.to ? w.generation.model.objects.get(link.to)?.byKey.get(key) : undefined
    const id = link && (draft.isNew || draft.changed.has(reference)) ? draft.row[columnOf(link)] as string | null : null
    const tells = from && w.access.canRead(to) && !w.access.canRead(from)
    return from && !tells && id && from.type === to.type ? [{ draft, to, from, id }] : []
  })
}

function apply(w: Writing, { draft, to, from }: Copy, row: Row): void {
  if (row[columnOf(from)] == null) return
  if (to.type === 'money' && row[columnOf(from, 'currency')] !== (draft.currency ?? w.generation.company.currency)) return
  draft.set(to, Object.fromEntries(to.columns.map((c) => [c.name, row[columnOf(from, c.suffix)]])))
}
