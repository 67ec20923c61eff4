import type { Migration } from '../database/migration.ts'

export const migrations: Migration[] = [{
  id: 'automation-0001-rules',
  sql: `
    create table core.automation_rule (
      id uuid primary key,
      name text not null,
      object text not null,
      active boolean not null,
      trigger jsonb not null,
      condition jsonb,
      actions jsonb not null,
      version int not null default 1,
      -- Whose turn it is, where work goes round a pool.
      turn int not null default 0,
      -- What the clock brings counts from here: an older past is not made up for.
      active_since timestamptz not null default now(),
      looked_until timestamptz,
      created_at timestamptz not null default now(),
      created_by uuid,
      trashed_at timestamptz
    );
    create table core.automation_run (
      id uuid primary key,
      rule_id uuid not null references core.automation_rule (id) on delete cascade,
      -- One run for what happened once: however often it is told, and on however many nodes.
      key text not null,
      object text not null,
      record_id uuid not null,
      cause jsonb not null,
      state text not null,
      attempts int not null default 1,
      steps jsonb not null default '[]',
      error text,
      change_set_id uuid,
      -- Runs that led here: rule and record of each.
      chain text[] not null default '{}',
      at timestamptz not null default now(),
      unique (rule_id, key)
    );
    create index automation_run_at on core.automation_run (rule_id, id desc);
    create index automation_run_change_set on core.automation_run (change_set_id) where change_set_id is not null;
    create index automation_run_record on core.automation_run (record_id, at);
  `,
}, {
  id: 'automation-0002-problems',
  sql: `
    -- Why the clock could not look for the rule's records.
    alter table core.automation_rule add column problem text;
    create index automation_run_age on core.automation_run (at);
  `,
}]
