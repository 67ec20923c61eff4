import { describe, expect, it } from 'vitest'
import { field } from '../../testing/model.ts'
import { fromFilter, wholeFilter } from './filter-from.ts'
import { countConditions, emptyGroup, operatorsOf, readGroup, startValue, toFilter, writeGroup, type Condition, type Group, type Item, type Lookup, type Operator } from './filter-model.ts'
import type { ListCondition } from './filter-more.ts'

const fields = [
  field('name', 'text'), field('quantity', 'integer'), field('total', 'money'), field('orderedOn', 'date'), field('active', 'boolean'), field('kind', 'select'),
  field('tags', 'multiSelect'), field('client', 'reference', { to: 'client' }), field('stage', 'stage'), field('address', 'address'), field('tier', 'select', { group: 'custom' }),
]
const condition = (key: string, operator: Operator, value: unknown = null): Condition => ({ kind: 'condition', field: key, operator, value })
const lookup: Lookup = { fields, lists: [{ name: 'orders', object: 'order' }], of: () => ({ fields: [field('total', 'money'), field('orderedOn', 'date')], lists: [], of: () => lookup }) }
const orders = (more: Partial<ListCondition>): ListCondition => ({ kind: 'list', list: 'orders', object: 'order', test: 'some', field: null, currency: null, operator: 'gte', value: '', group: emptyGroup(), ...more })
const all = (...items: Group['items']): Group => ({ kind: 'group', join: 'and', items })
const any = (...items: Group['items']): Group => ({ kind: 'group', join: 'or', items })

describe('toFilter', () => {
  it.each<[string, Condition, unknown]>([
    ['a text', condition('name', 'contains', 'oy'), { name: { contains: 'oy' } }],
    ['a whole number', condition('quantity', 'gte', '3'), { quantity: { gte: 3 } }],
    ['an amount with a decimal comma', condition('total', 'lt', '1 000,50'), { total: { lt: '1000.50' } }],
    ['a named period', condition('orderedOn', 'relative', 'THIS_MONTH'), { orderedOn: { relative: 'THIS_MONTH' } }],
    ['the last days', condition('orderedOn', 'lastDays', 30), { orderedOn: { lastDays: 30 } }],
    ['yes', condition('active', 'isTrue'), { active: { eq: true } }],
    ['one of some options', condition('kind', 'in', ['a', 'b']), { kind: { in: ['a', 'b'] } }],
    ['any of some tags', condition('tags', 'hasAny', ['x']), { tags: { hasAny: ['x'] } }],
    ['a reference by the record', condition('client', 'in', [{ id: '1', title: 'A' }]), { client: { id: { in: ['1'] } } }],
    ['a stage by its id', condition('stage', 'in', ['s']), { stage: { in: ['s'] } }],
    ['an address as it is written', condition('address', 'contains', 'Helsinki'), { address: { text: { contains: 'Helsinki' } } }],
    ['a field of an admin', condition('custom.tier', 'in', ['gold']), { custom: { tier: { in: ['gold'] } } }],
    ['emptiness', condition('client', 'isEmpty'), { client: { isNull: true } }],
  ])('says %s as the API does', (_name, given, expected) => {
    expect(toFilter(all(given), fields)).toEqual(expected)
  })

  it('joins conditions and groups', () => {
    const group = all(condition('active', 'isTrue'), any(condition('name', 'eq', 'A'), condition('name', 'eq', 'B')))
    expect(toFilter(group, fields)).toEqual({ and: [{ active: { eq: true } }, { or: [{ name: { eq: 'A' } }, { name: { eq: 'B' } }] }] })
  })

  it('leaves out conditions without a value and fields that are gone', () => {
    expect(toFilter(all(condition('name', 'contains', ''), condition('kind', 'in', []), condition('custom.gone', 'eq', 1)), fields)).toBeUndefined()
  })
})

describe('fromFilter', () => {
  it('reads back what the builder wrote', () => {
    const group = any(condition('name', 'contains', 'oy'), condition('custom.tier', 'in', ['gold']), all(condition('active', 'isFalse'), condition('orderedOn', 'isFilled')))
    expect(fromFilter(toFilter(group, fields), fields)).toEqual(group)
  })
  it('gives up on what the builder cannot show', () => {
    expect(fromFilter({ not: { name: { eq: 'A' } } }, fields)).toBeNull()
    expect(fromFilter({ quantity: { gte: 1, lte: 5 } }, fields)).toBeNull()
  })
  it('takes no filter for an empty group', () => {
    // Side by side is «and», and one choice a list of one: so people write filters, and recipes of rules.
    const recipe = all(condition('name', 'eq', 'call'), condition('kind', 'in', ['in']), condition('quantity', 'eq', 0))
    expect(fromFilter({ name: { eq: 'call' }, kind: { eq: 'in' }, quantity: { eq: 0 } }, fields)).toEqual(recipe)
    expect(fromFilter({ or: [{ name: { eq: 'A' }, active: { eq: true } }, { name: { eq: 'B' } }] }, fields)).toEqual(any(all(condition('name', 'eq', 'A'), condition('active', 'isTrue')), condition('name', 'eq', 'B')))
    const grouped = [...fields, field('size', 'integer', { group: 'custom' })]
    expect(fromFilter({ custom: { tier: { in: ['a'] }, size: { gt: 5 } } }, grouped)).toEqual(all({ kind: 'condition', field: 'custom.tier', operator: 'in', value: ['a'] }, { kind: 'condition', field: 'custom.size', operator: 'gt', value: 5 }))
    expect(fromFilter(null, fields)).toEqual(emptyGroup())
  })
})

