import type { Row } from '../model/generation.ts'
import { columnOf, type FieldModel } from '../model/model.ts'

/** Columns of a field as the audit trail keeps them: one value, or an object by suffix for fields of several columns. */
export function storedValue(field: FieldModel, row: Row): unknown {
  if (field.columns.length === 1) return plain(row[field.columns[0]!.name])
  if (row[field.columns[0]!.name] == null) return null
  return Object.fromEntries(field.columns.map((c) => [c.suffix || 'value', plain(row[c.name])]))
}

/** Stored value → columns. Moments come back as Date. */
export function columnsOfStored(field: FieldModel, stored: unknown): Record<string, unknown> {
  const back = (value: unknown): unknown => (field.handler.columns(field)[0]!.type === 'timestamptz' && typeof value === 'string' ? new Date(value) : value ?? null)
  if (field.columns.length === 1) return { [columnOf(field)]: back(stored) }
  const parts = stored as Record<string, unknown> | null
  return Object.fromEntries(field.columns.map((c) => [c.name, parts ? parts[c.suffix || 'value'] ?? null : null]))
}

/** Whether a stored value is of the kind that the field has now: its type may have been changed since. */
export function isStoredAs(field: FieldModel, stored: unknown): boolean {
  if (field.columns.length > 1 && (typeof stored !== 'object' || stored === null || Array.isArray(stored))) return false
  const main = field.columns.length > 1 ? (stored as { value?: unknown }).value : stored
  const type = field.columns[0]!.type
  if (type === 'boolean') return typeof main === 'boolean'
  if (type === 'text[]') return Array.isArray(main)
  if (type === 'integer' || type.startsWith('numeric')) return /^-?\d+(\.\d+)?$/.test(String(main))
  if (type === 'date') return /^\d{4}-\d{2}-\d{2}$/.test(String(main))
  if (type === 'timestamptz') return !Number.isNaN(Date.parse(String(main)))
  return typeof main === 'string'
}

/** The value as an input would give it: for computations, guards and copies. */
export function inputValue(field: FieldModel, row: Row): unknown {
  const value = (suffix = ''): unknown => plain(row[columnOf(field, suffix)])
  if (value() == null) return null
  switch (field.type) {
    case 'money': return { amount: value(), currency: value('currency') }
    case 'record': return { object: value('object'), id: value() }
    case 'taxId': return { value: value(), country: value('country') }
    case 'address': return Object.fromEntries(field.columns.map((c) => [c.suffix || 'text', plain(row[c.name])]))
    default: return value()
  }
}

function plain(value: unknown): unknown {
  return value instanceof Date ? value.toISOString() : value ?? null
}

export function sameColumn(a: unknown, b: unknown): boolean {
  if (a == null || b == null) return a == null && b == null
  if (a instanceof Date || b instanceof Date) return new Date(a as string).getTime() === new Date(b as string).getTime()
  if (Array.isArray(a) || Array.isArray(b)) return JSON.stringify(a) === JSON.stringify(b)
  return a === b || String(a) === String(b)
}
