import type { FieldDefinition, ObjectDefinition, PartOf } from '@kartotek/sdk'
import type { Expression } from '../expressions/expression.ts'
import type { FieldType } from './field-types/field-type.ts'

/** A real column behind a field. `suffix` tells the columns of a field apart; the main one has none. */
export interface Column { suffix: string, name: string, type: string }

/** Lists that own objects can be given, and the object of their entries. */
export const GIVEN_LISTS = { contactPoints: 'contactPoint', addresses: 'clientAddress' } as const
export type GivenList = keyof typeof GIVEN_LISTS
export const givenLists = Object.keys(GIVEN_LISTS) as GivenList[]
export type Given = Partial<Record<GivenList, boolean>>

/** One field of a generation: its definition with the admin's overrides applied, and where its values live. */
export interface FieldModel extends FieldDefinition {
  id: string
  object: string
  /** Path in the API: `name`, `custom.tier`, `loyalty.points`. Stable for the life of the field. */
  key: string
  /** Empty for system fields, `custom`, or the plugin's id. */
  group: string
  kind: 'system' | 'plugin' | 'custom'
  columns: Column[]
  handler: FieldType
  /** Where its value comes from (`derivedFrom`), directly or through others; undefined for a path that leads nowhere. */
  sources: readonly (FieldModel | undefined)[]
  /** The formula, understood; absent where it reads a field that is not there. */
  expression?: Expression
  version: number
  /** It makes its record an entry of this list of the own object that it leads to. */
  givenAs?: GivenList
  /** When its type was changed last: what was kept of its values before is of another kind. */
  typedSince?: string
  indexState: 'none' | 'building' | 'ready' | 'failed'
  hidden: boolean
}

/** A list of records that refer to this one, by the `reverse` or `partOf` of the referring object. */
export interface ReverseList {
  name: string
  object: string
  /** Key of the reference on the other object. */
  field: string
  /** Parts are whole lists written with the record; others are connections. */
  part: boolean
}

/** One object of a generation. */
export interface ObjectModel extends Omit<ObjectDefinition, 'fields' | 'partOf'>, Given {
  id: string
  kind: 'system' | 'plugin' | 'custom'
  /** Raised by each change of the object itself. */
  version: number
  plugin: string | null
  /** Table in schema `core`. */
  table: string
  /** Name of the GraphQL type. */
  type: string
  fields: FieldModel[]
  byKey: ReadonlyMap<string, FieldModel>
  partOf: PartOf[]
  lists: ReverseList[]
  /** Fields that are filled by formulas, each after those that it reads. */
  formulas: FieldModel[]
}

/** All objects with their fields, immutable. */
export interface Model {
  shape: number
  objects: ReadonlyMap<string, ObjectModel>
}

/** The object that a relation leads to. */
export const targetOf = ({ type, to }: Pick<FieldDefinition, 'type' | 'to'>): string | undefined => (type === 'user' || type === 'file' ? type : to)

/** Whether the field leads from a row to the record on which it stands. */
export const leadsToWhole = (object: ObjectModel, field: FieldModel): boolean => object.partOf.some((place) => place.field === field.key)

/** The object of this name. @throws Error where there is none: a mistake of code, not of input. */
export function objectOf(model: Model, name: string): ObjectModel {
  const object = model.objects.get(name)
  if (!object) throw new Error(`The model has no object "${name}".`)
  return object
}

/** A path of `accessFrom`: the key of a reference, or a list of parts and the key of a reference of these. */
export function stepsOf(object: ObjectModel, path: string): [string, string?] {
  return object.fields.some((f) => f.key === path) ? [path] : path.split('.') as [string, string?]
}

/** The column that holds the field, or the one with a suffix. */
export function columnOf(field: FieldModel, suffix = ''): string {
  const column = field.columns.find((c) => c.suffix === suffix)
  if (!column) throw new Error(`Field ${field.object}.${field.key} has no column "${suffix}".`)
  return column.name
}
