import { sql } from 'kysely'
import { uuidv7 } from 'uuidv7'
import { LimitError, NotAllowedError } from '@kartotek/sdk'
import { absentOwners } from '../../access/predicate.ts'
import { UUID } from '../../facts/uuid.ts'
import type { Row } from '../../model/generation.ts'
import { columnOf, type ObjectModel } from '../../model/model.ts'
import { checkReferences, checkRequired, checkUnique, problemsToError } from './checks.ts'
import { compute } from './compute.ts'
import { copyFromReferences } from './copies.ts'
import { applyDefault, applyValue, Draft, readInput, type ItemResult, type WriteItem } from './draft.ts'
import { runGuards } from './guard.ts'
import { loadForUpdate, refusal, rightsOn, type Rights } from './load.ts'
import { draftParts, listsInCurrency, type WantedList } from './parts.ts'
import { persist } from './persist.ts'
import { checkStandingIn } from './standing-in.ts'
import { addEmptyLists, conditionMissing, flagPassed, gateMissing, judgeGate, needsDatabase, placeInPipeline } from './stages.ts'
import type { Writing } from './writing.ts'

/** Records that one call may write, of the API or of a plugin. */
const MAX_ITEMS = 1_000

/** Records in one pass; a bulk write is cut into passes so that its memory stays flat. */
export const PASS = 500

/** @throws LimitError where one call brings more */
export function checkNumber(items: readonly unknown[]): void {
  if (items.length > MAX_ITEMS) throw new LimitError(`One call writes at most ${MAX_ITEMS} records.`, { limit: MAX_ITEMS })
}

/**
 * The one way into record tables, for one record and for many: access, validation, references, uniqueness, gates,
 * guards, audit and events, each with one statement for all records of a pass.
 * Items fail on their own; only a veto after writing (a gate's condition) of several records undoes and repeats the pass.
 */
export async function writeRecords(w: Writing, object: ObjectModel, items: WriteItem[]): Promise<ItemResult[]> {
  const results: ItemResult[] = []
  for (let i = 0; i < items.length; i += PASS) results.push(...await writePass(w, object, items.slice(i, i + PASS)))
  return results
}

/** What stands against each of the items, as far as it is known before anything is written; nothing is. */
export async function checkRecords(w: Writing, object: ObjectModel, items: readonly WriteItem[]): Promise<(Error | null)[]> {
  return (await prepare(w, object, [...items])).map(problemsToError)
}

async function writePass(w: Writing, object: ObjectModel, items: WriteItem[]): Promise<ItemResult[]> {
  const drafts = await prepare(w, object, items)
  const results = new Map<WriteItem, ItemResult>()
  for (const draft of drafts) {
    draft.error = problemsToError(draft)
    if (draft.error) results.set(draft.item, { ok: false, error: draft.error, id: draft.isNew ? undefined : draft.row.id })
  }
  const good = drafts.filter((d) => !d.error)
  await runGuards(w, object, good)
  await w.engine.screen?.(w, object, good.filter((d) => d.isNew && !d.error))
  const passed = good.filter((d) => !d.error)
  const withCondition = passed.filter((d) => d.moved && needsDatabase(w, d))

  if (!withCondition.length) await persist(w, passed)
  else {
    const savepoint = await mark(w)
    await persist(w, passed)
    const missing = await conditionMissing(w, withCondition)
    const refused = [...missing].filter(([draft, list]) => !judgeGate(w, draft, list)).map(([draft]) => draft)
    if (refused.length) {
      await savepoint.rollback()
      for (const draft of refused) results.set(draft.item, { ok: false, error: draft.error!, id: draft.isNew ? undefined : draft.row.id })
      const rest = items.filter((item) => !results.has(item))
      // The unit of work has seen the undone rows: it begins anew, in the same transaction.
      w.em.clear()
      const again = rest.length ? await writePass(w, object, rest) : []
      rest.forEach((item, i) => results.set(item, again[i]!))
      return items.map((item) => results.get(item)!)
    }
  }
  await w.engine.files?.keep(w, passed)
  flagPassed(w, passed)
  for (const draft of good) {
    results.set(draft.item, draft.error ? { ok: false, error: draft.error, id: draft.row.id } : { ok: true, id: draft.row.id, version: draft.row.version })
  }
  return items.map((item) => results.get(item)!)
}

/** Loads, applies and checks; nothing is written yet. */
async function prepare(w: Writing, object: ObjectModel, items: WriteItem[]): Promise<Draft[]> {
  const ids = items.flatMap((item) => (item.op === 'create' || !UUID.test(item.id) ? [] : [item.id]))
  // Locked first, judged then: who waited for another writer is judged by what that one left.
  const rows = await loadForUpdate(w, object, ids)
  const rights = await rightsOn(w, object, [...rows.keys()], true)
  const drafts: Draft[] = []
  for (const item of items) drafts.push(item.op === 'create' ? newDraft(w, object, item) : await existingDraft(w, object, item, rows, rights))

  const lists: WantedList[] = []
  for (const draft of drafts) {
    if (draft.error) continue
    lists.push(...applyInput(w, draft))
    if (!draft.isNew && (draft.changed.has('owner') || draft.changed.has('team')) && !rights.get(draft.row.id)?.transfer) {
      draft.error = new NotAllowedError(`Only who has this ${object.name} in his own scope may hand it over.`, { object: object.name, id: draft.row.id })
    }
  }
  await checkOwners(w, object, drafts.filter((d) => d.isNew && !d.error))
  await draftParts(w, lists)
  const live = drafts.filter((d) => !d.error)
  await copyFromReferences(w, live)
  compute(w, live)
  placeInPipeline(w, live)
  checkRequired(w, live)
  await w.engine.files?.announce(w, live)
  await checkReferences(w, live)
  await checkStandingIn(w, object, live)
  await checkUnique(w, live)
  await judgeGates(w, live.filter((draft) => object.staged && !problemsToError(draft)))
  return drafts
}

