import { nest, valueOf } from '../../model/naming.ts'
import type { FieldInfo } from '../../model/types.ts'
import type { PartList } from '../documents.ts'
import { draftOf, inputOf } from '../draft.ts'

/** A part while it is edited. `key` holds it in place on the screen; `id` is missing until it is saved. */
export interface PartRow { key: string, id: string | null, drafts: Record<string, unknown> }

const MACHINERY = new Set(['createdAt', 'createdBy', 'updatedAt', 'updatedBy', 'archivedAt', 'trashedAt', 'position'])

/** What a part shows: everything but the references back to its wholes and what the system keeps. */
export function partFields({ part }: PartList): FieldInfo[] {
  const back = new Set(part.partOf.map(({ field }) => field))
  return part.fields.filter(field => !field.hidden && (field.group !== '' || (!back.has(field.name) && !MACHINERY.has(field.name))))
}

let made = 0
/** A row of the editor, from a saved part or with the defaults of a new one. */
export function rowOf(fields: readonly FieldInfo[], part?: Record<string, unknown>): PartRow {
  const drafts = Object.fromEntries(fields.filter(field => field.writable).map((field) => {
    return [field.key, part ? draftOf(field, valueOf(part, field)) : newDraft(field)]
  }))
  return { key: `row-${made++}`, id: (part?.id as string | undefined) ?? null, drafts }
}

/** The day or the moment at which a record is made, as the default of a date. */
export const isMovingDefault = ({ type }: Pick<FieldInfo, 'type'>, value: unknown): boolean => value === MOVING[type]
const MOVING: Partial<Record<FieldInfo['type'], string>> = { date: 'today', dateTime: 'now' }

/** The draft of a field of a new record. Defaults are kept in the shape of the input. */
export function newDraft(field: FieldInfo): unknown {
  const value = isMovingDefault(field, field.default) ? new Date().toISOString() : field.default
  if (value === null || value === undefined) return draftOf(field, null)
  if (value !== field.default && field.type === 'date') return new Intl.DateTimeFormat('sv-SE').format()
  switch (field.type) {
    case 'select': return value
    case 'multiSelect': return value
    case 'reference': case 'user': case 'file': return typeof value === 'string' ? { id: value, title: null } : null
    case 'phone': return String(value)
    default: return draftOf(field, value)
  }
}

/** The input of one part; with an `id` it changes that part, without it adds one. `currency` is that of the record. */
export function toPartInput(fields: readonly FieldInfo[], row: PartRow, currency?: string): Record<string, unknown> {
  const entries = fields.filter(field => field.writable).map(field => [field, inputOf(field, row.drafts[field.key], currency)] as [FieldInfo, unknown])
  return { ...(row.id ? { id: row.id } : {}), ...nest(entries) }
}
