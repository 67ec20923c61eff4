/**
 * The languages of the interface, by ISO 639-1.
 *
 * @example
 * import { LOCALES, type Locale } from '@kartotek/sdk'
 *
 * // What a foreign system calls a language: 'fi-FI', 'EN'
 * export function localeOf(text: string): Locale {
 *   return LOCALES.find((locale) => text.toLowerCase().startsWith(locale)) ?? 'en'
 * }
 */
export const LOCALES = ['ru', 'uk', 'fi', 'en'] as const
/** One of the four languages of the interface, {@link LOCALES}. */
export type Locale = (typeof LOCALES)[number]
/** A text in the four languages, as {@link textIn} reads it: a missing language falls back to English, then to any given one. */
export type Localized = Partial<Record<Locale, string>>

/**
 * The text of a localized value in one language.
 * @returns an empty text where there is no value, or no language in it
 *
 * @example
 * import { textIn, type Localized } from '@kartotek/sdk'
 *
 * const label: Localized = { en: 'Client', ru: 'Клиент' }
 * textIn(label, 'ru')  // 'Клиент'
 * textIn(label, 'fi')  // 'Client'
 */
export function textIn(text: Localized | undefined, locale: Locale): string {
  if (!text) return ''
  return text[locale] ?? text.en ?? Object.values(text)[0] ?? ''
}
