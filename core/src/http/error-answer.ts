import type { ErrorRequestHandler } from 'express'
import { DomainError, type ErrorCode } from '@kartotek/sdk'
import type { Logger } from '../config/log.ts'
import { isDatabaseAway, isDiskFull } from '../database/index.ts'
import { translateError } from '../messages/translate.ts'
import { loggedPath } from './logged-path.ts'
import { readerLocale } from './reader-locale.ts'

const STATUS: Record<ErrorCode, number> = {
  UNAUTHENTICATED: 401, FORBIDDEN: 403, NOT_FOUND: 404, INVALID_INPUT: 400, CONFLICT: 409, DUPLICATE: 409,
  GATE_CLOSED: 409, LIMIT_EXCEEDED: 413, RATE_LIMITED: 429, UNAVAILABLE: 503, INTERNAL: 500,
}

/** The last handler: what a route threw becomes `{ error: { code, message, … } }` in the language of who asked, and nothing internal leaves. */
export function errorAnswer(log: Logger): ErrorRequestHandler {
  return (error: unknown, request, response, next) => {
    if (response.headersSent) return next(error)
    const ref = response.locals.requestId as string
    const { status, body: { message, ...body } } = describe(error, ref)
    if (status >= 500) log.error({ err: error, method: request.method, path: loggedPath(request.path), ref }, 'a request failed')
    const retryAfter = body.retryAfterSeconds
    if (typeof retryAfter === 'number') response.set('retry-after', String(Math.ceil(retryAfter)))
    const told = translateError({ message, extensions: body }, readerLocale(request))
    response.status(status).json({ error: { ...told.extensions, message: told.message } })
  }
}

interface Body { code: ErrorCode, message: string, [more: string]: unknown }

function describe(error: unknown, ref: string): { status: number, body: Body } {
  if (error instanceof DomainError && error.code !== 'INTERNAL') {
    return { status: STATUS[error.code], body: { ...error.data, code: error.code, message: error.message } }
  }
  // body parsers and express.static: a wrong request, with a status of its own
  const { status } = error as { status?: unknown }
  if (status === 413) return { status, body: { code: 'LIMIT_EXCEEDED', message: 'The request is too large.' } }
  if (status === 404) return { status, body: { code: 'NOT_FOUND', message: 'There is nothing at this address.' } }
  if (typeof status === 'number' && status >= 400 && status < 500) return { status, body: { code: 'INVALID_INPUT', message: 'The request cannot be read.' } }
  if (isDiskFull(error)) return { status: 503, body: { code: 'UNAVAILABLE', message: 'The disk of the server is full; nothing was changed.', ref } }
  if (isDatabaseAway(error)) return { status: 503, body: { code: 'UNAVAILABLE', message: 'The database does not answer now; try again in a moment.', retryAfterSeconds: 2, ref } }
  return { status: 500, body: { code: 'INTERNAL', message: 'Something went wrong on the server.', ref } }
}
