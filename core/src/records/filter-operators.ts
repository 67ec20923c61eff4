import { sql, type RawBuilder } from 'kysely'
import { InputError } from '@kartotek/sdk'
import { UUID } from '../facts/uuid.ts'
import { isDay } from '../model/field-types/time.ts'
import type { Condition } from './reading.ts'
import { RELATIVE_DATES, relativeRange, type RelativeDate } from './relative-dates.ts'

type Expression = RawBuilder<unknown>
type Operators = Record<string, unknown>

/** A mistake in a filter: which operator, and what it takes. */
export function badOperator(path: string, message: string): InputError {
  return new InputError(`Filter ${path}: ${message}`, [{ field: path, rule: 'filter', message }])
}

const LIST_LIMIT = 1_000

function list(value: unknown, path: string): unknown[] {
  if (!Array.isArray(value)) throw badOperator(path, 'takes a list.')
  if (value.length > LIST_LIMIT) throw badOperator(path, `takes at most ${LIST_LIMIT} values.`)
  return value.map((item) => scalar(item, path))
}
function scalar(value: unknown, path: string): unknown {
  if (value === null || typeof value === 'object') throw badOperator(path, 'takes a value; for "empty" use isNull.')
  return value
}
function flag(value: unknown, path: string): boolean {
  if (typeof value !== 'boolean') throw badOperator(path, 'takes true or false.')
  return value
}

/** `%` and `_` of a user's text are letters, not wildcards. */
export function likePattern(text: string): string {
  return text.replace(/[\\%_]/g, (c) => `\\${c}`)
}

/** Turns `{ operator: value, … }` into one condition; every operator given must hold. */
function each(operators: Operators, path: string, one: (operator: string, value: unknown, path: string) => Condition): Condition {
  const parts = Object.entries(operators).filter(([, v]) => v !== undefined).map(([operator, v]) => one(operator, v, `${path}.${operator}`))
  if (!parts.length) return sql<boolean>`true`
  return parts.length === 1 ? parts[0]! : sql<boolean>`(${sql.join(parts, sql` and `)})`
}

/** Equality and sets, the operators that all scalar kinds share. `type` is the SQL type of the column. */
function equality(column: Expression, type: string, convert: (value: unknown, path: string) => unknown) {
  const cast = sql.raw(type)
  return (operator: string, value: unknown, path: string): Condition | null => {
    switch (operator) {
      case 'eq': return sql<boolean>`${column} = ${convert(scalar(value, path), path)}::${cast}`
      case 'ne': return sql<boolean>`${column} is distinct from ${convert(scalar(value, path), path)}::${cast}`
      case 'in': return sql<boolean>`${column} = any(${list(value, path).map((v) => convert(v, path))}::${cast}[])`
      case 'notIn': return sql<boolean>`(${column} is null or ${column} <> all(${list(value, path).map((v) => convert(v, path))}::${cast}[]))`
      case 'isNull': return flag(value, path) ? sql<boolean>`${column} is null` : sql<boolean>`${column} is not null`
      default: return null
    }
  }
}

/** A map, not an object: `constructor` is no operator. */
const COMPARISONS = new Map([['gt', '>'], ['gte', '>='], ['lt', '<'], ['lte', '<=']])

export function textCondition(column: Expression, operators: Operators, path: string, normalise = (text: string): string => text): Condition {
  const text = (value: unknown, at: string): string => {
    const v = scalar(value, at)
    if (typeof v !== 'string' || v.length > 1_000) throw badOperator(at, 'takes a text of at most 1,000 characters.')
    return normalise(v)
  }
  const equal = equality(column, 'text', text)
  return each(operators, path, (operator, value, at) => {
    const result = equal(operator, value, at)
    if (result) return result
    if (operator === 'contains') return sql<boolean>`${column} ilike ${`%${likePattern(text(value, at))}%`}`
    if (operator === 'startsWith') return sql<boolean>`${column} ilike ${`${likePattern(text(value, at))}%`}`
    throw badOperator(at, 'is no operator of texts.')
  })
}

