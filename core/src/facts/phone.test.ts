import { describe, expect, it } from 'vitest'
import { parsePhone, phoneDigits, phoneKey } from './phone.ts'

describe('parsePhone', () => {
  it.each([
    ['+7 (495) 123-45-67', 'RU', '+74951234567', 'RU', 'fixedLine'],
    ['8 (495) 123-45-67', 'RU', '+74951234567', 'RU', 'fixedLine'],
    ['84951234567', 'RU', '+74951234567', 'RU', 'fixedLine'],
    ['4951234567', 'RU', '+74951234567', 'RU', 'fixedLine'],
    ['+7 701 123 4567', 'RU', '+77011234567', 'KZ', 'mobile'],
    ['+375 29 123-45-67', 'RU', '+375291234567', 'BY', 'mobile'],
    ['380501234567', 'UA', '+380501234567', 'UA', 'mobile'],
    ['0501234567', 'UA', '+380501234567', 'UA', 'mobile'],
    ['+38 (050) 123-45-67', 'UA', '+380501234567', 'UA', 'mobile'],
    ['8 050 123 45 67', 'UA', '+380501234567', 'UA', 'mobile'],
    ['380501234567', 'RU', '+380501234567', 'UA', 'mobile'],
    ['040 1234567', 'FI', '+358401234567', 'FI', 'mobile'],
    ['0400 123 456', 'FI', '+358400123456', 'FI', 'mobile'],
    ['358401234567', 'FI', '+358401234567', 'FI', 'mobile'],
    ['00358401234567', 'FI', '+358401234567', 'FI', 'mobile'],
    ['00358401234567', undefined, '+358401234567', 'FI', 'mobile'],
    ['09 1234567', 'FI', '+35891234567', 'FI', 'fixedLine'],
  ])('reads %s with default %s as %s', (raw, country, e164, of, type) => {
    expect(parsePhone(raw, country)).toMatchObject({ raw, e164, country: of, type, valid: true })
  })

  it('recognises a Russian extension and keeps it out of the key', () => {
    const phone = parsePhone('8 916 123 45 67 доб. 123', 'RU')
    expect(phone).toMatchObject({ e164: '+79161234567', type: 'mobile', extension: '123' })
    expect(phone.display).toBe('+7 916 123 45 67 #123')
    expect(phoneKey(phone)).toBe('+79161234567')
  })

  it('does not take a toll-free number for somebody', () => {
    const phone = parsePhone('8 800 555 35 35', 'RU')
    expect(phone).toMatchObject({ e164: '+78005553535', type: 'tollFree' })
    expect(phoneKey(phone)).toBeNull()
  })

  it('keeps the text of a number that is not valid and gives no E.164', () => {
    for (const [raw, country] of [['123-45-67', 'RU'], ['89161234567', undefined], ['спросить у Ольги', 'RU'], ['', 'FI']] as const) {
      expect(parsePhone(` ${raw} `, country)).toEqual(
        { raw, e164: null, country: null, type: null, extension: null, display: raw, valid: false })
    }
  })
})

describe('phoneDigits', () => {
  it('gives the forms that people type', () => {
    expect(phoneDigits('+79161234567')).toEqual(['79161234567', '89161234567'])
    expect(phoneDigits('+358401234567')).toEqual(['358401234567', '0401234567'])
    expect(phoneDigits('+380501234567')).toEqual(['380501234567', '0501234567'])
  })
})
