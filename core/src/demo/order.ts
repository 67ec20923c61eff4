import { busyMoment, dayTime, localDay } from './calendar.ts'
import type { DemoClient } from './client.ts'
import type { Making } from './company.ts'
import { money } from './product.ts'
import type { DemoProduct } from './product.ts'
import type { Random } from './random.ts'

/** The way of a deal: keys of the default order pipeline. */
export const OPEN_STAGES = ['new', 'qualification', 'offer', 'agreement', 'delivery'] as const
export type DemoStage = (typeof OPEN_STAGES)[number] | 'won' | 'lost'

export interface DemoLine {
  /** Index of the product, or null for a line in free text (delivery). */
  product: number | null
  title: string
  quantity: number
  unit: string | null
  /** Money as text, without tax. */
  price: string
  discountPercent: number
  taxPercent: string
  cost: string
}

export interface DemoOrder {
  title: string
  /** Index of the client's contact, or null. */
  contact: number | null
  owner: number
  source: { key: string, label: string }
  priority: 'low' | 'normal' | 'high'
  currency: string
  createdAt: Date
  /** `YYYY-MM-DD` */
  dueDate: string
  /** Every stage with the moment it was entered, the present one last. */
  stages: { stage: DemoStage, at: Date }[]
  lossReason: { key: string, label: string } | null
  lines: DemoLine[]
  problems: { text: string, solution: string | null, at: Date }[]
  comment: string | null
}

const DAY = 86_400_000
/** Days in each open stage: least and most of the usual. */
const NORM: Record<(typeof OPEN_STAGES)[number], [number, number]> = {
  new: [0.05, 1], qualification: [0.5, 4], offer: [1, 7], agreement: [1, 9], delivery: [1, 8],
}

/**
 * Gives a client its orders. Weights follow a power law, so that about a fifth of the clients brings four fifths.
 * @returns when the last won order was closed, and whether one is open
 */
export function ordersOf(making: Making, random: Random, client: DemoClient): { lastAt: number | null, open: boolean } {
  const from = client.enteredAt.getTime()
  // Pareto with α = 1.15, mean about 1 after the cut.
  const weight = Math.min(25, 0.22 / Math.pow(1 - random.float(), 1 / 1.15))
  const prospect = random.chance(0.16)
  // A quarter of the clients stops buying some day.
  const until = !prospect && random.chance(0.25) ? random.between(from, making.now) : making.now
  const share = (until - from) / (making.now - making.since)
  const expected = making.ordersPerClient * 1.55 * (0.5 + 0.9 * Math.sqrt(weight)) * Math.max(0.2, share)
  const count = prospect ? random.int(0, 1) : Math.max(1, Math.round(expected * random.between(0.6, 1.4)))
  const moments = Array.from({ length: count }, (_, i) => i === 0 && !prospect && count > 1 ? from + random.between(0, 5) * DAY : busyMoment(making, random, from, until))
  moments.sort((a, b) => a - b)
  let lastAt: number | null = null
  let open = false
  for (const at of moments) {
    const order = orderAt(making, random, client, at, weight, prospect)
    client.orders.push(order)
    const end = order.stages.at(-1)!
    if (end.stage === 'won') lastAt = end.at.getTime()
    else if (end.stage !== 'lost') open = true
  }
  return { lastAt, open }
}

function orderAt(making: Making, random: Random, client: DemoClient, moment: number, weight: number, prospect: boolean): DemoOrder {
  const { pack } = making
  const createdAt = dayTime(making, random, moment)
  const main = random.pick(making.products)
  const lines = linesOf(making, random, client, main, weight, createdAt)
  const repeat = client.orders.length > 0
  const order: DemoOrder = {
    title: titleOf(making, random, main, createdAt), contact: client.contacts.length > 0 ? random.int(0, client.contacts.length - 1) : null,
    owner: client.owner, source: repeat ? pack.sources.find((one) => one.key === 'call')! : client.source,
    priority: random.weighted(['low', 'normal', 'high'] as const, (p) => ({ low: 12, normal: 70, high: 18 })[p]), currency: pack.currency,
    createdAt, dueDate: localDay(making, createdAt.getTime() + random.int(7, 35) * DAY), stages: [], lossReason: null, lines, problems: [],
    comment: random.chance(0.3) ? random.pick(pack.comments) : null,
  }
  order.source = { key: order.source.key, label: order.source.label }
  const chance = (repeat ? 0.74 : 0.5) * making.users[client.owner]!.skill
  const wins = !prospect && random.chance(Math.min(0.95, chance))
  walk(making, random, order, wins)
  if (random.chance(0.07) && order.stages.length > 3) {
    const words = random.pick(pack.problems)
    const at = dayTime(making, random, order.stages.at(-1)!.at.getTime() - random.between(0, 2) * DAY)
    const closed = ['won', 'lost'].includes(order.stages.at(-1)!.stage)
    order.problems.push({ text: words.text, solution: closed || random.chance(0.4) ? words.solution : null, at })
  }
  return order
}

