import type { Migration } from '../database/migration.ts'

/** The secret links by which a calendar program reads a person's tasks: one for each, only its hash is kept; and what is known of series of tasks. */
export const migrations: Migration[] = [{
  id: 'tasks-0001-calendar-link',
  sql: `
    create table core.calendar_link (
      user_id uuid primary key,
      token_hash text not null unique,
      created_at timestamptz not null default now(),
      last_used_at timestamptz
    );
  `,
}, {
  id: 'tasks-0002-series',
  sql: `
    -- A task of a series that is not looked at any more: followed (no version), ended as of its version, or put off.
    create table core.task_series (
      task_id uuid primary key,
      version int,
      again_at timestamptz
    );
    create index task_series_again on core.task_series (again_at) where again_at is not null;
  `,
}]
