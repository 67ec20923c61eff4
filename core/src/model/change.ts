import { Decimal } from 'decimal.js'
import { sql, type Kysely } from 'kysely'
import { uuidv7 } from 'uuidv7'
import { ConflictError, InputError, LOCALES, NotFoundError, UnavailableError, FIELD_TYPES, type FieldDefinition, type FieldType, type Localized, type ObjectDefinition, type OptionDefinition, type ShownWhen } from '@kartotek/sdk'
import type { Caller } from '../access/caller.ts'
import { keepConfiguration } from '../changes/configuration.ts'
import { sqlState } from '../database/index.ts'
import { accessOf, type Engine } from '../records/engine.ts'
import { asInputError } from '../expressions/problem.ts'
import { ruleMessage } from '../records/problems.ts'
import { checkFormula, FORMULA_TYPES } from './formulas.ts'
import { ADJUSTABLE } from './base-fields.ts'
import { addColumns } from './columns.ts'
import { besideOthers } from './field-deletion.ts'
import { addForeignKey, columnsOf, createTable } from './ddl.ts'
import { isMovingDefault } from './field-types/time.ts'
import { giveLists } from './given-lists.ts'
import { givenLists, objectOf, targetOf, type FieldModel, type Given, type ObjectModel } from './model.ts'
import { withNewNames } from './new-names.ts'
import { checkName, pascal, snake } from './naming.ts'
import { addWhole, placeInWhole, requireRoom } from './own-parts.ts'
import { checkShownWhen } from './shown-when.ts'
import { bumpRevision, lockModel } from './sync.ts'
import { compileCheck, patternProblem } from './validators.ts'

// eslint-disable-next-line @typescript-eslint/no-explicit-any -- tables come and go with the model
type Db = Kysely<any>

const MAX_CUSTOM_FIELDS = 300
const MAX_CUSTOM_OBJECTS = 100
const GIVE_UP_AFTER_MS = 10_000

/** Somebody holds a table that a change of the model needs; `pending.ts` goes on with it. */
export class TableBusyError extends UnavailableError {}
export const busy = (): TableBusyError => new TableBusyError('Somebody works in this table without a pause. The change was not made; try again in a minute.', { retryAfterSeconds: 60 })

/** How a change of the model is tried. */
export interface Trying {
  /** Default 10 s, for what nobody goes on with later. */
  giveUpAfterMs?: number
  /** Runs first in the transaction of the change, and stands or falls with it. */
  first?(trx: Db): Promise<void>
  /** Where more records than these must be written first, the change is refused with `RecordsFirst`. Default: all are written. */
  atOnce?: number
}

/**
 * Runs a change of the model in one transaction: metadata and DDL stand or fall together. The DDL waits for a table only
 * 200 ms at a time, because everybody behind a waiting ALTER waits too; it tries again with jitter until it gives up.
 * @throws TableBusyError
 */
export async function changeModel<T>(engine: Engine, which: 'shape' | 'rules', work: (trx: Db) => Promise<T>, { giveUpAfterMs = GIVE_UP_AFTER_MS, first }: Trying = {}): Promise<T> {
  const deadline = Date.now() + giveUpAfterMs
  for (;;) {
    try {
      const result = await engine.db.transaction().execute(async (trx) => {
        await lockModel(trx)
        await sql`set local lock_timeout = '200ms'`.execute(trx)
        // The revision first: writers in flight end, new ones wait here, and none of them holds a table that the DDL needs.
        await bumpRevision(trx, which)
        await first?.(trx)
        return work(trx)
      })
      await engine.live.refresh()
      return result
    } catch (error) {
      if (sqlState(error) !== '55P03') throw error
      if (Date.now() > deadline) throw busy()
      await new Promise((resolve) => setTimeout(resolve, 50 + Math.random() * 200))
    }
  }
}

export interface ObjectInput { name: string, plural: string, labels: Localized, labelsPlural: Localized, help?: Localized | null, icon?: string | null, owned?: boolean | null, staged?: boolean | null, contactPoints?: boolean | null, addresses?: boolean | null, partOf?: string | null }

const NAME_LABEL: Localized = { ru: 'Название', uk: 'Назва', fi: 'Nimi', en: 'Name' }