function titleOf({ pack }: Making, random: Random, { categoryKey }: DemoProduct, at: Date): string {
  const titles = pack.titles[categoryKey]
  if (categoryKey !== 'garden') return random.pick(titles)
  const month = at.getUTCMonth()
  return titles[month >= 2 && month <= 4 ? 1 : month >= 9 || month === 0 ? 2 : 0]!
}

/** Leads an order through its stages until it is won, lost, or today is reached; a few get stuck on the way. */
function walk(making: Making, random: Random, order: DemoOrder, wins: boolean): void {
  const lostAfter = wins ? -1 : random.weighted([0, 1, 2, 3], (stage) => [18, 27, 38, 17][stage]!)
  const stuck = random.chance(0.012) ? random.int(1, 4) : -1
  let at = order.createdAt.getTime()
  for (const [i, stage] of OPEN_STAGES.entries()) {
    order.stages.push({ stage, at: new Date(at) })
    if (i === stuck && making.now - at < 150 * DAY) return
    const [least, most] = NORM[stage]
    const days = random.between(least, most) * (random.chance(0.1) ? random.between(1.5, 3) : 1)
    const next = Math.max(at + 600_000, dayTime(making, random, at + days * DAY).getTime())
    if (at + days * DAY >= making.now || next >= making.now) return
    at = next
    if (i === lostAfter) {
      const { key, label } = random.weighted(making.pack.lossReasons, (reason) => reason.weight)
      order.lossReason = { key, label }
      order.stages.push({ stage: 'lost', at: new Date(at) })
      return
    }
  }
  order.stages.push({ stage: 'won', at: new Date(at) })
}

function linesOf(making: Making, random: Random, client: DemoClient, main: DemoProduct, weight: number, at: Date): DemoLine[] {
  const { pack, products } = making
  const taxPercent = taxAt(pack.country, localDay(making, at.getTime()))
  const same = products.filter((product) => product.categoryKey === main.categoryKey && product !== main)
  const chosen = new Set([main, ...random.some(same, random.int(0, 3)), ...(random.chance(0.45) ? random.some(products, random.int(1, 2)) : [])])
  // Prices rose about 6 % a year; older orders carry older prices.
  const years = (making.now - at.getTime()) / (365.25 * DAY)
  const index = Math.pow(1.06, -years)
  const step = Math.max(1, Math.round(pack.priceStep * 100))
  const size = client.kind === 'person' ? 0.5 : Math.pow(weight, 0.62) * 1.6
  const discountPercent = weight > 4 ? random.pick([5, 7, 10]) : random.chance(0.15) ? random.pick([3, 5]) : 0
  const lines = [...chosen].map((product): DemoLine => ({
    product: product.index, title: product.name, unit: product.unit,
    quantity: Math.max(1, Math.round(product.usual * size * random.between(0.4, 1.7))),
    price: money(Math.max(step, Math.round(product.priceCents * index / step) * step)),
    discountPercent, taxPercent, cost: money(Math.round(product.costCents * index)),
  }))
  if (random.chance(0.3)) {
    const price = Math.round(random.int(15, 60) * pack.rate / pack.priceStep) * step
    lines.push({ product: null, title: pack.delivery, quantity: 1, unit: null, price: money(price), discountPercent: 0, taxPercent, cost: money(Math.round(price * 0.8)) })
  }
  return lines
}

/** General VAT rate on a day: Finland 24 → 25.5 % on 2024-09-01, Russia 20 → 22 % on 2026-01-01, Ukraine and Britain 20 %. */
export function taxAt(country: string, day: string): string {
  if (country === 'FI') return day < '2024-09-01' ? '24' : '25.5'
  if (country === 'RU') return day < '2026-01-01' ? '20' : '22'
  return '20'
}
