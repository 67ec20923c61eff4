import type { RecordEvent } from '@kartotek/sdk'
import { sql } from 'kysely'
import type { Database } from '../database/index.ts'
import type { PackedEvent } from './event.ts'

/** One handler of events, as the dispatcher knows it. */
export interface HandlerEntry { plugin: string, handler: string, pattern: string }

/**
 * Tells the dispatchers of all nodes who wants which events. A plugin that is installed but did not start keeps what it
 * registered before; one that is no longer installed loses it.
 * @param entries handlers of the plugins that this node could read
 * @param installed ids of all plugins and features that should be here, failed ones included. Null forgets nothing: a command
 *   beside the server may have another list of plugins.
 */
export async function registerHandlers(db: Database, entries: HandlerEntry[], installed: string[] | null): Promise<void> {
  const known = [...new Set(entries.map((e) => e.plugin))]
  await db.kysely.transaction().execute(async (trx) => {
    if (installed) await sql`delete from core.event_handler where plugin <> all(${installed}::text[])`.execute(trx)
    await sql`
      delete from core.event_handler h where plugin = any(${known}::text[]) and not exists (
        select 1 from jsonb_to_recordset(${JSON.stringify(entries)}::jsonb) as e (plugin text, handler text)
        where e.plugin = h.plugin and e.handler = h.handler)`.execute(trx)
    await sql`
      insert into core.event_handler (plugin, handler, pattern)
      select plugin, handler, pattern from jsonb_to_recordset(${JSON.stringify(entries)}::jsonb) as e (plugin text, handler text, pattern text)
      on conflict (plugin, handler) do update set pattern = excluded.pattern`.execute(trx)
  })
}

/**
 * Says which events a handler of a feature wants besides its own pattern, where that depends on what people set: the rules
 * of automation, the addresses of webhooks. Belongs to the transaction that changes the setting.
 */
export async function setInterests(trx: Database['kysely'], plugin: string, handler: string, patterns: readonly string[]): Promise<void> {
  await sql`delete from core.event_interest where plugin = ${plugin} and handler = ${handler} and pattern <> all(${patterns}::text[])`.execute(trx)
  await sql`insert into core.event_interest (plugin, handler, pattern) select ${plugin}, ${handler}, p from unnest(${patterns}::text[]) p on conflict do nothing`.execute(trx)
}

/** What a handler sees of a packed event: one event per record, each with an id that is the same at every delivery. */
export function unpackEvents(packed: PackedEvent[]): RecordEvent[] {
  return packed.flatMap((event) => event.recordIds.map((recordId) => ({
    id: event.bulk ? `${event.id}:${recordId}` : event.id,
    name: event.name,
    object: event.object,
    recordId,
    changeSetId: event.changeSetId,
    changed: event.changed,
    at: event.at,
    ...event.data === undefined ? {} : { data: event.data },
  })))
}
