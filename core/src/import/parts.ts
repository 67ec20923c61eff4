import { InputError, textIn } from '@kartotek/sdk'
import { sql } from 'kysely'
import { columnOf, type ObjectModel } from '../model/model.ts'
import { writeRecords } from '../records/write/batch.ts'
import { loadForUpdate } from '../records/write/load.ts'
import type { Writing } from '../records/write/writing.ts'
import { Again, heldProblem, problemsOf } from './batch.ts'
import type { BatchCount } from './job.ts'
import { findByField, findByKey, heldKeys, rememberKeys } from './lookup.ts'
import { rowProblem } from './messages.ts'
import type { RowProblem } from './messages.ts'
import type { Built, ImportPlan } from './plan.ts'

/** Keys of wholes, by a field of theirs or by what another system calls them → their ids. */
async function findWholes(w: Writing, whole: ObjectModel, { system, field }: { system: string, field?: string }, keys: readonly string[]): Promise<Map<string, string>> {
  if (field === undefined) return findByKey(w, whole, system, keys)
  return new Map([...await findByField(w, whole, field, keys)].flatMap(([key, hit]) => (hit ? [[key, hit === 'several' ? hit : hit.id] as const] : [])))
}

/**
 * Attaches rows to the records whose parts they are (lines to orders). The list that a whole has is kept, its rows are found by
 * their external keys, and new ones are put behind them; the whole is written once per batch.
 */
export async function applyParts(w: Writing, plan: ImportPlan, rows: readonly Built[], count: BatchCount, fail: (row: Built, problems: RowProblem[]) => void): Promise<void> {
  const { whole, list } = plan.part!
  const { key } = plan.mapping.partOf!
  const wholes = await findWholes(w, whole, { system: plan.system, field: key.field }, rows.map((row) => row.whole!))
  const groups = new Map<string, Built[]>()
  for (const row of rows) {
    const id = wholes.get(row.whole!)
    if (!id || id === 'several') {
      const value = { value: row.whole, object: textIn(whole.label, w.locale) }
      fail(row, [rowProblem(key.columns[0]!, id ? 'ambiguous' : 'reference', value, w.locale)])
    } else (groups.get(id) ?? groups.set(id, []).get(id)!).push(row)
  }
  // Whoever adds a row at this moment waits, or was first: what is not in the list below goes.
  await loadForUpdate(w, whole, [...groups.keys()])
  const existing = await existingParts(w, plan, [...groups.keys()])
  const known = await knownParts(w, plan, rows)
  const held = await heldKeys(w, plan.object, plan.system, rows.flatMap((row) => row.key ?? []))
  const failed = new Map<Built, RowProblem[]>()
  const writes = [...groups].map(([id, group]) => {
    const ids = existing.get(id) ?? []
    const items: Record<string, unknown>[] = ids.map((part) => ({ id: part }))
    const places = new Map<number, Built>()
    const added: { row: Built, place: number }[] = []
    for (const row of group) {
      const part = row.key === null ? undefined : known.get(row.key)
      const place = part ? ids.indexOf(part) : -1
      if (place < 0 && row.key !== null && held.has(row.key)) fail(row, [heldProblem(w, plan.mapping.key!, row.key)])
      else if (place < 0) {
        places.set(items.length, row)
        added.push({ row, place: items.length })
        items.push(row.input)
        count.created++
      } else if (plan.mapping.onMatch === 'update') {
        places.set(place, row)
        items[place] = { ...row.input, id: part }
        count.updated++
      } else count.skipped++
    }
    return { id, items, places, added, changed: places.size > 0, group }
  }).filter((one) => one.changed)

  const results = await writeRecords(w, whole, writes.map((one) => ({ op: 'update' as const, id: one.id, input: { [list]: one.items } })))
  results.forEach((result, i) => {
    if (!result.ok) for (const [row, problems] of blame(w, result.error, list, writes[i]!.places)) failed.set(row, problems)
  })
  if (failed.size > 0) throw new Again(failed)
  const after = await existingParts(w, plan, writes.map((one) => one.id))
  await rememberKeys(w, plan.system, plan.object, writes.flatMap(({ id, added }) =>
    added.flatMap(({ row, place }) => (row.key === null ? [] : { key: row.key, id: after.get(id)![place]! }))))
}

/** The parts of each whole, in their order. */
async function existingParts(w: Writing, plan: ImportPlan, ids: readonly string[]): Promise<Map<string, string[]>> {
  if (ids.length === 0) return new Map()
  const list = plan.part!.whole.lists.find((one) => one.part && one.name === plan.part!.list)!
  const back = sql.ref(`r.${columnOf(plan.object.byKey.get(list.field)!)}`)
  const { rows } = await sql<{ whole: string, id: string }>`select ${back} as whole, r.id from core.${sql.id(plan.object.table)} r
    where ${back} = any(${ids}::uuid[]) order by r.position, r.id`.execute(w.db)
  return new Map([...Map.groupBy(rows, (row) => row.whole)].map(([whole, parts]) => [whole, parts.map((part) => part.id)]))
}

/** Parts are seen with their wholes, which were found by the actor's rights: no rights are asked here. */
async function knownParts(w: Writing, plan: ImportPlan, rows: readonly Built[]): Promise<Map<string, string>> {
  const keys = rows.flatMap((row) => row.key ?? [])
  if (keys.length === 0) return new Map()
  const found = await sql<{ key: string, id: string }>`select external_id as key, record_id as id from core.external_ref
    where system = ${plan.system} and object = ${plan.object.name} and external_id = any(${keys})`.execute(w.db)
  return new Map(found.rows.map((row) => [row.key, row.id]))
}

/** Whom the refusal of a whole means: the rows that it names, or all of them. */
function blame(w: Writing, error: Error, list: string, places: ReadonlyMap<number, Built>): Map<Built, RowProblem[]> {
  const blamed = new Map<Built, RowProblem[]>()
  if (error instanceof InputError) {
    for (const problem of error.fields) {
      const [name, index] = problem.field.split('.')
      const row = name === list ? places.get(Number(index)) : undefined
      if (!row) continue
      const prefix = `${list}.${index}.`
      const [told] = problemsOf(w, new InputError('', [problem]), row.columns, prefix)
      blamed.set(row, [...blamed.get(row) ?? [], told!])
    }
  }
  if (blamed.size === 0) for (const row of places.values()) blamed.set(row, problemsOf(w, error, row.columns))
  return blamed
}
