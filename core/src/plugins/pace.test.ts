import { expect, it } from 'vitest'
import { Pace } from './pace.ts'

it('lets so many through in a minute, of each by itself, and says how long to wait', () => {
  let now = 1_000_000
  const pace = new Pace(() => now)
  expect([pace.take('a', 2), pace.take('a', 2), pace.take('b', 2)]).toEqual([0, 0, 0])
  now += 15_000
  expect([pace.take('a', 2), pace.take('b', 2)]).toEqual([45, 0])
  now += 45_000
  expect(pace.take('a', 2)).toBe(0)
})
