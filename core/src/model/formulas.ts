import { compileExpression } from '../expressions/expression.ts'
import { expressionType, isFor, toExpression, toInput } from '../expressions/fields.ts'
import { ExpressionError } from '../expressions/parse.ts'
import type { ValueType } from '../expressions/value.ts'
import { ValueIssue } from './field-types/index.ts'
import type { Generation, Row } from './generation.ts'
import { columnOf, type FieldModel, type ObjectModel } from './model.ts'
import { inputValue } from '../records/stored.ts'
import type { FieldDefinition } from '@kartotek/sdk'

type Fields = ReadonlyMap<string, FieldModel>
type Formula = Pick<FieldDefinition, 'type'> & { key: string, formula: string }

/** Types of fields that a formula can fill. */
export const FORMULA_TYPES: readonly FieldDefinition['type'][] = ['text', 'longText', 'integer', 'decimal', 'money', 'boolean', 'date', 'dateTime']

/** Of what every record has, a formula may read when it was made: all else changes without a write of the record's fields. */
function typeIn(fields: Fields, path: string): ValueType | null {
  const field = fields.get(path)
  return field && (!field.id.startsWith('base:') || field.key === 'createdAt') ? expressionType(field) : null
}

/** Understands the formulas of an object, notes what each is derived from, and orders them; one that reads a field that is gone rests. */
export function compileFormulas(fields: Fields): FieldModel[] {
  const ordered = new Set<FieldModel>()
  const add = (field: FieldModel, behind: readonly FieldModel[]): void => {
    if (!field.formula || ordered.has(field) || behind.includes(field)) return
    try {
      field.expression ??= compileExpression(field.formula, (path) => typeIn(fields, path), { stored: true })
    } catch (error) {
      if (!(error instanceof ExpressionError)) throw error
      // Nobody sees a value whose origin is not known: this path leads nowhere.
      field.derivedFrom = ['?']
      return
    }
    field.derivedFrom = field.expression.paths
    for (const path of field.expression.paths) add(fields.get(path)!, [...behind, field])
    ordered.add(field)
  }
  for (const field of fields.values()) add(field, [])
  return [...ordered]
}

/** @throws ExpressionError for a formula that cannot fill this field, also for one that leads back to it */
export function checkFormula(fields: Fields, { key, type, formula }: Formula): void {
  const expression = compileExpression(formula, (path) => typeIn(fields, path), { stored: true })
  if (!isFor({ type }, expression.type)) throw new ExpressionError('formulaResult', { type: expression.type })
  const reads = (path: string, seen: Set<string>): boolean => {
    if (path === key) return true
    if (seen.has(path)) return false
    seen.add(path)
    return (fields.get(path)?.expression?.paths ?? []).some((next) => reads(next, seen))
  }
  const seen = new Set<string>()
  const circle = expression.paths.find((path) => reads(path, seen))
  if (circle) throw new ExpressionError('formulaCircle', { field: circle })
}

/**
 * The columns of a formula's field as the other values of the row make them. A result that does not fit the field (too
 * long, too great) leaves it empty: nobody could mend it at the record.
 */
export function formulaColumns({ company, validators }: Generation, object: ObjectModel, field: FieldModel, row: Row, now: Date): Record<string, unknown> {
  const empty = Object.fromEntries(field.columns.map((c) => [c.name, null]))
  if (!field.expression) return empty
  const value = toInput(field, field.expression.run({
    now, timeZone: company.timeZone,
    value: (path) => { const source = object.byKey.get(path)!; return toExpression(source, inputValue(source, row)) },
  }))
  if (value === null || validators.get(field.id)!(value)) return empty
  try {
    const written = field.handler.write(value, field, company)
    return Object.fromEntries(Object.entries(written).map(([suffix, v]) => [columnOf(field, suffix), v]))
  } catch (error) {
    if (error instanceof ValueIssue) return empty
    throw error
  }
}
