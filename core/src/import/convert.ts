import { InputError } from '@kartotek/sdk'

/** Why a cell does not become a value: a rule of `messages.ts` with its parameters. */
export class CellProblem extends Error {
  readonly rule: string
  readonly params: Record<string, unknown>
  constructor(rule: string, params: Record<string, unknown> = {}) {
    super(rule)
    this.rule = rule
    this.params = params
  }
}

const YES = new Set(['1', 'да', 'так', 'kyllä', 'yes', 'true', 'y', 'k', 'д', 'т', '+', 'x', 'х', 'истина', 'tosi', 'on', 'есть', 'є', '✓'])
const NO = new Set(['0', 'нет', 'ні', 'ei', 'no', 'false', 'n', 'e', 'н', '-', 'ложь', 'epätosi', 'off', '—'])

/** Yes and no in four languages, and as spreadsheets and databases write them. */
export function parseBoolean(text: string): boolean {
  const word = text.trim().toLowerCase()
  if (YES.has(word)) return true
  if (NO.has(word)) return false
  throw new CellProblem('boolean', { value: text })
}

/**
 * Reads a decimal number as text: `1 234,50`, `1.234,50`, `1,234.50`, `-12`, `12 %`, `1 200 ₽`. Where both signs could be meant
 * (`1,234`), it asks rather than guesses: the mapping says `decimal`. Spaces of any kind and ' group thousands.
 */
