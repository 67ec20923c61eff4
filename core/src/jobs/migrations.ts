import type { Migration } from '../database/migration.ts'

export const migrations: Migration[] = [{
  id: 'jobs-0001-waiting',
  sql: `
    create table core.waiting_job (id uuid primary key, queue text not null, job jsonb not null);
    comment on table core.waiting_job is 'Jobs that came with a restored archive and wait for the start that takes them over; empty otherwise';`,
}, {
  id: 'jobs-0002-started',
  sql: `
    create table core.job_started (queue text not null, at timestamptz not null);
    create index job_started_queue_at on core.job_started (queue, at);
    comment on table core.job_started is 'Runs of the queues that have a rate, as long as they count';`,
}]
