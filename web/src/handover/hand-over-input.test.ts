import { describe, expect, it } from 'vitest'
import { emptyGroup, type Group, type Item, type Lookup } from '../records/filter/filter-model.ts'
import { field } from '../testing/model.ts'
import { handOverInput, type Form } from './hand-over-input.ts'

const orders: Lookup = { fields: [field('total', 'money')], lists: [], of: () => orders }
const clients: Lookup = { fields: [field('name', 'text')], lists: [{ name: 'orders', object: 'order' }], of: () => orders }
const lookup = (object: string) => object === 'client' ? clients : orders
const where = (...items: Item[]): Group => ({ kind: 'group', join: 'and', items })
const many: Item = { kind: 'list', list: 'orders', object: 'order', test: 'count', field: null, currency: null, operator: 'gte', value: '3', group: emptyGroup() }
const segment: Item = { kind: 'segment', join: 'any', ids: ['s'] }
const called: Item = { kind: 'condition', field: 'name', operator: 'eq', value: 'A' }
const person = (id: string) => ({ id, title: id })
const form = (...rules: Form['rules']): Form => ({ from: person('anna'), to: [person('boris')], objects: [{ object: 'client', openOnly: false }], rules, reason: '', startOn: '', letter: null })

describe('what is handed over', () => {
  it('keeps every condition: fields, what hangs on the record, segments', () => {
    const input = handOverInput(form({ id: 1, object: 'client', filter: where(called, many), to: person('vera') }, { id: 2, object: 'client', filter: where(segment), to: person('vera') }), lookup)
    expect(input).toEqual({
      from: 'anna', to: ['boris'], objects: [{ object: 'client', openOnly: false }], reason: '', startOn: null, letter: null,
      conditions: [{ object: 'client', filter: { and: [{ name: { eq: 'A' } }, { orders: { count: { gte: 3 } } }] }, to: 'vera' }, { object: 'client', filter: { inSegment: ['s'] }, to: 'vera' }],
    })
  })

  it('is not begun with half a rule', () => {
    expect(handOverInput(form(), lookup)).not.toBeNull()
    expect(handOverInput(form({ id: 1, object: 'client', filter: where(called), to: null }), lookup)).toBeNull()
    expect(handOverInput(form({ id: 1, object: 'client', filter: emptyGroup(), to: person('vera') }), lookup)).toBeNull()
    expect(handOverInput({ ...form(), to: [] }, lookup)).toBeNull()
    expect(handOverInput({ ...form(), letter: { subject: 'Hello', text: ' ' } }, lookup)).toBeNull()
  })
})
