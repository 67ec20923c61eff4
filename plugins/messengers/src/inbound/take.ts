import { ConflictError, type PluginContext, type RecordData } from '@kartotek/sdk'
import type { IncomingMessage, MessageState } from '@kartotek/sdk/contracts'
import { channelOf } from '../channels/channels.ts'
import { idOf, isTaken, keyOf, revise } from '../conversations/records.ts'
import { openRequests } from './requests.ts'
import { MOST_ATTEMPTS, shortened, type Row } from './queue.ts'

const BATCH = 100
/** Pieces of one run: the rest is left to the next one. */
const MOST_BATCHES = 200

/** What waits for something that has not come yet: the state of a message whose sending is not written down. */
class TooEarly extends Error {}

type Entry = Omit<Row, 'content'>
type Told = { row: Entry, message: IncomingMessage }

/** Deals with all that channels told, in its order. One runs at a time, on all nodes together. */
export async function takeInbound(ctx: PluginContext): Promise<void> {
  for (let batch = 0; batch < MOST_BATCHES && !ctx.signal.aborted; batch++) {
    const rows = await ctx.db.query<Row>('select id::text, channel, kind, content, attempts, received_at from inbound where done_at is null and attempts < $1 and next_at <= now() order by inbound.id limit $2', [MOST_ATTEMPTS, BATCH])
    if (!rows.length) break
    await takeRows(ctx, rows)
  }
  const [later] = await ctx.db.query<{ seconds: number }>('select ceil(extract(epoch from min(next_at) - now()))::int as seconds from inbound where done_at is null and attempts < $1', [MOST_ATTEMPTS])
  if (later?.seconds != null) await ctx.enqueue('takeInbound', {}, { key: 'later', startAfterSeconds: Math.max(1, later.seconds) })
}

/** New messages together; when one of them breaks it, or it is something else, one by one. */
async function takeRows(ctx: PluginContext, rows: Row[]): Promise<void> {
  for (let i = 0; i < rows.length;) {
    let end = i
    while (end < rows.length && isMessage(rows[end]!)) end++
    const together = rows.slice(i, Math.max(end, i + 1))
    i += together.length
    try {
      await takeSome(ctx, together)
    } catch (error) {
      if (together.length === 1) await postpone(ctx, together[0]!, error)
      else for (const row of together) await takeSome(ctx, [row]).catch((failure: unknown) => postpone(ctx, row, failure))
    }
  }
}

const isMessage = ({ content }: Pick<Row, 'content'>): boolean => content.kind === 'message' && (content.message.kind ?? 'message') === 'message' && content.message.blocked === undefined

async function takeSome(ctx: PluginContext, rows: Row[]): Promise<void> {
  const [{ content, ...row }] = rows as [Row]
  if (isMessage({ content })) await takeMessages(ctx, inOrder(rows.map((one) => ({ row: one, message: (one.content as { message: IncomingMessage }).message }))))
  else if (content.kind === 'state') await takeState(ctx, row, content.state)
  else if (content.kind === 'message') await takeOther(ctx, row, content.message)
  await ctx.db.query('update inbound set done_at = now(), error = null where id = any($1::bigint[])', [rows.map(({ id }) => id)])
}

/** As they were written: what overtook another on its way here goes behind it again. */
function inOrder(all: Told[]): Told[] {
  return all.map((told) => ({ told, at: moment(told.message.at, told.row.received_at) }))
    .sort((a, b) => (a.at < b.at ? -1 : a.at > b.at ? 1 : (a.told.message.sequence ?? 0) - (b.told.message.sequence ?? 0)))
    .map(({ told }) => told)
}

async function postpone(ctx: PluginContext, row: Entry, error: unknown): Promise<void> {
  const attempts = row.attempts + 1
  // What waited in vain was about something that is not ours: a message that another program sent.
  const over = attempts >= MOST_ATTEMPTS && error instanceof TooEarly
  await ctx.db.query(`update inbound set attempts = $2, error = $3, next_at = now() + make_interval(secs => $4), done_at = case when $5::boolean then now() end where id = $1::bigint`, [row.id, attempts, String((error as Error).message).slice(0, 500), 2 ** attempts, over])
  if (attempts >= MOST_ATTEMPTS && !over) ctx.log.error({ err: error, channel: row.channel, inbound: row.id }, 'Something that a channel told could not be dealt with.')
}

