import { createRequire } from 'node:module'
import type { CountryCode, NumberType, PhoneNumber } from 'libphonenumber-js/max'

/** What kind of line a number is; null where the numbering plan does not tell. Only `mobile` surely takes SMS. */
export type PhoneType =
  | 'mobile' | 'fixedLine' | 'fixedLineOrMobile' | 'tollFree' | 'premiumRate' | 'sharedCost' | 'voip' | 'other'

/** A telephone number as somebody wrote it, and what it means. */
export interface Phone {
  /** The text as given, trimmed. It is always kept. */
  raw: string
  /** `+74951234567`, without the extension; null unless the number is valid. */
  e164: string | null
  /** ISO country of the number, which may differ from the default (+7 is Russia and Kazakhstan). */
  country: string | null
  type: PhoneType | null
  extension: string | null
  /** For people: international form with its extension, or the raw text where the number is not valid. */
  display: string
  valid: boolean
}

/** What a number lacks that is written as people dial it at home. */
export interface Home {
  /** ISO code of numbers written without +. */
  country?: string | null
  /** Code of the city of short local numbers, as it is dialled within the country: 495, 044, 09. */
  areaCode?: string | null
}

let library: typeof import('libphonenumber-js/max') | undefined
/** The numbering plans of the world are loaded with the first number, not with the server. */
const plans = (): typeof import('libphonenumber-js/max') =>
  library ??= createRequire(import.meta.url)('libphonenumber-js/max') as typeof import('libphonenumber-js/max')

/** `+7 495 123 45 67`, for people. */
export const internationalForm = (e164: string): string | undefined => plans().parsePhoneNumberFromString(e164)?.formatInternational()

const TYPES: Partial<Record<NonNullable<NumberType>, PhoneType>> = {
  MOBILE: 'mobile', FIXED_LINE: 'fixedLine', FIXED_LINE_OR_MOBILE: 'fixedLineOrMobile', TOLL_FREE: 'tollFree',
  PREMIUM_RATE: 'premiumRate', SHARED_COST: 'sharedCost', VOIP: 'voip',
}

/**
 * Reads a telephone number.
 * @param home country of numbers written without +, by its ISO code, and city of short ones; without it only international forms are valid.
 * @example parsePhone('8 916 123 45 67 доб. 123', 'RU') // e164 '+79161234567', extension '123', type 'mobile'
 */
export function parsePhone(raw: string, home?: string | Home | null): Phone {
  const text = raw.trim()
  const { country, areaCode } = typeof home === 'string' ? { country: home } : home ?? {}
  const number = validReading(text, country?.toUpperCase(), areaCode)
  if (!number) return { raw: text, e164: null, country: null, type: null, extension: null, display: text, valid: false }
  const type = number.getType()
  const extension = number.ext ?? null
  return {
    raw: text,
    e164: number.number,
    country: number.country ?? null,
    type: type ? (TYPES[type] ?? 'other') : null,
    extension,
    display: number.format('INTERNATIONAL', { formatExtension: (formatted, ext) => `${formatted} #${ext}` }),
    valid: true,
  }
}

/**
 * The value under which a number recognises somebody: E.164 without extension, or null for numbers that are nobody's
 * own (toll free, shared cost, premium). Rule C.14.
 */
export function phoneKey(phone: Pick<Phone, 'e164' | 'type'>): string | null {
  if (phone.type === 'tollFree' || phone.type === 'sharedCost' || phone.type === 'premiumRate') return null
  return phone.e164
}

/**
 * The digit strings by which people look a number up: with country code and in its national form with the trunk prefix.
 * @example phoneDigits('+79161234567') // ['79161234567', '89161234567']
 */
export function phoneDigits(e164: string): string[] {
  const number = plans().parsePhoneNumberFromString(e164)
  const digits = e164.replace(/\D/g, '')
  return number ? [...new Set([digits, number.formatNational().replace(/\D/g, '')])] : [digits]
}

/** The valid meaning of a text; readings are tried from the likeliest on. */
function validReading(text: string, country: string | undefined, areaCode?: string | null): PhoneNumber | undefined {
  const digits = text.replace(/\D/g, '')
  const candidates = [text]
  // «8 050 123 45 67»: the Soviet long-distance 8 in front of the Ukrainian trunk 0.
  if (country === 'UA' && /^80\d{9}$/.test(digits)) candidates.unshift(text.replace('8', ''))
  // A country code written without its plus, or with 00, in a base of another country.
  if (/^\(?\d/.test(text) && digits.length >= 11) candidates.push(`+${text.replace(/^\(?0{0,2}/, '')}`)
  // «123-45-67»: a number of the own city.
  const local = /^[\d\s().–-]+/.exec(text)?.[0].replace(/\D/g, '').length ?? 0
  if (areaCode && local >= 5 && local <= 7) candidates.push(`${areaCode} ${text}`)
  for (const candidate of candidates) {
    const number = plans().parsePhoneNumberFromString(candidate, { defaultCountry: country as CountryCode | undefined })
    if (number?.isValid()) return number
  }
  return undefined
}
