import { sql } from 'kysely'
import { ConflictError, InputError, NotAllowedError } from '@kartotek/sdk'
import type { Caller } from '../access/caller.ts'
import { readingOf, type Engine } from '../records/engine.ts'
import { writeRecords } from '../records/write/batch.ts'
import { write } from '../records/write/writing.ts'
import { end, gateBetween, lockRecord, lockRequest, mayDecide, stillWaiting, visibleApproval } from './approval.ts'
import { noteOf } from './request.ts'
import { tell } from './told.ts'

export interface Decision { id: string, approve: boolean, note?: string | null, /** Of the record, as it was looked at. */ version?: number | null }

/**
 * Decides a request once. An approval moves the record as its giver, by the way of every move: who holds `gates.pass` passes
 * what is unmet, and that is flagged; who may only enter by his role meets the rest of the gate like anybody.
 */
export async function decideApproval(engine: Engine, caller: Caller, { id, approve, note, version }: Decision): Promise<{ changeSetId: string | null }> {
  const said = noteOf(note)
  // Whom the request is hidden from learns that first, and nothing of what he lacks.
  await visibleApproval(readingOf(engine, caller), id)
  if (!approve && !said) throw new InputError('Say why you decline.', [{ field: 'note', rule: 'required', message: 'Say why you decline.' }])
  const passGates = approve && readingOf(engine, caller).access.capability('gates.pass')
  return write(engine, caller, { passGates, summary: { key: approve ? 'approvalGiven' : 'approvalDeclined' } }, async (w) => {
    const { row: { record_id: record }, object } = await visibleApproval(w, id)
    await lockRecord(w.db, object.table, record)
    const row = await lockRequest(w.db, id)
    // Judged under the lock: who waited for another writer is judged by what that one left.
    const { rights } = await visibleApproval(w, id)
    if (!mayDecide(w, object, row, rights)) throw new NotAllowedError('Only who may pass this gate decides the request.', { id })
    if (!(await stillWaiting(w.db, object, [row])).length) throw new ConflictError('The record has moved on meanwhile; there is nothing left to decide.', { id })
    const stage = w.generation.stages.get(row.stage_id)!
    if (approve) {
      const { rows: [now] } = await sql<{ version: number }>`select version from core.${sql.id(object.table)} where id = ${record}`.execute(w.db)
      if (version != null && version !== now!.version) throw new ConflictError('Somebody changed this record meanwhile. Look at it again before you approve.', { id, version: now!.version })
      if (gateBetween(w.generation, row.from_stage_id, stage) !== row.gate) throw new ConflictError('The rules of this stage were changed since. Approval must be asked for again.', { id })
      const [moved] = await writeRecords(w, object, [{ op: 'update', id: record, input: { stage: stage.id } }])
      if (!moved!.ok) throw moved!.error
    }
    await end(w.db, id, approve ? 'approved' : 'declined', caller.actor.userId, w.changeSetId)
    await tell(w, object, record, approve ? 'approved' : 'declined', stage, said)
  })
}
