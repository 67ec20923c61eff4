import type { Migration } from '../database/migration.ts'

export const migrations: Migration[] = [{
  id: 'changes-0001',
  sql: `
    create table core.change_set (
      id uuid primary key,
      at timestamptz not null default now(),
      actor_kind text not null,
      actor_id text not null,
      user_id uuid,
      actor_name text not null,
      origin text not null,
      summary text,
      object text,
      records int not null default 0,
      flags jsonb not null default '{}',
      reverts uuid,
      reverted_by uuid
    );
    create index change_set_user on core.change_set (user_id, id);
    create table core.change (
      id uuid primary key,
      change_set_id uuid not null,
      object text not null,
      record_id uuid not null,
      root_object text not null,
      root_id uuid not null,
      action text not null check (action in ('create', 'update', 'archive', 'restore', 'trash', 'delete')),
      version int not null,
      fields text[] not null default '{}',
      before jsonb,
      after jsonb
    );
    create index change_by_set on core.change (change_set_id, id);
    create index change_by_root on core.change (root_id, id);
    create index change_by_record on core.change (record_id, version);
    create table core.field_period (
      object text not null,
      record_id uuid not null,
      field text not null,
      value text not null,
      from_at timestamptz not null,
      to_at timestamptz,
      change_set_id uuid not null
    );
    create index field_period_record on core.field_period (record_id, field, from_at);
    create index field_period_value on core.field_period (field, value, from_at);
    create table core.idempotency (
      actor text not null,
      key text not null,
      field text not null,
      request_hash text not null,
      result jsonb not null,
      at timestamptz not null default now(),
      primary key (actor, key, field)
    );
    create index idempotency_at on core.idempotency (at);
    create table core.series (
      key text primary key,
      next bigint not null default 1
    );
  `,
}, {
  id: 'changes-0002-configuration',
  sql: `
    -- What a change set says of itself, as a key with values: readers are told it in their own language.
    alter table core.change_set add column message jsonb;
    create table core.configuration_change (
      change_set_id uuid primary key,
      subject text not null,
      subject_id text not null,
      object text,
      name jsonb,
      before jsonb,
      after jsonb
    );
    create index configuration_change_subject on core.configuration_change (subject, subject_id);
  `,
}, {
  id: 'changes-0003-reverts',
  sql: `
    create table core.revert (
      change_set_id uuid primary key,
      state text not null check (state in ('running', 'done', 'stopped', 'failed')),
      total int not null,
      done int not null default 0,
      kept int not null default 0,
      revert_set_id uuid not null,
      by_id uuid,
      error text,
      attempts int not null default 0,
      moved_at timestamptz not null default now()
    );
    comment on table core.revert is 'How a change set is, or was, taken back: kept of the done records of all stayed, wholly or in part';
    comment on column core.revert.by_id is 'With whose rights the background goes on with it; null: only who began it does';
    create index revert_under_way on core.revert (moved_at) where state = 'running';
    create index revert_set on core.revert (revert_set_id);
    create table core.revert_item (
      change_set_id uuid not null references core.revert on delete cascade,
      position int not null,
      object text not null,
      root_id uuid not null,
      kept jsonb,
      primary key (change_set_id, position)
    );
    comment on table core.revert_item is 'Records that are still to be taken back (kept is null), and those that stayed with the reasons';
    create index revert_item_waiting on core.revert_item (change_set_id, position) where kept is null;
    insert into core.revert (change_set_id, state, total, done, kept, revert_set_id)
      select id, 'done', records, records, (flags ->> 'keptCount')::int, reverted_by from core.change_set where reverted_by is not null and flags ? 'keptCount';
    insert into core.revert_item (change_set_id, position, object, root_id, kept)
      select s.id, min(k.n), k.note ->> 'object', (k.note ->> 'record')::uuid, jsonb_agg(k.note - 'object' - 'record' order by k.n)
      from core.change_set s cross join lateral jsonb_array_elements(s.flags -> 'kept') with ordinality as k (note, n)
      where s.reverted_by is not null and s.flags ? 'keptCount' group by s.id, k.note ->> 'object', k.note ->> 'record';
    update core.change_set set flags = flags - 'kept' - 'keptCount' where flags ? 'keptCount'`,
}]