/** The API name of an own object: it begins with `x`, so that nothing built in later can collide. */
export const ownName = (name: string): string => `x${pascal(name)}`

/** Makes a custom object. */
export async function createObject(engine: Engine, caller: Caller, input: ObjectInput, trying?: Trying): Promise<string> {
  checkName(input.name, 'object')
  checkName(input.plural, 'object', 'plural')
  checkLabels(input.labels, 'labels')
  checkLabels(input.labelsPlural, 'labelsPlural')
  checkHelp(input.help)
  if (input.name === input.plural) throw invalid('plural', 'unique', 'Singular and plural must differ.')
  const [name, plural] = [ownName(input.name), ownName(input.plural)]
  const { model } = engine.live.current
  for (const object of model.objects.values()) {
    if (object.name === name || object.plural === plural || object.name === plural || object.plural === name) throw invalid('name', 'unique', `The object "${input.name}" exists already.`)
  }
  if ([...model.objects.values()].filter((o) => o.kind === 'custom').length >= MAX_CUSTOM_OBJECTS) throw invalid('name', 'tooMany', `At most ${MAX_CUSTOM_OBJECTS} own objects.`)
  const part = input.partOf == null ? null : placeInWhole(engine, caller, { ...input, partOf: input.partOf }, plural)
  const definition: ObjectDefinition & Given = {
    name, plural, label: input.labels, labelPlural: input.labelsPlural, help: input.help ?? undefined, icon: input.icon ?? 'box', title: 'name',
    owned: !part && (input.owned ?? true), staged: input.staged ?? false, ...part && { partOf: part.place }, ...Object.fromEntries(givenLists.filter((list) => input[list]).map((list) => [list, true])), fields: [],
  }
  // A row may say all that matters in other fields: a day and a sum.
  const title: FieldDefinition = { name: 'name', type: 'text', label: NAME_LABEL, required: !part, searchable: true, filterable: true }
  await changeModel(engine, 'shape', async (trx) => {
    const table = `x_${snake(input.name)}`
    const taken = await trx.selectFrom('core.object').select('hidden_at').where((eb) => eb.or([eb('name', 'in', [name, plural]), eb('plural', 'in', [name, plural])])).executeTakeFirst()
    if (taken) throw invalid('name', 'unique', taken.hidden_at ? `The object "${input.name}" exists already and is hidden: restore it.` : `The object "${input.name}" exists already.`)
    if (part) requireRoom(await engine.live.stored(trx), part.place, 'partOf')
    const { fields: _fields, ...stored } = definition
    await createTable(table, definition).execute(trx)
    await withNewNames(engine, trx, 'as if all were shown', 'plural', async () => {
      await trx.insertInto('core.object').values({ id: uuidv7(), name, plural, kind: 'custom', table_name: table, position: 1000, definition: JSON.stringify(stored) }).execute()
      const columns = columnsOf('', title)
      await addColumns(trx, table, columns)
      await trx.insertInto('core.field').values({ id: uuidv7(), object: name, field_group: '', name: 'name', kind: 'custom', columns: JSON.stringify(columns), definition: JSON.stringify(title) }).execute()
      if (part) await addWhole(trx, { name, table }, part.place, part.whole)
      await giveLists(trx, model, { name, table, label: definition.label }, givenLists.filter((list) => definition[list]))
    })
    const { label: labels, labelPlural: labelsPlural, help, icon, owned, staged, contactPoints, addresses } = definition
    await keepConfiguration(trx, caller, { subject: 'object', id: name, object: name, name: labels, before: null, after: { key: name, plural, labels, labelsPlural, help, icon, owned, staged, contactPoints, addresses, ...part && { partOf: part.whole.name } } })
  }, trying)
  return name
}

export interface FieldInput {
  name: string
  type: FieldType
  labels: Localized
  help?: Localized | null
  required?: boolean | null
  unique?: boolean | null
  default?: unknown
  min?: string | number | null
  max?: string | number | null
  minLength?: number | null
  maxLength?: number | null
  pattern?: string | null
  format?: FieldDefinition['format'] | null
  formula?: string | null
  scale?: number | null
  options?: { key: string, labels: Localized, color?: string | null, hidden?: boolean | null }[] | null
  openOptions?: boolean | null
  to?: string | null
  reverse?: string | null
  section?: string | null
  shownWhen?: ShownWhen | null
  position?: number | null
  filterable?: boolean | null
  exported?: boolean | null
  searchable?: boolean | null
  history?: boolean | null
}

