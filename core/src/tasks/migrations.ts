import type { Migration } from '../database/migration.ts'

/** The secret link by which a calendar program reads a person's tasks: one for each, only its hash is kept. */
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
}]
