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
}]
