/**
 * The process cannot start or go on, for a reason that an operator can act on. The message is one sentence that says what
 * to do; command-line programs print it alone, without a stack.
 */
export class StartError extends Error {
  override readonly name: string = 'StartError'
}

/** The program or the database contradicts itself; the message names what and where. */
export class InternalError extends StartError {
  override readonly name = 'InternalError'
}

/** SQLSTATE of a PostgreSQL error, if `error` is one. */
export function sqlState(error: unknown): string | undefined {
  const code = (error as { code?: unknown } | null)?.code
  return typeof code === 'string' && /^[0-9A-Z]{5}$/.test(code) ? code : undefined
}

/** PostgreSQL could not write because its disk is full. Reads still work; writes work again as soon as there is room. */
export const isDiskFull = (error: unknown): boolean =>
  sqlState(error) === '53100' || /no space left on device/i.test((error as Error | null)?.message ?? '')

/** PostgreSQL is away, starting or stopping: worth another try in a moment. */
export function isDatabaseAway(error: unknown): boolean {
  const state = sqlState(error)
  if (state) return state.startsWith('08') || ['57P01', '57P02', '57P03', '53300'].includes(state)
  const code = (error as NodeJS.ErrnoException | null)?.code
  if (code && ['ECONNREFUSED', 'ECONNRESET', 'ENOENT', 'EPIPE', 'ETIMEDOUT'].includes(code)) return true
  return /connection terminated|timeout exceeded when trying to connect/i.test((error as Error | null)?.message ?? '')
}

/** The server is there, but has not started yet, has no connection left, or took longer to answer than a connection waits. */
export const isLate = (error: unknown): boolean => ['57P03', '53300'].includes(sqlState(error) ?? '') || /timeout/i.test((error as Error | null)?.message ?? '')

/** Somebody held or wanted the same rows: the same work may well succeed in a moment. */
export const isContention = (error: unknown): boolean => ['40001', '40P01', '55P03'].includes(sqlState(error) ?? '')

/** Not the fault of what was asked: it may succeed once the database is back, has room, or is less busy. */
export const isPassing = (error: unknown): boolean =>
  isContention(error) || isDatabaseAway(error) || isDiskFull(error) || sqlState(error) === '57014' || sqlState(error)?.startsWith('53') === true
