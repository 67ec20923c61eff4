import type { Migration } from '../database/migration.ts'

/** What the host remembers of plugins between starts. */
export const migrations: Migration[] = [{
  id: 'plugins-0001-state',
  sql: `
    create table core.plugin_state (
      -- The entry of KARTOTEK_PLUGINS: it is known even where the module cannot be loaded.
      source text primary key,
      plugin text,
      version text,
      -- Written by the watchdog when the plugin's code blocked the process; the plugin is not started until it is lifted.
      quarantined_at timestamptz,
      quarantine_cause text,
      seen_at timestamptz not null default now()
    );
  `,
}]
