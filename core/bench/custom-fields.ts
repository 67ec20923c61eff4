import type { FieldType } from '@kartotek/sdk'
import type { Random } from '../src/demo/random.ts'
import type { FieldInput } from '../src/model/change.ts'

/** A custom field of the bench, and how a value of it is drawn. */
interface BenchField { input: FieldInput, draw(random: Random): unknown }

const WORDS = 'склад опт розница доставка самовывоз отсрочка предоплата договор тендер сезон стройка ремонт сервис филиал сеть импорт'.split(' ')
const words = (random: Random, count: number): string => Array.from({ length: count }, () => random.pick(WORDS)).join(' ')
const day = (random: Random): string => new Date(Date.UTC(2024, 0, 1 + random.int(0, 1000))).toISOString().slice(0, 10)
export const TIERS = ['bronze', 'silver', 'gold', 'platinum']

/** How many of each type: 50 in all. The first of each type is filterable, so it gets an index. */
const KINDS: [type: FieldType, count: number, draw: (random: Random) => unknown, more?: Partial<FieldInput>][] = [
  ['text', 8, (r) => words(r, 2)],
  ['longText', 3, (r) => words(r, 12)],
  ['integer', 7, (r) => r.int(0, 999)],
  ['decimal', 5, (r) => (r.int(0, 1_000_000) / 100).toFixed(2)],
  ['money', 3, (r) => ({ amount: (r.int(0, 10_000_000) / 100).toFixed(2), currency: 'RUB' })],
  ['boolean', 5, (r) => r.chance(0.5)],
  ['date', 6, day],
  ['dateTime', 2, (r) => `${day(r)}T09:30:00Z`],
  ['select', 6, (r) => r.weighted(TIERS, (t) => [60, 29, 10, 1][TIERS.indexOf(t)]!), { options: TIERS.map((key) => ({ key, labels: { en: key } })) }],
  ['multiSelect', 2, (r) => r.some(TIERS, 2), { options: TIERS.map((key) => ({ key, labels: { en: key } })) }],
  ['email', 1, (r) => `${r.digits(6)}@example.com`],
  ['phone', 1, (r) => `+7916${r.digits(7)}`],
  ['url', 1, (r) => `https://example.com/${r.digits(6)}`],
]

/** Long texts are rarely filtered by; an index on them would only slow the writing. */
const isIndexed = (type: FieldType, n: number): boolean => n === 1 && !['longText', 'multiSelect', 'url'].includes(type)

export const CUSTOM_FIELDS: readonly BenchField[] = KINDS.flatMap(([type, count, draw, more]) => Array.from({ length: count }, (_, i) => ({
  input: { name: `${type}${i + 1}`, type, labels: { en: `${type} ${i + 1}` }, filterable: isIndexed(type, i + 1), ...more }, draw,
})))

/** Values of a client: those with an index always, of the others six in ten. */
export function drawCustom(random: Random): Record<string, unknown> {
  const values: Record<string, unknown> = {}
  for (const { input, draw } of CUSTOM_FIELDS) if (input.filterable || random.chance(0.6)) values[input.name] = draw(random)
  return values
}
