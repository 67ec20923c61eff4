import { sql } from 'kysely'
import type { Writing } from '../records/write/writing.ts'
import { put, type ItemRow } from './item.ts'

const AS_THEY_ARE = new Set(['call', 'message', 'letter'])

/**
 * Puts what came in onto the timeline of the record that it belongs to; where it stood on another one, it moves. `w` has the
 * rights of the system.
 * @returns the id of the entry
 */
export async function tellOn(w: Writing, row: ItemRow, subject: { object: string, id: string }): Promise<string> {
  if (row.entry && (await sql`select 1 from core.timeline_entry where id = ${row.entry} and trashed_at is null`.execute(w.db)).rows.length) {
    return put(w, 'timelineEntry', { op: 'update', id: row.entry, input: { subject } })
  }
  const { rows: values } = await sql<{ name: string, value: string | null }>`select name, value from core.intake_value where item_id = ${row.id} order by position`.execute(w.db)
  const lines = [row.text ?? '', ...values.map(({ name, value }) => `${name}: ${value ?? ''}`)].filter(Boolean)
  return put(w, 'timelineEntry', {
    op: 'create', input: {
      subject, kind: AS_THEY_ARE.has(row.channel) ? row.channel : 'request', direction: 'in', happenedAt: row.received_at.toISOString(), heading: row.heading,
      text: lines.join('\n').slice(0, 90_000) || null, owner: null,
    },
  })
}
