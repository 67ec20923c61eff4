/** Texts of values in the language of the interface. Decimals stay strings all the way: Intl reads them exactly. */
export interface Formatter {
  number(value: string | number): string
  money(value: { amount: string, currency: string | null }): string
  /** «₽», «€»: the sign of a currency, else its code. */
  sign(currency: string): string
  date(value: string): string
  dateTime(value: string): string
  /** «3 days ago», for times of the past and the future. */
  ago(value: string, now?: number): string
  /** «3 days»: how long it is since then. */
  since(value: string, now?: number): string
}

const UNITS: [Intl.RelativeTimeFormatUnit, number][] = [
  ['year', 31_557_600], ['month', 2_629_800], ['week', 604_800], ['day', 86_400], ['hour', 3_600], ['minute', 60],
]
const cache = new Map<string, Formatter>()

/** English is written by people of many countries: their own way of dates where the browser tells it, else the British. */
export function regional(language: string, preferred: readonly string[] = globalThis.navigator?.languages ?? []): string {
  return language === 'en' ? preferred.find(tag => tag.startsWith('en-')) ?? 'en-GB' : language
}

export function formatterOf(language: string): Formatter {
  const known = cache.get(language)
  if (known) return known
  const locale = regional(language)
  const numbers = new Intl.NumberFormat(locale, { maximumFractionDigits: 6 })
  const dates = new Intl.DateTimeFormat(locale, { dateStyle: 'medium', timeZone: 'UTC' })
  const times = new Intl.DateTimeFormat(locale, { dateStyle: 'medium', timeStyle: 'short' })
  const relative = new Intl.RelativeTimeFormat(locale, { numeric: 'auto' })
  const currencies = new Map<string, Intl.NumberFormat>()

  function currencyFormat(currency: string): Intl.NumberFormat {
    const format = currencies.get(currency)
      ?? new Intl.NumberFormat(locale, { style: 'currency', currency, currencyDisplay: 'narrowSymbol' })
    currencies.set(currency, format)
    return format
  }

  const formatter: Formatter = {
    number: value => numbers.format(value as number),
    money({ amount, currency }) {
      if (!currency || !/^[A-Z]{3}$/.test(currency)) return numbers.format(amount as unknown as number)
      return currencyFormat(currency).format(amount as unknown as number)
    },
    sign: currency => /^[A-Z]{3}$/.test(currency) ? currencyFormat(currency).formatToParts(0).find(({ type }) => type === 'currency')?.value ?? currency : currency,
    // A day has no time zone; reading it as UTC and writing it as UTC keeps it the same day everywhere.
    date: value => dates.format(new Date(`${value.slice(0, 10)}T00:00:00Z`)),
    dateTime: value => times.format(new Date(value)),
    ago(value, now = Date.now()) {
      const seconds = (Date.parse(value) - now) / 1000
      const [unit, length] = UNITS.find(([, size]) => Math.abs(seconds) >= size) ?? ['second', Infinity]
      return relative.format(Math.trunc(seconds / length), unit)
    },
    since(value, now = Date.now()) {
      const seconds = (now - Date.parse(value)) / 1000
      const [unit, length] = UNITS.find(([, size]) => seconds >= size) ?? ['minute', 60]
      return new Intl.NumberFormat(locale, { style: 'unit', unit, unitDisplay: 'long' }).format(Math.max(0, Math.trunc(seconds / length)))
    },
  }
  cache.set(language, formatter)
  return formatter
}
