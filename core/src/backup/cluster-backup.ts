import { createHash, type Hash } from 'node:crypto'
import { createReadStream, existsSync, readFileSync, readdirSync, renameSync, rmSync, statSync, type Dirent } from 'node:fs'
import { join } from 'node:path'
import pg from 'pg'
import { VERSION } from '../config/index.ts'
import { StartError, isDiskFull, withoutLimits, type Database } from '../database/index.ts'
import { ArchiveWriter } from './archive.ts'
import { hashed, startFile, writeFiles, type BackupOptions } from './backup.ts'
import { ENTRY, FORMAT, type ClusterHeading, type ClusterManifest } from './manifest.ts'

/** Made anew by every server, or read from the write-ahead log: directories whose content stays behind. */
const EMPTIED = new Set(['pg_wal', 'pg_replslot', 'pg_dynshmem', 'pg_notify', 'pg_serial', 'pg_snapshots', 'pg_stat_tmp', 'pg_subtrans', 'log'])
const LEFT_OUT = /^(postmaster\.(pid|opts)|start\.log|backup_label(\.old)?|tablespace_map(\.old)?|postgresql\.auto\.conf\.tmp|pg_internal\.init(\.\d+)?|pgsql_tmp.*|.*\.new)$/
/** Last of all: what it says must be no older than the other files. */
const CONTROL = 'global/pg_control'
const SEGMENT = /^[0-9A-F]{24}$/

/**
 * Copies the data directory of the embedded PostgreSQL as it stands, while the server goes on, with the write-ahead log that
 * makes it whole (PostgreSQL's «low-level API of base backups»). Quicker than {@link backup} for a large company, and tied to
 * this major version and kind of machine.
 *
 * @throws StartError for an outside database, when the file exists, or the disk is full
 */
export async function backupCluster(db: Database, file: string, options: BackupOptions = {}): Promise<ClusterManifest> {
  if (!db.embedded) throw new StartError('A physical backup is one of the embedded PostgreSQL: copy your own server with pg_basebackup, or leave --physical out.')
  if (existsSync(file) && !options.force) throw new StartError(`${file} exists already: give another name, or --force to replace it.`)
  const unfinished = `${file}.unfinished`
  const archive = new ArchiveWriter(unfinished)
  const superuser = new pg.Client({ connectionString: db.embedded.superuserUrl('postgres') })
  // what ends the connection is told by the statement that runs
  superuser.on('error', () => undefined)
  try {
    await superuser.connect()
    await withoutLimits(superuser)
    const manifest = await new ClusterCopy(superuser, archive, db.embedded.home).write(db.version, options)
    await archive.end()
    renameSync(unfinished, file)
    return manifest
  } catch (error) {
    await archive.abort()
    rmSync(unfinished, { force: true })
    if (isDiskFull(error)) throw new StartError(`There is no room for ${file}: free some space, or write the backup to another disk.`, { cause: error })
    if (['ENOENT', 'EACCES', 'EROFS', 'ENOTDIR'].includes((error as NodeJS.ErrnoException).code ?? '')) throw new StartError(`${file} cannot be written (${(error as Error).message}): give another place.`, { cause: error })
    throw error
  } finally {
    // an unfinished backup and its hold on the log end with the session
    await superuser.end()
  }
}

class ClusterCopy {
  readonly #superuser: pg.Client
  readonly #archive: ArchiveWriter
  readonly #home: string
  readonly #cluster: string
  readonly #hash: Hash = createHash('sha256')
  #count = 0
  #bytes = 0

  constructor(superuser: pg.Client, archive: ArchiveWriter, home: string) {
    this.#superuser = superuser
    this.#archive = archive
    this.#home = home
    this.#cluster = join(home, 'cluster')
  }

