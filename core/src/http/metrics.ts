import type { RequestHandler } from 'express'
import ipaddr from 'ipaddr.js'
import type { Pool } from 'pg'
import { Gauge, Histogram, Registry, collectDefaultMetrics } from 'prom-client'
import type { Paths } from './paths.ts'

/** Numbers of this process for Prometheus. Rooms register theirs with `registers: [metrics.registry]`. */
export class Metrics {
  readonly registry = new Registry()
  readonly #requests: Histogram<'method' | 'area' | 'status'>

  constructor() {
    collectDefaultMetrics({ register: this.registry })
    this.#requests = new Histogram({
      name: 'kartotek_http_request_seconds', help: 'Time from request to answer.', labelNames: ['method', 'area', 'status'],
      buckets: [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10], registers: [this.registry],
    })
  }

  /** Connections of the pool by state. */
  watchPool(pool: Pool): void {
    const gauge: Gauge<'state'> = new Gauge({
      name: 'kartotek_database_connections', help: 'Connections of the pool; waiting: requests for one.', labelNames: ['state'], registers: [this.registry],
      collect: () => {
        gauge.set({ state: 'open' }, pool.totalCount)
        gauge.set({ state: 'idle' }, pool.idleCount)
        gauge.set({ state: 'waiting' }, pool.waitingCount)
      },
    })
  }

  measure(paths: Paths): RequestHandler {
    return (request, response, next) => {
      const end = this.#requests.startTimer()
      // the first part of the path only: ids in a label would make a series per record
      const area = request.path.startsWith('/assets/') ? 'assets' : paths.areaOf(request.path) ?? 'page'
      response.on('finish', () => { end({ method: request.method, area, status: String(response.statusCode) }) })
      next()
    }
  }

  /** `GET /metrics`, for this machine and private networks only. */
  readonly route: RequestHandler = async (request, response) => {
    // a proxy that we were not told of makes strangers look local
    const throughUnknownProxy = request.headers['x-forwarded-for'] !== undefined && request.app.get('trust proxy') === false
    if (throughUnknownProxy || !isLocal(request.ip)) {
      response.status(404).json({ error: { code: 'NOT_FOUND', message: 'There is nothing at this address.' } })
      return
    }
    response.type(this.registry.contentType).send(await this.registry.metrics())
  }
}

function isLocal(address: string | undefined): boolean {
  if (!address || !ipaddr.isValid(address)) return false
  return ['loopback', 'private', 'uniqueLocal', 'linkLocal'].includes(ipaddr.process(address).range())
}
