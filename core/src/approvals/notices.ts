import type { RecordEvent } from '@kartotek/sdk'
import { sql } from 'kysely'
import { SYSTEM_CALLER } from '../access/caller.ts'
import { actorOf } from '../access/explain.ts'
import { rolesWith } from '../access/roles.ts'
import { readingOf, type Engine } from '../records/engine.ts'
import { rightsOn } from '../records/write/load.ts'
import { takeBack, type Notice } from '../notifications/notify.ts'
import { mayDecide, stagedObject, stillWaiting, type ApprovalRow } from './approval.ts'
import { wordsWithNote, type Step } from './told.ts'

/** Keys of notices begin so; the request and the change set of the asking or deciding follow. */
const KEY = 'gateApproval:'

/** Tells those who may decide of what waits now. Of a request that was asked again meanwhile, its newest asking. */
export async function askedNotices(engine: Engine, events: readonly RecordEvent[]): Promise<Notice[]> {
  const { rows } = await sql<ApprovalRow>`select * from core.stage_approval where state = 'waiting' and record_id = any(${events.map((e) => e.recordId)}::uuid[])`.execute(engine.db)
  const notices: Notice[] = []
  for (const row of rows) {
    const to = (await decidersOf(engine, row)).filter((user) => user !== row.asked_by)
    if (to.length) notices.push({ ...noticeOf(engine, row, 'asked', to, row.asked_by, row.note), anyOf: true })
  }
  return notices
}

/** Takes back what was told of requests about these records that ended undecided, and of all but the last asking of those that wait. @returns how many notices */
export async function takeBackAsked(db: Engine['db'], records: readonly string[]): Promise<number> {
  return takeBack(db, sql<boolean>`n.kind = 'gateApproval' and n.record_id = any(${records}::uuid[]) and exists (select 1 from core.stage_approval a where a.record_id = n.record_id
    and starts_with(n.key, ${KEY}::text || a.id || ':') and (a.state in ('withdrawn', 'ended') or (a.state = 'waiting' and n.key <> ${KEY}::text || a.id || ':' || a.change_set_id)))`)
}

/** Tells who asked how it was decided, where another one did. */
export async function decidedNotices(engine: Engine, events: readonly RecordEvent[]): Promise<Notice[]> {
  const { rows } = await sql<ApprovalRow>`select * from core.stage_approval where state in ('approved', 'declined') and record_id = any(${events.map((e) => e.recordId)}::uuid[])
    and change_set_id = any(${events.map((e) => e.changeSetId)}::uuid[])`.execute(engine.db)
  const notices: Notice[] = []
  for (const row of rows) {
    if (!row.ended_by || row.ended_by === row.asked_by) continue
    const { rows: [entry] } = await sql<{ text: string | null }>`select e.text from core.change c join core.timeline_entry e on e.id = c.record_id and e.kind = 'approval'
      where c.change_set_id = ${row.change_set_id} and c.object = 'timelineEntry' limit 1`.execute(engine.db)
    notices.push(noticeOf(engine, row, row.state === 'approved' ? 'approved' : 'declined', [row.asked_by], row.ended_by, entry?.text ?? null))
  }
  return notices
}

function noticeOf(engine: Engine, row: ApprovalRow, step: Step, to: string[], by: string, note: string | null): Notice {
  return {
    key: `${KEY}${row.id}:${row.change_set_id}`, kind: 'gateApproval', to, params: { by }, subject: { object: row.object, id: row.record_id },
    text: wordsWithNote(step, engine.live.current.stages.get(row.stage_id)!, note),
  }
}

/** Everybody who may decide the request now: asked of each, with his own rights. */
async function decidersOf(engine: Engine, row: ApprovalRow): Promise<string[]> {
  const { roles, stages } = engine.live.current
  const object = stagedObject(readingOf(engine, SYSTEM_CALLER), row.object)
  if (!object || !(await stillWaiting(engine.db, object, [row])).length) return []
  const able = [...rolesWith(roles, 'gates.pass').map((role) => role.id), ...stages.get(row.stage_id)?.gate.mayPass ?? []]
  const { rows: people } = await sql<{ id: string }>`select distinct u.id from core."user" u join core.user_role r on r.user_id = u.id
    where r.role_id = any(${able}::uuid[]) and u.active and u.trashed_at is null order by u.id`.execute(engine.db)
  const found: string[] = []
  for (const { id } of people) {
    const actor = await actorOf(engine, id)
    if (!actor) continue
    const reading = readingOf(engine, { actor })
    const rights = stagedObject(reading, row.object) && (await rightsOn(reading, object, [row.record_id])).get(row.record_id)
    if (rights && mayDecide(reading, object, row, rights)) found.push(id)
  }
  return found
}
