import { sql } from 'kysely'
import { columnOf } from '../../model/model.ts'
import type { Draft } from './draft.ts'
import type { Writing } from './writing.ts'

/**
 * Gives new records their numbers, from the counter of their series, in the transaction: a number is used or not taken.
 * A number that the input brings (an import) stays, and the counter goes past it.
 */
export async function assignNumbers(w: Writing, drafts: Draft[]): Promise<void> {
  for (const [object, group] of Map.groupBy(drafts.filter((d) => d.isNew && d.object.series), (d) => d.object)) {
    const { field: key, key: series, prefix = '', digits = 1 } = object.series!
    const field = object.byKey.get(key)
    if (!field) continue
    const given = group.map((d) => d.row[columnOf(field)] as string | null | undefined)
    const highest = Math.max(0, ...given.map((n) => (n?.startsWith(prefix) && /^\d{1,15}$/.test(n.slice(prefix.length)) ? Number(n.slice(prefix.length)) : 0)))
    const open = group.filter((_, i) => !given[i])
    const { rows } = await sql<{ next: string }>`insert into core.series as s (key, next) values (${series}, ${Math.max(highest + 1, 1) + open.length})
      on conflict (key) do update set next = greatest(s.next, ${highest + 1}) + ${open.length} returning next`.execute(w.db)
    let number = Number(rows[0]!.next) - open.length
    for (const draft of open) draft.set(field, { [columnOf(field)]: prefix + String(number++).padStart(digits, '0') })
  }
}
