import type { DateTime } from 'luxon'
import { inZone, isoOf } from './times.ts'

/** How something comes again, counted from its first time by the wall clock of a place. */
export interface Repeat {
  unit: 'daily' | 'weekly' | 'monthly' | 'yearly'
  /** Every how many days, weeks … */
  every: number
  /** Of weeks: 1 is Monday. Empty: the weekday of the first time. */
  weekdays: number[]
  /** Of months: the date of the first time, its weekday by number or the last such, or the last day. */
  monthly: 'day' | 'weekday' | 'lastWeekday' | 'lastDay'
}

/**
 * The first time after the moment `after`. Each time is counted from the first one and never from the one before, so that
 * neither a short month nor an hour that summer time skips moves those that follow. A date that a month does not have is its
 * last day.
 */
export function nextTime(repeat: Repeat, first: string, after: string, zone: string): string {
  const start = inZone(first, zone)
  const limit = inZone(after, zone)
  const units = { daily: 'days', weekly: 'weeks', monthly: 'months', yearly: 'years' } as const
  const passed = limit.diff(start, units[repeat.unit]).as(units[repeat.unit])
  for (let step = Math.max(0, Math.floor(passed / repeat.every) - 1); ; step++) {
    for (const time of timesOf(repeat, start, step * repeat.every)) {
      if (time.toMillis() > limit.toMillis() && time.toMillis() >= start.toMillis()) return isoOf(time)
    }
  }
}

/** The times in the `n`th day, week, month or year from the first. */
function timesOf(repeat: Repeat, start: DateTime, n: number): DateTime[] {
  switch (repeat.unit) {
    case 'daily': return [start.plus({ days: n })]
    case 'weekly': {
      const days = repeat.weekdays.length ? [...repeat.weekdays].sort((a, b) => a - b) : [start.weekday]
      return days.map((day) => start.plus({ days: n * 7 + day - start.weekday }))
    }
    case 'monthly': {
      const month = start.startOf('month').plus({ months: n })
      return [month.set({ day: dayIn(month, start, repeat.monthly), hour: start.hour, minute: start.minute, second: start.second })]
    }
    case 'yearly': return [start.plus({ years: n })]
  }
}

function dayIn(month: DateTime, start: DateTime, way: Repeat['monthly']): number {
  const last = month.daysInMonth!
  if (way === 'lastDay') return last
  if (way === 'day') return Math.min(start.day, last)
  const firstOne = 1 + (start.weekday - month.weekday + 7) % 7
  const lastOne = firstOne + 7 * Math.floor((last - firstOne) / 7)
  // The fifth of a kind is not in every month: then the last is meant.
  const wanted = firstOne + 7 * (Math.ceil(start.day / 7) - 1)
  return way === 'lastWeekday' || wanted > lastOne ? lastOne : wanted
}
