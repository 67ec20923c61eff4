import { sql } from 'kysely'
import type { Row } from '../model/generation.ts'
import { objectOf } from '../model/model.ts'
import { writeRecords } from '../records/write/batch.ts'
import type { Writing } from '../records/write/writing.ts'
import type { Sender } from './recognise.ts'
import type { Reading } from '../records/reading.ts'

/** An item as it stands in the table. */
export interface ItemRow extends Row {
  heading: string | null
  state: 'new' | 'accepted' | 'linked' | 'declined' | 'spam'
  channel: string
  source: string | null
  received_at: Date
  person: string | null
  company: string | null
  tax_id: string | null
  text: string | null
  seconds: number | null
  amount: string | null
  amount__currency: string | null
  region: string | null
  owner_id: string | null
  team_id: string | null
  client_id: string | null
  contact_id: string | null
  order_id: string | null
  assigned_at: Date | null
  answer_due: Date | null
  answered_at: Date | null
  distributed_at: Date | null
  rule: string | null
  entry: string | null
  raw: string | null
  trashed_at: Date | null
}

/** The item, locked for the rest of the transaction; whoever else decides about it waits here. */
export async function lockItem(w: Writing, id: string): Promise<ItemRow | null> {
  const { rows } = await sql<ItemRow>`select * from core.intake_item where id = ${id} and trashed_at is null for update`.execute(w.db)
  return rows[0] ?? null
}

/** What the item tells about its sender. */
export async function senderOf(db: Reading['db'], row: Pick<ItemRow, 'id' | 'person' | 'company' | 'tax_id'>): Promise<Sender> {
  const { rows: points } = await sql<Sender['points'][number]>`select kind, value, key from core.intake_point where item_id = ${row.id} order by position`.execute(db)
  return { person: row.person, company: row.company, taxId: row.tax_id, points }
}

/** Writes one record, or throws what stands against it. */
export async function put(w: Writing, object: string, item: Parameters<typeof writeRecords>[2][number]): Promise<string> {
  const [result] = await writeRecords(w, objectOf(w.generation.model, object), [item])
  if (!result!.ok) throw result!.error
  return result!.id
}

/** Tells the others of what happened to the item; its owner is whom it is for. `from`: whose it was before. */
export function announce(w: Writing, id: string, what: 'assigned' | 'escalated' | 'queued' | 'accepted' | 'declined', owner: string | null, team: string | null = null, from = owner): void {
  w.events.push({ name: `intakeItem.${what}`, object: 'intakeItem', recordId: id, changeSetId: w.changeSetId, scope: { before: { owner: from, team }, after: { owner, team } } })
}
