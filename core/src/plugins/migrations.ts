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
}, {
  id: 'plugins-0002-received-webhooks',
  sql: `
    -- What foreign systems told a plugin, each once for its key. Emptied a day after its job is done; the key stays to tell repetitions.
    create table core.received_webhook (
      id uuid primary key,
      plugin text not null,
      path text not null,
      key bytea not null,
      content jsonb,
      received_at timestamptz not null default now(),
      done_at timestamptz,
      unique (plugin, path, key)
    );
    create index received_webhook_received_idx on core.received_webhook (received_at);
  `,
}, {
  id: 'plugins-0003-packages',
  sql: `
    -- Packages of plugins with all that they need, for all nodes: each unpacks what it misses.
    create table core.plugin_package (
      plugin text not null,
      version text not null,
      -- What was asked for: the name of a package in a registry, or of a file.
      spec text not null,
      -- Name and version in package.json.
      package text not null,
      sha256 text not null,
      content bytea not null,
      -- The kartotek.plugin.json: it is read before the code is.
      manifest jsonb not null,
      -- What the plugin may call and do in the background was shown to who added it.
      added_by text not null,
      added_at timestamptz not null default now(),
      primary key (plugin, version)
    );
    alter table core.plugin_package alter content set storage external;

    -- What administrators want of a plugin; it counts from the next start on. Without a row: that it runs.
    create table core.plugin_choice (
      plugin text primary key,
      enabled boolean not null default true,
      -- The package to run. Null: the plugin is not from one.
      version text,
      -- The package before, to go back to.
      previous text,
      -- To be removed, with or without its data, when no node runs it any more.
      removing text check (removing in ('keep', 'drop')),
      changed_at timestamptz not null default now(),
      foreign key (plugin, version) references core.plugin_package,
      foreign key (plugin, previous) references core.plugin_package
    );

    -- Which node runs which version. Rows of a node that does not renew them are of one that is gone.
    create table core.plugin_run (
      node uuid not null,
      plugin text not null,
      version text not null,
      seen_at timestamptz not null default now(),
      primary key (node, plugin)
    );
  `,
}, {
  id: 'plugins-0004-log',
  sql: `
    -- What went wrong with plugins, each thing once with how often it happened: bounded per plugin, forgotten after a month.
    create table core.plugin_log (
      plugin text not null,
      kind text not null,
      name text not null,
      gave_up boolean not null default false,
      message text not null,
      times integer not null default 1,
      first_at timestamptz not null default now(),
      at timestamptz not null default now(),
      primary key (plugin, kind, name, gave_up, message)
    );
  `,
}, {
  id: 'plugins-0005-fetch',
  sql: `
    -- How far the fetching of a package is, for who waits for it; a row goes at its end.
    create table core.plugin_fetch (
      id uuid primary key,
      user_id uuid,
      step text not null,
      bytes bigint,
      changed_at timestamptz not null default now()
    );
  `,
}]
