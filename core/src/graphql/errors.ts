import { randomUUID } from 'node:crypto'
import { GraphQLError, type GraphQLFormattedError } from 'graphql'
import { DomainError, InputError, type ErrorCode, type Locale, type Log } from '@kartotek/sdk'
import { translateError } from '../messages/translate.ts'
import { isContention, isDatabaseAway, isDiskFull, sqlState } from '../database/index.ts'

/** Apollo's and graphql's own mistakes in the closed set of codes. */
const CODES: Record<string, ErrorCode> = {
  GRAPHQL_PARSE_FAILED: 'INVALID_INPUT', GRAPHQL_VALIDATION_FAILED: 'INVALID_INPUT', BAD_USER_INPUT: 'INVALID_INPUT', BAD_REQUEST: 'INVALID_INPUT',
  OPERATION_RESOLUTION_FAILURE: 'INVALID_INPUT', PERSISTED_QUERY_NOT_FOUND: 'INVALID_INPUT', PERSISTED_QUERY_NOT_SUPPORTED: 'INVALID_INPUT',
}

/**
 * What the caller learns of an error: business errors as they are, mistakes of the request as INVALID_INPUT, all else as
 * INTERNAL with a reference under which the log has the cause.
 */
export function formatError(formatted: GraphQLFormattedError, error: unknown, log: Log): GraphQLFormattedError {
  const cause = causeOf(error)
  const { locations, path } = formatted
  const place = { ...(locations ? { locations } : {}), ...(path ? { path } : {}) }
  if (cause instanceof DomainError) return { message: cause.message, ...place, extensions: { ...cause.data, code: cause.code } }
  const code = CODES[String(formatted.extensions?.code)] ?? (cause instanceof GraphQLError && !cause.originalError ? 'INVALID_INPUT' : undefined)
  if (code) return { message: formatted.message, ...place, extensions: { code, ...(code === 'INVALID_INPUT' ? { fields: [] } : {}) } }
  const known = databaseError(cause)
  if (known) return { message: known.message, ...place, extensions: { ...known.data, code: known.code } }
  const ref = randomUUID()
  log.error({ err: cause instanceof Error ? cause : new Error(String(cause)), ref, path }, 'a request failed')
  return { message: `Something went wrong on our side. The administrator finds the cause in the log under ${ref}.`, ...place, extensions: { code: 'INTERNAL', ref } }
}

function causeOf(error: unknown): unknown {
  let cause = error
  while (cause instanceof GraphQLError && cause.originalError) cause = cause.originalError
  return cause
}

/** Failures of the database that a caller can understand and wait out or mend. */
function databaseError(error: unknown): DomainError | null {
  const state = sqlState(error)
  if (state === '23505') return new DomainError('DUPLICATE', 'This value exists already.', { constraint: 'unique' })
  // Values that the database cannot take as what they should be: no uuid, a NUL in a text, a number out of range.
  if (state?.startsWith('22')) return new InputError('A value of the request does not fit its field.')
  if (state === '23503') return new InputError('A record that this one refers to is gone.')
  if (state === '57014') return new DomainError('LIMIT_EXCEEDED', 'The request took too long. Narrow it down with a filter.')
  if (isContention(error)) return new DomainError('UNAVAILABLE', 'Somebody is changing the same data. Try again.', { retryAfterSeconds: 1 })
  if (isDiskFull(error)) return new DomainError('UNAVAILABLE', 'The disk of the server is full; nothing was saved. Tell the administrator.', { retryAfterSeconds: 60 })
  if (isDatabaseAway(error)) return new DomainError('UNAVAILABLE', 'The database does not answer now. Try again in a moment.', { retryAfterSeconds: 5 })
  return null
}

/** The same for one item of a bulk write. */
export function itemError(error: Error, log: Log, locale: Locale): { code: string, message: string, fields: unknown, missing: unknown, current: unknown } {
  const { message, extensions } = translateError(formatError({ message: error.message }, error, log), locale)
  return { code: String(extensions?.code), message, fields: extensions?.fields ?? null, missing: extensions?.missing ?? null, current: extensions?.current ?? null }
}

