import { createHash } from 'node:crypto'
import { InputError, NotAllowedError, NotFoundError, type PluginContext, type RecordData } from '@kartotek/sdk'
import { SendFailure, type MessageChannel, type OutgoingMessage } from '@kartotek/sdk/contracts'
import { channelOf } from '../channels/channels.ts'
import { idOf, isTaken, keyOf, revise } from '../conversations/records.ts'
import { conversationKey, iso, preview } from '../inbound/take.ts'
import { mediaOf, MOST_FILES } from './attachments.ts'
import { mayWrite, refusalFor, SERVICE } from './consent.ts'
import { holdBack, takeTurn } from './pace.ts'
import { say } from '../messages.ts'

export interface SendInput {
  conversation?: string | null
  client?: string | null
  channel?: string | null
  text?: string | null
  files?: string[] | null
  template?: { name: string, language: string, values: string[] } | null
  /** One of the purposes of the company (*Settings → Personal data*). Default: service. */
  purpose?: string | null
  /** The same for one intention: a second click sends nothing more. */
  key: string
}
export interface Sent { message: string, conversation: string, repeated: boolean }

const MOST_ATTEMPTS = 8
const MOST_WAIT = 3_600

/** Writes a message that a job sends, with the rights of the caller. */
export async function send(input: SendInput, ctx: PluginContext): Promise<Sent> {
  const text = input.text?.trim() || null
  if (!text && !input.files?.length && !input.template) throw wrong(ctx, 'text', 'required', 'Write something, or attach a file.')
  if (text && text.length > 50_000) throw wrong(ctx, 'text', 'maxLength', 'A message may have 50,000 characters.', { max: 50_000 })
  if (input.purpose && !/^[a-z][\w-]{0,39}$/i.test(input.purpose)) throw wrong(ctx, 'purpose', 'option', 'There is no such purpose.')
  if (!/^[\w:.-]{8,100}$/.test(input.key)) throw new InputError('The key has 8 to 100 letters and digits.', [{ field: 'key', rule: 'pattern', message: 'The key has 8 to 100 letters and digits.' }])
  const purpose = input.purpose ?? SERVICE
  const conversation = await conversationFor(input, purpose, ctx)
  await mayWrite(conversation, purpose, ctx)
  const media = await mediaOf((input.files ?? []).slice(0, MOST_FILES), conversation.id, ctx)
  // The key belongs to who sends and to where: nobody guesses another's.
  const key = `out:${createHash('sha256').update(JSON.stringify([ctx.actor.userId ?? ctx.actor.id, conversation.id, input.key])).digest('base64url')}`
  try {
    const { id } = await ctx.records.create('message', {
      conversation: { object: 'conversation', id: conversation.id }, direction: 'out', state: 'queued', at: new Date().toISOString(), text, key, ...purpose === SERVICE ? {} : { purpose },
      media, template: input.template ? JSON.stringify(input.template) : null,
    })
    return { message: id, conversation: conversation.id, repeated: false }
  } catch (error) {
    if (!isTaken(error)) throw error
    const { nodes: [there] } = await ctx.records.list('message', { filter: { key: { eq: key } }, fields: ['state'], first: 1 })
    if (!there) throw error
    return { message: there.id, conversation: conversation.id, repeated: true }
  }
}

function wrong(ctx: PluginContext, field: string, rule: string, text: Parameters<typeof say>[1], params = {}): InputError {
  const message = say(ctx, text)
  return new InputError(message, [{ field, rule, message, params }])
}

async function conversationFor({ conversation, client, channel }: SendInput, purpose: string, ctx: PluginContext): Promise<RecordData> {
  if (conversation) {
    const found = await ctx.records.get('conversation', conversation)
    if (!found) throw new NotFoundError(say(ctx, 'There is no such conversation.'), { id: conversation })
    return found
  }
  if (!client || !channel) throw wrong(ctx, 'conversation', 'required', 'Name a conversation, or a client and a channel.')
  const { nodes: [last] } = await ctx.records.list('conversation', { filter: { client: { id: { eq: client } }, channel: { eq: channel } }, orderBy: [{ field: 'lastAt', direction: 'DESC' }], first: 1 })
  return last ?? begin(client, channel, purpose, ctx)
}

