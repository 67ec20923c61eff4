import type { Migration } from '../database/migration.ts'

/** By which rules the stored keys of contact points were made; what is older is brought up to date in the background. */
export const migrations: Migration[] = [{
  id: 'clients-0001-contact-keys',
  sql: `
    create table core.contact_key_rules (
      one boolean primary key default true check (one),
      rules text not null,
      done_at timestamptz not null default now()
    );
  `,
}]
