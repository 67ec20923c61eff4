import { sql } from 'kysely'
import { SYSTEM_CALLER } from '../access/caller.ts'
import { objectOf } from '../model/model.ts'
import { CHANNEL_KEYS } from '../privacy/channels.ts'
import { loadTexts } from '../privacy/purposes.ts'
import type { Engine } from '../records/engine.ts'
import { writeRecords } from '../records/write/batch.ts'
import { write } from '../records/write/writing.ts'

/** A field by which a visitor agrees: `consent:<purpose>:<channel>`, with the version of the text that he read as its value. */
const FIELD = /^consent:([a-z][a-zA-Z0-9_-]{0,39}):([a-z]+)$/

interface Item { received: Date, source: string | null, page: string | null, subject: string, object: 'contact' | 'client' }

/**
 * Writes down to what the sender of a request agreed, once it is known who he is: the contact of the request, else its client. Of purposes,
 * channels and versions that there are; anything else stays with what came in and counts for nothing. Told any number of times, it happens once.
 */
export async function keepConsents(engine: Engine, id: string): Promise<void> {
  const texts = await loadTexts(engine.db)
  await write(engine, { ...SYSTEM_CALLER, origin: 'system' }, { summary: { key: 'intakeReceived' } }, async (w) => {
    const { rows: [item] } = await sql<Item>`select received_at as received, source, page, coalesce(contact_id, client_id) as subject, case when contact_id is null then 'client' else 'contact' end as object
      from core.intake_item where id = ${id} and state in ('accepted', 'linked') and channel = 'form' and coalesce(contact_id, client_id) is not null for update`.execute(w.db)
    if (!item) return
    const { rows: values } = await sql<{ name: string, value: string | null }>`select name, value from core.intake_value where item_id = ${id} and name like 'consent:%'`.execute(w.db)
    const given = values.flatMap(({ name, value }) => {
      const [, purpose, channel] = FIELD.exec(name) ?? []
      const version = Number(value)
      return purpose && channel && CHANNEL_KEYS.includes(channel) && texts.some((text) => text.purpose === purpose && text.version === version) ? [{ purpose, channel, textVersion: version }] : []
    })
    const { rows: there } = await sql<{ purpose: string, channel: string }>`select purpose, channel from core.consent where subject_id = ${item.subject} and at = ${item.received}`.execute(w.db)
    const fresh = given.filter((one) => !there.some(({ purpose, channel }) => purpose === one.purpose && channel === one.channel))
    const source = [item.source, item.page].filter(Boolean).join(' · ').slice(0, 300) || 'form'
    const results = await writeRecords(w, objectOf(w.generation.model, 'consent'), fresh.map((one) => (
      { op: 'create', input: { ...one, subject: { object: item.object, id: item.subject }, state: 'given', at: item.received.toISOString(), source } })))
    for (const result of results) if (!result.ok) throw result.error
  })
}
