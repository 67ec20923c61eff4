import type { Kysely } from 'kysely'
import type { FieldDefinition, ObjectDefinition } from '@kartotek/sdk'
import { baseFields, type BaseOverrides } from './base-fields.ts'
import { compileFormulas } from './formulas.ts'
import { fieldTypes } from './field-types/index.ts'
import { targetOf, type Column, type FieldModel, type Given, type Model, type ObjectModel, type ReverseList } from './model.ts'
import { fieldKey, pascal } from './naming.ts'
import { sourcesOf } from './sources.ts'

export type Hidden = 'without' | 'with hidden objects' | 'as if all were shown'

/** Fields without a place of their own follow those that have one, in the order of their definition. */
const LAST = Number.MAX_SAFE_INTEGER

/** What the company set otherwise of an object, and of the fields that every record of it has. */
export type ObjectOverrides = Partial<Omit<ObjectDefinition, 'fields'>> & Given & { base?: BaseOverrides }

export interface ObjectRow {
  id: string, name: string, plural: string, kind: ObjectModel['kind'], plugin: string | null, table_name: string
  definition: Omit<ObjectDefinition, 'fields'> & Given, overrides: ObjectOverrides, version: number, position: number, hidden_at: Date | null
}
export interface FieldRow {
  id: string, object: string, field_group: string, name: string, kind: FieldModel['kind'], columns: Column[]
  definition: FieldDefinition & Pick<FieldModel, 'givenAs'>, overrides: Partial<FieldDefinition>, version: number, index_state: FieldModel['indexState'], hidden_at: Date | null
}

/**
 * Builds the model from its metadata.
 * @param known plugins and features of this node; objects and fields of others stay untouched in the database and are
 *   invisible here, so that nodes of two versions can run side by side
 * @param hidden `with hidden objects`: also these and lists that were taken from objects again, for what must reach everything that is stored;
 *   `as if all were shown`: as it is once everything is restored, hidden fields too
 */
// The database type is open: tables come and go with the model.
// eslint-disable-next-line @typescript-eslint/no-explicit-any
export async function loadModel(db: Kysely<any>, shape: number, known: ReadonlySet<string>, hidden: Hidden = 'without'): Promise<Model> {
  const objectRows = await db.selectFrom('core.object').selectAll().orderBy('position').orderBy('created_at').orderBy('name').execute() as unknown as ObjectRow[]
  const fieldRows = await db.selectFrom('core.field').selectAll().orderBy('created_at').orderBy('id').execute() as unknown as FieldRow[]
  const shown = <T extends { hidden_at: Date | null }>(rows: T[]): T[] => (hidden === 'as if all were shown' ? rows.map((row) => ({ ...row, hidden_at: null })) : rows)
  return modelOf(shape, shown(objectRows), shown(fieldRows), known, hidden !== 'without')
}

/** The same of metadata that are not in a database. */
export function modelOf(shape: number, objectRows: readonly ObjectRow[], fieldRows: readonly FieldRow[], known: ReadonlySet<string>, hidden = false): Model {
  const isKnown = (kind: string, owner: string | null): boolean => kind !== 'plugin' || (owner !== null && known.has(owner))
  const shown = objectRows.filter((row) => (hidden || !row.hidden_at) && isKnown(row.kind, row.plugin))
  const names = new Set(shown.map(({ name }) => name))
  // Rows are nowhere while the object on whose cards they stand is hidden, or is none of this node's.
  const visible = shown.filter(({ definition: { partOf } }) => !partOf || [partOf].flat().some(({ object }) => names.has(object)))
  const given = new Map(visible.map((row): [string, Given] => [row.name, { ...row.definition, ...row.overrides }]))
  // A list that was taken from an object again keeps its rows, and they belong to nothing.
  const isThere = ({ to, givenAs }: FieldModel): boolean => to === undefined || (given.has(to) && (!givenAs || hidden || given.get(to)![givenAs] === true))

  const objects = new Map<string, ObjectModel>()
  for (const row of visible) {
    const { base, ...overrides } = row.overrides
    const definition = { ...row.definition, ...overrides, fields: [] }
    const own = fieldRows
      .filter((f) => f.object === row.name && isKnown(f.kind, f.field_group === '' ? row.plugin : f.field_group))
      .map(fieldModel)
      .filter(isThere)
    const fields = [...own, ...baseFields(definition as ObjectDefinition, base)].sort((a, b) => (a.position ?? LAST) - (b.position ?? LAST))
    objects.set(row.name, {
      ...definition,
      id: row.id, name: row.name, plural: row.plural, kind: row.kind, version: row.version, plugin: row.plugin, table: row.table_name, type: pascal(row.name),
      fields, byKey: new Map(fields.filter((f) => !f.hidden).map((f) => [f.key, f])),
      partOf: [...[definition.partOf ?? []].flat(), ...own.flatMap((f) => (f.givenAs ? { object: f.to!, field: f.key, list: f.givenAs } : []))], lists: [], formulas: [],
    })
  }
  for (const object of objects.values()) object.formulas = compileFormulas(object.byKey)
  for (const object of objects.values()) for (const list of listsOf(object)) objects.get(list.on)?.lists.push(list.list)
  for (const object of objects.values()) for (const field of object.fields) field.sources = sourcesOf(objects, field)
  return { shape, objects }
}

function fieldModel(row: FieldRow): FieldModel {
  const definition = { ...row.definition, ...row.overrides }
  return {
    ...definition,
    readOnly: definition.readOnly ?? definition.formula !== undefined,
    to: targetOf(definition),
    id: row.id, object: row.object, name: row.name, group: row.field_group, key: fieldKey(row.field_group, row.name), kind: row.kind,
    columns: row.columns, handler: fieldTypes[definition.type], sources: [], version: row.version, indexState: row.index_state, hidden: row.hidden_at !== null,
  }
}

function listsOf(object: ObjectModel): { on: string, list: ReverseList }[] {
  const parts = object.partOf.map((p) => ({ on: p.object, list: { name: p.list, object: object.name, field: p.field, part: true } }))
  const references = object.fields
    .filter((f) => f.reverse && f.to && !f.hidden && !object.partOf.some((p) => p.field === f.key))
    .map((f) => ({ on: f.to!, list: { name: f.reverse!, object: object.name, field: f.key, part: false } }))
  return [...parts, ...references]
}
