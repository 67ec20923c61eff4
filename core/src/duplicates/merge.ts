import { sql } from 'kysely'
import { uuidv7 } from 'uuidv7'
import { ConflictError, InputError, LimitError, NotAllowedError, NotFoundError, textIn } from '@kartotek/sdk'
import { asSystem, type Caller } from '../access/caller.ts'
import { UUID } from '../facts/uuid.ts'
import type { Row } from '../model/generation.ts'
import { columnOf, objectOf, type FieldModel, type Model, type ObjectModel, type ReverseList } from '../model/model.ts'
import { accessOf, type Engine } from '../records/engine.ts'
import type { Reading } from '../records/reading.ts'
import { checkUnique, problemsToError } from '../records/write/checks.ts'
import { compute } from '../records/write/compute.ts'
import { Draft } from '../records/write/draft.ts'
import { runGuards } from '../records/write/guard.ts'
import { loadForUpdate, rightsOn } from '../records/write/load.ts'
import { MAX_PARTS } from '../records/write/parts.ts'
import { persist } from '../records/write/persist.ts'
import { shelveRows } from '../records/write/shelve.ts'
import { write, type Writing } from '../records/write/writing.ts'
import { columnsFrom, mergedFields, missingParts, pointersAt, pointsAt, unitedColumns, usualSource, wholeOf } from './merge-plan.ts'

export interface MergeInput {
  object: string
  /** The record that stays. */
  winner: string
  /** The record that becomes part of it, and lies in the trash until it is undone or gone. */
  loser: string
  /** Keys of fields whose value comes from the loser; `keep`: those that stay as the winner has them, even where they would be filled or united. */
  take?: string[] | null
  keep?: string[] | null
  winnerVersion?: number | null
  loserVersion?: number | null
}

/** What a merge moved, for the way back: rows of own lists too, which may be hidden by then. */
export interface Moved { shares: { user: string | null, team: string | null, level: string, before: string | null }[], keys: { system: string, id: string }[], rows?: MovedRows[] }
/** Rows of one list, by the object of the rows. */
export interface MovedRows { part: string, ids: string[] }

/** Records that one merge may move. */
const MOST_MOVED = 20_000
const PASS = 500
/** Merges of one person within an hour: a wrong rule must not run away. */
const MOST_PER_HOUR = 500

/**
 * Makes two records one, as one change set: fields by choice, lists united without doubles, everything that points at the
 * loser to the winner, whoever sees it. The loser goes to the trash as it was; its id leads to the winner from then on.
 * Needs the rights to change and to delete both. Values that the caller may not read fill what is empty and are lost nowhere.
 * @throws NotFoundError, NotAllowedError, ConflictError, LimitError
 */
export async function mergeRecords(engine: Engine, caller: Caller, input: MergeInput, bulk: string | null = null): Promise<{ id: string, changeSet: string }> {
  const { winner, loser } = input
  await checkRate(engine, caller)
  const id = uuidv7()
  const { changeSetId } = await write(engine, asSystem(caller), { summary: { key: 'merge' }, merge: true, statementTimeoutMs: 120_000 }, async (w) => {
    const access = accessOf(engine, w.generation, caller.actor)
    const object = await mergeable({ ...w, access }, input)
    // Both, in the order of their ids, before anything that points at them.
    const { rows: both } = await sql<{ id: string, version: number, trashed: Date | null }>`select id, version, trashed_at as trashed from core.${sql.id(object.table)} where id in (${winner}, ${loser}) order by id for update`.execute(w.db)
    const { transfer } = await bothRights({ ...w, access }, object, winner, loser)
    const chosen = chosenFields({ ...w, access }, object, input)
    for (const { id: record, version, trashed } of both) {
      if (trashed) throw new ConflictError('One of the records is in the trash.', { object: object.name, trashed: true })
      const read = record === winner ? input.winnerVersion : input.loserVersion
      if (read != null && read !== version) throw new ConflictError('Somebody changed this record meanwhile. Compare both versions and save again.', { object: object.name, id: record, version })
    }
    const moved: Moved = { shares: await moveShares(w, object, winner, loser), keys: await moveKeys(w, object, winner, loser), rows: await moveHiddenRows(w, await engine.live.withHidden(w.db), object, winner, loser) }
    await movePointers(w, object, winner, loser)
    w.em.clear()

    const rows = await loadForUpdate(w, object, [winner, loser])
    const [stays, goes] = [rows.get(winner)!, rows.get(loser)!]
    const gone = new Draft(object, { op: 'trash', id: loser }, goes, false)
    gone.set(object.byKey.get('trashedAt')!, { trashed_at: w.now })
    const kept = new Draft(object, { op: 'update', id: winner, input: {} }, stays, false)
    for (const field of mergedFields(object)) {
      const source = chosen.get(field.key) ?? usualSource(field, stays, goes)
      if (source === 'LOSER') kept.set(field, columnsFrom(field, goes))
      else if (source === 'BOTH') kept.set(field, unitedColumns(field, stays, goes))
    }
    if ((kept.changed.has('owner') || kept.changed.has('team')) && !transfer && [...chosen.keys()].some((key) => key === 'owner' || key === 'team')) {
      throw new NotAllowedError(`Only who has this ${object.name} in his own scope may hand it over.`, { object: object.name, id: winner })
    }
    moved.rows!.push(...await uniteParts(w, object, kept, goes))
    const asked = { ...w, caller, access }
    await runGuards(asked, object, [gone])
    if (gone.error) throw gone.error
    // First the loser goes, so that its unique values are free for the winner.
    await persist(w, [gone])
    compute(w, [kept])
    await checkUnique(w, [kept])
    await runGuards(asked, object, [kept])
    const problem = problemsToError(kept)
    if (problem) throw problem
    await persist(w, [kept])
    // Rows that moved went to the trash with the loser.
    await shelveRows(w.db, w.generation.model, object, [winner])
    await sql`insert into core.merge (id, object, winner_id, loser_id, change_set_id, bulk_id, moved, by_id)
      values (${id}, ${object.name}, ${winner}, ${loser}, ${w.changeSetId}, ${bulk}, ${JSON.stringify(moved)}, ${caller.actor.userId})`.execute(w.db)
    await sql`update core.duplicate_pair set state = 'merged', decided_at = now(), decided_by = ${caller.actor.userId}
      where object = ${object.name} and first_id = least(${winner}::uuid, ${loser}::uuid) and second_id = greatest(${winner}::uuid, ${loser}::uuid)`.execute(w.db)
  })
  return { id, changeSet: changeSetId! }
}

