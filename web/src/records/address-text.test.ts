import { expect, it } from 'vitest'
import { addressText } from './address-text.ts'

it.each([
  [{ street: 'пр-т Космонавтов', house: '98', postcode: '117093', city: 'Москва', region: 'Москва', country: 'RU' }, 'пр-т Космонавтов 98, 117093 Москва'],
  [{ street: 'Mannerheimintie', house: '12', postcode: '00100', city: 'Helsinki', region: null, country: 'FI' }, 'Mannerheimintie 12, 00100 Helsinki, Финляндия'],
  [{ city: 'Тула', region: 'Тульская область', country: 'RU' }, 'Тула, Тульская область'],
  [{ text: 'за старой мельницей' }, 'за старой мельницей'],
  [{ text: 'мельница', country: 'RU' }, 'мельница'],
])('%j is read as %s', (address, expected) => {
  expect(addressText(address, 'ru', 'RU')).toBe(expected)
})
