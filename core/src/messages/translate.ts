import type { Locale } from '@kartotek/sdk'
import { ruleMessage } from '../records/problems.ts'
import { CATALOG } from './catalog.ts'

const COLUMN = { en: 0, ru: 1, uk: 2, fi: 3 } as const
const exact = new Map(CATALOG.filter(([en]) => !en.includes('{')).map((row) => [row[0], row]))
const literal = (en: string): number => en.replace(/\{\d\}/g, '').length
// «There is no {0} {1}.» fits much that is said more exactly elsewhere: the one with most words of its own is meant.
const templates = CATALOG.filter(([en]) => en.includes('{')).sort(([a], [b]) => literal(b) - literal(a)).map((row) => ({
  row, pattern: new RegExp(`^${row[0].replace(/[.*+?^$()|[\]\\]/g, '\\$&').replace(/\{(\d)\}/g, '(?<v$1>.+?)')}$`, 's'),
}))

/** A message of the core in the reader's language. What is not in the catalogue, such as texts of plugins, stays as it is. */
export function translate(message: string, locale: Locale): string {
  if (locale === 'en') return message
  const row = exact.get(message)
  if (row) return row[COLUMN[locale]]
  for (const { row: template, pattern } of templates) {
    const groups = pattern.exec(message)?.groups
    if (groups) return template[COLUMN[locale]].replace(/\{(\d)\}/g, (_, index: string) => groups[`v${index}`] ?? '')
  }
  return message
}

interface ToldError { message: string, extensions?: Record<string, unknown> }

interface ToldField { message?: string, rule?: string, params?: Record<string, unknown> }

/** A broken rule that was told in English, because whoever found it did not know the reader, is told by its rule. */
function fieldMessage({ message, rule, params = {} }: ToldField, locale: Locale): string {
  return rule && ruleMessage(rule, params, 'en') === message ? ruleMessage(rule, params, locale) : translate(message!, locale)
}

/** An error with its own message and those of its fields in the reader's language. */
export function translateError<E extends ToldError>(error: E, locale: Locale): E {
  const fields = error.extensions?.fields
  // An error of one field says what the field says, by its rule too.
  const same = Array.isArray(fields) ? (fields as ToldField[]).find((f) => f.message === error.message) : undefined
  return {
    ...error,
    message: fieldMessage({ ...same, message: error.message }, locale),
    ...(Array.isArray(fields) ? { extensions: { ...error.extensions, fields: (fields as ToldField[]).map((f) => (f.message ? { ...f, message: fieldMessage(f, locale) } : f)) } } : {}),
  }
}