async function checkRate(engine: Engine, { actor }: Caller): Promise<void> {
  const { rows: [row] } = await sql<{ n: number }>`select count(*)::int as n from core.merge where at > now() - interval '1 hour' and by_id is not distinct from ${actor.userId}::uuid`.execute(engine.db)
  if (row!.n >= MOST_PER_HOUR) throw new LimitError(`At most ${MOST_PER_HOUR} merges an hour.`, { limit: MOST_PER_HOUR })
}

/** The object of the two, if they are two different records of one that is merged. */
export async function mergeable(reading: Reading, { object: name, winner, loser }: Pick<MergeInput, 'object' | 'winner' | 'loser'>): Promise<ObjectModel> {
  const object = ['client', 'contact'].includes(name) ? reading.generation.model.objects.get(name) : undefined
  if (!object || reading.access.scope(object, 'read') === 'none') throw new NotFoundError('There is no such record.', { object: name })
  if (!UUID.test(winner) || !UUID.test(loser)) throw new NotFoundError('There is no such record.', { object: name })
  if (winner === loser) throw new InputError('Choose two different records.', [{ field: 'loser', rule: 'unique', message: 'Choose two different records.' }])
  return object
}

export async function bothRights(reading: Reading, object: ObjectModel, winner: string, loser: string): Promise<{ transfer: boolean }> {
  const rights = await rightsOn(reading, object, [winner, loser])
  for (const id of [winner, loser]) {
    const right = rights.get(id)
    if (!right) throw new NotFoundError('There is no such record.', { object: object.name, id })
    if (!right.update || !right.delete) throw new NotAllowedError('To merge needs the right to change and to delete both records.', { object: object.name, id })
  }
  return { transfer: rights.get(winner)!.transfer }
}

/** A field that one may not read or write is not one's to choose. */
function chosenFields(reading: Reading, object: ObjectModel, { take, keep }: MergeInput): Map<string, 'WINNER' | 'LOSER'> {
  const possible = new Map(mergedFields(object).filter((f) => reading.access.canRead(f) && reading.access.canWrite(f)).map((f): [string, FieldModel] => [f.key, f]))
  const chosen = new Map<string, 'WINNER' | 'LOSER'>()
  for (const [keys, source] of [[keep, 'WINNER'], [take, 'LOSER']] as const) for (const key of keys ?? []) {
    if (!possible.has(key)) throw new InputError(`${object.type} has no field "${key}".`, [{ field: key, rule: 'unknown', message: `${object.type} has no field "${key}".` }])
    chosen.set(key, source)
  }
  return chosen
}

