import { isDeepStrictEqual } from 'node:util'
import { sql, type Kysely } from 'kysely'
import { uuidv7 } from 'uuidv7'
import { ConflictError, InputError, NotFoundError, type FieldDefinition, type FieldType } from '@kartotek/sdk'
import type { Caller } from '../access/caller.ts'
import { changeModel, checkDefinition, definitionOf, invalid, keepField, knownField, knownObject, type FieldInput } from '../model/change.ts'
import { addColumns, columnsOf, identifier } from '../model/ddl.ts'
import type { FieldChangePlan } from '../model/field-plan.ts'
import type { CompanyRules, Row } from '../model/generation.ts'
import { columnOf, objectOf, type Column, type FieldModel, type ObjectModel } from '../model/model.ts'
import { accessOf, type Engine } from '../records/engine.ts'
import { inputValue, sameColumn } from '../records/stored.ts'
import { converter, CONVERTIBLE, textOf, type Typed } from './convert.ts'
import { readersOf, type Readers } from './readers.ts'

// eslint-disable-next-line @typescript-eslint/no-explicit-any -- tables come and go with the model
type Db = Kysely<any>

/** The new type, and what only it has. Choices that are not given are made of the values. */
export interface RetypeInput { type: FieldType, options?: FieldInput['options'], scale?: number | null, emptyFailing?: boolean | null }

export interface Retype {
  id: string, object: string, key: string, oldFieldId: string, newFieldId: string, fromDefinition: FieldDefinition, toDefinition: FieldDefinition, fromColumns: Column[], toColumns: Column[]
  emptyFailing: boolean, state: 'copying' | 'done' | 'failed' | 'undone' | 'old' | 'gone', after: string | null, passAt: Date, copied: number, emptied: number
  error: string | null, userId: string | null, userName: string | null, createdAt: Date, swappedAt: Date | null
}

const BATCH = 1_000
const SHOWN = 50
const MAX_MADE_OPTIONS = 100
/** How long the former values are kept. */
export const UNDO_DAYS = 30
/** So often a change is tried, then it has failed. */
export const ATTEMPTS = 10
/** Clocks of nodes differ: rows changed so long before a pass count as changed after it. */
const MARGIN = sql`interval '5 minutes'`
const FIRST = '00000000-0000-0000-0000-000000000000'

const FIELDS = sql`id, object, key, old_field_id as "oldFieldId", new_field_id as "newFieldId", from_definition as "fromDefinition", to_definition as "toDefinition", from_columns as "fromColumns", to_columns as "toColumns",
  empty_failing as "emptyFailing", state, after, pass_at as "passAt", copied::float8, emptied::float8, error, user_id as "userId", user_name as "userName", created_at as "createdAt", swapped_at as "swappedAt"`

export async function findRetype(db: Db, id: string): Promise<Retype | null> {
  return (await sql<Retype>`select ${FIELDS} from core.field_retype where id::text = ${id}`.execute(db)).rows[0] ?? null
}

/** The changes of type of an object that run, failed last, or can still be undone; the newest first. */
export async function listRetypes(db: Db, object: string): Promise<Retype[]> {
  return (await sql<Retype>`select ${FIELDS} from core.field_retype where object = ${object} and state in ('copying', 'done', 'failed')
    and created_at > now() - make_interval(days => ${UNDO_DAYS}) order by created_at desc`.execute(db)).rows
}

