import { sql } from 'kysely'
import { NotAllowedError } from '@kartotek/sdk'
import type { Row } from '../model/generation.ts'
import { columnOf, objectOf, type FieldModel, type ObjectModel, type ReverseList } from '../model/model.ts'
import { columnsOfStored } from '../records/stored.ts'
import { checkReferences, checkRequired, checkUnique, problemsToError, withParts } from '../records/write/checks.ts'
import { compute } from '../records/write/compute.ts'
import { checkValue, Draft } from '../records/write/draft.ts'
import { loadForUpdate, rightsOn } from '../records/write/load.ts'
import { runGuards } from '../records/write/guard.ts'
import { draftParts, listsInCurrency, type WantedList } from '../records/write/parts.ts'
import { persist } from '../records/write/persist.ts'
import { checkStandingIn } from '../records/write/standing-in.ts'
import { conditionMissing, flagPassed, gateMissing, judgeGate, needsDatabase, reenter, settle } from '../records/write/stages.ts'
import type { Writing } from '../records/write/writing.ts'
import { standing, type LaterChange } from './since.ts'

/** What could not be undone, and why. */
export interface Kept { object: string, record: string, reason: 'changed' | 'hidden' | 'gone' | 'forbidden' | 'invalid', fields: string[], message: string }

interface ChangeRow { id: string, object: string, record_id: string, root_object: string, root_id: string, action: string, version: number, fields: string[], before: Record<string, unknown> | null }

/**
 * Takes back what a change set did to these records, newest first. What somebody changed since stays as it is and is reported;
 * records that it created go to the trash. Gates are passed and flagged.
 * @returns how many went back, wholly or in part, and what of them stayed
 */
export async function revertRoots(w: Writing, object: ObjectModel, set: string, ids: string[]): Promise<{ reverted: number, kept: Kept[] }> {
  const { rows: changes } = await sql<ChangeRow>`select * from core.change where change_set_id = ${set} and root_id = any(${ids}::uuid[]) order by id desc`.execute(w.db)
  const { rows: later } = await sql<LaterChange>`select c.id, c.change_set_id as set, s.reverts, c.root_id, c.record_id, c.action, c.fields from core.change c join core.change_set s on s.id = c.change_set_id
    where c.root_id = any(${ids}::uuid[]) and c.change_set_id <> ${set} and c.id > (select max(id::text)::uuid from core.change m where m.change_set_id = ${set} and m.root_id = c.root_id) order by c.id desc`.execute(w.db)
  const rows = await loadForUpdate(w, object, ids)
  const rights = await rightsOn(w, object, ids)
  const kept: Kept[] = []
  const keep = (id: string, reason: Kept['reason'], fields: string[], message: string): void => { kept.push({ object: object.name, record: id, reason, fields, message }) }
  const reverted: Reverted[] = []
  for (const id of ids) {
    const row = rows.get(id)
    const right = rights.get(id)
    if (!row || !right) { keep(id, 'gone', [], 'The record is not there any more, or you may not see it.'); continue }
    const now = standing(later.filter((c) => c.root_id === id), (name) => object.lists.some((list) => list.name === name))
    const since = now.filter((c) => c.reverts !== set)
    // What an earlier revert of the same change set took back is done.
    const own = withoutDone(object, changes.filter((c) => c.root_id === id), now.filter((c) => c.reverts === set), later.filter((c) => c.root_id === id && c.record_id !== id && c.reverts === set))
    // To undo a creation is to trash, to undo a trashing is to restore from there: both ask for the right to delete.
    const shelves = own.some((c) => c.record_id === id && (c.action === 'create' || c.action === 'trash' || (c.action === 'restore' && c.fields.includes('trashedAt'))))
    const hands = own.some((c) => c.record_id === id && c.action === 'update' && (c.fields.includes('owner') || c.fields.includes('team')))
    if (!right.update || (shelves && !right.delete) || (hands && !right.transfer)) { keep(id, 'forbidden', [], 'You may not change this record.'); continue }
    if (own.some((c) => c.action === 'create' && c.record_id === id)) {
      if (since.length) keep(id, 'changed', readable(w, object, since.flatMap((c) => c.fields)), 'Somebody changed it since, so it stays.')
      else reverted.push(trashed(w, object, row))
    } else reverted.push(await restored(w, object, row, own, since))
  }
  const drafts = await computed(w, reverted)
  for (const { draft, blocked, hidden } of reverted) {
    const fields = readable(w, object, notComputed(draft, blocked))
    if (fields.length) keep(draft.row.id, 'changed', fields, 'Somebody changed these fields since, so they stay.')
    if (hidden) keep(draft.row.id, 'hidden', [], 'A field or list of it is hidden now and stays as it is.')
  }
  checkRequired(w, drafts)
  await checkReferences(w, drafts, set)
  await checkStandingIn(w, object, drafts)
  await checkUnique(w, drafts)
  const good = drafts.filter((draft) => {
    const error = problemsToError(draft)
    if (error) keep(draft.row.id, error instanceof NotAllowedError ? 'forbidden' : 'invalid', withParts([draft]).flatMap((one) => one.problems).flatMap((p) => p.field || []), error.message)
    return !error
  })
  // A revert goes back through gates without meeting them, and says so; what plugins forbid stays forbidden.
  for (const draft of good) if (object.staged) judgeGate(w, draft, gateMissing(w, draft))
  await runGuards(w, object, good)
  for (const draft of good.filter((d) => d.error)) keep(draft.row.id, 'invalid', readable(w, object, draft.changed), draft.error!.message)
  const allowed = good.filter((d) => !d.error)
  await persist(w, allowed)
  const unmet = await conditionMissing(w, allowed.filter((draft) => draft.moved && needsDatabase(w, draft)))
  for (const [draft, missing] of unmet) judgeGate(w, draft, missing)
  flagPassed(w, allowed)
  return { reverted: allowed.length, kept }
}

