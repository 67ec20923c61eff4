import { randomUUID } from 'node:crypto'
import { createServer as createHttpServer, type Server } from 'node:http'
import { createServer as createHttpsServer } from 'node:https'
import { fileURLToPath } from 'node:url'
import express, { type Express, type Router } from 'express'
import { publicUrl, type Config } from '../config/index.ts'
import type { Logger } from '../config/log.ts'
import { errorAnswer } from './error-answer.ts'
import { healthRoute, type HealthReport } from './health.ts'
import { loggedPath } from './logged-path.ts'
import { closeGently, listenOn, trackSockets } from './listening.ts'
import { Metrics } from './metrics.ts'
import { Paths } from './paths.ts'
import { bodyLimit } from './request-limits.ts'
import { securityHeaders } from './security-headers.ts'
import { certificate } from './tls.ts'
import { loadWebApp, webApp } from './web-app.ts'

export type { HealthReport } from './health.ts'
export { Metrics } from './metrics.ts'

export interface HttpOptions {
  config: Config
  log: Logger
  /** Asked for each `GET /health`; a report that is not ready answers 503. */
  health: () => Promise<HealthReport>
  metrics?: Metrics
  /** Directory of the prebuilt web app; default `web/dist`. False: none, as for a worker. */
  webDir?: string | false
}

/** The web server, not yet listening. Routers are mounted before {@link Http.listen}. */
export interface Http {
  readonly app: Express
  /**
   * Puts a router below a path, such as `/uploads`: whatever it leaves unanswered there is a 404 in JSON, never the page of the web app.
   * `page`: the path alone, with nothing behind it, is a page of the web app.
   */
  mount(path: string, router: Router, options?: { page?: boolean }): void
  /** For WebSockets: `server.on('upgrade', …)`. */
  readonly server: Server
  readonly metrics: Metrics
  /** Adds the web app behind all routers, and listens. `url` is what people open, without a slash at the end. */
  listen(): Promise<{ url: string, port: number }>
  /** Takes no new connections, lets running requests end, and cuts what is left after 5 seconds. */
  close(): Promise<void>
}

const WEB_DIR = fileURLToPath(new URL('../../../web/dist', import.meta.url))

/** The express app with everything that every request needs: headers, limits, `/health`, `/metrics`, the web app. */
export function createHttp(options: HttpOptions): Http {
  const { config, log, metrics = new Metrics() } = options
  const web = options.webDir === false ? undefined : loadWebApp(options.webDir ?? WEB_DIR)
  const app = express()
  const paths = new Paths()
  app.disable('x-powered-by')
  app.set('trust proxy', config.trustProxy)
  app.set('query parser', 'simple')
  app.use((_request, response, next) => {
    response.locals.requestId = randomUUID()
    next()
  })
  app.use(metrics.measure(paths), requestLog(log), securityHeaders(config, web?.inlineScripts ?? []), bodyLimit)
  for (const [path, route] of [['/health', healthRoute(options.health)], ['/metrics', metrics.route]] as const) {
    paths.add(path)
    app.get(path, route)
  }

  const tls = config.tls && certificate(config.tls, log)
  const server = tls ? createHttpsServer(tls.options, app) : createHttpServer(app)
  tls?.follow(server)
  // slow senders hold a connection, not a worker; still they must not hold all of them
  Object.assign(server, { headersTimeout: 15_000, requestTimeout: 300_000, keepAliveTimeout: 65_000 })
  const sockets = trackSockets(server)

  return {
    app, server, metrics,
    mount(path, router, { page = false } = {}) {
      paths.add(path, page)
      app.use(path, router)
    },
    async listen() {
      if (options.webDir !== false) app.use(webApp(web, paths))
      app.use(errorAnswer(log))
      const port = await listenOn(server, config)
      const url = publicUrl(config, port)
      warnOfPlainHttp(url, config, log)
      return { url, port }
    },
    async close() {
      tls?.forget()
      await closeGently(server, sockets)
    },
  }
}

function requestLog(log: Logger): express.RequestHandler {
  return (request, response, next) => {
    if (!log.isLevelEnabled('debug')) { next(); return }
    const started = performance.now()
    response.on('finish', () => {
      // without the query: it may carry what somebody searched for
      log.debug({ method: request.method, path: loggedPath(request.path), status: response.statusCode, ms: Math.round(performance.now() - started), id: response.locals.requestId as string }, 'answered')
    })
    next()
  }
}

function warnOfPlainHttp(url: string, config: Config, log: Logger): void {
  const loopback = ['127.0.0.1', '::1', 'localhost'].includes(config.host)
  if (url.startsWith('https:') || loopback) return
  log.warn('Kartotek is served over plain http: whoever is on the same network can read passwords. Set TLS_CERT and TLS_KEY, or put an https proxy in front and set PUBLIC_URL.')
}