/** What the field would be. @throws InputError for a change that cannot be */
async function target(engine: Engine, caller: Caller, field: FieldModel, input: RetypeInput): Promise<FieldDefinition> {
  if (field.group !== 'custom') throw invalid('field', 'readOnly', 'Only own fields change their type.')
  if (field.formula !== undefined) throw invalid('type', 'readOnly', 'A field with a formula is filled by it: make a new field.')
  if (field.unique) throw invalid('unique', 'readOnly', 'Take the rule «unique» off the field first.')
  if (!CONVERTIBLE.includes(field.type) || !CONVERTIBLE.includes(input.type)) throw invalid('type', 'type', `A ${field.type} field cannot become a ${input.type} field: make a new one.`)
  if (field.type === input.type) throw invalid('type', 'type', 'The field has this type already.')
  const { label, help, required, section, position, filterable, exported, searchable, history } = field
  const texts = ['text', 'longText', 'email', 'phone', 'url', 'taxId'].includes(input.type)
  const choices = input.type === 'select' || input.type === 'multiSelect'
  const options = !choices ? undefined : input.options?.length ? definitionOf({ options: input.options }).options : await madeOptions(engine, caller, field, input.type)
  const definition = JSON.parse(JSON.stringify({
    name: field.name, type: input.type, label, help, required, section, position, filterable, exported, history, searchable: texts ? searchable : undefined,
    options, scale: input.type === 'decimal' || input.type === 'money' ? input.scale ?? undefined : undefined,
  })) as FieldDefinition
  checkDefinition(engine, definition)
  return definition
}

/** Choices of the values that are there: who has only words in a text field need not type them again. */
async function madeOptions(engine: Engine, caller: Caller, field: FieldModel, type: FieldType): Promise<FieldDefinition['options']> {
  const { company, model } = engine.live.current
  // Choices are seen by everybody: they are made of values only by who sees all of these.
  if (accessOf(engine, engine.live.current, caller.actor).scope(objectOf(model, field.object), 'read') !== 'all') throw invalid('options', 'required', 'Give the choices.')
  const words = new Map<string, string>()
  for await (const rows of rowsOf(engine.db, objectOf(model, field.object), field, sql`${sql.id(columnOf(field))} is not null and trashed_at is null`)) {
    for (const row of rows) {
      const text = textOf(field, row, company)
      for (const word of type === 'multiSelect' ? text.split(/[,;|\n]/).map((one) => one.trim()) : [text]) if (word) words.set(word.toLowerCase(), words.get(word.toLowerCase()) ?? word)
      if (words.size > MAX_MADE_OPTIONS) throw invalid('options', 'required', `The field has more than ${MAX_MADE_OPTIONS} different values: give the choices.`)
    }
  }
  if (words.size === 0) throw invalid('options', 'required', 'Give at least one choice.')
  const keys = new Set<string>()
  return [...words.values()].sort().map((word, i) => {
    const latin = word.toLowerCase().normalize('NFKD').replace(/[^a-z0-9]+/g, '_').replace(/^_+|_+$/g, '').slice(0, 40)
    const key = latin && !keys.has(latin) ? latin : `value_${i + 1}`
    keys.add(key)
    return { key, label: { [company.locale]: word.slice(0, 200) }, color: 'slate' }
  })
}

/** Rows of the field with their titles, in short keyset batches. */
async function* rowsOf(db: Db, object: ObjectModel, field: FieldModel, condition: ReturnType<typeof sql>): AsyncGenerator<(Row & { title: string | null })[]> {
  const title = object.byKey.get(object.title)
  const columns = sql.join([sql.id('id'), sql.id('version'), ...field.columns.map((c) => sql.id(c.name)), sql`${title ? sql.id(columnOf(title)) : sql`null`}::text as title`])
  for (let last = FIRST; ;) {
    const { rows }: { rows: (Row & { title: string | null })[] } = await sql<Row & { title: string | null }>`select ${columns} from core.${sql.id(object.table)} where ${condition} and id > ${last}::uuid order by id limit ${sql.lit(5 * BATCH)}`.execute(db)
    yield rows
    if (rows.length < 5 * BATCH) return
    last = rows.at(-1)!.id
  }
}

