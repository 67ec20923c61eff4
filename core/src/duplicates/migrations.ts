import type { Migration } from '../database/migration.ts'

export const migrations: Migration[] = [{
  id: 'duplicates-0001',
  sql: `
    create table core.match_key (
      object text not null,
      kind text not null,
      key text not null,
      record_id uuid not null,
      detail text,
      primary key (object, kind, key, record_id)
    );
    create index match_key_record on core.match_key (record_id);
    create index match_key_similar on core.match_key using gist (key gist_trgm_ops(siglen=64)) where object = 'client' and kind = 'name';
    comment on table core.match_key is 'What records are recognised by, in normal form; derived, filled anew by a scan';

    create table core.duplicate_pair (
      id uuid primary key,
      object text not null,
      first_id uuid not null,
      second_id uuid not null check (first_id < second_id),
      strength smallint not null,
      kinds text[] not null,
      reasons jsonb not null,
      state text not null default 'open' check (state in ('open', 'dismissed', 'merged')),
      found_at timestamptz not null default now(),
      seen_at timestamptz not null default clock_timestamp(),
      decided_at timestamptz,
      decided_by uuid,
      unique (object, first_id, second_id)
    );
    create index duplicate_pair_queue on core.duplicate_pair (object, state, strength desc, id desc);
    create index duplicate_pair_second on core.duplicate_pair (second_id);

    create table core.duplicate_scan (
      object text primary key,
      settings text not null,
      stage text not null default 'keys' check (stage in ('keys', 'similar')),
      cursor uuid,
      done int not null default 0,
      started_at timestamptz not null default now(),
      finished_at timestamptz
    );

    create table core.merge (
      id uuid primary key,
      object text not null,
      winner_id uuid not null,
      loser_id uuid not null,
      change_set_id uuid not null,
      bulk_id uuid,
      moved jsonb not null,
      at timestamptz not null default now(),
      by_id uuid,
      undone_at timestamptz,
      undone_by uuid,
      undo_change_set_id uuid
    );
    create unique index merge_loser on core.merge (loser_id) where undone_at is null;
    create index merge_winner on core.merge (winner_id);
    create index merge_at on core.merge (at, by_id);
    create index merge_change_set on core.merge (change_set_id);
    comment on table core.merge is 'Which record became part of which: old ids lead on, and the way back';

    -- Nobody loses what he could do before: who may create clients now may go on creating them.
    update core.role set rules = jsonb_set(rules, '{capabilities}', coalesce(rules->'capabilities', '[]') || '["duplicates.create"]')
      where not coalesce((rules->>'everything')::boolean, false)
        and coalesce(rules->'objects'->'client'->>'create', rules->'objects'->'*'->>'create', 'none') <> 'none'
        and not coalesce(rules->'capabilities', '[]') ? 'duplicates.create';
    update core.role set rules = jsonb_set(rules, '{capabilities}', coalesce(rules->'capabilities', '[]') || '["handover.run"]')
      where key = 'head_of_sales' and not coalesce(rules->'capabilities', '[]') ? 'handover.run';`,
}, {
  id: 'duplicates-0002-similar-names',
  // Three times as quick to ask, and to write. A node of the version before asks without an index until it is restarted.
  sql: `
    create index match_key_alike on core.match_key using gin (key gin_trgm_ops) where object = 'client' and kind = 'name';
    drop index core.match_key_similar;`,
}]
