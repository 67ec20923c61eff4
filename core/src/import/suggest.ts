import { LimitError, type Locale } from '@kartotek/sdk'
import { checkTaxId, normaliseEmail, parsePhone, searchForm } from '../facts/index.ts'
import type { FieldModel, ObjectModel } from '../model/model.ts'
import { unguardFormula } from '../spreadsheets/index.ts'
import type { Importing } from './compiler.ts'
import { CellProblem, parseBoolean, parseLocalTime, parseNumber } from './convert.ts'
import { HEADER_WORDS, KEY_WORDS } from './header-words.ts'
import { importTargets, type ImportTarget } from './targets.ts'

/** What a column seems to be, and why. */
export interface ColumnSuggestion {
  column: string
  /** Some of its values, each once. */
  samples: string[]
  /** Key of an {@link ImportTarget}; null where nothing fits. */
  target: string | null
  reason: 'header' | 'content' | null
  /** How its dates are written, where that must be said; `?` where nobody can tell day and month apart. */
  date: string | null
  /** By what a record behind a reference is found. */
  by: string | null
}

export interface Suggestion {
  columns: ColumnSuggestion[]
  /** The column that names records in the other program. */
  key: string | null
  /** Null where it makes no difference, `?` where nobody can tell. */
  decimal: 'comma' | 'point' | '?' | null
}

const SAMPLES = 5
/** As many as a description names. */
const MAX_MAPPED_COLUMNS = 500
/** So many of the values must look like what a column is taken for. */
const MOST = 0.8
/** A name that says so, without values that contradict. */
const ENOUGH = 0.5

/** Guesses what the columns of a file are, by their names in four languages and by what stands in them. @throws LimitError for more than a description can name */
export function suggest(importing: Importing, object: ObjectModel, header: readonly string[], rows: readonly (readonly string[])[], locale: Locale): Suggestion {
  if (header.length > MAX_MAPPED_COLUMNS) throw new LimitError(`A table that is mapped has at most ${MAX_MAPPED_COLUMNS} columns.`, { limit: MAX_MAPPED_COLUMNS })
  const targets = importTargets(importing, object, locale)
  const columns = header.map((column, i) => {
    const values = rows.map((row) => unguardFormula((row[i] ?? '').trim())).filter((text) => text !== '')
    return { column, values, nature: natureOf(importing, values, MOST), partly: natureOf(importing, values, ENOUGH) }
  })
  const pairs = columns.flatMap((column) => targets.flatMap((target) => {
    const match = scoreOf(column, target)
    return match.score >= ENOUGH ? [{ column, target, ...match }] : []
  })).sort((a, b) => b.score - a.score)
  const chosen = new Map<string, (typeof pairs)[number]>()
  const taken = new Set<string>()
  for (const pair of pairs) {
    if (chosen.has(pair.column.column) || (taken.has(pair.target.key) && !pair.target.many)) continue
    chosen.set(pair.column.column, pair)
    taken.add(pair.target.key)
  }
  const numbers = columns.filter(({ column }) => ['integer', 'decimal', 'money'].includes(chosen.get(column)?.target.type ?? '')).flatMap(({ values }) => values)
  return {
    key: columns.find(({ column, values }) => KEY_WORDS.has(formOf(column)) && values.length === rows.length && new Set(values).size === values.length)?.column ?? null,
    decimal: decimalOf(numbers),
    columns: columns.map(({ column, values, partly }) => {
      const pair = chosen.get(column)
      return {
        column, samples: [...new Set(values)].slice(0, SAMPLES), target: pair?.target.key ?? null, reason: pair?.reason ?? null,
        date: partly.has('date') ? dateForm(values) : null, by: pair ? finderOf(pair.target, partly) : null,
      }
    }),
  }
}

/** What most of the values are. */
type Nature = Set<'email' | 'phone' | 'taxId' | 'date' | 'number' | 'boolean' | 'url'>

function natureOf({ generation: { company } }: Importing, values: readonly string[], share: number): Nature {
  const nature: Nature = new Set()
  if (values.length === 0) return nature
  const most = (fits: (text: string) => boolean): boolean => values.filter(fits).length >= values.length * share
  if (most((text) => normaliseEmail(text).valid)) nature.add('email')
  if (most((text) => checkTaxId(text, company.country).valid)) nature.add('taxId')
  if (most((text) => /[\d]{5}/.test(text.replace(/\D/g, '')) && parsePhone(text, company.country).valid)) nature.add('phone')
  if (most((text) => fits(() => parseLocalTime(text)) || dateShape(text) !== null)) nature.add('date')
  if (most((text) => (['comma', 'point'] as const).some((sign) => fits(() => parseNumber(text, sign))))) nature.add('number')
  if (new Set(values).size <= 2 && most((text) => fits(() => parseBoolean(text)))) nature.add('boolean')
  if (most((text) => /^(https?:\/\/|www\.)\S+$|^[\p{L}\d-]+(\.[\p{L}\d-]+)*\.\p{L}{2,}(\/\S*)?$/iu.test(text))) nature.add('url')
  return nature
}

function fits(read: () => unknown): boolean {
  try {
    read()
    return true
  } catch (error) {
    if (error instanceof CellProblem) return false
    throw error
  }
}

/** `partly`: what half of the values are, which is enough not to contradict a name. */
interface ColumnFacts { column: string, values: readonly string[], nature: Nature, partly: Nature }

function scoreOf({ column, values, nature, partly }: ColumnFacts, target: ImportTarget): { score: number, reason: 'header' | 'content' } {
  const byName = nameScore(column, target)
  const byContent = values.length === 0 ? 0 : contentScore(values, nature, partly, target)
  // A name may be wrong, and values of another kind show it: such a pair would only make error rows.
  if (byContent < 0) return { score: 0, reason: 'content' }
  return { score: byName + byContent / 4, reason: byName >= byContent ? 'header' : 'content' }
}

