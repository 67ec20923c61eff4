import { describe, expect, it } from 'vitest'
import type { FieldKind } from '../model/types.ts'
import { decimalOf, draftOf, inputOf, sameDraft, shownOf } from './draft.ts'

describe('a value through its editor', () => {
  it.each<[FieldKind, unknown, unknown]>([
    ['text', 'Oy', 'Oy'], ['text', null, null], ['integer', 7, 7], ['decimal', '1.50', '1.5'], ['decimal', '34.000', '34'], ['decimal', '100', '100'], ['boolean', true, true], ['date', '2026-11-21', '2026-11-21'],
    ['money', { amount: '12.5000', currency: 'EUR' }, { amount: '12.50', currency: 'EUR' }], ['money', null, null],
    ['select', { key: 'gold', label: 'Gold' }, 'gold'], ['multiSelect', [{ key: 'a' }, { key: 'b' }], ['a', 'b']], ['multiSelect', null, null],
    ['reference', { id: '1', title: 'A' }, '1'], ['user', null, null],
    ['phone', { raw: '040 1234567', display: '+358 40 1234567' }, '+358 40 1234567'],
    ['taxId', { value: '2112345-6', country: 'FI', kind: 'vat' }, { value: '2112345-6', country: 'FI' }], ['taxId', null, null],
    ['address', null, null],
    ['dateTime', '2026-11-21T10:30:00.000Z', '2026-11-21T10:30:00.000Z'],
  ])('%s %j is saved as %j', (type, value, input) => {
    expect(inputOf({ type }, draftOf({ type }, value))).toEqual(input)
  })

  it('saves an address by its parts, empty ones as null', () => {
    expect(inputOf({ type: 'address' }, draftOf({ type: 'address' }, { street: 'Mannerheimintie', house: '12', city: 'Helsinki' })))
      .toEqual({ street: 'Mannerheimintie', house: '12', city: 'Helsinki', postcode: null, region: null, country: null })
  })

  it.each([['1,5', '1.5'], ['1 234,50', '1234.50'], ['-0,5', '-0.5'], ['1.5', '1.5'], ['1,234.5', '1,234.5'], ['abc', 'abc']])('reads the number %j as %j', (written, read) => {
    expect(decimalOf(written)).toBe(read)
  })

  it('hands over a number that is none, for the server to refuse with words', () => {
    expect(inputOf({ type: 'integer' }, '3,5')).toBe('3.5')
  })

  it('is in the currency of the record where the money names none', () => {
    expect(inputOf({ type: 'money' }, { amount: '5', currency: null }, 'SEK')).toEqual({ amount: '5', currency: 'SEK' })
    expect(inputOf({ type: 'money' }, { amount: '5', currency: 'EUR' }, 'SEK')).toEqual({ amount: '5', currency: 'EUR' })
    expect(inputOf({ type: 'money' }, { amount: '', currency: null }, 'SEK')).toBeNull()
  })

  it('knows when nothing changed', () => {
    expect(sameDraft({ type: 'text' }, 'Oy ', 'Oy')).toBe(true)
    expect(sameDraft({ type: 'money' }, { amount: '1,50', currency: 'EUR' }, { amount: '1.50', currency: 'EUR' })).toBe(true)
    expect(sameDraft({ type: 'select' }, 'a', null)).toBe(false)
  })

  it('shows a draft in the shape of values', () => {
    expect(shownOf({ type: 'select' }, 'gold')).toEqual({ key: 'gold' })
    expect(shownOf({ type: 'decimal' }, '1,5')).toBe('1.5')
  })
})