function withoutDone(object: ObjectModel, own: ChangeRow[], done: LaterChange[], doneRows: readonly LaterChange[]): ChangeRow[] {
  if (!done.length) return own
  const names = new Map(done.map((c) => [c.record_id, c.fields]))
  return own.flatMap((change) => {
    const list = change.record_id === change.root_id ? null : object.lists.find((l) => l.part && l.object === change.object)
    if (list) return names.get(change.root_id)?.includes(list.name) ? restOfRow(change, doneRows.filter((c) => c.record_id === change.record_id)) : [change]
    return [without(change, names.get(change.record_id) ?? [])]
  })
}

const without = (change: ChangeRow, back: readonly string[]): ChangeRow => ({ ...change, before: change.before && Object.fromEntries(Object.entries(change.before).filter(([key]) => !back.includes(key))) })

/** What an earlier revert left of a change of a row: fields that were closed to who asked for it, or hidden. A row that came back is only changed by then. */
function restOfRow(change: ChangeRow, done: readonly LaterChange[]): ChangeRow[] {
  if (change.action === 'create') return []
  const rest = without(change, done.flatMap((c) => c.fields))
  return Object.keys(rest.before ?? {}).some((key) => key !== 'position') ? [{ ...rest, action: 'update' }] : []
}

/** What stays of a record: fields and lists that somebody changed since or that are closed, and whether there is more that is hidden now. */
interface Stays { blocked: Set<string>, hidden: boolean }
/** A record on its way back, and whether all of it goes back but what stays. */
interface Reverted extends Stays { draft: Draft, whole: boolean, lists: WantedList[] }

/** What the change set created. */
function trashed(w: Writing, object: ObjectModel, row: Row): Reverted {
  const draft = new Draft(object, { op: 'trash', id: row.id }, row, false)
  draft.set(object.byKey.get('trashedAt')!, { trashed_at: w.now })
  return { draft, blocked: new Set(), hidden: false, whole: false, lists: [] }
}

async function restored(w: Writing, object: ObjectModel, row: Row, own: ChangeRow[], since: readonly LaterChange[]): Promise<Reverted> {
  const draft = new Draft(object, { op: 'update', id: row.id, input: {} }, row, false)
  const changedSince = new Set(since.flatMap((c) => c.fields))
  const stays: Stays = { blocked: new Set(), hidden: false }
  const { blocked } = stays
  const lists: WantedList[] = []
  let whole = true
  for (const change of own.filter((c) => c.record_id === row.id)) whole = restoreFields(w, draft, change, changedSince, stays) && whole
  for (const [list, group] of Map.groupBy(own.filter((c) => c.record_id !== row.id), (c) => object.lists.find((l) => l.part && l.object === c.object))) {
    if (!list) { stays.hidden = true; continue }
    if (!changedSince.has(list.name)) { whole = await restoreParts(w, draft, list, group, stays) && whole; continue }
    blocked.add(list.name)
    lists.push({ draft, list })
  }
  checkValues(w, draft)
  if (draft.changed.has('stage')) reenter(w, draft)
  else if (draft.changed.has('trashedAt') && !draft.row.trashed_at && object.staged) settle(w, draft)
  return { draft, ...stays, whole: whole && !blocked.size && !stays.hidden, lists: [...lists, ...listsInCurrency(w, draft, new Set([...draft.parts.keys(), ...lists.map((l) => l.list)]))] }
}

