import { enumName } from '../../model/naming.ts'
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
  operator: Comparison
  value: unknown
  group: Group
}
/** Membership of segments: in any of them, in all of them, in none. */
export interface SegmentCondition { kind: 'segment', join: 'any' | 'all' | 'none', ids: string[] }
/** What is judged of the record as a whole. */
export interface Judgement { kind: 'judgement', key: 'withoutNextStep' | 'noContactDays', value: number | true }
/** A condition of the API that the builder cannot show: it holds all the same. */
export interface RawCondition { kind: 'raw', filter: Record<string, unknown> }
export type MoreCondition = ListCondition | SegmentCondition | Judgement | RawCondition

export const COMPARISONS = ['gte', 'gt', 'lte', 'lt', 'eq'] as const
export type Comparison = (typeof COMPARISONS)[number]
export const LIST_TESTS = ['some', 'none', 'count', 'sum'] as const
const NUMERIC = new Set<FieldInfo['type']>(['integer', 'decimal', 'money'])
export const summable = (fields: readonly FieldInfo[]) => fields.filter(field => !field.hidden && NUMERIC.has(field.type))

export function isCompleteMore(item: MoreCondition): boolean {
  if (item.kind === 'segment') return item.ids.length > 0
  if (item.kind === 'judgement') return item.value === true || item.value > 0
  if (item.kind === 'raw' || item.test === 'some' || item.test === 'none') return true
  return /^[+-]?\d+(\.\d+)?$/.test(decimalOf(String(item.value ?? ''))) && (item.test === 'count' || item.field !== null)
}

export function moreToFilter(item: MoreCondition, lookup: Lookup, toFilter: (group: Group, lookup: Lookup) => Record<string, unknown> | undefined): Record<string, unknown> | undefined {
  if (!isCompleteMore(item)) return undefined
  if (item.kind === 'raw') return item.filter
  if (item.kind === 'judgement') return { [item.key]: item.value }
  if (item.kind === 'segment') {
    if (item.join === 'all') return { and: item.ids.map(id => ({ inSegment: [id] })) }
    return item.join === 'any' ? { inSegment: item.ids } : { not: { inSegment: item.ids } }
  }
  if (!lookup.lists.some(({ name }) => name === item.list)) return undefined
  const where = toFilter(item.group, lookup.of(item.object))
  if (item.test === 'some' || item.test === 'none') return { [item.list]: { [item.test]: where ?? {} } }
  const number = decimalOf(String(item.value))
  const compared = { ...(where ? { where } : {}), [item.operator]: item.test === 'count' ? Number(number) : number }
  return { [item.list]: item.test === 'count' ? { count: compared } : { sum: [{ field: enumName(item.field!), ...compared }] } }
}

/** Reads back one part of a filter; undefined where it is none of these. */
export function moreFrom(part: Record<string, unknown>, lookup: Lookup, fromFilter: (filter: Record<string, unknown> | null, lookup: Lookup) => Group | null): MoreCondition | null | undefined {
  const [[key, value] = []] = Object.entries(part)
  if (key === 'withoutNextStep' && value === true) return { kind: 'judgement', key, value: true }
  if (key === 'noContactDays' && typeof value === 'number') return { kind: 'judgement', key, value }
  if (key === 'inSegment') return { kind: 'segment', join: 'any', ids: value as string[] }
  if (key === 'not' && isMembership(value)) return { kind: 'segment', join: 'none', ids: value.inSegment }
  if (key === 'and' && Array.isArray(value) && value.length > 1 && value.every(one => isMembership(one) && one.inSegment.length === 1)) return { kind: 'segment', join: 'all', ids: value.map(one => (one as { inSegment: string[] }).inSegment[0]!) }
  const list = lookup.lists.find(({ name }) => name === key)
  if (!list) return undefined
  const tests = Object.entries(value as Record<string, unknown>)
  const [test, content] = tests[0] ?? []
  if (tests.length !== 1) return null
  const base = { kind: 'list' as const, list: list.name, object: list.object, field: null, operator: 'gte' as Comparison, value: '' }
  if (test === 'some' || test === 'none') {
    const filter = content as Record<string, unknown>
    const group = fromFilter(Object.keys(filter).length ? filter : null, lookup.of(list.object))
    return group && { ...base, test, group }
  }
  const measured = (test === 'sum' && Array.isArray(content) ? (content.length === 1 ? content[0] : null) : test === 'count' ? content : null) as Record<string, unknown> | null
  if (!measured) return null
  const { where, field, ...operators } = measured
  const [[operator, number] = []] = Object.entries(operators)
  const group = fromFilter((where ?? null) as Record<string, unknown> | null, lookup.of(list.object))
  if (!group || Object.keys(operators).length !== 1 || !(COMPARISONS as readonly string[]).includes(operator!)) return null
  const summed = test === 'sum' ? lookup.of(list.object).fields.find(one => enumName(one.key) === field)?.key : null
  return summed === undefined ? null : { ...base, test: test as 'count' | 'sum', field: summed, operator: operator as Comparison, value: String(number), group }
}

const isMembership = (value: unknown): value is { inSegment: string[] } => typeof value === 'object' && value !== null && Object.keys(value).join() === 'inSegment' && Array.isArray((value as { inSegment: unknown }).inSegment)

/** For the address bar. */
export type CompactMore = { list: unknown[] } | { segment: [string, string[]] } | { is: [string, unknown] } | { raw: Record<string, unknown> }
export function compactMore(item: MoreCondition, compact: (group: Group) => unknown): CompactMore {
  if (item.kind === 'segment') return { segment: [item.join, item.ids] }
  if (item.kind === 'judgement') return { is: [item.key, item.value] }
  if (item.kind === 'raw') return { raw: item.filter }
  return { list: [item.list, item.object, item.test, item.field, item.operator, item.value, compact(item.group)] }
}

export function expandMore(value: Record<string, unknown>, expand: (group: unknown) => Group | null): MoreCondition | null {
  if (Array.isArray(value.segment)) {
    const [join, ids] = value.segment as [SegmentCondition['join'], unknown]
    return ['any', 'all', 'none'].includes(join) && Array.isArray(ids) ? { kind: 'segment', join, ids: ids.map(String) } : null
  }
  if (Array.isArray(value.is)) {
    const [key, content] = value.is as [string, unknown]
    if (key === 'withoutNextStep') return { kind: 'judgement', key, value: true }
    return key === 'noContactDays' ? { kind: 'judgement', key, value: Number(content) || 30 } : null
  }
  if (typeof value.raw === 'object' && value.raw !== null && !Array.isArray(value.raw)) return { kind: 'raw', filter: value.raw as Record<string, unknown> }
  if (!Array.isArray(value.list)) return null
  const [list, object, test, field, operator, content, group] = value.list as unknown[]
  if (typeof list !== 'string' || typeof object !== 'string' || !(LIST_TESTS as readonly unknown[]).includes(test) || !(COMPARISONS as readonly unknown[]).includes(operator)) return null
  return {
    kind: 'list', list, object, test: test as ListCondition['test'], field: typeof field === 'string' ? field : null, operator: operator as Comparison, value: content ?? '',
    group: expand(group) ?? { kind: 'group', join: 'and', items: [] },
  }
}
