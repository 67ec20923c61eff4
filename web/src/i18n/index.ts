import { createI18n } from 'vue-i18n'
import { LOCALES, type Locale } from '@kartotek/sdk'
import { pluralRules } from './plural.ts'

const STORAGE_KEY = 'kartotek-locale'
const loaders: Record<Locale, () => Promise<{ default: Record<string, unknown> }>> = {
  en: () => import('./locales/en.json'),
  fi: () => import('./locales/fi.json'),
  ru: () => import('./locales/ru.json'),
  uk: () => import('./locales/uk.json'),
}

/** How each language calls itself. */
export const LOCALE_NAMES: Record<Locale, string> = { ru: 'Русский', uk: 'Українська', fi: 'Suomi', en: 'English' }

export const i18n = createI18n({
  legacy: false,
  locale: 'en' as Locale,
  fallbackLocale: 'en',
  messages: {} as Record<string, Record<string, never>>,
  pluralRules,
})

/** The language of the interface now. */
export function currentLocale(): Locale {
  return i18n.global.locale.value as Locale
}

/** The language chosen before, else the first one of the browser's that we speak, else English. */
export function preferredLocale(): Locale {
  const known = (tag: string | null | undefined) => LOCALES.find(locale => tag?.toLowerCase().startsWith(locale))
  let stored: string | null = null
  try { stored = localStorage.getItem(STORAGE_KEY) } catch { /* storage is blocked */ }
  return known(stored) ?? navigator.languages.map(known).find(Boolean) ?? 'en'
}

/** Loads the messages of a language and switches to it, without a reload. */
export async function setLocale(locale: Locale): Promise<void> {
  if (!i18n.global.availableLocales.includes(locale as never) || !Object.keys(i18n.global.getLocaleMessage(locale)).length) {
    i18n.global.setLocaleMessage(locale, (await loaders[locale]()).default as never)
  }
  i18n.global.locale.value = locale
  document.documentElement.lang = locale
  try { localStorage.setItem(STORAGE_KEY, locale) } catch { /* storage is blocked */ }
}
