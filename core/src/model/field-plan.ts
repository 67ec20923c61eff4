import { sql, type Kysely } from 'kysely'
import { ConflictError, InputError, type FieldDefinition, type ObjectDefinition } from '@kartotek/sdk'
import type { Caller } from '../access/caller.ts'
import { keepConfiguration } from '../changes/configuration.ts'
import { readingOf, type Engine } from '../records/engine.ts'
import { emptyPlan } from '../records/plan.ts'
import { readByIds } from '../records/rows.ts'
import { inputValue } from '../records/stored.ts'
import { baseFields } from './base-fields.ts'
import type { ObjectOverrides } from './load.ts'
import { changeModel, checkDefinition, checkFormulaOf, definitionOf, invalid, isBase, keepField, knownField, knownObject, openTo, type FieldInput, type Trying } from './change.ts'
import { identifier } from './ddl.ts'
import { brokenWithout, withoutField } from './dependants.ts'
import type { Row } from './generation.ts'
import { columnOf, leadsToWhole, objectOf, type FieldModel, type ObjectModel } from './model.ts'
import { withNewNames } from './new-names.ts'
import { checkShownWhen } from './shown-when.ts'
import { identity, identityOf, uniqueIndexName } from './unique.ts'
import { RepeatedError, withUniqueIndex } from './unique-index.ts'
import { compileCheck } from './validators.ts'
import { RecordsFirst, writeFirst, type WrittenFirst } from './written-first.ts'

// eslint-disable-next-line @typescript-eslint/no-explicit-any -- tables come and go with the model
type Db = Kysely<any>

/** A change of a field; `backfill` fills the empty rows before the field becomes required. */
export interface FieldUpdate extends Partial<Omit<FieldInput, 'name' | 'type'>> { version?: number | null, backfill?: unknown }

/** What stands in the way of a change, before it is made. */
export interface FieldChangePlan {
  /** Nothing stands in the way, or the backfill removes it. */
  ready: boolean
  failing: number
  rows: { id: string, title: string | null, value: unknown, rule: string }[]
}

const SHOWN = 50
const SCAN = 5_000
const INDEX_WAIT_MS = 10_000

/** Finds the rows that a stricter field would refuse. They are counted all, and the first 50 shown. */
export async function planFieldChange(engine: Engine, objectName: string, key: string, update: FieldUpdate, db: Db = engine.db): Promise<FieldChangePlan> {
  const object = knownObject(engine, objectName)
  const field = knownField(object, key)
  const next = nextDefinition(engine, field, update)
  const plan: FieldChangePlan = { ready: true, failing: 0, rows: [] }
  const note = (row: Row & { title?: string | null }, rule: string): void => {
    plan.failing += 1
    if (plan.rows.length < SHOWN) plan.rows.push({ id: row.id, title: row.title ?? null, value: inputValue(field, row), rule })
  }
  if (next.required && !field.required) for await (const row of emptyRows(db, object, field)) note(row, 'required')
  const onlyEmpty = plan.failing
  if (next.unique && !field.unique) {
    const repeated = await repeatedRows(db, object, field)
    for (const row of repeated) note(row, 'unique')
    plan.failing += Number(repeated[0]?.total ?? 0) - repeated.length
  }
  if (stricter(field, next)) {
    const validate = compileCheck(next, engine.live.current.company)
    for await (const row of filledRows(db, object, field)) {
      const broken = validate(inputValue(field, row))
      if (broken) note(row, broken.rule)
    }
  }
  const filled = update.backfill !== undefined && update.backfill !== null
  if (filled && compileCheck(next, engine.live.current.company)(update.backfill)) throw invalid('backfill', 'type', 'The value to fill in does not meet the rules of the field.')
  if (filled && next.unique && onlyEmpty) await checkFilledOnce(engine, db, object, field, update.backfill, onlyEmpty)
  plan.ready = plan.failing === 0 || (filled && plan.failing === onlyEmpty)
  return plan
}

/**
 * Changes a field. What would leave rows that break the new rules is refused with the plan.
 * @throws ConflictError with a stale version, InputError with the failing rows, RecordsFirst
 */
