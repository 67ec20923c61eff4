import type { RequestHandler } from 'express'

/** Below these, routers say themselves how large a body may be, and refuse it as early. */
const OWN_LIMIT = /^\/(uploads|plugins)(\/|$)/i
const LARGEST_BODY = 10 * 1024 * 1024

/** Refuses a body that announces itself as too large before a byte of it is read; parsers limit what does not announce. */
export const bodyLimit: RequestHandler = (request, response, next) => {
  if (OWN_LIMIT.test(request.path) || Number(request.headers['content-length'] ?? 0) <= LARGEST_BODY) return next()
  response.status(413).set('connection', 'close')
  response.json({ error: { code: 'LIMIT_EXCEEDED', message: `A request may have ${LARGEST_BODY / 1024 / 1024} MB at most.`, limit: LARGEST_BODY } })
}