  async write(version: string, { filesDir, secret }: BackupOptions): Promise<ClusterManifest> {
    if (readdirSync(join(this.#cluster, 'pg_tblspc')).length) throw new StartError('The database has tablespaces outside of its directory, which a physical backup does not carry: leave --physical out.')
    // the log from the start of the copy on must not be recycled before it is copied
    await this.#superuser.query(`select pg_create_physical_replication_slot('kartotek_backup_' || pg_backend_pid(), true, true)`)
    await this.#superuser.query(`select pg_backup_start('kartotek', true)`)
    const heading: ClusterHeading = {
      format: FORMAT, kind: 'physical', kartotek: VERSION, postgresql: version, machine: `${process.platform}-${process.arch}`,
      takenAt: '', withSecret: secret !== undefined,
    }
    const directories: string[] = [], files: string[] = []
    walk(this.#cluster, '', directories, files)
    await this.#archive.add(ENTRY.heading, JSON.stringify(heading))
    if (secret !== undefined) await this.#archive.add(ENTRY.secret, secret)
    await this.#archive.add(ENTRY.directories, JSON.stringify(directories))
    for (const name of files.filter(name => name !== CONTROL)) await this.#copy(name)
    await this.#copy(CONTROL)
    const { rows: [stop] } = await this.#superuser.query<{ label: string, last: string, at: Date }>(
      `select labelfile as label, pg_walfile_name(lsn) as last, now() as at from pg_backup_stop(false)`)
    await this.#add('backup_label', Buffer.from(stop!.label))
    const first = /START WAL LOCATION:.*\(file ([0-9A-F]{24})\)/.exec(stop!.label)![1]!
    const log = readdirSync(join(this.#cluster, 'pg_wal')).filter(name => name.endsWith('.history') || (SEGMENT.test(name) && name >= first && name <= stop!.last))
    for (const name of log.sort()) await this.#copy(`pg_wal/${name}`)
    await this.#archive.add(ENTRY.credentials, readFileSync(join(this.#home, 'credentials.json')))
    const cluster = { count: this.#count, bytes: this.#bytes, sha256: this.#hash.digest('hex') }
    const manifest: ClusterManifest = { ...heading, takenAt: stop!.at.toISOString(), cluster, files: await writeFiles(this.#archive, filesDir) }
    await this.#archive.add(ENTRY.manifest, JSON.stringify(manifest))
    return manifest
  }

  /** A file may grow, shrink or vanish while it is read: the log mends that when the copy is started. */
  async #copy(name: string): Promise<void> {
    const path = join(this.#cluster, name)
    let size: number
    try {
      size = statSync(path).size
    } catch {
      return
    }
    this.#begin(name, size)
    await this.#archive.addStream(ENTRY.cluster + name, size, hashed(exactly(path, size), this.#hash))
  }

  async #add(name: string, body: Buffer): Promise<void> {
    this.#begin(name, body.length)
    await this.#archive.addStream(ENTRY.cluster + name, body.length, hashed([body], this.#hash))
  }

  #begin(name: string, size: number): void {
    startFile(this.#hash, name, size)
    this.#count += 1
    this.#bytes += size
  }
}

function walk(root: string, below: string, directories: string[], files: string[]): void {
  const entries: Dirent[] = readdirSync(join(root, below), { withFileTypes: true })
  for (const entry of entries) {
    if (LEFT_OUT.test(entry.name)) continue
    const name = below ? `${below}/${entry.name}` : entry.name
    if (entry.isFile()) files.push(name)
    else if (entry.isDirectory()) {
      directories.push(name)
      if (!EMPTIED.has(name)) walk(root, name, directories, files)
      else for (const inner of readdirSync(join(root, name), { withFileTypes: true })) if (name === 'pg_wal' && inner.isDirectory()) directories.push(`${name}/${inner.name}`)
    }
  }
}

/** The first `size` bytes of a file, filled up with zeros where it has become shorter or is gone. */
async function* exactly(path: string, size: number): AsyncGenerator<Buffer, void, undefined> {
  let read = 0
  if (size) {
    try {
      for await (const piece of createReadStream(path, { end: size - 1 }) as AsyncIterable<Buffer>) {
        read += piece.length
        yield piece
      }
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error
    }
  }
  for (let left = size - read; left > 0; left -= ZEROS.length) yield ZEROS.subarray(0, left)
}
const ZEROS = Buffer.alloc(64 * 1024)
