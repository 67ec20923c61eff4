import type { CategoryKey, Pack, UnitKey } from './words/pack.ts'
import { PRODUCTS } from './words/products.ts'

export interface DemoProduct {
  index: number
  sku: string
  name: string
  categoryKey: CategoryKey
  category: string
  unitKey: UnitKey
  unit: string
  /** Money as text with two digits; without tax. */
  price: string
  cost: string
  /** The same in hundredths, for arithmetic. */
  priceCents: number
  costCents: number
  usual: number
}

export const money = (cents: number): string => {
  const sign = cents < 0 ? '-' : ''
  const whole = Math.abs(Math.round(cents))
  return `${sign}${Math.floor(whole / 100)}.${String(whole % 100).padStart(2, '0')}`
}

/** The price list in local money, rounded to prices that a shop would print. */
export function makeProducts(pack: Pack): DemoProduct[] {
  return PRODUCTS.map((words, index) => {
    const priceCents = Math.max(1, Math.round(words.euro * pack.rate / pack.priceStep)) * Math.round(pack.priceStep * 100)
    const costCents = Math.round(priceCents * words.costShare)
    return {
      index, sku: words.sku, name: words[pack.locale], categoryKey: words.category, category: pack.categories[words.category],
      unitKey: words.unit, unit: pack.units[words.unit], price: money(priceCents), cost: money(costCents), priceCents, costCents, usual: words.usual,
    }
  })
}