/**
 * Computes what depends on what goes back. Where all of a record does, its computed fields go back as they were kept (who
 * finished a task, and when); where something stays, they follow from what is there. Gives those that change anything.
 */
async function computed(w: Writing, reverted: Reverted[]): Promise<Draft[]> {
  for (const { draft } of reverted.filter((r) => r.whole)) for (const one of withParts([draft])) {
    for (const key of one.changed) if (one.object.byKey.get(key)?.readOnly) one.kept.add(key)
  }
  await draftParts(w, reverted.flatMap((r) => r.lists))
  const drafts = reverted.map((r) => r.draft)
  compute(w, drafts)
  return drafts.filter((draft) => draft.touched)
}

/** What stays because of others; what was computed from the rest, or comes from what stays, needs no word. */
function notComputed(draft: Draft, blocked: ReadonlySet<string>): string[] {
  return [...blocked].filter((key) => !draft.changed.has(key) && !draft.object.byKey.get(key)?.sources.some((from) => from?.object === draft.object.name && blocked.has(from.key)))
}

/** Keys of fields and lists that may be named to the actor. */
function readable(w: Writing, object: ObjectModel, keys: Iterable<string>): string[] {
  return [...keys].filter((key) => !object.byKey.has(key) || w.access.canRead(object.byKey.get(key)!))
}

/** Whether the change was made while the field had another type: its values are of another kind. */
function isOlderThanType({ typedSince }: FieldModel, changeId: string): boolean {
  return typedSince !== undefined && Number.parseInt(changeId.replaceAll('-', '').slice(0, 12), 16) < Date.parse(typedSince)
}

/** Sets what the change left behind back to what it found; gives whether all of it went back. */
function restoreFields(w: Writing, draft: Draft, change: ChangeRow, changedSince: ReadonlySet<string>, stays: Stays): boolean {
  let whole = true
  for (const [key, stored] of Object.entries(change.before ?? {})) {
    const field = draft.object.byKey.get(key)
    if (!field) stays.hidden ||= draft.object.fields.some((one) => one.key === key)
    if (!field || field.formula) continue
    // Hidden and closed fields stay as they are.
    if (!field.readOnly && !w.access.canWrite(field) && !draft.isNew) {
      whole &&= field.hidden
      if (w.access.canRead(field)) stays.blocked.add(key)
      continue
    }
    if (changedSince.has(key) || isOlderThanType(field, change.id)) stays.blocked.add(key)
    else draft.set(field, columnsOfStored(field, stored))
  }
  return whole
}

/** What comes back meets the rules that the fields have by now. */
function checkValues(w: Writing, draft: Draft): void {
  for (const key of draft.changed) {
    const field = draft.object.byKey.get(key)
    if (field && !field.readOnly && !field.id.startsWith('base:')) checkValue(w, draft, field)
  }
}

/** The list as it was before: what was added goes, what was removed returns with its id, what changed is set back. */
async function restoreParts(w: Writing, root: Draft, list: ReverseList, changes: ChangeRow[], stays: Stays): Promise<boolean> {
  const part = objectOf(w.generation.model, list.object)
  const back = columnOf(part.byKey.get(list.field)!)
  const path = `${list.name}.`
  const rows = await w.em.find(w.generation.entity(part.name), { [back]: root.row.id } as never, { orderBy: { position: 'asc' } as never })
  const added = new Set(changes.filter((c) => c.action === 'create').map((c) => c.record_id))
  const drafts = new Map(rows.filter((r) => !added.has(r.id)).map((r) => [r.id, new Draft(part, { op: 'update', id: r.id, input: {} }, r, false, path)]))
  let whole = true
  for (const change of changes) {
    if (change.action === 'delete' && !added.has(change.record_id)) {
      const row: Row = { id: change.record_id, version: change.version, search: '', position: Number(change.before?.position ?? 0), created_at: w.now, updated_at: w.now, [back]: root.row.id }
      drafts.set(change.record_id, new Draft(part, { op: 'create', id: change.record_id, input: {} }, row, true, path))
    }
    const draft = drafts.get(change.record_id)
    if (draft && change.action === 'update' && typeof change.before?.position === 'number' && draft.row.position !== change.before.position) {
      draft.before.position = draft.row.position
      draft.row.position = change.before.position
      draft.changed.add('position')
    }
    const ofRow: Stays = { blocked: new Set(), hidden: false }
    if (draft) whole = restoreFields(w, draft, change, new Set(), ofRow) && whole
    if (ofRow.blocked.size) stays.blocked.add(list.name)
    stays.hidden ||= ofRow.hidden
  }
  for (const draft of drafts.values()) checkValues(w, draft)
  root.parts.set(list, { drafts: [...drafts.values()], removed: rows.filter((r) => added.has(r.id)) })
  return whole
}