/** Finds the rows whose values the new type cannot hold. They are counted all, and the first 50 shown. */
export async function planRetype(engine: Engine, caller: Caller, objectName: string, key: string, input: RetypeInput): Promise<FieldChangePlan & { definition: FieldDefinition } & Readers> {
  const object = knownObject(engine, objectName)
  const field = knownField(object, key)
  const definition = await target(engine, caller, field, input)
  const convert = converter(field, { ...definition, columns: columnsOf('custom', definition) }, engine.live.current.company)
  const plan = { ready: true, failing: 0, rows: [] as FieldChangePlan['rows'], definition, ...await readersOf(engine, caller, object, field) }
  for await (const rows of rowsOf(engine.db, object, field, sql`${sql.id(columnOf(field))} is not null and trashed_at is null`)) {
    for (const row of rows) {
      const result = convert(row)
      if (!('rule' in result)) continue
      plan.failing++
      if (plan.rows.length < SHOWN) plan.rows.push({ id: row.id, title: row.title, value: inputValue(field, row), rule: result.rule })
    }
  }
  plan.ready = plan.usedBy.length === 0 && (plan.failing === 0 || (Boolean(input.emptyFailing) && !field.required))
  return plan
}

/** Makes the new columns beside the old ones. {@link runRetype} fills them and swaps. @returns the id of the change */
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
  await changeModel(engine, 'shape', async (trx) => {
    const { rows } = await sql`select 1 from core.field_retype where object = ${objectName} and key = ${key} and state = 'copying'`.execute(trx)
    if (rows.length > 0) throw new ConflictError('The type of this field is being changed already.')
    await addColumns(object.table, columns).execute(trx)
    await sql`insert into core.field_retype (id, object, key, old_field_id, new_field_id, from_definition, to_definition, from_columns, to_columns, empty_failing, state, user_id, user_name)
      values (${id}, ${objectName}, ${key}, ${field.id}, ${uuidv7()}, ${JSON.stringify(before)}, ${JSON.stringify(plan.definition)}, ${JSON.stringify(field.columns)}, ${JSON.stringify(columns)}, ${input.emptyFailing ?? false}, 'copying',
        ${caller.actor.userId}, ${caller.actor.name})`.execute(trx)
  })
  return id
}

/** The attributes of a definition, without what a generation adds to it. */
function definitionFrom(field: Partial<FieldModel>): FieldDefinition {
  const keys = ['name', 'type', 'label', 'help', 'required', 'unique', 'default', 'min', 'max', 'minLength', 'maxLength', 'pattern', 'format', 'scale', 'options', 'section', 'position', 'filterable', 'exported', 'searchable', 'history'] as const
  return JSON.parse(JSON.stringify(Object.fromEntries(keys.map((key) => [key, field[key]])))) as FieldDefinition
}

/**
 * Fills the new columns in short batches while people work, then swaps: rows that were changed meanwhile are converted again,
 * the last of them while writers wait. May be called again after a crash.
 */
