import { sql, type RawBuilder } from 'kysely'

/** Spans of calendar time around now, in the company's time zone; half-open: from included, to excluded. */
export const RELATIVE_DATES = [
  'TODAY', 'YESTERDAY', 'TOMORROW', 'THIS_WEEK', 'LAST_WEEK', 'NEXT_WEEK', 'THIS_MONTH', 'LAST_MONTH', 'NEXT_MONTH',
  'THIS_QUARTER', 'LAST_QUARTER', 'NEXT_QUARTER', 'THIS_YEAR', 'LAST_YEAR', 'NEXT_YEAR', 'LAST_7_DAYS', 'LAST_30_DAYS', 'NEXT_7_DAYS', 'NEXT_30_DAYS', 'PAST', 'FUTURE',
] as const
export type RelativeDate = (typeof RELATIVE_DATES)[number]

type Moment = RawBuilder<unknown>

/** `[unit, first, end]`: the span begins `first` units from the current one and ends before `end`. Weeks begin on Monday (ISO 8601). */
const SPANS: Partial<Record<RelativeDate, [unit: string, first: number, end: number]>> = {
  TODAY: ['day', 0, 1], YESTERDAY: ['day', -1, 0], TOMORROW: ['day', 1, 2],
  THIS_WEEK: ['week', 0, 1], LAST_WEEK: ['week', -1, 0], NEXT_WEEK: ['week', 1, 2],
  THIS_MONTH: ['month', 0, 1], LAST_MONTH: ['month', -1, 0], NEXT_MONTH: ['month', 1, 2],
  THIS_QUARTER: ['quarter', 0, 1], LAST_QUARTER: ['quarter', -1, 0], NEXT_QUARTER: ['quarter', 1, 2],
  THIS_YEAR: ['year', 0, 1], LAST_YEAR: ['year', -1, 0], NEXT_YEAR: ['year', 1, 2],
  LAST_7_DAYS: ['day', -6, 1], LAST_30_DAYS: ['day', -29, 1], NEXT_7_DAYS: ['day', 0, 7], NEXT_30_DAYS: ['day', 0, 30],
}

/** A quarter is no interval unit of PostgreSQL, so it is three months. */
function shift(unit: string, count: number): Moment {
  return sql`make_interval(${sql.raw(unit === 'quarter' ? `months => ${count * 3}` : `${unit}s => ${count}`)})`
}

/**
 * The span as two moments, or for a column of days as two days of the calendar there. Stable expressions, so that an index
 * on the column can be used.
 */
export function relativeRange(span: RelativeDate | { lastDays?: number, nextDays?: number }, timeZone: string, day: boolean): { from: Moment, to: Moment } {
  const local = sql`(now() at time zone ${sql.lit(timeZone)})`
  const now = day ? sql`${local}::date` : sql`now()`
  const type = sql.raw(day ? 'date' : 'timestamptz')
  if (span === 'PAST') return { from: sql`'-infinity'::${type}`, to: now }
  if (span === 'FUTURE') return { from: now, to: sql`'infinity'::${type}` }
  const [unit, first, end] = typeof span === 'string' ? SPANS[span]!
    : span.lastDays !== undefined ? ['day', 1 - span.lastDays, 1] as const : ['day', 0, span.nextDays!] as const
  const at = (offset: number): Moment => {
    const start = sql`(date_trunc(${sql.lit(unit)}, ${local}) + ${shift(unit, offset)})`
    return day ? sql`${start}::date` : sql`(${start} at time zone ${sql.lit(timeZone)})`
  }
  return { from: at(first), to: at(end) }
}