/** Messages of people, of any conversations: the conversation, its request, the message. Done again it changes nothing. */
async function takeMessages(ctx: PluginContext, all: Told[]): Promise<void> {
  const conversations = await conversationsOf(ctx, all)
  const of = ({ row, message }: Told): RecordData => conversations.get(conversationKey(row.channel, message.conversation))!
  const byConversation = Map.groupBy(all, of)
  const opened = await openRequests(ctx, [...byConversation].map(([conversation, told]) => ({ conversation, told })))
  const results = await ctx.records.createMany('message', all.map((told) => messageInput(told.row, told.message, of(told).id)))
  const known = new Set<RecordData>()
  results.forEach((result, i) => {
    if (result.ok) return
    if (!isTaken(result.error)) throw result.error
    known.add(of(all[i]!))
  })
  await touch(ctx, [...byConversation].map(([conversation, told]) => ({ conversation, told, request: opened.get(String(conversation.key)) ?? null, known: known.has(conversation) })))
}

export const conversationKey = (channel: string, externalId: string): string => shortened(`${channel}:${externalId}`)
export const messageKey = (channel: string, { conversation, externalId }: Pick<IncomingMessage, 'conversation' | 'externalId'>): string => shortened(`${channel}:${conversation}:${externalId}`)

/** The conversations by their keys; those that are new are made, and who writes again brings back what was put away. */
async function conversationsOf(ctx: PluginContext, all: Told[]): Promise<Map<string, RecordData>> {
  const wanted = Map.groupBy(all, ({ row, message }) => conversationKey(row.channel, message.conversation))
  const find = async (keys: string[], archived?: 'ARCHIVED' | 'TRASHED'): Promise<Map<string, RecordData>> => {
    const { nodes } = await ctx.records.list('conversation', { filter: { key: { in: keys } }, first: 200, ...archived && { archived } })
    return new Map(nodes.map((node) => [String(node.key), node]))
  }
  const found = await find([...wanted.keys()])
  for (const shelf of ['ARCHIVED', 'TRASHED'] as const) {
    const away = [...wanted.keys()].filter((key) => !found.has(key))
    const there = away.length ? await find(away, shelf) : new Map<string, RecordData>()
    if (!there.size) continue
    for (const result of await ctx.records.restore('conversation', [...there.values()].map(({ id }) => id))) if (!result.ok) throw result.error
    for (const [key, conversation] of await find([...there.keys()])) found.set(key, conversation)
  }
  const missing = [...wanted].filter(([key]) => !found.has(key))
  if (!missing.length) return found
  const results = await ctx.records.createMany('conversation', missing.map(([key, told]) => ({
    key, channel: told[0]!.row.channel, externalId: told[0]!.message.conversation.slice(0, 200), ...aboutAll(told), ...told[0]!.message.marks ? { marks: JSON.stringify(told[0]!.message.marks).slice(0, 10_000) } : {},
  })))
  for (const result of results) if (!result.ok && !isTaken(result.error)) throw result.error
  return new Map([...found, ...await find(missing.map(([key]) => key))])
}

/** What a message tells of its writer. */
function about({ from }: IncomingMessage): Record<string, unknown> {
  const text = (value: string | null | undefined, most: number): string | undefined => value?.trim().slice(0, most) || undefined
  return Object.fromEntries(Object.entries({ name: text(from.name ?? from.username, 255), username: text(from.username, 255), phone: text(from.phone, 60) }).filter(([, value]) => value !== undefined))
}

const aboutAll = (told: readonly Told[]): Record<string, unknown> => Object.assign({}, ...told.map(({ message }) => about(message))) as Record<string, unknown>

function messageInput(row: Entry, message: IncomingMessage, conversation: string): Record<string, unknown> {
  const media = [...message.media ?? [], ...message.location ? [{ kind: 'location', ...message.location }] : []]
  return {
    conversation: { object: 'conversation', id: conversation }, direction: message.kind === 'echo' ? 'out' : 'in', state: message.kind === 'echo' ? 'sent' : 'received',
    text: message.text || null, at: moment(message.at, row.received_at), externalId: message.externalId.slice(0, 300), key: messageKey(row.channel, message), sequence: message.sequence ?? null,
    media: media.length ? JSON.stringify(media).slice(0, 50_000) : null,
  }
}

/** What a channel says of the time is not always one. */
function moment(text: string, otherwise: Date): string {
  const at = new Date(text)
  return (Number.isNaN(at.getTime()) || Math.abs(at.getTime() - Date.now()) > 400 * 86_400_000 ? new Date(otherwise) : at).toISOString()
}

