import { statfsSync } from 'node:fs'
import type { Database } from './index.ts'

/** What `/health` says of the database. */
export interface DatabaseHealth {
  ready: boolean
  /** Sentences without names, paths or addresses. */
  problems: string[]
}

const ANSWER_MS = 3_000
/** PostgreSQL adds to its log in pieces of 16 MB; below this it may not write soon. */
const LITTLE_ROOM_BYTES = 200 * 1024 * 1024

/** Asks the database for a sign of life, and looks at the room on the embedded one's disk. */
export async function databaseHealth(db: Database): Promise<DatabaseHealth> {
  const problems: string[] = []
  const ready = await answers(db)
  if (!ready) problems.push(db.embedded?.state().problem?.includes('is full') ? 'The disk of the database is full.' : 'The database does not answer.')
  if (db.embedded && roomLeft(db.embedded.home) < LITTLE_ROOM_BYTES) problems.push('There is little room left on the disk of the database.')
  return { ready, problems }
}

async function answers(db: Database): Promise<boolean> {
  const late = new Promise<boolean>(resolve => { setTimeout(() => resolve(false), ANSWER_MS).unref() })
  return Promise.race([db.pool.query('select').then(() => true, () => false), late])
}

function roomLeft(directory: string): number {
  const { bavail, bsize } = statfsSync(directory)
  return bavail * bsize
}
