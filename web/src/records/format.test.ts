import { describe, expect, it } from 'vitest'
import { formatterOf, regional } from './format.ts'

const plain = (text: string) => text.replace(/[\u00a0\u202f]/g, ' ')

describe('texts of values', () => {
  it('write decimals exactly, however long', () => {
    expect(plain(formatterOf('fi').number('12345678901234567.89'))).toBe('12 345 678 901 234 567,89')
  })
  it('write money with the symbol of its currency', () => {
    expect(plain(formatterOf('uk').money({ amount: '39304', currency: 'EUR' }))).toBe('39 304,00 €')
    expect(plain(formatterOf('ru').money({ amount: '10.5', currency: null }))).toBe('10,5')
  })
  it('keep a day the same day in every time zone', () => {
    expect(formatterOf('fi').date('2026-11-21')).toBe('21.11.2026')
  })
  it('say how long ago', () => {
    const now = Date.parse('2026-11-21T12:00:00Z')
    expect(formatterOf('en').ago('2026-11-21T11:59:30Z', now)).toBe('now')
    expect(formatterOf('en').ago('2026-11-18T11:00:00Z', now)).toBe('3 days ago')
    expect(formatterOf('ru').ago('2026-11-21T10:00:00Z', now)).toBe('2 часа назад')
  })
  it('say for how long', () => {
    const now = Date.parse('2026-11-21T12:00:00Z')
    expect(formatterOf('ru').since('2024-11-20T12:00:00Z', now)).toBe('2 года')
    expect(formatterOf('en').since('2026-11-18T11:00:00Z', now)).toBe('3 days')
    expect(formatterOf('fi').since('2026-11-21T11:59:40Z', now)).toBe('0 minuuttia')
  })
  it('know the sign of a currency', () => {
    expect(formatterOf('fi').sign('EUR')).toBe('€')
    expect(formatterOf('ru').sign('RUB')).toBe('₽')
    expect(formatterOf('ru').sign('?')).toBe('?')
  })
  it('follow the region of an English browser', () => {
    expect(regional('en', ['fi', 'en-US'])).toBe('en-US')
    expect(regional('en', ['fi'])).toBe('en-GB')
    expect(regional('uk', ['en-US'])).toBe('uk')
  })
})
