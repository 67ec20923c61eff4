import type { Migration } from '../database/migration.ts'

/**
 * What people are told. A row waits to be handed to the channels while `handed_at` is null; `notification_delivery` holds what
 * a channel still has to send. `batch` names one letter: whoever sends it again after a crash sends the same one.
 */
export const migrations: Migration[] = [{
  id: 'notifications-0001-notifications',
  sql: `
    create table core.notification (
      id uuid primary key,
      user_id uuid not null,
      key text not null,
      kind text not null,
      object text,
      record_id uuid,
      params jsonb not null default '{}',
      text jsonb,
      in_app boolean not null,
      at timestamptz not null default clock_timestamp(),
      read_at timestamptz,
      handed_at timestamptz,
      unique (user_id, key)
    );
    create index notification_list on core.notification (user_id, id desc) where in_app;
    create index notification_unread on core.notification (user_id, id desc) where in_app and read_at is null;
    create index notification_waiting on core.notification (id) where handed_at is null;
    create index notification_age on core.notification (at);

    create table core.notification_delivery (
      notification_id uuid not null references core.notification (id) on delete cascade,
      channel text not null,
      user_id uuid not null,
      created_at timestamptz not null default clock_timestamp(),
      due_at timestamptz not null default clock_timestamp(),
      attempts int not null default 0,
      batch uuid,
      primary key (notification_id, channel)
    );
    create index notification_delivery_due on core.notification_delivery (due_at);
    create index notification_delivery_person on core.notification_delivery (user_id, channel);

    create table core.notification_setting (
      user_id uuid primary key,
      settings jsonb not null
    );

    -- Up to which moment something that comes with time (tasks due, stuck records) was looked at.
    create table core.notification_watch (
      name text primary key,
      until timestamptz not null
    );
  `,
}, {
  // What is about many records is counted when it is read. Rows from before hold a number that nobody can check any more: those of
  // one change are counted anew, those of an import name none.
  id: 'notifications-0002-many',
  sql: `
    alter table core.notification add column change_set_id uuid, add column hand_over_id uuid;
    comment on column core.notification.change_set_id is 'About all records of the object that this change gave to the person';
    comment on column core.notification.hand_over_id is 'About all records that this hand-over gave to the person';
    update core.notification set object = split_part(key, ':', 2), change_set_id = split_part(key, ':', 3)::uuid, text = null
      where kind = 'assignment' and object is null and split_part(key, ':', 3) ~ '^[0-9a-f]{8}-[0-9a-f-]{27}$';
    delete from core.notification where kind = 'assignment' and object is null;
  `,
}, {
  id: 'notifications-0003-stood-in',
  sql: `
    alter table core.notification add column for_id uuid;
    comment on column core.notification.for_id is 'The absent person whom it was meant for: whoever stands in for her is told, too, while he does';
  `,
}]