/** Adds a custom field to any object: a nullable column, live at once; its index follows in the background. */
export async function createField(engine: Engine, caller: Caller, objectName: string, input: FieldInput, trying?: Trying): Promise<void> {
  checkName(input.name, 'field')
  if (!FIELD_TYPES.includes(input.type)) throw invalid('type', 'option', `The type must be one of ${FIELD_TYPES.join(', ')}.`)
  const object = knownObject(engine, objectName)
  const definition = { name: input.name, type: input.type, ...definitionOf(input) } as FieldDefinition
  checkDefinition(engine, definition)
  checkFormulaOf(object, `custom.${input.name}`, definition)
  checkShownWhen(object, `custom.${input.name}`, input.shownWhen, openTo(engine, caller))
  const custom = object.fields.filter((f) => f.group === 'custom')
  const same = custom.find((f) => f.name === input.name)
  if (same?.hidden) throw invalid('name', 'unique', `The field "${input.name}" exists already and is hidden: restore it.`)
  if (same) throw invalid('name', 'unique', `The field "${input.name}" exists already.`)
  if (custom.length >= MAX_CUSTOM_FIELDS) throw invalid('name', 'tooMany', `An object has at most ${MAX_CUSTOM_FIELDS} own fields.`)
  await changeModel(engine, 'shape', async (trx) => {
    const taken = await trx.selectFrom('core.field').select('id').where('object', '=', objectName).where('field_group', '=', 'custom').where('name', '=', input.name).executeTakeFirst()
    if (taken) throw new ConflictError(`The field "${input.name}" was just made by somebody else.`)
    const { columns, hadNamesake } = await besideOthers(trx, objectName, input.name, columnsOf('custom', definition))
    await addColumns(trx, object.table, columns)
    const target = targetOf(definition)
    if (target) await addForeignKey(object.table, columns[0]!.name, objectOf(engine.live.current.model, target).table, false).execute(trx)
    if (definition.required && await hasRows(trx, object)) {
      throw invalid('required', 'required', 'There are records already: make the field first, fill it, then make it required.')
    }
    const insert = async (): Promise<void> => {
      await trx.insertInto('core.field').values({ id: uuidv7(), object: objectName, field_group: 'custom', name: input.name, kind: 'custom', columns: JSON.stringify(columns), definition: JSON.stringify(hadNamesake ? { ...definition, typedSince: new Date().toISOString() } : definition) }).execute()
    }
    await (definition.reverse ? withNewNames(engine, trx, 'as if all were shown', 'reverse', insert) : insert())
    await keepField(trx, caller, { object: objectName, key: `custom.${input.name}`, label: definition.label }, null, definition)
  }, trying)
}

/** Which fields whoever changes the model may read. */
export function openTo(engine: Engine, { actor }: Caller): (field: FieldModel) => boolean {
  const access = accessOf(engine, engine.live.current, actor)
  return (field) => access.canRead(field)
}

/** Keeps a change of a field, with its labels by the names under which they are given. */
export async function keepField(trx: Db, caller: Caller, { object, key, label: name }: Pick<FieldModel, 'object' | 'key' | 'label'>, before: FieldDefinition | null, after: FieldDefinition | null): Promise<void> {
  const state = ({ name: own, label: labels, options, ...rest }: FieldDefinition): object => ({ key: own, labels, ...rest, options: options?.map(({ label, ...option }) => ({ ...option, labels: label })) })
  await keepConfiguration(trx, caller, { subject: 'field', id: `${object}.${key}`, object, name, before: before && state(before), after: after && state(after) })
}

/** The attributes of an input that a definition keeps; labels become label. */
export function definitionOf(input: Partial<FieldInput>): Partial<FieldDefinition> {
  const { labels, options, name: _name, type: _type, ...rest } = input
  const definition: Record<string, unknown> = {}
  for (const [key, value] of Object.entries(rest)) if (value !== undefined) definition[key] = value === null ? undefined : value
  if (labels) definition.label = { ...labels }
  if (definition.help) definition.help = { ...definition.help as object }
  if (options) definition.options = options.map((o): OptionDefinition => ({ key: o.key, label: { ...o.labels }, color: o.color ?? 'slate', ...(o.hidden ? { hidden: true } : {}) }))
  return definition as Partial<FieldDefinition>
}

