import { searchForm } from '../facts/index.ts'
import { CellProblem, momentOf, parseBoolean, parseLocalTime, parseNumber } from '../import/convert.ts'
import { YES_NO } from '../messages/yes-no.ts'
import { optionOf } from '../model/field-types/choice.ts'
import { fieldTypes, ValueIssue } from '../model/field-types/index.ts'
import { compileCheck } from '../model/validators.ts'
import type { Column, FieldModel } from '../model/model.ts'
import type { CompanyRules, Row } from '../model/generation.ts'
import { inputValue } from '../records/stored.ts'
import type { FieldDefinition, FieldType } from '@kartotek/sdk'

/** Types whose values can be told in words, and read from them. References are no words: they are made anew. */
export const CONVERTIBLE: readonly FieldType[] = ['text', 'longText', 'integer', 'decimal', 'money', 'boolean', 'date', 'dateTime', 'select', 'multiSelect', 'email', 'phone', 'url', 'taxId']

/** A field by what its values are and where they stand. */
export type Typed = Pick<FieldModel, 'columns'> & FieldDefinition

/** What became of a value: the new columns, or the rule that it breaks. */
export type Converted = { columns: Record<string, unknown> } | { rule: string }

/** A converter of the values of one field into those of another, row by row. */
export function converter(from: Typed, to: Typed, company: CompanyRules): (row: Row) => Converted {
  const check = compileCheck(to, company)
  const handler = fieldTypes[to.type]
  const empty = Object.fromEntries(to.columns.map((column) => [column.name, null]))
  return (row) => {
    const words = textOf(from, row, company)
    if (words === '') return { columns: empty }
    try {
      const input = inputOf(to, words, from, row, company)
      const broken = check(input)
      if (broken) return { rule: broken.rule }
      return { columns: columnsWith(to.columns, handler.write(input, to, company)) }
    } catch (error) {
      if (error instanceof CellProblem) return { rule: RULES[error.rule] ?? 'type' }
      if (error instanceof ValueIssue) return { rule: error.rule }
      throw error
    }
  }
}

const RULES: Record<string, string> = { option: 'option', date: 'date', number: 'type', integer: 'type', ambiguousNumber: 'type', boolean: 'type' }

function columnsWith(columns: readonly Column[], values: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(columns.map((column) => [column.name, values[column.suffix] ?? null]))
}

/** The value as people would type it; empty where there is none. */
export function textOf(field: Typed, row: Row, company: CompanyRules): string {
  const value = inputValue(field as FieldModel, row)
  if (value === null || value === undefined) return ''
  const label = (key: string): string => optionOf(field, key, company.locale).label
  switch (field.type) {
    // Another currency is no plain number: it stands in the way, and is not lost in silence.
    case 'money': {
      const { amount, currency } = value as { amount: string, currency: string }
      return currency === company.currency ? amount : `${amount} ${currency}`
    }
    case 'boolean': return YES_NO[company.locale][value === true ? 'yes' : 'no']
    case 'select': return label(String(value))
    case 'multiSelect': return (value as string[]).map(label).join(', ')
    case 'taxId': return String((value as { value: string }).value)
    default: return String(value).trim()
  }
}

function inputOf(to: Typed, text: string, from: Typed, row: Row, company: CompanyRules): unknown {
  const raw = inputValue(from as FieldModel, row)
  const chosen = from.type === 'select' ? [String(raw)] : from.type === 'multiSelect' ? raw as string[] : []
  switch (to.type) {
    case 'integer': {
      const number = parseNumber(text)
      if (!/^-?\d+(\.0+)?$/.test(number)) throw new CellProblem('integer')
      return Number(number)
    }
    case 'decimal': return parseNumber(text)
    case 'money': return { amount: parseNumber(text), currency: company.currency }
    case 'boolean': return parseBoolean(text)
    case 'date': return from.type === 'dateTime' ? new Intl.DateTimeFormat('sv-SE', { timeZone: company.timeZone }).format(new Date(String(raw))) : parseLocalTime(text).day
    case 'dateTime': return momentOf(parseLocalTime(text), company.timeZone).toISOString()
    case 'select': return chosen.length === 1 ? keyOf(to, company, optionOf(from, chosen[0]!, company.locale).label, chosen[0]) : keyOf(to, company, text)
    case 'multiSelect': return [...new Set(chosen.length ? chosen.map((key) => keyOf(to, company, optionOf(from, key, company.locale).label, key)) : choicesIn(from, text).map((word) => keyOf(to, company, word)))]
    case 'taxId': return { value: text }
    default: return text
  }
}

/** The words that become choices of several: those of a text, and a choice whole, whatever signs it has. */
export function choicesIn(from: Pick<Typed, 'type'>, text: string): string[] {
  return (from.type === 'select' ? [text] : text.split(/[,;|\n]/)).map((word) => word.trim()).filter(Boolean)
}

/**
 * The choice that is called so, in the company's language first; else the one with this key. A choice that was chosen from
 * others stays what people read: its label is never taken for the key of another one.
 * @throws CellProblem
 */
function keyOf(field: Typed, { locale }: CompanyRules, word: string, key?: string): string {
  const form = searchForm(word)
  const options = field.options ?? []
  const option = options.find((one) => one.label[locale] === word)
    ?? options.find((one) => Object.values(one.label).some((label) => searchForm(label) === form))
    ?? options.find((one) => (key === undefined ? searchForm(one.key) === form : one.key === key))
  if (!option) throw new CellProblem('option')
  return option.key
}
