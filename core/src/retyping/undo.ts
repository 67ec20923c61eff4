import { sql, type RawBuilder } from 'kysely'
import { ConflictError, NotFoundError } from '@kartotek/sdk'
import type { Caller } from '../access/caller.ts'
import { changeModel, keepField, knownObject } from '../model/change.ts'
import { emptyColumns, makeSpare } from '../model/columns.ts'
import { columnOf, type Column, type FieldModel, type ObjectModel } from '../model/model.ts'
import type { Engine } from '../records/engine.ts'
import { sameColumn } from '../records/stored.ts'
import { converter, type Typed } from './convert.ts'
import { changedSince, typed, writeColumns } from './copy.ts'
import { readersOf } from './readers.ts'
import { findRetype, loadRetypes, UNDO_DAYS, type Retype } from './retype.ts'

type Db = Engine['db']

/**
 * Takes a change of type back. Values as they were return; what people wrote since is converted back where it can be.
 * @returns how many of these could not be, and have their former value
 */
export async function undoRetype(engine: Engine, caller: Caller, id: string): Promise<{ lost: number }> {
  const retype = await findRetype(engine.db, id)
  if (retype?.state !== 'done') throw new NotFoundError('There is no change of type that could be undone.')
  const object = knownObject(engine, retype.object)
  const field = object.fields.find((one) => one.id === retype.newFieldId)
  const former = object.fields.find((one) => one.id === retype.oldFieldId)
  if (!field || !former || field.hidden) throw new NotFoundError('There is no change of type that could be undone.')
  const { usedBy } = await readersOf(engine, caller, object, field)
  if (usedBy.length > 0) throw new ConflictError(`The field is read by ${usedBy.join(', ')}: take it out there first.`, { usedBy })
  const old = typed(retype.fromDefinition, former.columns)
  let lost = 0
  await changeModel(engine, 'shape', async (trx) => {
    const { rows: [current] } = await sql<{ state: string }>`select state from core.field_retype where id = ${id} for update`.execute(trx)
    if (current?.state !== 'done') throw new ConflictError('This change was undone already.', { id })
    lost = await bringBack(trx, engine, retype, object, field, old)
    const row = await trx.selectFrom('core.field').selectAll().where('id', '=', former.id).forUpdate().executeTakeFirstOrThrow()
    const { derivedFrom: _derived, technical: _technical, ...overrides } = row.overrides as Record<string, unknown>
    await trx.deleteFrom('core.field').where('id', '=', field.id).execute()
    await trx.updateTable('core.field').set({ name: field.name, hidden_at: null, overrides: JSON.stringify({ ...overrides, typedSince: new Date().toISOString() }), version: field.version + 1 }).where('id', '=', former.id).execute()
    await sql`update core.field_retype set state = 'undone', settled_at = now() where id = ${id}`.execute(trx)
    await keepField(trx, caller, { object: object.name, key: retype.key, label: field.label }, retype.toDefinition, retype.fromDefinition)
  })
  return { lost }
}

/** What was written since the swap goes back into the former columns. */
async function bringBack(trx: Db, engine: Engine, retype: Retype, object: ObjectModel, field: FieldModel, old: Typed): Promise<number> {
  const { company } = engine.live.current
  const forth = converter(old, field, company)
  const back = converter(field, old, company)
  let lost = 0
  for await (const rows of changedSince(trx, object, retype.swappedAt!)) {
    const news = rows.flatMap((row) => {
      const made = forth(row)
      const same = 'columns' in made ? field.columns.every((column) => sameColumn(made.columns[column.name], row[column.name])) : row[columnOf(field)] == null
      if (same) return []
      const result = back(row)
      if ('columns' in result) return [{ id: row.id, ...result.columns }]
      lost++
      return []
    })
    await writeColumns(trx, object, news, old.columns)
  }
  return lost
}

/** Columns of an object that belong to no field and are emptied soon: what a change of type that did not end, was undone or is old has left. */
export async function spareColumns(db: Db, object: string): Promise<string[]> {
  const { rows } = await sql<{ name: string }>`select c ->> 'name' as name from core.field_retype, jsonb_array_elements(case state when 'old' then from_columns else to_columns end) c
    where object = ${object} and state in ('copying', 'failed', 'undone', 'old')`.execute(db)
  return rows.map((row) => row.name)
}

/**
 * Lets go of what can no longer be undone, in two steps a day apart: a node that has not heard yet must not read a column that is
 * gone.
 */
export async function removeFormer(engine: Engine): Promise<void> {
  await changeModelIfAny(engine, sql`state = 'done' and swapped_at < now() - make_interval(days => ${UNDO_DAYS})`, async (trx, retype) => {
    await trx.deleteFrom('core.field').where('id', '=', retype.oldFieldId).execute()
    await sql`update core.field_retype set state = 'old', settled_at = now() where id = ${retype.id}`.execute(trx)
  })
  await changeModelIfAny(engine, sql`state in ('failed', 'undone', 'old') and settled_at < now() - interval '1 day'`, async (trx, retype, object) => {
    await makeSpare(trx, object.table, leftBy(retype))
    await sql`update core.field_retype set state = 'gone' where id = ${retype.id}`.execute(trx)
  }, (retype, object) => emptyColumns(engine.db, object.table, leftBy(retype)))
}

const leftBy = (retype: Retype): Column[] => (retype.state === 'old' ? retype.fromColumns : retype.toColumns)

async function changeModelIfAny(engine: Engine, which: RawBuilder<unknown>, work: (trx: Db, retype: Retype, object: ObjectModel) => Promise<void>, before?: (retype: Retype, object: ObjectModel) => Promise<void>): Promise<void> {
  for (const retype of await loadRetypes(engine.db, which)) {
    const object = engine.live.current.model.objects.get(retype.object)
    if (!object) continue
    await before?.(retype, object)
    await changeModel(engine, 'shape', (trx) => work(trx, retype, object))
  }
}