export async function updateField(engine: Engine, caller: Caller, objectName: string, key: string, update: FieldUpdate, trying?: Trying): Promise<void> {
  const object = knownObject(engine, objectName)
  const field = knownField(object, key)
  const next = nextDefinition(engine, field, update)
  checkShownWhen(object, key, update.shownWhen, openTo(engine, caller))
  const first = await planFieldChange(engine, objectName, key, update)
  if (!first.ready) throw refused(await asSeenBy(engine, caller, object, field, first))
  if (first.failing) {
    requireVersion(field, update, await storedField(engine.db, field))
    await writeFirst(engine, filledFirst(caller, object, field, update.backfill), first.failing, trying)
  }
  const unique = next.unique && !field.unique
  const make = () => changeModel(engine, 'rules', async (trx) => {
    const row = await storedField(trx, field)
    requireVersion(field, update, row)
    // Nobody may add a row that breaks the rule between the look and the change.
    if (next.required !== field.required) await sql`lock table core.${sql.id(object.table)} in share row exclusive mode`.execute(trx)
    // What repeats its index refuses already.
    const again = await planFieldChange(engine, objectName, key, { ...update, ...(unique ? { unique: undefined } : {}) }, trx)
    if (again.failing && again.ready) throw new RecordsFirst(again.failing)
    if (again.failing) throw refused(await asSeenBy(engine, caller, object, field, again))
    if (next.unique === false && field.unique) await sql`drop index if exists core.${sql.id(uniqueIndexName(object, field))}, core.${sql.id(identifier(`ux_${object.table}_${columnOf(field)}`))}`.execute(trx)
    const { version: _version, backfill: _backfill, ...input } = update
    const changes = JSON.parse(JSON.stringify(definitionOf(input), (_k, v: unknown) => v ?? null)) as object
    const overrides = { ...row.overrides, ...changes }
    await row.store(overrides, row.version + 1)
    // Nobody writes down what comes after: an open period would tell a value that may be over.
    if (field.history && !next.history) await sql`update core.field_period set to_at = now() where object = ${objectName} and field = ${key} and to_at is null`.execute(trx)
    await keepField(trx, caller, { ...field, label: next.label }, { ...row.definition, ...row.overrides }, { ...row.definition, ...overrides })
  }, trying)
  if (!unique) return make()
  try {
    await withUniqueIndex(engine.db, object, field, INDEX_WAIT_MS, make)
  } catch (error) {
    if (!(error instanceof RepeatedError)) throw error
    const repeated = await planFieldChange(engine, objectName, key, { ...update, backfill: undefined })
    if (repeated.failing) throw refused(await asSeenBy(engine, caller, object, field, repeated))
    throw new ConflictError('Somebody changed this field meanwhile. Look at it again.', { object: objectName, field: key })
  }
}

/** Where what the company set of a field is kept: beside its definition, or with the object where every record has the field. */
export async function storedField(trx: Db, field: FieldModel): Promise<{ version: number, definition: FieldDefinition, overrides: Partial<FieldDefinition>, store(overrides: object, version: number): Promise<unknown> }> {
  if (!isBase(field)) {
    const row = await trx.selectFrom('core.field').select(['version', 'definition', 'overrides']).where('id', '=', field.id).forUpdate().executeTakeFirstOrThrow()
    return { ...row, store: (overrides, version) => trx.updateTable('core.field').set({ overrides: JSON.stringify(overrides), version }).where('id', '=', field.id).execute() }
  }
  const row = await trx.selectFrom('core.object').select(['name', 'definition', 'overrides']).where('name', '=', field.object).forUpdate().executeTakeFirstOrThrow()
  const { base = {}, ...rest } = row.overrides as ObjectOverrides
  const usual = baseFields({ ...row.definition, ...rest } as ObjectDefinition).find((f) => f.name === field.name)!
  const { version = 1, ...overrides } = base[field.name] ?? {}
  const definition = { name: field.name, type: field.type, label: usual.label, options: usual.options, section: usual.section } as FieldDefinition
  return {
    version, definition, overrides,
    store: (set, next) => trx.updateTable('core.object').set({ overrides: JSON.stringify({ ...rest, base: { ...base, [field.name]: { ...set, version: next } } }) }).where('name', '=', field.object).execute(),
  }
}

/**
 * Hides a field: it leaves the API at once, its values stay for the day it is restored.
 * @throws ConflictError while gates or rules need it
 */
