import { sql } from 'kysely'
import { uuidv7 } from 'uuidv7'
import { ConflictError, GateClosedError, InputError, NotAllowedError, NotFoundError } from '@kartotek/sdk'
import type { Caller } from '../access/caller.ts'
import type { Engine } from '../records/engine.ts'
import { writeRecords } from '../records/write/batch.ts'
import type { Missing } from '../records/write/stages.ts'
import { write } from '../records/write/writing.ts'
import { end, gateBetween, lockRecord, lockRequest, stagedObject, visibleApproval, type ApprovalRow } from './approval.ts'
import { tell } from './told.ts'

const MAX_NOTE = 2_000

/** What somebody says to a request; at most a page. */
export function noteOf(note: string | null | undefined): string | null {
  const text = note?.trim() || null
  if (text && text.length > MAX_NOTE) throw new InputError('The note is too long.', [{ field: 'note', rule: 'maxLength', message: 'The note is too long.', params: { max: MAX_NOTE } }])
  return text
}

/**
 * Asks to let a record into a stage that its gate keeps closed to the caller. Whether it is closed is found by trying the move, by
 * the way that every move goes. The record stays locked until the request stands, so that it cannot move on under it.
 * @returns the id of the request
 */
export async function requestApproval(engine: Engine, caller: Caller, { object: name, id, stage, note }: { object: string, id: string, stage: string, note?: string | null }): Promise<{ id: string, changeSetId: string | null }> {
  const asker = caller.actor.userId
  if (!asker) throw new NotAllowedError('Only a person asks for approval.')
  const said = noteOf(note)
  const { result, changeSetId } = await write(engine, caller, { summary: { key: 'approvalAsked' } }, async (w) => {
    const object = stagedObject(w, name)
    if (!object) throw new NotFoundError('There is no such record.', { object: name, id })
    const [tried] = await writeRecords(w, object, [{ op: 'update', id, input: { stage } }])
    if (tried!.ok) throw new ConflictError('Nothing keeps this stage closed to you: move the record there.', { object: name, id })
    if (!(tried!.error instanceof GateClosedError)) throw tried!.error
    const missing = (tried!.error.data.missing as Missing[]).map(({ rule, field }) => ({ rule, ...field ? { field } : {} }))
    const { rows: [visit] } = await sql<{ stage: string | null, entered: string | null }>`select stage_id as stage, stage_entered_at::text as entered from core.${sql.id(object.table)} where id = ${id}`.execute(w.db)
    const { rows: [before] } = await sql<ApprovalRow>`select * from core.stage_approval where record_id = ${id} and state = 'waiting' for update`.execute(w.db)
    const again = before?.stage_id === stage
    if (before && !again) await end(w.db, before.id, 'ended', asker)
    const target = w.generation.stages.get(stage)!
    const request = again ? before.id : uuidv7()
    await sql`insert into core.stage_approval (id, object, record_id, stage_id, from_stage_id, entered_at, gate, missing, note, asked_by, asked_at, change_set_id)
      values (${request}, ${object.name}, ${id}, ${stage}, ${visit!.stage}, ${visit!.entered}::timestamptz, ${gateBetween(w.generation, visit!.stage, target)}, ${JSON.stringify(missing)}::jsonb, ${said}, ${asker}, ${w.now}, ${w.changeSetId})
      on conflict (id) do update set from_stage_id = excluded.from_stage_id, entered_at = excluded.entered_at, gate = excluded.gate, missing = excluded.missing, note = excluded.note,
        asked_by = excluded.asked_by, asked_at = excluded.asked_at, change_set_id = excluded.change_set_id`.execute(w.db)
    await tell(w, object, id, 'asked', target, said)
    return request
  })
  return { id: result, changeSetId }
}

/** Takes one's own request back. */
export async function withdrawApproval(engine: Engine, caller: Caller, id: string): Promise<{ changeSetId: string | null }> {
  return write(engine, caller, { summary: { key: 'approvalWithdrawn' } }, async (w) => {
    const { object, row: { record_id: record, stage_id: stage } } = await visibleApproval(w, id)
    await lockRecord(w.db, object.table, record)
    const row = await lockRequest(w.db, id)
    if (row.asked_by !== caller.actor.userId) throw new NotAllowedError('Only who asked may take the request back.', { id })
    await end(w.db, id, 'withdrawn', row.asked_by)
    await tell(w, object, record, 'withdrawn', w.generation.stages.get(stage)!, null)
  })
}
