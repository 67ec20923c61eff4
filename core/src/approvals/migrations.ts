import type { Migration } from '../database/migration.ts'

/**
 * Requests to let a record into a stage whose gate is closed. `from_stage_id` and `entered_at` name the visit in which it was asked:
 * a request ends with it. `gate` is a fingerprint of the rules that were in the way. The note goes when the request ends: the
 * timeline keeps it.
 */
export const migrations: Migration[] = [{
  id: 'approvals-0001-requests',
  sql: `
    create table core.stage_approval (
      id uuid primary key,
      object text not null,
      record_id uuid not null,
      stage_id uuid not null,
      from_stage_id uuid,
      entered_at timestamptz,
      gate text not null,
      missing jsonb not null,
      note text,
      asked_by uuid not null,
      asked_at timestamptz not null,
      change_set_id uuid not null,
      state text not null default 'waiting' check (state in ('waiting', 'approved', 'declined', 'withdrawn', 'ended')),
      ended_by uuid,
      ended_at timestamptz
    );
    create unique index stage_approval_waiting on core.stage_approval (record_id) where state = 'waiting';
    create index stage_approval_queue on core.stage_approval (id) where state = 'waiting';
    create index stage_approval_record on core.stage_approval (record_id);
    -- What was told by this name before had another meaning.
    delete from core.notification where kind = 'gateApproval';
  `,
}, {
  id: 'approvals-0002-notices',
  sql: `
    -- What was told of requests that end undecided is taken back.
    create index notification_of_approval on core.notification (record_id) where kind = 'gateApproval';
  `,
}]
