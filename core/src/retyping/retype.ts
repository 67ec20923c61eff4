import { sql, type RawBuilder } from 'kysely'
import { uuidv7 } from 'uuidv7'
import { ConflictError, InputError, NotFoundError, type FieldDefinition } from '@kartotek/sdk'
import type { Caller } from '../access/caller.ts'
import { changeModel, knownField, knownObject, TableBusyError } from '../model/change.ts'
import { addColumns } from '../model/columns.ts'
import { columnsOf, identifier } from '../model/ddl.ts'
import type { Column, FieldModel } from '../model/model.ts'
import { requireFree } from '../model/under-way.ts'
import type { Engine } from '../records/engine.ts'
import { planRetype, type RetypeInput } from './plan.ts'

type Db = Engine['db']

/** A row of `core.field_retype`. */
export interface Retype {
  id: string, object: string, key: string, oldFieldId: string, newFieldId: string, fromDefinition: FieldDefinition, toDefinition: FieldDefinition, fromColumns: Column[], toColumns: Column[]
  emptyFailing: boolean, columnsThere: boolean, state: 'copying' | 'done' | 'failed' | 'undone' | 'old' | 'gone', after: string | null, passAt: Date, copied: number, emptied: number
  error: string | null, userId: string | null, userName: string | null, createdAt: Date, swappedAt: Date | null
}

/** How long the former values are kept. */
export const UNDO_DAYS = 30

const FIELDS = sql`id, object, key, old_field_id as "oldFieldId", new_field_id as "newFieldId", from_definition as "fromDefinition", to_definition as "toDefinition", from_columns as "fromColumns", to_columns as "toColumns",
  empty_failing as "emptyFailing", columns_there as "columnsThere", state, after, pass_at as "passAt", copied::float8, emptied::float8, error, user_id as "userId", user_name as "userName", created_at as "createdAt", swapped_at as "swappedAt"`

/** Changes of type that meet this condition, the newest first. */
export async function loadRetypes(db: Db, which: RawBuilder<unknown>): Promise<Retype[]> {
  return (await sql<Retype>`select ${FIELDS} from core.field_retype where ${which} order by created_at desc`.execute(db)).rows
}

export async function findRetype(db: Db, id: string): Promise<Retype | null> {
  return (await loadRetypes(db, sql`id::text = ${id}`))[0] ?? null
}

/** The changes of type of an object that run, failed last, or can still be undone; the newest first. */
export async function listRetypes(db: Db, object: string): Promise<Retype[]> {
  return loadRetypes(db, sql`object = ${object} and state in ('copying', 'done', 'failed') and created_at > now() - make_interval(days => ${UNDO_DAYS})`)
}

/**
 * Makes the new columns beside the old ones. `copy.ts` fills them and swaps, and makes them first where somebody holds the
 * table now. @returns the id of the change
 */
export async function startRetype(engine: Engine, caller: Caller, objectName: string, key: string, input: RetypeInput): Promise<string> {
  const object = knownObject(engine, objectName)
  const field = knownField(object, key)
  const plan = await planRetype(engine, caller, objectName, key, input)
  if (plan.usedBy.length > 0) throw new ConflictError(`The field is read by ${plan.usedBy.join(', ')}: take it out there first.`, { usedBy: plan.usedBy })
  // Which records these are tells the plan, to who may see them.
  if (!plan.ready) throw new InputError(`${plan.failing} records have values that do not fit the new type. Mend them first, or let them become empty.`)
  const id = uuidv7()
  const columns = columnsOf('custom', plan.definition).map((column) => ({ ...column, name: identifier(`${column.name}__r${id.slice(-6)}`) }))
  const before = definitionFrom(field)
  const begin = async (trx: Db, columnsThere: boolean): Promise<void> => {
    const { rows } = await sql`select 1 from core.field_retype where object = ${objectName} and key = ${key} and state = 'copying'`.execute(trx)
    if (rows.length > 0) throw new ConflictError('The type of this field is being changed already.')
    await requireFree(trx, { object: objectName, field: key, pipeline: '' })
    if (columnsThere) await addColumns(trx, object.table, columns)
    await sql`insert into core.field_retype (id, object, key, old_field_id, new_field_id, from_definition, to_definition, from_columns, to_columns, empty_failing, columns_there, state, user_id, user_name)
      values (${id}, ${objectName}, ${key}, ${field.id}, ${uuidv7()}, ${JSON.stringify(before)}, ${JSON.stringify(plan.definition)}, ${JSON.stringify(field.columns)}, ${JSON.stringify(columns)}, ${input.emptyFailing ?? false}, ${columnsThere}, 'copying',
        ${caller.actor.userId}, ${caller.actor.name})`.execute(trx)
  }
  try {
    await changeModel(engine, 'shape', (trx) => begin(trx, true))
  } catch (error) {
    if (!(error instanceof TableBusyError)) throw error
    await engine.db.transaction().execute((trx) => begin(trx, false))
  }
  return id
}

/** Makes the new columns of a change that began while somebody held the table. @throws TableBusyError */
export async function makeColumns(engine: Engine, retype: Retype): Promise<void> {
  await changeModel(engine, 'shape', async (trx) => {
    await addColumns(trx, knownObject(engine, retype.object).table, retype.toColumns)
    await sql`update core.field_retype set columns_there = true where id = ${retype.id}`.execute(trx)
  }, { giveUpAfterMs: 1_000 })
}

/** Ends a change that still copies as failed. @returns whether it did */
export async function fail(db: Db, retype: Retype, error: string): Promise<boolean> {
  const { rows } = await sql`update core.field_retype set state = 'failed', error = ${error}, settled_at = now() where id = ${retype.id} and state = 'copying' returning id`.execute(db)
  return rows.length > 0
}

/** Ends a change that still copies: the field stays as it is. Whoever copies finds it ended before the swap. */
export async function cancelRetype(engine: Engine, caller: Caller, id: string): Promise<void> {
  const retype = await findRetype(engine.db, id)
  if (!retype || !await fail(engine.db, retype, `Cancelled by ${caller.actor.name}.`)) throw new NotFoundError('There is no change of type that runs.')
}

/** The attributes of a definition, without what a generation adds to it. */
export function definitionFrom(field: Partial<FieldModel>): FieldDefinition {
  const keys = ['name', 'type', 'label', 'help', 'required', 'unique', 'default', 'min', 'max', 'minLength', 'maxLength', 'pattern', 'format', 'scale', 'options', 'section', 'shownWhen', 'position', 'filterable', 'exported', 'searchable', 'history'] as const
  return JSON.parse(JSON.stringify(Object.fromEntries(keys.map((key) => [key, field[key]])))) as FieldDefinition
}
