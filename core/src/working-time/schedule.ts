import type { Kysely } from 'kysely'
import { sql } from 'kysely'
import { DateTime } from 'luxon'
import { readSection, type Section } from '../settings/section.ts'
import type { WorkingCalendar } from './calendar.ts'
import { HOLIDAY_COUNTRIES, holidaysOf } from './holidays.ts'
import { spansOf, WEEK, type Week } from './hours.ts'

/** A day that is not like its weekday: off where it has no hours. */
export interface SpecialDay { name: string, hours: string[] }

/** When the company works. */
export interface CompanyHours {
  hours: Week
  /** The country whose public holidays are days off; null for none. Absent: that of the company. */
  holidays?: string | null
  /** By date. They come before holidays and hours. */
  days: Record<string, SpecialDay>
  /** Own hours of people, by the id of the user. */
  people: Record<string, Week>
}

const DAY = ['09:00-18:00']
export const workingTime: Section<CompanyHours> = {
  subject: 'workingTime',
  initial: () => ({ hours: { monday: DAY, tuesday: DAY, wednesday: DAY, thursday: DAY, friday: DAY, saturday: [], sunday: [] }, days: {}, people: {} }),
}

/** First and last day on which somebody is away, as `2026-07-01`. */
export interface AbsentDays { from: string, until: string }

/** The country whose holidays are kept, null where there are none. */
export function holidayCountry(hours: CompanyHours, company: string): string | null {
  const chosen = hours.holidays === undefined ? company : hours.holidays
  return chosen && (HOLIDAY_COUNTRIES as string[]).includes(chosen) ? chosen : null
}

/** The calendar of the company, or of one who works there. `country`: the company's. */
export function calendarOf(company: CompanyHours, zone: string, person?: { id: string, absences: readonly AbsentDays[] }, country = ''): WorkingCalendar {
  const holidays = holidayCountry(company, country)
  const week = (person && company.people[person.id]) ?? company.hours
  return {
    zone,
    spansOn(date) {
      if (person?.absences.some((days) => days.from <= date && date <= days.until)) return []
      const special = company.days[date]
      if (special) return spansOf(special.hours)
      if (holidays && holidaysOf(holidays, Number(date.slice(0, 4))).some((day) => day.date === date)) return []
      return spansOf(week[WEEK[DateTime.fromISO(date).weekday - 1]!])
    },
  }
}

/** Calendars of people as of now, and whether one is away at a moment. */
export interface Calendars {
  company: WorkingCalendar
  of(user: string): WorkingCalendar
  isAway(user: string, at: Date): boolean
}

/** Reads the calendars of these people. */
// eslint-disable-next-line @typescript-eslint/no-explicit-any -- tables come and go with the model
export async function readCalendars(db: Kysely<any>, { timeZone, country }: { timeZone: string, country: string }, users: readonly string[]): Promise<Calendars> {
  const { value } = await readSection(db, workingTime)
  const { rows } = await sql<{ user: string } & AbsentDays>`select owner_id as user, first_day::text as "from", last_day::text as until from core.absence
    where owner_id = any(${[...new Set(users)]}::uuid[]) and trashed_at is null and archived_at is null and last_day >= current_date - 2`.execute(db)
  const absences = Map.groupBy(rows, (row) => row.user)
  return {
    company: calendarOf(value, timeZone, undefined, country),
    of: (id) => calendarOf(value, timeZone, { id, absences: absences.get(id) ?? [] }, country),
    isAway(id, at) {
      const date = DateTime.fromJSDate(at, { zone: timeZone }).toISODate()!
      return (absences.get(id) ?? []).some((days) => days.from <= date && date <= days.until)
    },
  }
}
