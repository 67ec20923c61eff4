import type { Migration } from '../database/migration.ts'

export const migrations: Migration[] = [{
  id: 'files-0001-versions',
  sql: `
    create table core.file_version (
      id uuid primary key,
      file_id uuid not null,
      number int not null,
      name text not null,
      bytes bigint not null,
      mime text not null,
      sha256 text not null,
      width int,
      height int,
      has_preview boolean not null default false,
      created_at timestamptz not null default now(),
      created_by uuid,
      unique (file_id, number)
    );
    comment on table core.file_version is 'Contents of files, kept in the storage under the id of the version';`,
}, {
  id: 'files-0002-storage',
  sql: `
    alter table core.file_version add column storage text not null default '';
    comment on column core.file_version.storage is 'The plugin that keeps the contents; empty: the data directory';`,
}, {
  id: 'files-0003-made',
  sql: `
    alter table core.file_version add column made text;
    comment on column core.file_version.made is 'The document that this is: plugin, template, format and language; null where the contents were brought';`,
}]
