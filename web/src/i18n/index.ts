import { createI18n } from 'vue-i18n'
import { LOCALES, type Locale } from '@kartotek/sdk/locale'
import { pluralRules } from './plural.ts'

const STORAGE_KEY = 'kartotek-locale'
type Texts = Record<string, never>
/** What every page needs is in `locales/<locale>.json`; what only some pages need is in `locales/<locale>/<room>.json`. */
const loaders = import.meta.glob<Texts>('./locales/**/*.json', { import: 'default' })
const rooms = new Set<string>()
const loaded = new Set<string>()

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

async function load(path: string, locale: Locale): Promise<void> {
  if (loaded.has(path)) return
  i18n.global.mergeLocaleMessage(locale, await loaders[path]!())
  loaded.add(path)
}

type Source = (locale: Locale) => Promise<Texts>
const sources = new Set<Source>()
const fetched = new WeakMap<Source, Set<Locale>>()

async function loadFrom(source: Source, locale: Locale): Promise<void> {
  const known = fetched.get(source) ?? new Set()
  fetched.set(source, known)
  if (known.has(locale)) return
  known.add(locale)
  i18n.global.mergeLocaleMessage(locale, await source(locale))
}

/** Texts from outside of the app, in the language of now and in each that is chosen later. The source does not fail. */
export async function addTexts(source: Source): Promise<void> {
  sources.add(source)
  await loadFrom(source, currentLocale())
}

function loadAll(locale: Locale): Promise<unknown> {
  return Promise.all([...[...sources].map(source => loadFrom(source, locale)), load(`./locales/${locale}.json`, locale), ...[...rooms].map(room => load(`./locales/${locale}/${room}.json`, locale))])
}

/** Loads the texts of rooms beyond the first route; the router does it for pages with `meta.texts`. */
export async function useTexts(names: readonly string[]): Promise<void> {
  for (const name of names) rooms.add(name)
  await loadAll(currentLocale())
}

/** Loads the messages of a language and switches to it, without a reload. */
export async function setLocale(locale: Locale): Promise<void> {
  await loadAll(locale)
  i18n.global.locale.value = locale
  document.documentElement.lang = locale
  try { localStorage.setItem(STORAGE_KEY, locale) } catch { /* storage is blocked */ }
}
