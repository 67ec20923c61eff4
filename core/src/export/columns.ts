import { InputError, LimitError, textIn } from '@kartotek/sdk'
import type { FieldModel, ObjectModel, ReverseList } from '../model/model.ts'
import { emptyPlan, LISTS, type Node, type Page, type Plan } from '../records/plan.ts'
import { unknownField, type Reading } from '../records/reading.ts'
import { valueIn } from '../records/rows.ts'
import type { Cell } from '../spreadsheets/index.ts'
import { cellOf, type ValueReading } from './values.ts'

/** One column of an exported table. */
export interface ExportColumn {
  /** `name`, `custom.tier`, `client.taxId` over a reference, `total.currency`, `contactPoints.phone` of a list inside the record, `id`. */
  key: string
  label: string
  /** The reference or list that leads there, by its label; null for fields of the record itself. */
  group: string | null
  type: string
  /** Makes room for the value in what is read. */
  plan(plan: Plan): void
  cell(node: Node, values: ValueReading): Cell
}

const MAX_COLUMNS = 200
const CURRENCY = { ru: 'валюта', uk: 'валюта', fi: 'valuutta', en: 'currency' }
const leads = (field: FieldModel): boolean => field.handler.filter === 'relation'

/** All columns that the reader may take out of an object: fields that he may read and that are not kept from exports. */
export function exportColumns(reading: Reading, object: ObjectModel): ExportColumn[] {
  const own = fieldsOf(reading, object)
  return [
    { key: 'id', label: 'ID', group: null, type: 'id', plan: () => {}, cell: (node) => ({ text: node.id }) },
    ...own.flatMap((field) => columnsOfField(reading, field, (plan) => plan, (node) => node, '', null)),
    ...own.filter(leads).flatMap((field) => behind(reading, field)),
    ...object.lists.filter((list) => list.part && reading.access.canList(list)).flatMap((list) => columnsOfList(reading, list)),
  ]
}

/**
 * The columns under these keys.
 * @throws InputError for keys that do not exist for the reader, or stand twice
 */
export function chosenColumns(reading: Reading, object: ObjectModel, keys: readonly string[]): ExportColumn[] {
  if (keys.length === 0) throw new InputError('Choose at least one column.', [{ field: 'columns', rule: 'required', message: 'Choose at least one column.' }])
  if (keys.length > MAX_COLUMNS) throw new LimitError(`An export has at most ${MAX_COLUMNS} columns.`, { limit: MAX_COLUMNS })
  const known = new Map(exportColumns(reading, object).map((column) => [column.key, column]))
  return [...new Set(keys)].map((key) => {
    const column = known.get(key)
    if (!column) throw unknownField(object, key)
    return column
  })
}

/** What to read for these columns. */
export function planOfColumns(object: ObjectModel, columns: readonly ExportColumn[]): Plan {
  const plan = emptyPlan(object)
  for (const column of columns) column.plan(plan)
  return plan
}

function fieldsOf({ access }: Reading, object: ObjectModel): FieldModel[] {
  return object.fields.filter((field) => !field.hidden && !field.technical && field.exported !== false && access.canRead(field))
}

function columnsOfField(reading: Reading, field: FieldModel, at: (plan: Plan) => Plan, of: (node: Node) => Node | null, prefix: string, group: string | null): ExportColumn[] {
  const label = textIn(field.label, reading.locale) || field.name
  const target = field.to && leads(field) ? reading.generation.model.objects.get(field.to) : undefined
  const title = target && titleOf(reading, target)
  if (target && !title) return []
  const leaves = leaving(reading, field)
  const column: ExportColumn = {
    key: prefix + field.key, label, group, type: field.handler.name,
    plan(plan) {
      const own = at(plan)
      if (target) relation(own, field, target).fields.set(title!.key, title!)
      else own.fields.set(field.key, field)
    },
    cell(node, values) {
      const from = of(node)
      const value = from && valueIn(from, field)
      if (!target) return leaves(value) ? cellOf(field, value, values) : null
      return value ? cellOf(title!, valueIn(value as Node, title!), values) : null
    },
  }
  if (field.type !== 'money') return [column]
  const currency = (node: Node): Cell => {
    const from = of(node)
    const value = from && valueIn(from, field) as { currency: string } | null
    return value ? { text: value.currency } : null
  }
  return [column, { ...column, key: `${column.key}.currency`, label: `${label}, ${CURRENCY[reading.locale]}`, type: 'text', cell: currency }]
}

