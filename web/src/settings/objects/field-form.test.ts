import { describe, expect, it } from 'vitest'
import { field } from '../../testing/model.ts'
import { changesOf, fieldInput, formOf, newOption } from './field-form.ts'

describe('the form of a field', () => {
  it('gives new options keys of their own, also where two are called the same', () => {
    const form = { ...formOf(null), type: 'select' as const, name: 'tier', labels: { en: 'Tier' } }
    form.options = ['Gold', 'Gold', ''].map(en => ({ ...newOption(), labels: { en } }))
    expect(fieldInput(form)).toMatchObject({ name: 'tier', type: 'select', options: [{ key: 'gold' }, { key: 'gold_2' }] })
    form.default = form.options[1]!.handle
    expect(fieldInput(form)).toMatchObject({ default: 'gold_2' })
  })

  it('keeps the keys of saved options when they are renamed', () => {
    const saved = field('tier', 'select', { group: 'custom', options: [{ key: 'gold', labels: { en: 'Gold' }, color: 'amber' }] })
    const form = formOf(saved)
    form.options[0]!.labels = { en: 'Platinum' }
    expect(changesOf(form, saved)).toEqual({ options: [{ key: 'gold', labels: { en: 'Platinum' }, color: 'amber' }] })
  })

  it('sends nothing that was not changed', () => {
    const saved = field('code', 'text', { maxLength: 20 })
    expect(changesOf(formOf(saved), saved)).toEqual({})
    expect(changesOf({ ...formOf(saved), required: true, maxLength: '' }, saved)).toEqual({ required: true, maxLength: null })
  })

  it.each([
    field('a', 'integer', { default: 5, min: '1', max: '9' }), field('b', 'select', { default: 'x', options: [{ key: 'x', labels: { en: 'X' }, color: 'red' }] }),
    field('c', 'boolean', { default: true }), field('d', 'money', { default: { amount: '5.00', currency: 'EUR' } }), field('e', 'text', { minLength: 2, pattern: '[a-z]+', section: 'Delivery' }),
    field('f', 'dateTime', { min: '2026-01-01T10:30:00.000Z' }), field('g', 'multiSelect', { default: ['x'], options: [{ key: 'x', labels: { en: 'X' }, color: 'red' }] }), field('h', 'text', { format: 'currency' }),
    field('i', 'decimal', { default: '1.5' }), field('j', 'date', { max: '2030-01-01' }),
  ])('reads %o and has nothing to save', (saved) => {
    expect(changesOf(formOf(saved), saved)).toEqual({})
  })

  it('sends what a new field can have', () => {
    expect(fieldInput({ ...formOf(null), type: 'decimal', name: 'share', labels: { en: 'Share' }, min: '0,5', max: '100', scale: '1', default: '50', section: 'Delivery', history: true }))
      .toMatchObject({ type: 'decimal', min: '0.5', max: '100', scale: 1, default: '50', section: 'Delivery', history: true })
    expect(fieldInput({ ...formOf(null), type: 'reference', name: 'keeper', to: 'client', reverse: 'vehicles' })).toMatchObject({ to: 'client', reverse: 'vehicles' })
    expect(fieldInput({ ...formOf(null), format: 'currency', name: 'paidIn', pattern: 'x' })).toMatchObject({ type: 'text', format: 'currency' })
    expect(fieldInput({ ...formOf(null), format: 'currency', name: 'paidIn', pattern: 'x' })).not.toHaveProperty('pattern')
  })

  it('keeps a default that is another each day as it is', () => {
    for (const [type, value] of [['date', 'today'], ['dateTime', 'now']] as const) {
      const saved = field('a', type, { default: value })
      expect([changesOf(formOf(saved), saved), changesOf({ ...formOf(saved), default: '' }, saved)]).toEqual([{}, { default: null }])
      expect(fieldInput({ ...formOf(null), type, name: 'a', default: value })).toMatchObject({ default: value })
    }
  })

  it('takes a default away', () => {
    const saved = field('a', 'integer', { default: 5 })
    expect(changesOf({ ...formOf(saved), default: '' }, saved)).toEqual({ default: null })
  })
})
