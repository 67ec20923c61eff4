import type { Migration } from '../database/migration.ts'

/**
 * The metadata of the model. `core.revision` holds the two revisions of the live model: `shape` (objects, fields) and
 * `rules` (stages, gates, roles, options, layouts, settings).
 */
export const migrations: Migration[] = [{
  id: 'model-0001-metadata',
  sql: `
    create table core.revision (
      one boolean primary key default true check (one),
      shape bigint not null default 1,
      rules bigint not null default 1
    );
    insert into core.revision default values;

    create table core.object (
      id uuid primary key,
      name text not null unique,
      plural text not null unique,
      kind text not null check (kind in ('system', 'plugin', 'custom')),
      plugin text,
      table_name text not null unique,
      definition jsonb not null,
      overrides jsonb not null default '{}',
      position int not null default 0,
      hidden_at timestamptz,
      created_at timestamptz not null default now()
    );

    create table core.field (
      id uuid primary key,
      object text not null references core.object (name) on delete cascade,
      field_group text not null default '',
      name text not null,
      kind text not null check (kind in ('system', 'plugin', 'custom')),
      columns jsonb not null,
      definition jsonb not null,
      overrides jsonb not null default '{}',
      version int not null default 1,
      index_state text not null default 'none' check (index_state in ('none', 'building', 'ready', 'failed')),
      hidden_at timestamptz,
      created_at timestamptz not null default now(),
      unique (object, field_group, name)
    );
  `,
}, {
  id: 'model-0002-object-version',
  sql: 'alter table core.object add column version int not null default 1;',
}, {
  id: 'model-0003-pending',
  sql: `
    -- Changes of the model that wait for a table that somebody holds.
    create table core.pending_model_change (
      id uuid primary key,
      change text not null,
      object text not null,
      field text not null default '',
      asked jsonb not null,
      -- Who asked, with what rights: those that were taken since are left out.
      actor jsonb not null,
      since timestamptz not null default now(),
      attempts int not null default 1,
      tried_at timestamptz not null default now(),
      -- \`applied\`: made, and what follows from it is still to be asked for.
      state text not null default 'waiting' check (state in ('waiting', 'applied', 'failed')),
      error text
    );
    create unique index pending_model_change_once on core.pending_model_change (object, field) where state = 'waiting';
  `,
}, {
  id: 'model-0004-deleted-fields',
  sql: `
    -- Own fields that were deleted. Their columns are cleared a day later, and then taken by other fields.
    create table core.deleted_field (
      id uuid primary key,
      object text not null,
      name text not null,
      columns jsonb not null,
      deleted_at timestamptz not null default now(),
      cleared_at timestamptz
    );
    create index deleted_field_object on core.deleted_field (object, name);
  `,
}, {
  id: 'model-0005-written-first',
  sql: `
    -- Changes of fields and pipelines that must write many records first: these are written in batches, by a job of their own.
    alter table core.pending_model_change
      add column pipeline text not null default '',
      add column origin text not null default 'api',
      -- Null where nothing is to be written first.
      add column total int,
      add column done int not null default 0,
      -- The last record that was written in the round under way.
      add column after uuid,
      add column change_set_id uuid;
    alter table core.pending_model_change drop constraint pending_model_change_state_check;
    alter table core.pending_model_change add constraint pending_model_change_state_check check (state in ('waiting', 'applied', 'running', 'stopped', 'failed', 'done'));
    drop index core.pending_model_change_once;
    create unique index pending_model_change_once on core.pending_model_change (object, field, pipeline) where state in ('waiting', 'running');
    create index pending_model_change_under_way on core.pending_model_change (change_set_id) where state = 'running';
  `,
}, {
  id: 'model-0006-search-texts',
  sql: `
    -- In what the records of an object were searched when their texts were written.
    create table core.search_text (
      object text primary key,
      searched text not null,
      done_at timestamptz not null default now()
    );
  `,
}, {
  id: 'model-0007-rows-in-trash',
  sql: `
    -- Rows lie in the trash with their records from now on.
    do $$
    declare place record;
    begin
      for place in
        select o.table_name as part, f.columns->0->>'name' as back, w.table_name as whole
        from core.object o
          cross join lateral jsonb_array_elements(case jsonb_typeof(o.definition->'partOf') when 'array' then o.definition->'partOf' when 'object' then jsonb_build_array(o.definition->'partOf') else '[]' end) as of
          join core.object w on w.name = of->>'object'
          join core.field f on f.object = o.name and f.field_group = '' and f.name = of->>'field'
        union all
        select o.table_name, f.columns->0->>'name', w.table_name
        from core.field f join core.object o on o.name = f.object join core.object w on w.name = f.definition->>'to' where f.definition ? 'givenAs'
      loop
        execute format('update core.%I p set trashed_at = w.trashed_at from core.%I w where p.%I = w.id and p.trashed_at is distinct from w.trashed_at', place.part, place.whole, place.back);
      end loop;
    end $$;
  `,
}]
