import type { ShownByFormula, ShownByValue, ShownWhen } from '@kartotek/sdk'
import { compileExpression, type Expression } from '../expressions/expression.ts'
import { expressionType, toExpression } from '../expressions/fields.ts'
import { ExpressionError } from '../expressions/parse.ts'
import { asInputError } from '../expressions/problem.ts'
import { inputValue } from '../records/stored.ts'
import { invalid } from './change.ts'
import { ValueIssue } from './field-types/index.ts'
import { formulaColumns } from './formulas.ts'
import type { Generation, Row } from './generation.ts'
import { columnOf, type FieldModel, type ObjectModel } from './model.ts'
import { groupName } from './naming.ts'

/** Types of fields on whose values it can depend whether others are shown. */
const DECIDING: readonly FieldModel['type'][] = ['select', 'multiSelect', 'boolean']

type Open = (field: FieldModel) => boolean

export const isByFormula = (when: ShownWhen): when is ShownByFormula => 'formula' in when && when.formula != null

/** The field that decides, where it is there and open. */
function decidingField(object: ObjectModel, when: ShownByValue, open: Open): FieldModel | null {
  const field = object.byKey.get(when.field)
  return field && DECIDING.includes(field.type) && open(field) ? field : null
}

/** @throws ExpressionError where it is not understood, reads what is closed, or gives no yes or no */
function decidingFormula(object: ObjectModel, formula: string, open: Open): Expression {
  const expression = compileExpression(formula, (path) => {
    const field = object.byKey.get(path)
    return field && open(field) ? expressionType(field) : null
  })
  if (expression.type !== 'boolean') throw new ExpressionError('formulaCondition', { type: expression.type })
  return expression
}

function understoodFormula(object: ObjectModel, formula: string, open: Open): Expression | null {
  try {
    return decidingFormula(object, formula, open)
  } catch (error) {
    if (error instanceof ExpressionError) return null
    throw error
  }
}

/** The condition as a reader may know it: one over a field that is gone or closed to him is none, and what hangs on it is shown. */
export function visibleShownWhen(object: ObjectModel | undefined, when: ShownWhen | null | undefined, open: Open): ShownWhen | null {
  if (!when || !object) return null
  return (isByFormula(when) ? understoodFormula(object, when.formula, open) : decidingField(object, when, open)) ? when : null
}

/** @throws InputError for a condition of the field `key` that can never hold, or is over a field that is closed to who makes it */
export function checkShownWhen(object: ObjectModel, key: string, when: ShownWhen | null | undefined, open: Open): void {
  if (!when) return
  if (isByFormula(when)) { checkFormula(object, key, when, open); return }
  const field = when.field === key || !when.field ? null : decidingField(object, when, open)
  if (!field) throw invalid('shownWhen', 'reference', `"${when.field}" is no other field of ${object.name} with choices, and no yes or no.`)
  const values = field.type === 'boolean' ? ['true', 'false'] : (field.options ?? []).map((option) => option.key)
  if (!when.in?.length) throw invalid('shownWhen', 'required', 'Name at least one value.')
  const bad = when.in.find((value) => !values.includes(value))
  if (bad !== undefined) throw invalid('shownWhen', 'option', `"${bad}" is no value of ${when.field}: it has ${values.join(', ')}.`)
}

function checkFormula(object: ObjectModel, key: string, when: ShownByFormula & Partial<ShownByValue>, open: Open): void {
  if (when.field != null || when.in != null) throw invalid('shownWhen', 'type', 'Give a formula, or a field and its values, not both.')
  if (object.partOf.length) throw invalid('shownWhen.formula', 'type', 'Rows of a list show a field by the value of another one, not by a formula.')
  try {
    if (decidingFormula(object, when.formula, open).paths.includes(key)) throw new ExpressionError('formulaCircle', { field: key })
  } catch (error) {
    throw asInputError(error, 'shownWhen.formula')
  }
}

/**
 * Keys of the fields that forms ask for by their formulas, with these values of a record: what somebody types, as inputs have
 * it. Nothing is read from the database, so it tells nothing that the reader does not know.
 */
export function shownByFormula(generation: Generation, object: ObjectModel, values: Record<string, unknown>, open: Open, now: Date): string[] {
  const row = rowOf(generation, object, values, open, now)
  return object.fields.flatMap((field) => {
    const { shownWhen } = field
    const expression = open(field) && shownWhen && isByFormula(shownWhen) ? understoodFormula(object, shownWhen.formula, open) : null
    return expression?.run({
      now, timeZone: generation.company.timeZone,
      value: (path) => { const source = object.byKey.get(path)!; return toExpression(source, inputValue(source, row)) },
    }) === true ? [field.key] : []
  })
}

/** The values as columns, and what formulas make of them. What is half typed counts as empty. */
function rowOf(generation: Generation, object: ObjectModel, values: Record<string, unknown>, open: Open, now: Date): Row {
  const { company, validators } = generation
  const row: Row = { id: '', version: 0 }
  for (const field of object.fields) {
    if (!open(field) || !expressionType(field)) continue
    const value = (field.group ? values[groupName(field.group)] as Record<string, unknown> | null | undefined : values)?.[field.name]
    if (value === null || value === undefined || validators.get(field.id)!(value)) continue
    try {
      for (const [suffix, written] of Object.entries(field.handler.write(value, field, company))) row[columnOf(field, suffix)] = written
    } catch (error) {
      if (!(error instanceof ValueIssue)) throw error
    }
  }
  for (const field of object.formulas) if (open(field)) Object.assign(row, formulaColumns(generation, object, field, row, now))
  return row
}