/** Judges what the drafts tell. Who is refused is told at once of the lists that he could fill; where a gate is passed they are noted with its condition. */
async function judgeGates(w: Writing, drafts: Draft[]): Promise<void> {
  const missing = new Map(drafts.map((draft) => [draft, gateMissing(w, draft)] as const).filter(([, list]) => list.length))
  const lists: typeof missing = new Map()
  if (!w.passGates) await addEmptyLists(w, [...missing.keys()].filter((draft) => draft.moved && !draft.displaced), lists)
  for (const [draft, told] of missing) judgeGate(w, draft, [...told, ...(lists.get(draft) ?? []).filter(({ rule }) => rule === 'required')])
}

function newDraft(w: Writing, object: ObjectModel, item: Extract<WriteItem, { op: 'create' }>): Draft {
  const me = w.access.actor.userId
  const row: Row = { id: item.id ?? uuidv7(), version: 1, search: '', created_at: item.history?.createdAt ?? w.now, updated_at: w.now, created_by: me, updated_by: me }
  const draft = new Draft(object, item, row, true)
  if (w.access.scope(object, 'create') === 'none' || object.partOf.length) draft.error = new NotAllowedError(`You may not create a ${object.name}.`, { object: object.name })
  return draft
}

async function existingDraft(w: Writing, object: ObjectModel, item: Exclude<WriteItem, { op: 'create' }>, rows: Map<string, Row>, rights: Map<string, Rights>): Promise<Draft> {
  const row = rows.get(item.id)
  const draft = new Draft(object, item, row ?? { id: item.id, version: 0 }, false)
  draft.error = await refusal(w, object, item, row, rights.get(item.id))
  return draft
}

function applyInput(w: Writing, draft: Draft): WantedList[] {
  const { item, object } = draft
  if (item.op === 'archive' || item.op === 'restore' || item.op === 'trash') {
    const set = (name: 'archivedAt' | 'trashedAt', value: Date | null): void => draft.set(object.byKey.get(name)!, { [columnOf(object.byKey.get(name)!)]: value })
    if (item.op === 'archive' && !draft.row.archived_at) set('archivedAt', w.now)
    if (item.op === 'trash' && !draft.row.trashed_at) set('trashedAt', w.now)
    // What comes back from the trash is as it was; what comes back from the archive is active.
    if (item.op === 'restore') set(draft.row.trashed_at ? 'trashedAt' : 'archivedAt', null)
    return []
  }
  const { values, lists } = readInput(w, draft, item.input)
  if (draft.isNew) {
    for (const field of object.fields) if (field.default !== undefined && !values.has(field) && !field.hidden) applyDefault(w, draft, field)
    applyOwner(w, draft, values)
  }
  for (const [field, value] of values) applyValue(w, draft, field, value)
  return [...[...lists].map(([list, value]) => ({ draft, list, items: value })), ...listsInCurrency(w, draft, new Set(lists.keys()))]
}

/** Who creates a record owns it, unless he says otherwise; it belongs to his team. */
function applyOwner(w: Writing, draft: Draft, values: ReadonlyMap<{ key: string }, unknown>): void {
  if (!draft.object.owned || !w.access.actor.userId) return
  const given = new Set([...values.keys()].map((f) => f.key))
  if (!given.has('owner')) draft.set(draft.object.byKey.get('owner')!, { owner_id: w.access.actor.userId })
  if (!given.has('team') && !given.has('owner') && w.access.actor.teamIds[0]) draft.set(draft.object.byKey.get('team')!, { team_id: w.access.actor.teamIds[0] })
}

/** With the scope «own» one creates only for oneself, with «team» for oneself or the own team; and for whom one stands in. */
async function checkOwners(w: Writing, object: ObjectModel, drafts: readonly Draft[]): Promise<void> {
  const scope = w.access.scope(object, 'create')
  if (scope === 'all' || !object.owned) return
  const { userId, teamIds, standsIn } = w.access.actor
  const foreign = drafts.filter(({ row }) => row.owner_id !== userId && !(scope === 'team' && teamIds.includes(row.team_id as string)))
  if (!foreign.length) return
  const { rows: [absent] } = standsIn && userId ? await sql<{ ids: string[] }>`select ${absentOwners(userId, object, 'create')} as ids`.execute(w.db) : { rows: [] }
  for (const draft of foreign) {
    if (!absent?.ids.includes(draft.row.owner_id as string)) draft.error = new NotAllowedError(`You may create a ${object.name} only for yourself.`, { object: object.name })
  }
}

/** A point to return to inside the transaction, with what was collected until then. */
async function mark(w: Writing): Promise<{ rollback(): Promise<void> }> {
  const name = `pass_${uuidv7().replaceAll('-', '')}`
  await w.em.execute(`savepoint ${name}`)
  const { length: changes } = w.changes
  const { length: events } = w.events
  const { length: despite } = w.despite
  return {
    async rollback() {
      await w.em.execute(`rollback to savepoint ${name}`)
      w.changes.length = changes
      w.events.length = events
      w.despite.length = despite
    },
  }
}

