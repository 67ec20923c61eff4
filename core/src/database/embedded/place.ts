import { createHash } from 'node:crypto'
import { chmodSync, chownSync, existsSync, lstatSync, mkdirSync, readFileSync, realpathSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Log } from '@kartotek/sdk'
import { StartError } from '../errors.ts'
import { serverUser, type Owner } from './server-user.ts'
import { writeWhole } from './write-whole.ts'

/** Where root keeps what the user `postgres` must reach: a clone may lie below a closed folder. */
export const ROOT_BASE = '/var/lib/kartotek'
/** A socket path is at most 107 bytes; `/.s.PGSQL.5432` is added to the directory. */
const LONGEST_SOCKET_DIR = 107 - '/.s.PGSQL.5432'.length

/** The directories of one embedded PostgreSQL. */
export interface Place {
  /** Lock, credentials, and the rest below it. */
  readonly home: string
  /** PGDATA. */
  readonly cluster: string
  /** Mode 0700. */
  readonly socketDir: string
  /** Whom PostgreSQL runs as when the app is root, which PostgreSQL refuses to be. */
  readonly owner?: Owner | undefined
}

/**
 * Decides where the PostgreSQL of `dataDir` lives and makes the directories. Below the data directory itself, or for root
 * under {@link ROOT_BASE}; a new one in `elsewhere` where that is given. The choice is noted in `dataDir/postgresql.json`, so that
 * a moved data directory keeps its data and a lost one is not taken for a new one.
 */
export function choosePlace(dataDir: string, log: Log, elsewhere?: string): Place {
  makeDirectory(dataDir, 'KARTOTEK_DATA_DIR')
  const real = realpathSync(dataDir)
  const noted = readNote(dataDir)
  const asRoot = process.getuid?.() === 0
  const home = noted ?? elsewhere ?? (asRoot ? join(ROOT_BASE, hash(real)) : join(real, 'postgresql'))
  const owner = asRoot ? ownerOf(home, log) : undefined
  if (owner && !noted) {
    log.info({ directory: home, user: owner.name }, `PostgreSQL refuses to run as root: it runs as user ${owner.name} and keeps its data in ${home}`)
  }
  if (asRoot && home.startsWith(ROOT_BASE)) mkdirSync(ROOT_BASE, { recursive: true, mode: 0o755 })
  mkdirSync(home, { recursive: true, mode: 0o700 })
  // PostgreSQL's user passes through, and sees nothing
  if (owner) chmodSync(home, 0o711)
  const place = { home, cluster: join(realpathSync(home), 'cluster'), socketDir: socketDirectory(home), owner }
  makePrivate(place.socketDir, owner)
  if (!noted) writeWhole(join(dataDir, NOTE), JSON.stringify({ home }) + '\n')
  return place
}

const NOTE = 'postgresql.json'
const hash = (text: string): string => createHash('sha256').update(text).digest('hex').slice(0, 16)

function readNote(dataDir: string): string | undefined {
  const file = join(dataDir, NOTE)
  if (!existsSync(file)) return undefined
  let home: unknown
  try {
    home = (JSON.parse(readFileSync(file, 'utf8')) as { home?: unknown }).home
  } catch (error) {
    throw new StartError(`${file} cannot be read (${(error as Error).message}): start as the user who made it, or restore it.`, { cause: error })
  }
  if (typeof home !== 'string') throw new StartError(`${file} does not name the home of the database: restore it.`)
  // the data directory was moved with the database inside: it is found beside the note
  const moved = join(realpathSync(dataDir), 'postgresql')
  if (!existsSync(join(home, 'cluster')) && existsSync(join(moved, 'cluster'))) return moved
  if (!existsSync(home)) {
    throw new StartError(`The database of ${dataDir} was kept in ${home}, which cannot be found: `
      + `start as the user who made it or bring that directory back; for a new, empty database remove ${file}.`)
  }
  return home
}

/** A database made by another user stays that user's, also when root starts it. */
function ownerOf(home: string, log: Log): Owner {
  const cluster = join(home, 'cluster')
  if (existsSync(cluster)) {
    const { uid, gid } = statSync(cluster)
    if (uid !== 0) return { uid, gid, name: serverUser.nameOf(uid) ?? String(uid) }
  }
  return serverUser.ensure(log)
}

function makeDirectory(directory: string, setting: string): void {
  try {
    mkdirSync(directory, { recursive: true, mode: 0o700 })
  } catch (error) {
    throw new StartError(`The data directory ${directory} cannot be made (${(error as Error).message}): set ${setting} to a directory that may be written.`, { cause: error })
  }
}

function socketDirectory(home: string): string {
  const below = join(home, 'socket')
  if (Buffer.byteLength(below) <= LONGEST_SOCKET_DIR) return below
  return join(tmpdir(), `kartotek-${process.getuid?.() ?? 0}-${hash(home)}`)
}

function makePrivate(directory: string, owner: Owner | undefined): void {
  mkdirSync(directory, { recursive: true, mode: 0o700 })
  const found = lstatSync(directory)
  const uid = owner?.uid ?? process.getuid?.() ?? found.uid
  // in a shared temporary directory somebody else may have made it first, to listen in
  if (!found.isDirectory() || (found.uid !== uid && found.uid !== process.getuid?.())) {
    throw new StartError(`${directory} belongs to somebody else: remove it, or set KARTOTEK_DATA_DIR to a shorter path.`)
  }
  chmodSync(directory, 0o700)
  if (owner) chownSync(directory, owner.uid, owner.gid)
}
