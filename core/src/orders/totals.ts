import { Decimal } from 'decimal.js'
import type { ComputedRecord } from '@kartotek/sdk'

const cents = (value: Decimal): Decimal => value.toDecimalPlaces(2, Decimal.ROUND_HALF_UP)
const decimal = (value: unknown): Decimal => new Decimal((value as string | number | null) ?? 0)
const amount = (value: unknown): Decimal => decimal((value as { amount?: string } | null)?.amount)

/**
 * The figures of order lines: net = quantity × price × (1 − discount), tax on the net, total = net + tax, cost = quantity ×
 * unit cost, margin = net − cost; each rounded half-up (away from zero) to 2 digits at the line.
 */
export function computeLines(lines: ComputedRecord[]): void {
  for (const { values } of lines) {
    const currency = (values.price as { currency?: string } | null)?.currency
    if (!currency) continue
    const quantity = decimal(values.quantity)
    const net = cents(quantity.times(amount(values.price)).times(decimal(100).minus(decimal(values.discount))).div(100))
    const tax = cents(net.times(decimal(values.taxRate)).div(100))
    const money = (value: Decimal): { amount: string, currency: string } => ({ amount: value.toFixed(2), currency })
    values.net = money(net)
    values.tax = money(tax)
    values.total = money(net.plus(tax))
    values.costTotal = values.cost === null ? null : money(cents(quantity.times(amount(values.cost))))
    values.margin = values.cost === null ? null : money(net.minus(amount(values.costTotal)))
  }
}

/** Totals of an order are sums of its rounded lines. All lines are in the currency of the order. */
export function computeOrders(orders: ComputedRecord[]): void {
  for (const { values, parts, refuse, isNew } of orders) {
    const lines = parts.lines
    if (!lines && !isNew) continue
    const currency = String(values.currency)
    const others = (lines ?? []).map(({ values: line }) => (line.price as { currency?: string } | null)?.currency).map((own) => (own === currency ? undefined : own))
    const given = lines?.some((line) => line.isNew || line.changed.size > 0)
    if (given) others.forEach((own, i) => { if (own) refuse(`lines.${i}.price`, 'currency', { currency }) })
    else if (others.some(Boolean)) refuse('currency', 'currencyOfLines', { currency: others.find(Boolean) })
    const sum = (key: string): Decimal => (lines ?? []).reduce((total, line) => total.plus(amount(line.values[key])), new Decimal(0))
    const money = (value: Decimal): { amount: string, currency: string } => ({ amount: value.toFixed(2), currency })
    values.net = money(sum('net'))
    values.tax = money(sum('tax'))
    values.total = money(sum('total'))
    // A margin that leaves out lines without a cost would look better than it is.
    const known = (lines ?? []).every((line) => line.values.cost !== null)
    values.cost = known ? money(sum('costTotal')) : null
    values.margin = known ? money(sum('net').minus(sum('costTotal'))) : null
  }
}
