import { DateTime } from 'luxon'
import { plainType, ValueIssue } from './field-type.ts'

const DAY = /^(\d{4})-(\d{2})-(\d{2})$/

/** Is this a day of the calendar, between the years 1 and 9999? */
export function isDay(value: string): boolean {
  const parts = DAY.exec(value)
  if (!parts || parts[1] === '0000') return false
  const date = new Date(`${value}T00:00:00Z`)
  return !Number.isNaN(date.getTime()) && date.toISOString().startsWith(value)
}

export const date = plainType('date', 'date', 'Date', 'date', () => ({ type: 'string', maxLength: 10 }), {
  write(value, d) {
    const day = value as string
    if (!isDay(day)) throw new ValueIssue('date')
    if (d.min !== undefined && day < String(d.min)) throw new ValueIssue('min', { min: d.min })
    if (d.max !== undefined && day > String(d.max)) throw new ValueIssue('max', { max: d.max })
    return { '': day }
  },
})

/** Defaults that move with time: of a date the day on which the record is made, of a date-time the moment. */
export const isMovingDefault = ({ type, default: given }: { type: string, default?: unknown }): boolean => (type === 'date' && given === 'today') || (type === 'dateTime' && given === 'now')

/** The value with which a new record begins. @param timeZone of the company: its day is the day */
export function valueOfDefault(field: { type: string, default?: unknown }, now: Date, timeZone: string): unknown {
  if (!isMovingDefault(field)) return field.default
  return field.type === 'date' ? DateTime.fromJSDate(now, { zone: timeZone }).toISODate() : now.toISOString()
}

/** `2026-11-21 22:48:46.088123`, as PostgreSQL writes a moment in UTC, as JavaScript does: `2026-11-21T22:48:46.088Z`. */
export function isoOf(text: string): string {
  if (text.length < 19 || text[10] !== ' ') return text
  return `${text.slice(0, 10)}T${text.slice(11, 19)}.${text.length > 19 ? text.slice(20, 23).padEnd(3, '0') : '000'}Z`
}

/** ISO 8601 with seconds and an offset; a bare local time would mean another moment on another machine. */
const MOMENT = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(:\d{2}(\.\d{1,6})?)?(Z|[+-]\d{2}:?\d{2})$/

export const dateTime = plainType('dateTime', 'timestamptz', 'DateTime', 'dateTime', () => ({ type: 'string', maxLength: 40 }), {
  write(value, d) {
    const moment = new Date(value as string)
    if (!MOMENT.test(value as string) || Number.isNaN(moment.getTime()) || !isDay((value as string).slice(0, 10))) throw new ValueIssue('dateTime')
    if (d.min !== undefined && moment < new Date(d.min)) throw new ValueIssue('min', { min: d.min })
    if (d.max !== undefined && moment > new Date(d.max)) throw new ValueIssue('max', { max: d.max })
    return { '': moment }
  },
  read: (c) => {
    const value = c('')
    return value instanceof Date ? value.toISOString() : isoOf(value as string)
  },
})
