import { nest } from '../../model/naming.ts'
import type { FieldInfo, ObjectInfo } from '../../model/types.ts'
import { decimalOf } from '../draft.ts'
import { compactMore, expandMore, isCompleteMore, moreToFilter, type CompactMore, type MoreCondition } from './filter-more.ts'

/** Every way to compare; which of them a field offers follows from its type. */
export type Operator =
  | 'contains' | 'startsWith' | 'eq' | 'ne' | 'in' | 'notIn' | 'has' | 'hasAny' | 'hasAll'
  | 'gt' | 'gte' | 'lt' | 'lte' | 'relative' | 'lastDays' | 'nextDays' | 'isEmpty' | 'isFilled' | 'isTrue' | 'isFalse'

export interface Condition { kind: 'condition', field: string, operator: Operator, value: unknown }
export type Item = Condition | Group | MoreCondition
export interface Group { kind: 'group', join: 'and' | 'or', items: Item[] }

/** What a filter of an object can refer to: its fields, and the lists of records that hang on it. */
export interface Lookup {
  fields: readonly FieldInfo[]
  lists: readonly { name: string, object: string }[]
  of(object: string): Lookup
}
export const lookupOf = (given: readonly FieldInfo[] | Lookup): Lookup => 'lists' in given ? given : { fields: given, lists: [], of: () => lookupOf([]) }

export const emptyGroup = (): Group => ({ kind: 'group', join: 'and', items: [] })

/** The named periods of dates, as the API names them. */
export const PERIODS = [
  'TODAY', 'YESTERDAY', 'TOMORROW', 'THIS_WEEK', 'LAST_WEEK', 'NEXT_WEEK', 'THIS_MONTH', 'LAST_MONTH', 'NEXT_MONTH',
  'THIS_QUARTER', 'LAST_QUARTER', 'NEXT_QUARTER', 'THIS_YEAR', 'LAST_YEAR', 'NEXT_YEAR', 'PAST', 'FUTURE',
] as const

const EMPTINESS: Operator[] = ['isEmpty', 'isFilled']
const TEXT: Operator[] = ['contains', 'startsWith', 'eq', 'ne', ...EMPTINESS]
const NUMBER: Operator[] = ['eq', 'ne', 'gt', 'gte', 'lt', 'lte', ...EMPTINESS]
const TIME: Operator[] = ['relative', 'lastDays', 'nextDays', 'gte', 'lte', ...EMPTINESS]
const CHOICE: Operator[] = ['in', 'notIn', ...EMPTINESS]

const OPERATORS: Record<FieldInfo['type'], Operator[]> = {
  text: TEXT, longText: ['contains', ...EMPTINESS], email: TEXT, phone: TEXT, url: TEXT, taxId: TEXT, address: ['contains', ...EMPTINESS],
  integer: NUMBER, decimal: NUMBER, money: NUMBER,
  boolean: ['isTrue', 'isFalse', ...EMPTINESS],
  date: TIME, dateTime: TIME,
  select: CHOICE, multiSelect: ['hasAny', 'hasAll', ...EMPTINESS],
  user: CHOICE, reference: CHOICE, record: EMPTINESS, file: EMPTINESS, stage: CHOICE, pipeline: CHOICE,
}
/** What a condition of this field can say, the usual one first. */
export function operatorsOf(field: Pick<FieldInfo, 'type'>): Operator[] {
  return OPERATORS[field.type]
}

const WITHOUT_VALUE = new Set<Operator>(['isEmpty', 'isFilled', 'isTrue', 'isFalse'])
const WITH_LIST = new Set<Operator>(['in', 'notIn', 'hasAny', 'hasAll'])
export const needsValue = (operator: Operator): boolean => !WITHOUT_VALUE.has(operator)
export const takesList = (operator: Operator): boolean => WITH_LIST.has(operator)

/** A value to start with when the operator or the field of a condition changes. */
export function startValue(operator: Operator): unknown {
  if (!needsValue(operator)) return null
  if (takesList(operator)) return []
  if (operator === 'relative') return 'THIS_MONTH'
  return operator === 'lastDays' || operator === 'nextDays' ? 30 : ''
}

/** A condition that lacks its value does not filter yet. */
export function isComplete(condition: Condition | MoreCondition): boolean {
  if (condition.kind === 'reference') return countConditions(condition.group) > 0
  if (condition.kind !== 'condition') return isCompleteMore(condition)
  if (!needsValue(condition.operator)) return true
  if (takesList(condition.operator)) return Array.isArray(condition.value) && condition.value.length > 0
  return condition.value !== '' && condition.value != null
}