/** Channels tell the time in whole seconds, by clocks of their own. */
const SAME_MOMENT_MS = 5_000

interface Touched { conversation: RecordData, told: Told[], request: string | null, /** Some of it was kept before: by a run that did not come to its end. */ known: boolean }

/** Tells the conversations of their newest messages, all in one go; one that somebody else changed meanwhile, or that may have been told before, is looked at anew. */
async function touch(ctx: PluginContext, all: Touched[]): Promise<void> {
  const sure = all.filter(({ known }) => !known)
  const results = await ctx.records.updateMany('conversation', sure.map((one) => ({ id: one.conversation.id, version: one.conversation.version, input: { ...newsOf(ctx, one, one.conversation), unread: Number(one.conversation.unread ?? 0) + one.told.length } })))
  const anew = all.filter(({ known }) => known)
  results.forEach((result, i) => {
    if (result.ok) return
    if (!(result.error instanceof ConflictError)) throw result.error
    anew.push(sure[i]!)
  })
  for (const one of anew) await revise(ctx, 'conversation', one.conversation.id, async (now) => ({ ...newsOf(ctx, one, now), unread: await unreadOf(ctx, now) }))
}

function newsOf(ctx: PluginContext, { told, request }: Touched, now: RecordData): Record<string, unknown> {
  const last = told.at(-1)!
  const at = moment(last.message.at, last.row.received_at)
  const hours = channelOf(ctx, last.row.channel)?.replyHours
  return {
    ...request && idOf(now.request) !== request ? { request } : {}, ...keyOf(now.state) === 'open' ? {} : { state: 'open' }, ...now.blocked ? { blocked: false } : {}, ...filledIn(now, told),
    ...!now.lastAt || Date.parse(at) >= Date.parse(iso(now.lastAt)) - SAME_MOMENT_MS ? { lastAt: at < iso(now.lastAt ?? at) ? iso(now.lastAt) : at, lastText: preview(last.message), lastDirection: 'in' } : {},
    ...hours && (!now.replyUntil || Date.parse(at) + hours * 3_600_000 > Date.parse(iso(now.replyUntil))) ? { replyUntil: new Date(Date.parse(at) + hours * 3_600_000).toISOString() } : {},
  }
}

/** A name or number that was not known before. */
function filledIn(now: RecordData, told: Told[]): Record<string, unknown> {
  return Object.fromEntries(Object.entries(aboutAll(told)).filter(([key, value]) => (key === 'name' ? !now.name : value !== now[key])))
}

export const iso = (value: unknown): string => (value instanceof Date ? value.toISOString() : new Date(String(value)).toISOString())

export async function unreadOf(ctx: PluginContext, conversation: RecordData): Promise<number> {
  return ctx.records.count('message', { filter: { conversation: { id: { eq: conversation.id } }, direction: { eq: 'in' }, ...conversation.readAt ? { createdAt: { gt: iso(conversation.readAt) } } : {} } })
}

const WORDS: Record<string, string> = { image: '🖼', video: '🎬', audio: '🎵', voice: '🎤', document: '📎', sticker: '🙂' }
export function preview({ text, media, location }: Pick<IncomingMessage, 'text' | 'media' | 'location'>): string {
  const first = media?.[0]
  return [...(text?.trim() || (first ? `${WORDS[first.kind] ?? '📎'} ${first.name ?? ''}`.trim() : location ? '📍' : '…'))].slice(0, 200).join('')
}

async function messageOf(ctx: PluginContext, channel: string, conversation: string | undefined, externalId: string): Promise<RecordData | null> {
  if (conversation !== undefined) {
    const { nodes: [came] } = await ctx.records.list('message', { filter: { key: { eq: messageKey(channel, { conversation, externalId }) } }, first: 1 })
    if (came) return came
  }
  // What we sent has a key of its own.
  const { nodes } = await ctx.records.list('message', { filter: { externalId: { eq: externalId }, direction: { eq: 'out' } }, first: 20 })
  for (const node of nodes) {
    const dialogue = await ctx.records.get('conversation', idOf(node.conversation)!, ['channel', 'externalId'])
    if (dialogue?.channel === channel && (conversation === undefined || dialogue.externalId === conversation)) return node
  }
  return null
}

