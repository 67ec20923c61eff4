import { createHash } from 'node:crypto'
import { createWriteStream, existsSync, mkdirSync, readdirSync, renameSync, rmSync } from 'node:fs'
import { dirname, join, normalize, sep } from 'node:path'
import { pipeline } from 'node:stream/promises'
import type { Log } from '@kartotek/sdk'
import { StartError, isDiskFull, placeCluster } from '../database/index.ts'
import { damaged, readArchive, type Entry } from './archive.ts'
import { hashed, startFile } from './backup.ts'
import { ENTRY, FORMAT, type ClusterHeading, type ClusterManifest } from './manifest.ts'
import { entryBytes, entryJson, type RestoreOptions } from './restore.ts'

export interface RestoredCluster extends ClusterManifest {
  /** Of the old installation, if the archive carries it. */
  secret?: string
}

/**
 * Puts the data directory of a physical backup in the place of `dataDir`, which must have no database yet. The next start
 * plays the log that came with it. Everything is there and compared with its checksums, or nothing is.
 *
 * @throws StartError when there is a database already, the archive is damaged, or belongs to another version or kind of machine
 */
export async function restoreCluster(dataDir: string, log: Log, file: string, { filesDir }: RestoreOptions = {}): Promise<RestoredCluster> {
  const unfinishedFiles = `${filesDir}.unfinished`
  try {
    let restored: RestoredCluster | undefined
    await placeCluster(dataDir, log, async directory => {
      const loader = new ClusterLoader(file, directory, filesDir, unfinishedFiles)
      for await (const entry of readArchive(file)) await loader.take(entry)
      const loaded = loader.finish()
      restored = loaded.restored
      return { credentials: loaded.credentials, postgresql: restored.postgresql }
    })
    if (filesDir && existsSync(unfinishedFiles)) {
      rmSync(filesDir, { recursive: true, force: true })
      renameSync(unfinishedFiles, filesDir)
    }
    return restored!
  } catch (error) {
    rmSync(unfinishedFiles, { recursive: true, force: true })
    if (isDiskFull(error)) throw new StartError('There is no room for what the backup holds: nothing was restored; free some space and try again.', { cause: error })
    throw error
  }
}

class ClusterLoader {
  readonly #file: string
  readonly #directory: string
  readonly #filesDir: string | undefined
  readonly #unfinishedFiles: string
  readonly #clusterHash = createHash('sha256')
  readonly #filesHash = createHash('sha256')
  #secret: string | undefined
  #credentials: string | undefined
  #manifest: ClusterManifest | undefined

  constructor(file: string, directory: string, filesDir: string | undefined, unfinishedFiles: string) {
    this.#file = file
    this.#directory = directory
    this.#filesDir = filesDir
    this.#unfinishedFiles = unfinishedFiles
  }

  async take(entry: Entry): Promise<void> {
    const { path } = entry
    if (path === ENTRY.heading) this.#takeHeading(await entryJson(entry) as ClusterHeading)
    else if (path === ENTRY.secret) this.#secret = (await entryBytes(entry)).toString()
    else if (path === ENTRY.credentials) this.#credentials = (await entryBytes(entry)).toString()
    else if (path === ENTRY.directories) for (const name of await entryJson(entry) as string[]) mkdirSync(this.#below(this.#directory, name), { recursive: true, mode: 0o700 })
    else if (path.startsWith(ENTRY.cluster)) await this.#write(entry, this.#directory, path.slice(ENTRY.cluster.length), this.#clusterHash)
    else if (path.startsWith(ENTRY.files)) {
      if (!this.#filesDir) throw new StartError('The backup carries files, and there is no place given for them.')
      if (existsSync(this.#filesDir) && readdirSync(this.#filesDir).length) throw new StartError(`${this.#filesDir} is not empty: restore with another KARTOTEK_DATA_DIR.`)
      await this.#write(entry, this.#unfinishedFiles, path.slice(ENTRY.files.length), this.#filesHash)
    }
    else if (path === ENTRY.manifest) this.#manifest = await entryJson(entry) as ClusterManifest
    else throw damaged(this.#file, `it holds ${path}`)
  }

  finish(): { restored: RestoredCluster, credentials: string } {
    if (!this.#manifest || !this.#credentials) throw damaged(this.#file, 'it is cut off')
    if (this.#clusterHash.digest('hex') !== this.#manifest.cluster.sha256) throw damaged(this.#file, 'the database has another checksum')
    if (this.#filesHash.digest('hex') !== this.#manifest.files.sha256) throw damaged(this.#file, 'the files have another checksum')
    return { restored: { ...this.#manifest, ...(this.#secret !== undefined && { secret: this.#secret }) }, credentials: this.#credentials }
  }

  #takeHeading({ format, kartotek, machine }: ClusterHeading): void {
    if (format !== FORMAT) throw new StartError(`${this.#file} was written by Kartotek ${kartotek}, which is newer: restore it with that version.`)
    const here = `${process.platform}-${process.arch}`
    if (machine !== here) throw new StartError(`${this.#file} is a physical backup of ${machine}, and this machine is ${here}: use a backup made without --physical.`)
  }

  async #write({ size, body }: Entry, root: string, name: string, hash: ReturnType<typeof createHash>): Promise<void> {
    const target = this.#below(root, name)
    mkdirSync(dirname(target), { recursive: true, mode: 0o700 })
    startFile(hash, name, size)
    await pipeline(hashed(body, hash), createWriteStream(target, { mode: 0o600, flush: true }))
  }

  #below(root: string, name: string): string {
    const target = normalize(join(root, name))
    if (!target.startsWith(root + sep)) throw damaged(this.#file, `the file name ${name} leads elsewhere`)
    return target
  }
}

/** Whether an archive is a physical backup. @throws StartError when it is no archive of ours */
export async function isClusterBackup(file: string): Promise<boolean> {
  for await (const entry of readArchive(file)) {
    if (entry.path !== ENTRY.heading) throw damaged(file, 'it has no heading')
    const heading = await entryJson(entry) as Partial<ClusterHeading>
    return heading.kind === 'physical'
  }
  throw damaged(file, 'it is empty')
}