/** System fields of every record that can be filtered, besides those of the model. */
export function filterFields(object: ObjectInfo): FieldInfo[] {
  return object.fields.filter(field => !field.hidden)
}

const NUMERIC = new Set<FieldInfo['type']>(['integer', 'decimal', 'money'])

function scalar(field: FieldInfo, value: unknown): unknown {
  if (!NUMERIC.has(field.type)) return field.type === 'dateTime' ? new Date(String(value)).toISOString() : value
  const written = decimalOf(String(value))
  return field.type === 'integer' && /^[+-]?\d+$/.test(written) ? Number(written) : written
}

export const isRelation = (field: Pick<FieldInfo, 'type'>) => field.type === 'reference' || field.type === 'user'
/** The object that a field refers to; null where it is none, or may be several. */
export const referredBy = (field: Pick<FieldInfo, 'type' | 'to'>): string | null => field.type === 'user' ? 'user' : field.type === 'reference' ? field.to : null
const idsOf = (value: unknown) => (value as (string | { id: string })[]).map(item => typeof item === 'string' ? item : item.id)

function comparison(field: FieldInfo, { operator, value }: Condition): Record<string, unknown> {
  if (operator === 'isEmpty' || operator === 'isFilled') return { isNull: operator === 'isEmpty' }
  if (operator === 'isTrue' || operator === 'isFalse') return { eq: operator === 'isTrue' }
  if (isRelation(field)) return operator === 'notIn' ? { id: { notIn: idsOf(value) } } : { id: { in: idsOf(value) } }
  if (operator === 'lastDays' || operator === 'nextDays') return { [operator]: Number(value) }
  // An address is searched as it is written out.
  if (field.type === 'address') return { text: { [operator]: value } }
  if (operator === 'relative' || takesList(operator)) return { [operator]: value }
  return { [operator]: scalar(field, value) }
}

/** The `filter` argument of a list, or undefined where nothing is filtered. Unknown fields and open conditions are left out. */
export function toFilter(group: Group, of: readonly FieldInfo[] | Lookup): Record<string, unknown> | undefined {
  const lookup = lookupOf(of)
  const parts = group.items.flatMap((item): Record<string, unknown>[] => {
    if (item.kind !== 'condition') {
      const below = item.kind === 'group' ? toFilter(item, lookup) : moreToFilter(item, lookup, toFilter)
      return below ? [below] : []
    }
    const field = lookup.fields.find(candidate => candidate.key === item.field)
    return field && isComplete(item) ? [nest([[field, comparison(field, item)]])] : []
  })
  if (parts.length < 2) return parts[0]
  return { [group.join]: parts }
}

/** Complete conditions in a group, the number on the filter button. */
export function countConditions(group: Group): number {
  return group.items.reduce((sum, item) => sum + (item.kind === 'group' ? countConditions(item) : isComplete(item) ? 1 : 0), 0)
}

/** A group for the address bar; empty groups leave no trace. */
export function writeGroup(group: Group): string | undefined {
  return countConditions(group) ? JSON.stringify(compact(group)) : undefined
}

const KNOWN = new Set(Object.values(OPERATORS).flat())
type Compact = [string, string, unknown?] | { and: Compact[] } | { or: Compact[] } | CompactMore
function compact(group: Group): Compact {
  const items = group.items.map(item => item.kind === 'group' ? compact(item) : item.kind === 'condition' ? [item.field, item.operator, item.value] as Compact : compactMore(item, compact))
  return group.join === 'and' ? { and: items } : { or: items }
}

/** Reads a group from the address bar; what it does not understand is left out. */
export function readGroup(text: unknown): Group {
  if (typeof text !== 'string') return emptyGroup()
  try {
    return expand(JSON.parse(text), 0) ?? emptyGroup()
  } catch {
    return emptyGroup()
  }
}

function expand(value: unknown, depth: number): Group | null {
  if (typeof value !== 'object' || value === null || depth > 3) return null
  const join = 'or' in value ? 'or' : 'and'
  const items = (value as Record<string, unknown>)[join]
  if (!Array.isArray(items)) return null
  return {
    kind: 'group', join,
    items: items.flatMap((item): Item[] => {
      if (!Array.isArray(item)) return [expand(item, depth + 1) ?? more(item, depth) ?? []].flat()
      const [field, operator, content] = item as [unknown, unknown, unknown]
      return typeof field === 'string' && KNOWN.has(operator as Operator)
        ? [{ kind: 'condition', field, operator: operator as Operator, value: content ?? null }]
        : []
    }),
  }
}

function more(value: unknown, depth: number): MoreCondition | null {
  return typeof value === 'object' && value !== null ? expandMore(value as Record<string, unknown>, group => expand(group, depth + 1)) : null
}
