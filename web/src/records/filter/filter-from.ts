import { enumName, nest } from '../../model/naming.ts'
import type { FieldInfo } from '../../model/types.ts'
import { emptyGroup, isRelation, lookupOf, operatorsOf, referredBy, type Condition, type Group, type Item, type Lookup, type Operator } from './filter-model.ts'
import { COMPARISONS, judgementFrom, type Comparison, type MoreCondition, type ReferenceCondition } from './filter-more.ts'

const BY_API = new Set<string>(['contains', 'startsWith', 'eq', 'ne', 'in', 'notIn', 'has', 'hasAny', 'hasAll', 'gt', 'gte', 'lt', 'lte', 'relative', 'lastDays', 'nextDays'])

/** A filter of the API as a group of the builder, or null where it says more than the builder can show. */
export function fromFilter(filter: Record<string, unknown> | null | undefined, of: readonly FieldInfo[] | Lookup): Group | null {
  const group = wholeFilter(filter, of)
  return group.items.some(hasRaw) ? null : group
}
const hasRaw = (item: Item): boolean => item.kind === 'raw' || (item.kind === 'group' && item.items.some(hasRaw))

/** The same, with what the builder cannot show kept as it is. */
export function wholeFilter(filter: Record<string, unknown> | null | undefined, of: readonly FieldInfo[] | Lookup): Group {
  if (!filter) return emptyGroup()
  const lookup = lookupOf(of)
  const together = moreFrom(filter, lookup)
  if (together) return { kind: 'group', join: 'and', items: [together] }
  const join = 'or' in filter ? 'or' : 'and'
  const parts = join in filter && Object.keys(filter).length === 1 ? filter[join] as Record<string, unknown>[] : split(filter, lookup.fields)
  return {
    kind: 'group', join,
    items: parts.map((part): Item => {
      if (split(part, lookup.fields).length > 1) return wholeFilter(part, lookup)
      const found = moreFrom(part, lookup)
      if (found) return found
      if (found === undefined && ('and' in part || 'or' in part)) return wholeFilter(part, lookup)
      return conditionFrom(part, lookup) ?? { kind: 'raw', filter: part }
    }),
  }
}

/** What stands side by side holds together: each part by itself, those of groups of fields too. */
function split(filter: Record<string, unknown>, fields: readonly FieldInfo[]): Record<string, unknown>[] {
  const groups = new Set(fields.flatMap(field => Object.entries(nest([[field, true]])).flatMap(([key, own]) => typeof own === 'object' ? [key] : [])))
  return Object.entries(filter).flatMap(([key, value]) => groups.has(key) && value && typeof value === 'object' && !Array.isArray(value)
    ? Object.entries(value).map(([name, test]) => ({ [key]: { [name]: test } }))
    : [{ [key]: value }])
}

function conditionFrom(part: Record<string, unknown>, lookup: Lookup): Condition | ReferenceCondition | null {
  for (const field of lookup.fields) {
    const [own] = Object.values(nest([[field, true]]))
    const [name] = Object.keys(nest([[field, true]]))
    const below = typeof own === 'object' ? (part[name!] as Record<string, unknown> | undefined)?.[field.name] : part[name!]
    if (below === undefined || typeof below !== 'object' || below === null) continue
    const [[operator, value] = []] = Object.entries(below)
    const object = referredBy(field)
    if (object && operator && !['id', 'isNull'].includes(operator)) {
      const group = fromFilter(below as Record<string, unknown>, lookup.of(object))
      return group && { kind: 'reference', field: field.key, object, group }
    }
    if (!operator || Object.keys(below).length !== 1) return null
    const condition = { kind: 'condition' as const, field: field.key }
    if (operator === 'isNull') return { ...condition, operator: value ? 'isEmpty' : 'isFilled', value: null }
    if (field.type === 'boolean' && operator === 'eq') return { ...condition, operator: value ? 'isTrue' : 'isFalse', value: null }
    // One choice is a list of one.
    const choice = operator === 'eq' ? 'in' : operator === 'ne' ? 'notIn' : null
    if (choice && field.type === 'select' && typeof value === 'string') return { ...condition, operator: choice, value: [value] }
    if (operator === 'id' && isRelation(field) && value && typeof value === 'object' && 'in' in value) return { ...condition, operator: 'in', value: (value.in as string[]).map(id => ({ id, title: null })) }
    return BY_API.has(operator) && (operatorsOf(field) as string[]).includes(operator) ? { ...condition, operator: operator as Operator, value } : null
  }
  return null
}

/** Reads back one part of a filter; undefined where it is none of these. */
function moreFrom(part: Record<string, unknown>, lookup: Lookup): MoreCondition | null | undefined {
  const [[key, value] = []] = Object.entries(part)
  const denied = key === 'not' && Object.keys(value ?? {}).join() === 'mayContact'
  const judgement = denied ? judgementFrom('mayContact', (value as Record<string, unknown>).mayContact, true) : judgementFrom(key, value)
  if (judgement) return judgement
  if (key === 'inSegment') return { kind: 'segment', join: 'any', ids: value as string[] }
  if (key === 'not' && isMembership(value)) return { kind: 'segment', join: 'none', ids: value.inSegment }
  if (key === 'and' && Array.isArray(value) && value.length > 1 && value.every(one => isMembership(one) && one.inSegment.length === 1)) return { kind: 'segment', join: 'all', ids: value.map(one => (one as { inSegment: string[] }).inSegment[0]!) }
  const list = lookup.lists.find(({ name }) => name === key)
  if (!list) return undefined
  const tests = Object.entries(value as Record<string, unknown>)
  const [test, content] = tests[0] ?? []
  if (tests.length !== 1) return null
  const base = { kind: 'list' as const, list: list.name, object: list.object, field: null, currency: null, operator: 'gte' as Comparison, value: '' }
  if (test === 'some' || test === 'none') {
    const filter = content as Record<string, unknown>
    const group = fromFilter(Object.keys(filter).length ? filter : null, lookup.of(list.object))
    return group && { ...base, test, group }
  }
  const measured = (test === 'sum' && Array.isArray(content) ? (content.length === 1 ? content[0] : null) : test === 'count' ? content : null) as Record<string, unknown> | null
  if (!measured) return null
  const { where, field, currency, ...operators } = measured
  const [[operator, number] = []] = Object.entries(operators)
  const group = fromFilter((where ?? null) as Record<string, unknown> | null, lookup.of(list.object))
  if (!group || Object.keys(operators).length !== 1 || !(COMPARISONS as readonly string[]).includes(operator!)) return null
  const summed = test === 'sum' ? lookup.of(list.object).fields.find(one => enumName(one.key) === field)?.key : null
  return summed === undefined ? null : { ...base, test: test as 'count' | 'sum', field: summed, currency: (currency ?? null) as string | null, operator: operator as Comparison, value: String(number), group }
}

const isMembership = (value: unknown): value is { inSegment: string[] } => typeof value === 'object' && value !== null && Object.keys(value).join() === 'inSegment' && Array.isArray((value as { inSegment: unknown }).inSegment)
