import type { Migration } from '../database/migration.ts'

/**
 * The outbox, and the list of those who want to hear of events.
 *
 * `live` rows are shown to open sockets, rows with `dispatched_at is null` wait for the dispatcher. A large change set
 * is one live summary row (dispatched from birth) plus rows that carry up to 500 `record_ids` for handlers only.
 */
export const migrations: Migration[] = [{
  id: 'events-0001-outbox',
  sql: `
    create table core.event (
      id uuid primary key,
      txid xid8 not null default pg_current_xact_id(),
      -- The clock, not the transaction's start: two writers of one record hold its row lock in turn, so this orders them.
      at timestamptz not null default clock_timestamp(),
      name text not null,
      object text not null,
      record_id uuid,
      record_ids uuid[],
      change_set_id uuid not null,
      changed text[] not null default '{}',
      scope jsonb,
      live boolean not null default true,
      dispatched_at timestamptz
    );
    create index event_waiting on core.event (at, id) where dispatched_at is null;
    create index event_live on core.event (txid) where live;
    create index event_dispatched on core.event (dispatched_at) where dispatched_at is not null;

    create table core.event_handler (
      plugin text not null,
      handler text not null,
      pattern text not null,
      registered_at timestamptz not null default now(),
      primary key (plugin, handler)
    );
  `,
}, {
  id: 'events-0002-interest',
  sql: `
    create table core.event_interest (
      plugin text not null,
      handler text not null,
      pattern text not null,
      primary key (plugin, handler, pattern)
    );
  `,
}, {
  id: 'events-0003-data',
  sql: `
    alter table core.event add column data jsonb;
    comment on column core.event.data is 'What a plugin says with an event of its own';
  `,
}]
