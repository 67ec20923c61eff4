import type { Migration } from '../database/migration.ts'

export const migrations: Migration[] = [{
  id: 'privacy-0001-purposes',
  sql: `
    create table core.consent_purpose (
      key text primary key,
      labels jsonb not null,
      -- Without consent one may not; otherwise one may until it is taken back.
      needs_consent boolean not null,
      text_version int not null default 1,
      position int not null default 0,
      archived_at timestamptz
    );
    -- What people agreed to, in the words that they read then.
    create table core.consent_text (
      purpose text not null references core.consent_purpose (key) on delete cascade,
      version int not null,
      text text not null,
      since timestamptz not null default now(),
      primary key (purpose, version)
    );
    insert into core.consent_purpose (key, labels, needs_consent, position) values
      ('marketing', '{"ru":"Новости и предложения","uk":"Новини та пропозиції","fi":"Uutiset ja tarjoukset","en":"News and offers"}', true, 0),
      ('service', '{"ru":"Работа по заказам","uk":"Робота за замовленнями","fi":"Tilausten hoito","en":"Work on orders"}', false, 1);
    insert into core.consent_text (purpose, version, text) values ('marketing', 1, ''), ('service', 1, '');
    -- Who exported or erased whose data. Never what was in them.
    create table core.privacy_log (
      id uuid primary key,
      kind text not null check (kind in ('export', 'erasure')),
      object text not null,
      record_id uuid not null,
      user_id uuid,
      user_name text not null,
      counts jsonb not null default '{}',
      at timestamptz not null default now()
    );
    create table core.retention (
      kind text primary key check (kind in ('contact', 'client')),
      months int not null check (months between 1 and 600),
      mode text not null check (mode in ('off', 'propose', 'erase')),
      told_at timestamptz
    );
    insert into core.retention (kind, months, mode) values ('contact', 36, 'off'), ('client', 36, 'off');
  `,
}, {
  id: 'privacy-0002-requests',
  sql: `
    alter table core.retention drop constraint retention_kind_check;
    insert into core.retention (kind, months, mode) values ('intakeItem', 12, 'off');
  `,
}]
