import { createHash } from 'node:crypto'
import { sql, type Kysely } from 'kysely'
import { ConflictError, NotFoundError } from '@kartotek/sdk'
import { UUID } from '../facts/uuid.ts'
import type { Generation } from '../model/generation.ts'
import type { ObjectModel } from '../model/model.ts'
import type { Stage } from '../pipelines/pipeline.ts'
import type { Reading } from '../records/reading.ts'
import { rightsOn, type Rights } from '../records/write/load.ts'
import type { Missing } from '../records/write/stages.ts'

// eslint-disable-next-line @typescript-eslint/no-explicit-any -- tables come and go with the model
type Db = Kysely<any>

/** A row of `core.stage_approval`. */
export interface ApprovalRow {
  id: string
  object: string
  record_id: string
  stage_id: string
  from_stage_id: string | null
  entered_at: Date | null
  gate: string
  missing: Pick<Missing, 'rule' | 'field'>[]
  note: string | null
  asked_by: string
  asked_at: Date
  change_set_id: string
  state: 'waiting' | 'approved' | 'declined' | 'withdrawn' | 'ended'
  ended_by: string | null
  ended_at: Date | null
}

/** The object with stages of this name, as far as the reader may know of its stages. */
export function stagedObject({ generation: { model }, access }: Pick<Reading, 'generation' | 'access'>, name: string): ObjectModel | null {
  const object = model.objects.get(name)
  return object?.staged && access.scope(object, 'read') !== 'none' && access.canRead(object.byKey.get('stage')!) ? object : null
}

/**
 * Who may decide may change the record, and could take it through the gate himself: by the right to pass closed gates, or,
 * where nothing but the role is in the way, by a role that may enter. So an approval gives no more than its giver has.
 */
export function mayDecide({ generation, access }: Pick<Reading, 'generation' | 'access'>, object: ObjectModel, row: Pick<ApprovalRow, 'stage_id' | 'missing'>, rights: Pick<Rights, 'update'>): boolean {
  if (!access.actor.userId || !rights.update || !access.canWrite(object.byKey.get('stage')!)) return false
  if (access.capability('gates.pass')) return true
  const enters = generation.stages.get(row.stage_id)?.gate.mayPass?.some((role) => access.actor.roleIds.includes(role)) ?? false
  return enters && row.missing.every(({ rule }) => rule === 'role')
}

/** The rules that stand between two stages, as they are now. */
export function gateBetween(generation: Generation, from: string | null, to: Stage): string {
  const next = from ? generation.stages.get(from)?.gate.allowedNext ?? [] : []
  return createHash('sha256').update(JSON.stringify([to.gate, to.kind, to.archived, next])).digest('hex')
}

/** Those of the waiting requests whose record still stands where it stood when it was asked. */
export async function stillWaiting(db: Db, object: ObjectModel, rows: readonly ApprovalRow[]): Promise<ApprovalRow[]> {
  const { rows: open } = await sql<{ id: string }>`select a.id from core.stage_approval a join core.${sql.id(object.table)} r on r.id = a.record_id
    where a.id = any(${rows.map((row) => row.id)}::uuid[]) and a.state = 'waiting' and ${stands}`.execute(db)
  const ids = new Set(open.map((row) => row.id))
  return rows.filter((row) => ids.has(row.id))
}

const stands = sql<boolean>`(r.trashed_at is null and r.stage_id is not distinct from a.from_stage_id and r.stage_entered_at is not distinct from a.entered_at)`

/** Ends what waits for records that have moved on or lie in the trash. @returns these records */
export async function endPassed(db: Db, object: ObjectModel, records: readonly string[]): Promise<string[]> {
  const { rows } = await sql<{ id: string }>`update core.stage_approval a set state = 'ended', note = null, ended_at = now() from core.${sql.id(object.table)} r
    where r.id = a.record_id and a.record_id = any(${records}::uuid[]) and a.state = 'waiting' and not ${stands} returning a.record_id as id`.execute(db)
  return rows.map((row) => row.id)
}

/** The record first and the request then: all who take both take them in this order. */
export async function lockRecord(db: Db, table: string, id: string): Promise<void> {
  await sql`select 1 from core.${sql.id(table)} where id = ${id} for update`.execute(db)
}

/** The request, locked for the rest of the transaction; whoever else decides it waits here. */
export async function lockRequest(db: Db, id: string): Promise<ApprovalRow> {
  const { rows: [row] } = await sql<ApprovalRow>`select * from core.stage_approval where id = ${id} for update`.execute(db)
  if (!row) throw new NotFoundError('There is no such request.', { id })
  if (row.state === 'approved' || row.state === 'declined') throw new ConflictError('Somebody has decided this request already.', { id, state: row.state })
  if (row.state !== 'waiting') throw new ConflictError('This request was withdrawn or has ended.', { id, state: row.state })
  return row
}

/** Ends a request. The note goes: the timeline keeps it. */
export async function end(db: Db, id: string, state: ApprovalRow['state'], by: string | null, changeSet?: string): Promise<void> {
  await sql`update core.stage_approval set state = ${state}, note = null, ended_by = ${by}, ended_at = now(), change_set_id = coalesce(${changeSet ?? null}::uuid, change_set_id) where id = ${id}`.execute(db)
}

/**
 * A request with the reader's rights on its record.
 * @throws NotFoundError where he does not see the record or its stage
 */
export async function visibleApproval(reading: Reading, id: string): Promise<{ row: ApprovalRow, object: ObjectModel, rights: Rights }> {
  const { rows: [row] } = UUID.test(id) ? await sql<ApprovalRow>`select * from core.stage_approval where id = ${id}`.execute(reading.db) : { rows: [] }
  const object = row && stagedObject(reading, row.object)
  const rights = object && (await rightsOn(reading, object, [row.record_id])).get(row.record_id)
  if (!rights) throw new NotFoundError('There is no such request.', { id })
  return { row, object, rights }
}
