import { randomBytes } from 'node:crypto'
import { chmodSync, linkSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { StartError } from '../database/errors.ts'

/** Name of the file in the data directory. */
export const SECRET_FILE = 'secret'

/** Reads the secret of this installation, or makes it: 256 random bits in a file of mode 0600 in the data directory. */
export function loadSecret(dataDir: string): string {
  const file = join(dataDir, SECRET_FILE)
  try {
    mkdirSync(dataDir, { recursive: true, mode: 0o700 })
    const found = read(file)
    if (found !== undefined) return found
    // linked when it is whole: of two starts at once the first wins and the other reads the same secret
    const unfinished = `${file}.${process.pid}`
    writeFileSync(unfinished, randomBytes(32).toString('hex') + '\n', { mode: 0o600, flush: true })
    try {
      linkSync(unfinished, file)
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error
    } finally {
      rmSync(unfinished, { force: true })
    }
    return read(file)!
  } catch (error) {
    if (error instanceof StartError) throw error
    throw new StartError(`The data directory ${dataDir} cannot be used (${(error as Error).message}): set KARTOTEK_DATA_DIR to a directory that may be written.`, { cause: error })
  }
}

/** Replaces the secret of an installation that has used none yet, as after a restore. */
export function keepSecret(dataDir: string, secret: string): void {
  const file = join(dataDir, SECRET_FILE)
  writeFileSync(`${file}.new`, `${secret}\n`, { mode: 0o600, flush: true })
  renameSync(`${file}.new`, file)
}

function read(file: string): string | undefined {
  let text: string
  try {
    text = readFileSync(file, 'utf8').trim()
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
    throw error
  }
  if (text.length < 32) throw new StartError(`${file} holds no secret of 32 characters: restore it from a copy; without it sessions and encrypted settings are lost.`)
  chmodSync(file, 0o600)
  return text
}