export async function setFieldHidden(engine: Engine, caller: Caller, objectName: string, key: string, hidden: boolean, trying?: Trying): Promise<void> {
  const field = knownField(knownObject(engine, objectName), key)
  const object = knownObject(engine, objectName)
  if (hidden && (field.key === object.title || field.key === object.series?.field)) throw new ConflictError('Records are named or numbered by this field: choose another one for that first.')
  if (hidden && object.kind === 'custom' && object.accessFrom?.includes(field.key)) throw new ConflictError('Access to the records comes by this field: take it out there first.')
  if (field.kind !== 'custom' || leadsToWhole(object, field) || (field.key === 'name' && field.required) || field.technical) throw invalid('field', 'readOnly', 'Only own fields can be hidden.')
  const usedBy = hidden && !field.hidden ? await brokenWithout(engine, caller, (model) => withoutField(model, field)) : []
  if (usedBy.length > 0) throw new ConflictError(`The field is read by ${usedBy.join(', ')}: take it out there first.`, { usedBy })
  await changeModel(engine, 'shape', async (trx) => {
    const former = await trx.selectFrom('core.field').select('hidden_at').where('id', '=', field.id).forUpdate().executeTakeFirstOrThrow()
    const store = async (): Promise<void> => {
      await trx.updateTable('core.field').set({ hidden_at: hidden ? new Date() : null }).where('id', '=', field.id).execute()
    }
    await (!hidden && field.reverse ? withNewNames(engine, trx, 'without', 'field', store) : store())
    await keepConfiguration(trx, caller, {
      subject: 'field', id: `${objectName}.${key}`, object: objectName, name: field.label, before: { hidden: former.hidden_at !== null }, after: { hidden },
    })
  }, trying)
}

function nextDefinition(engine: Engine, field: FieldModel, update: FieldUpdate): FieldDefinition {
  const { version: _version, backfill: _backfill, ...input } = update
  if (input.to !== undefined || input.scale !== undefined || input.reverse !== undefined) throw invalid('field', 'readOnly', 'Target, reverse list and digits of a field stay as they are: make a new field.')
  const next = { ...field, ...definitionOf(input) }
  if (isBase(field) || leadsToWhole(objectOf(engine.live.current.model, field.object), field)) {
    const allowed = ['labels', 'help', 'section', 'position', ...field.options ? ['options'] : []]
    const other = Object.keys(input).find((key) => input[key as keyof typeof input] !== undefined && !allowed.includes(key))
    if (other) throw invalid(other, 'readOnly', `Every record has this field: only ${allowed.join(', ')} of it can be set.`)
    checkDefinition(engine, { name: field.name, type: field.options ? 'select' : 'text', label: next.label, help: next.help, options: next.options })
    return next
  }
  if (field.kind !== 'custom' && field.required && !next.required) throw invalid('required', 'readOnly', 'The system needs this field.')
  if (field.kind !== 'custom' && field.history && !next.history) throw invalid('history', 'readOnly', 'The system needs the history of this field.')
  if ((next.formula === undefined) !== (field.formula === undefined)) throw invalid('formula', 'readOnly', 'A field is either filled by people or by a formula: make a new field.')
  checkDefinition(engine, { ...next, reverse: undefined })
  checkFormulaOf(objectOf(engine.live.current.model, field.object), field.key, next)
  return next
}

/** Whether values that were good could be bad now. */
function stricter(field: FieldModel, next: FieldDefinition): boolean {
  return (['min', 'max', 'minLength', 'maxLength', 'pattern'] as const).some((rule) => next[rule] !== field[rule] && next[rule] != null)
    || (field.options ?? []).some((o) => !next.options?.some((n) => n.key === o.key))
}

async function* emptyRows(db: Db, object: ObjectModel, field: FieldModel) {
  yield* scan(db, object, field, sql`${sql.id(columnOf(field))} is null`)
}
async function* filledRows(db: Db, object: ObjectModel, field: FieldModel) {
  yield* scan(db, object, field, sql`${sql.id(columnOf(field))} is not null`)
}