/** A conversation that we begin: where a channel can, by the client's number that the caller sees. */
async function begin(client: string, key: string, purpose: string, ctx: PluginContext): Promise<RecordData> {
  // The plugin makes the conversation: nobody has one made who may not write in it.
  if (!ctx.records.may('message', 'create')) throw new NotAllowedError(say(ctx, 'You may not write messages.'), { object: 'message' })
  const channel = channelOf(ctx, key)
  const there = await ctx.records.get('client', client, ['name'])
  if (!there) throw new NotFoundError(say(ctx, 'There is no such client.'), { id: client })
  const { nodes: points } = await ctx.records.list('contactPoint', { filter: { client: { id: { eq: client } }, kind: { in: ['phone', ...channel?.pointKind ? [channel.pointKind] : []] } }, fields: ['kind', 'key', 'value'], first: 20 })
  const phone = points.sort((a, b) => Number(keyOf(b.kind) === channel?.pointKind) - Number(keyOf(a.kind) === channel?.pointKind)).find(({ key: number }) => /^\+\d{7,15}$/.test(String(number)))?.key
  const externalId = phone && channel?.begin ? channel.begin(String(phone)) : null
  if (!externalId) throw wrong(ctx, 'channel', 'option', 'By this channel one can only answer: the client has not written yet, or has no number.')
  await mayWrite({ client }, purpose, ctx)
  const own = await ctx.asPlugin('begin-conversation', { object: 'client', id: client })
  const unique = conversationKey(key, externalId)
  // It belongs to whom the client belongs: who only stands in for her does not keep it.
  const owner = (await own.records.get('client', client, ['owner']))?.owner ?? ctx.actor.userId
  const [result] = await own.records.createMany('conversation', [{ key: unique, channel: key, externalId, name: there.name, client, phone, owner }])
  if (!result!.ok && !isTaken(result!.error)) throw result!.error
  const { nodes: [made] } = await ctx.records.list('conversation', { filter: { key: { eq: unique } }, first: 1 })
  if (!made) throw new NotAllowedError(say(ctx, 'This number writes with somebody whom you do not see.'))
  return made
}

/** Sends one message, at most once for its id. What is tried again waits for its time in the queue. */
export async function sendMessage(id: string, ctx: PluginContext): Promise<void> {
  const message = await ctx.records.get('message', id)
  if (!message || keyOf(message.direction) !== 'out') return
  const state = keyOf(message.state)
  const conversation = await ctx.records.get('conversation', idOf(message.conversation)!)
  if (!conversation) return
  const channel = channelOf(ctx, String(conversation.channel))
  // Whoever sent it did not come back to say what became of it.
  if (state === 'sending' && !channel?.sendsOnce) return fail(ctx, id, 'interrupted', null)
  if (state !== 'queued' && state !== 'sending') return
  if (!channel || channel.ready === false) return fail(ctx, id, 'removed', null)
  const refusal = await refusalFor(conversation, String(message.purpose ?? SERVICE), ctx)
  if (refusal) return fail(ctx, id, refusal, null)
  if (channel.replyHours && !message.template && !(conversation.replyUntil && iso(conversation.replyUntil) > new Date().toISOString())) return fail(ctx, id, 'closed', null)
  const later = await takeTurn(ctx, channel.pace ? [{ key: channel.key, perSecond: channel.pace.overall }, { key: conversationKey(channel.key, String(conversation.externalId)), perSecond: channel.pace.conversation }] : [])
  if (later !== null) return ctx.enqueue('sendMessage', { message: id }, { key: id, startAfterSeconds: later })
  await ctx.records.update('message', id, { state: 'sending' }, message.version)
  try {
    const sending = outgoing(message, conversation, ctx)
    const externalId = await sendPieces(channel, sending)
    await revise(ctx, 'message', id, () => ({ state: 'sent', externalId, at: new Date().toISOString() }))
    await revise(ctx, 'conversation', conversation.id, (now) => ({ lastAt: new Date().toISOString(), lastDirection: 'out', lastText: preview({ text: message.text as string | null ?? sending.template?.name }), ...keyOf(now.state) === 'open' ? {} : { state: 'open' } }))
  } catch (error) {
    await failed(ctx, channel, message, conversation, error)
  }
}

