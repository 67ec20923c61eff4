import { textIn, type Locale } from '@kartotek/sdk'
import { parsePhone } from '../facts/phone.ts'
import type { FieldModel } from '../model/model.ts'
import type { Reading } from '../records/reading.ts'
import { VALUES } from './configuration-words.ts'

interface Formats { number: Intl.NumberFormat, date: Intl.DateTimeFormat, moment: Intl.DateTimeFormat, money(currency: string): Intl.NumberFormat }
const cache = new Map<string, Formats>()

/** English is written by people of many countries: the British way of dates is least mistaken. */
function formatsOf(language: Locale, timeZone: string): Formats {
  const key = `${language} ${timeZone}`
  const known = cache.get(key)
  if (known) return known
  const locale = language === 'en' ? 'en-GB' : language
  const formats: Formats = {
    number: new Intl.NumberFormat(locale, { maximumFractionDigits: 6 }),
    // A day has no time zone.
    date: new Intl.DateTimeFormat(locale, { dateStyle: 'medium', timeZone: 'UTC' }),
    moment: new Intl.DateTimeFormat(locale, { dateStyle: 'medium', timeStyle: 'short', timeZone }),
    money: (currency) => new Intl.NumberFormat(locale, { style: 'currency', currency, currencyDisplay: 'narrowSymbol' }),
  }
  cache.set(key, formats)
  return formats
}

/**
 * The value of a field, as the API gives it, in words as cards have them: dates and numbers as they are written in the
 * reader's language, moments in the company's time zone. Null for types that have words of their own: choices by their
 * labels, records by their names.
 */
export function wordsOf({ generation, locale }: Pick<Reading, 'generation' | 'locale'>, field: FieldModel, value: unknown): string | null {
  const formats = formatsOf(locale, generation.company.timeZone)
  const part = (name: string): string | null => ((value as Record<string, unknown>)[name] as string | null | undefined) ?? null
  switch (field.handler.name) {
    case 'integer': case 'decimal': return formats.number.format(value as Intl.StringNumericLiteral)
    case 'money': return (/^[A-Z]{3}$/.test(part('currency') ?? '') ? formats.money(part('currency')!) : formats.number).format(part('amount') as Intl.StringNumericLiteral)
    case 'boolean': return textIn(VALUES[value ? 'boolean.true' : 'boolean.false'], locale)
    case 'date': return formats.date.format(new Date(`${String(value).slice(0, 10)}T00:00:00Z`))
    case 'dateTime': return formats.moment.format(new Date(value as string))
    case 'phone': return parsePhone(part('raw')!, { ...generation.company, ...(part('country') ? { country: part('country') } : {}) }).display
    // VAT numbers begin with their country already.
    case 'taxId': return part('value')?.startsWith(part('country') ?? ' ') ? part('value') : [part('country'), part('value')].filter(Boolean).join(' ')
    default: return null
  }
}