/** Edits, deletions, what we wrote elsewhere, and people who do not want to be written to. */
async function takeOther(ctx: PluginContext, row: Entry, message: IncomingMessage): Promise<void> {
  // It waits in the queue's table for what he writes.
  if (message.kind === 'arrived') return
  if (message.blocked !== undefined) return takeBlocked(ctx, row, message)
  const there = await messageOf(ctx, row.channel, message.conversation, message.of ?? message.externalId)
  if (message.kind === 'delete') {
    // It may have overtaken its message; one that we never had has nothing to delete.
    if (!there && row.attempts < 3) throw new TooEarly('The message is not here yet.')
    if (there && !there.deletedAt) await ctx.records.update('message', there.id, { deletedAt: moment(message.at, row.received_at) })
    return
  }
  if (message.kind === 'edit') {
    // Of a message that never came, its new words are the message.
    if (!there) return takeMessages(ctx, [{ row, message: { ...message, kind: 'message', externalId: message.of ?? message.externalId } }])
    await revise(ctx, 'message', there.id, (now) => (now.text === (message.text || null) ? null : {
      text: message.text || null, editedAt: moment(message.at, row.received_at), edits: JSON.stringify([...former(now), { text: now.text, until: moment(message.at, row.received_at) }].slice(-20)).slice(0, 200_000),
    }))
    return
  }
  if (there) return
  const conversation = (await conversationsOf(ctx, [{ row, message }])).get(conversationKey(row.channel, message.conversation))!
  // One of ours may be on its way, and its name not written down yet.
  const onTheWay = await ctx.records.count('message', { filter: { conversation: { id: { eq: conversation.id } }, state: { eq: 'sending' } } })
  if (onTheWay && row.attempts < MOST_ATTEMPTS - 1) throw new TooEarly('A message is being sent.')
  const [result] = await ctx.records.createMany('message', [messageInput(row, message, conversation.id)])
  if (!result!.ok && !isTaken(result!.error)) throw result!.error
  await revise(ctx, 'conversation', conversation.id, (now) => (now.lastAt && iso(now.lastAt) > moment(message.at, row.received_at) ? null : { lastAt: moment(message.at, row.received_at), lastText: preview(message), lastDirection: 'out' }))
}

function former({ edits }: RecordData): unknown[] {
  try { return JSON.parse(String(edits ?? '[]')) as unknown[] } catch { return [] }
}

async function takeBlocked(ctx: PluginContext, { channel }: Entry, message: IncomingMessage): Promise<void> {
  const { nodes: [conversation] } = await ctx.records.list('conversation', { filter: { key: { eq: conversationKey(channel, message.conversation) } }, first: 1 })
  if (conversation && Boolean(conversation.blocked) !== message.blocked) await ctx.records.update('conversation', conversation.id, { blocked: message.blocked })
}

const RANK = ['queued', 'sending', 'sent', 'delivered', 'read']

/** A state may come before the sending is written down, twice, or after a later one. */
async function takeState(ctx: PluginContext, row: Entry, told: MessageState): Promise<void> {
  for (const { id } of await messagesOf(ctx, row, told)) await revise(ctx, 'message', id, (now) => {
    const before = keyOf(now.state)!
    if (told.state === 'failed') return ['delivered', 'read', 'failed'].includes(before) ? null : { state: 'failed', failure: told.failure ?? 'refused', failureText: told.reason?.slice(0, 1_000) ?? null }
    return before === 'failed' || RANK.indexOf(told.state) <= RANK.indexOf(before) ? null : { state: told.state }
  })
}

async function messagesOf(ctx: PluginContext, row: Entry, { conversation, externalId, through }: MessageState): Promise<RecordData[]> {
  if (externalId !== undefined) {
    const there = await messageOf(ctx, row.channel, conversation, externalId)
    if (!there) throw new TooEarly(`No message has the name ${externalId}.`)
    return [there]
  }
  const { nodes: [dialogue] } = await ctx.records.list('conversation', { filter: { key: { eq: conversationKey(row.channel, conversation ?? '') } }, fields: ['key'], first: 1 })
  if (!dialogue) return []
  // Our clock is not theirs; what was sent after they told it was not meant.
  const until = new Date(Math.min(Date.parse(through ?? '') + SAME_MOMENT_MS, new Date(row.received_at).getTime())).toISOString()
  return (await ctx.records.list('message', { filter: { conversation: { id: { eq: dialogue.id } }, direction: { eq: 'out' }, state: { in: ['sent', 'delivered'] }, at: { lte: until } }, orderBy: [{ field: 'at', direction: 'DESC' }], fields: ['state'], first: 200 })).nodes
}
