import { sql } from 'kysely'
import type { FieldDefinition, FieldType } from '@kartotek/sdk'
import type { Caller } from '../access/caller.ts'
import { checkDefinition, definitionOf, invalid, knownField, knownObject, type FieldInput } from '../model/change.ts'
import { columnsOf } from '../model/ddl.ts'
import type { FieldChangePlan } from '../model/field-plan.ts'
import type { Row } from '../model/generation.ts'
import { columnOf, objectOf, type FieldModel, type ObjectModel } from '../model/model.ts'
import { accessOf, type Engine } from '../records/engine.ts'
import { inputValue } from '../records/stored.ts'
import { choicesIn, converter, CONVERTIBLE, textOf } from './convert.ts'
import { readersOf, type Readers } from './readers.ts'

type Db = Engine['db']

/** The new type, and what only it has. Choices that are not given are made of the values. */
export interface RetypeInput { type: FieldType, options?: FieldInput['options'], scale?: number | null, emptyFailing?: boolean | null }

/** Rows that are read at once. */
const PAGE = 5_000
const SHOWN = 50
const MAX_MADE_OPTIONS = 100

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

/** What the field would be. @throws InputError for a change that cannot be */
async function target(engine: Engine, caller: Caller, field: FieldModel, input: RetypeInput): Promise<FieldDefinition> {
  if (field.group !== 'custom') throw invalid('field', 'readOnly', 'Only own fields change their type.')
  const object = knownObject(engine, field.object)
  if (field.key === object.title || field.key === object.series?.field) throw invalid('type', 'readOnly', 'Records are named or numbered by this field: choose another one for that first.')
  if (field.formula !== undefined) throw invalid('type', 'readOnly', 'A field with a formula is filled by it: make a new field.')
  if (field.unique) throw invalid('unique', 'readOnly', 'Take the rule «unique» off the field first.')
  if (!CONVERTIBLE.includes(field.type) || !CONVERTIBLE.includes(input.type)) throw invalid('type', 'type', `A ${field.type} field cannot become a ${input.type} field: make a new one.`)
  if (field.type === input.type) throw invalid('type', 'type', 'The field has this type already.')
  const { label, help, required, section, shownWhen, position, filterable, exported, searchable, history } = field
  const texts = ['text', 'longText', 'email', 'phone', 'url', 'taxId'].includes(input.type)
  const choices = input.type === 'select' || input.type === 'multiSelect'
  const options = !choices ? undefined : input.options?.length ? definitionOf({ options: input.options }).options : await madeOptions(engine, caller, field, input.type)
  const definition = JSON.parse(JSON.stringify({
    name: field.name, type: input.type, label, help, required, section, shownWhen, position, filterable, exported, history, searchable: texts ? searchable : undefined,
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
      for (const word of type === 'multiSelect' ? choicesIn(field, text) : [text]) if (word) words.set(word.toLowerCase(), words.get(word.toLowerCase()) ?? word)
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
  for (let last = '00000000-0000-0000-0000-000000000000'; ;) {
    const { rows }: { rows: (Row & { title: string | null })[] } = await sql<Row & { title: string | null }>`select ${columns} from core.${sql.id(object.table)} where ${condition} and id > ${last}::uuid order by id limit ${sql.lit(PAGE)}`.execute(db)
    yield rows
    if (rows.length < PAGE) return
    last = rows.at(-1)!.id
  }
}
