import { sql } from 'kysely'
import { ConflictError, NotAllowedError, NotFoundError } from '@kartotek/sdk'
import type { Caller } from '../access/caller.ts'
import { UUID } from '../facts/uuid.ts'
import type { Row } from '../model/generation.ts'
import { columnOf, objectOf, type FieldModel, type ObjectModel, type ReverseList } from '../model/model.ts'
import { accessOf, type Engine } from '../records/engine.ts'
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
import { write, type Writing } from '../records/write/writing.ts'
import { didMyself } from './changes.ts'

/** What could not be undone, and why. */
export interface Kept { object: string, record: string, reason: 'changed' | 'gone' | 'forbidden' | 'invalid', fields: string[], message: string }
/** The same, as the reverted change set remembers it: words of rules may hold values, and are told only to who reverts. */
export type KeptNote = Omit<Kept, 'message'>
export interface RevertReport { changeSet: string | null, reverted: number, kept: Kept[] }

interface ChangeRow { id: string, object: string, record_id: string, root_object: string, root_id: string, action: string, version: number, fields: string[], before: Record<string, unknown> | null }

const ROOTS_AT_ONCE = 300
/** What stayed is counted whole and listed up to here. */
const MOST_REMEMBERED = 200

/**
 * Undoes a change set as one new change set, newest first. What somebody changed since stays as it is and is reported;
 * records that it created go to the trash. Gates are passed and flagged. Long ones go in several transactions.
 * @param merge of a merge, which is undone as a whole and not from here: the record to begin with, so that its unique values are free
 */
export async function revertChangeSet(engine: Engine, caller: Caller, id: string, merge?: { first: string }): Promise<RevertReport> {
  if (!UUID.test(id)) throw new NotFoundError('There is no such change.', { id })
  const set = await engine.db.selectFrom('core.change_set as s').selectAll().where('id', '=', id)
    .where(({ not, exists, selectFrom }) => not(exists(selectFrom('core.configuration_change').select('subject').whereRef('change_set_id', '=', 's.id')))).executeTakeFirst()
  const access = accessOf(engine, engine.live.current, caller.actor)
  const mine = set !== undefined && didMyself(caller.actor, set as { user_id: string | null, actor_id: string })
  if (!set || (!mine && !access.capability('audit.read') && !access.capability('changes.revert'))) throw new NotFoundError('There is no such change.', { id })
  if (!mine && !access.capability('changes.revert')) throw new NotAllowedError('You may undo only what you did yourself.', { capability: 'changes.revert' })
  if (set.reverted_by) throw new ConflictError('This change was undone already.', { id, revertedBy: set.reverted_by })

  if ((set.flags as { merge?: boolean }).merge && !merge) throw new ConflictError('A merge is undone among the duplicates.', { id, merge: true })

  const { rows: roots } = await sql<{ root_object: string, root_id: string }>`select root_object, root_id from core.change where change_set_id = ${id}
    group by root_object, root_id order by max(id::text) desc`.execute(engine.db)
  const report: RevertReport = { changeSet: null, reverted: 0, kept: [] }
  const first = roots.filter((root) => root.root_id === merge?.first)
  const rest = roots.filter((root) => root.root_id !== merge?.first)
  const passes = [...(first.length ? [first] : []), ...Array.from({ length: Math.ceil(rest.length / ROOTS_AT_ONCE) }, (_, i) => rest.slice(i * ROOTS_AT_ONCE, (i + 1) * ROOTS_AT_ONCE))]
  for (const part of passes) {
    const done = await write(engine, { ...caller, origin: 'revert' }, { reverts: id, changeSetId: report.changeSet ?? undefined, summary: set.message ?? set.summary ?? undefined }, async (w) => {
      w.passGates = true
      for (const [name, group] of Map.groupBy(part, (r) => r.root_object)) {
        const object = w.generation.model.objects.get(name)
        if (object) await revertRoots(w, object, id, group.map((r) => r.root_id), report)
      }
    })
    report.changeSet ??= done.changeSetId
  }
  // Only a whole revert counts as done: one that a crash cut off is called again and goes on.
  if (report.changeSet) await sql`update core.change_set set reverted_by = ${report.changeSet}, flags = flags || ${JSON.stringify(remembered(report))}::jsonb where id = ${id}`.execute(engine.db)
  return report
}

function remembered({ kept }: RevertReport): { keptCount?: number, kept?: KeptNote[] } {
  if (!kept.length) return {}
  const notes = kept.slice(0, MOST_REMEMBERED).map(({ object, record, reason, fields }): KeptNote => ({ object, record, reason, fields }))
  return { keptCount: new Set(kept.map((one) => one.record)).size, kept: notes }
}