export function numberCondition(column: Expression, operators: Operators, path: string): Condition {
  const number = (value: unknown, at: string): string => {
    const v = scalar(value, at)
    if (!/^[+-]?\d{1,18}(\.\d{1,10})?$/.test(String(v))) throw badOperator(at, 'takes a number.')
    return String(v)
  }
  const equal = equality(column, 'numeric', number)
  return each(operators, path, (operator, value, at) => {
    const sign = COMPARISONS.get(operator)
    if (sign) return sql<boolean>`${column} ${sql.raw(sign)} ${number(value, at)}::numeric`
    const result = equal(operator, value, at)
    if (result) return result
    throw badOperator(at, 'is no operator of numbers.')
  })
}

/** `day`: the column is a date, compared by days; else a moment, with days taken in the company's time zone. */
export function timeCondition(column: Expression, operators: Operators, path: string, day: boolean, timeZone: string): Condition {
  const type = day ? 'date' : 'timestamptz'
  const moment = (value: unknown, at: string): string => {
    const text = String(scalar(value, at))
    if (day ? !isDay(text) : Number.isNaN(Date.parse(text)) || !isDay(text.slice(0, 10))) {
      throw badOperator(at, day ? 'takes a date like 2026-11-21.' : 'takes a moment like 2026-11-21T12:00:00Z.')
    }
    return day ? text : new Date(text).toISOString()
  }
  const equal = equality(column, type, moment)
  return each(operators, path, (operator, value, at) => {
    const sign = COMPARISONS.get(operator)
    if (sign) return sql<boolean>`${column} ${sql.raw(sign)} ${moment(value, at)}::${sql.raw(type)}`
    if (operator === 'relative') {
      if (!RELATIVE_DATES.includes(value as RelativeDate)) throw badOperator(at, `takes one of ${RELATIVE_DATES.join(', ')}.`)
      return within(column, relativeRange(value as RelativeDate, timeZone, day))
    }
    if (operator === 'lastDays' || operator === 'nextDays') {
      if (!Number.isInteger(value) || (value as number) < 1 || (value as number) > 36_500) throw badOperator(at, 'takes a number of days, 1–36,500.')
      return within(column, relativeRange({ [operator]: value as number }, timeZone, day))
    }
    const result = equal(operator, value, at)
    if (result) return result
    throw badOperator(at, 'is no operator of dates.')
  })
}

function within(column: Expression, range: { from: Expression, to: Expression }): Condition {
  return sql<boolean>`(${column} >= ${range.from} and ${column} < ${range.to})`
}

export function booleanCondition(column: Expression, operators: Operators, path: string): Condition {
  return each(operators, path, (operator, value, at) => {
    if (operator === 'eq') return flag(value, at) ? sql<boolean>`${column} is true` : sql<boolean>`${column} is not true`
    if (operator === 'isNull') return flag(value, at) ? sql<boolean>`${column} is null` : sql<boolean>`${column} is not null`
    throw badOperator(at, 'is no operator of yes/no fields.')
  })
}

export function choiceCondition(column: Expression, operators: Operators, path: string): Condition {
  const equal = equality(column, 'text', (v) => String(v))
  return each(operators, path, (operator, value, at) => {
    const result = equal(operator, value, at)
    if (result) return result
    throw badOperator(at, 'is no operator of choices.')
  })
}

export function choicesCondition(column: Expression, operators: Operators, path: string): Condition {
  return each(operators, path, (operator, value, at) => {
    if (operator === 'has') return sql<boolean>`${column} @> ${[String(scalar(value, at))]}::text[]`
    if (operator === 'hasAny') return sql<boolean>`${column} && ${list(value, at).map(String)}::text[]`
    if (operator === 'hasAll') return sql<boolean>`${column} @> ${list(value, at).map(String)}::text[]`
    if (operator === 'isNull') return flag(value, at) ? sql<boolean>`${column} is null` : sql<boolean>`${column} is not null`
    throw badOperator(at, 'is no operator of multiple choices.')
  })
}

/** Ids: equality and sets. A text that is no id matches nothing. */
export function idCondition(column: Expression, operators: Operators, path: string): Condition {
  const equal = equality(column, 'uuid', (v) => (UUID.test(String(v)) ? String(v) : '00000000-0000-0000-0000-000000000000'))
  return each(operators, path, (operator, value, at) => {
    const result = equal(operator, value, at)
    if (result) return result
    throw badOperator(at, 'is no operator of ids.')
  })
}