export async function runRetype(engine: Engine, caller: Caller, id: string, signal?: AbortSignal): Promise<void> {
  const retype = await findRetype(engine.db, id)
  if (!retype || retype.state !== 'copying') return
  const { rows: [turn] } = await sql<{ attempts: number }>`update core.field_retype set attempts = attempts + 1 where id = ${id} returning attempts`.execute(engine.db)
  await engine.live.refresh()
  const object = knownObject(engine, retype.object)
  const field = object.fields.find((one) => one.id === retype.oldFieldId)
  if (!field) { await fail(engine.db, retype, 'The field is gone.'); return }
  try {
    for (let after = retype.after; ;) {
      signal?.throwIfAborted()
      const last = await engine.db.transaction().execute((trx) => copyBatch(trx, engine, retype, object, field, sql`true`, after))
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

async function copyBatch(trx: Db, engine: Engine, retype: Retype, object: ObjectModel, field: FieldModel, condition: ReturnType<typeof sql>, after: string | null): Promise<string | null> {
  const { rows } = await sql<Row>`select * from core.${sql.id(object.table)} where ${condition} and id > ${after ?? FIRST}::uuid order by id limit ${sql.lit(BATCH)} for no key update`.execute(trx)
  const { emptied } = await writeConverted(trx, object, rows, field, typed(retype.toDefinition, retype.toColumns), engine.live.current.company, retype.emptyFailing)
  const last = rows.at(-1)?.id ?? after
  await sql`update core.field_retype set after = ${last}, copied = copied + ${rows.length}, emptied = emptied + ${emptied} where id = ${retype.id}`.execute(trx)
  return rows.length === BATCH ? last! : null
}

const typed = (definition: FieldDefinition, columns: Column[]): Typed => ({ ...definition, columns })

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

async function writeColumns(trx: Db, object: ObjectModel, news: readonly object[], columns: readonly Column[]): Promise<void> {
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
  for (let after: string | null = null; ;) {
    const { rows }: { rows: Row[] } = await sql<Row>`select * from core.${sql.id(object.table)} where updated_at > ${since}::timestamptz - ${MARGIN} and id > ${after ?? FIRST}::uuid order by id limit ${sql.lit(BATCH)}`.execute(db)
    await writeConverted(db, object, rows, field, typed(retype.toDefinition, retype.toColumns), engine.live.current.company, retype.emptyFailing)
    if (rows.length < BATCH) return
    after = rows.at(-1)!.id
  }
}

/** @returns whether it was still running */
async function fail(db: Db, retype: Retype, error: string): Promise<boolean> {
  const { rows } = await sql`update core.field_retype set state = 'failed', error = ${error}, settled_at = now() where id = ${retype.id} and state = 'copying' returning id`.execute(db)
  return rows.length > 0
}

/** Ends a change that still copies: the field stays as it is. Whoever copies finds it ended before the swap. */
export async function cancelRetype(engine: Engine, caller: Caller, id: string): Promise<void> {
  const retype = await findRetype(engine.db, id)
  if (!retype || !await fail(engine.db, retype, `Cancelled by ${caller.actor.name}.`)) throw new NotFoundError('There is no change of type that runs.')
}

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
  for (let after: string | null = null; ;) {
    const { rows }: { rows: Row[] } = await sql<Row>`select * from core.${sql.id(object.table)} where updated_at > ${retype.swappedAt}::timestamptz - ${MARGIN} and id > ${after ?? FIRST}::uuid order by id limit ${sql.lit(BATCH)}`.execute(trx)
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
    if (rows.length < BATCH) return lost
    after = rows.at(-1)!.id
  }
}

/** Columns of an object that belong to no field and are dropped soon: what a change of type that did not end, was undone or is old has left. */
export async function spareColumns(db: Db, object: string): Promise<string[]> {
  const { rows } = await sql<{ name: string }>`select c ->> 'name' as name from core.field_retype, jsonb_array_elements(case state when 'old' then from_columns else to_columns end) c
    where object = ${object} and state in ('copying', 'failed', 'undone', 'old')`.execute(db)
  return rows.map((row) => row.name)
}

async function dropColumns(trx: Db, object: ObjectModel, columns: readonly Column[]): Promise<void> {
  await sql`alter table core.${sql.id(object.table)} ${sql.join(columns.map((column) => sql`drop column if exists ${sql.id(column.name)}`))}`.execute(trx)
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
    await dropColumns(trx, object, retype.state === 'old' ? retype.fromColumns : retype.toColumns)
    await sql`update core.field_retype set state = 'gone' where id = ${retype.id}`.execute(trx)
  })
}

async function changeModelIfAny(engine: Engine, which: ReturnType<typeof sql>, work: (trx: Db, retype: Retype, object: ObjectModel) => Promise<void>): Promise<void> {
  for (const retype of (await sql<Retype>`select ${FIELDS} from core.field_retype where ${which}`.execute(engine.db)).rows) {
    const object = engine.live.current.model.objects.get(retype.object)
    if (object) await changeModel(engine, 'shape', (trx) => work(trx, retype, object))
  }
}