/** One step over a reference. */
function behind(reading: Reading, field: FieldModel): ExportColumn[] {
  const target = reading.generation.model.objects.get(field.to!)
  if (!target || reading.access.scope(target, 'read') === 'none') return []
  const group = textIn(field.label, reading.locale) || field.name
  return fieldsOf(reading, target).filter((inner) => inner.key !== target.title).flatMap((inner) =>
    columnsOfField(reading, inner, (plan) => relation(plan, field, target), (node) => (valueIn(node, field) as Node | null) ?? null, `${field.key}.`, group))
}

function relation(plan: Plan, field: FieldModel, target: ObjectModel): Plan {
  const known = plan.relations.get(field.key)
  if (known) return known.plan
  const inner = emptyPlan(target)
  plan.relations.set(field.key, { field, plan: inner })
  return inner
}

function titleOf(reading: Reading, target: ObjectModel): FieldModel | null {
  const title = target.byKey.get(target.title)
  return title && title.exported !== false && reading.access.canRead(title) && reading.access.scope(target, 'read') !== 'none' ? title : null
}

/** Whether a value may leave: a `record` field tells the title of what it names, which may be kept from exports. */
function leaving({ generation: { model } }: Reading, field: FieldModel): (value: unknown) => boolean {
  if (field.type !== 'record') return () => true
  const kept = new Set([...model.objects.values()].filter((object) => object.byKey.get(object.title)?.exported === false).map((object) => object.name))
  return (value) => !kept.has((value as { object?: string } | null)?.object ?? '')
}

/** Entries of a list inside the record by what names them, those of one kind or all, in one cell. */
function columnsOfList(reading: Reading, list: ReverseList): ExportColumn[] {
  const part = reading.generation.model.objects.get(list.object)!
  const readable = (key: string): FieldModel | undefined => {
    const field = part.byKey.get(key)
    return field && field.exported !== false && reading.access.canRead(field) ? field : undefined
  }
  const named = readable(part.title)
  if (!named) return []
  const target = leads(named) ? reading.generation.model.objects.get(named.to!) : undefined
  const title = target && titleOf(reading, target)
  if (target && !title) return []
  const leaves = leaving(reading, named)
  const kind = readable('kind')?.type === 'select' ? readable('kind') : undefined
  const group = textIn(part.labelPlural, reading.locale) || list.name
  const one = (option: string | null, label: string): ExportColumn => ({
    key: option ? `${list.name}.${option}` : list.name, label, group: option ? group : null, type: 'list',
    plan(plan) {
      const inner = plan.lists.get(list.name)?.plan ?? emptyPlan(part)
      if (target) relation(inner, named, target).fields.set(title!.key, title!)
      else inner.fields.set(named.key, named)
      if (kind) inner.fields.set(kind.key, kind)
      plan.lists.set(list.name, { list, plan: inner, args: {}, total: false })
    },
    cell(node, values) {
      const entries = (node as { [LISTS]?: Record<string, Page> })[LISTS]?.[list.name]?.nodes ?? []
      const texts = entries.filter((entry) => option === null || (valueIn(entry, kind!) as { key: string } | null)?.key === option)
        .flatMap((entry) => {
          const value = valueIn(entry, named)
          const cell = target ? (value ? cellOf(title!, valueIn(value as Node, title!), values) : null) : leaves(value) ? cellOf(named, value, values) : null
          return cell && 'text' in cell ? [cell.text] : []
        })
      return texts.length > 0 ? { text: texts.join(', ') } : null
    },
  })
  return [one(null, group), ...(kind?.options ?? []).map((option) => one(option.key, textIn(option.label, reading.locale) || option.key))]
}
