import { randomBytes } from 'node:crypto'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { StartError } from '../errors.ts'
import type { Place } from './place.ts'
import { writeWhole } from './write-whole.ts'

export const SUPERUSER = 'postgres'
/** Name of the app's role and of its database. */
export const APP = 'kartotek'
/** Name of the role that owns the plugins' own tables. */
export const PLUGINS = 'kartotek_plugins'

/** File of the passwords, in the home of the cluster. */
export const CREDENTIALS = 'credentials.json'

/** Passwords of the embedded PostgreSQL, 256 random bits each, kept beside it with mode 0600. */
export interface Credentials {
  /** For setting up the role and the database, and for nothing else. */
  readonly superuser: string
  readonly app: string
  readonly plugins: string
}

/** Reads the passwords, or makes them for a cluster that does not exist yet. */
export function loadCredentials(place: Place): Credentials {
  const file = join(place.home, CREDENTIALS)
  if (existsSync(file)) {
    try {
      const kept = JSON.parse(readFileSync(file, 'utf8')) as Omit<Credentials, 'plugins'> & Partial<Credentials>
      // Made by a version in which plugins had no tables.
      return kept.plugins === undefined ? keep(file, { ...kept, plugins: password() }) : kept as Credentials
    } catch (error) {
      throw new StartError(`${file} cannot be read (${(error as Error).message}): start as the user who made it, or restore it from a copy.`, { cause: error })
    }
  }
  if (existsSync(place.cluster)) throw new StartError(`${file} is missing, and the database cannot be opened without it: restore it from a copy.`)
  return keep(file, { superuser: password(), app: password(), plugins: password() })
}

const password = (): string => randomBytes(32).toString('hex')

function keep(file: string, credentials: Credentials): Credentials {
  writeWhole(file, JSON.stringify(credentials))
  return credentials
}

/** Connection string over the socket. The host in it is a placeholder: `host` in the query wins. */
export function socketUrl(place: Place, user: string, password: string, database: string): string {
  return `postgresql://${user}:${password}@localhost/${database}?host=${encodeURIComponent(place.socketDir)}&port=5432`
}