/** @throws InputError for a definition that cannot work */
export function checkDefinition(engine: Engine, d: FieldDefinition): void {
  checkLabels(d.label, 'labels')
  checkHelp(d.help)
  if (d.pattern) {
    if (d.type !== 'text') throw invalid('pattern', 'type', 'A pattern belongs to a text field.')
    const problem = d.pattern.length > 500 ? 'too long' : patternProblem(d.pattern)
    if (problem) throw invalid('pattern', 'pattern', `This is no regular expression of RE2: ${problem}`)
  }
  if (d.format && d.type !== 'text') throw invalid('format', 'type', 'A format belongs to a text field.')
  if (d.type === 'select' || d.type === 'multiSelect') {
    const keys = (d.options ?? []).map((o) => o.key)
    if (d.type === 'select' && !keys.length) throw invalid('options', 'required', 'Give at least one choice.')
    if (keys.length > 500) throw invalid('options', 'tooMany', 'At most 500 choices.')
    if (new Set(keys).size !== keys.length) throw invalid('options', 'unique', 'Two choices have the same key.')
    const bad = keys.find((key) => !/^[a-zA-Z0-9_-]{1,60}$/.test(key))
    if (bad !== undefined) throw invalid('options', 'pattern', `"${bad}" is no key: use 1–60 Latin letters, digits, _ or -.`)
    for (const [i, o] of (d.options ?? []).entries()) checkLabels(o.label, `options.${i}.labels`)
  } else if (d.options?.length || d.openOptions) throw invalid(d.openOptions ? 'openOptions' : 'options', 'type', 'Only a select field has choices.')
  if (d.type !== 'reference' && d.to !== undefined) throw invalid('to', 'type', 'Only a reference leads to another object.')
  if (targetOf(d) === undefined && d.reverse !== undefined) throw invalid('reverse', 'type', 'Only a reference leads to another object.')
  if (d.type === 'reference' && (!d.to || !engine.live.current.model.objects.has(d.to))) throw invalid('to', 'reference', 'Name the object that the field refers to.')
  // Rows come and go with each save of their record: what refers to one would be emptied without a word.
  if (d.type === 'reference' && engine.live.current.model.objects.get(d.to!)?.partOf.length) throw invalid('to', 'reference', 'Rows of a list cannot be referred to: refer to the record on which they stand.')
  if (d.reverse) checkName(d.reverse, 'field', 'reverse')
  if (d.scale !== undefined && (d.scale < 0 || d.scale > 6)) throw invalid('scale', 'max', 'Digits after the point: 0–6.')
  checkBounds(engine, d)
  if (d.unique && ['boolean', 'multiSelect', 'address', 'money', 'longText', 'file'].includes(d.type)) throw invalid('unique', 'type', `A ${d.type} field cannot be unique.`)
  if (d.default !== undefined && d.default !== null && !isMovingDefault(d)) {
    if (d.type === 'file') throw invalid('default', 'type', 'A file belongs to one record: there is no default.')
    const broken = compileCheck(d, engine.live.current.company)(d.default)
    if (broken) throw invalid('default', broken.rule, 'The default does not meet the rules of the field.')
  }
}

/** Length belongs to texts, least and greatest to what is counted; each is a value that the field could hold, else every record would be refused. */
function checkBounds(engine: Engine, d: FieldDefinition): void {
  for (const [length, least] of [['minLength', 0], ['maxLength', 1]] as const) {
    const value = d[length]
    if (value === undefined) continue
    if (d.type !== 'text' && d.type !== 'longText') throw invalid(length, 'type', 'Only a text has a rule of length.')
    if (value < least || value > 100_000) throw invalid(length, 'max', 'A length is 1–100,000.')
  }
  if (d.minLength !== undefined && d.maxLength !== undefined && d.minLength > d.maxLength) throw invalid('maxLength', 'min', 'The greatest value is less than the least.')
  const check = compileCheck({ ...d, min: undefined, max: undefined }, engine.live.current.company)
  for (const bound of ['min', 'max'] as const) {
    const value = d[bound]
    if (value === undefined) continue
    if (!RANGED.includes(d.type)) throw invalid(bound, 'type', 'Only numbers, money, dates and moments have a least and a greatest value.')
    if (isTime(d)) {
      if (check(value)) throw invalid(bound, d.type, ruleMessage(d.type, {}, 'en'))
    } else if (!/^-?\d{1,14}(\.\d{1,10})?$/.test(String(value)) || check(d.type === 'integer' ? Number(value) : d.type === 'money' ? { amount: String(value) } : String(value))) {
      throw invalid(bound, 'type', 'The least and the greatest value of a number are numbers that the field can hold.')
    }
  }
  if (d.min === undefined || d.max === undefined) return
  if (isTime(d) ? Date.parse(String(d.min)) > Date.parse(String(d.max)) : new Decimal(d.min).gt(d.max)) throw invalid('max', 'min', 'The greatest value is less than the least.')
}

