import { sql, type Kysely } from 'kysely'
import { uuidv7 } from 'uuidv7'
import { FIELD_TYPES, type FieldDefinition, type ObjectDefinition } from '@kartotek/sdk'
import { addColumns } from './columns.ts'
import { addForeignKey, columnsOf, createTable } from './ddl.ts'
import { targetOf, type Column } from './model.ts'
import { snake } from './naming.ts'

/** Objects and fields that features and plugins bring, with the id of the bringer. */
export interface ModelContribution {
  /** Id of the feature or plugin. */
  from: string
  /** Core features make system objects; plugins make objects that belong to them. */
  core: boolean
  objects: ObjectDefinition[]
  fields: Record<string, FieldDefinition[]>
}

// eslint-disable-next-line @typescript-eslint/no-explicit-any -- tables come and go with the model
type Db = Kysely<any>

/**
 * Brings the database up to the contributed model: new objects get tables, new fields get columns, changed definitions
 * are taken over. Additive only: what a node does not know stays as it is, because another node may know it.
 * Runs in the caller's transaction under the model lock. Gives true where the shape changed.
 */
export async function syncModel(trx: Db, contributions: ModelContribution[]): Promise<boolean> {
  await lockModel(trx)
  const stored = await loadStored(trx)
  const tables = new Map([...stored.objects.values()].map((row) => [row.name, row.table_name]))
  let changed = false
  let position = 0
  const added: { table: string, definition: FieldDefinition, columns: Column[], cascade: boolean }[] = []

  for (const { from, core, objects } of contributions) {
    for (const object of objects) {
      changed = await syncObject(trx, object, core ? 'system' : 'plugin', from, position++, stored, tables) || changed
    }
  }
  for (const { from, core, objects, fields } of contributions) {
    const own = objects.flatMap((object) => object.fields.map((field) => ({ object: object.name, field, group: '', parts: [object.partOf ?? []].flat() })))
    const foreign = Object.entries(fields).flatMap(([object, list]) => list.map((field) => ({ object, field, group: core ? '' : from, parts: [] })))
    for (const { object, field, group, parts } of [...own, ...foreign]) {
      const table = tables.get(object)
      if (!table) throw new Error(`${from} adds the field "${field.name}" to an object "${object}" that does not exist.`)
      const result = await syncField(trx, table, object, group, core ? 'system' : 'plugin', field, stored)
      changed = result.changed || changed
      if (result.columns) added.push({ table, definition: field, columns: result.columns, cascade: parts.some((p) => p.field === field.name) })
    }
  }
  for (const { table, definition, columns, cascade } of added) {
    const target = targetOf(definition)
    if (target && tables.has(target)) await addForeignKey(table, columns[0]!.name, tables.get(target)!, cascade).execute(trx)
  }
  if (changed) await bumpRevision(trx, 'shape')
  return changed
}

/** One change of the model at a time, over all nodes. Held to the end of the transaction. */
export async function lockModel(trx: Db): Promise<void> {
  await sql`select pg_advisory_xact_lock(hashtext('kartotek.model'))`.execute(trx)
}

/** Tells all nodes, after commit, that the model has changed. */
export async function bumpRevision(trx: Db, which: 'shape' | 'rules'): Promise<void> {
  await sql`update core.revision set ${sql.id(which)} = ${sql.id(which)} + 1`.execute(trx)
  await sql`select pg_notify('kartotek_model', '')`.execute(trx)
}

interface StoredObject { name: string, table_name: string, plugin: string | null, definition: unknown }
interface StoredField { id: string, object: string, field_group: string, name: string, definition: unknown }
interface Stored { objects: Map<string, StoredObject>, fields: Map<string, StoredField> }

const fieldPlace = (object: string, group: string, name: string): string => `${object} ${group} ${name}`

/** All of it at once: a start compares hundreds of fields, and as a rule none of them is new. */
async function loadStored(trx: Db): Promise<Stored> {
  const objects: StoredObject[] = await trx.selectFrom('core.object').select(['name', 'table_name', 'plugin', 'definition']).execute()
  const fields: StoredField[] = await trx.selectFrom('core.field').select(['id', 'object', 'field_group', 'name', 'definition']).execute()
  return { objects: new Map(objects.map((row) => [row.name, row])), fields: new Map(fields.map((row) => [fieldPlace(row.object, row.field_group, row.name), row])) }
}

async function syncObject(trx: Db, object: ObjectDefinition, kind: string, from: string, position: number, stored: Stored, tables: Map<string, string>): Promise<boolean> {
  const { fields: _fields, ...definition } = object
  const row = stored.objects.get(object.name)
  if (row) {
    if (row.plugin !== from) throw new Error(`${from} brings the object "${object.name}", which belongs to ${row.plugin ?? 'the company'}.`)
    if (same(row.definition, definition)) return false
    await trx.updateTable('core.object').set({ definition: JSON.stringify(definition), plural: object.plural, position }).where('name', '=', object.name).execute()
    return true
  }
  const table = snake(object.name)
  await createTable(table, object).execute(trx)
  await trx.insertInto('core.object').values({
    id: uuidv7(), name: object.name, plural: object.plural, kind, plugin: from, table_name: table, position, definition: JSON.stringify(definition),
  }).execute()
  tables.set(object.name, table)
  return true
}

async function syncField(trx: Db, table: string, object: string, group: string, kind: string, field: FieldDefinition, stored: Stored): Promise<{ changed: boolean, columns?: Column[] }> {
  if (!FIELD_TYPES.includes(field.type)) throw new Error(`Field ${object}.${field.name} has the unknown type "${field.type}".`)
  const row = stored.fields.get(fieldPlace(object, group, field.name))
  if (row) {
    if (same(row.definition, field)) return { changed: false }
    if ((row.definition as FieldDefinition).type !== field.type) {
      throw new Error(`Field ${object}.${field.name} cannot change its type from ${(row.definition as FieldDefinition).type} to ${field.type}: give the new one another name.`)
    }
    await trx.updateTable('core.field').set({ definition: JSON.stringify(field) }).where('id', '=', row.id).execute()
    return { changed: true }
  }
  const columns = columnsOf(group, field)
  const id = uuidv7()
  await addColumns(trx, table, columns)
  await trx.insertInto('core.field').values({
    id, object, field_group: group, name: field.name, kind, columns: JSON.stringify(columns), definition: JSON.stringify(field),
  }).execute()
  stored.fields.set(fieldPlace(object, group, field.name), { id, object, field_group: group, name: field.name, definition: field })
  return { changed: true, columns }
}

/** jsonb does not keep the order of keys, so definitions are compared in a canonical form. */
function same(a: unknown, b: unknown): boolean {
  return canonical(a) === canonical(b)
}
function canonical(value: unknown): string {
  return JSON.stringify(value, (_key, v: unknown) => (v && typeof v === 'object' && !Array.isArray(v)
    ? Object.fromEntries(Object.entries(v).sort(([a], [b]) => (a < b ? -1 : 1)))
    : v))
}
