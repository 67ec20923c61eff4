import { createHash, createHmac, timingSafeEqual } from 'node:crypto'
import { webhook, type IncomingRequest, type WebhookDefinition } from '@kartotek/sdk'
import type { CallState } from '@kartotek/sdk/contracts'
import { callByKey, type Call } from '../call/call.ts'
import { Sink } from '../call/sink.ts'
import type { Ctx, TelephonySettings } from '../settings.ts'
import type { Ask, SoundRequest } from './sound.ts'

/** A service that tells its calls by webhooks: how it is known that it is he, what his words mean, and how recordings are fetched from him. */
export interface CloudAdapter {
  /** Of its calls, and of the {@link TelephonyProvider} that plays their recordings. */
  key: string
  /** Below `/plugins/telephony`. */
  path: string
  /** Named parts of the path that are secret: see {@link WebhookDefinition.secrets}. */
  secrets?: readonly string[]
  /** Default: a form. */
  read?(request: IncomingRequest): Told
  /** On the raw request. While its secret is not set nobody is let in. */
  verify(request: IncomingRequest, settings: TelephonySettings): boolean
  /** The same for all deliveries of one event. Default: that of the body. */
  deliveryKey?(event: Told, request: IncomingRequest): string
  /** What the service must be answered. */
  answer?: unknown
  /** What an event says of calls; none of events that say nothing. */
  calls(event: Told, params: Record<string, string>, company: Pick<Ctx['company'], 'timeZone'>): CallState[]
  /** What an event says of a call of which something is known already. Default: the same. */
  weigh?(calls: CallState[], known: Call): CallState[]
  /** Whether the settings have what fetching a recording takes. */
  playsWith(settings: TelephonySettings): boolean
  /** What an id of a recording may look like: it comes from outside, and goes into addresses. */
  recordingId: RegExp
  /** How a recording is fetched, with settings that {@link CloudAdapter.playsWith} found enough. */
  sound(id: string, settings: TelephonySettings, ask: Ask): SoundRequest | Promise<SoundRequest>
}

/** Fields of a form or of JSON, as texts; `$at` is the moment at which they came, also where they are read again later. */
export type Told = Record<string, string | undefined>

/** An event has a few kB; what is larger is read before it is known who sent it. */
const MOST_BYTES = 64 * 1024

export function hookOf(adapter: CloudAdapter): WebhookDefinition<Told, TelephonySettings> {
  return webhook<Told, TelephonySettings>({
    path: adapter.path,
    ...adapter.secrets ? { secrets: adapter.secrets } : {},
    maxBytes: MOST_BYTES,
    read: (request) => ({ ...(adapter.read ?? formOf)(request), $at: new Date().toISOString() }),
    verify: (request, ctx) => adapter.verify(request, ctx.settings),
    ...adapter.deliveryKey ? { idempotencyKey: (event: Told, request: IncomingRequest) => adapter.deliveryKey!(event, request) } : {},
    ...adapter.answer === undefined ? {} : { answer: () => ({ body: adapter.answer }) },
    attempts: 8,
    async run(event, ctx, { params }) {
      const calls = adapter.calls(event, params, ctx.company)
      if (!calls.length) return
      const known = adapter.weigh ? await callByKey(ctx, `${adapter.key}:${calls[0]!.externalId}`) : null
      await new Sink(ctx).tell(adapter.key, known ? adapter.weigh!(calls, known) : calls)
    },
  })
}

const formOf = ({ body }: IncomingRequest): Told => Object.fromEntries(new URLSearchParams(body.toString('utf8')))

/** The address of an interface with a path below it; in the settings it may end with a slash. */
export const below = (root: string, path: string): string => root.replace(/\/+$/, '') + path

/** In a time that tells nothing of where two texts differ. */
export function sameText(a: string, b: string): boolean {
  const digest = (text: string): Buffer => createHash('sha256').update(text).digest()
  return timingSafeEqual(digest(a), digest(b))
}

export const hmacSha1 = (secret: string, text: string): Buffer => createHmac('sha1', secret).update(text).digest()

/** `2026-06-01 12:30:00` on the clock of the company; services that give no zone mean that of the account. */
export function momentIn(text: string | undefined, zone: string): string | null {
  const parts = /^(\d{4})-(\d\d)-(\d\d)[ T](\d\d):(\d\d):(\d\d)$/.exec(text?.trim() ?? '')
  if (!parts) return null
  const asUtc = Date.UTC(Number(parts[1]), Number(parts[2]) - 1, Number(parts[3]), Number(parts[4]), Number(parts[5]), Number(parts[6]))
  // Once more, for the hour in which the clock is put on.
  const first = asUtc - offsetAt(asUtc, zone)
  return new Date(asUtc - offsetAt(first, zone)).toISOString()
}

function offsetAt(moment: number, zone: string): number {
  const shown = Object.fromEntries(new Intl.DateTimeFormat('en-US', { timeZone: zone, hourCycle: 'h23', year: 'numeric', month: 'numeric', day: 'numeric', hour: 'numeric', minute: 'numeric', second: 'numeric' }).formatToParts(moment).map(({ type, value }) => [type, Number(value)])) as Record<string, number>
  return Date.UTC(shown.year!, shown.month! - 1, shown.day, shown.hour, shown.minute, shown.second) - Math.floor(moment / 1000) * 1000
}

export const fromUnix = (seconds: string | number | undefined): string | null => (Number(seconds) > 0 ? new Date(Number(seconds) * 1000).toISOString() : null)
export const plus = (moment: string, seconds: number): string => new Date(Date.parse(moment) + Math.max(0, seconds || 0) * 1000).toISOString()
