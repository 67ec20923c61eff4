import type { Migration } from '../database/migration.ts'

export const migrations: Migration[] = [{
  id: 'jobs-0001-waiting',
  sql: `
    create table core.waiting_job (id uuid primary key, queue text not null, job jsonb not null);
    comment on table core.waiting_job is 'Jobs that came with a restored archive and wait for the start that takes them over; empty otherwise';`,
}]
