import { DateTime } from 'luxon'

/** A moment as the wall clock of a time zone shows it. */
export function inZone(at: string | Date, zone: string): DateTime {
  return (at instanceof Date ? DateTime.fromJSDate(at) : DateTime.fromISO(at)).setZone(zone)
}

export const isoOf = (at: DateTime): string => at.toUTC().toISO()!

/** The last minute of the day in which the moment lies: what is due on a day is due at its end. */
export function endOfDay(at: string | Date, zone: string): string {
  return isoOf(inZone(at, zone).set({ hour: 23, minute: 59, second: 0, millisecond: 0 }))
}
