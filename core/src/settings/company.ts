import { CURRENCIES, LOCALES, type Locale } from '@kartotek/sdk'

export type WeekDay = 'monday' | 'sunday' | 'saturday'

/** What the whole company shares. Days, weeks and schedules are counted in its time zone. */
export interface CompanySettings {
  name: string
  /** ISO 3166-1 alpha-2, upper case: `FI`. */
  country: string
  /** ISO 4217: `EUR`. Amounts of several currencies are compared in it. */
  baseCurrency: string
  /** The language of those who have chosen none, and of messages that nobody asked for. */
  locale: Locale
  /** The languages that may be chosen. */
  languages: Locale[]
  /** IANA name: `Europe/Helsinki`. */
  timeZone: string
  /** Country of phone numbers written without one. Null: that of the company. */
  phoneCountry: string | null
  /** City code of short local numbers, as it is dialled within the country: `495`, `044`, `09`. Null: they are kept as written. */
  phoneAreaCode: string | null
  weekStart: WeekDay
}

/** JSON Schema of the company's settings; its defaults are those of a new installation. */
export const companySchema = {
  type: 'object',
  additionalProperties: false,
  properties: {
    name: { type: 'string', maxLength: 200, default: '' },
    country: { type: 'string', format: 'country', default: 'FI' },
    baseCurrency: { type: 'string', enum: CURRENCIES, default: 'EUR' },
    locale: { type: 'string', enum: LOCALES, default: 'en' },
    languages: { type: 'array', items: { type: 'string', enum: LOCALES }, uniqueItems: true, minItems: 1, default: [...LOCALES] },
    timeZone: { type: 'string', format: 'time-zone', default: 'Europe/Helsinki' },
    phoneCountry: { type: ['string', 'null'], format: 'country', default: null },
    phoneAreaCode: { type: ['string', 'null'], pattern: '^\\d{1,5}$', default: null },
    weekStart: { type: 'string', enum: ['monday', 'sunday', 'saturday'], default: 'monday' },
  },
} as const

const REGIONS = new Intl.DisplayNames(['en'], { type: 'region', fallback: 'none' })

/** Whether this is the code of a country: `FI`, not `fi`, not `XX`. */
export function isCountry(code: string): boolean {
  return /^[A-Z]{2}$/.test(code) && code !== 'ZZ' && REGIONS.of(code) !== undefined
}

/** Whether times can be shown in this zone. Offsets such as `+03:00` are none: they know no summer time. */
export function isTimeZone(name: string): boolean {
  if (!/^[A-Za-z]/.test(name)) return false
  try {
    new Intl.DateTimeFormat('en', { timeZone: name })
    return true
  } catch {
    return false
  }
}
