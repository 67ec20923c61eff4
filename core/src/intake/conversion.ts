import { InputError, LimitError } from '@kartotek/sdk'
import type { Reading } from '../records/reading.ts'
import { aggregate } from '../records/aggregate.ts'

/** What became of the items of one channel and source. Spam is not among them. */
export interface ConversionRow { channel: string, source: string | null, received: number, waiting: number, accepted: number, linked: number, declined: number, won: number | null }

/** Groups that are counted; a cut answer would give false sums. */
const MOST = 50_000
const KEYS = ['channel', 'source', 'state', 'receivedAt']

/** Counts of a period by channel and source, over the items that the reader sees. `won`: their orders that were won. */
export async function conversion(reading: Reading, from: string, to: string): Promise<ConversionRow[]> {
  const object = reading.generation.model.objects.get('intakeItem')
  if (!object || reading.access.scope(object, 'read') === 'none' || KEYS.some((key) => !reading.access.canRead(object.byKey.get(key)!))) return []
  if (Date.parse(to) <= Date.parse(from)) throw new InputError('The period ends before it begins.', [{ field: 'to', rule: 'min', message: 'The period ends before it begins.' }])
  const filter = { receivedAt: { gte: from, lt: to }, state: { ne: 'spam' } }
  const measures = [{ function: 'COUNT' as const }]
  const groups = [{ field: 'channel' }, { field: 'source' }]
  const counts = await aggregate(reading, object, { filter, groupBy: [...groups, { field: 'state' }], measures, archived: 'ALL', first: MOST }, MOST)
  if (counts.length === MOST) throw new LimitError('There are too many sources in this period; choose a shorter one.', { limit: MOST })
  const order = reading.generation.model.objects.get('order')
  const seesOrders = order && reading.access.scope(order, 'read') !== 'none' && reading.access.canRead(object.byKey.get('order')!) && reading.access.canRead(order.byKey.get('stage')!)
  const won = seesOrders ? await aggregate(reading, object, { filter: { ...filter, order: { stage: { kind: 'WON' } } }, groupBy: groups, measures, archived: 'ALL', first: MOST }, MOST) : null

  const rows = new Map<string, ConversionRow>()
  const rowOf = (keys: readonly { value: unknown }[]): ConversionRow => {
    const [channel, source] = [String(keys[0]!.value), keys[1]!.value as string | null]
    const key = JSON.stringify([channel, source])
    return rows.get(key) ?? rows.set(key, { channel, source, received: 0, waiting: 0, accepted: 0, linked: 0, declined: 0, won: won && 0 }).get(key)!
  }
  for (const { keys, values } of counts) {
    const state = keyOf(keys[2]!.value)
    const row = rowOf(keys)
    const n = Number(values[0]!.value)
    row.received += n
    row[state === 'new' ? 'waiting' : state as 'accepted' | 'linked' | 'declined'] += n
  }
  for (const { keys, values } of won ?? []) rowOf(keys).won = Number(values[0]!.value)
  return [...rows.values()].sort((a, b) => b.received - a.received || (a.channel < b.channel ? -1 : 1))
}

const keyOf = (value: unknown): string => String((value as { key?: string } | null)?.key ?? value)
