import type { Migration } from '../database/migration.ts'

/** Settings made in the application: `company`, and `plugin.<id>` for each plugin. */
export const migrations: Migration[] = [{
  id: 'settings-0001-setting',
  sql: `
    create table core.setting (
      key text primary key,
      value jsonb not null,
      updated_at timestamptz not null default now(),
      updated_by uuid
    );
  `,
}]
