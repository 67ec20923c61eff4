import type { PluginMigration } from '@kartotek/sdk'

export const migrations: PluginMigration[] = [{
  id: '0001-inbound',
  sql: `
    create table inbound (
      id bigint generated always as identity primary key,
      channel text not null,
      key text not null,
      conversation text,
      kind text not null,
      content jsonb,
      received_at timestamptz not null default now(),
      next_at timestamptz not null default now(),
      attempts int not null default 0,
      error text,
      done_at timestamptz,
      unique (channel, key)
    );
    create index inbound_waiting on inbound (id) where done_at is null;
    create index inbound_conversation on inbound (channel, conversation);
    create table pace (key text primary key, next_at timestamptz not null);
    create table cursor (channel text primary key, position bigint not null);
    create table taken (key text primary key, at timestamptz not null default now());
    create table rate (key text primary key, until_at timestamptz not null, count int not null);
    create table form_consent (item uuid primary key, form uuid not null, purpose text, version int, text text not null, address text not null, at timestamptz not null default now(), kept_for uuid);
    create table chat_line (id uuid primary key, visitor text not null, direction text not null, text text, files jsonb, at timestamptz not null default clock_timestamp());
    create index chat_line_visitor on chat_line (visitor, at);`,
}, {
  // One row and no more, whoever comes first.
  id: '0002-door-secret',
  sql: `
    create table door_secret (one boolean primary key default true check (one), secret text not null);
    insert into door_secret (secret) select key from taken where key like 'secret:%' order by key limit 1;
    delete from taken where key like 'secret:%';`,
}, {
  id: '0003-left-alone',
  sql: 'create table left_alone (channel text primary key, messages bigint not null, last_at timestamptz not null);',
}]
