import type { FieldProblem } from '@kartotek/sdk'
import type { Row } from '../../model/generation.ts'
import { columnOf, type FieldModel, type ObjectModel, type ReverseList } from '../../model/model.ts'
import { groupName } from '../../model/naming.ts'
import { ValueIssue } from '../../model/field-types/index.ts'
import { valueOfDefault } from '../../model/field-types/time.ts'
import { problem } from '../problems.ts'
import { inputValue, sameColumn, storedValue } from '../stored.ts'
import type { Missing } from './stages.ts'
import type { Writing } from './writing.ts'

/** What to do with one record. */
export type WriteItem =
  | { op: 'create', id?: string, input: Record<string, unknown>, history?: History }
  | { op: 'update', id: string, version?: number | null, input: Record<string, unknown>, history?: History }
  | { op: 'archive', id: string }
  | { op: 'restore', id: string }
  | { op: 'trash', id: string }

/** Dates of the past, for imports of history by who may pass gates (`gates.pass`). */
export interface History {
  createdAt?: Date
  stageEnteredAt?: Date
  closedAt?: Date
  /** Stages that the record went through before, oldest first. */
  visits?: { stage: string, enteredAt: Date }[]
}

export type ItemResult = { ok: true, id: string, version: number } | { ok: false, error: Error, id?: string }

/**
 * One record on its way into the database. `row` is the future row. It is a copy: the unit of work writes whatever
 * changed in its entities, so a draft that is refused must never have touched one.
 */
export class Draft {
  readonly object: ObjectModel
  readonly item: WriteItem
  readonly row: Row
  readonly isNew: boolean
  /** The unit of work's entity of an existing record. */
  readonly entity: Row | null
  /** Where the record stands in the input, for messages: `` or `lines.0.`. */
  readonly path: string
  readonly before: Record<string, unknown> = {}
  readonly changed = new Set<string>()
  readonly problems: FieldProblem[] = []
  error: Error | null = null
  /** Lists that the input replaces: the drafts of their new content, and the rows that go. */
  readonly parts = new Map<ReverseList, { drafts: Draft[], removed: Row[] }>()
  /** Currency of money that names none: that of the whole for its parts (the lines of an order), else the company's. */
  currency: string | null = null
  /** The stage that the record leaves, where it moves. */
  leaves: string | null = null
  moved = false
  /** Its stage was removed while it lay in the trash: it enters another one, whose gate is noted and not asked. */
  displaced = false
  /** Ids of files that are made with it, of uploads in its fields. */
  readonly uploads = new Map<FieldModel, string>()
  /** What gates still wanted that the caller may pass without meeting them. */
  readonly unmet: Missing[] = []
  /** Read-only fields that go back to what was kept of them: no computation changes them. */
  readonly kept = new Set<string>()

  constructor(object: ObjectModel, item: WriteItem, row: Row, isNew: boolean, path = '') {
    this.object = object
    this.item = item
    this.row = { ...row }
    this.entity = isNew ? null : row
    this.isNew = isNew
    this.path = path
  }

  /** Lists in which something is added, changed or removed. */
  get changedLists(): ReverseList[] {
    return [...this.parts].filter(([, { drafts, removed }]) => removed.length > 0 || drafts.some((part) => part.touched)).map(([list]) => list)
  }

  /** Whether there is anything to write. */
  get touched(): boolean {
    return this.isNew || this.changed.size > 0 || this.changedLists.length > 0
  }

  /** Sets columns and remembers what the field was; a field that is set back to that has not changed. */
  set(field: FieldModel, columns: Record<string, unknown>): void {
    if (Object.entries(columns).every(([name, value]) => sameColumn(this.row[name], value))) return
    if (!this.changed.has(field.key)) {
      this.before[field.key] = this.isNew ? null : storedValue(field, this.row)
      this.changed.add(field.key)
    }
    for (const [name, value] of Object.entries(columns)) this.row[name] = value ?? null
    if (this.entity && field.columns.every(({ name }) => sameColumn(this.row[name], this.entity![name]))) {
      this.changed.delete(field.key)
      delete this.before[field.key]
    }
  }

