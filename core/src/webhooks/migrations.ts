import type { Migration } from '../database/migration.ts'

/**
 * Whom we tell of events outside, and each single telling. The id of the event and the endpoint make a delivery one, however
 * often the event comes and on however many nodes. A delivery in somebody's hands has its `next_at` in the near future, so that
 * what a dead process held is taken up again.
 */
export const migrations: Migration[] = [{
  id: 'webhooks-0001-endpoints',
  sql: `
    create table core.webhook (
      id uuid primary key,
      name text not null,
      url text not null,
      events text[] not null,
      object text,
      condition jsonb,
      fields text[] not null default '{}',
      active boolean not null,
      -- With whose eyes records are read.
      owner_id uuid not null,
      secret jsonb not null,
      former_secret jsonb,
      former_until timestamptz,
      failing_since timestamptz,
      stopped text check (stopped in ('failing', 'gone', 'owner')),
      stopped_at timestamptz,
      version int not null default 1,
      created_at timestamptz not null default now(),
      trashed_at timestamptz
    );
    create table core.webhook_delivery (
      id uuid primary key,
      webhook_id uuid not null references core.webhook (id) on delete cascade,
      event_id text not null,
      event text not null,
      object text,
      record_id uuid,
      change_set_id uuid,
      changed text[] not null default '{}',
      details jsonb,
      happened_at timestamptz not null,
      state text not null default 'waiting' check (state in ('waiting', 'done', 'failed', 'skipped')),
      attempts int not null default 0,
      next_at timestamptz,
      tried_at timestamptz,
      code int,
      response text,
      error text,
      unique (webhook_id, event_id)
    );
    create index webhook_delivery_due on core.webhook_delivery (webhook_id, next_at) where state = 'waiting';
    create index webhook_delivery_log on core.webhook_delivery (webhook_id, id desc);
    create index webhook_delivery_failed on core.webhook_delivery (webhook_id, id desc) where state = 'failed';
    create index webhook_delivery_age on core.webhook_delivery (happened_at);
  `,
}]
