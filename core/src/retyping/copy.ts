import { isDeepStrictEqual } from 'node:util'
import { sql } from 'kysely'
import type { FieldDefinition } from '@kartotek/sdk'
import type { Caller } from '../access/caller.ts'
import { changeModel, keepField, knownObject } from '../model/change.ts'
import type { CompanyRules, Row } from '../model/generation.ts'
import type { Column, FieldModel, ObjectModel } from '../model/model.ts'
import type { Engine } from '../records/engine.ts'
import { converter, type Typed } from './convert.ts'
import { readersOf } from './readers.ts'
import { definitionFrom, fail, findRetype, makeColumns, type Retype } from './retype.ts'

type Db = Engine['db']

const BATCH = 1_000
/** So often a change is tried, then it has failed. */
export const ATTEMPTS = 10
/** Clocks of nodes differ: rows changed so long before a pass count as changed after it. */
const MARGIN = sql`interval '5 minutes'`
const FIRST = '00000000-0000-0000-0000-000000000000'

/**
 * Fills the new columns in short batches while people work, then swaps: rows that were changed meanwhile are converted again,
 * the last of them while writers wait. May be called again after a crash.
 * @throws TableBusyError while somebody holds the table, which counts as no attempt
 */
export async function runRetype(engine: Engine, caller: Caller, id: string, signal?: AbortSignal): Promise<void> {
  const retype = await findRetype(engine.db, id)
  if (!retype || retype.state !== 'copying') return
  await engine.live.refresh()
  // Its object may be hidden by now.
  if (!engine.live.current.model.objects.get(retype.object)?.fields.some((one) => one.id === retype.oldFieldId)) { await fail(engine.db, retype, 'The field is gone.'); return }
  if (!retype.columnsThere) await makeColumns(engine, retype)
  const { rows: [turn] } = await sql<{ attempts: number }>`update core.field_retype set attempts = attempts + 1 where id = ${id} returning attempts`.execute(engine.db)
  await engine.live.refresh()
  const object = knownObject(engine, retype.object)
  const field = object.fields.find((one) => one.id === retype.oldFieldId)
  if (!field) { await fail(engine.db, retype, 'The field is gone.'); return }
  try {
    for (let after = retype.after; ;) {
      signal?.throwIfAborted()
      const last = await engine.db.transaction().execute((trx) => copyBatch(trx, engine, retype, object, field, after))
      if (last === null) break
      after = last
    }
    await swap(engine, caller, retype, object, field)
  } catch (error) {
    if (!(error instanceof InVain) && (turn?.attempts ?? 0) < ATTEMPTS) throw error
    await fail(engine.db, retype, (error as Error).message)
  }
}

/** What no other attempt would mend. */
class InVain extends Error {}

async function copyBatch(trx: Db, engine: Engine, retype: Retype, object: ObjectModel, field: FieldModel, after: string | null): Promise<string | null> {
  const { rows } = await sql<Row>`select * from core.${sql.id(object.table)} where id > ${after ?? FIRST}::uuid order by id limit ${sql.lit(BATCH)} for no key update`.execute(trx)
  const { emptied } = await writeConverted(trx, object, rows, field, typed(retype.toDefinition, retype.toColumns), engine.live.current.company, retype.emptyFailing)
  const last = rows.at(-1)?.id ?? after
  await sql`update core.field_retype set after = ${last}, copied = copied + ${rows.length}, emptied = emptied + ${emptied} where id = ${retype.id}`.execute(trx)
  return rows.length === BATCH ? last! : null
}

/** A definition with the columns in which its values stand. */
export const typed = (definition: FieldDefinition, columns: Column[]): Typed => ({ ...definition, columns })

async function writeConverted(trx: Db, object: ObjectModel, rows: readonly Row[], from: Typed, to: Typed, company: CompanyRules, emptyFailing: boolean): Promise<{ emptied: number }> {
  const convert = converter(from, to, company)
  let emptied = 0
  const news = rows.map((row) => {
    const result = convert(row)
    if ('columns' in result) return { id: row.id, ...result.columns }
    // What lies in the trash stands in nobody's way; its value comes back with the undo.
    if (!emptyFailing && !row.trashed_at) throw new InVain('A value that does not fit was written meanwhile: plan again.')
    emptied++
    return { id: row.id, ...Object.fromEntries(to.columns.map((column) => [column.name, null])) }
  })
  await writeColumns(trx, object, news, to.columns)
  return { emptied }
}

