import { sql, type Kysely } from 'kysely'
import { uuidv7 } from 'uuidv7'
import { ConflictError } from '@kartotek/sdk'
import type { Caller } from '../access/caller.ts'
import type { Engine } from '../records/engine.ts'
import { changeModel, invalid, keepField, knownField, knownObject, type Trying } from './change.ts'
import { emptyColumns, makeSpare } from './columns.ts'
import { identifier } from './ddl.ts'
import { leadsToWhole, type Column } from './model.ts'

// eslint-disable-next-line @typescript-eslint/no-explicit-any -- tables come and go with the model
type Db = Kysely<any>

/**
 * Deletes an own field that is hidden, for good: it counts no longer, and its values are cleared in the background. What changes of
 * records tell of it stays with them.
 * @param confirm the name of the field
 * @throws ConflictError for a field that is not hidden
 */
export async function deleteField(engine: Engine, caller: Caller, objectName: string, key: string, confirm: string, trying?: Trying): Promise<void> {
  const object = knownObject(engine, objectName)
  const field = knownField(object, key)
  if (field.kind !== 'custom' || leadsToWhole(object, field) || field.technical) throw invalid('field', 'readOnly', 'Only own fields can be deleted.')
  if (confirm !== field.name) throw invalid('confirm', 'option', `Write the name of the field to delete it: ${field.name}.`)
  await changeModel(engine, 'shape', async (trx) => {
    const row = await trx.selectFrom('core.field').select(['hidden_at', 'columns', 'definition', 'overrides']).where('id', '=', field.id).forUpdate().executeTakeFirst()
    if (!row?.hidden_at) throw new ConflictError('Hide the field first: what is in use is not deleted.')
    await sql`insert into core.deleted_field (id, object, name, columns) values (${uuidv7()}, ${objectName}, ${field.name}, ${JSON.stringify(row.columns)})`.execute(trx)
    await sql`delete from core.field_period where object = ${objectName} and field = ${key}`.execute(trx)
    await trx.deleteFrom('core.field').where('id', '=', field.id).execute()
    // A later one of this name is another one.
    await sql`delete from core.pending_model_change where object = ${objectName} and field = ${key} and state in ('stopped', 'failed', 'done')`.execute(trx)
    await keepField(trx, caller, field, { ...row.definition, ...row.overrides }, null)
  }, trying)
}

/** Columns of an object that fields had which were deleted, and which are not cleared yet. */
export async function deletedColumns(db: Db, object: string): Promise<string[]> {
  const { rows } = await sql<{ name: string }>`select c ->> 'name' as name from core.deleted_field, jsonb_array_elements(columns) c where object = ${object} and cleared_at is null`.execute(db)
  return rows.map((row) => row.name)
}

/**
 * The columns of a new field beside those of others (a text `contractId` and a reference `contract` would have one) and those that are still
 * to be cleared, and whether changes of records tell of a former one of this name.
 */
export async function besideOthers(trx: Db, object: string, name: string, columns: Column[]): Promise<{ columns: Column[], hadNamesake: boolean }> {
  const { rows: fields } = await sql<{ columns: Column[] }>`select columns from core.field where object = ${object}`.execute(trx)
  const taken = new Set([...await deletedColumns(trx, object), ...fields.flatMap((field) => field.columns.map((column) => column.name))])
  const mark = uuidv7().slice(-6)
  const { rows } = await sql`select 1 from core.deleted_field where object = ${object} and name = ${name} limit 1`.execute(trx)
  return { hadNamesake: rows.length > 0, columns: columns.map((column) => (taken.has(column.name) ? { ...column, name: identifier(`${column.name}__d${mark}`) } : column)) }
}

/** Clears what deleted fields held, a day later: a node that has not heard yet must not read a column that is gone. */
export async function clearDeleted(engine: Engine): Promise<void> {
  const { rows } = await sql<{ id: string, table: string, columns: Column[] }>`select d.id, o.table_name as table, d.columns from core.deleted_field d join core.object o on o.name = d.object
    where d.cleared_at is null and d.deleted_at < now() - interval '1 day' order by d.id`.execute(engine.db)
  for (const { id, table, columns } of rows) {
    await emptyColumns(engine.db, table, columns)
    await changeModel(engine, 'shape', async (trx) => {
      await makeSpare(trx, table, columns)
      await sql`update core.deleted_field set cleared_at = now() where id = ${id}`.execute(trx)
    })
  }
}
