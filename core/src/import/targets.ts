import { textIn } from '@kartotek/sdk'
import type { FieldModel, ObjectModel } from '../model/model.ts'
import type { Importing } from './compiler.ts'

/** What a column of a file may become: a field, or an entry of a list inside the record. */
export interface ImportTarget {
  /** `name`, `custom.tier`, `contactPoints.phone`. */
  key: string
  label: string
  /** The list that the entry belongs to; null for fields of the record. */
  group: string | null
  type: string
  /** Without it no record is made, unless it has a value of its own. */
  required: boolean
  /** Fields by which a record behind a reference is found. */
  by: string[]
  /** Of a list: the field of an entry that takes the value, and the constant that tells its kind. */
  item: string | null
  kind: string | null
  /** Several columns may become entries of one list. */
  many: boolean
  field: FieldModel
}

/** Everything that the importer may fill by a file. */
export function importTargets(importing: Importing, object: ObjectModel, locale: Parameters<typeof textIn>[1]): ImportTarget[] {
  const { access, generation: { model } } = importing
  const writable = (field: FieldModel): boolean => !field.hidden && !field.readOnly && field.formula === undefined && field.type !== 'record' && field.type !== 'file' && access.canWrite(field)
  const own = object.fields.filter(writable).map((field): ImportTarget => ({
    key: field.key, label: textIn(field.label, locale) || field.name, group: null, type: field.handler.name, item: null, kind: null, many: false, field,
    required: Boolean(field.required) && field.default == null, by: finders(importing, field),
  }))
  const lists = object.lists.filter((list) => list.part && access.canList(list)).flatMap((list) => {
    const part = model.objects.get(list.object)!
    const named = part.byKey.get(part.title)
    if (!named || !writable(named) || named.to) return []
    const kind = part.byKey.get('kind')
    const group = textIn(part.labelPlural, locale) || list.name
    const one = (option: string | null, label: string): ImportTarget => ({
      key: option ? `${list.name}.${option}` : list.name, label, group, type: named.handler.name, required: false, by: [], item: named.key, kind: option, many: true, field: named,
    })
    return kind?.type === 'select' && writable(kind) ? (kind.options ?? []).map((option) => one(option.key, textIn(option.label, locale) || option.key)) : [one(null, group)]
  })
  return [...own, ...lists]
}

/** How a record behind a reference may be named in a file: by its key in the other system, or by fields that say who it is. */
function finders({ access, generation: { model } }: Importing, field: FieldModel): string[] {
  const target = field.handler.filter === 'relation' && field.to ? model.objects.get(field.to) : undefined
  if (!target) return []
  return ['key', ...target.fields.filter((one) => !one.hidden && !one.technical && access.canRead(one)
    && (one.key === target.title || one.unique || one.type === 'email' || one.type === 'taxId' || one.key === 'code')).map((one) => one.key)]
}
