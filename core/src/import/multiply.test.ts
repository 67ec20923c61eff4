import { expect, it } from 'vitest'
import { multiply } from './multiply.ts'

it.each([
  ['12345678901234567.89', 100, '1234567890123456789'], ['9007199254740993', 1, '9007199254740993'], ['0.1', 3, '0.3'], ['19.99', 0.001, '0.01999'], ['1.15', 100, '115'], ['-0.5', 2, '-1'],
  ['0.0000001', 0.1, '0.00000001'], ['123456789012345678901', 10, '1234567890123456789010'], ['0', -1, '0'],
])('%s times %s is %s', (number, times, expected) => expect(multiply(number, times)).toBe(expected))

it('is no number beyond all bounds', () => expect(() => multiply('5', 1e300)).toThrow())
