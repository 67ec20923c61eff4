import { sql, type RawBuilder } from 'kysely'
import { textIn, type Filter, type Locale } from '@kartotek/sdk'
import { compileExpression, type Expression } from '../expressions/expression.ts'
import { mayName, placeOf, typeAt, understand, valuesOf } from '../expressions/of-record.ts'
import { ExpressionError } from '../expressions/parse.ts'
import { asInputError } from '../expressions/problem.ts'
import type { Row } from '../model/generation.ts'
import type { Model, ObjectModel } from '../model/model.ts'
import { compileFilter } from '../records/filter.ts'
import type { Condition, Reading } from '../records/reading.ts'

/**
 * What a record must meet for a gate, a rule of automation or one of the intake: a filter, and beside it a formula of the
 * language of fields with formulas that gives yes or no (`{ "formula": "amount(total) > client.custom.limit" }`). Where both are
 * given, both must hold. Lists, which look for records, take filters alone.
 */
export type JudgingCondition = Filter & { formula?: string }

/** The two halves of a condition; null: nothing is asked. */
export function halvesOf(condition: Filter | null | undefined): { filter: Filter | null, formula: string | null } {
  const { formula, ...filter } = (condition ?? {}) as JudgingCondition
  return { filter: Object.keys(filter).length ? filter : null, formula: formula ?? null }
}

/** The formula of a condition, over what the reader may refer to. @throws InputError at `at`, for a field that is closed as for one that is not there */
export function conditionFormula({ generation: { model }, access }: Reading, object: ObjectModel, formula: unknown, at: string): Expression {
  try {
    if (typeof formula !== 'string') throw new ExpressionError('formulaSyntax', { at: 1 })
    const expression = compileExpression(formula, (path) => (mayName(model, access, object, path) ? typeAt(model, object, path) : null))
    if (expression.type !== 'boolean') throw new ExpressionError('formulaCondition', { type: expression.type })
    return expression
  } catch (error) {
    throw asInputError(error, at)
  }
}

/** The condition's filter in SQL. What it finds must still meet the formula: see `holding`. */
export function compileCondition(reading: Reading, object: ObjectModel, condition: Filter | null, alias: string): Condition {
  const { filter } = halvesOf(condition)
  return filter ? compileFilter(reading, object, filter, alias) : sql<boolean>`true`
}

/** Those of the rows for which the condition's formula gives yes; all of them, where there is none. */
export async function holding<R extends Row>({ db, generation }: Reading, object: ObjectModel, condition: Filter | null, rows: R[], now = new Date()): Promise<R[]> {
  const { formula } = halvesOf(condition)
  if (formula === null || !rows.length) return rows
  let expression: Expression
  try {
    expression = understand(generation.model, object, formula)
  } catch (error) {
    throw asInputError(error, 'formula')
  }
  const value = await valuesOf(db, generation, object, rows, expression.paths, now)
  return rows.filter((row) => value(expression, row) === true)
}

/**
 * Ids of the records that meet the condition, filter and formula.
 * @param which of the records `r` are asked
 * @param from where they are read from, if not from their table
 */
export async function meeting(reading: Reading, object: ObjectModel, condition: Filter | null, which: Condition, { from, now }: { from?: RawBuilder<unknown>, now?: Date } = {}): Promise<Set<string>> {
  const columns = halvesOf(condition).formula === null ? sql`r.id` : sql`r.*`
  const { rows } = await sql<Row>`select ${columns} from ${from ?? sql`core.${sql.id(object.table)} r`} where ${which} and ${compileCondition(reading, object, condition, 'r')}`.execute(reading.db)
  return new Set((await holding(reading, object, condition, rows, now)).map((row) => row.id))
}

/** The formula as people read it, with the names of its fields: `Total > Client: Limit`. */
export function formulaInWords(model: Model, object: ObjectModel, formula: string, locale: Locale): string {
  return formula.replace(/"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*'|[A-Za-z_][\w]*(?:\.[A-Za-z_]\w*)*/g, (word, at: number) => {
    // A text in quotes, and the name of a function, are no field.
    const place = /^["']/.test(word) || /^\s*\(/.test(formula.slice(at + word.length)) ? null : placeOf(model, object, word)
    return place ? [place.through, place.field].flatMap((field) => (field ? [textIn(field.label, locale)] : [])).join(': ') : word
  })
}
