import { describe, expect, it } from 'vitest'
import { addWorkingMinutes, isWorkingTime, nextWorkingMoment } from './calendar.ts'
import { checkedDay, spanOf, spansOf, WEEK, type Week } from './hours.ts'
import { easter, holidaysOf, orthodoxEaster } from './holidays.ts'
import { calendarOf, type CompanyHours } from './schedule.ts'

const OFFICE: Week = { monday: ['09:00-13:00', '14:00-18:00'], tuesday: ['09:00-18:00'], wednesday: ['09:00-18:00'], thursday: ['09:00-18:00'], friday: ['09:00-17:00'], saturday: [], sunday: [] }
const ROUND_THE_CLOCK = Object.fromEntries(WEEK.map((day) => [day, ['00:00-24:00']])) as unknown as Week
const company = (hours: Week, more: Partial<CompanyHours> = {}): CompanyHours => ({ hours, holidays: null, days: {}, people: {}, ...more })
const helsinki = (hours: Week, more?: Partial<CompanyHours>) => calendarOf(company(hours, more), 'Europe/Helsinki')
const at = (text: string): Date => new Date(text)
const plus = (calendar: ReturnType<typeof helsinki>, from: string, minutes: number): string | undefined => addWorkingMinutes(calendar, at(from), minutes)?.toISOString()

describe('working time', () => {
  it('has several stretches a day; the end of one is no longer in it', () => {
    const office = helsinki(OFFICE)
    // Monday, 2 March 2026, UTC+2
    const expected: [string, boolean][] = [['06:59', false], ['07:00', true], ['10:59', true], ['11:00', false], ['11:59', false], ['12:00', true], ['15:59', true], ['16:00', false]]
    expect(expected.map(([time]) => [time, isWorkingTime(office, at(`2026-03-02T${time}:00Z`))])).toEqual(expected)
    expect(isWorkingTime(office, at('2026-03-01T10:00:00Z'))).toBe(false)
  })

  it('goes on where it stopped: after the break, the next day, after the week-end', () => {
    const office = helsinki(OFFICE)
    expect(nextWorkingMoment(office, at('2026-03-02T11:30:00Z'))).toEqual(at('2026-03-02T12:00:00Z'))
    expect(nextWorkingMoment(office, at('2026-03-02T09:30:00Z'))).toEqual(at('2026-03-02T09:30:00Z'))
    expect(nextWorkingMoment(office, at('2026-03-06T15:00:00Z'))).toEqual(at('2026-03-09T07:00:00Z'))
    expect(plus(office, '2026-03-02T10:45:00Z', 30)).toBe('2026-03-02T12:15:00.000Z')
    expect(plus(office, '2026-03-02T10:45:00Z', 15)).toBe('2026-03-02T11:00:00.000Z')
    // on Friday 16:50 fifteen minutes are left of: ten, and five of Monday
    expect(plus(office, '2026-03-06T14:50:00Z', 15)).toBe('2026-03-09T07:05:00.000Z')
    expect(plus(office, '2026-03-07T00:00:00Z', 0)).toBe('2026-03-09T07:00:00.000Z')
    // a whole week: 8 + 9 × 3 + 8 hours
    expect(plus(office, '2026-03-02T07:00:00Z', 43 * 60 + 1)).toBe('2026-03-09T07:01:00.000Z')
  })

  it('begins at nine by the clock on the wall, before and after summer time begins and ends', () => {
    const office = helsinki(OFFICE)
    expect(nextWorkingMoment(office, at('2026-03-27T20:00:00Z'))).toEqual(at('2026-03-30T06:00:00Z'))
    expect(nextWorkingMoment(office, at('2026-10-23T20:00:00Z'))).toEqual(at('2026-10-26T07:00:00Z'))
  })

  it('counts minutes as they pass: the day of the change is an hour shorter or longer', () => {
    const always = helsinki(ROUND_THE_CLOCK)
    expect(plus(always, '2026-03-28T22:00:00Z', 23 * 60)).toBe('2026-03-29T21:00:00.000Z')
    const night = helsinki({ ...OFFICE, sunday: ['00:00-06:00'] })
    // 29 March: 3:00 becomes 4:00, so the night has five hours; 25 October: 4:00 becomes 3:00, so it has seven
    expect(plus(night, '2026-03-28T22:00:00Z', 300)).toBe('2026-03-29T03:00:00.000Z')
    expect(plus(night, '2026-03-28T22:00:00Z', 301)).toBe('2026-03-30T06:01:00.000Z')
    expect(plus(night, '2026-10-24T21:00:00Z', 420)).toBe('2026-10-25T04:00:00.000Z')
    // hours that are skipped: 3:30 on that day is 4:30
    const skipped = helsinki({ ...OFFICE, sunday: ['03:30-05:00'] })
    expect(nextWorkingMoment(skipped, at('2026-03-28T22:00:00Z'))).toEqual(at('2026-03-29T01:30:00Z'))
  })

  it('knows holidays, days of the company, absences and own hours', () => {
    const finnish = helsinki(OFFICE, { holidays: 'FI', days: { '2026-05-02': { name: 'Inventory', hours: ['10:00-12:00'] }, '2026-12-23': { name: 'Party', hours: [] }, '2026-12-24': { name: 'Open', hours: ['09:00-12:00'] } } })
    expect(isWorkingTime(finnish, at('2026-04-03T10:00:00Z'))).toBe(false) // Good Friday
    expect(isWorkingTime(finnish, at('2026-05-02T08:00:00Z'))).toBe(true) // a Saturday
    expect(isWorkingTime(finnish, at('2026-12-23T10:00:00Z'))).toBe(false)
    expect(isWorkingTime(finnish, at('2026-12-24T08:00:00Z'))).toBe(true) // a holiday on which they work
    const anna = { hours: { ...OFFICE, monday: ['12:00-20:00'] }, absences: [{ from: '2026-03-03', until: '2026-03-04' }] }
    const hers = calendarOf(company(OFFICE, { people: { anna: anna.hours } }), 'Europe/Helsinki', { id: 'anna', absences: anna.absences })
    expect(nextWorkingMoment(hers, at('2026-03-02T07:00:00Z'))).toEqual(at('2026-03-02T10:00:00Z'))
    expect(nextWorkingMoment(hers, at('2026-03-02T18:00:00Z'))).toEqual(at('2026-03-05T07:00:00Z'))
  })

  it('never comes for who has no hours', () => {
    const never = helsinki(Object.fromEntries(WEEK.map((day) => [day, []])) as unknown as Week)
    expect([isWorkingTime(never, new Date()), nextWorkingMoment(never, new Date()), addWorkingMinutes(never, new Date(), 5)]).toEqual([false, null, null])
  })
})

