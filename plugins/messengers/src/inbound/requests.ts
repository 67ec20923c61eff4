import type { PluginContext, RecordData } from '@kartotek/sdk'
import type { IncomingMessage } from '@kartotek/sdk/contracts'
import { channelOf } from '../channels/channels.ts'
import { idOf, isTaken, keyOf } from '../conversations/records.ts'
import { messageKey } from './take.ts'
import type { Row } from './queue.ts'

const MOST_RAW = 100_000

/** A conversation and what was said in it, the first of it first. */
interface Begun { conversation: RecordData, told: { row: Omit<Row, 'content'>, message: IncomingMessage }[] }

/**
 * A conversation that begins, or begins anew after it was closed, is a request: an envelope of the intake, which is recognised and given
 * to somebody by the company's rules. What is written on belongs to it.
 * @returns ids of the requests by the keys of the conversations
 */
export async function openRequests(ctx: PluginContext, all: Begun[]): Promise<Map<string, string>> {
  const begun = all.filter(({ conversation }) => !(idOf(conversation.request) && keyOf(conversation.state) === 'open'))
  if (!begun.length) return new Map()
  const arrived = await arrivals(ctx, begun)
  const results = await ctx.records.createMany('intakeItem', begun.map((one) => requestOf(ctx, one, arrived.get(String(one.conversation.key)))))
  const opened = new Map<string, string>()
  for (const [i, result] of results.entries()) opened.set(String(begun[i]!.conversation.key), result.ok ? result.id : await openedBefore(ctx, begun[i]!, result.error))
  return opened
}

const externalIdOf = ({ told: [first] }: Begun): string => messageKey(first!.row.channel, first!.message).slice(0, 255)

async function openedBefore(ctx: PluginContext, begun: Begun, error: Error): Promise<string> {
  if (!isTaken(error)) throw error
  const { nodes: [there] } = await ctx.records.list('intakeItem', { filter: { channel: { eq: 'message' }, externalId: { eq: externalIdOf(begun) } }, fields: ['externalId'], first: 1 })
  if (!there) throw error
  return there.id
}

/** By what link somebody came who wrote nothing at first, by the keys of the conversations. */
async function arrivals(ctx: PluginContext, begun: Begun[]): Promise<Map<string, Record<string, string>>> {
  const firsts = begun.map(({ conversation, told: [first] }) => ({ key: String(conversation.key), channel: first!.row.channel, conversation: first!.message.conversation, before: new Date(first!.row.received_at) }))
  const rows = await ctx.db.query<{ key: string, marks: Record<string, string> | null }>(
    `select distinct on (first.key) first.key, content->'message'->'marks' as marks
     from unnest($1::text[], $2::text[], $3::text[], $4::timestamptz[]) as first (key, channel, conversation, before)
     join inbound i on i.channel = first.channel and i.conversation = first.conversation and i.kind = 'message' and i.content->'message'->>'kind' = 'arrived' and i.received_at between first.before - interval '1 day' and first.before
     order by first.key, i.id desc`, [firsts.map(({ key }) => key), firsts.map(({ channel }) => channel), firsts.map(({ conversation }) => conversation), firsts.map(({ before }) => before)])
  return new Map(rows.map(({ key, marks }) => [key, marks ?? {}]))
}

function requestOf(ctx: PluginContext, begun: Begun, arrived: Record<string, string> = {}): Record<string, unknown> {
  const { conversation, told } = begun
  const { row, message } = told[0]!
  const marks = Object.assign({}, arrived, ...told.map((one) => one.message.marks)) as Record<string, string>
  return {
    channel: 'message', source: (marks.source ?? row.channel).slice(0, 120), externalId: externalIdOf(begun), receivedAt: new Date(row.received_at).toISOString(), person: message.from.name?.trim().slice(0, 255) || conversation.name || null,
    text: message.text?.slice(0, 50_000) || null, points: pointsOf(ctx, row.channel, message, conversation), raw: JSON.stringify(message.raw ?? message, null, 2).slice(0, MOST_RAW), ...marksOf({ marks }),
  }
}

/** By what the sender is recognised: the number, the address, the name in the messenger, and his number there, which never changes hands. */
function pointsOf(ctx: PluginContext, channel: string, { from, conversation: externalId }: IncomingMessage, { phone: known }: RecordData): { kind: string, value: string }[] {
  const kind = channelOf(ctx, channel)?.pointKind
  const phone = from.phone ?? known as string | null
  return [
    ...phone ? [{ kind: 'phone', value: phone }] : [], ...from.email ? [{ kind: 'email', value: from.email }] : [],
    ...kind && from.username ? [{ kind, value: from.username }] : [],
    // A bare number would be read as a telephone number.
    ...kind ? [{ kind, value: `id${from.externalId || externalId}` }] : [],
  ].map((point) => ({ ...point, value: point.value.slice(0, 300) }))
}

const UTM: Record<string, string> = { utm_source: 'utmSource', utm_medium: 'utmMedium', utm_campaign: 'utmCampaign', utm_term: 'utmTerm', utm_content: 'utmContent', page: 'page', referrer: 'referer' }

export function marksOf({ marks = {} }: Pick<IncomingMessage, 'marks'>): Record<string, unknown> {
  const known = Object.entries(marks).flatMap(([name, value]) => (UTM[name] && value ? [[UTM[name], value.slice(0, ['page', 'referrer'].includes(name) ? 2_000 : 255)]] : []))
  const values = Object.entries(marks).filter(([name, value]) => !UTM[name] && name !== 'source' && value).map(([name, value]) => ({ name: name.slice(0, 120), value: value.slice(0, 5_000) }))
  return { ...Object.fromEntries(known) as object, ...values.length ? { values } : {} }
}
