import type { Readable } from 'node:stream'
import { contract } from '../contract.ts'

/** How a call ended, as a {@link CallSink} is told. `abandoned`: the caller hung up while he waited in a queue. */
export type CallResult = 'answered' | 'missed' | 'busy' | 'rejected' | 'abandoned'

/**
 * One call as the exchange knows it by now. Told again whenever something changes; the last one has `endedAt`. What a telling leaves
 * out or does not know (null) stays as it was told before. Told to a {@link CallSink}.
 */
export interface CallState {
  /** The exchange's name for the call, the same in every telling. At most 100 characters. */
  externalId: string
  /** `in`: somebody calls us. */
  direction: 'in' | 'out'
  /** The other side's number as it came, or null where it is hidden. */
  number: string | null
  /** Our number that was called, or that is shown. */
  line?: string | null
  /** The internal number that talks, or where it rang last: who of us it is. Null while it is not known. */
  extension?: string | null
  /** The internal numbers that ring now, where several do. */
  ringing?: readonly string[]
  /** Name of the queue that the caller waits or waited in; null or absent where there is none. */
  queue?: string | null
  /** When it began, ISO 8601 with a time zone. */
  startedAt: string
  /** When somebody took it, likewise; null or absent while nobody has. */
  answeredAt?: string | null
  /** When it ended, likewise; null or absent while it goes on. */
  endedAt?: string | null
  /** How it ended, with `endedAt`. Default: `answered` with `answeredAt`, `missed` without. */
  result?: CallResult | null
  /** By which the provider finds the recording. At most 500 characters. */
  recording?: string | null
  /** Grows with every telling of one call: an older one that comes late only fills in what is not known. Default: the order of arrival. */
  sequence?: number
}

/**
 * An exchange or a service of telephony.
 *
 * @example
 * // A service by HTTP: it rings the extension first, then the number.
 * import { Readable } from 'node:stream'
 * import { NotFoundError, UnavailableError, type PluginContext } from '@kartotek/sdk'
 * import type { Recording, TelephonyProvider } from '@kartotek/sdk/contracts'
 *
 * export class CloudExchange implements TelephonyProvider {
 *   readonly key = 'cloud'
 *   readonly ctx: PluginContext
 *   constructor(ctx: PluginContext) { this.ctx = ctx }
 *   get ready(): boolean { return Boolean(this.ctx.settings.apiKey) }
 *
 *   async place({ extension, number }: { extension: string, number: string }): Promise<{ externalId: string | null }> {
 *     const answer = await this.ctx.fetch('https://exchange.example.com/calls', { method: 'POST', headers: { 'x-key': String(this.ctx.settings.apiKey) }, body: JSON.stringify({ extension, number }) })
 *     if (!answer.ok) throw new UnavailableError('The exchange does not take the call.')
 *     return { externalId: (await answer.json() as { id?: string }).id ?? null }
 *   }
 *
 *   async recording(reference: string): Promise<Recording> {
 *     const address = `https://exchange.example.com/recordings/${encodeURIComponent(reference)}`
 *     const head = await this.ctx.fetch(address, { method: 'HEAD' })
 *     if (head.status === 404) throw new NotFoundError('There is no such recording.')
 *     return {
 *       mime: head.headers.get('content-type') ?? 'audio/mpeg', bytes: Number(head.headers.get('content-length')) || null,
 *       // A signal of its own: it is listened to for longer than the 30 s that a call has by itself.
 *       read: async (part) => Readable.from((await this.ctx.fetch(address, { signal: this.ctx.signal, ...part && { headers: { range: `bytes=${part.first}-${part.last}` } } })).body!),
 *     }
 *   }
 * }
 */
export interface TelephonyProvider {
  /** kebab-case, unique among providers: `asterisk`. */
  readonly key: string
  /** Whether it is set up: who is not is not asked. */
  readonly ready: boolean
  /** Absent: calls cannot be placed. Calls the extension and then the number, in E.164 where it is one. The call itself is told by {@link callSink}. @throws UnavailableError, InputError */
  place?(call: { extension: string, number: string }): Promise<{ externalId: string | null }>
  /** Ends a call that is placed or goes on; one that has ended is no error. Absent: it cannot. */
  hangUp?(externalId: string): Promise<void>
  /** Finds the sound of {@link CallState.recording}. Absent: there are no recordings. @throws NotFoundError, UnavailableError where it is not there yet */
  recording?(reference: string): Promise<Recording>
}

