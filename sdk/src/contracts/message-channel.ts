import type { Readable } from 'node:stream'
import { contract } from '../contract.ts'
import type { OpenFile } from '../documents.ts'

/** A picture, sound or document of a message, told to a {@link MessageSink}. */
export interface MessageMedia {
  /** How it is shown; `voice` was spoken into the messenger, `audio` is a file of sound. */
  kind: 'image' | 'video' | 'audio' | 'voice' | 'document' | 'sticker'
  /** By which the channel gets the content. At most 2,000 characters. */
  reference: string
  /** With its ending; null or absent where the channel knows none. */
  name?: string | null
  /** As the channel says; null or absent where it says nothing. */
  mime?: string | null
  /** Its size; null or absent where it is not known. */
  bytes?: number | null
}

/** One thing that came in by a channel, told to a {@link MessageSink}. */
export interface IncomingMessage {
  /** The channel's name for it, the same at every delivery. At most 200 characters. */
  externalId: string
  /** Who or what it is exchanged with: the same for all messages of one conversation. */
  conversation: string
  /** Who wrote it; by number, address and the kind of the channel's points he is recognised. */
  from: {
    /** The person in the channel. */
    externalId: string
    /** As he calls himself there; null or absent where it is not known. */
    name?: string | null
    /** E.164 without doubt, or as it came. */
    phone?: string | null
    email?: string | null
    username?: string | null
  }
  /** ISO 8601 with a time zone. */
  at: string
  /** Where `at` has whole seconds only: a whole number below 2^31 that grows from one message of the conversation to the next, however late one of them arrives. */
  sequence?: number | null
  /** What was written; null or absent where there are only media. */
  text?: string | null
  /** In their order. Default: none. */
  media?: readonly MessageMedia[]
  /** A place that was sent, in degrees (WGS 84). Default: none. */
  location?: { latitude: number, longitude: number, name?: string | null } | null
  /** `edit` and `delete` are of the message `of`. Default `message`. `echo`: written by us, elsewhere. `arrived`: somebody is there and has written nothing yet; its `marks` are of what he writes within a day. */
  kind?: 'message' | 'edit' | 'delete' | 'echo' | 'arrived'
  /** `true`: the person does not want our messages any more; `false`: he does again. */
  blocked?: boolean
  /** Of `edit` and `delete`: {@link IncomingMessage.externalId} of the message that is meant. */
  of?: string | null
  /** What led here: `utm_source`, an advertisement, the argument of a start link. */
  marks?: Record<string, string>
  /** As it came, for the envelope of a request. */
  raw: unknown
}

/** What became of a message that was sent, or of all that were sent until a moment; told to a {@link MessageSink}. */
export interface MessageState {
  /** Default: whatever conversation has it; needed with `through`. */
  conversation?: string
  /** The channel's name for the message. */
  externalId?: string
  /** In place of a name: everything sent in the conversation until then, in ISO 8601. */
  through?: string
  /** How far it came. A state that comes late takes nothing back: what is read stays read, what has arrived does not fail. */
  state: 'sent' | 'delivered' | 'read' | 'failed'
  /** When that was, ISO 8601 with a time zone. */
  at: string
  /** Of `failed`: what it means. Default: not known. */
  failure?: SendFailure['reason'] | null
  /** Of `failed`: why, in the words of the channel. Default: none. */
  reason?: string | null
}

/** One message to be sent by a {@link MessageChannel}. */
export interface OutgoingMessage {
  /** The same when it is tried again: a channel that can, sends it once. */
  id: string
  /** With whom, as {@link IncomingMessage.conversation} or {@link MessageChannel.begin} said. */
  conversation: string
  /** At most {@link MessageChannel.maxText} characters; null or absent where only files go. */
  text?: string | null
  /** Each is opened when it is needed, as often as it is. */
  files?: readonly { id: string, open(): Promise<OpenFile> }[]
  /** A text that was approved before, where the platform allows nothing else. */
  template?: { name: string, language: string, values: readonly string[] } | null
}

