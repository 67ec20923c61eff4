import type { Migration } from '../database/migration.ts'

export const migrations: Migration[] = [{
  id: 'pipelines-0001',
  sql: `
    create table core.pipeline (
      id uuid primary key,
      object text not null,
      key text not null,
      name jsonb not null,
      position int not null default 0,
      is_default boolean not null default false,
      archived_at timestamptz,
      version int not null default 1,
      unique (object, key)
    );
    create unique index pipeline_default on core.pipeline (object) where is_default and archived_at is null;
    create table core.stage (
      id uuid primary key,
      pipeline_id uuid not null references core.pipeline (id) on delete cascade,
      key text not null,
      name jsonb not null,
      kind text not null check (kind in ('open', 'won', 'lost')),
      color text not null default 'slate',
      probability int not null default 0 check (probability between 0 and 100),
      norm_hours int,
      position int not null default 0,
      gate jsonb not null default '{}',
      archived_at timestamptz,
      unique (pipeline_id, key)
    );
    create table core.stage_visit (
      id uuid primary key,
      object text not null,
      record_id uuid not null,
      pipeline_id uuid not null,
      stage_id uuid not null,
      kind text not null check (kind in ('created', 'moved', 'final')),
      entered_at timestamptz not null,
      left_at timestamptz,
      entered_by uuid,
      change_set_id uuid not null,
      gate_passed jsonb
    );
    create index stage_visit_record on core.stage_visit (record_id, entered_at);
    create index stage_visit_stage on core.stage_visit (stage_id, entered_at);
  `,
}]
