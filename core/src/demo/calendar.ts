import type { Making } from './company.ts'
import type { Random } from './random.ts'

const DAY = 86_400_000
const HOUR = 3_600_000

/** How busy each month is: building and repair sleep in winter. */
export const SEASON = [0.55, 0.7, 0.95, 1.2, 1.35, 1.25, 1.05, 1.1, 1.2, 1.1, 0.9, 0.7] as const

/** Moves a moment into working time of its day: Monday to Friday, 9 to 18 local time, never after now. */
export function dayTime(making: Making, random: Random, at: number): Date {
  const local = at + making.pack.utcOffset * HOUR
  let day = Math.floor(local / DAY)
  // 1970-01-01 was a Thursday.
  const weekday = (day + 3) % 7
  if (weekday > 4) day += 7 - weekday
  const minute = random.int(9 * 60, 17 * 60 + 59)
  const time = day * DAY + minute * 60_000 + random.int(0, 59) * 1000 - making.pack.utcOffset * HOUR
  return new Date(Math.min(time, making.now - random.int(1, 30) * 60_000))
}

/** A moment between two others, likelier in busy months and, as the company grows, later. */
export function busyMoment(making: Making, random: Random, from: number, to: number): number {
  for (let i = 0; i < 20; i++) {
    const at = random.between(from, to)
    const month = new Date(at).getUTCMonth()
    const growth = 0.7 + 0.3 * (at - making.since) / (making.now - making.since)
    if (random.float() < SEASON[month]! / 1.35 * growth) return at
  }
  return random.between(from, to)
}

/** `YYYY-MM-DD` of a moment in the company's time. */
export function localDay(making: Making, at: number): string {
  return new Date(at + making.pack.utcOffset * HOUR).toISOString().slice(0, 10)
}
