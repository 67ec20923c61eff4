import type { Migration } from '../database/migration.ts'

export const migrations: Migration[] = [{
  id: 'retyping-0001',
  sql: `
    create table core.field_retype (
      id uuid primary key,
      object text not null,
      key text not null,
      -- The field as it was; after the swap it is hidden under another name, with its columns.
      old_field_id uuid not null,
      -- The field as it became: made by the swap.
      new_field_id uuid not null,
      from_definition jsonb not null,
      to_definition jsonb not null,
      from_columns jsonb not null,
      to_columns jsonb not null,
      empty_failing boolean not null,
      state text not null check (state in ('copying', 'done', 'failed', 'undone', 'old', 'gone')),
      -- How far the first pass came, and from when rows must be looked at again.
      after uuid,
      pass_at timestamptz not null default now(),
      copied bigint not null default 0,
      emptied bigint not null default 0,
      error text,
      user_id uuid,
      user_name text,
      created_at timestamptz not null default now(),
      swapped_at timestamptz,
      -- Since when its spare columns are used by nobody.
      settled_at timestamptz
    );
    create unique index field_retype_one_at_a_time on core.field_retype (object, key) where state = 'copying';
  `,
}, {
  id: 'retyping-0002-attempts',
  sql: 'alter table core.field_retype add column attempts int not null default 0;',
}, {
  id: 'retyping-0003-columns',
  sql: `
    -- False while somebody holds the table, so that the new columns could not be made yet.
    alter table core.field_retype add column columns_there boolean not null default true;
  `,
}]
