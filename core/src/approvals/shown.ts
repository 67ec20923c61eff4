import { sql } from 'kysely'
import { LimitError, NotFoundError, textIn } from '@kartotek/sdk'
import { visibleTitles } from '../changes/changes.ts'
import { halvesOf } from '../conditions/condition.ts'
import { UUID } from '../facts/uuid.ts'
import { objectOf, type ObjectModel } from '../model/model.ts'
import { conditionMessage, gateMessage } from '../pipelines/gate-messages.ts'
import type { Stage } from '../pipelines/pipeline.ts'
import { mayRequire } from '../pipelines/visible-gate.ts'
import type { Reading } from '../records/reading.ts'
import { rightsOn } from '../records/write/load.ts'
import { mayDecide, stagedObject, stillWaiting, visibleApproval, type ApprovalRow } from './approval.ts'

/** A request as its reader may see it. */
export interface Shown {
  id: string
  state: string
  record: { object: string, id: string, title: string | null }
  stage: Stage
  note: string | null
  unmet: string[]
  askedBy: { id: string | null, name: string }
  askedAt: string
  mayDecide: boolean
  mayWithdraw: boolean
}

const MOST = 200

/** What waits, oldest first: what the reader may decide, or what he asked for. */
export async function waitingApprovals(reading: Reading, shelf: 'TO_DECIDE' | 'ASKED', first: number): Promise<Shown[]> {
  if (first < 1 || first > MOST) throw new LimitError(`A page holds 1–${MOST} requests.`, { limit: MOST })
  const me = reading.access.actor.userId
  const found: Shown[] = []
  for (let after: string | null = null; me && found.length < first;) {
    const { rows }: { rows: ApprovalRow[] } = await sql<ApprovalRow>`select * from core.stage_approval where state = 'waiting' ${after ? sql`and id > ${after}::uuid` : sql``}
      ${shelf === 'ASKED' ? sql`and asked_by = ${me}` : sql``} order by id limit ${sql.lit(MOST)}`.execute(reading.db)
    found.push(...(await show(reading, rows)).filter((one) => shelf === 'ASKED' || one.mayDecide))
    if (rows.length < MOST) break
    after = rows.at(-1)!.id
  }
  return found.slice(0, first)
}

/**
 * The request that waits on a record, if one does.
 * @throws NotFoundError for a record that the reader may not see
 */
export async function approvalOf(reading: Reading, name: string, id: string): Promise<Shown | null> {
  const object = stagedObject(reading, name)
  if (!object || !UUID.test(id) || !(await rightsOn(reading, object, [id])).size) throw new NotFoundError('There is no such record.', { object: name, id })
  const { rows } = await sql<ApprovalRow>`select * from core.stage_approval where record_id = ${id} and object = ${name} and state = 'waiting'`.execute(reading.db)
  return (await show(reading, rows))[0] ?? null
}

/** One request, whatever became of it. */
export async function approvalById(reading: Reading, id: string): Promise<Shown> {
  const { row, object } = await visibleApproval(reading, id)
  return (await shownOf(reading, object, [row]))[0]!
}

async function show(reading: Reading, rows: readonly ApprovalRow[]): Promise<Shown[]> {
  const shown: Shown[] = []
  for (const [name, group] of Map.groupBy(rows, (row) => row.object)) {
    const object = stagedObject(reading, name)
    if (object) shown.push(...await shownOf(reading, object, await stillWaiting(reading.db, object, group)))
  }
  return shown.sort((a, b) => (a.id < b.id ? -1 : 1))
}

async function shownOf(reading: Reading, object: ObjectModel, rows: readonly ApprovalRow[]): Promise<Shown[]> {
  const { access, generation, locale } = reading
  const rights = await rightsOn(reading, object, rows.map((row) => row.record_id))
  const seen = rows.filter((row) => rights.has(row.record_id))
  const titles = await visibleTitles(reading, seen.map((row) => [object.name, row.record_id]))
  const names = await visibleTitles(reading, seen.map((row) => ['user', row.asked_by]))
  return seen.flatMap((row): Shown[] => {
    const stage = generation.stages.get(row.stage_id)
    const mine = row.asked_by === access.actor.userId
    const name = mine ? access.actor.name : names.get(row.asked_by)
    return stage ? [{
      id: row.id, state: row.state.toUpperCase(), record: { object: object.name, id: row.record_id, title: titles.get(row.record_id) ?? null }, stage, note: row.note,
      unmet: [...new Set(row.missing.map((missing) => unmetText(reading, object, row, stage, missing)))],
      askedBy: name ? { id: row.asked_by, name } : { id: null, name: '…' }, askedAt: row.asked_at.toISOString(),
      mayDecide: row.state === 'waiting' && mayDecide(reading, object, row, rights.get(row.record_id)!), mayWithdraw: row.state === 'waiting' && mine,
    }] : []
  })

  /** What was in the way when it was asked, in words for this reader: a field that he may not know stays unnamed. */
  function unmetText(r: Reading, of: ObjectModel, row: ApprovalRow, stage: Stage, { rule, field: key }: ApprovalRow['missing'][number]): string {
    const values = { stage: textIn(stage.name, locale) }
    if (rule === 'role') return gateMessage('role', locale, { roles: generation.roles.filter((role) => stage.gate.mayPass?.includes(role.id)).map((role) => textIn(role.name, locale)).join(', ') })
    if (rule === 'next') {
      const from = row.from_stage_id ? generation.stages.get(row.from_stage_id) : undefined
      const stages = from?.gate.allowedNext?.flatMap((id) => textIn(generation.stages.get(id)?.name, locale) || []).join(', ') ?? ''
      return gateMessage('next', locale, { from: textIn(from?.name, locale), stages })
    }
    if (rule === 'condition') return conditionMessage(r, of, stage, halvesOf(stage.gate.condition).filter === null)
    if (!key || !mayRequire(r, of, key)) return gateMessage('condition', locale, values)
    if (rule === 'lossReason') return gateMessage('lossReason', locale, {})
    const list = of.lists.find((l) => l.part && l.name === key)
    return gateMessage('required', locale, { field: textIn(of.byKey.get(key)?.label ?? (list && objectOf(generation.model, list.object).labelPlural), locale) })
  }
}
