import type { Migration } from '../database/migration.ts'

export const migrations: Migration[] = [{
  id: 'access-0001-roles',
  sql: `
    create table core.role (
      id uuid primary key,
      key text not null unique,
      name jsonb not null,
      rules jsonb not null,
      built_in boolean not null default false,
      position int not null default 0,
      version int not null default 1
    );
    create table core.user_role (
      user_id uuid not null,
      role_id uuid not null references core.role (id) on delete cascade,
      primary key (user_id, role_id)
    );
    create table core.team_member (
      team_id uuid not null,
      user_id uuid not null,
      leader boolean not null default false,
      primary key (team_id, user_id)
    );
    create index team_member_user on core.team_member (user_id);
    create table core.share (
      object text not null,
      record_id uuid not null,
      user_id uuid,
      team_id uuid,
      level text not null check (level in ('read', 'write')),
      shared_by uuid,
      created_at timestamptz not null default now(),
      check (num_nonnulls(user_id, team_id) = 1),
      unique nulls not distinct (object, record_id, user_id, team_id)
    );
    create index share_user on core.share (user_id, object) where user_id is not null;
    create index share_team on core.share (team_id, object) where team_id is not null;
  `,
}]
