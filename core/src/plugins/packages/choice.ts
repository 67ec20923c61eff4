import { sql, type Kysely } from 'kysely'

// eslint-disable-next-line @typescript-eslint/no-explicit-any -- plain SQL
type Db = Kysely<any>

/** What administrators want of one plugin, from the next start on. */
export interface Choice {
  plugin: string
  enabled: boolean
  /** Version of the stored package to run; null for a plugin that is not from one. */
  version: string | null
  /** The version before. */
  previous: string | null
  /** It is to be removed when no node runs it any more: with its data, or without. */
  removing: 'keep' | 'drop' | null
}

export async function choices(db: Db): Promise<Map<string, Choice>> {
  const { rows } = await sql<Choice>`select plugin, enabled, version, previous, removing from core.plugin_choice order by plugin`.execute(db)
  return new Map(rows.map((row) => [row.plugin, row]))
}

/** Ids of the plugins that must not run. */
export async function disabledPlugins(db: Db): Promise<Set<string>> {
  const { rows } = await sql<{ plugin: string }>`select plugin from core.plugin_choice where not enabled or removing is not null`.execute(db)
  return new Set(rows.map(({ plugin }) => plugin))
}

/** Says whether a plugin is wanted, from the next start on. */
export async function chooseEnabled(db: Db, plugin: string, enabled: boolean): Promise<void> {
  await sql`
    insert into core.plugin_choice (plugin, enabled) values (${plugin}, ${enabled})
    on conflict (plugin) do update set enabled = excluded.enabled, changed_at = now()`.execute(db)
}
