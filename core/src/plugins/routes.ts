import { randomUUID } from 'node:crypto'
import { DomainError, type Actor, type ErrorCode, type Log, type PluginContext, type PluginDefinition, type RouteDefinition, type RouteResponse } from '@kartotek/sdk'
import express, { Router, type NextFunction, type Request, type Response } from 'express'
import type { Caller } from '../access/caller.ts'
import { invokeWithin } from './invoke.ts'

export interface RouteDeps {
  plugins(): Iterable<PluginDefinition>
  /** Installed, and not running: its routes answer 503. */
  isAway(plugin: string): boolean
  /** Null where there is no valid session or token. */
  authenticate(request: Request): Promise<Caller | null>
  /** The plugin's own actor, for public routes. */
  actorOf(plugin: PluginDefinition): Actor
  contextOf(plugin: PluginDefinition, actor: Actor, signal: AbortSignal): PluginContext
  log: Log
}

const MAX_BYTES = 1024 * 1024
const TIMEOUT_MS = 30_000

/** The routes that plugins declare, below `/plugins/<id>`. Mount it at `/plugins`, after the host has started. */
export function pluginRouter(deps: RouteDeps): Router {
  const router = Router()
  for (const plugin of deps.plugins()) {
    for (const route of plugin.http ?? []) {
      const body = express.raw({ type: () => true, limit: route.maxBytes ?? MAX_BYTES })
      const path = `/${plugin.id}${route.path === '/' ? '' : route.path}`
      const answer = (request: Request, response: Response): Promise<void> => serve(plugin, route, request, response, deps)
      if (route.method === 'GET') router.get(path, answer)
      else router.post(path, body, answer)
    }
  }
  router.use('/:plugin', (request, response, next) => {
    if (!deps.isAway(request.params.plugin)) return next()
    response.status(503).set('retry-after', '60').json({ error: { code: 'UNAVAILABLE', message: `The plugin ${request.params.plugin} is not running.` } })
  })
  router.use((error: unknown, _request: Request, response: Response, next: NextFunction) => refuse(error, response, next, deps.log))
  return router
}

async function serve(plugin: PluginDefinition, route: RouteDefinition, request: Request, response: Response, deps: RouteDeps): Promise<void> {
  const actor = route.access === 'public' ? deps.actorOf(plugin) : await userActor(request, deps)
  const call = { plugin: plugin.id, site: `route ${route.method} ${route.path}` }
  const given = {
    query: Object.fromEntries(Object.entries(request.query).map(([key, value]) => [key, String(value)])),
    headers: Object.fromEntries(Object.entries(request.headers).map(([key, value]) => [key, String(value)])),
    body: Buffer.isBuffer(request.body) ? request.body : Buffer.alloc(0),
  }
  const result = await invokeWithin(call, TIMEOUT_MS, (signal) => route.run(given, deps.contextOf(plugin, actor, signal)))
  send(response, result)
}

async function userActor(request: Request, deps: RouteDeps): Promise<Actor> {
  const caller = await deps.authenticate(request)
  if (!caller) throw new DomainError('UNAUTHENTICATED', 'Sign in first.')
  // A browser sends the cookie with requests that other sites make; it also says where they come from.
  const site = request.get('sec-fetch-site')
  const own = site ? site === 'same-origin' || site === 'none' : !request.get('origin') || new URL(request.get('origin')!).host === request.get('host')
  if (caller.sessionId && request.method !== 'GET' && !own) throw new DomainError('FORBIDDEN', 'This request came from another site.')
  return caller.actor
}

function send(response: Response, { status = 200, headers = {}, body }: RouteResponse): void {
  response.status(status).set('x-content-type-options', 'nosniff').set(headers)
  if (body === undefined || body === null) response.end()
  else if (typeof body === 'string' || Buffer.isBuffer(body)) {
    if (!response.get('content-type')) response.type(typeof body === 'string' ? 'text/plain' : 'application/octet-stream')
    response.end(body)
  } else response.json(body)
}

const STATUS: Record<ErrorCode, number> = {
  UNAUTHENTICATED: 401, FORBIDDEN: 403, NOT_FOUND: 404, INVALID_INPUT: 400, CONFLICT: 409, DUPLICATE: 409, GATE_CLOSED: 409,
  LIMIT_EXCEEDED: 413, RATE_LIMITED: 429, UNAVAILABLE: 503, INTERNAL: 500,
}

function refuse(error: unknown, response: Response, next: NextFunction, log: Log): void {
  if (response.headersSent) return next(error)
  if (error instanceof DomainError) {
    response.status(STATUS[error.code]).json({ error: { code: error.code, message: error.message, ...error.data } })
  } else if ((error as { type?: string }).type === 'entity.too.large') {
    response.status(413).json({ error: { code: 'LIMIT_EXCEEDED', message: 'The body is too large.' } })
  } else {
    const ref = randomUUID()
    log.error({ err: error, ref }, 'A route of a plugin failed.')
    response.status(500).json({ error: { code: 'INTERNAL', message: `Something went wrong; tell an administrator this reference: ${ref}.`, ref } })
  }
}
