/** The languages of the interface. */
export const LOCALES = ['ru', 'uk', 'fi', 'en'] as const
/** One of the four interface languages. */
export type Locale = (typeof LOCALES)[number]
/** A text in the four languages. A missing language falls back to English, then to any given one. */
export type Localized = Partial<Record<Locale, string>>

/**
 * The text of a localized value in one language.
 * @example textIn({ en: 'Client', ru: 'Клиент' }, 'ru') // 'Клиент'
 */
export function textIn(text: Localized | undefined, locale: Locale): string {
  if (!text) return ''
  return text[locale] ?? text.en ?? Object.values(text)[0] ?? ''
}
