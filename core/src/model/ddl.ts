import { sql, type RawBuilder } from 'kysely'
import { createHash } from 'node:crypto'
import type { FieldDefinition, ObjectDefinition } from '@kartotek/sdk'
import { baseColumns } from './base-fields.ts'
import { fieldTypes } from './field-types/index.ts'
import type { Column } from './model.ts'
import { columnPrefix, snake } from './naming.ts'

/** PostgreSQL cuts names at 63 bytes; a longer one keeps its beginning and gets a hash, so that it stays unique. */
export function identifier(name: string): string {
  if (name.length <= 63) return name
  return `${name.slice(0, 52)}_${createHash('sha256').update(name).digest('hex').slice(0, 10)}`
}

/** Where the values of a new field will live. References end in `_id`. */
export function columnsOf(group: string, definition: FieldDefinition): Column[] {
  const handler = fieldTypes[definition.type]
  const relation = handler.filter === 'relation' || handler.filter === 'record' ? '_id' : ''
  const base = `${columnPrefix(group)}${snake(definition.name)}${relation}`
  return handler.columns(definition).map(({ suffix, type }) => ({ suffix, type, name: identifier(suffix ? `${base}__${suffix}` : base) }))
}

export function createTable(table: string, object: ObjectDefinition): RawBuilder<unknown> {
  return sql`create table if not exists core.${sql.id(table)} (${sql.raw(baseColumns(object).join(', '))})`
}

/** A reference points at a real record; a part goes with its whole. A new file is written after the record that it belongs to. */
export function addForeignKey(table: string, column: string, target: string, cascade: boolean): RawBuilder<unknown> {
  const name = identifier(`fk_${table}_${column}`)
  return sql`alter table core.${sql.id(table)} add constraint ${sql.id(name)} foreign key (${sql.id(column)})
    references core.${sql.id(target)} (id) on delete ${sql.raw(cascade ? 'cascade' : 'set null')} ${sql.raw(target === 'file' ? 'deferrable initially deferred' : '')} not valid`
}
