import { execFile, type ExecFileException } from 'node:child_process'
import { chownSync, existsSync, mkdirSync, readFileSync, readdirSync, renameSync, rmSync, statSync, statfsSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { StartError } from '../errors.ts'
import { environment, type Binaries } from './binaries.ts'
import { CREDENTIALS, SUPERUSER, type Credentials } from './credentials.ts'
import type { Place } from './place.ts'
import { isServerProcess, serverProcesses } from './process-info.ts'
import type { Owner } from './server-user.ts'
import { writeWhole } from './write-whole.ts'

const execute = promisify(execFile)
const START_SECONDS = 60, STOP_SECONDS = 60
/** A number above the highest pid of any system: PostgreSQL then takes the lock file for one of a dead process. */
const NO_PROCESS = 4_194_305

/** One data directory and the programs to make, start and stop it. Holds no state: everything is read from the disk. */
export class Cluster {
  readonly place: Place
  readonly #binaries: Binaries
  /** How much of each log was there before the last start. */
  #logSizes = new Map<string, number>()

  constructor(place: Place, binaries: Binaries) {
    this.place = place
    this.#binaries = binaries
  }

  get exists(): boolean { return existsSync(join(this.place.cluster, 'PG_VERSION')) }

  /** Pid of the running postmaster. */
  get pid(): number | undefined {
    const pid = Number(this.#pidFile()?.split('\n')[0])
    return Number.isInteger(pid) && pid > 0 && isServerProcess(pid, this.place.cluster) ? pid : undefined
  }

  /** Makes the data directory, whole or not at all. */
  async create(credentials: Credentials): Promise<void> {
    const { cluster, home, owner } = this.place
    if (existsSync(cluster)) {
      throw new StartError(`${cluster} exists but is not a PostgreSQL data directory: move it away, or restore what it should hold.`)
    }
    const unfinished = `${cluster}.new`
    rmSync(unfinished, { recursive: true, force: true })
    mkdirSync(unfinished, { mode: 0o700 })
    const passwordFile = join(home, 'initdb-password')
    writeFileSync(passwordFile, credentials.superuser, { mode: 0o600 })
    if (owner) for (const path of [unfinished, passwordFile]) chownSync(path, owner.uid, owner.gid)
    // the locale's ctype feeds pg_trgm, and must be a UTF-8 one; macOS got C.UTF-8 late
    const ctype = process.platform === 'darwin' ? 'en_US.UTF-8' : 'C.UTF-8'
    try {
      await this.#run(this.#binaries.initdb, ['-D', unfinished, '--username', SUPERUSER, '--pwfile', passwordFile, '--auth=scram-sha-256',
        '--encoding=UTF8', '--locale-provider=builtin', '--builtin-locale=C.UTF-8', '--locale=C', `--lc-ctype=${ctype}`, '--data-checksums', '--no-instructions'])
      renameSync(unfinished, cluster)
    } catch (error) {
      rmSync(unfinished, { recursive: true, force: true })
      throw this.#explain('PostgreSQL could not make its data directory', error as ExecFileException)
    } finally {
      rmSync(passwordFile, { force: true })
    }
  }

  /** Takes over a copied data directory, whole or not at all. */
  async fill(write: (directory: string) => Promise<{ credentials: string, postgresql: string }>): Promise<void> {
    const { cluster, home, owner } = this.place
    if (existsSync(cluster)) throw new StartError(`There is a database in ${home} already: restore into a new one, with another KARTOTEK_DATA_DIR.`)
    const unfinished = `${cluster}.new`
    rmSync(unfinished, { recursive: true, force: true })
    mkdirSync(unfinished, { mode: 0o700 })
    try {
      const { credentials, postgresql } = await write(unfinished)
      const { stdout } = await this.#run(this.#binaries.postgres, ['--version'])
      const own = /\d+(\.\d+)?/.exec(stdout)![0]
      if (own.split('.')[0] !== postgresql.split('.')[0]) throw new StartError(`The physical backup is of PostgreSQL ${postgresql}, and this Kartotek carries ${own}: restore it with the version that made it, or use a backup made without --physical.`)
      if (owner) chownAll(unfinished, owner)
      writeWhole(join(home, CREDENTIALS), credentials)
      renameSync(unfinished, cluster)
    } catch (error) {
      rmSync(unfinished, { recursive: true, force: true })
      throw error
    }
  }

  /** Starts the server and waits until it takes connections. Recovers whatever a crash has left. */
  async start(settings: string): Promise<void> {
    const { cluster } = this.place
    await this.#clearAfterCrash()
    this.#logSizes = new Map(this.#logFiles().map(file => [file, statSync(file).size]))
    try {
      this.#write('postgresql.conf', settings)
      await this.#run(this.#binaries.pgCtl, ['start', '-D', cluster, '-w', '-t', String(START_SECONDS), '-l', join(cluster, 'start.log')])
    } catch (error) {
      throw this.#explain('The embedded PostgreSQL does not start', error as ExecFileException)
    }
  }

  /** `pg_ctl stop -m fast`: open transactions are rolled back, everything is written, nothing needs recovery. */
  async stop(): Promise<void> {
    if (this.pid === undefined) return
    try {
      await this.#run(this.#binaries.pgCtl, ['stop', '-D', this.place.cluster, '-m', 'fast', '-w', '-t', String(STOP_SECONDS)])
    } catch (error) {
      if (this.pid !== undefined) throw this.#explain('The embedded PostgreSQL does not stop', error as ExecFileException)
    }
  }

  /** Does the running server use these programs and these settings? Otherwise it is restarted, not adopted. */
  runsWith(settings: string): boolean {
    const read = (name: string): string => {
      try {
        return readFileSync(join(this.place.cluster, name), 'utf8')
      } catch {
        return ''
      }
    }
    return read('postgresql.conf') === settings && read('postmaster.opts').startsWith(this.#binaries.postgres)
  }

  /** What the server complained about since this process started it, without what it told to those who came too early. */
  #complaints(): string[] {
    if (!this.exists) return []
    const added = (file: string): string => readFileSync(file).subarray(this.#logSizes.get(file) ?? 0).toString().slice(-20_000)
    const lines = this.#logFiles().flatMap(file => added(file).split('\n'))
    return lines.filter(line => /\b(FATAL|PANIC|could not)\b|No space left/.test(line) && !/FATAL: +the database system is /.test(line))
      .map(line => line.replace(/^.*?(FATAL|PANIC|LOG|ERROR):\s*/, ''))
  }

  get freeBytes(): number {
    const { bavail, bsize } = statfsSync(existsSync(this.place.cluster) ? this.place.cluster : this.place.home)
    return bavail * bsize
  }

  /**
   * After `kill -9` of the postmaster its backends may live on in a long statement, and a new server would wait for them.
   * The pid in the lock files may by now be anybody's, or a zombie's that nobody has buried, and PostgreSQL would refuse to
   * start. In postmaster.pid the number is replaced; that file stays, because PostgreSQL finds left shared memory by it. The
   * socket's lock goes: the directory is this cluster's alone.
   */
  async #clearAfterCrash(): Promise<void> {
    const text = this.#pidFile()
    if (text === undefined) return
    for (const pid of serverProcesses(this.place.cluster)) signal(pid, 'SIGQUIT')
    for (let waited = 0; serverProcesses(this.place.cluster).length && waited < 5_000; waited += 50) await delay(50)
    for (const pid of serverProcesses(this.place.cluster)) signal(pid, 'SIGKILL')
    this.#write('postmaster.pid', text.replace(/^\d+/, String(NO_PROCESS)))
    for (const name of ['.s.PGSQL.5432', '.s.PGSQL.5432.lock']) rmSync(join(this.place.socketDir, name), { force: true })
  }

  #pidFile(): string | undefined {
    try {
      return readFileSync(join(this.place.cluster, 'postmaster.pid'), 'utf8')
    } catch {
      return undefined
    }
  }

  #write(name: string, text: string): void {
    writeWhole(join(this.place.cluster, name), text, this.place.owner)
  }

  #logFiles(): string[] {
    const logs = join(this.place.cluster, 'log')
    const collected = existsSync(logs) ? readdirSync(logs).map(name => join(logs, name)) : []
    const newest = collected.sort((a, b) => statSync(a).mtimeMs - statSync(b).mtimeMs).slice(-1)
    const first = join(this.place.cluster, 'start.log')
    return existsSync(first) ? [...newest, first] : newest
  }

  #run(file: string, args: string[]): Promise<{ stdout: string }> {
    const { owner } = this.place
    return execute(file, args, { cwd: '/', env: environment, maxBuffer: 8 * 1024 * 1024, ...(owner && { uid: owner.uid, gid: owner.gid }) })
  }

  #explain(what: string, error: ExecFileException & { stderr?: string }): StartError {
    const complaints = this.#complaints()
    const text = [error.stderr, error.message, ...complaints].join('\n')
    if (/no space left|disk quota/i.test(text) || error.code === 'ENOSPC') {
      return diskFull(this.place.home, error)
    }
    const reason = complaints.at(-1) || error.stderr?.trim().split('\n').at(-1) || error.message
    return new StartError(`${what} (${reason}): its log is in ${join(this.place.cluster, 'log')}.`, { cause: error })
  }
}

export const diskFull = (directory: string, cause: unknown): StartError =>
  new StartError(`The disk that holds ${directory} is full: free some space and start again.`, { cause })

function chownAll(directory: string, owner: Owner): void {
  chownSync(directory, owner.uid, owner.gid)
  for (const entry of readdirSync(directory, { withFileTypes: true })) {
    const path = join(directory, entry.name)
    if (entry.isDirectory()) chownAll(path, owner)
    else chownSync(path, owner.uid, owner.gid)
  }
}

function signal(pid: number, name: NodeJS.Signals): void {
  try {
    process.kill(pid, name)
  } catch {
    // it ended meanwhile
  }
}

const delay = (ms: number): Promise<void> => new Promise(resolve => setTimeout(resolve, ms))
