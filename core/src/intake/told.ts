import { sql } from 'kysely'
import { SYSTEM_CALLER } from '../access/caller.ts'
import type { Engine } from '../records/engine.ts'
import { write, type Writing } from '../records/write/writing.ts'
import { lockItem, put, type ItemRow } from './item.ts'

const AS_THEY_ARE = new Set(['call', 'message', 'letter'])

/**
 * Keeps what came in on the timeline of the record that it belongs to now: it comes when the item is linked, moves with it,
 * and goes when the item is taken back or is spam. It follows the item by itself, so undoing an action needs no more than
 * the item. Called any number of times, it is one entry.
 */
export async function follow(engine: Engine, ids: readonly string[]): Promise<void> {
  for (const id of ids) {
    await write(engine, SYSTEM_CALLER, { summary: { key: 'intakeReceived' } }, async (w) => {
      const row = await lockItem(w, id)
      if (!row) return
      const entry = await placed(w, row)
      // The item is no different for it.
      if (entry !== row.entry) await sql`update core.intake_item set entry = ${entry} where id = ${id}`.execute(w.db)
    })
  }
}

async function placed(w: Writing, row: ItemRow): Promise<string | null> {
  const { rows: [entry] } = await sql<{ trashed: boolean }>`select trashed_at is not null as trashed from core.timeline_entry where id = ${row.entry}`.execute(w.db)
  const subject = row.state === 'spam' ? null : row.order_id ? { object: 'order', id: row.order_id } : row.client_id ? { object: 'client', id: row.client_id } : row.contact_id ? { object: 'contact', id: row.contact_id } : null
  if (!subject) {
    if (entry && !entry.trashed) await put(w, 'timelineEntry', { op: 'trash', id: row.entry! })
    return row.entry
  }
  if (!entry) return tell(w, row, subject)
  if (entry.trashed) await put(w, 'timelineEntry', { op: 'restore', id: row.entry! })
  return put(w, 'timelineEntry', { op: 'update', id: row.entry!, input: { subject } })
}

/** Whoever sees a record reads its timeline: what is closed to somebody at the request is not repeated there. */
const isOpen = (w: Writing, ...fields: string[]): boolean => !fields.some((field) => w.generation.roles.some(({ rules }) => rules.fields?.[field]?.read === false))

async function tell(w: Writing, row: ItemRow, subject: { object: string, id: string }): Promise<string> {
  const heading = isOpen(w, 'intakeItem.heading', 'intakeItem.person', 'intakeItem.company', 'intakeItem.text', 'intakePoint.value')
  const text = isOpen(w, 'intakeItem.text') ? row.text ?? '' : ''
  const { rows: values } = await sql<{ name: string, value: string | null }>`select name, value from core.intake_value where item_id = ${row.id} order by position`.execute(w.db)
  // How long a call was may have come in a field beside.
  const seconds = row.channel === 'call' && isOpen(w, 'intakeItem.seconds', 'intakeValue.name', 'intakeValue.value') ? row.seconds : null
  const lines = [text, ...isOpen(w, 'intakeValue.name', 'intakeValue.value') ? values.map(({ name, value }) => `${name}: ${value ?? ''}`) : []].filter(Boolean)
  return put(w, 'timelineEntry', {
    op: 'create', input: {
      subject, kind: AS_THEY_ARE.has(row.channel) ? row.channel : 'request', direction: 'in', happenedAt: row.received_at.toISOString(), heading: heading ? row.heading : null, seconds,
      text: lines.join('\n').slice(0, 90_000) || null, owner: null,
    },
  })
}
