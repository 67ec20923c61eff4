import type { Migration } from '../database/migration.ts'

export const migrations: Migration[] = [{
  id: 'handover-0001',
  sql: `
    create table core.substitution (
      id uuid primary key,
      absent_id uuid not null,
      substitute_id uuid not null check (substitute_id <> absent_id),
      from_at timestamptz not null,
      until_at timestamptz not null,
      note text,
      created_at timestamptz not null default now(),
      created_by uuid
    );
    create index substitution_substitute on core.substitution (substitute_id, until_at);
    create index substitution_absent on core.substitution (absent_id, until_at);
    comment on table core.substitution is 'Who stands in for an absent person, from when until when';

    create table core.hand_over (
      id uuid primary key,
      from_id uuid not null,
      rule jsonb not null,
      reason text,
      state text not null check (state in ('running', 'done', 'failed', 'undoing', 'undone')),
      total int not null default 0,
      error text,
      created_at timestamptz not null default now(),
      created_by uuid not null,
      finished_at timestamptz,
      undone_by uuid,
      undone_at timestamptz
    );
    create index hand_over_from on core.hand_over (from_id);
    create table core.hand_over_item (
      hand_over_id uuid not null references core.hand_over (id) on delete cascade,
      position int not null,
      object text not null,
      record_id uuid not null,
      to_id uuid not null,
      state text not null default 'waiting' check (state in ('waiting', 'moved', 'left', 'returned', 'kept')),
      change_set_id uuid,
      message text,
      primary key (hand_over_id, position)
    );
    create index hand_over_item_waiting on core.hand_over_item (hand_over_id, position) where state = 'waiting';
    create index hand_over_item_set on core.hand_over_item (hand_over_id, change_set_id);
    comment on table core.hand_over_item is 'Each record of a hand-over: to whom it goes, and what became of it';`,
}, {
  id: 'handover-0002-attempts',
  sql: `
    alter table core.hand_over add column attempts int not null default 0, add column moved_at timestamptz not null default now();
    comment on column core.hand_over.attempts is 'How often it was begun since it last got further';
    create index hand_over_under_way on core.hand_over (moved_at) where state in ('running', 'undoing');`,
}, {
  id: 'handover-0003-belongings',
  sql: `
    alter table core.hand_over_item add column detail jsonb;
    comment on column core.hand_over_item.detail is 'What the way back needs to know of what is no record: the place in a queue';`,
}, {
  id: 'handover-0004-planned',
  sql: `
    alter table core.hand_over drop constraint hand_over_state_check;
    alter table core.hand_over add constraint hand_over_state_check check (state in ('planned', 'cancelled', 'running', 'done', 'failed', 'undoing', 'undone')),
      add column start_on date, add column begun_at timestamptz, add column letter jsonb;
    comment on column core.hand_over.start_on is 'The day, in the time zone of the company, on which it begins by itself';
    comment on column core.hand_over.letter is 'What the clients that move are told: subject and text with placeholders';
    drop index core.hand_over_under_way;
    create index hand_over_under_way on core.hand_over (moved_at) where state in ('planned', 'running', 'undoing');
    create table core.hand_over_letter (
      id uuid primary key,
      hand_over_id uuid not null references core.hand_over (id) on delete cascade,
      client_id uuid not null,
      to_id uuid not null,
      state text not null default 'waiting' check (state in ('waiting', 'sent', 'failed', 'noAddress', 'mustNot', 'withdrawn')),
      attempts int not null default 0,
      due_at timestamptz not null default now(),
      sent_at timestamptz,
      noted_at timestamptz,
      unique (hand_over_id, client_id)
    );
    create index hand_over_letter_due on core.hand_over_letter (due_at) where state = 'waiting' or state = 'sent' and noted_at is null;
    comment on table core.hand_over_letter is 'What one client is told of a hand-over, and what became of it';`,
}]
