import { Decimal } from 'decimal.js'
import { plainType, ValueIssue, type FieldType } from './field-type.ts'
import type { FieldDefinition } from '@kartotek/sdk'

const DECIMAL = '^[+-]?[0-9]{1,14}([.][0-9]{1,10})?$'

/** A decimal text rounded half away from zero to the scale of the column. @throws ValueIssue outside min–max */
function decimalText(value: unknown, scale: number, definition: FieldDefinition): string {
  const number = new Decimal(value as string).toDecimalPlaces(scale, Decimal.ROUND_HALF_UP)
  if (definition.min !== undefined && number.lt(definition.min)) throw new ValueIssue('min', { min: definition.min })
  if (definition.max !== undefined && number.gt(definition.max)) throw new ValueIssue('max', { max: definition.max })
  return number.toFixed(scale)
}
/** Numbers are taken too, for callers without a decimal type; money never passes through a float inside. */
const decimalSchema = { anyOf: [{ type: 'string', maxLength: 30, pattern: DECIMAL }, { type: 'number' }] }

export const integer = plainType('integer', 'integer', 'Int', 'number', (d) => ({
  type: 'integer', minimum: Number(d.min ?? -2_147_483_648), maximum: Number(d.max ?? 2_147_483_647),
}), { summable: true })

export const decimal = plainType('decimal', (d) => `numeric(20, ${d.scale ?? 2})`, 'Decimal', 'number', () => decimalSchema, {
  summable: true,
  write: (value, d) => ({ '': decimalText(value, d.scale ?? 2, d) }),
})

export const money: FieldType = {
  name: 'money',
  // Unit prices may need more digits than sums of money.
  columns: (d) => [{ suffix: '', type: `numeric(18, ${d.scale ?? 2})` }, { suffix: 'currency', type: 'text' }],
  output: 'Money',
  input: 'MoneyInput',
  filter: 'money',
  sortable: true,
  groupable: false,
  summable: true,
  schema: () => ({
    type: 'object',
    properties: { amount: decimalSchema, currency: { type: ['string', 'null'], pattern: '^[A-Z]{3}$' } },
    required: ['amount'],
    additionalProperties: false,
  }),
  write(value, d, context) {
    const { amount, currency } = value as { amount: unknown, currency?: string | null }
    return { '': decimalText(amount, d.scale ?? 2, d), 'currency': currency ?? context.currency }
  },
  read: (c) => ({ amount: c(''), currency: c('currency') }),
  text: (c) => `${String(c(''))} ${String(c('currency'))}`,
}

export const boolean = plainType('boolean', 'boolean', 'Boolean', 'boolean', () => ({ type: 'boolean' }))
