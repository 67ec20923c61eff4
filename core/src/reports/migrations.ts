import type { Migration } from '../database/migration.ts'

export const migrations: Migration[] = [{
  id: 'reports-0001-completeness',
  sql: `
    -- What must be known of a client of this kind.
    create table core.completeness_rule (
      client_kind text primary key,
      kinds text[] not null
    );
    insert into core.completeness_rule (client_kind, kinds) values ('organisation', '{phone,email,taxId,address,contact}'), ('person', '{phone,email}');
  `,
}]
