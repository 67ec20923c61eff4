import type { Readable } from 'node:stream'
import { contract } from '../contract.ts'
import type { OpenFile } from '../documents.ts'

/** A picture, sound or document of a message. */
export interface MessageMedia {
  kind: 'image' | 'video' | 'audio' | 'voice' | 'document' | 'sticker'
  /** By which the channel gets the content. At most 2,000 characters. */
  reference: string
  name?: string | null
  mime?: string | null
  bytes?: number | null
}

/** One thing that came in by a channel. */
export interface IncomingMessage {
  /** The channel's name for it, the same at every delivery. At most 200 characters. */
  externalId: string
  /** Who or what it is exchanged with: the same for all messages of one conversation. */
  conversation: string
  from: {
    /** The person in the channel. */
    externalId: string
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
  text?: string | null
  media?: readonly MessageMedia[]
  location?: { latitude: number, longitude: number, name?: string | null } | null
  /** `edit` and `delete` are of the message `of`. Default `message`. `echo`: written by us, elsewhere. `arrived`: somebody is there and has written nothing yet; its `marks` are of what he writes within a day. */
  kind?: 'message' | 'edit' | 'delete' | 'echo' | 'arrived'
  /** `true`: the person does not want our messages any more; `false`: he does again. */
  blocked?: boolean
  of?: string | null
  /** What led here: `utm_source`, an advertisement, the argument of a start link. */
  marks?: Record<string, string>
  /** As it came, for the envelope of a request. */
  raw: unknown
}

/** What became of a message that was sent, or of all that were sent until a moment. */
export interface MessageState {
  /** Default: whatever conversation has it; needed with `through`. */
  conversation?: string
  /** The channel's name for the message. */
  externalId?: string
  /** In place of a name: everything sent in the conversation until then, in ISO 8601. */
  through?: string
  state: 'sent' | 'delivered' | 'read' | 'failed'
  at: string
  /** Of `failed`: what it means, and in the words of the channel. */
  failure?: SendFailure['reason'] | null
  reason?: string | null
}

/** One message to be sent. */
export interface OutgoingMessage {
  /** The same when it is tried again: a channel that can, sends it once. */
  id: string
  conversation: string
  text?: string | null
  /** Each is opened when it is needed, as often as it is. */
  files?: readonly { id: string, open(): Promise<OpenFile> }[]
  /** A text that was approved before, where the platform allows nothing else. */
  template?: { name: string, language: string, values: readonly string[] } | null
}

/** Why a message could not be sent. What is `temporary` is tried again, after `retryAfterSeconds` where the platform says so. */
export class SendFailure extends Error {
  readonly reason: SendFailureReason
  readonly retryAfterSeconds: number | null
  constructor(reason: SendFailureReason, message: string, retryAfterSeconds: number | null = null) {
    super(message)
    this.name = 'SendFailure'
    this.reason = reason
    this.retryAfterSeconds = retryAfterSeconds
  }
}
/** `closed`: only templates may be sent now; `blocked`: the person does not want messages; `unknown`: there is no such person; `refused`: the platform does not take this message; `credentials`: our access does not work. */
export type SendFailureReason = 'temporary' | 'closed' | 'blocked' | 'unknown' | 'refused' | 'credentials'

/** A way by which messages go both ways. */
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
  /** @throws SendFailure */
  send(message: OutgoingMessage): Promise<{ externalId: string }>
  /** @throws SendFailure */
  media?(reference: string): Promise<{ content: Readable, mime: string | null, name: string | null, bytes: number | null }>
  templates?(): Promise<{ name: string, language: string, text: string, values: number }[]>
}

/** Kept by who connects a messenger. */
export const messageChannel = contract<MessageChannel>('message-channel')

/** Takes what channels receive. */
export interface MessageSink {
  /** @param channel key of who received it. What was told before is told again without effect. */
  receive(channel: string, messages: readonly IncomingMessage[]): Promise<void>
  states(channel: string, states: readonly MessageState[]): Promise<void>
}

/** Kept by the messengers plugin; channels of other plugins hand it what comes in. */
export const messageSink = contract<MessageSink>('message-sink')