/** Parts of the loser that the winner has not are made anew on the winner; the loser keeps its own. Rows of own lists move: each is one of its kind, and others may refer to it. */
async function uniteParts(w: Writing, object: ObjectModel, kept: Draft, loser: Row): Promise<MovedRows[]> {
  const moved: MovedRows[] = []
  for (const list of object.lists.filter((l) => l.part)) {
    const part = objectOf(w.generation.model, list.object)
    const back = columnOf(part.byKey.get(list.field)!)
    const rows = await w.em.find(w.generation.entity(part.name), { [back]: { $in: [kept.row.id, loser.id] } } as never, { orderBy: { position: 'asc' } as never }) as Row[]
    const mine = rows.filter((row) => row[back] === kept.row.id)
    const missing = missingParts(part, list, mine, rows.filter((row) => row[back] === loser.id))
    if (!missing.length) continue
    checkRoom(w, part, mine.length + missing.length)
    const primary = part.byKey.get('isPrimary')
    const hasPrimary = primary && mine.some((row) => row[columnOf(primary)])
    const drafts = mine.map((row) => new Draft(part, { op: 'update', id: row.id, input: {} }, row, false))
    if (part.kind === 'custom') {
      drafts.push(...missing.map((row, i) => movedRow(w, object, part, list, row, kept.row.id, mine.length + i)))
      moved.push({ part: part.name, ids: missing.map(({ id }) => id) })
      kept.parts.set(list, { drafts, removed: [] })
      continue
    }
    missing.forEach((from, i) => {
      const draft = new Draft(part, { op: 'create', input: {} }, {
        id: uuidv7(), version: 1, search: '', [back]: kept.row.id, position: mine.length + i, created_at: w.now, updated_at: w.now, created_by: w.access.actor.userId, updated_by: w.access.actor.userId,
      }, true)
      for (const field of part.fields) {
        if (field.id.startsWith('base:') || part.partOf.some((p) => p.field === field.key)) continue
        draft.set(field, field === primary && hasPrimary ? { [columnOf(field)]: false } : columnsFrom(field, from))
      }
      drafts.push(draft)
    })
    kept.parts.set(list, { drafts, removed: [] })
  }
  return moved
}

/** A row on its way to the winner; where it names the loser itself, it names the winner. */
function movedRow(w: Writing, object: ObjectModel, part: ObjectModel, list: ReverseList, row: Row, winner: string, position: number): Draft {
  const draft = new Draft(part, { op: 'update', id: row.id, input: {} }, row, false)
  const loser = row[columnOf(part.byKey.get(list.field)!)] as string
  draft.set(part.byKey.get(list.field)!, { [columnOf(part.byKey.get(list.field)!)]: winner })
  for (const { field } of pointersAt(w.generation.model, object).filter((pointer) => pointer.object === part)) repoint(draft, object, field, winner, loser)
  draft.row.position = position
  return draft
}

function checkRoom(w: Writing, part: ObjectModel, rows: number): void {
  if (rows > MAX_PARTS) throw new LimitError(`The list "${textIn(part.labelPlural, w.locale)}" would have ${rows} rows; at most ${MAX_PARTS} are possible.`, { limit: MAX_PARTS })
}

/** Rows of lists that are hidden come along unseen: one day the list is there again, and the loser is not. */
async function moveHiddenRows(w: Writing, model: Model, object: ObjectModel, winner: string, loser: string): Promise<MovedRows[]> {
  const moved: MovedRows[] = []
  for (const list of objectOf(model, object.name).lists.filter((l) => l.part && !w.generation.model.objects.has(l.object))) {
    const part = objectOf(model, list.object)
    const table = sql`core.${sql.id(part.table)}`
    const back = sql.id(columnOf(part.byKey.get(list.field)!))
    const { rows } = await sql<{ id: string, whole: string }>`select id, ${back} as whole from ${table} where ${back} in (${winner}, ${loser})`.execute(w.db)
    const ids = rows.filter((row) => row.whole === loser).map((row) => row.id)
    if (!ids.length) continue
    checkRoom(w, part, rows.length)
    await sql`update ${table} set ${back} = ${winner}, position = position + ${rows.length - ids.length}, version = version + 1 where id = any(${ids}::uuid[])`.execute(w.db)
    moved.push({ part: part.name, ids })
  }
  return moved
}

async function moveShares(w: Writing, object: ObjectModel, winner: string, loser: string): Promise<Moved['shares']> {
  const { rows } = await sql<Moved['shares'][number]>`with former as (select user_id, team_id, level from core.share where object = ${object.name} and record_id = ${winner})
    insert into core.share as s (object, record_id, user_id, team_id, level, shared_by) select object, ${winner}, user_id, team_id, level, shared_by from core.share where object = ${object.name} and record_id = ${loser}
    on conflict (object, record_id, user_id, team_id) do update set level = 'write' where s.level = 'read' and excluded.level = 'write'
    returning s.user_id as "user", s.team_id as team, s.level,
      (select f.level from former f where f.user_id is not distinct from s.user_id and f.team_id is not distinct from s.team_id) as before`.execute(w.db)
  return rows
}

