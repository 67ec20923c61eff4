import type { Migration } from '../database/migration.ts'

/**
 * Schema `auth`: credentials, sessions and everything that proves who somebody is. The people themselves are records
 * (`core."user"`); a row of `auth."user"` has the id of that record. No secret is stored in a usable form: session ids,
 * tokens and links are hashed, passwords are argon2id, second factors and links to hand over are encrypted.
 *
 * `"user"`, `account`, `session` and `verification` have the columns that better-auth expects.
 */
export const migrations: Migration[] = [{
  id: 'accounts-0001-credentials',
  sql: `
    create schema if not exists auth;
    create schema if not exists core;

    create table auth."user" (
      id uuid primary key,
      name text not null default '',
      email text not null unique,
      email_verified boolean not null default true,
      image text,
      created_at timestamptz not null default now(),
      updated_at timestamptz not null default now()
    );

    create table auth.account (
      id uuid primary key,
      user_id uuid not null references auth."user" (id) on delete cascade,
      account_id text not null,
      provider_id text not null,
      password text,
      access_token text,
      refresh_token text,
      id_token text,
      access_token_expires_at timestamptz,
      refresh_token_expires_at timestamptz,
      scope text,
      created_at timestamptz not null default now(),
      updated_at timestamptz not null default now(),
      unique (provider_id, account_id)
    );
    create index account_user on auth.account (user_id);

    create table auth.session (
      id uuid primary key,
      user_id uuid not null references auth."user" (id) on delete cascade,
      token text not null unique,
      expires_at timestamptz not null,
      ip_address text,
      user_agent text,
      created_at timestamptz not null default now(),
      updated_at timestamptz not null default now(),
      last_seen_at timestamptz not null default now()
    );
    create index session_by_user on auth.session (user_id);

    create table auth.verification (
      id uuid primary key,
      identifier text not null,
      value text not null,
      expires_at timestamptz not null,
      created_at timestamptz not null default now(),
      updated_at timestamptz not null default now()
    );
    create index verification_identifier on auth.verification (identifier);

    create table auth.two_factor (
      user_id uuid primary key references auth."user" (id) on delete cascade,
      sealed_secret text not null,
      confirmed_at timestamptz,
      last_step bigint,
      created_at timestamptz not null default now()
    );
    create table auth.recovery_code (
      user_id uuid not null references auth."user" (id) on delete cascade,
      code_hash text not null,
      used_at timestamptz,
      primary key (user_id, code_hash)
    );

    create table auth.link (
      id uuid primary key,
      kind text not null check (kind in ('setup', 'invitation', 'reset')),
      user_id uuid,
      token_hash text not null unique,
      sealed_token text not null,
      created_by uuid,
      created_at timestamptz not null default now(),
      expires_at timestamptz not null,
      mailed_at timestamptz,
      used_at timestamptz
    );
    create index link_user on auth.link (user_id);

    create table auth.api_token (
      id uuid primary key,
      user_id uuid not null,
      name text not null,
      token_hash text not null unique,
      hint text not null,
      role_ids uuid[],
      created_by uuid,
      created_at timestamptz not null default now(),
      expires_at timestamptz not null,
      last_used_at timestamptz,
      revoked_at timestamptz
    );
    create index api_token_user on auth.api_token (user_id);

    create table auth.rate_limit (
      key varchar(255) primary key,
      points integer not null default 0,
      expire bigint
    );
  `,
}, {
  id: 'accounts-0002-access-changes',
  sql: `
    create table auth.access_change (
      user_id uuid primary key,
      at timestamptz not null
    );
    create index access_change_at on auth.access_change (at);

    -- Called inside the transaction that takes or gives a right. The notification leaves at commit; the row is for
    -- nodes whose listening connection was away at that moment.
    create function auth.announce_access(changed_user uuid) returns void language plpgsql as $$
    begin
      insert into auth.access_change (user_id, at) values (changed_user, clock_timestamp())
        on conflict (user_id) do update set at = excluded.at;
      perform pg_notify('kartotek_access', changed_user::text);
    end $$;
  `,
}, {
  id: 'accounts-0003-access-log',
  sql: `
    create table core.access_log (
      id uuid primary key default gen_random_uuid(),
      at timestamptz not null default now(),
      kind text not null,
      user_id uuid,
      ip text,
      detail jsonb not null default '{}'
    );
    create index access_log_at on core.access_log (at);
    create index access_log_user on core.access_log (user_id, at);

    -- The application only appends: entries never change, and leave only by age.
    create function core.access_log_is_append_only() returns trigger language plpgsql as $$
    begin
      if tg_op = 'DELETE' then
        if old.at < now() - interval '180 days' then return old; end if;
      end if;
      raise exception 'core.access_log is append-only: entries cannot be changed, and not removed before 180 days';
    end $$;
    create trigger access_log_append_only before update or delete on core.access_log
      for each row execute function core.access_log_is_append_only();
    create trigger access_log_no_truncate before truncate on core.access_log
      for each statement execute function core.access_log_is_append_only();
  `,
}, {
  id: 'accounts-0004-announce-rights',
  sql: `
    -- Whoever changes roles, teams or shares, and by whatever way: open sockets of the people concerned hear of it.
    create function auth.rights_changed() returns trigger language plpgsql as $$
    declare changed record;
    begin
      changed := case when tg_op = 'DELETE' then old else new end;
      if changed.user_id is not null then perform auth.announce_access(changed.user_id); end if;
      return null;
    end $$;
    create trigger announce_rights after insert or update or delete on core.user_role
      for each row execute function auth.rights_changed();
    create trigger announce_rights after insert or update or delete on core.team_member
      for each row execute function auth.rights_changed();

    create function auth.shares_changed() returns trigger language plpgsql as $$
    declare changed record;
    begin
      changed := case when tg_op = 'DELETE' then old else new end;
      if changed.user_id is not null then
        perform auth.announce_access(changed.user_id);
      else
        perform auth.announce_access(m.user_id) from core.team_member m where m.team_id = changed.team_id;
      end if;
      return null;
    end $$;
    create trigger announce_rights after insert or update or delete on core.share
      for each row execute function auth.shares_changed();
  `,
}, {
  id: 'accounts-0005-narrowed-tokens',
  sql: 'alter table auth.api_token add column narrowed_to jsonb;',
}]
