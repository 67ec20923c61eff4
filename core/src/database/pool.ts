import pg from 'pg'
import type { Log } from '@kartotek/sdk'

/** Time limits of a session; a caller that needs longer says so with `set local` in its own transaction. */
export const SESSION_LIMITS = {
  statement_timeout: 30_000,
  lock_timeout: 10_000,
  idle_in_transaction_session_timeout: 60_000,
} as const

/** Takes all time limits off one session, for work that is as long as the data. The session is not given back to the pool. */
export async function withoutLimits(client: pg.ClientBase): Promise<void> {
  // transaction_timeout came with PostgreSQL 17
  await client.query(`select set_config(name, '0', false) from pg_settings
    where name in ('statement_timeout', 'lock_timeout', 'idle_in_transaction_session_timeout', 'transaction_timeout')`)
}

const NUMERIC = 1700, INT8 = 20, DATE = 1082
const ARRAY_OF_DATE = 1182
const asText = (text: string): string => text

/**
 * How values of PostgreSQL arrive: `numeric` and `int8` as text, because a JavaScript number cannot hold them exactly;
 * `date` as 'YYYY-MM-DD', because a Date would move it by the time zone; `timestamptz` as Date.
 */
export const types: pg.CustomTypesConfig = {
  getTypeParser(oid: number, format?: string) {
    if (oid === NUMERIC || oid === INT8 || oid === DATE) return asText
    if (oid === ARRAY_OF_DATE) return (text: string) => text === '{}' ? [] : text.slice(1, -1).split(',').map(day => day === 'NULL' ? null : day)
    return pg.types.getTypeParser(oid, format as 'text')
  },
} as pg.CustomTypesConfig

/** A pool with the house's types and limits that outlives any number of lost connections. */
export function createPool(url: string, log: Log, options: { max: number, applicationName: string, searchPath?: string }): pg.Pool {
  const pool = new pg.Pool({
    connectionString: url, types, max: options.max, application_name: options.applicationName,
    ...options.searchPath !== undefined && { options: `-c search_path=${options.searchPath.replaceAll(' ', '')}` },
    connectionTimeoutMillis: 10_000, idleTimeoutMillis: 60_000, ...SESSION_LIMITS,
  })
  pool.on('error', error => log.warn({ reason: error.message }, 'an idle database connection was lost'))
  // a checked-out connection that breaks between two statements emits 'error' with nobody listening: that ends the process
  pool.on('connect', client => { client.on('error', () => undefined) })
  return pool
}
