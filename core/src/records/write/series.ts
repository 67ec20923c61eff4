import { sql } from 'kysely'
import { columnOf } from '../../model/model.ts'
import type { Draft } from './draft.ts'
import type { Writing } from './writing.ts'

/** What numbers begin with now: `{year}` is the year of the company's day. Numbers go on over the years. */
export function prefixOf({ prefix = '' }: { prefix?: string }, timeZone: string): string {
  return prefix.replace('{year}', new Intl.DateTimeFormat('en', { year: 'numeric', timeZone }).format())
}

/**
 * Gives new records their numbers, from the counter of their series, in the transaction: a number is used or not taken.
 * A number that an input brings (an import, an edit) stays, and the counter goes past it, or it would run into it one day.
 */
export async function assignNumbers(w: Writing, drafts: Draft[]): Promise<void> {
  const concerned = drafts.filter((d) => d.object.series && (d.isNew || d.changed.has(d.object.series.field)))
  for (const [object, group] of Map.groupBy(concerned, (d) => d.object)) {
    const { field: key, key: series, digits = 1 } = object.series!
    const prefix = prefixOf(object.series!, w.generation.company.timeZone)
    const field = object.byKey.get(key)
    if (!field) continue
    const given = group.map((d) => d.row[columnOf(field)] as string | null | undefined)
    const highest = Math.max(0, ...given.map((n) => (n?.startsWith(prefix) && /^\d{1,15}$/.test(n.slice(prefix.length)) ? Number(n.slice(prefix.length)) : 0)))
    const open = group.filter((d, i) => d.isNew && !given[i])
    if (!open.length && !highest) continue
    const { rows } = await sql<{ next: string }>`insert into core.series as s (key, next) values (${series}, ${Math.max(highest + 1, 1) + open.length})
      on conflict (key) do update set next = greatest(s.next, ${highest + 1}) + ${open.length} returning next`.execute(w.db)
    let number = Number(rows[0]!.next) - open.length
    for (const draft of open) draft.set(field, { [columnOf(field)]: prefix + String(number++).padStart(digits, '0') })
  }
}