  /** Notes a broken rule. That of a field which the actor may not read is noted without its name. */
  refuse(key: string, rule: string, w: Writing, params?: Record<string, unknown>): void {
    const field = this.object.byKey.get(key)
    const closed = rule !== 'unknown' && field && !w.access.canRead(field)
    this.problems.push(closed ? problem(this.path.slice(0, -1), 'closed', w.locale) : problem(this.path + key, rule, w.locale, params))
  }
}

/** Converts one input value and puts it into the draft, or notes what is wrong with it. */
export function applyValue(w: Writing, draft: Draft, field: FieldModel, value: unknown): void {
  if (value === null || value === undefined) {
    draft.set(field, Object.fromEntries(field.columns.map((c) => [c.name, null])))
    return
  }
  const columns = columnsOf(w, draft, field, storable(value))
  if (columns) draft.set(field, columns)
}

/** Gives a new record what the field begins with: «today» is the day on which it was made, which an import of the past may say. */
export function applyDefault(w: Writing, draft: Draft, field: FieldModel): void {
  applyValue(w, draft, field, valueOfDefault(field, draft.row.created_at as Date, w.generation.company.timeZone))
}

/** Notes what the rules of now have against a value that the draft has already: one that comes back from the history. */
export function checkValue(w: Writing, draft: Draft, field: FieldModel): void {
  const value = inputValue(field, draft.row)
  if (value !== null) columnsOf(w, draft, field, value)
}

/** The columns of an input value; null, with a note, where it breaks a rule. */
function columnsOf(w: Writing, draft: Draft, field: FieldModel, value: unknown): Record<string, unknown> | null {
  const broken = w.generation.validators.get(field.id)!(value)
  if (broken) {
    draft.refuse(field.key, broken.rule, w, broken.params)
    return null
  }
  try {
    const written = field.handler.write(value, field, { ...w.generation.company, ...(draft.currency ? { currency: draft.currency } : {}) })
    return Object.fromEntries(Object.entries(written).map(([suffix, v]) => [columnOf(field, suffix), v]))
  } catch (error) {
    if (!(error instanceof ValueIssue)) throw error
    draft.refuse(field.key, error.rule, w, error.params)
    return null
  }
}

/** PostgreSQL keeps neither NUL nor half a surrogate pair in a text. */
function storable(value: unknown): unknown {
  if (typeof value === 'string') return value.replaceAll('\u0000', '').toWellFormed()
  if (Array.isArray(value)) return value.map(storable)
  return value && typeof value === 'object' ? Object.fromEntries(Object.entries(value).map(([k, v]) => [k, storable(v)])) : value
}

/** The values of an input by field key and the lists by name; what is neither is refused. */
export function readInput(w: Writing, draft: Draft, input: Record<string, unknown>): { values: Map<FieldModel, unknown>, lists: Map<ReverseList, unknown> } {
  const values = new Map<FieldModel, unknown>()
  const lists = new Map<ReverseList, unknown>()
  const take = (key: string, value: unknown): void => {
    const field = draft.object.byKey.get(key)
    if (!field || !w.access.canRead(field)) draft.refuse(key, 'unknown', w)
    else if (!w.access.canWrite(field)) draft.refuse(key, 'readOnly', w)
    else values.set(field, value)
  }
  // A plugin may write without reading: then nothing is closed to it in particular.
  const reads = w.access.scope(draft.object, 'read') !== 'none'
  for (const [key, value] of Object.entries(input)) {
    if (value === undefined) continue
    const list = draft.object.lists.find((l) => l.part && l.name === key)
    const group = draft.object.fields.find((f) => f.group && groupName(f.group) === key)?.group
    if (list && (w.access.canList(list) || !reads)) lists.set(list, value)
    else if (group && !draft.object.byKey.has(key)) {
      for (const [name, v] of Object.entries(value ?? {})) if (v !== undefined) take(`${group}.${name}`, v)
    } else take(key, value)
  }
  return { values, lists }
}
