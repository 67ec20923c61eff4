import type { Migration } from '../database/migration.ts'

const saved = (table: string): string => `
    create table core.${table} (
      id uuid primary key,
      object text not null,
      name text not null,
      owner_id uuid not null,
      definition jsonb not null,
      everybody boolean not null default false,
      teams uuid[] not null default '{}',
      roles uuid[] not null default '{}',
      version int not null default 1,
      created_at timestamptz not null default now(),
      updated_at timestamptz not null default now(),
      trashed_at timestamptz
    );
    create index ${table}_object on core.${table} (object, owner_id);`

/** Ways to look at lists, and conditions that have a name: both belong to a person and can be shared. */
export const migrations: Migration[] = [{
  id: 'views-0001-views-and-segments',
  sql: `${saved('view')}
    ${saved('segment')}
    create table core.view_default (
      user_id uuid not null,
      object text not null,
      view_id uuid not null references core.view (id) on delete cascade,
      primary key (user_id, object)
    );
  `,
}]