describe('the address bar', () => {
  it('carries a filter there and back', () => {
    const group = all(condition('name', 'contains', 'oy'), any(condition('quantity', 'gt', 3)))
    expect(readGroup(writeGroup(group))).toEqual(group)
  })
  it.each(['', '{', 'null', '[]', '{"and":5}', '{"and":[["name"]]}', '{"and":[["name","nonsense","x"]]}'])('survives %j', (text) => {
    expect(countConditions(readGroup(text))).toBe(0)
  })
  it('leaves no trace of an empty filter', () => {
    expect(writeGroup(emptyGroup())).toBeUndefined()
  })
})

it('every operator of every type has a value to start with that fits it', () => {
  for (const each of fields) for (const operator of operatorsOf(each)) expect(() => toFilter(all(condition(each.key, operator, startValue(operator))), fields)).not.toThrow()
})

describe('lists, segments and judgements', () => {
  const recent = all(condition('orderedOn', 'lastDays', 90))
  const cases: [string, Item, Record<string, unknown>][] = [
    ['has any', orders({}), { orders: { some: {} } }],
    ['has none of a kind', orders({ test: 'none', group: recent }), { orders: { none: { orderedOn: { lastDays: 90 } } } }],
    ['how many', orders({ test: 'count', value: '3' }), { orders: { count: { gte: 3 } } }],
    ['what they come to', orders({ test: 'sum', field: 'total', currency: 'EUR', operator: 'lt', value: '1000.50', group: recent }), { orders: { sum: [{ field: 'total', currency: 'EUR', where: { orderedOn: { lastDays: 90 } }, lt: '1000.50' }] } }],
    ['of the client', { kind: 'reference', field: 'client', object: 'client', group: all(condition('orderedOn', 'lastDays', 90), condition('total', 'gt', '5')) }, { client: { and: [{ orderedOn: { lastDays: 90 } }, { total: { gt: '5' } }] } }],
    ['in any segment', { kind: 'segment', join: 'any', ids: ['a', 'b'] }, { inSegment: ['a', 'b'] }],
    ['in all segments', { kind: 'segment', join: 'all', ids: ['a', 'b'] }, { and: [{ inSegment: ['a'] }, { inSegment: ['b'] }] }],
    ['in no segment', { kind: 'segment', join: 'none', ids: ['a'] }, { not: { inSegment: ['a'] } }],
    ['no contact', { kind: 'judgement', key: 'noContactDays', value: 30 }, { noContactDays: 30 }],
    ['stuck', { kind: 'judgement', key: 'stuck', value: true }, { stuck: true }],
    ['whom one may call', { kind: 'judgement', key: 'mayContact', value: { channel: 'phone' } }, { mayContact: { channel: 'phone' } }],
    ['whom one must not write to for a purpose', { kind: 'judgement', key: 'mayContact', value: { channel: 'email', purpose: 'news' }, not: true }, { not: { mayContact: { channel: 'email', purpose: 'news' } } }],
    ['what only the API can say', { kind: 'raw', filter: { not: { name: { eq: 'A' } } } }, { not: { name: { eq: 'A' } } }],
  ]
  it.each(cases)('%s: to the API, back, and through the address bar', (_name, item, filter) => {
    expect(toFilter(all(item), lookup)).toEqual(filter)
    expect(wholeFilter(filter, lookup)).toEqual(all(item))
    expect(readGroup(writeGroup(all(item, condition('name', 'eq', 'A'))))).toEqual(all(item, condition('name', 'eq', 'A')))
    expect(toFilter(wholeFilter({ and: [filter, { name: { eq: 'A' } }] }, lookup), lookup)).toEqual({ and: [filter, { name: { eq: 'A' } }] })
  })
  it('tells what is asked of a record that is referred to from which record it is', () => {
    expect(fromFilter({ client: { id: { in: ['1'] } } }, lookup)).toEqual(all(condition('client', 'in', [{ id: '1', title: null }])))
    expect(fromFilter({ client: { total: { gt: '5' }, orderedOn: { isNull: true } } }, lookup)).toEqual(all({ kind: 'reference', field: 'client', object: 'client', group: all(condition('total', 'gt', '5'), condition('orderedOn', 'isEmpty')) }))
    expect(fromFilter({ client: { not: { total: { gt: '5' } } } }, lookup)).toBeNull()
    expect(toFilter(all({ kind: 'reference', field: 'client', object: 'client', group: all(condition('total', 'gt', '')) }), lookup)).toBeUndefined()
    expect(countConditions(all({ kind: 'reference', field: 'client', object: 'client', group: emptyGroup() }))).toBe(0)
  })
  it('leaves out what lacks a value, and lists that are gone', () => {
    expect(toFilter(all(orders({ test: 'count' }), orders({ test: 'sum', value: '5' }), { kind: 'segment', join: 'any', ids: [] }, orders({ list: 'gone' })), lookup)).toBeUndefined()
  })
})
