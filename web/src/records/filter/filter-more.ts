import { enumName, nest } from '../../model/naming.ts'
import type { FieldInfo } from '../../model/types.ts'
import { decimalOf } from '../draft.ts'
import type { Group, Lookup } from './filter-model.ts'

/** What is asked of a list of the record: that some match, that none does, how many do, or what they come to. */
export interface ListCondition {
  kind: 'list'
  list: string
  /** Name of the object whose records are listed. */
  object: string
  test: 'some' | 'none' | 'count' | 'sum'
  /** What is added up. */
  field: string | null
  /** Of money: sums are never taken over currencies. */
  currency: string | null
  operator: Comparison
  value: unknown
  group: Group
}
/** What is asked of the record that a field refers to: the client of an order. */
export interface ReferenceCondition { kind: 'reference', field: string, object: string, group: Group }
/** Membership of segments: in any of them, in all of them, in none. */
export interface SegmentCondition { kind: 'segment', join: 'any' | 'all' | 'none', ids: string[] }
/** What is judged of the record as a whole. */
export type Judgement =
  | { kind: 'judgement', key: 'stuck' | 'withoutNextStep', value: true, not?: undefined }
  | { kind: 'judgement', key: 'noContactDays', value: number, not?: undefined }
  | { kind: 'judgement', key: 'mayContact', value: MayContact, not?: true }
/** By which channel one may write or call; for a purpose, or at all. */
export interface MayContact { channel: string, purpose?: string }
export const MOST_DAYS = 36_500
/** A condition of the API that the builder cannot show: it holds all the same. */
export interface RawCondition { kind: 'raw', filter: Record<string, unknown> }
export type MoreCondition = ListCondition | ReferenceCondition | SegmentCondition | Judgement | RawCondition

export const COMPARISONS = ['gte', 'gt', 'lte', 'lt', 'eq'] as const
export type Comparison = (typeof COMPARISONS)[number]
export const LIST_TESTS = ['some', 'none', 'count', 'sum'] as const
const NUMERIC = new Set<FieldInfo['type']>(['integer', 'decimal', 'money'])
export const summable = (fields: readonly FieldInfo[]) => fields.filter(field => !field.hidden && NUMERIC.has(field.type))

export function isCompleteMore(item: Exclude<MoreCondition, ReferenceCondition>): boolean {
  if (item.kind === 'segment') return item.ids.length > 0
  if (item.kind === 'judgement') return item.key !== 'noContactDays' || (item.value > 0 && item.value <= MOST_DAYS)
  if (item.kind === 'raw' || item.test === 'some' || item.test === 'none') return true
  return /^[+-]?\d+(\.\d+)?$/.test(decimalOf(String(item.value ?? ''))) && (item.test === 'count' || item.field !== null)
}

export function moreToFilter(item: MoreCondition, lookup: Lookup, toFilter: (group: Group, lookup: Lookup) => Record<string, unknown> | undefined): Record<string, unknown> | undefined {
  if (item.kind === 'reference') {
    const field = lookup.fields.find(({ key }) => key === item.field)
    const where = field && toFilter(item.group, lookup.of(item.object))
    return where && nest([[field, where]])
  }
  if (!isCompleteMore(item)) return undefined
  if (item.kind === 'raw') return item.filter
  if (item.kind === 'judgement') return item.not ? { not: { [item.key]: item.value } } : { [item.key]: item.value }
  if (item.kind === 'segment') {
    if (item.join === 'all') return { and: item.ids.map(id => ({ inSegment: [id] })) }
    return item.join === 'any' ? { inSegment: item.ids } : { not: { inSegment: item.ids } }
  }
  if (!lookup.lists.some(({ name }) => name === item.list)) return undefined
  const where = toFilter(item.group, lookup.of(item.object))
  if (item.test === 'some' || item.test === 'none') return { [item.list]: { [item.test]: where ?? {} } }
  const number = decimalOf(String(item.value))
  const compared = { ...(where ? { where } : {}), [item.operator]: item.test === 'count' ? Number(number) : number }
  return { [item.list]: item.test === 'count' ? { count: compared } : { sum: [{ field: enumName(item.field!), ...(item.currency ? { currency: item.currency } : {}), ...compared }] } }
}

const JUDGED = ['stuck', 'withoutNextStep', 'noContactDays', 'mayContact']
/** A judgement from the API or the address bar; null where it is none. */
export const judgementFrom = (key: unknown, value: unknown, not?: unknown): Judgement | null =>
  JUDGED.includes(key as string) && value ? { kind: 'judgement', key, value, ...(not ? { not: true } : {}) } as Judgement : null

/** For the address bar. */
export type CompactMore = { list: unknown[] } | { segment: [string, string[]] } | { is: unknown[] } | { of: unknown[] } | { raw: Record<string, unknown> }
export function compactMore(item: MoreCondition, compact: (group: Group) => unknown): CompactMore {
  if (item.kind === 'segment') return { segment: [item.join, item.ids] }
  if (item.kind === 'judgement') return { is: [item.key, item.value, ...(item.not ? [1] : [])] }
  if (item.kind === 'raw') return { raw: item.filter }
  if (item.kind === 'reference') return { of: [item.field, item.object, compact(item.group)] }
  return { list: [item.list, item.object, item.test, item.field, item.operator, item.value, compact(item.group), ...(item.currency ? [item.currency] : [])] }
}

export function expandMore(value: Record<string, unknown>, expand: (group: unknown) => Group | null): MoreCondition | null {
  if (Array.isArray(value.segment)) {
    const [join, ids] = value.segment as [SegmentCondition['join'], unknown]
    return ['any', 'all', 'none'].includes(join) && Array.isArray(ids) ? { kind: 'segment', join, ids: ids.map(String) } : null
  }
  if (Array.isArray(value.is)) return judgementFrom(value.is[0], value.is[1], value.is[2])
  if (typeof value.raw === 'object' && value.raw !== null && !Array.isArray(value.raw)) return { kind: 'raw', filter: value.raw as Record<string, unknown> }
  if (Array.isArray(value.of)) {
    const [field, object, group] = value.of as unknown[]
    return typeof field === 'string' && typeof object === 'string' ? { kind: 'reference', field, object, group: expand(group) ?? { kind: 'group', join: 'and', items: [] } } : null
  }
  if (!Array.isArray(value.list)) return null
  const [list, object, test, field, operator, content, group, currency] = value.list as unknown[]
  if (typeof list !== 'string' || typeof object !== 'string' || !(LIST_TESTS as readonly unknown[]).includes(test) || !(COMPARISONS as readonly unknown[]).includes(operator)) return null
  return {
    kind: 'list', list, object, test: test as ListCondition['test'], field: typeof field === 'string' ? field : null, currency: typeof currency === 'string' ? currency : null, operator: operator as Comparison, value: content ?? '',
    group: expand(group) ?? { kind: 'group', join: 'and', items: [] },
  }
}