/**
 * Why a message could not be sent. What is `temporary` is tried again, after `retryAfterSeconds` where the platform says so.
 *
 * @example
 * import { SendFailure } from '@kartotek/sdk/contracts'
 *
 * // What an answer of the platform means for the message.
 * export function failureOf(answer: Response): SendFailure {
 *   if (answer.status === 429) return new SendFailure('temporary', 'Too many messages.', Number(answer.headers.get('retry-after')) || null)
 *   if (answer.status === 401) return new SendFailure('credentials', 'The token is not valid any more.')
 *   if (answer.status === 403) return new SendFailure('blocked', 'The person has blocked us.')
 *   return new SendFailure(answer.status >= 500 ? 'temporary' : 'refused', `The platform answered ${answer.status}.`)
 * }
 */
export class SendFailure extends Error {
  /** What is to be done with the message. */
  readonly reason: SendFailureReason
  /** Of `temporary`: not before; null where the platform does not say. */
  readonly retryAfterSeconds: number | null
  constructor(reason: SendFailureReason, message: string, retryAfterSeconds: number | null = null) {
    super(message)
    this.name = 'SendFailure'
    this.reason = reason
    this.retryAfterSeconds = retryAfterSeconds
  }
}
/** Of a {@link SendFailure}. `temporary`: it may work later; `closed`: only templates may be sent now; `blocked`: the person does not want messages; `unknown`: there is no such person; `refused`: the platform does not take this message; `credentials`: our access does not work. */
export type SendFailureReason = 'temporary' | 'closed' | 'blocked' | 'unknown' | 'refused' | 'credentials'

/**
 * A way by which messages go both ways.
 *
 * @example
 * // Text messages by a gateway. What comes in is handed to the messageSink by a webhook.
 * import type { PluginContext } from '@kartotek/sdk'
 * import { SendFailure, type MessageChannel, type OutgoingMessage } from '@kartotek/sdk/contracts'
 *
 * export class Sms implements MessageChannel {
 *   readonly key = 'sms'
 *   readonly label = 'SMS'
 *   readonly maxText = 1600
 *   readonly pace = { overall: 10, conversation: 1 }
 *   readonly sendsOnce = true
 *   readonly ctx: PluginContext
 *   constructor(ctx: PluginContext) { this.ctx = ctx }
 *   get ready(): boolean { return Boolean(this.ctx.settings.token) }
 *
 *   begin(phone: string): string | null { return this.ctx.company.phone(phone).e164 }
 *
 *   async send({ id, conversation, text }: OutgoingMessage): Promise<{ externalId: string }> {
 *     if (!text) throw new SendFailure('refused', 'A text message has no files.')
 *     const answer = await this.ctx.fetch('https://sms.example.com/messages', {
 *       method: 'POST', headers: { 'authorization': `Bearer ${String(this.ctx.settings.token)}`, 'idempotency-key': id, 'content-type': 'application/json' },
 *       body: JSON.stringify({ to: conversation, text }),
 *     })
 *     if (!answer.ok) throw new SendFailure(answer.status >= 500 || answer.status === 429 ? 'temporary' : 'refused', `The gateway answered ${answer.status}.`)
 *     const { id: externalId } = await answer.json() as { id: string }
 *     return { externalId }
 *   }
 * }
 */
export interface MessageChannel {
  /** kebab-case, unique among channels: `telegram`. */
  readonly key: string
  /** As it is called; default: the key. */
  readonly label?: string
  /** Whether it has all that it needs to send. Default true. */
  readonly ready?: boolean
  /** Hours after the last message of the person in which free messages may be sent. Default: always. */
  readonly replyHours?: number
  /** How many messages a second it takes, in all and of one conversation. Default: any. */
  readonly pace?: { overall: number, conversation: number }
  /** Greatest number of characters of one text: longer ones are sent in pieces. Default: any. */
  readonly maxText?: number
  /** The kind of contact points by which its people are recognised: `telegram`. Default: none. */
  readonly pointKind?: string
  /** Whether it sends a message of the same id only once, however often it is told: then one that was interrupted is tried again. Default false. */
  readonly sendsOnce?: boolean
  /** By which conversation a person is written to first, by number; null where it cannot be begun from here. */
  begin?(phone: string): string | null
  /** Sends one message; `externalId` is the channel's name for it, of which states are told later. @throws SendFailure */
  send(message: OutgoingMessage): Promise<{ externalId: string }>
  /**
   * The content of {@link MessageMedia.reference}; of name, kind and size, what is not known is null. Absent: media cannot be fetched.
   * @throws SendFailure
   */
  media?(reference: string): Promise<{ content: Readable, mime: string | null, name: string | null, bytes: number | null }>
  /** Texts that were approved before, with the number of values in each. Absent: there are none. */
  templates?(): Promise<{ name: string, language: string, text: string, values: number }[]>
}

