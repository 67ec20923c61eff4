import { ConflictError, DuplicateError, NotFoundError, type PluginContext, type RecordData } from '@kartotek/sdk'
import type { Settings } from './settings.ts'

type Context = PluginContext<Settings>
interface Entry { client: string, points: number, reason: string, order?: string }

/** The points of clients. Everything here runs with the plugin's own rights. */
export class Account {
  readonly #ctx: Context
  constructor(ctx: Context) { this.#ctx = ctx }

  /** Gives the client of a won order its points, once. */
  async reward(orderId: string): Promise<void> {
    const { nodes: [order] } = await this.#ctx.records.list('order', {
      filter: { id: { eq: orderId }, stage: { kind: ['WON'] } }, fields: ['number', 'client', 'total'],
    })
    const client = order?.client as string | null | undefined
    const points = client ? this.#worth(order!.total as Money | null) : 0
    if (!client || points <= 0 || await this.#ctx.records.count('loyaltyEntry', { filter: { order: { id: { eq: orderId } } } })) return
    await this.#write({ client, points, reason: String(order!.number), order: orderId })
  }

  /** @throws ConflictError where the client has fewer points */
  async spend(client: string, points: number, reason: string): Promise<number> {
    await this.#write({ client, points: -points, reason })
    return this.total(client)
  }

  /** Brings the sum on the client up to date. Run as a job with the client as its key, so one at a time. */
  async count(client: string): Promise<void> {
    const record = await this.#ctx.records.get('client', client, ['loyaltyPoints.points'])
    const points = await this.total(client)
    if (record && (record.loyaltyPoints as { points: number | null }).points !== points) {
      await this.#ctx.records.update('client', client, { loyaltyPoints: { points } })
    }
  }

  async total(client: string): Promise<number> {
    return (await this.#entries(client)).reduce((sum, entry) => sum + (entry.points as number), 0)
  }

  async #write(entry: Entry): Promise<void> {
    for (let attempt = 1; ; attempt++) {
      const entries = await this.#entries(entry.client)
      const left = entries.reduce((sum, { points }) => sum + (points as number), 0) + entry.points
      if (left < 0) throw new ConflictError(`The client has only ${left - entry.points} points.`, { points: left - entry.points })
      const number = Math.max(0, ...entries.map((one) => one.number as number)) + 1
      try {
        await this.#ctx.records.create('loyaltyEntry', { ...entry, number, turn: `${entry.client}:${number}` })
        return
      } catch (error) {
        // Somebody else was quicker: the sum is another one now.
        if (!(error instanceof DuplicateError) || attempt === 5) throw error
      }
    }
  }

  async #entries(client: string): Promise<RecordData[]> {
    const all: RecordData[] = []
    for (let after: string | undefined, more = true; more;) {
      const { nodes, endCursor, hasNextPage } = await this.#ctx.records.list('loyaltyEntry', { filter: { client: { id: { eq: client } } }, fields: ['points', 'number'], first: 200, after })
      all.push(...nodes)
      after = endCursor ?? undefined
      more = hasNextPage
    }
    return all
  }

  /** Points for whole units of the currency: `amount` is a decimal in a text, never a float. */
  #worth(total: Money | null): number {
    const [whole = '0'] = (total?.amount ?? '0').split('.')
    return Number(BigInt(whole) * BigInt(this.#ctx.settings.pointsPer100) / 100n)
  }
}

interface Money { amount: string, currency: string }

/** What a mutation does for a person: his right is asked, and then the plugin acts. */
export async function spendFor({ client, points, reason }: { client: string, points: number, reason: string }, ctx: Context): Promise<{ client: string, points: number }> {
  ctx.require('spend')
  if (!await ctx.records.get('client', client, ['id'])) throw new NotFoundError('There is no such client.', { id: client })
  return { client, points: await (await ctx.asPlugin('spend-points')).get(Account).spend(client, points, reason) }
}
