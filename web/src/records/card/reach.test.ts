import { expect, it } from 'vitest'
import { reachOf } from './reach.ts'

it.each([
  ['+358 40 123-4567', ['phone'], 'tel:+358401234567'], ['info@example.com', ['email'], 'mailto:info@example.com'], ['example.com', ['site'], 'https://example.com'],
  ['https://example.com/a', ['site'], 'https://example.com/a'], ['javascript:alert(1)', ['site'], null], ['@name', ['telegram'], null], ['not a number', ['phone'], null],
] as const)('%s of %j is reached by %s', (value, kinds, expected) => {
  expect(reachOf(value, kinds)).toBe(expected)
})
