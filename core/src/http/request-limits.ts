import type { RequestHandler } from 'express'

/** Bodies of uploads have their own, larger limit in the uploads' router. */
const LARGEST_BODY = 10 * 1024 * 1024

/** Refuses a body that announces itself as too large before a byte of it is read; parsers limit what does not announce. */
export const bodyLimit: RequestHandler = (request, response, next) => {
  if (request.path.startsWith('/uploads') || Number(request.headers['content-length'] ?? 0) <= LARGEST_BODY) return next()
  response.status(413).set('connection', 'close')
  response.json({ error: { code: 'LIMIT_EXCEEDED', message: `A request may have ${LARGEST_BODY / 1024 / 1024} MB at most.`, limit: LARGEST_BODY } })
}
