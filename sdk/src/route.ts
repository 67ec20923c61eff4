import type { PluginContext } from './context.ts'

/** A request to a {@link RouteDefinition}, or to a webhook of a plugin. */
export interface IncomingRequest {
  /** As the sender wrote it: under {@link PluginContext.publicUrl}, with the query. */
  url: string
  /** Named parts of the path: `/channels/:channel` gives `{ channel }`. */
  params: Record<string, string>
  /** What stands behind the `?`, decoded; the values of a name that stands there several times are joined by commas. */
  query: Record<string, string>
  /** Names in lower case. */
  headers: Record<string, string>
  /** As it came, byte by byte; empty for GET. */
  body: Buffer
  /** Address of who asks, as far as `TRUST_PROXY` lets it be known. */
  ip: string
}

/** What a {@link RouteDefinition} answers. */
export interface RouteResponse {
  /** Status of HTTP. Default 200. */
  status?: number
  /** By name; `content-type` of a JSON body is there by itself. Default: none. */
  headers?: Record<string, string>
  /**
   * Text, bytes and streams as they are, anything else as JSON. Default: empty. A stream may go on after the handler's time (events to a
   * browser); it is destroyed when the other side leaves or the process stops.
   */
  body?: unknown
}

/**
 * A route of a plugin, below `/plugins/<id>`, answered while the sender waits: at most 30 s. What a foreign system tells comes better by {@link webhook}.
 *
 * @example
 * // A public page for who got a link, and a file for who is signed in.
 * import { createHmac, timingSafeEqual } from 'node:crypto'
 * import { AuthenticationError, definePlugin, NotFoundError, s } from '@kartotek/sdk'
 *
 * const settings = s.object({ secret: s.secret({ minLength: 16 }) })
 *
 * export default definePlugin({
 *   id: 'order-page', version: '1.0.0', compat: { sdk: '^0.1' }, settings,
 *   needs: { order: ['read'] },
 *   http: [
 *     {
 *       // GET /plugins/order-page/orders/0190…?sign=…: a public route must see by itself who is asking.
 *       method: 'GET', path: '/orders/:order', access: 'public', perMinute: 60,
 *       async run({ params, query }, ctx) {
 *         const order = params.order ?? ''
 *         const right = createHmac('sha256', ctx.settings.secret).update(order).digest(), given = Buffer.from(query.sign ?? '', 'hex')
 *         if (given.length !== right.length || !timingSafeEqual(given, right)) throw new AuthenticationError('This link is not right.')
 *         const found = await ctx.records.get('order', order, ['number', 'dueOn'])
 *         if (!found) throw new NotFoundError('There is no such order.')
 *         return { body: { number: found.number, dueOn: found.dueOn } }
 *       },
 *     },
 *     {
 *       method: 'GET', path: '/orders.csv',
 *       async run(_, ctx) {
 *         const { nodes } = await ctx.records.list('order', { fields: ['number'], first: 200 })
 *         return { headers: { 'content-type': 'text/csv; charset=utf-8' }, body: nodes.map(({ number }) => `${String(number)}\r\n`).join('') }
 *       },
 *     },
 *   ],
 * })
 */
export interface RouteDefinition<Settings = Record<string, unknown>> {
  /** Absent: it tells a route from a webhook. */
  readonly kind?: undefined
  /** By which it is asked. */
  method: 'GET' | 'POST'
  /** `/form`, `/forms/:form`; below `/plugins/<id>`. */
  path: string
  /** `public`: no sign-in. `user`: a session or token is needed. Default `user`. */
  access?: 'public' | 'user'
  /** Greatest body in bytes, at most 50 MiB. Default 1 MiB. */
  maxBytes?: number
  /** How often one address may ask in a minute without being signed in, on each node. Default 300. */
  perMinute?: number
  /** Asked before the body is read, which is empty here: what it gives is the answer, and nothing is read; null goes on. Default: goes on. */
  admit?(request: IncomingRequest, ctx: PluginContext<Settings>): Promise<RouteResponse | null> | RouteResponse | null
  /** Answers, within 30 s. `ctx` has the rights of who is signed in, those of the plugin (`needs`) on a public route. A DomainError becomes its status of HTTP. */
  run(request: IncomingRequest, ctx: PluginContext<Settings>): Promise<RouteResponse> | RouteResponse
}
