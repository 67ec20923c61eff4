import type { Migration } from '../database/migration.ts'

/** What was decided about an item and why; and whose turn it is by each rule. */
export const migrations: Migration[] = [{
  id: 'intake-0001-decisions',
  sql: `
    create table core.intake_decision (
      id uuid primary key,
      item_id uuid not null,
      at timestamptz not null default clock_timestamp(),
      code text not null,
      params jsonb not null default '{}',
      user_id uuid
    );
    create index intake_decision_item on core.intake_decision (item_id, id);
    create index intake_decision_assigned on core.intake_decision (user_id, at) where code = 'assigned';
    create table core.intake_turn (
      rule_id uuid primary key,
      turn jsonb not null
    );
  `,
}]
