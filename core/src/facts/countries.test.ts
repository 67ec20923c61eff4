import { describe, expect, it } from 'vitest'
import { COUNTRIES, countryCode, countryName } from './countries.ts'

describe('countries', () => {
  it('reads codes, names in four languages and common names', () => {
    for (const text of ['DE', 'de', 'Germany', 'Германия', 'Німеччина', 'Saksa', ' deutschland ']) expect(countryCode(text)).toBe('DE')
    for (const text of ['USA', 'U.S.A.', 'США', 'Yhdysvallat', 'United States']) expect(countryCode(text)).toBe('US')
    for (const text of ['UK', 'England', 'Велика Британія', 'Iso-Britannia']) expect(countryCode(text)).toBe('GB')
    for (const text of ['РФ', 'Россия', 'Росія', 'Venäjä']) expect(countryCode(text)).toBe('RU')
  })

  it('says when it does not know', () => {
    for (const text of ['', 'Нарния', 'XX', 'NULL']) expect(countryCode(text)).toBeNull()
  })

  it('gives every country a name in every language, and reads it back', () => {
    expect(COUNTRIES).toHaveLength(249)
    for (const code of COUNTRIES) for (const locale of ['ru', 'uk', 'fi', 'en'] as const) {
      expect(countryCode(countryName(code, locale))).toBe(code)
    }
  })
})
