import { InputError } from '@kartotek/sdk'
import { isDay } from '../model/field-types/time.ts'
import type { Reading } from '../records/reading.ts'
import { inZone } from '../tasks/times.ts'

/**
 * The moments at which a period of days of the company begins and is over.
 * @throws InputError for what is no day, and where it ends before it begins
 */
export function boundsOf({ generation: { company } }: Reading, { from, to }: { from?: string | null, to?: string | null }): { start: string | null, end: string | null } {
  for (const [field, day] of [['from', from], ['to', to]] as const) {
    if (day != null && (!isDay(day) || day < '1900-01-01' || day > '2999-12-31')) throw new InputError('Write a day of the years 1900–2999, such as 2026-11-01.', [{ field, rule: 'type', message: 'Write a day of the years 1900–2999, such as 2026-11-01.' }])
  }
  if (from && to && to < from) throw new InputError('The period ends before it begins.', [{ field: 'to', rule: 'min', message: 'The period ends before it begins.' }])
  const start = (day: string): ReturnType<typeof inZone> => inZone(`${day}T12:00:00Z`, company.timeZone).set({ year: Number(day.slice(0, 4)), month: Number(day.slice(5, 7)), day: Number(day.slice(8)) }).startOf('day')
  return { start: from ? start(from).toUTC().toISO() : null, end: to ? start(to).plus({ days: 1 }).startOf('day').toUTC().toISO() : null }
}