export function parseNumber(text: string, decimal?: 'point' | 'comma'): string {
  const bare = text.normalize('NFKC').replace(/[\s'’]/g, '').replace(/^[+]/, '').replace(/(%|₽|руб\.?|грн\.?|₴|€|\$|£)$/i, '').replace(/^(€|\$|£)/, '').replace(/^[−–]/, '-')
  if (!/^-?\d[\d.,]*$/.test(bare) && !/^-?[.,]\d+$/.test(bare)) throw new CellProblem('number', { value: text })
  const sign = decimal ? (decimal === 'comma' ? ',' : '.') : guessDecimal(bare, text)
  const group = sign === ',' ? '.' : ','
  const [whole = '', fraction, ...more] = bare.split(sign)
  if (more.length > 0 || fraction?.includes(group)) throw new CellProblem('number', { value: text })
  if (whole.includes(group) && !/^-?\d{1,3}([.,]\d{3})+$/.test(whole)) throw new CellProblem('number', { value: text })
  const digits = whole.replaceAll(group, '').replace(/^(-?)0+(?=\d)/, '$1')
  const number = `${digits === '' || digits === '-' ? `${digits}0` : digits}${fraction ? `.${fraction}` : ''}`
  return /^-0(\.0*)?$/.test(number) ? number.slice(1) : number
}

function guessDecimal(bare: string, text: string): '.' | ',' {
  const comma = bare.lastIndexOf(',')
  const point = bare.lastIndexOf('.')
  if (comma >= 0 && point >= 0) return comma > point ? ',' : '.'
  if (comma < 0) return bare.split('.').length > 2 ? ',' : '.'
  if (bare.split(',').length > 2) return '.'
  if (/^-?[1-9]\d{0,2},\d{3}$/.test(bare)) throw new CellProblem('ambiguousNumber', { value: text })
  return ','
}

const PARTS: Record<string, string> = { yyyy: '(?<y>\\d{4})', MM: '(?<M>\\d{1,2})', dd: '(?<d>\\d{1,2})', HH: '(?<H>\\d{1,2})', mm: '(?<m>\\d{2})', ss: '(?<s>\\d{2})', SSS: '(?<S>\\d{1,6})', yy: '(?<yy>\\d{2})' }
const FORM = /yyyy|yy|MM|dd|HH|mm|ss|SSS|[^\w\s]|\s+|T/g
const patterns = new Map<string, RegExp>()
const MOST_PATTERNS = 100

/** Compiles `dd.MM.yyyy HH:mm` and the like. @throws InputError for a form without year, month and day, or with one of them twice */
export function datePattern(form: string): RegExp {
  let pattern = patterns.get(form)
  if (!pattern) {
    const parts = form.match(FORM) ?? []
    const known = parts.filter((part) => PARTS[part])
    if (new Set(known).size < known.length) throw new InputError(`The form of dates "${form}" has a part twice.`)
    if (!known.some((part) => part.startsWith('yy')) || !known.includes('MM') || !known.includes('dd')) throw new InputError(`The form of dates "${form}" needs yyyy, MM and dd.`)
    const source = form.replace(FORM, (part) => PARTS[part] ?? (/\s/.test(part) ? '\\s+' : part.replace(/[.*+?^${}()|[\]\\/]/g, '\\$&')))
    pattern = new RegExp(`^${source}$`)
    // Forms are written by people: they are not kept without bound.
    if (patterns.size >= MOST_PATTERNS) patterns.clear()
    patterns.set(form, pattern)
  }
  return pattern
}

/** Two digits of a year: at most ten years ahead, else of the century before, as birthdays are. */
function wholeYear(two: number): number {
  const year = 2000 + two
  return year > new Date().getUTCFullYear() + 10 ? year - 100 : year
}

export interface LocalTime { day: string, hour: number, minute: number, second: number, millisecond: number, utc: boolean, hasTime: boolean }

const ISO = /^(?<y>\d{4})-(?<M>\d{2})-(?<d>\d{2})(?:[T ](?<H>\d{2}):(?<m>\d{2})(?::(?<s>\d{2})(?:[.,](?<S>\d{1,9}))?)?(?<zone>Z|[+-]\d{2}:?\d{2})?)?$/
const POINTS = /^(?<d>\d{1,2})\.(?<M>\d{1,2})\.(?<y>\d{4})(?:,?\s+(?<H>\d{1,2})[:.](?<m>\d{2})(?:[:.](?<s>\d{2}))?)?$/

/** Reads a date or a time by its form, or as ISO, as which workbooks give their dates; without a form also day.month.year. A slash never says what is the day, so it needs a form. */
export function parseLocalTime(text: string, form?: string): LocalTime {
  const word = text.trim()
  const match = form ? datePattern(form).exec(word) ?? ISO.exec(word) : (ISO.exec(word) ?? POINTS.exec(word))
  const g = match?.groups
  if (!g) throw new CellProblem('date', { value: text, form: form ?? 'yyyy-MM-dd' })
  const year = g.yy ? wholeYear(Number(g.yy)) : Number(g.y)
  const time = new Date(Date.UTC(year, Number(g.M) - 1, Number(g.d)))
  if (time.getUTCMonth() !== Number(g.M) - 1 || time.getUTCDate() !== Number(g.d) || year < 1000) throw new CellProblem('date', { value: text, form: form ?? 'yyyy-MM-dd' })
  const [hour, minute, second] = [Number(g.H ?? 0), Number(g.m ?? 0), Number(g.s ?? 0)]
  if (hour > 23 || minute > 59 || second > 59) throw new CellProblem('date', { value: text, form: form ?? 'HH:mm' })
  let millisecond = Number((g.S ?? '0').slice(0, 3).padEnd(3, '0'))
  let utc = false
  if (g.zone) {
    utc = true
    const shift = g.zone === 'Z' ? 0 : (g.zone.startsWith('-') ? 1 : -1) * (Number(g.zone.slice(1, 3)) * 60 + Number(g.zone.slice(-2)))
    const at = new Date(time.getTime() + hour * 3_600_000 + (minute + shift) * 60_000 + second * 1000 + millisecond)
    millisecond = at.getUTCMilliseconds()
    return { day: at.toISOString().slice(0, 10), hour: at.getUTCHours(), minute: at.getUTCMinutes(), second: at.getUTCSeconds(), millisecond, utc, hasTime: true }
  }
  return { day: time.toISOString().slice(0, 10), hour, minute, second, millisecond, utc, hasTime: g.H !== undefined }
}

/** The moment of a local time in a zone. In the hour that a clock change skips, the later reading. */
export function momentOf(time: LocalTime, timeZone: string): Date {
  const wall = Date.parse(`${time.day}T00:00:00Z`) + time.hour * 3_600_000 + time.minute * 60_000 + time.second * 1000 + time.millisecond
  if (time.utc) return new Date(wall)
  let at = wall - offsetAt(wall, timeZone)
  at = wall - offsetAt(at, timeZone)
  return new Date(at)
}

const formats = new Map<string, Intl.DateTimeFormat>()
function offsetAt(at: number, timeZone: string): number {
  let format = formats.get(timeZone)
  if (!format) {
    format = new Intl.DateTimeFormat('en-US', { timeZone, hourCycle: 'h23', year: 'numeric', month: 'numeric', day: 'numeric', hour: 'numeric', minute: 'numeric', second: 'numeric' })
    formats.set(timeZone, format)
  }
  const parts = Object.fromEntries(format.formatToParts(at).map((part) => [part.type, Number(part.value)]))
  const wall = Date.UTC(parts.year!, parts.month! - 1, parts.day, parts.hour, parts.minute, parts.second)
  return wall - Math.floor(at / 1000) * 1000
}
