import { describe, expect, it } from 'vitest'
import { field } from '../../testing/model.ts'
import { changesOf, fieldInput, formOf } from './field-form.ts'

describe('the form of a field', () => {
  it('gives new options keys of their own, also where two are called the same', () => {
    const form = { ...formOf(null), type: 'select' as const, name: 'tier', labels: { en: 'Tier' } }
    form.options = ['Gold', 'Gold', ''].map(en => ({ key: '', labels: { en }, color: 'amber', saved: false }))
    expect(fieldInput(form)).toMatchObject({ name: 'tier', type: 'select', options: [{ key: 'gold' }, { key: 'gold_2' }] })
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
})
