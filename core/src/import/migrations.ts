import type { Migration } from '../database/migration.ts'

export const migrations: Migration[] = [{
  id: 'import-0001',
  sql: `
    create table core.external_ref (
      system text not null,
      object text not null,
      external_id text not null,
      record_id uuid not null,
      primary key (system, object, external_id)
    );
    create index external_ref_record on core.external_ref (record_id);
    create table core.upload (
      id uuid primary key,
      name text not null,
      bytes bigint not null,
      user_id uuid,
      created_at timestamptz not null default now()
    );
    create table core.import_job (
      id uuid primary key,
      name text not null,
      file_name text not null,
      upload_id uuid,
      mapping jsonb not null,
      dry_run boolean not null,
      state text not null check (state in ('waiting', 'running', 'done', 'failed', 'cancelled')),
      cancel_asked boolean not null default false,
      header jsonb,
      separator text,
      position bigint not null default 0,
      created bigint not null default 0,
      updated bigint not null default 0,
      skipped bigint not null default 0,
      failed bigint not null default 0,
      bytes bigint,
      bytes_read bigint not null default 0,
      change_set_id uuid not null,
      user_id uuid,
      error text,
      created_at timestamptz not null default now(),
      started_at timestamptz,
      finished_at timestamptz,
      constraint import_job_no_row_vanishes check (position = created + updated + skipped + failed)
    );
    create index import_job_user on core.import_job (user_id, id);
    create table core.import_problem (
      job_id uuid not null references core.import_job on delete cascade,
      row_number int not null,
      raw text not null,
      problems jsonb not null,
      primary key (job_id, row_number)
    );
  `,
}, {
  // json, not jsonb: the order of the fields is the order of what is said about a row.
  id: 'import-0002',
  sql: 'alter table core.import_job alter column mapping type json',
}, {
  id: 'import-0003-templates',
  sql: `
    create table core.import_template (
      id uuid primary key,
      name text not null,
      object text not null,
      mapping json not null,
      user_id uuid,
      updated_at timestamptz not null default now(),
      unique (object, name)
    );`,
}, {
  id: 'import-0004-alike',
  sql: `
    create table core.import_alike (
      job_id uuid not null references core.import_job on delete cascade,
      row_number int not null,
      object text not null,
      record_id uuid,
      other_id uuid not null,
      kinds text[] not null,
      primary key (job_id, row_number, object, other_id)
    );
    comment on table core.import_alike is 'Rows of imports whose new records resemble records that were there';`,
}, {
  id: 'import-0005-refs-of-plugins',
  sql: `
    -- A plugin's names for records are kept beside those of imports (and follow merges like them), as "@<plugin>/<system>/<type>". Each leads to one record, of whatever object.
    create unique index external_ref_of_plugins on core.external_ref (system, external_id) where starts_with(system, '@');
  `,
}]
