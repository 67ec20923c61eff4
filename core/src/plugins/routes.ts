import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import {
  AuthenticationError, NotAllowedError, RateLimitedError, UnavailableError, type Actor, type IncomingRequest, type PluginContext, type PluginDefinition, type RouteDefinition, type RouteResponse,
} from '@kartotek/sdk'
import express, { Router, type Request, type RequestHandler, type Response } from 'express'
import type { Caller } from '../access/caller.ts'
import { addressKey } from '../accounts/address.ts'
import { invokeWithin, LateError, type CallSite } from './invoke.ts'
import { Pace } from './pace.ts'
import { isWebhook, type AnyWebhook } from './received.ts'

export interface RouteDeps {
  plugins(): Iterable<PluginDefinition>
  /** Installed, and not running: its routes answer 503. */
  isAway(plugin: string): boolean
  /** Null where there is no valid session or token. */
  authenticate(request: Request): Promise<Caller | null>
  /** Whether the request may act with the browser's cookie. */
  sameOrigin(request: Request): boolean
  /** The plugin's own actor, for public routes. */
  actorOf(plugin: PluginDefinition): Actor
  contextOf(plugin: PluginDefinition, actor: Actor, signal: AbortSignal): PluginContext
  /** Verifies and stores what a foreign system tells. */
  receive(plugin: PluginDefinition, hook: AnyWebhook, request: IncomingRequest, ctx: PluginContext): Promise<RouteResponse>
  /** Fires when the process stops: streams end then. */
  ends?: AbortSignal
  /** Where others reach this server: `https://crm.example`. */
  publicUrl(): string
  /** Hears of code that broke, or did not answer in time. */
  broke?(plugin: string, site: string, error: unknown): void
  /** Milliseconds that the code of a route may take. Default 30,000. */
  timeoutMs?: number
}

const MAX_BYTES = 1024 * 1024
/** How often one address may ask in a minute: strangers, of whom an office may be many, and systems, which tell a lot at once. */
const OF_STRANGERS = 300, OF_SYSTEMS = 12_000
const TIMEOUT_MS = 30_000

/**
 * The routes that plugins declare, below `/plugins/<id>`. Mount it at `/plugins`, after the host has started; errors go on
 * to the handler of the application.
 */
export function pluginRouter(deps: RouteDeps): Router {
  const router = Router()
  const pace = new Pace()
  for (const plugin of deps.plugins()) {
    for (const route of plugin.http ?? []) {
      const body = express.raw({ type: () => true, limit: route.maxBytes ?? MAX_BYTES })
      const path = `/${plugin.id}${route.path === '/' ? '' : route.path}`
      // Nothing of a body is read for who has no business here.
      if (isWebhook(route)) router.post(path, paced(pace, path, route.perMinute ?? OF_SYSTEMS), body, (request, response) => serveWebhook(plugin, route, request, response, deps))
      else {
        const before = route.access === 'public' ? [paced(pace, `${route.method} ${path}`, route.perMinute ?? OF_STRANGERS)] : []
        const handlers = [...before, admission(plugin, route, deps), ...route.method === 'GET' ? [] : [body], (request: Request, response: Response) => serve(plugin, route, request, response, deps)]
        if (route.method === 'GET') router.get(path, ...handlers)
        else router.post(path, ...handlers)
      }
    }
  }
  router.use('/:plugin', (request, response, next) => {
    if (!deps.isAway(request.params.plugin)) return next()
    throw new UnavailableError(`The plugin ${request.params.plugin} is not running.`, { retryAfterSeconds: 60 })
  })
  return router
}

/** @throws RateLimitedError for who comes too often */
function paced(pace: Pace, route: string, perMinute: number): RequestHandler {
  return (request, _response, next) => {
    const wait = pace.take(`${route} ${addressKey(request.ip ?? '')}`, perMinute)
    if (wait) throw new RateLimitedError(`Too many requests come from your address. Try again in ${wait} s.`, wait)
    next()
  }
}

/** Who asks, and whether he is let in: the body waits for it. */
function admission(plugin: PluginDefinition, route: RouteDefinition, deps: RouteDeps): RequestHandler {
  return async (request, response, next) => {
    const actor = route.access === 'public' ? deps.actorOf(plugin) : await userActor(request, deps)
    response.locals.actor = actor
    const call = { plugin: plugin.id, site: `admission ${route.method} ${route.path}` }
    const refusal = route.admit && await entered(call, async (signal) => route.admit!(given(request, deps), deps.contextOf(plugin, actor, signal)), deps)
    if (refusal) await send(response, refusal, deps)
    else next()
  }
}

async function serve(plugin: PluginDefinition, route: RouteDefinition, request: Request, response: Response, deps: RouteDeps): Promise<void> {
  const actor = response.locals.actor as Actor
  const call = { plugin: plugin.id, site: `route ${route.method} ${route.path}` }
  await send(response, await entered(call, (signal) => route.run(given(request, deps), deps.contextOf(plugin, actor, signal)), deps), deps)
}

async function serveWebhook(plugin: PluginDefinition, hook: AnyWebhook, request: Request, response: Response, deps: RouteDeps): Promise<void> {
  const call = { plugin: plugin.id, site: `webhook ${hook.path}` }
  await send(response, await entered(call, (signal) => deps.receive(plugin, hook, given(request, deps), deps.contextOf(plugin, deps.actorOf(plugin), signal)), deps), deps)
}

async function entered<Answer>(call: CallSite, run: (signal: AbortSignal) => Answer | Promise<Answer>, { broke, timeoutMs = TIMEOUT_MS }: RouteDeps): Promise<Answer> {
  try {
    return await invokeWithin(call, timeoutMs, run)
  } catch (error) {
    broke?.(call.plugin, call.site, error)
    if (error instanceof LateError && error.call === call) throw new UnavailableError(`The plugin ${call.plugin} did not answer within ${timeoutMs / 1000} s.`, { plugin: call.plugin })
    throw error
  }
}

function given(request: Request, { publicUrl }: RouteDeps): IncomingRequest {
  const texts = (values: object): Record<string, string> => Object.fromEntries(Object.entries(values).map(([key, value]) => [key, String(value)]))
  return {
    url: publicUrl() + request.originalUrl, ip: request.ip ?? '',
    params: texts(request.params), query: texts(request.query), headers: texts(request.headers),
    body: Buffer.isBuffer(request.body) ? request.body : Buffer.alloc(0),
  }
}

async function userActor(request: Request, deps: RouteDeps): Promise<Actor> {
  const caller = await deps.authenticate(request)
  if (!caller) throw new AuthenticationError()
  // A browser sends the cookie with requests that other sites make.
  if (caller.sessionId && request.method !== 'GET' && !deps.sameOrigin(request)) throw new NotAllowedError('This request comes from another site.')
  return caller.actor
}

async function send(response: Response, { status = 200, headers = {}, body }: RouteResponse, { ends }: RouteDeps): Promise<void> {
  response.status(status).set('x-content-type-options', 'nosniff').set(headers)
  if (body === undefined || body === null) response.end()
  else if (body instanceof Readable) {
    response.flushHeaders()
    // Who leaves in the middle is no error.
    await pipeline(body, response, { signal: ends }).catch(() => response.destroy())
  } else if (typeof body === 'string' || Buffer.isBuffer(body)) {
    if (!response.get('content-type')) response.type(typeof body === 'string' ? 'text/plain' : 'application/octet-stream')
    response.end(body)
  } else response.json(body)
}
