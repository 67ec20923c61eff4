import type { PluginContext } from '@kartotek/sdk'
import { SendFailure, type IncomingMessage, type MessageChannel, type MessageMedia, type MessageState, type OutgoingMessage } from '@kartotek/sdk/contracts'
import { receiver } from '../inbound/receiver.ts'
import type { Settings } from '../settings.ts'
import type { AskableChannel } from './channels.ts'
import { byStatus, callJson, prepared, sendParts } from './http.ts'
import { download } from './meta.ts'
import { viberSigned } from './signatures.ts'
import { viberFile } from './viber-files.ts'

const KEY = 'viber'
/* eslint-disable @typescript-eslint/no-explicit-any -- what comes from outside has any shape; each part is looked at before it is used */
type Any = any
const REASONS: Record<number, SendFailure['reason']> = { 1: 'credentials', 2: 'credentials', 5: 'unknown', 6: 'blocked', 7: 'refused', 12: 'temporary' }
const KINDS: Record<string, MessageMedia['kind']> = { picture: 'image', video: 'video', file: 'document', sticker: 'sticker' }

export class Viber implements AskableChannel {
  readonly key = KEY
  readonly label = 'Viber'
  readonly pace = { overall: 100, conversation: 2 }
  readonly maxText = 7000
  readonly pointKind = 'viber'
  readonly #ctx: PluginContext<Settings>

  constructor(ctx: PluginContext<Settings>) { this.#ctx = ctx }

  get ready(): boolean { return Boolean(this.#ctx.settings.viberToken) }

  async send({ conversation, text, files = [] }: OutgoingMessage): Promise<{ externalId: string }> {
    const post = async (body: object): Promise<string> => String((await this.#call('send_message', { receiver: conversation, sender: { name: this.#ctx.settings.viberName }, ...body })).message_token)
    const addressed = await prepared(files, (file) => viberFile(file, this.#ctx))
    return { externalId: await sendParts([...text ? [() => post({ type: 'text', text })] : [], ...addressed.map((file) => () => post(file))]) }
  }

  async ask(): Promise<void> {
    await this.#call('get_account_info', {})
  }

  async #call(method: string, body: object): Promise<Record<string, unknown>> {
    const { viberApiRoot, viberToken = '' } = this.#ctx.settings
    const answer = await callJson(this.#ctx, `${viberApiRoot}/pa/${method}`, { headers: { 'x-viber-auth-token': viberToken }, body })
    const failure = byStatus(answer, `Viber answers ${answer.status}.`)
    if (failure) throw failure
    const { status, status_message: words } = answer.body
    if (Number(status) !== 0) throw new SendFailure(REASONS[Number(status)] ?? 'refused', String(words ?? status))
    return answer.body
  }

  media(reference: string): ReturnType<NonNullable<MessageChannel['media']>> { return download(this.#ctx, reference) }
}

/** Its message tokens have more digits than a number of JavaScript. */
export function parseViber(text: string): Any {
  return JSON.parse(text, ((key: string, value: unknown, context: { source?: string }) => (key === 'message_token' && typeof value === 'number' ? context.source ?? String(value) : value)) as never)
}

export function readViber(event: Any): IncomingMessage | MessageState | null {
  const { event: type, sender, message, message_token: token, timestamp, user, user_id: userId } = event ?? {}
  const at = new Date(Number(timestamp) || Date.now()).toISOString()
  if (type === 'delivered' || type === 'seen' || type === 'failed') {
    return token ? { externalId: String(token), state: type === 'seen' ? 'read' : type, at, reason: event.desc ?? null } : null
  }
  const person = sender ?? user ?? (userId ? { id: userId } : null)
  if (!person?.id) return null
  const base = { conversation: String(person.id), from: { externalId: String(person.id), name: person.name ?? null }, at, raw: event }
  if (type === 'unsubscribed' || type === 'subscribed') return { ...base, externalId: `${type}:${token ?? timestamp}`, blocked: type === 'unsubscribed' }
  if (type === 'conversation_started') return event.context ? { ...base, kind: 'arrived', externalId: `${type}:${token ?? timestamp}`, marks: startMarks(String(event.context)) } : null
  if (type !== 'message' || !token) return null
  const kind = KINDS[message?.type]
  const { location } = message ?? {}
  return {
    ...base, externalId: String(token), text: textOf(message ?? {}),
    media: kind && message.media ? [{ kind, reference: String(message.media).slice(0, 2000), name: message.file_name ?? null, bytes: message.size ?? null }] : [],
    location: location?.lat != null ? { latitude: Number(location.lat), longitude: Number(location.lon) } : null, ...message?.tracking_data ? { marks: { start: String(message.tracking_data).slice(0, 500) } } : {},
  }
}

/** An address comes beside the words, not among them. */
function textOf({ type, text, media, contact }: Any): string | null {
  const address = type === 'url' && media && !String(text ?? '').includes(String(media)) ? String(media) : null
  return [text, address].filter(Boolean).join('\n') || (contact ? `👤 ${contact.name ?? ''} ${contact.phone_number ?? ''}`.trim() : null)
}

/** What a link to the bot carried: `utm_source=ads&utm_campaign=may`, as in an address, or any word. */
function startMarks(context: string): Record<string, string> {
  const pairs = [...new URLSearchParams(context)].filter(([name, value]) => /^(utm_[a-z]+|source)$/.test(name) && value).map(([name, value]) => [name, value.slice(0, 255)] as const)
  return { start: context.slice(0, 500), ...Object.fromEntries(pairs) }
}

export const viberWebhook = receiver<Any, Any>({
  channel: KEY, path: '/viber',
  verify: ({ body, headers }, { viberToken }) => viberSigned(body, headers['x-viber-content-signature'], viberToken),
  parse: parseViber,
  parts: (event) => [event],
  read: readViber,
})