/** Keys of imports: the next file changes the winner. */
async function moveKeys(w: Writing, object: ObjectModel, winner: string, loser: string): Promise<Moved['keys']> {
  const { rows } = await sql<Moved['keys'][number]>`update core.external_ref set record_id = ${winner} where object = ${object.name} and record_id = ${loser} returning system, external_id as id`.execute(w.db)
  return rows
}

/** References and links of all records to the loser name the winner. The guards of plugins are not asked: what a record is about is the same as before. */
async function movePointers(w: Writing, object: ObjectModel, winner: string, loser: string): Promise<void> {
  const pointers = pointersAt(w.generation.model, object)
  let moved = 0
  for (const [other, group] of Map.groupBy(pointers, (p) => p.object)) {
    const { rows } = await sql<Row>`select ${other.partOf.length ? sql`r.*` : sql`r.id`} from core.${sql.id(other.table)} r where (${sql.join(group.map((p) => pointsAt(p, object, loser)), sql` or `)})
      ${other === object ? sql`and r.id <> ${loser}` : sql``} order by r.id limit ${sql.lit(MOST_MOVED + 1 - moved)}`.execute(w.db)
    moved += rows.length
    if (moved > MOST_MOVED) throw new LimitError(`A merge moves at most ${MOST_MOVED} records.`, { limit: MOST_MOVED })
    const fields = group.map((p) => p.field)
    if (other.partOf.length) await moveInParts(w, object, other, fields, rows, winner, loser)
    else {
      for (let i = 0; i < rows.length; i += PASS) {
        const found = await loadForUpdate(w, other, rows.slice(i, i + PASS).map((row) => row.id))
        const drafts = [...found.values()].map((row) => new Draft(other, { op: 'update', id: row.id, input: {} }, row, false))
        for (const draft of drafts) for (const field of fields) repoint(draft, object, field, winner, loser, other === object && draft.row.id === winner)
        await persist(w, drafts)
        w.em.clear()
      }
    }
  }
}

function repoint(draft: Draft, object: ObjectModel, field: FieldModel, winner: string, loser: string, itself = false): void {
  if (draft.row[columnOf(field)] !== loser) return
  if (field.handler.filter === 'record' && draft.row[columnOf(field, 'object')] !== object.name) return
  draft.set(field, itself ? Object.fromEntries(field.columns.map((c) => [c.name, null])) : { [columnOf(field)]: winner })
}

/** Parts change with their whole: a person's role at the loser becomes one at the winner, or goes where there is one already. */
async function moveInParts(w: Writing, object: ObjectModel, part: ObjectModel, fields: FieldModel[], rows: Row[], winner: string, loser: string): Promise<void> {
  const wholes = new Map<string, NonNullable<ReturnType<typeof wholeOf>>>()
  for (const row of rows) { const whole = wholeOf(w.generation.model, part, row); if (whole && !(whole.object === object && whole.id === loser)) wholes.set(`${whole.object.name} ${whole.id} ${whole.list.name}`, whole) }
  const list = [...wholes.values()]
  for (let i = 0; i < list.length; i += PASS) {
    for (const [whole, group] of Map.groupBy(list.slice(i, i + PASS), (one) => one.object)) {
      const found = await loadForUpdate(w, whole, group.map((one) => one.id))
      const drafts: Draft[] = []
      for (const { id, list: reverse } of group) {
        const row = found.get(id)
        if (!row) continue
        const back = columnOf(part.byKey.get(reverse.field)!)
        const all = await w.em.find(w.generation.entity(part.name), { [back]: id } as never, { orderBy: { position: 'asc' } as never }) as Row[]
        const twice = part.name === 'clientContact' && all.some((one) => fields.some((f) => one[columnOf(f)] === winner))
        const removed = twice ? all.filter((one) => fields.some((f) => one[columnOf(f)] === loser)) : []
        const draft = new Draft(whole, { op: 'update', id, input: {} }, row, false)
        const parts = all.filter((one) => !removed.includes(one)).map((one) => new Draft(part, { op: 'update', id: one.id, input: {} }, one, false))
        for (const one of parts) for (const field of fields) repoint(one, object, field, winner, loser)
        draft.parts.set(reverse, { drafts: parts, removed })
        drafts.push(draft)
      }
      await persist(w, drafts)
      w.em.clear()
    }
  }
}
