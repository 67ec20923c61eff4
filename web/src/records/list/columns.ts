import type { FieldInfo, ObjectInfo, OptionInfo } from '../../model/types.ts'
import type { PartList } from '../documents.ts'
import { columnWidth as fieldWidth } from './column-width.ts'

/** A column that shows a field of the record itself. */
export interface FieldColumn { kind: 'field', key: string, field: FieldInfo }

/**
 * A column that shows the first entry of a list inside the record: of one kind where the list knows kinds (the phone, the
 * e-mail), the main one before the others.
 */
export interface PartColumn {
  kind: 'part'
  /** `contactPoints.phone`, `bankAccounts`. No field of the object is called like this: lists and fields share their names. */
  key: string
  list: PartList
  /** What names an entry. */
  field: FieldInfo
  /** The choice that tells kinds apart, and the one shown. */
  choice: FieldInfo | null
  option: OptionInfo | null
}

export type Column = FieldColumn | PartColumn

const fieldColumn = (field: FieldInfo): FieldColumn => ({ kind: 'field', key: field.key, field })

/** The columns of a list inside a record: one for each kind of entry, or one for all. */
export function partColumns(list: PartList): PartColumn[] {
  const field = list.part.fields.find(candidate => candidate.key === list.part.title && !candidate.hidden)
  if (!field) return []
  const choice = list.part.fields.find(candidate => candidate.name === 'kind' && candidate.type === 'select' && !candidate.hidden) ?? null
  const one = (option: OptionInfo | null): PartColumn => ({ kind: 'part', key: option ? `${list.list}.${option.key}` : list.list, list, field, choice, option })
  return choice ? choice.options.map(one) : [one(null)]
}

/** All columns that a list of the object can have; the title is always there and not among them. */
export function columnChoices(object: ObjectInfo, parts: readonly PartList[]): Column[] {
  return [...object.fields.filter(field => !field.hidden && field.key !== object.title).map(fieldColumn), ...parts.flatMap(partColumns)]
}

/** The entry that a part column shows, and how many more of the kind there are. */
export function entryOf(column: PartColumn, record: Record<string, unknown>): { entry: Record<string, unknown>, more: number } | null {
  const entries = (record[column.list.list] as Record<string, unknown>[] | null | undefined) ?? []
  const fitting = column.option ? entries.filter(entry => (entry[column.choice!.name] as { key: string } | null)?.key === column.option!.key) : entries
  const entry = fitting.find(candidate => candidate.isPrimary === true) ?? fitting[0]
  return entry ? { entry, more: fitting.length - 1 } : null
}

const WIDTHS: Record<string, number> = { phone: 160, email: 215, site: 215 }

/** Width of a column in pixels, by what usually fits. */
export function columnWidth(column: Column): number {
  return column.kind === 'field' ? fieldWidth(column.field) : WIDTHS[column.option?.key ?? ''] ?? fieldWidth(column.field)
}

/** Types that say little in a table cell and stay out unless they are asked for. */
const QUIET = new Set<FieldInfo['type']>(['longText', 'address', 'url', 'boolean'])
const USUAL_COUNT = 5

/** What lists of the built-in objects show before anybody has chosen. */
const USUAL: Record<string, readonly string[]> = {
  client: ['contactPoints.phone', 'contactPoints.email', 'lifecycle', 'owner', 'industry'],
  contact: ['jobTitle', 'contactPoints.phone', 'contactPoints.email', 'owner'],
  order: ['subject', 'client', 'stage', 'total', 'dueOn', 'owner'],
  product: ['code', 'category', 'unit', 'price'],
}

/** The keys of the first columns: of a built-in object as above, of any other the stage, its first fields and the owner. */
export function usualColumns(object: ObjectInfo, choices: readonly Column[]): string[] {
  const known = new Set(choices.map(({ key }) => key))
  const usual = USUAL[object.name] ?? usualOfOther(object, choices)
  return usual.filter(key => known.has(key))
}

function usualOfOther(object: ObjectInfo, choices: readonly Column[]): string[] {
  const plain = choices.flatMap(column => column.kind === 'field' && !QUIET.has(column.field.type) && !column.field.base ? [column.key] : [])
  return [...(object.staged ? ['stage'] : []), ...plain.slice(0, USUAL_COUNT), 'owner']
}
