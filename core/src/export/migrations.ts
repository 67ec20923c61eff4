import type { Migration } from '../database/migration.ts'

export const migrations: Migration[] = [{
  id: 'export-0001-ticket',
  sql: `
    create table core.export_ticket (
      id uuid primary key,
      user_id uuid,
      actor_id text not null,
      request json not null,
      created_at timestamptz not null default now(),
      used_at timestamptz
    );
    comment on table core.export_ticket is 'Exports that were asked for: each is fetched once, by who asked for it, within minutes';
    -- Heads of sales exported by hand what they saw all of; roles that a company has changed since are its own.
    update core.role set rules = jsonb_set(rules, '{capabilities}', coalesce(rules -> 'capabilities', '[]') || '["export.run"]')
      where key = 'head_of_sales' and built_in and not coalesce(rules -> 'capabilities', '[]') ? 'export.run';
  `,
}]