const RANGED: readonly FieldType[] = ['integer', 'decimal', 'money', 'date', 'dateTime']
const isTime = ({ type }: FieldDefinition): boolean => type === 'date' || type === 'dateTime'

/** @throws InputError for a formula that does not work, or cannot stand beside what else the field is */
export function checkFormulaOf(object: ObjectModel, key: string, d: FieldDefinition): void {
  if (d.formula === undefined) return
  if (!FORMULA_TYPES.includes(d.type)) throw invalid('formula', 'type', `A ${d.type} field cannot be computed.`)
  for (const other of ['required', 'unique', 'searchable'] as const) if (d[other]) throw invalid(other, 'type', 'A field with a formula is filled by it: it can be neither required, nor unique, nor searched by words.')
  if (d.default != null) throw invalid('default', 'type', 'A field with a formula is filled by it: it has no default.')
  try {
    checkFormula(object.byKey, { key, type: d.type, formula: d.formula })
  } catch (error) {
    throw asInputError(error, 'formula')
  }
}

export function checkLabels(labels: Localized | undefined, path: string): void {
  const texts = Object.entries(labels ?? {})
  if (!texts.some(([, text]) => typeof text === 'string' && text.trim())) throw invalid(path, 'required', 'Give a label in at least one language.')
  for (const [locale, text] of texts) {
    if (!LOCALES.includes(locale as never)) throw invalid(path, 'option', `"${locale}" is none of ${LOCALES.join(', ')}.`)
    if (typeof text !== 'string' || text.length > 200) throw invalid(path, 'maxLength', 'A label has at most 200 characters.')
  }
}

/** Helps become descriptions of the schema of everybody: anything but texts would break it for all. */
export function checkHelp(help: Localized | null | undefined): void {
  if (help === undefined || help === null) return
  const texts = typeof help === 'object' && !Array.isArray(help) ? Object.entries(help) : [['', null]]
  if (texts.some(([locale, text]) => !LOCALES.includes(locale as never) || typeof text !== 'string' || text.length > 1_000)) {
    throw invalid('help', 'maxLength', 'Helps are texts of at most 1,000 characters by language.')
  }
}

export function knownObject(engine: Engine, name: string): ObjectModel {
  const object = engine.live.current.model.objects.get(name)
  if (!object) throw new NotFoundError(`There is no object "${name}".`, { object: name })
  return object
}

/** The field to be changed, unless it is one that the system keeps, or not `open` to whom it concerns. */
export function knownField(object: ObjectModel, key: string, open: (field: FieldModel) => boolean = () => true): FieldModel {
  const field = object.fields.find((f) => f.key === key)
  if (!field || (isBase(field) && !ADJUSTABLE.includes(field.name)) || !open(field)) throw new NotFoundError(`There is no field "${key}" on ${object.name} that can be changed.`, { object: object.name, field: key })
  return field
}

/** Whether every record has the field, without anyone defining it. */
export const isBase = ({ id }: Pick<FieldModel, 'id'>): boolean => id.startsWith('base:')

async function hasRows(trx: Db, object: ObjectModel): Promise<boolean> {
  const { rows } = await sql`select 1 from core.${sql.id(object.table)} where trashed_at is null limit 1`.execute(trx)
  return rows.length > 0
}

export function invalid(field: string, rule: string, message: string): InputError {
  return new InputError(message, [{ field, rule, message }])
}
