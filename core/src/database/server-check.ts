import { setTimeout } from 'node:timers/promises'
import type { Pool } from 'pg'
import type { Log } from '@kartotek/sdk'
import { StartError, isDiskFull, isLate } from './errors.ts'

const OLDEST_MAJOR = 15
const PATIENCE_MS = 30_000
const PAUSE_MS = 500

/**
 * Refuses a server on which Kartotek would not work: too old, not UTF-8, or a locale in which trigram search finds
 * nothing in Cyrillic.
 *
 * @returns the version of the server, such as `15.18`, and whether it would notice damage of the disk
 */
export async function checkServer(pool: Pool, url: string, log: Log): Promise<{ version: string, checksums: boolean }> {
  const server = await firstAnswer(pool, log).catch((error: Error) => { throw unreachable(url, error) })
  const number = Number(server.number), major = Math.floor(number / 10_000)
  if (major < OLDEST_MAJOR) throw new StartError(`The server runs PostgreSQL ${major}: Kartotek needs ${OLDEST_MAJOR} or newer.`)
  if (server.encoding !== 'UTF8') {
    throw new StartError(`The database is encoded in ${server.encoding}: create it anew with \`encoding 'UTF8'\`.`)
  }
  if (server.recovery) throw new StartError('The server is a read-only replica: give the address of the primary in DATABASE_URL.')
  await checkLocale(pool)
  return { version: `${major}.${number % 10_000}`, checksums: server.checksums === 'on' }
}

interface About { number: string, encoding: string, recovery: boolean, checksums: string }

/** A server that is still starting, or is so busy that it answers late, is asked again for a while. */
async function firstAnswer(pool: Pool, log: Log): Promise<About> {
  const until = performance.now() + PATIENCE_MS
  for (let tries = 0; ; tries++) {
    try {
      const { rows: [about] } = await pool.query<About>(`
        select current_setting('server_version_num') as number, current_setting('server_encoding') as encoding, pg_is_in_recovery() as recovery, current_setting('data_checksums') as checksums`)
      return about!
    } catch (error) {
      if (!isLate(error) || performance.now() > until) throw error
      if (tries === 0) log.warn({ reason: (error as Error).message }, `The database does not answer yet: it is asked again for ${PATIENCE_MS / 1000} s.`)
      await setTimeout(PAUSE_MS)
    }
  }
}

/** Trigrams of Cyrillic are missing unless LC_CTYPE of the database is a UTF-8 one. Makes the extension if it may. */
export async function checkLocale(pool: Pool): Promise<void> {
  await pool.query('create extension if not exists pg_trgm with schema public').catch((error: Error) => {
    if (isDiskFull(error)) throw new StartError('The disk of the database is full: free some space and start again.', { cause: error })
    throw new StartError(`The database lacks the extension pg_trgm and this role may not add it (${error.message}): `
      + 'run `create extension pg_trgm` in it as a superuser, then start again.', { cause: error })
  })
  const { rows: [row] } = await pool.query<{ found: boolean, locale: string }>(`
    select cardinality(public.show_trgm('Привет')) > 0 as found, datctype as locale from pg_database where datname = current_database()`)
  if (row!.found) return
  throw new StartError(`The locale of the database (LC_CTYPE ${row!.locale}) does not know Cyrillic letters, so search would find nothing: `
    + `create it anew, for example with \`create database kartotek template template0 encoding 'UTF8' lc_collate 'C.UTF-8' lc_ctype 'C.UTF-8'\`.`)
}

function unreachable(url: string, error: Error): StartError {
  if (isDiskFull(error)) return new StartError('The disk of the database is full: free some space and start again.', { cause: error })
  return new StartError(`The database at ${withoutPassword(url)} does not answer (${error.message || (error as NodeJS.ErrnoException).code}): `
    + 'check that it runs and that DATABASE_URL is right.', { cause: error })
}

/** The address of a database in a form that may be shown. */
export function withoutPassword(url: string): string {
  return url.replace(/^([a-z]+:\/\/[^:@/]*):[^@]*@/i, '$1:…@').replace(/([?&]password=)[^&]*/i, '$1…')
}
