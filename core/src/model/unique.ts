import { sql, type RawBuilder } from 'kysely'
import { identifier } from './ddl.ts'
import type { Row } from './generation.ts'
import { columnOf, type FieldModel, type ObjectModel } from './model.ts'

/** What values of a field are recognised by: phones by their numbers, and as they were written where they are none. */
export function identity(field: FieldModel, alias?: string): RawBuilder<string> {
  const column = (suffix = '') => sql.ref<string>(alias ? `${alias}.${columnOf(field, suffix)}` : columnOf(field, suffix))
  return field.type === 'phone' ? sql<string>`coalesce(${column('e164')}, ${column()})` : column()
}

/** The same of a row in hand; null where the field is empty. */
export function identityOf(field: FieldModel, row: Row): string | null {
  const value = (field.type === 'phone' ? row[columnOf(field, 'e164')] : null) ?? row[columnOf(field)]
  return value == null ? null : String(value)
}

/** The index that is the last word on the uniqueness of a field. */
export function uniqueIndexName({ table }: Pick<ObjectModel, 'table'>, field: FieldModel): string {
  return identifier(`ux_${table}_${columnOf(field)}${field.type === 'phone' ? '_number' : ''}`)
}
