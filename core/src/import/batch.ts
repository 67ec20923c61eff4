import { createHash } from 'node:crypto'
import { DomainError, DuplicateError, InputError, textIn, type FieldProblem } from '@kartotek/sdk'
import { uuidv7 } from 'uuidv7'
import { checkRecords, writeRecords } from '../records/write/batch.ts'
import type { WriteItem } from '../records/write/draft.ts'
import type { Writing } from '../records/write/writing.ts'
import { objectOf, type ObjectModel } from '../model/model.ts'
import type { BatchCount } from './job.ts'
import { findByField, findByKey, heldKeys, matchRows, refsOf, rememberKeys, resolve } from './lookup.ts'
import type { KeyColumns } from './mapping.ts'
import { rowProblem } from './messages.ts'
import type { RowProblem } from './messages.ts'
import { applyParts } from './parts.ts'
import type { Built, BuiltAlso, ImportPlan } from './plan.ts'

/** Rows that must be left out, found only after others were written: the batch is undone and repeated without them. */
export class Again extends Error {
  readonly failed: Map<Built, RowProblem[]>
  constructor(failed: Map<Built, RowProblem[]>) {
    super('The batch is repeated without rows that failed.')
    this.failed = failed
  }
}

/**
 * Writes the rows of one batch inside a transaction. Keys in a batch are different (the caller cuts it so).
 * @throws Again where rows failed after something of them was written
 */
export async function applyBatch(w: Writing, plan: ImportPlan, rows: readonly Built[]): Promise<BatchCount> {
  const count: BatchCount = { created: 0, updated: 0, skipped: 0, failed: [], alike: [] }
  const fail = (row: Built, problems: RowProblem[]): void => {
    count.failed.push({ rowNumber: row.row.rowNumber, raw: row.row.raw, problems })
  }
  const broken = await findBroken(w, plan, rows)
  if (plan.part) await applyParts(w, plan, rows.filter((row) => !broken.has(row)), count, fail)
  else await applyRecords(w, plan, rows, broken, count, fail)
  for (const [row, problems] of broken) fail(row, problems)
  return count
}

/** Rows of which no record can be made, with what is wrong in their cells and what they name in vain. */
async function findBroken(w: Writing, plan: ImportPlan, rows: readonly Built[]): Promise<Map<Built, RowProblem[]>> {
  const lost = await resolve(w, plan.system, rows.flatMap((row) => [...row.pending, ...row.also.flatMap((one) => one.pending)]))
  return new Map(rows.flatMap((row): [Built, RowProblem[]][] => {
    const vain = [...row.pending, ...row.also.flatMap((one) => one.pending)].filter((one) => lost.has(one))
    const problems = [
      ...row.problems.map((one) => rowProblem(one.column, one.rule, one.params, w.locale)),
      ...vain.map((one) => rowProblem(one.column, lost.get(one)!, { value: one.text, object: textIn(objectOf(w.generation.model, one.object).label, w.locale) }, w.locale)),
    ]
    return problems.length ? [[row, problems]] : []
  }))
}

interface Step { row: Built, id: string, kind: 'created' | 'updated' | 'skipped' }

/** Writes the rows; of those that are broken it only finds what else is wrong, so that they are mended at once. */
async function applyRecords(w: Writing, plan: ImportPlan, rows: readonly Built[], broken: ReadonlyMap<Built, RowProblem[]>, count: BatchCount, fail: (row: Built, problems: RowProblem[]) => void): Promise<void> {
  const { mapping, object, system } = plan
  const onMatch = mapping.onMatch ?? 'skip'
  const ways = mapping.match ?? (mapping.key ? ['key' as const] : [])
  const matches = onMatch === 'create' ? new Map<Built, never>() : await matchRows(w, object, system, ways, mapping.key?.field, rows)
  const held = mapping.key && !mapping.key.field ? await heldKeys(w, object, system, rows.flatMap((row) => row.key ?? [])) : new Map<string, string>()
  const steps: Step[] = []
  const taken = new Set<string>()
  const refuse = (row: Built, problem: RowProblem): void => { if (broken.has(row)) broken.get(row)!.push(problem); else fail(row, [problem]) }
  for (const row of rows) {
    const match = matches.get(row) ?? null
    const holder = held.get(row.key ?? '')
    if (holder && (match === 'several' || match?.id !== holder)) {
      refuse(row, heldProblem(w, mapping.key!, row.key!))
      continue
    }
    if (match === 'several' || (match && taken.has(match.id) && onMatch === 'update')) {
      refuse(row, rowProblem(null, 'ambiguous', { value: row.key ?? row.row.raw.slice(0, 40), object: textIn(object.label, w.locale) }, w.locale))
      continue
    }
    if (match && !broken.has(row)) taken.add(match.id)
    steps.push(match ? { row, id: match.id, kind: onMatch === 'update' ? 'updated' : 'skipped' } : { row, id: uuidv7(), kind: 'created' })
  }
  const writing = steps.filter((step) => step.kind !== 'skipped' && !broken.has(step.row))
  const results = await writeRecords(w, object, writing.map(itemOf))
  const failed = new Set<Step>()
  writing.forEach((step, i) => {
    const result = results[i]!
    if (result.ok) return
    failed.add(step)
    fail(step.row, problemsOf(w, result.error, step.row.columns))
  })
  await findMore(w, object, steps.filter((step) => step.kind !== 'skipped' && broken.has(step.row)), broken)
  const good = steps.filter((step) => !failed.has(step) && !broken.has(step.row))
  await applyAlso(w, plan, good, count)
  if (!mapping.key?.field) await rememberKeys(w, system, object, good.flatMap(({ row, id }) => (row.key === null ? [] : { key: row.key, id })))
  for (const step of good) {
    count[step.kind]++
    noteAlike(w, count, step.row, object, step.id)
  }
}

