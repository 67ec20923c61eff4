import { sql, type RawBuilder } from 'kysely'
import type { Row } from '../model/generation.ts'
import { columnOf, objectOf, type FieldModel, type Model, type ObjectModel, type ReverseList } from '../model/model.ts'
import { sameColumn, storedValue } from '../records/stored.ts'

/** Fields whose value a merge decides; what the server computes follows from them. */
export function mergedFields(object: ObjectModel): FieldModel[] {
  return object.fields.filter((field) => !field.readOnly && !field.technical && !['pipeline', 'stage', 'lossReason'].includes(field.key))
}

export const isEmpty = (field: FieldModel, row: Row): boolean => { const value = row[columnOf(field)]; return value == null || value === '' || (Array.isArray(value) && !value.length) }
export const sameValue = (field: FieldModel, a: Row, b: Row): boolean => field.columns.every((c) => sameColumn(a[c.name], b[c.name]))
export const columnsFrom = (field: FieldModel, row: Row): Record<string, unknown> => Object.fromEntries(field.columns.map((c) => [c.name, row[c.name] ?? null]))

/** Where a value comes from if nobody chooses: lists of options are united, an empty field takes what the other has. */
export function usualSource(field: FieldModel, winner: Row, loser: Row): 'WINNER' | 'LOSER' | 'BOTH' {
  if (isEmpty(field, loser) || sameValue(field, winner, loser)) return 'WINNER'
  if (isEmpty(field, winner)) return 'LOSER'
  return field.type === 'multiSelect' ? 'BOTH' : 'WINNER'
}

export function unitedColumns(field: FieldModel, winner: Row, loser: Row): Record<string, unknown> {
  const column = columnOf(field)
  return { [column]: [...new Set([...winner[column] as string[], ...loser[column] as string[]])] }
}

/** By what a part is the same as another one; of others all fields must agree. */
const IDENTITY: Record<string, string[]> = { contactPoint: ['kind', 'key'], clientBankAccount: ['account'], clientContact: ['client'], clientAddress: ['kind', 'address'] }

/** Parts of the loser that the winner has not; of own lists all, where equal ones (two instalments) are two. */
export function missingParts(part: ObjectModel, list: ReverseList, winner: readonly Row[], loser: readonly Row[]): Row[] {
  if (part.kind === 'custom') return [...loser]
  const fields = IDENTITY[part.name]?.flatMap((key) => part.byKey.get(key) ?? []) ?? part.fields.filter((f) => f.key !== list.field && !f.technical && !f.id.startsWith('base:'))
  const mark = (row: Row): string => JSON.stringify(fields.map((field) => storedValue(field, row)))
  const seen = new Set(winner.map(mark))
  return loser.filter((row) => { const m = mark(row); if (seen.has(m)) return false; seen.add(m); return true })
}

/** A field of some object that can name a record of ours. */
export interface Pointer { object: ObjectModel, field: FieldModel }

/** Every field that can point at records of the object, own objects and parts included; not the parts of the object itself. */
export function pointersAt(model: Model, object: ObjectModel): Pointer[] {
  return [...model.objects.values()].flatMap((other) => other.fields
    .filter((field) => (field.handler.filter === 'relation' && field.to === object.name && !other.partOf.some((p) => p.object === object.name && p.field === field.key)) || field.handler.filter === 'record')
    .map((field) => ({ object: other, field })))
}

export function pointsAt({ object: _, field }: Pointer, target: ObjectModel, id: string, alias = 'r'): RawBuilder<boolean> {
  const is = sql<boolean>`${sql.ref(`${alias}.${columnOf(field)}`)} = ${id}::uuid`
  return field.handler.filter === 'record' ? sql<boolean>`(${is} and ${sql.ref(`${alias}.${columnOf(field, 'object')}`)} = ${target.name})` : is
}

/** The record that a part belongs to: the contact of a role at a client. */
export function wholeOf(model: Model, part: ObjectModel, row: Row): { object: ObjectModel, list: ReverseList, id: string } | null {
  for (const { object: name, field } of part.partOf) {
    const id = row[columnOf(part.byKey.get(field)!)] as string | null
    const object = objectOf(model, name)
    const list = object.lists.find((l) => l.part && l.object === part.name && l.field === field)
    if (id && list) return { object, list, id }
  }
  return null
}
