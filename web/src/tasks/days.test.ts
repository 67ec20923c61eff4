import { describe, expect, it } from 'vitest'
import { dateOf, dueOf, partOf } from './days.ts'

const now = new Date(2026, 10, 21, 15, 30)
const at = (...parts: [number, number, number, number?, number?]) => new Date(...parts).toISOString()

describe('the parts of a day', () => {
  it.each([
    [null, 'none'], [at(2026, 10, 21, 15, 29), 'overdue'], [at(2026, 10, 1), 'overdue'], [at(2026, 10, 21, 15, 31), 'today'], [at(2026, 10, 21, 23, 59), 'today'],
    [at(2026, 10, 22), 'tomorrow'], [at(2026, 10, 22, 23, 59), 'tomorrow'], [at(2026, 10, 23), 'later'],
  ])('%s is %s', (due, part) => expect(partOf({ due, allDay: false, kind: { key: 'task' }, minutes: 60 }, now)).toBe(part))

  it.each([['meeting', 60, 'today'], ['call', 31, 'today'], ['meeting', 29, 'overdue'], ['meeting', null, 'overdue'], ['task', 60, 'overdue']])('a %s of %s minutes that began half an hour ago is %s', (kind, minutes, part) => {
    expect(partOf({ due: at(2026, 10, 21, 15, 0), allDay: false, kind: { key: kind }, minutes }, now)).toBe(part)
  })

  it.each([
    ['2026-11-21T21:59:00Z', '2026-11-21', 'today'], ['2026-11-20T21:59:00Z', '2026-11-20', 'overdue'], ['2026-11-22T07:59:00Z', '2026-11-21', 'today'],
    ['2026-11-21T11:59:00Z', '2026-11-21', 'today'], ['2026-11-22T21:59:00Z', '2026-11-22', 'tomorrow'],
  ])('the whole day that ends at %s is %s', (due, date, part) => {
    expect(dateOf(due)).toBe(date)
    expect(partOf({ due, allDay: true, kind: { key: 'meeting' }, minutes: 60 }, now)).toBe(part)
  })

  it('a shortcut is a whole day ahead, over month ends too', () => {
    expect(dueOf('today', now)).toEqual({ due: at(2026, 10, 21, 12), allDay: true })
    expect(dueOf('week', new Date(2026, 11, 28, 23, 50))).toEqual({ due: at(2027, 0, 4, 12), allDay: true })
    expect(dueOf('none', now)).toEqual({})
  })
})