/** Sets these columns of these rows. */
export async function writeColumns(trx: Db, object: ObjectModel, news: readonly object[], columns: readonly Column[]): Promise<void> {
  if (news.length === 0) return
  await sql`update core.${sql.id(object.table)} t set ${sql.join(columns.map((c) => sql`${sql.id(c.name)} = n.${sql.id(c.name)}`))}
    from jsonb_to_recordset(${JSON.stringify(news)}::jsonb) as n (id uuid, ${sql.join(columns.map((c) => sql`${sql.id(c.name)} ${sql.raw(c.type)}`))}) where t.id = n.id`.execute(trx)
}

async function swap(engine: Engine, caller: Caller, retype: Retype, object: ObjectModel, field: FieldModel): Promise<void> {
  let since = retype.passAt
  // Most of what was changed during the first pass is converted before anybody has to wait.
  for (let round = 0; round < 3; round++) {
    const now = new Date()
    await recopy(engine.db, engine, retype, object, field, since)
    since = now
  }
  await changeModel(engine, 'shape', async (trx) => {
    const { rows: [current] } = await sql<{ state: string }>`select state from core.field_retype where id = ${retype.id} for update`.execute(trx)
    if (current?.state !== 'copying') return
    await requireAsPlanned(engine, caller, retype)
    await recopy(trx, engine, retype, object, field, since)
    const former = `${field.name.slice(0, 28)}Before${retype.id.slice(-6)}`.replace(/[^a-zA-Z0-9]/g, '')
    const old = await trx.selectFrom('core.field').selectAll().where('id', '=', field.id).forUpdate().executeTakeFirstOrThrow()
    // Whoever may not read the field may not read what it was either.
    await trx.updateTable('core.field').set({ name: former, hidden_at: new Date(), overrides: JSON.stringify({ ...old.overrides as object, derivedFrom: [retype.key], technical: true }), version: Number(old.version) + 1 }).where('id', '=', field.id).execute()
    await trx.insertInto('core.field').values({
      id: retype.newFieldId, object: object.name, field_group: 'custom', name: field.name, kind: 'custom', columns: JSON.stringify(retype.toColumns), definition: JSON.stringify({ ...retype.toDefinition, typedSince: new Date().toISOString() }),
      version: Number(old.version) + 1, created_at: old.created_at,
    }).execute()
    await sql`update core.field_retype set state = 'done', swapped_at = now() where id = ${retype.id}`.execute(trx)
    await keepField(trx, caller, { object: object.name, key: retype.key, label: field.label }, retype.fromDefinition, retype.toDefinition)
  })
}

/**
 * The plan was made when the change began. Nobody changes the model while this is asked.
 * @throws InVain where the field is another one by now, or is read by what would break
 */
async function requireAsPlanned(engine: Engine, caller: Caller, retype: Retype): Promise<void> {
  await engine.live.refresh()
  const object = knownObject(engine, retype.object)
  const field = object.fields.find((one) => one.id === retype.oldFieldId)
  if (!field || field.hidden || !isDeepStrictEqual(definitionFrom(field), retype.fromDefinition)) throw new InVain('The field was changed meanwhile: plan again.')
  const { usedBy } = await readersOf(engine, caller, object, field)
  if (usedBy.length > 0) throw new InVain('Something that would break reads the field by now: plan again.')
}

/** Converts again what was changed since then. */
async function recopy(db: Db, engine: Engine, retype: Retype, object: ObjectModel, field: FieldModel, since: Date): Promise<void> {
  for await (const rows of changedSince(db, object, since)) await writeConverted(db, object, rows, field, typed(retype.toDefinition, retype.toColumns), engine.live.current.company, retype.emptyFailing)
}

/** Rows of the object that were changed since then, in batches. */
export async function* changedSince(db: Db, object: ObjectModel, since: Date): AsyncGenerator<Row[]> {
  for (let after = FIRST; ;) {
    const { rows }: { rows: Row[] } = await sql<Row>`select * from core.${sql.id(object.table)} where updated_at > ${since}::timestamptz - ${MARGIN} and id > ${after}::uuid order by id limit ${sql.lit(BATCH)}`.execute(db)
    yield rows
    if (rows.length < BATCH) return
    after = rows.at(-1)!.id
  }
}