function nameScore(column: string, { key, label, field, group }: ImportTarget): number {
  const form = formOf(column)
  const own = key.split('.').at(-1)!
  const labels = [label, ...(group && !key.includes('.') ? [group] : []), ...(group ? [] : Object.values(field.label))].map(formOf)
  if (form === formOf(key) || labels.includes(form) || formOf(own) === form) return 1
  const words = HEADER_WORDS[own]?.split('|') ?? []
  if (words.includes(form)) return 0.9
  const bare = form.replace(/\s*\d+$/, '')
  if (bare !== form && (labels.includes(bare) || words.includes(bare))) return 0.8
  // «Телефон для связи», «Phone (work)»: it begins with what is known.
  return [...labels, ...words].some((word) => word.length > 3 && form.startsWith(`${word} `)) ? 0.6 : 0
}

/** 0 to 2, below 0 where the values are none of the target's. */
function contentScore(values: readonly string[], nature: Nature, partly: Nature, target: ImportTarget): number {
  const { field } = target
  switch (target.type) {
    case 'email': return nature.has('email') ? 2 : partly.has('email') ? 0 : -1
    case 'phone': return nature.has('phone') ? 2 : partly.has('phone') ? 0 : -1
    case 'taxId': return nature.has('taxId') ? 2 : 0
    case 'date': case 'dateTime': return nature.has('date') ? 0.5 : partly.has('date') ? 0 : -1
    case 'integer': case 'decimal': case 'money': return nature.has('number') ? 0.5 : partly.has('number') ? 0 : -1
    case 'boolean': return nature.has('boolean') ? 0.5 : -1
    case 'url': return nature.has('url') ? 1 : 0
    case 'select': return isAmong(field, values) ? 2 : 0
  }
  if (target.key.endsWith('.email')) return nature.has('email') ? 2.5 : partly.has('email') ? 0 : -1
  if (target.key.endsWith('.phone')) return nature.has('phone') && !nature.has('taxId') && !nature.has('date') ? 2.5 : partly.has('phone') ? 0 : -0.01
  if (target.key.endsWith('.site')) return nature.has('url') && !nature.has('email') ? 1 : 0
  return 0
}

function isAmong(field: FieldModel, values: readonly string[]): boolean {
  const words = new Set((field.options ?? []).flatMap((option) => [option.key, ...Object.values(option.label)]).map(formOf))
  return values.every((text) => words.has(formOf(text)))
}

function finderOf(target: ImportTarget, nature: Nature): string | null {
  if (target.by.length === 0) return null
  const wished = nature.has('email') ? 'email' : nature.has('taxId') ? 'taxId' : 'name'
  return target.by.find((key) => key === wished) ?? target.by[1] ?? 'key'
}

/** A comma that groups thousands and one before decimals look alike in `1,234`: others of the file tell, or nobody does. */
function decimalOf(numbers: readonly string[]): Suggestion['decimal'] {
  const bare = numbers.map((text) => text.replace(/[^\d.,-]/g, ''))
  if (!bare.some((text) => /^-?[1-9]\d{0,2},\d{3}$/.test(text))) return null
  const comma = bare.some((text) => /^[^,]*,(\d{1,2}|\d{4,})$/.test(text) || /\.\d{3},\d+$/.test(text))
  const point = bare.some((text) => /^[^.]*\.(\d{1,2}|\d{4,})$/.test(text) || /,\d{3}[.,]\d+$/.test(text))
  return comma === point ? '?' : comma ? 'comma' : 'point'
}

const SHAPE = /^(\d{1,4})([/.-])(\d{1,2})\2(\d{2,4})( \d{1,2}:\d{2}(:\d{2})?)?$/

function dateShape(text: string): { first: number, second: number, sign: string, year: string, time: string } | null {
  const [, first, sign, second, last, time = '', seconds] = SHAPE.exec(text) ?? []
  if (!first || first.length > 2 || !last) return null
  return { first: Number(first), second: Number(second), sign: sign!, year: last.length === 2 ? 'yy' : 'yyyy', time: time && (seconds ? ' HH:mm:ss' : ' HH:mm') }
}

const isDay = (n: number): boolean => n > 0 && n <= 31
const isMonth = (n: number): boolean => n > 0 && n <= 12

/** The form of dates that are not read by themselves. Null where they are. What is a date in no form, like 32.13.2025, says nothing about the others. */
function dateForm(all: readonly string[]): string | null {
  const reads = (text: string): boolean => fits(() => parseLocalTime(text))
  const values = all.filter((text) => {
    const shape = dateShape(text)
    return shape ? (isDay(shape.first) && isMonth(shape.second)) || (isMonth(shape.first) && isDay(shape.second)) : reads(text)
  })
  if (values.every(reads)) return null
  const shapes = values.map(dateShape).filter((shape) => shape !== null)
  const [one] = shapes
  if (!one) return null
  const dayFirst = shapes.some(({ first }) => first > 12) || one.sign === '.'
  const monthFirst = shapes.some(({ second }) => second > 12)
  if (dayFirst === monthFirst) return '?'
  const [a, b] = dayFirst ? ['dd', 'MM'] : ['MM', 'dd']
  return `${a}${one.sign}${b}${one.sign}${one.year}${one.time}`
}

/** For comparing names of columns: without punctuation and units in brackets. */
export function formOf(text: string): string {
  return searchForm(text).replace(/\([^)]*\)|\[[^\]]*\]/g, ' ').replace(/[_:*?"«»]+/g, ' ').replace(/[\s.]+$/g, '').replace(/\s+/g, ' ').trim()
}