/** One value fills one record of a unique field, and only where no other has it. */
async function checkFilledOnce({ live }: Engine, db: Db, object: ObjectModel, field: FieldModel, value: unknown, empty: number): Promise<void> {
  if (empty > 1) throw invalid('backfill', 'unique', `One value cannot fill ${empty} records of a field without repetitions: fill them in one by one.`)
  const written = Object.entries(field.handler.write(value, field, live.current.company)).map(([suffix, v]) => [columnOf(field, suffix), v])
  const { rows } = await sql`select 1 from core.${sql.id(object.table)} where ${identity(field)}::text = ${identityOf(field, Object.fromEntries(written) as Row)} and trashed_at is null limit 1`.execute(db)
  if (rows.length) throw invalid('backfill', 'unique', 'This value exists already.')
}

/** In short keyset batches, so that a long look does not hold the table. */
async function* scan(db: Db, object: ObjectModel, field: FieldModel, condition: ReturnType<typeof sql>): AsyncGenerator<Row & { title: string | null }> {
  const title = object.byKey.get(object.title)
  const columns = sql.join([sql.id('id'), sql.id('version'), ...field.columns.map((c) => sql.id(c.name)), sql`${title ? sql.id(columnOf(title)) : sql`null`}::text as title`])
  let last = '00000000-0000-0000-0000-000000000000'
  for (;;) {
    const { rows } = await sql<Row & { title: string | null }>`select ${columns} from core.${sql.id(object.table)}
      where ${condition} and trashed_at is null and id > ${last}::uuid order by id limit ${sql.lit(SCAN)}`.execute(db)
    yield* rows
    if (rows.length < SCAN) return
    last = rows.at(-1)!.id
  }
}

/** The first of the rows whose value another has too; each knows how many they are. */
async function repeatedRows(db: Db, object: ObjectModel, field: FieldModel): Promise<(Row & { title: string | null, total: string })[]> {
  const title = object.byKey.get(object.title)
  const value = identity(field)
  const { rows } = await sql<Row & { title: string | null, total: string }>`select id, version, ${sql.join(field.columns.map((c) => sql.id(c.name)))}, ${title ? sql.id(columnOf(title)) : sql`null`}::text as title, count(*) over () as total
    from (select *, count(*) over (partition by ${value}) as n from core.${sql.id(object.table)} where ${value} is not null and trashed_at is null) t
    where n > 1 order by ${value}, id limit ${sql.lit(SHOWN)}`.execute(db)
  return rows
}

/** The empty records, before the field becomes required. */
export function filledFirst(caller: Caller, object: ObjectModel, field: FieldModel, value: unknown): WrittenFirst {
  return {
    object, condition: sql`${sql.id(columnOf(field))} is null`, input: field.group ? { [field.group]: { [field.name]: value } } : { [field.name]: value },
    caller, summary: { key: 'backfill', values: { field: `${object.name}.${field.key}` } },
  }
}

/** @throws ConflictError where the change was made for another version */
export function requireVersion({ object, key }: FieldModel, update: FieldUpdate, { version }: { version: number }): void {
  if (update.version != null && update.version !== version) throw new ConflictError('Somebody changed this field meanwhile. Look at it again.', { object, field: key, version })
}

/**
 * The plan as this person may see it: all failing rows are counted, for the rule is the company's, but only records that he may
 * see are shown, with the values that he may read. Who changes the model need not know what is in it.
 */
export async function asSeenBy(engine: Engine, caller: Caller, object: ObjectModel, field: FieldModel, plan: FieldChangePlan): Promise<FieldChangePlan> {
  const reading = readingOf(engine, caller)
  if (reading.access.everything) return plan
  const current = reading.generation.model.objects.get(object.name)
  const seen = new Set(current && reading.access.scope(current, 'read') !== 'none' ? (await readByIds(reading, emptyPlan(current), plan.rows.map((r) => r.id))).map((n) => n.id) : [])
  const title = object.byKey.get(object.title)
  return {
    ...plan,
    rows: plan.rows.filter((r) => seen.has(r.id)).map((r) => ({ ...r, title: title && reading.access.canRead(title) ? r.title : null, value: reading.access.canRead(field) ? r.value : null })),
  }
}

function refused(plan: FieldChangePlan): InputError {
  return new InputError(`${plan.failing} records break the new rule. Mend them first, or give a value to fill in.`, plan.rows.slice(0, 20).map((row) => ({
    field: row.id, rule: row.rule, message: row.title ?? row.id, params: { value: row.value },
  })))
}

