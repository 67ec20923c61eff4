import { s, subscription, type LiveRecordEvent } from '@kartotek/sdk'
import type { Ctx } from '../settings.ts'
import { callOf, type Call } from './call.ts'

/** Whom a call concerns at this moment, and how far it is. */
export const ringsSchema = s.object({ to: s.array(s.id()), state: s.option(['ringing', 'talking', 'ended']), by: s.optional(s.id()) })
interface Rings { to: string[], state: 'ringing' | 'talking' | 'ended', by?: string }

const stateOf = (call: Pick<Call, 'answeredAt' | 'endedAt'>): Rings['state'] => (call.endedAt ? 'ended' : call.answeredAt ? 'talking' : 'ringing')

/** Tells the browsers of those whose telephones ring, and again when somebody answers and when it ends. */
export async function ring(ctx: Ctx, call: Call, before: Call | null, ringing: readonly string[]): Promise<void> {
  const state = stateOf(call)
  // The same once more, or a correction of one that is over, is no news.
  if (before && (before.tellings === call.tellings || stateOf(before) === 'ended')) return
  const rung = state === 'ringing' ? [] : (await ctx.records.list('callRing', { filter: { call: { id: { eq: call.id } } }, fields: ['user'], first: 200 })).nodes.map((node) => node.user as string)
  const to = [...new Set([...ringing, ...rung, ...call.owner ? [call.owner] : [], ...before?.owner ? [before.owner] : []])]
  if (!to.length) return
  await ctx.emit('rings', { object: 'call', id: call.id }, { to, state, ...call.owner ? { by: call.owner } : {} })
}

export const incomingTypes = `
"""A call that rings at the telephone of who is signed in, or goes on there."""
type TelephonyCallCard {
  call: ID!
  "ringing, talking, ended, or elsewhere: a colleague took it."
  state: String!
  direction: String!
  "As people write it; null where it is withheld."
  number: String
  line: String
  startedAt: DateTime!
  "What the reader may see of who it is; null where it is nobody that he sees."
  client: TelephonyCallClient
  contact: TelephonyCallContact
}
type TelephonyCallClient { id: ID! name: String "Open orders that the reader sees, the newest five." orders: [TelephonyCallOrder!]! }
type TelephonyCallContact { id: ID! name: String }
type TelephonyCallOrder { id: ID! number: String subject: String }
extend type Subscription {
  "Calls of who is signed in, and of nobody else, as they ring, are answered and end."
  telephonyIncomingCall: TelephonyCallCard
}
extend type Query {
  "The calls of who is signed in that ring or go on now."
  telephonyCurrentCalls: [TelephonyCallCard!]!
}
`

export const incomingResolvers = {
  Subscription: {
    telephonyIncomingCall: subscription<LiveRecordEvent>({
      subscribe: (_, __, ctx: Ctx) => concerning(ctx.live({ object: 'call', names: ['plugin.telephony.rings'] }), ctx.actor.userId),
      resolve(event, _, ctx: Ctx) {
        const { state, by } = event.data as Rings
        return card(ctx, event.recordId!, state !== 'ringing' && by && by !== ctx.actor.userId ? 'elsewhere' : state)
      },
    }),
  },
  Query: {
    async telephonyCurrentCalls(_: unknown, __: unknown, ctx: Ctx) {
      if (!ctx.actor.userId) return []
      const since = new Date(Date.now() - 4 * 3_600_000).toISOString()
      const { nodes } = await ctx.records.list('call', { filter: { or: [{ owner: { id: { eq: ctx.actor.userId } } }, { answeredAt: { isNull: true }, rings: { some: { user: { id: { eq: ctx.actor.userId } } } } }], endedAt: { isNull: true }, startedAt: { gte: since } }, orderBy: [{ field: 'startedAt', direction: 'DESC' }], fields: ['answeredAt'], first: 5 })
      return Promise.all(nodes.map((node) => card(ctx, node.id, node.answeredAt ? 'talking' : 'ringing')))
    },
  },
}

/** Only what is meant for this person. */
function concerning(events: AsyncIterableIterator<LiveRecordEvent>, user: string | null): AsyncIterableIterator<LiveRecordEvent> {
  return {
    async next() {
      for (;;) {
        const result = await events.next()
        if (result.done || (user !== null && result.value.recordId && (result.value.data as Rings).to.includes(user))) return result
      }
    },
    return: () => events.return!(),
    throw: (error) => events.throw!(error),
    [Symbol.asyncIterator]() { return this },
  }
}

/** What the reader may see: the call, for it rings at his telephone, and the client only as far as he sees clients. */
async function card(ctx: Ctx, id: string, state: string) {
  const record = await ctx.records.get('call', id)
  if (!record) return null
  const call = callOf(record)
  const [client, contact] = await Promise.all([call.client ? seen(ctx, 'client', call.client) : null, call.contact ? seen(ctx, 'contact', call.contact) : null])
  return {
    call: id, state, direction: call.direction, number: call.number && call.heading, line: call.line, startedAt: call.startedAt,
    client: client && { ...client, orders: await openOrders(ctx, client.id) }, contact,
  }
}

async function seen(ctx: Ctx, object: string, id: string): Promise<{ id: string, name: string | null } | null> {
  try {
    const record = await ctx.records.get(object, id, ['name'])
    return record && { id, name: record.name as string | null }
  } catch {
    // He has no right to such records, or not to their names.
    return null
  }
}

async function openOrders(ctx: Ctx, client: string) {
  try {
    const { nodes } = await ctx.records.list('order', { filter: { client: { id: { eq: client } }, stage: { kind: 'OPEN' } }, orderBy: [{ field: 'createdAt', direction: 'DESC' }], fields: ['number', 'subject'], first: 5 })
    return nodes.map(({ id, number, subject }) => ({ id, number, subject }))
  } catch {
    return []
  }
}
