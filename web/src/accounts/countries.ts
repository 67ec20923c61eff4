import { CURRENCIES } from '@kartotek/sdk/currency'

/** Countries of the set-up page's list, with their currencies; the four markets of the interface languages come first. */
const CURRENCY: Record<string, string> = {
  FI: 'EUR', UA: 'UAH', RU: 'RUB', KZ: 'KZT', BY: 'BYN', EE: 'EUR', LV: 'EUR', LT: 'EUR', SE: 'SEK', NO: 'NOK', DK: 'DKK',
  DE: 'EUR', AT: 'EUR', CH: 'CHF', FR: 'EUR', BE: 'EUR', NL: 'EUR', LU: 'EUR', ES: 'EUR', PT: 'EUR', IT: 'EUR', GR: 'EUR', CY: 'EUR',
  MT: 'EUR', IE: 'EUR', GB: 'GBP', PL: 'PLN', CZ: 'CZK', SK: 'EUR', HU: 'HUF', RO: 'RON', BG: 'EUR', HR: 'EUR', SI: 'EUR',
  MD: 'MDL', GE: 'GEL', AM: 'AMD', AZ: 'AZN', UZ: 'UZS', KG: 'KGS', TJ: 'TJS', TR: 'TRY', IL: 'ILS', AE: 'AED', RS: 'RSD',
  US: 'USD', CA: 'CAD', AU: 'AUD', NZ: 'NZD', JP: 'JPY', KR: 'KRW', CN: 'CNY', IN: 'INR', SG: 'SGD', BR: 'BRL', MX: 'MXN',
}

export const currencyOf = (country: string): string => CURRENCY[country] ?? 'EUR'
export const COUNTRIES: readonly string[] = Object.keys(CURRENCY)

/** The region of the browser's language, else the country of the language, else Finland. */
export function guessCountry(languages: readonly string[] = navigator.languages): string {
  for (const tag of languages) {
    const region = new Intl.Locale(tag).maximize().region
    if (region && CURRENCY[region]) return region
  }
  return 'FI'
}

const byLabel = (locale: string) => (a: { label: string }, b: { label: string }) => a.label.localeCompare(b.label, locale)

export function countryItems(locale: string) {
  const names = new Intl.DisplayNames(locale, { type: 'region' })
  return COUNTRIES.map(value => ({ value, label: names.of(value) ?? value })).sort(byLabel(locale))
}

/** «EUR · euro». Old records may be in a code that nobody knows. */
export function currencyName(code: string, locale: string): string {
  return /^[A-Z]{3}$/.test(code) ? `${code} · ${new Intl.DisplayNames(locale, { type: 'currency' }).of(code) ?? code}` : code
}

/** All currencies, those in `first` before the others. */
export function currencyItems(locale: string, first: readonly string[] = []) {
  const items = [...new Set([...CURRENCIES, ...first])].map(value => ({ value, label: currencyName(value, locale) })).sort(byLabel(locale))
  return [...items.filter(({ value }) => first.includes(value)), ...items.filter(({ value }) => !first.includes(value))]
}