async function revertRoots(w: Writing, object: ObjectModel, set: string, ids: string[], report: RevertReport): Promise<void> {
  const { rows: changes } = await sql<ChangeRow>`select * from core.change where change_set_id = ${set} and root_id = any(${ids}::uuid[]) order by id desc`.execute(w.db)
  const { rows: later } = await sql<{ root_id: string, record_id: string, fields: string[], action: string }>`select root_id, record_id, fields, action from core.change c
    where root_id = any(${ids}::uuid[]) and change_set_id <> ${set}
      and not exists (select 1 from core.change_set r where r.id = c.change_set_id and r.reverts = ${set}) and id > (select max(id::text)::uuid from core.change m where m.change_set_id = ${set} and m.root_id = c.root_id)`.execute(w.db)
  const rows = await loadForUpdate(w, object, ids)
  const rights = await rightsOn(w, object, ids)
  const keep = (id: string, reason: Kept['reason'], fields: string[], message: string): void => { report.kept.push({ object: object.name, record: id, reason, fields, message }) }
  const reverted: Reverted[] = []
  for (const id of ids) {
    const row = rows.get(id)
    const right = rights.get(id)
    if (!row || !right) { keep(id, 'gone', [], 'The record is not there any more, or you may not see it.'); continue }
    const own = changes.filter((c) => c.root_id === id)
    // To undo a creation is to trash, to undo a trashing is to restore from there: both ask for the right to delete.
    const shelves = own.some((c) => c.record_id === id && (c.action === 'create' || c.action === 'trash' || (c.action === 'restore' && c.fields.includes('trashedAt'))))
    const hands = own.some((c) => c.record_id === id && c.action === 'update' && (c.fields.includes('owner') || c.fields.includes('team')))
    if (!right.update || (shelves && !right.delete) || (hands && !right.transfer)) { keep(id, 'forbidden', [], 'You may not change this record.'); continue }
    const since = later.filter((c) => c.root_id === id)
    if (own.some((c) => c.action === 'create' && c.record_id === id)) {
      if (since.length) keep(id, 'changed', readable(w, object, since.flatMap((c) => c.fields)), 'Somebody changed it since, so it stays.')
      else reverted.push(trashed(w, object, row))
    } else reverted.push(await restored(w, object, row, own, since))
  }
  const drafts = await computed(w, reverted)
  for (const { draft, blocked } of reverted) {
    const fields = readable(w, object, notComputed(draft, blocked))
    if (fields.length) keep(draft.row.id, 'changed', fields, 'Somebody changed these fields since, so they stay.')
  }
  checkRequired(w, drafts)
  await checkReferences(w, drafts)
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
  report.reverted += allowed.length
}

/** A record on its way back: what stays because somebody changed it since, and whether all else goes back. */
interface Reverted { draft: Draft, blocked: Set<string>, whole: boolean, lists: WantedList[] }

/** What the change set created. */
function trashed(w: Writing, object: ObjectModel, row: Row): Reverted {
  const draft = new Draft(object, { op: 'trash', id: row.id }, row, false)
  draft.set(object.byKey.get('trashedAt')!, { trashed_at: w.now })
  return { draft, blocked: new Set(), whole: false, lists: [] }
}

async function restored(w: Writing, object: ObjectModel, row: Row, own: ChangeRow[], since: { record_id: string, fields: string[] }[]): Promise<Reverted> {
  const draft = new Draft(object, { op: 'update', id: row.id, input: {} }, row, false)
  const changedSince = new Set(since.filter((c) => c.record_id === row.id).flatMap((c) => c.fields))
  const blocked = new Set<string>()
  const lists: WantedList[] = []
  let whole = true
  for (const change of own.filter((c) => c.record_id === row.id)) whole = restoreFields(w, draft, change, changedSince, blocked) && whole
  for (const [list, group] of Map.groupBy(own.filter((c) => c.record_id !== row.id), (c) => object.lists.find((l) => l.part && l.object === c.object))) {
    if (!list) continue
    if (!changedSince.has(list.name)) { whole = await restoreParts(w, draft, list, group) && whole; continue }
    blocked.add(list.name)
    lists.push({ draft, list })
  }
  checkValues(w, draft)
  if (draft.changed.has('stage')) reenter(w, draft)
  else if (draft.changed.has('trashedAt') && !draft.row.trashed_at && object.staged) settle(w, draft)
  return { draft, blocked, whole: whole && !blocked.size, lists: [...lists, ...listsInCurrency(w, draft, new Set([...draft.parts.keys(), ...lists.map((l) => l.list)]))] }
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
function restoreFields(w: Writing, draft: Draft, change: ChangeRow, changedSince: ReadonlySet<string>, blocked: Set<string>): boolean {
  let whole = true
  for (const [key, stored] of Object.entries(change.before ?? {})) {
    const field = draft.object.byKey.get(key)
    if (!field || field.formula) continue
    // Hidden and closed fields stay as they are.
    if (!field.readOnly && !w.access.canWrite(field) && !draft.isNew) {
      whole &&= field.hidden
      if (w.access.canRead(field)) blocked.add(key)
      continue
    }
    if (changedSince.has(key) || isOlderThanType(field, change.id)) blocked.add(key)
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
async function restoreParts(w: Writing, root: Draft, list: ReverseList, changes: ChangeRow[]): Promise<boolean> {
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
    const blocked = new Set<string>()
    if (draft) whole = restoreFields(w, draft, change, new Set(), blocked) && !blocked.size && whole
  }
  for (const draft of drafts.values()) checkValues(w, draft)
  root.parts.set(list, { drafts: [...drafts.values()], removed: rows.filter((r) => added.has(r.id)) })
  return whole
}
