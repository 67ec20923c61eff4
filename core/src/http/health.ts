import type { RequestHandler } from 'express'
import { translate } from '../messages/translate.ts'
import { readerLocale } from './reader-locale.ts'

/** What `GET /health` answers. Seen by anybody who reaches the server: no names, no paths, no addresses. */
export interface HealthReport {
  /** False answers 503: a balancer sends nothing here. */
  ready: boolean
  /** `{ kartotek: '0.1.0', postgresql: '18.4' }` */
  versions: Record<string, string>
  /** What is wrong, in English sentences for the operator, answered in the language that `Accept-Language` wants; may be non-empty while ready. */
  problems: string[]
}

const TIMEOUT_MS = 5_000

export function healthRoute(health: () => Promise<HealthReport>): RequestHandler {
  return async (request, response) => {
    const report = await Promise.race([health(), late()]).catch((error: Error): HealthReport => ({ ready: false, versions: {}, problems: [error.message] }))
    response.status(report.ready ? 200 : 503).set('cache-control', 'no-store')
    const problems = report.problems.map((problem) => translate(problem, readerLocale(request)))
    response.json({ status: report.ready ? (problems.length ? 'degraded' : 'ok') : 'unavailable', ...report, problems })
  }
}

function late(): Promise<HealthReport> {
  return new Promise(resolve => {
    setTimeout(() => resolve({ ready: false, versions: {}, problems: [`There is no answer within ${TIMEOUT_MS / 1000} seconds.`] }), TIMEOUT_MS).unref()
  })
}
