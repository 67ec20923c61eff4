import { Decimal } from 'decimal.js'
import type { FieldModel } from '../model/model.ts'
import { Exact, isMoney, type Value, type ValueType } from './value.ts'

const TYPES: Partial<Record<FieldModel['handler']['name'], ValueType>> = {
  text: 'text', longText: 'text', email: 'text', phone: 'text', url: 'text', taxId: 'text', select: 'text', integer: 'number', decimal: 'number',
  money: 'money', boolean: 'boolean', date: 'date', dateTime: 'dateTime',
}

/** The type of a field's values in expressions; null for fields that have none there (references, addresses, lists of choices). */
export function expressionType(field: Pick<FieldModel, 'type'>): ValueType | null {
  return TYPES[field.type] ?? null
}

/** A value of a field in input shape → as expressions work with it. */
export function toExpression(field: Pick<FieldModel, 'type'>, input: unknown): Value {
  if (input === null || input === undefined) return null
  switch (expressionType(field)) {
    case 'number': return new Exact(input as string)
    case 'money': {
      const { amount, currency } = input as { amount: string, currency?: string | null }
      return currency ? { amount: new Exact(amount), currency } : null
    }
    case 'dateTime': return new Date(input as string).toISOString()
    case 'boolean': return input === true
    default: return String(input)
  }
}

/** A result in the input shape of the field that it is for. */
export function toInput(field: Pick<FieldModel, 'type' | 'scale'>, value: Value): unknown {
  if (value === null) return null
  if (isMoney(value)) return { amount: value.amount.toDecimalPlaces(field.scale ?? 2).toFixed(), currency: value.currency }
  if (Decimal.isDecimal(value)) return field.type === 'integer' ? value.toDecimalPlaces(0).toNumber() : value.toDecimalPlaces(field.scale ?? 2).toFixed()
  return value
}

/** Whether a result of this type can be kept in the field. */
export function isFor(field: Pick<FieldModel, 'type'>, type: ValueType): boolean {
  return type === 'empty' || expressionType(field) === type
}
