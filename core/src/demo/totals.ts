import type { DemoLine } from './order.ts'

/** Sums of an order in hundredths. */
export interface Totals { net: number, tax: number, total: number, cost: number, margin: number }

const cents = (money: string): number => Math.round(Number(money) * 100)

/** The figures of one line in hundredths, rounded half-up at the line, as the write path computes them. */
export function lineTotals(line: DemoLine): Totals {
  const net = Math.floor((line.quantity * cents(line.price) * (100 - line.discountPercent) + 50) / 100)
  const tax = Math.floor((net * Math.round(Number(line.taxPercent) * 10) + 500) / 1000)
  const cost = line.quantity * cents(line.cost)
  return { net, tax, total: net + tax, cost, margin: net - cost }
}

export function orderTotals(lines: readonly DemoLine[]): Totals {
  const sum: Totals = { net: 0, tax: 0, total: 0, cost: 0, margin: 0 }
  for (const line of lines) {
    const own = lineTotals(line)
    for (const key of Object.keys(sum) as (keyof Totals)[]) sum[key] += own[key]
  }
  return sum
}
