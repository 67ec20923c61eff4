import { pino, stdSerializers, type Logger } from 'pino'
import { humanLines } from './human-lines.ts'

export type { Logger } from 'pino'

/** Keys whose values never reach a log, on the first two levels. */
const SECRET_KEYS = ['password', 'newPassword', 'token', 'secret', 'authorization', 'cookie', 'databaseUrl', 'smtpUrl']
const REDACT = SECRET_KEYS.flatMap(key => [key, `*.${key}`])
const HEADERS = ['req.headers.authorization', 'req.headers.cookie', 'res.headers["set-cookie"]']

/**
 * The log of the process, on standard output: JSON lines, or short readable lines on a terminal. Secrets and the values of
 * people's data that PostgreSQL puts into the details of an error are left out.
 */
export function createLogger(config: { logLevel: string }, output: NodeJS.WriteStream = process.stdout): Logger {
  const options = {
    level: config.logLevel,
    base: null,
    redact: { paths: [...REDACT, ...HEADERS], censor: '…' },
    serializers: { err: safeError },
  }
  return output.isTTY ? pino(options, humanLines(output)) : pino(options, output)
}

/** `detail`, `where` and `parameters` of a database error quote rows: «Key (email)=(a@b.c) already exists». */
function safeError(error: Error): object {
  const { type, message, stack, code, constraint, table } = stdSerializers.err(error) as unknown as Record<string, unknown>
  return { type, message, stack, ...(code ? { code } : {}), ...(constraint ? { constraint } : {}), ...(table ? { table } : {}) }
}
