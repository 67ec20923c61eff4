import { expect, it } from 'vitest'
import { hoursOf } from './hours.ts'

it('hours are read as people write them', () => {
  expect(hoursOf('9:00 – 13:00; 14.00-18.00')).toEqual(['09:00-13:00', '14:00-18:00'])
  expect(hoursOf(' 22:00-24:00, 00:00-6:00')).toEqual(['22:00-24:00', '00:00-06:00'])
  expect(hoursOf('')).toEqual([])
})
