import { expect, it } from 'vitest'
import { reachOf, readable } from './reach.ts'

it.each([
  ['+358 40 123-4567', ['phone'], 'tel:+358401234567'], ['info@example.com', ['email'], 'mailto:info@example.com'], ['example.com', ['site'], 'https://example.com'],
  ['https://example.com/a', ['site'], 'https://example.com/a'], ['javascript:alert(1)', ['site'], null], ['@name', ['telegram'], null], ['not a number', ['phone'], null],
] as const)('%s of %j is reached by %s', (value, kinds, expected) => {
  expect(reachOf(value, kinds)).toBe(expected)
})

it('calls by the number that works from anywhere, where it is known', () => {
  expect(reachOf('8 (916) 123-45-67', ['phone'], '+79161234567')).toBe('tel:+79161234567')
  expect(reachOf('123-45', ['phone'], '12345')).toBe('tel:12345')
})

it.each([
  ['+79161234567', '+7 916 123-45-67'], ['+380671234567', '+380 67 123 45 67'], ['+358401234567', '+358 40 123 4567'], ['+4915112345678', '+4915112345678'], ['8 (916) 123 45 67', '8 (916) 123 45 67'],
  ['info@example.com', 'info@example.com'],
])('%s is read as %s', (value, expected) => {
  expect(readable(value)).toBe(expected)
})
