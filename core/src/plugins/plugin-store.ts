import { sql } from 'kysely'
import type { Database } from '../database/index.ts'

/** What the host remembers of one entry of KARTOTEK_PLUGINS. */
export interface StoredPlugin { source: string, plugin: string | null, quarantined_at: Date | null, quarantine_cause: string | null }

export async function storedPlugins(db: Database): Promise<Map<string, StoredPlugin>> {
  const { rows } = await sql<StoredPlugin>`select source, plugin, quarantined_at, quarantine_cause from core.plugin_state`.execute(db.kysely)
  return new Map(rows.map((row) => [row.source, row]))
}

/** Remembers which plugin an entry holds. Entries that are no longer among `sources` are forgotten; null forgets nothing. */
export async function rememberPlugins(db: Database, found: { source: string, plugin: string, version: string }[], sources: string[] | null): Promise<void> {
  if (sources) await sql`delete from core.plugin_state where source <> all(${sources}::text[])`.execute(db.kysely)
  await sql`
    insert into core.plugin_state (source, plugin, version)
    select distinct on (source) source, plugin, version
    from jsonb_to_recordset(${JSON.stringify(found)}::jsonb) as p (source text, plugin text, version text)
    on conflict (source) do update set plugin = excluded.plugin, version = excluded.version, seen_at = now()`.execute(db.kysely)
}
