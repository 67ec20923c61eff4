import { regional } from '../records/format.ts'

const DAY = 86_400

/** «3 days 4 hours» in short; of working time, whose days have other lengths, in hours. */
export function lengthOf(seconds: number | null, locale: string, working: boolean): string {
  if (seconds === null) return '–'
  const unit = (of: string, digits = 0) => new Intl.NumberFormat(regional(locale), { style: 'unit', unit: of, unitDisplay: 'short', maximumFractionDigits: digits })
  if (seconds < 3_600) return unit('minute').format(Math.round(seconds / 60))
  if (working || seconds < 2 * DAY) return unit('hour', seconds < 36_000 ? 1 : 0).format(seconds / 3_600)
  return unit('day', seconds < 10 * DAY ? 1 : 0).format(seconds / DAY)
}
