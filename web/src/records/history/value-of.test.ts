import { expect, it } from 'vitest'
import { isValueOf } from './value-of.ts'

it.each([
  ['date', '2026-05-01', true], ['date', 'next week', false], ['dateTime', '2026-05-01T10:00:00.000Z', true], ['money', { amount: '5.00', currency: 'EUR' }, true], ['money', 'five', false],
  ['select', { key: 'a' }, true], ['select', 'a', false], ['multiSelect', [{ key: 'a' }], true], ['multiSelect', 'a', false], ['boolean', false, true], ['integer', 7, true], ['decimal', '7.50', true], ['decimal', 'many', false],
  ['user', 'an id', false], ['record', { object: 'client', id: '1' }, false], ['text', 'a', true], ['text', null, false],
] as const)('a %s can be %j: %s', (type, value, expected) => {
  expect(isValueOf({ type }, value)).toBe(expected)
})