describe('hours', () => {
  it('are read as people write them', () => {
    expect(spanOf('09:00-18:30')).toEqual({ from: 540, to: 1110 })
    expect(spanOf('22:00-24:00')).toEqual({ from: 1320, to: 1440 })
    for (const bad of ['9-18', '18:00-09:00', '24:00-25:00', '09:00-09:00', '09:60-10:00', '']) expect(spanOf(bad), bad).toBeNull()
    expect(spansOf(['14:00-18:00', '09:00-13:00']).map((s) => s.from)).toEqual([540, 840])
    expect(() => checkedDay(['09:00-14:00', '13:00-18:00'], 'x')).toThrow('overlap')
  })
})

describe('holidays', () => {
  it('know the Easters of both churches', () => {
    expect([2024, 2025, 2026, 2027, 2038, 2100].map(easter)).toEqual(['2024-03-31', '2025-04-20', '2026-04-05', '2027-03-28', '2038-04-25', '2100-03-28'])
    expect([2024, 2025, 2026, 2027, 2100].map(orthodoxEaster)).toEqual(['2024-05-05', '2025-04-20', '2026-04-12', '2027-05-02', '2100-05-02'])
  })

  it('are those of the law of each country', () => {
    const dates = (country: string, year: number): string[] => holidaysOf(country, year).map((day) => day.date.slice(5))
    expect(dates('FI', 2026)).toEqual(['01-01', '01-06', '04-03', '04-05', '04-06', '05-01', '05-14', '05-24', '06-19', '06-20', '10-31', '12-06', '12-24', '12-25', '12-26'])
    expect(dates('FI', 2027)).toContain('06-25')
    expect(dates('FI', 2027)).toContain('11-06')
    expect(dates('RU', 2026)).toEqual(['01-01', '01-02', '01-03', '01-04', '01-05', '01-06', '01-07', '01-08', '02-23', '03-08', '05-01', '05-09', '06-12', '11-04'])
    expect(dates('UA', 2026)).toEqual(['01-01', '03-08', '04-12', '05-01', '05-08', '05-31', '06-28', '07-15', '08-24', '10-01', '12-25'])
    expect(dates('UA', 2022)).not.toContain('10-01')
    expect(dates('SE', 2026)).toEqual([])
  })
})