function noteAlike(w: Writing, count: BatchCount, { row: { rowNumber } }: Built, { name: object }: ObjectModel, recordId: string): void {
  for (const { id: other, kinds } of w.alike.get(recordId) ?? []) count.alike.push({ rowNumber, object, recordId, other, kinds })
}

/** What the write path has against what is left of broken rows. A cell that is told already may well be missed there: that is no other mistake. */
async function findMore(w: Writing, object: ObjectModel, steps: readonly Step[], broken: ReadonlyMap<Built, RowProblem[]>): Promise<void> {
  const errors = await checkRecords(w, object, steps.map(itemOf))
  steps.forEach(({ row }, i) => {
    const error = errors[i]
    if (!(error instanceof InputError || error instanceof DuplicateError)) return
    const problems = broken.get(row)!
    const told = new Set(problems.map((problem) => problem.column))
    problems.push(...problemsOf(w, error, row.columns).filter((problem) => problem.column !== null && !told.has(problem.column)))
  })
}

function itemOf({ row, id, kind }: Step): WriteItem {
  if (kind === 'created') return { op: 'create', id, input: row.input, history: row.history }
  // An empty cell says nothing about a record that exists: it does not erase.
  return { op: 'update', id, input: filledOnly(row.input), history: row.history }
}

function filledOnly(input: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(input).filter(([, value]) => value !== null && !(Array.isArray(value) && value.length === 0)))
}

/**
 * The further records of rows: found by their own keys, made where there are none. One without a key is known by its contents at
 * its row's record, so that a row that comes again makes nothing twice. A failure undoes the whole row.
 */
async function applyAlso(w: Writing, plan: ImportPlan, steps: readonly Step[], count: BatchCount): Promise<void> {
  const failed = new Map<Built, RowProblem[]>()
  for (const mapping of plan.mapping.also ?? []) {
    const entries = steps.flatMap((step) => step.row.also.filter((one) => one.mapping === mapping).map((also) => ({ step, also })))
    if (entries.length === 0) continue
    const { object } = entries[0]!.also
    if (!mapping.key) for (const { step, also } of entries) also.key = contentsKey(step.id, also)
    const keys = entries.flatMap(({ also }) => also.key ?? [])
    const known = !mapping.key ? await refsOf(w, object, plan.system, keys) : mapping.key.field
      ? new Map([...await findByField(w, object, mapping.key.field, keys)].flatMap(([key, hit]) => (hit && hit !== 'several' ? [[key, hit.id] as const] : [])))
      : await findByKey(w, object, plan.system, keys)
    const held = mapping.key && !mapping.key.field ? await heldKeys(w, object, plan.system, keys.filter((key) => !known.has(key))) : new Map<string, string>()
    for (const { step, also } of entries) if (also.key !== null && held.has(also.key)) failed.set(step.row, [heldProblem(w, mapping.key!, also.key)])
    // Rows of one batch that name the same further record make it once.
    const made = new Set<string>()
    const isNew = (key: string | null): boolean => key === null || (!known.has(key) && !made.has(key) && Boolean(made.add(key)))
    const fresh = entries.filter(({ step, also }) => !failed.has(step.row) && isNew(also.key)).map((entry) => ({ ...entry, id: uuidv7() }))
    for (const { step, also } of fresh) also.setMain(step.id)
    const results = await writeRecords(w, object, fresh.map(({ also, id }) => ({ op: 'create' as const, id, input: also.input })))
    fresh.forEach(({ step, also, id }, at) => {
      const result = results[at]!
      if (result.ok) noteAlike(w, count, step.row, object, id)
      else failed.set(step.row, problemsOf(w, result.error, also.columns))
    })
    if (!mapping.key?.field) await rememberKeys(w, plan.system, object, fresh.flatMap(({ also, id }) => (also.key === null ? [] : { key: also.key, id })))
  }
  if (failed.size > 0) throw new Again(failed)
}

/** Another contact in a row of the same client is another contact. */
function contentsKey(main: string, also: BuiltAlso): string {
  // A batch that is repeated has the record of its first attempt in the input.
  also.setMain(main)
  return `${main}#${createHash('sha256').update(JSON.stringify(also.input)).digest('hex')}`
}

/** The key of the row belongs to a record that the importer may not change, and perhaps not see: no more is said of it. */
export function heldProblem(w: Writing, key: KeyColumns, value: string): RowProblem {
  return rowProblem(key.columns[0]!, 'keyHeld', { value }, w.locale)
}

/** The reasons of the write path, told by the columns of the file. */
export function problemsOf(w: Writing, error: Error, columns: ReadonlyMap<string, string>, prefix = ''): RowProblem[] {
  const fields = error instanceof InputError || error instanceof DuplicateError ? error.data.fields as FieldProblem[] | undefined : undefined
  if (fields?.length) return fields.map((problem) => ({ column: columnFor(columns, problem.field.slice(prefix.length)), rule: problem.rule, message: problem.message }))
  if (error instanceof DomainError) return [{ column: null, rule: error.code, message: error.message }]
  return [rowProblem(null, 'internal', { message: error.message }, w.locale)]
}

function columnFor(columns: ReadonlyMap<string, string>, path: string): string | null {
  for (let at = path; at; at = at.slice(0, Math.max(0, at.lastIndexOf('.')))) {
    const column = columns.get(at)
    if (column) return column
  }
  return path || null
}