/** The sound of a recording of a {@link TelephonyProvider}, not read yet. */
export interface Recording {
  /** `audio/mpeg`, `audio/wav` …; what begins otherwise is not played. */
  mime: string
  /** Null where it is not known: then only the whole can be read. */
  bytes: number | null
  /** Reads it. @param part first and last byte, both included; default: all of it */
  read(part?: { first: number, last: number }): Readable | Promise<Readable>
}

/**
 * Kept by who connects an exchange.
 *
 * @example
 * // «Call» on the card rings by the first exchange that is set up, whichever plugin brings it.
 * import { definePlugin, InputError } from '@kartotek/sdk'
 * import { telephonyProvider } from '@kartotek/sdk/contracts'
 *
 * export default definePlugin({
 *   id: 'quick-dial', version: '1.0.0', compat: { sdk: '^0.1' },
 *   graphql: {
 *     typeDefs: 'extend type Mutation { "Rings the extension, then the number." quickDial(extension: String!, number: String!): Boolean! }',
 *     resolvers: {
 *       Mutation: {
 *         async quickDial(_, { extension, number }: { extension: string, number: string }, ctx) {
 *           const { e164 } = ctx.company.phone(number)
 *           if (!e164) throw new InputError('This is no telephone number.')
 *           const exchange = ctx.providers(telephonyProvider).find(({ service }) => service.ready && service.place)
 *           await exchange?.service.place?.({ extension, number: e164 })
 *           return exchange !== undefined
 *         },
 *       },
 *     },
 *   },
 * })
 */
export const telephonyProvider = contract<TelephonyProvider>('telephony-provider')

/**
 * Takes what providers tell of calls.
 *
 * @example
 * // Who keeps calls elsewhere than the telephony plugin: it counts those of each day.
 * import type { PluginContext } from '@kartotek/sdk'
 * import type { CallSink, CallState } from '@kartotek/sdk/contracts'
 *
 * export class DayBook implements CallSink {
 *   readonly ctx: PluginContext
 *   constructor(ctx: PluginContext) { this.ctx = ctx }
 *
 *   async tell(provider: string, calls: readonly CallState[]): Promise<void> {
 *     for (const { externalId, startedAt, endedAt } of calls) {
 *       if (endedAt) await this.ctx.db.query('insert into call (provider, external_id, day) values ($1, $2, $3) on conflict do nothing', [provider, externalId, startedAt.slice(0, 10)])
 *     }
 *   }
 * }
 */
export interface CallSink {
  /**
   * Takes calls as they are by now. What was told before is told again without effect.
   * @param provider key of who tells
   * @throws Error where it could not be kept: tell it again
   */
  tell(provider: string, calls: readonly CallState[]): Promise<void>
}

/**
 * Kept by the telephony plugin; providers of other plugins tell it their calls.
 *
 * @example
 * // An exchange tells by a webhook; the telephony plugin makes cards, missed calls and tasks of it.
 * import { definePlugin, s, UnavailableError, webhook } from '@kartotek/sdk'
 * import { callSink } from '@kartotek/sdk/contracts'
 *
 * const settings = s.object({ secret: s.secret() })
 *
 * export default definePlugin({
 *   id: 'exchange-events', version: '1.0.0', compat: { sdk: '^0.1' }, settings,
 *   dependsOn: { telephony: { range: '^1.0', optional: true } },
 *   http: [webhook({
 *     path: '/calls', verify: webhook.standard({ secret: 'secret' }),
 *     input: s.object({ id: s.string({ maxLength: 100 }), from: s.string(), extension: s.string(), startedAt: s.string(), endedAt: s.optional(s.string()), n: s.integer() }),
 *     idempotencyKey: ({ id, n }) => `${id} ${n}`,
 *     async run({ id, from, extension, startedAt, endedAt, n }, ctx) {
 *       const [sink] = ctx.providers(callSink)
 *       if (!sink) throw new UnavailableError('Nobody keeps calls: enable the telephony.')
 *       await sink.service.tell('exchange', [{ externalId: id, direction: 'in', number: from, extension, startedAt, endedAt, sequence: n }])
 *     },
 *   })],
 * })
 */
export const callSink = contract<CallSink>('call-sink')
