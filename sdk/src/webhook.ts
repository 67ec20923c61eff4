import { createHash, createHmac, timingSafeEqual } from 'node:crypto'
import type { IncomingRequest, RouteResponse } from './route.ts'
import type { PluginContext } from './context.ts'
import type { Schema } from './schema.ts'

/** Whether the sender of a {@link webhook} is who he says he is, told from the raw request. Throwing counts as no. */
export interface Verify<Settings = Record<string, unknown>> {
  (request: IncomingRequest, ctx: PluginContext<Settings>): boolean | Promise<boolean>
  /** As {@link WebhookDefinition.secrets}; said by those that are made here. */
  readonly secrets?: readonly string[]
}

/**
 * A webhook of a foreign system, below `/plugins/<id>`. The host verifies the raw body, checks the input, stores it under its key and
 * answers; then it runs as a job, at least once, until it succeeds or its attempts are used up. What came before under the same key is
 * answered and dropped, for 30 days. Declared by {@link webhook}.
 */
export interface WebhookDefinition<Input = unknown, Settings = Record<string, unknown>> {
  /** Put there by {@link webhook}: it tells a webhook from a route. */
  readonly kind: 'webhook'
  /** As of a route: `/events`, `/channels/:channel`. Unique among the plugin's webhooks. */
  path: string
  /** Named parts of the path and of the query by which `verify` knows the sender: they are kept nowhere, and `run` is not given them. That of {@link webhook.token} is known. */
  secrets?: readonly string[]
  /** See {@link webhook.hmac}, {@link webhook.token}, {@link webhook.standard}, or a function of your own. */
  verify: Verify<Settings>
  /** How the body is read. Default `json`; `form` gives an object of texts. A function gets the raw request. @throws InputError where it cannot be read */
  read?: 'json' | 'form' | ((request: IncomingRequest) => unknown)
  /** Schema of what was read. What is not so is answered 400 and forgotten. Default: anything. */
  input?: Schema<Input> | object
  /** The same for all deliveries of one thing, at most 500 characters. Default: the SHA-256 of the raw body. */
  idempotencyKey?(input: Input, request: IncomingRequest): string
  /** What the sender gets at once, also for repetitions. Default: 200 without a body. Quick: no waiting. */
  answer?(input: Input, ctx: PluginContext<Settings>): RouteResponse
  /** Greatest body in bytes, at most 50 MiB. Default 1 MiB. */
  maxBytes?: number
  /** How often one address may call in a minute, on each node; beyond it is 429. Default 12,000. */
  perMinute?: number
  /** Attempts in all before it is listed for a person, 1–50. Default 5. */
  attempts?: number
  /** Runs at once per node, 1–100. Default 1. */
  concurrency?: number
  /** Seconds before a run is aborted, at most 86,000. Default 300. */
  timeoutSeconds?: number
  /** Does what was told, as a job: at least once, with the plugin's own rights. What throws is tried again. */
  run(input: Input, ctx: PluginContext<Settings>, request: Pick<IncomingRequest, 'params' | 'query'>): Promise<void> | void
}

/** Where a signature stands, and which setting holds the secret: for {@link webhook}`.hmac`. */
export interface HmacRules<Settings> {
  /** Name of the header with the signature, in any case: `x-signature`. */
  header: string
  /** Name of the secret setting. While it is empty nobody is let in. */
  secret: keyof Settings & string
  /** Of the digest. Default `sha256`. */
  algorithm?: 'sha1' | 'sha256' | 'sha512'
  /** How the digest is written. Default `hex`. */
  encoding?: 'hex' | 'base64'
  /** What stands before the signature in the header: `sha256=`. Default: nothing. */
  prefix?: string
  /** What is signed. Default: the raw body. */
  signed?(request: IncomingRequest): string | Buffer
}

