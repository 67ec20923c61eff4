import fc from 'fast-check'
import { DateTime } from 'luxon'
import { describe, expect, it } from 'vitest'
import { nextTime, type Repeat } from './repeat.ts'

const HELSINKI = 'Europe/Helsinki'
const KYIV = 'Europe/Kyiv'
const rule = (unit: Repeat['unit'], more: Partial<Repeat> = {}): Repeat => ({ unit, every: 1, weekdays: [], monthly: 'day', ...more })
const utc = (local: string, zone: string): string => DateTime.fromISO(local, { zone }).toUTC().toISO()!
/** The times that follow, by the wall clock. */
function times(repeat: Repeat, first: string, count: number, zone = HELSINKI): string[] {
  const start = utc(first, zone)
  const result: string[] = []
  for (let at = start; result.length < count;) {
    at = nextTime(repeat, start, at, zone)
    result.push(DateTime.fromISO(at, { zone }).toFormat("yyyy-MM-dd'T'HH:mm"))
  }
  return result
}

describe('the next time', () => {
  it.each([
    ['every day, over the beginning of summer time', rule('daily'), '2026-03-28T09:00', HELSINKI, ['2026-03-29T09:00', '2026-03-30T09:00']],
    ['every day, over the end of summer time', rule('daily'), '2026-10-24T09:00', KYIV, ['2026-10-25T09:00', '2026-10-26T09:00']],
    ['an hour that summer time skips comes back the next day', rule('daily'), '2026-03-28T03:30', HELSINKI, ['2026-03-29T04:30', '2026-03-30T03:30']],
    ['the same in Kyiv', rule('daily'), '2026-03-28T03:15', KYIV, ['2026-03-29T04:15', '2026-03-30T03:15']],
    ['an hour that comes twice is taken once', rule('daily'), '2026-10-24T03:30', HELSINKI, ['2026-10-25T03:30', '2026-10-26T03:30']],
    ['every third day', rule('daily', { every: 3 }), '2026-02-27T10:00', HELSINKI, ['2026-03-02T10:00', '2026-03-05T10:00']],
    ['every week', rule('weekly'), '2026-03-25T08:00', HELSINKI, ['2026-04-01T08:00', '2026-04-08T08:00']],
    ['on Mondays and Thursdays', rule('weekly', { weekdays: [4, 1] }), '2026-03-26T08:00', HELSINKI, ['2026-03-30T08:00', '2026-04-02T08:00', '2026-04-06T08:00']],
    ['every other week on Mondays and Fridays', rule('weekly', { every: 2, weekdays: [1, 5] }), '2026-11-02T08:00', HELSINKI, ['2026-11-06T08:00', '2026-11-16T08:00', '2026-11-20T08:00']],
    ['the 31st of short months is their last day', rule('monthly'), '2026-01-31T12:00', HELSINKI, ['2026-02-28T12:00', '2026-03-31T12:00', '2026-04-30T12:00', '2026-05-31T12:00']],
    ['the last day of the month', rule('monthly', { monthly: 'lastDay' }), '2026-02-28T12:00', HELSINKI, ['2026-03-31T12:00', '2026-04-30T12:00']],
    ['the second Tuesday', rule('monthly', { monthly: 'weekday' }), '2026-03-10T12:00', HELSINKI, ['2026-04-14T12:00', '2026-05-12T12:00']],
    ['the fifth Friday is the last one where there is none', rule('monthly', { monthly: 'weekday' }), '2026-01-30T12:00', HELSINKI, ['2026-02-27T12:00', '2026-03-27T12:00', '2026-04-24T12:00', '2026-05-29T12:00']],
    ['the last Friday', rule('monthly', { monthly: 'lastWeekday' }), '2026-03-27T12:00', HELSINKI, ['2026-04-24T12:00', '2026-05-29T12:00']],
    ['every quarter', rule('monthly', { every: 3 }), '2026-11-30T12:00', HELSINKI, ['2027-02-28T12:00', '2027-05-30T12:00']],
    ['29 February in years without', rule('yearly'), '2024-02-29T12:00', KYIV, ['2025-02-28T12:00', '2026-02-28T12:00', '2027-02-28T12:00', '2028-02-29T12:00']],
  ])('%s', (_what, repeat, first, zone, expected) => {
    expect(times(repeat, first, expected.length, zone)).toEqual(expected)
  })

  it('is found at once however long ago the first one was, and leaves out what has passed', () => {
    expect(nextTime(rule('daily'), utc('1999-01-01T07:00', HELSINKI), utc('2026-11-21T12:00', HELSINKI), HELSINKI)).toBe(utc('2026-11-22T07:00', HELSINKI))
    expect(nextTime(rule('weekly', { weekdays: [1] }), utc('2026-11-25T07:00', HELSINKI), utc('2026-11-01T07:00', HELSINKI), HELSINKI)).toBe(utc('2026-11-30T07:00', HELSINKI))
  })

  it('is the least time of the series after the moment, and stands at the hour of the first one unless that hour is skipped', () => {
    const repeats = fc.record({
      unit: fc.constantFrom('daily' as const, 'weekly' as const, 'monthly' as const, 'yearly' as const), every: fc.integer({ min: 1, max: 5 }),
      weekdays: fc.subarray([1, 2, 3, 4, 5, 6, 7]), monthly: fc.constantFrom('day' as const, 'weekday' as const, 'lastWeekday' as const, 'lastDay' as const),
    })
    const moment = fc.integer({ min: Date.UTC(2019, 0, 1) / 60_000, max: Date.UTC(2032, 0, 1) / 60_000 }).map((m) => new Date(m * 60_000).toISOString())
    fc.assert(fc.property(repeats, moment, moment, fc.constantFrom(HELSINKI, KYIV, 'America/New_York'), (repeat, first, after, zone) => {
      const next = nextTime(repeat, first, after, zone)
      expect(next > after && next >= first).toBe(true)
      // none lies between
      expect(nextTime(repeat, first, new Date(Date.parse(next) - 1).toISOString(), zone)).toBe(next)
      const [at, start] = [next, first].map((iso) => DateTime.fromISO(iso).setZone(zone)) as [DateTime, DateTime]
      const skipped = at.set({ hour: start.hour, minute: start.minute }).equals(at)
      expect(at.hour === start.hour || skipped).toBe(true)
    }), { numRuns: 400 })
  })
})