/** @throws SendFailure; with `interrupted` noted where a part of it went out already */
async function sendPieces(channel: MessageChannel, whole: OutgoingMessage): Promise<string> {
  const [first, ...rest] = pieces(whole.text ?? '', channel.maxText ?? Infinity)
  const { externalId } = await channel.send({ ...whole, text: first || null })
  for (const [n, text] of rest.entries()) {
    await channel.send({ id: `${whole.id}.${n + 1}`, conversation: whole.conversation, text }).catch((error: unknown) => { throw new PartlySent(String((error as Error).message)) })
  }
  return externalId
}
class PartlySent extends Error {}

/** Cut at a line or a word where there is one near the end, and never within a sign. */
export function pieces(text: string, most: number): string[] {
  const all: string[] = []
  let left = text
  while (left.length > most) {
    const part = left.slice(0, most)
    const cut = [part.lastIndexOf('\n'), part.lastIndexOf(' ')].find((at) => at > most / 2) ?? endOfSign(left, most)
    all.push(left.slice(0, cut))
    left = left.slice(cut).trimStart()
  }
  return [...all, left]
}

/** Where the last whole sign ends: a flag or a family is one, of many units. */
function endOfSign(text: string, most: number): number {
  const starts = [...new Intl.Segmenter(undefined, { granularity: 'grapheme' }).segment(text.slice(0, most + 1))].map(({ index }) => index)
  return starts.at(-1) || most
}

function outgoing(message: RecordData, conversation: RecordData, ctx: PluginContext): OutgoingMessage {
  const files = JSON.parse(String(message.media ?? '[]')) as { file: string }[]
  return {
    id: message.id, conversation: String(conversation.externalId), text: message.text as string | null, template: message.template ? JSON.parse(String(message.template)) as OutgoingMessage['template'] : null,
    files: files.map(({ file }) => ({ id: file, open: () => ctx.files.open(file) })),
  }
}

async function failed(ctx: PluginContext, channel: MessageChannel, message: RecordData, conversation: RecordData, error: unknown): Promise<void> {
  if (error instanceof PartlySent) return fail(ctx, message.id, 'interrupted', error.message)
  // A network that breaks before the answer may have carried it over; only what the channel says itself is known.
  if (!(error instanceof SendFailure)) {
    ctx.log.warn({ err: error, message: message.id, channel: channel.key }, 'Sending broke off.')
    return fail(ctx, message.id, 'interrupted', String((error as Error).message))
  }
  if (error.reason === 'blocked') await ctx.records.update('conversation', conversation.id, { blocked: true })
  const attempts = Number(message.attempts ?? 0) + 1
  if (error.reason !== 'temporary' || attempts >= MOST_ATTEMPTS) return fail(ctx, message.id, error.reason, error.message)
  const seconds = Math.min(MOST_WAIT, Math.max(1, error.retryAfterSeconds ?? 2 ** attempts))
  if (error.retryAfterSeconds) await holdBack(ctx, channel.key, error.retryAfterSeconds)
  await revise(ctx, 'message', message.id, () => ({ state: 'queued', attempts, failureText: error.message.slice(0, 1_000) }))
  await ctx.enqueue('sendMessage', { message: message.id }, { key: message.id, startAfterSeconds: seconds })
}

async function fail(ctx: PluginContext, id: string, failure: string, text: string | null): Promise<void> {
  await revise(ctx, 'message', id, () => ({ state: 'failed', failure, failureText: text?.slice(0, 1_000) ?? null }))
}