/**
 * Declares a verified webhook; its input has the type of its schema.
 *
 * @example
 * // A shop tells of paid orders; the shop's order and the order here are one by its external name.
 * import { definePlugin, s, webhook } from '@kartotek/sdk'
 *
 * const settings = s.object({ secret: s.secret({ title: { en: 'Signing secret of the shop' } }) })
 *
 * export default definePlugin({
 *   id: 'shop', version: '1.0.0', compat: { sdk: '^0.1' }, settings,
 *   needs: { order: ['read', 'create'] },
 *   http: [webhook({
 *     path: '/orders',                                                             // POST /plugins/shop/orders
 *     verify: webhook.hmac({ header: 'x-shop-signature', secret: 'secret', encoding: 'base64' }),
 *     input: s.object({ id: s.string({ maxLength: 100 }), state: s.option(['paid', 'cancelled']), title: s.string() }),
 *     idempotencyKey: ({ id, state }) => `${id} ${state}`,
 *     async run({ id, state, title }, ctx) {
 *       const ref = { system: 'shop', type: 'order', externalId: id }
 *       if (state !== 'paid' || await ctx.externalRefs.find(ref)) return
 *       const order = await ctx.records.create('order', { subject: title, currency: 'EUR' })
 *       await ctx.externalRefs.set(ref, { object: 'order', id: order.id })
 *     },
 *   })],
 * })
 */
// eslint-disable-next-line @typescript-eslint/no-explicit-any -- the plugin's settings are not known where this stands
export function webhook<Input = unknown, Settings = any>(
  definition: Omit<WebhookDefinition<Input, Settings>, 'kind' | 'input'> & { input?: Schema<Input> },
): WebhookDefinition<Input, Settings> {
  return { kind: 'webhook', ...definition }
}

/** An HMAC of the raw body in a header. */
webhook.hmac = <Settings = Record<string, unknown>>({ header, secret, algorithm = 'sha256', encoding = 'hex', prefix = '', signed = bodyOf }: HmacRules<Settings>): Verify<Settings> =>
  (request, ctx) => {
    const key = secretOf(ctx, secret)
    const given = request.headers[header.toLowerCase()]
    if (!key || !given?.startsWith(prefix)) return false
    return sameText(given.slice(prefix.length), createHmac(algorithm, key).update(signed(request)).digest(encoding))
  }

/** A secret that the sender repeats in a header or in the query. Weaker than a signature: for senders that cannot sign. */
webhook.token = <Settings = Record<string, unknown>>({ header, query, secret }: { header?: string, query?: string, secret: keyof Settings & string }): Verify<Settings> =>
  Object.assign((request: IncomingRequest, ctx: PluginContext<Settings>) => {
    const key = secretOf(ctx, secret)
    const given = header ? request.headers[header.toLowerCase()] : query ? request.query[query] : undefined
    return key !== null && given !== undefined && sameText(given, key)
  }, { secrets: query ? [query] : [] })

/** Standard Webhooks: signed id, time and body; older or newer than `toleranceSeconds` (300) is refused. The secret begins with `whsec_`. */
webhook.standard = <Settings = Record<string, unknown>>({ secret, toleranceSeconds = 300 }: { secret: keyof Settings & string, toleranceSeconds?: number }): Verify<Settings> =>
  ({ headers, body }, ctx) => {
    const key = secretOf(ctx, secret)
    const { 'webhook-id': id, 'webhook-timestamp': at, 'webhook-signature': signatures } = headers
    if (!key || !id || !at || !signatures || !(Math.abs(Date.now() / 1000 - Number(at)) <= toleranceSeconds)) return false
    const signature = createHmac('sha256', Buffer.from(key.replace(/^whsec_/, ''), 'base64')).update(`${id}.${at}.`).update(body).digest('base64')
    return signatures.split(' ').some((one) => sameText(one, `v1,${signature}`))
  }

function bodyOf(request: IncomingRequest): Buffer {
  return request.body
}

function secretOf(ctx: { settings: object }, name: string): string | null {
  const value = (ctx.settings as Record<string, unknown>)[name]
  return typeof value === 'string' && value !== '' ? value : null
}

/** In a time that tells nothing of where two texts differ. */
function sameText(a: string, b: string): boolean {
  const digest = (text: string): Buffer => createHash('sha256').update(text).digest()
  return timingSafeEqual(digest(a), digest(b))
}
