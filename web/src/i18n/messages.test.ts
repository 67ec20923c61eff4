import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { createI18n } from 'vue-i18n'
import { LOCALES } from '@kartotek/sdk'
import { pluralRules } from './plural.ts'

const src = join(import.meta.dirname, '..')
type Messages = { [key: string]: string | Messages }

function read(locale: string): Messages[] {
  const rooms = readdirSync(join(import.meta.dirname, 'locales', locale)).map(name => join(locale, name))
  const texts = [`${locale}.json`, ...rooms].map(name => JSON.parse(readFileSync(join(import.meta.dirname, 'locales', name), 'utf8')) as Messages)
  // A room adds keys of its own: what another file has already would be overwritten as pages are opened.
  for (const [i, text] of texts.entries()) for (const key of Object.keys(text)) expect(texts.slice(0, i).some(other => key in other), `${key} in two files`).toBe(false)
  return texts
}
function flat(messages: Messages, prefix = ''): Map<string, string> {
  return new Map(Object.entries(messages).flatMap(([key, value]) =>
    typeof value === 'string' ? [[prefix + key, value] as const] : [...flat(value, `${prefix}${key}.`)]))
}
function sorted(messages: Messages): boolean {
  const keys = Object.keys(messages)
  return keys.join() === keys.toSorted().join() && Object.values(messages).every(value => typeof value === 'string' || sorted(value))
}
const files = readdirSync(src, { recursive: true, encoding: 'utf8' }).filter(name => /\.(vue|ts)$/.test(name) && !name.endsWith('.test.ts'))
const sources = files.map(name => readFileSync(join(src, name), 'utf8')).join('\n')

/** Keys written out, and the beginnings of keys that end in a value: `filter.operator.${…}`. */
const literal = new Set([...sources.matchAll(/['"`]([a-z_]+(?:\.[A-Za-z0-9_]+)+)['"`]/g)].map(match => match[1]!))
const prefixes = [...new Set([...sources.matchAll(/\b(?:t\(\s*|key = )`([a-z_.]+\.)(\$\{[^}]+\}\w*)`/g)].map(match => match[1]!))]
const ternaries = [...sources.matchAll(/\bt\(([^()`]*\?[^()`]*)\)/g)].flatMap(match => [...match[1]!.matchAll(/'([a-z_]+(?:\.[A-Za-z0-9_]+)+)'/g)].map(inner => inner[1]!))
const used = [...sources.matchAll(/\bt\(\s*['"]([a-z_]+(?:\.[A-Za-z0-9_]+)+)['"]/g)].map(match => match[1]!)

const all = Object.fromEntries(LOCALES.map(locale => [locale, new Map(read(locale).flatMap(text => [...flat(text)]))]))
const english = all.en!

describe('messages', () => {
  it.each(LOCALES)('%s has the same keys as English', (locale) => {
    expect([...all[locale]!.keys()]).toEqual([...english.keys()])
  })

  it.each(LOCALES)('%s can be read by what shows it: an @ stands as {\'@\'}', (locale) => {
    const { global } = createI18n({ legacy: false, locale, messages: { [locale]: Object.fromEntries(read(locale).flatMap(text => Object.entries(text))) as never }, missingWarn: false, fallbackWarn: false })
    for (const key of all[locale]!.keys()) expect(() => global.t(key), key).not.toThrow()
  })

  it.each(LOCALES)('%s is nested and sorted', (locale) => {
    expect(read(locale).every(sorted)).toBe(true)
  })

  it.each(LOCALES)('%s leaves no text empty and uses the same parameters as English', (locale) => {
    const parameters = (text: string) => [...new Set([...text.matchAll(/\{(\w+)\}/g)].map(match => match[1]))].toSorted()
    for (const [key, text] of all[locale]!) {
      expect(text.trim(), key).not.toBe('')
      expect(parameters(text), key).toEqual(parameters(english.get(key)!))
    }
  })

  it.each(LOCALES)('%s has as many plural forms as the language needs', (locale) => {
    const forms = locale === 'ru' || locale === 'uk' ? 3 : 2
    for (const [key, text] of all[locale]!) {
      if (english.get(key)!.includes(' | ')) expect(text.split(' | '), key).toHaveLength(forms)
      else expect(text, key).not.toContain('|')
    }
  })

  it('has every key that the sources use', () => {
    expect([...used, ...ternaries].filter(key => !english.has(key))).toEqual([])
    expect(prefixes.filter(prefix => ![...english.keys()].some(key => key.startsWith(prefix)))).toEqual([])
  })

  it('has no key that nothing uses', () => {
    expect([...english.keys()].filter(key => !literal.has(key) && !prefixes.some(prefix => key.startsWith(prefix)))).toEqual([])
  })
})

describe('plural rules', () => {
  it('follow CLDR for Russian and Ukrainian', () => {
    const form = (n: number) => pluralRules.ru(n, 3)
    expect([1, 2, 5, 11, 21, 22, 25, 111].map(form)).toEqual([0, 1, 2, 2, 0, 1, 2, 2])
  })
  it('know two forms in Finnish and English', () => {
    expect([0, 1, 2].map(n => pluralRules.fi(n, 2))).toEqual([1, 0, 1])
  })
})
