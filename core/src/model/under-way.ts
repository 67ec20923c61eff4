import { sql, type Kysely } from 'kysely'
import { ConflictError } from '@kartotek/sdk'
import type { FieldModel } from './model.ts'

// Changes of the model that go on in the background, and what they keep others from meanwhile.

// eslint-disable-next-line @typescript-eslint/no-explicit-any -- tables come and go with the model
type Db = Kysely<any>

const busy = (): ConflictError => new ConflictError('This is being changed already, and many records are written for that. Stop it, or wait until it is done.')

/** What a change of the model is about: a field of an object, or a pipeline. */
export interface Place { object: string, field: string, pipeline: string }

/** Within a transaction, of two who begin something at the same place one waits for the other. */
async function hold(trx: Db, { object, field, pipeline }: Place): Promise<void> {
  await sql`select pg_advisory_xact_lock(hashtextextended(${`change of ${object} ${field} ${pipeline}`}, 0))`.execute(trx)
}

/** @throws ConflictError while the background writes records for a change of this field or pipeline */
export async function requireFree(db: Db, place: Place): Promise<void> {
  await hold(db, place)
  const { rows } = await sql`select 1 from core.pending_model_change where object = ${place.object} and field = ${place.field} and pipeline = ${place.pipeline} and state = 'running'`.execute(db)
  if (rows.length) throw busy()
}

/** @throws ConflictError while the values of the field are converted to another type */
export async function requireType(trx: Db, place: Place): Promise<void> {
  await hold(trx, place)
  const { rows } = await sql`select 1 from core.field_retype where object = ${place.object} and key = ${place.field} and state = 'copying'`.execute(trx)
  if (rows.length) throw new ConflictError('The type of this field is being changed already.')
}

/**
 * Somebody who fills the field in adds a choice, which makes a version of it: a change for which records are written goes on with
 * that one, unless it brings choices of its own. @throws ConflictError where it does
 */
export async function choiceAdded(trx: Db, { object, key }: FieldModel, version: number): Promise<void> {
  await sql`update core.pending_model_change set asked = jsonb_set(asked, '{input,version}', to_jsonb(${version + 1}::int))
    where object = ${object} and field = ${key} and change = 'updateField' and total is not null and not asked->'input' ? 'options' and asked->'input'->'version' = to_jsonb(${version}::int)`.execute(trx)
  const { rows } = await sql`select 1 from core.pending_model_change where object = ${object} and field = ${key} and state = 'running' and asked->'input' ? 'options'`.execute(trx)
  if (rows.length) throw busy()
}
