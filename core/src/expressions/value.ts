import { Decimal } from 'decimal.js'

/** What an expression can be about. `empty` is a value that is never there; it goes with every other type. */
export type ValueType = 'number' | 'text' | 'boolean' | 'date' | 'dateTime' | 'money' | 'empty'

export interface MoneyValue { amount: Decimal, currency: string }

/** A date is `YYYY-MM-DD`, a time an ISO text in UTC. */
export type Value = Decimal | string | boolean | MoneyValue | null

/** Division needs more digits than any column holds; half away from zero, as everywhere. What is beyond a hundred digits has no end. */
export const Exact = Decimal.clone({ precision: 40, rounding: Decimal.ROUND_HALF_UP, maxE: 100, minE: -100 })

/** Whether it is a number that can be written down. */
export const finite = (value: Value): boolean => (isMoney(value) ? value.amount.isFinite() : !Decimal.isDecimal(value) || value.isFinite())

export const isMoney = (value: Value): value is MoneyValue => typeof value === 'object' && value !== null && 'amount' in value

/** The value as people write it, for joining texts. */
export function textOf(value: Value): string {
  if (value === null) return ''
  if (isMoney(value)) return `${value.amount.toFixed()} ${value.currency}`
  return Decimal.isDecimal(value) ? value.toFixed() : String(value)
}

/** Negative, zero or positive; null where they cannot be compared, as amounts of two currencies. */
export function compare(a: Value, b: Value): number | null {
  if (a === null || b === null) return a === b ? 0 : null
  if (isMoney(a) && isMoney(b)) return a.currency === b.currency ? a.amount.cmp(b.amount) : null
  if (Decimal.isDecimal(a) && Decimal.isDecimal(b)) return a.cmp(b)
  return a === b ? 0 : a < b ? -1 : 1
}