/**
 * Kept by who connects a messenger.
 *
 * @example
 * // A channel for trying things out: it writes to the log.
 * import { definePlugin } from '@kartotek/sdk'
 * import { messageChannel } from '@kartotek/sdk/contracts'
 *
 * export default definePlugin({
 *   id: 'log-channel', version: '1.0.0', compat: { sdk: '^0.1' },
 *   provides: [messageChannel.by((ctx) => ({
 *     key: 'log', label: 'Log', sendsOnce: true, begin: (phone) => phone,
 *     async send({ id, conversation, text }) {
 *       ctx.log.info({ conversation, text }, 'A message.')
 *       return { externalId: id }
 *     },
 *   }))],
 * })
 */
export const messageChannel = contract<MessageChannel>('message-channel')

/**
 * Takes what channels receive.
 *
 * @example
 * // Who keeps conversations elsewhere than the messengers plugin: here a table of its own.
 * import type { PluginContext } from '@kartotek/sdk'
 * import type { IncomingMessage, MessageSink, MessageState } from '@kartotek/sdk/contracts'
 *
 * export class Archive implements MessageSink {
 *   readonly ctx: PluginContext
 *   constructor(ctx: PluginContext) { this.ctx = ctx }
 *
 *   async receive(channel: string, messages: readonly IncomingMessage[]): Promise<void> {
 *     for (const { externalId, conversation, at, text } of messages) {
 *       await this.ctx.db.query('insert into message (channel, external_id, conversation, at, text) values ($1, $2, $3, $4, $5) on conflict do nothing', [channel, externalId, conversation, at, text ?? null])
 *     }
 *   }
 *   async states(channel: string, states: readonly MessageState[]): Promise<void> {
 *     for (const { externalId, state } of states) {
 *       if (externalId) await this.ctx.db.query('update message set state = $3 where channel = $1 and external_id = $2', [channel, externalId, state])
 *     }
 *   }
 * }
 */
export interface MessageSink {
  /**
   * Takes messages in the order in which they came. What was told before is told again without effect.
   * @param channel key of who received it
   * @throws Error where it could not be kept: tell it again
   */
  receive(channel: string, messages: readonly IncomingMessage[]): Promise<void>
  /** Takes what became of messages that were sent; likewise. */
  states(channel: string, states: readonly MessageState[]): Promise<void>
}

/**
 * Kept by the messengers plugin; channels of other plugins hand it what comes in.
 *
 * @example
 * // The gateway tells of text messages; the messengers plugin makes conversations and requests of them.
 * import { definePlugin, s, UnavailableError, webhook } from '@kartotek/sdk'
 * import { messageSink } from '@kartotek/sdk/contracts'
 *
 * const settings = s.object({ token: s.secret() })
 *
 * export default definePlugin({
 *   id: 'sms-inbox', version: '1.0.0', compat: { sdk: '^0.1' }, settings,
 *   dependsOn: { messengers: { range: '^1.0', optional: true } },
 *   http: [webhook({
 *     path: '/received', verify: webhook.token({ header: 'x-token', secret: 'token' }),
 *     input: s.object({ id: s.string({ maxLength: 200 }), from: s.string(), text: s.string(), at: s.string() }),
 *     idempotencyKey: ({ id }) => id,
 *     async run(told, ctx) {
 *       const [sink] = ctx.providers(messageSink)
 *       if (!sink) throw new UnavailableError('Nobody keeps conversations: enable the messengers.')
 *       await sink.service.receive('sms', [{ externalId: told.id, conversation: told.from, from: { externalId: told.from, phone: told.from }, at: told.at, text: told.text, raw: told }])
 *     },
 *   })],
 * })
 */
export const messageSink = contract<MessageSink>('message-sink')
