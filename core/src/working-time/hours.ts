import { InputError } from '@kartotek/sdk'
import type { Span } from './calendar.ts'

export const WEEK = ['monday', 'tuesday', 'wednesday', 'thursday', 'friday', 'saturday', 'sunday'] as const

/** Working hours by day of the week, as people write them: `['09:00-13:00', '14:00-18:00']`. */
export type Week = Record<(typeof WEEK)[number], string[]>

const SPAN = /^([01]\d|2[0-3]):([0-5]\d)-(?:([01]\d|2[0-3]):([0-5]\d)|24:00)$/
const MOST_SPANS = 6

/** Reads `09:00-18:00`; null where it is none or ends before it begins. A night is two stretches: `22:00-24:00`, `00:00-06:00`. */
export function spanOf(text: string): Span | null {
  const match = SPAN.exec(text)
  if (!match) return null
  const from = Number(match[1]) * 60 + Number(match[2])
  const to = match[3] === undefined ? 1_440 : Number(match[3]) * 60 + Number(match[4])
  return to > from ? { from, to } : null
}

/** The stretches of a day that was checked, in order. */
export function spansOf(day: readonly string[]): Span[] {
  return day.map((text) => spanOf(text)!).sort((a, b) => a.from - b.from)
}

/**
 * The stretches in order.
 * @throws InputError where one is no stretch, or two overlap
 */
export function checkedDay(day: readonly string[], path: string): string[] {
  const bad = (): InputError => {
    const message = 'Hours are stretches that do not overlap, such as 09:00-13:00 and 14:00-18:00, at most 6 a day.'
    return new InputError(message, [{ field: path, rule: 'hours', message }])
  }
  if (day.length > MOST_SPANS || day.some((text) => !spanOf(text))) throw bad()
  const spans = spansOf(day)
  if (spans.some((span, i) => i > 0 && span.from < spans[i - 1]!.to)) throw bad()
  return [...day].sort()
}

export function checkedWeek(week: Week, path: string): Week {
  return Object.fromEntries(WEEK.map((day) => [day, checkedDay(week[day] ?? [], `${path}.${day}`)])) as Week
}
