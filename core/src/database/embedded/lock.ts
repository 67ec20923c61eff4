import { linkSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { StartError } from '../errors.ts'
import { diskFull } from './cluster.ts'
import { startTime } from './process-info.ts'

interface Holder { pid: number, startedAt: string }

/** The right to run the PostgreSQL of one directory. One process has it; a dead one's is taken over. */
export interface Lock { release(): void }

const FILE = 'kartotek.lock'

/** The live process that holds the lock of `home`, if there is one. */
export function lockHolder(home: string): Holder | undefined {
  const holder = parse(read(join(home, FILE)))
  return holder && startTime(holder.pid) === holder.startedAt ? holder : undefined
}

/**
 * Takes the lock of `home`.
 *
 * @throws StartError when another running process has it
 */
export function takeLock(home: string, dataDir: string): Lock {
  const file = join(home, FILE)
  const own = JSON.stringify({ pid: process.pid, startedAt: startTime(process.pid) ?? '' } satisfies Holder)
  for (let attempt = 0; attempt < 5; attempt++) {
    try {
      writeFileSync(file, own, { flag: 'wx', mode: 0o600 })
      return { release: () => { if (read(file) === own) rmSync(file, { force: true }) } }
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOSPC') throw diskFull(home, error)
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error
    }
    const holder = lockHolder(home)
    if (holder) throw inUse(dataDir, holder.pid)
    removeStale(file)
  }
  throw inUse(dataDir, parse(read(file))?.pid)
}

/**
 * Two starts may find the same dead lock at once, and the slower one must not remove the new lock of the quicker one. So
 * the file is first moved aside, then looked at again, and put back if it was not the dead one.
 */
function removeStale(file: string): void {
  const aside = `${file}.${process.pid}`
  try {
    renameSync(file, aside)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return
    throw error
  }
  const holder = parse(read(aside))
  if (holder && startTime(holder.pid) === holder.startedAt) linkSync(aside, file)
  rmSync(aside, { force: true })
}

function inUse(dataDir: string, pid: number | undefined): StartError {
  return new StartError(`Another Kartotek${pid ? ` (process ${pid})` : ''} is running on the data directory ${dataDir}: `
    + 'stop it first, or give this one a KARTOTEK_DATA_DIR of its own.')
}

function read(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8')
  } catch {
    return undefined
  }
}

function parse(text: string | undefined): Holder | undefined {
  try {
    const holder = JSON.parse(text ?? '') as Partial<Holder>
    return Number.isInteger(holder.pid) && typeof holder.startedAt === 'string' ? holder as Holder : undefined
  } catch {
    return undefined
  }
}
