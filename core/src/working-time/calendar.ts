import { DateTime } from 'luxon'

/** A stretch of a day, in minutes from its midnight: 540–1080 is 9:00–18:00. */
export interface Span { from: number, to: number }

/** When somebody works. Days are those of the wall clock in its time zone, as `2026-03-29`. */
export interface WorkingCalendar {
  zone: string
  /** The stretches of a day, in order and apart from each other; none on a day off. */
  spansOn(date: string): readonly Span[]
}

/** Who works at no time within so many days works at no time. */
const FARTHEST_DAYS = 800

/** Whether it is working time at this moment. The end of a stretch is no longer in it. */
export function isWorkingTime(calendar: WorkingCalendar, at: Date): boolean {
  const first = stretches(calendar, at, 1).next()
  return !first.done && first.value.start === at.getTime()
}

/** This moment, where it is working time, else the next one that is; null for who never works. */
export function nextWorkingMoment(calendar: WorkingCalendar, from: Date): Date | null {
  const first = stretches(calendar, from, FARTHEST_DAYS).next()
  return first.done ? null : new Date(first.value.start)
}

/**
 * The moment at which so many minutes of working time have passed. Minutes are counted as they pass, so a night shift over
 * the change to summer time is an hour shorter.
 * @returns null for who never works
 */
export function addWorkingMinutes(calendar: WorkingCalendar, from: Date, minutes: number): Date | null {
  let left = Math.max(0, minutes) * 60_000
  for (const { start, end } of stretches(calendar, from, FARTHEST_DAYS)) {
    if (left <= end - start) return new Date(start + left)
    left -= end - start
  }
  return null
}

/** Working time between two moments, as stretches of real time, in order and apart from each other. */
export function* workingStretches(calendar: WorkingCalendar, from: Date, to: Date): Generator<{ start: number, end: number }> {
  for (const { start, end } of stretches(calendar, from, Math.ceil((to.getTime() - from.getTime()) / 86_400_000) + 2)) {
    if (start >= to.getTime()) return
    yield { start, end: Math.min(end, to.getTime()) }
  }
}

/** Working time from a moment on, as stretches of real time. */
function* stretches(calendar: WorkingCalendar, from: Date, days: number): Generator<{ start: number, end: number }> {
  const now = from.getTime()
  let day = DateTime.fromMillis(now, { zone: calendar.zone }).startOf('day')
  for (let i = 0; i < days; i++, day = day.plus({ days: 1 }).startOf('day')) {
    for (const span of calendar.spansOn(day.toISODate()!)) {
      const [start, end] = [momentOf(day, span.from), momentOf(day, span.to)]
      if (end > now && end > start) yield { start: Math.max(start, now), end }
    }
  }
}

/** An hour that the change to summer time skips is an hour later. */
function momentOf(day: DateTime, minutes: number): number {
  return minutes === 1_440 ? day.plus({ days: 1 }).startOf('day').toMillis() : day.set({ hour: Math.floor(minutes / 60), minute: minutes % 60 }).toMillis()
}
