import { createHash, type Hash } from 'node:crypto'
import { once } from 'node:events'
import { createWriteStream, existsSync, mkdirSync, readdirSync, renameSync, rmSync } from 'node:fs'
import { dirname, join, normalize, sep } from 'node:path'
import { pipeline } from 'node:stream/promises'
import type { ClientBase } from 'pg'
import { from as copyFrom, type CopyStreamQuery } from 'pg-copy-streams'
import { StartError, isDiskFull, withoutLimits, type Database } from '../database/index.ts'
import { damaged, readArchive, type Entry } from './archive.ts'
import { hashed, startFile } from './backup.ts'
import { ENTRY, FORMAT, type Heading, type Manifest } from './manifest.ts'
import { tableNames, type SchemaScript, type SequenceValue, type TableData } from './schema.ts'

export interface RestoreOptions {
  /** Where the files go; must be empty or missing. Absent: an archive with files is refused. */
  filesDir?: string | undefined
}

export interface Restored extends Manifest {
  /** Of the old installation, if the archive carries it. */
  secret?: string
}

/**
 * Loads an archive into an empty database of any supported version, all in one transaction: everything is there and verified
 * at its end, or nothing is. Memory stays flat.
 *
 * @throws StartError when the database is not empty, or the archive is damaged or newer
 */
export async function restore(db: Database, file: string, options: RestoreOptions = {}): Promise<Restored> {
  const client = await db.pool.connect()
  const loader = new Loader(client, file, options.filesDir)
  try {
    await withoutLimits(client)
    await client.query(`set check_function_bodies = off;
      set datestyle = 'iso'; set intervalstyle = 'iso_8601'; set timezone = 'UTC'; set client_min_messages = warning`)
    const taken = await tableNames(client)
    if (taken.length) throw new StartError(`The database is not empty (it has ${taken[0]} and ${taken.length - 1} more tables): restore into a new one, with another KARTOTEK_DATA_DIR or DATABASE_URL.`)
    await client.query('begin')
    for await (const entry of readArchive(file)) await loader.take(entry)
    const restored = await loader.finish()
    await client.query('commit')
    loader.keepFiles()
    await client.query('analyze')
    return restored
  } catch (error) {
    loader.dropFiles()
    if (isDiskFull(error)) throw new StartError('There is no room for what the backup holds: nothing was restored; free some space and try again.', { cause: error })
    throw error
  } finally {
    client.release(true)
  }
}

/** Takes the entries of an archive in their order. */
class Loader {
  readonly #client: ClientBase
  readonly #file: string
  readonly #filesDir: string | undefined
  readonly #sums = new Map<number, { rows: number, sha256: string }>()
  readonly #filesHash = createHash('sha256')
  #files = 0
  #heading: Heading | undefined
  #script: SchemaScript & { data: TableData[] } | undefined
  #secret: string | undefined
  #manifest: Manifest & { sequences: SequenceValue[] } | undefined
  #table: { index: number, copy: CopyStreamQuery, hash: Hash } | undefined

  constructor(client: ClientBase, file: string, filesDir: string | undefined) {
    this.#client = client
    this.#file = file
    this.#filesDir = filesDir
  }

  async take(entry: Entry): Promise<void> {
    const { path } = entry
    if (path.startsWith(ENTRY.data)) return this.#takeRows(entry)
    await this.#endTable()
    if (path === ENTRY.heading) await this.#takeHeading(await entryJson(entry))
    else if (!this.#heading) throw damaged(this.#file, 'it has no heading')
    else if (path === ENTRY.secret) this.#secret = (await entryBytes(entry)).toString()
    else if (path === ENTRY.schema) await this.#takeSchema(await entryJson(entry))
    else if (path.startsWith(ENTRY.files)) await this.#takeFile(entry)
    else if (path === ENTRY.manifest) this.#manifest = await entryJson(entry)
    else throw damaged(this.#file, `it holds ${path}`)
  }

  /** Compares what was loaded with what the archive says, and builds what stands on the rows. */
  async finish(): Promise<Restored> {
    await this.#endTable()
    const manifest = this.#manifest
    if (!manifest || !this.#script) throw damaged(this.#file, 'it is cut off')
    for (const [index, { table, rows, sha256 }] of manifest.tables.entries()) {
      const sum = this.#sums.get(index) ?? { rows: 0, sha256: createHash('sha256').digest('hex') }
      if (sum.rows !== rows || sum.sha256 !== sha256) throw damaged(this.#file, `table ${table} has ${sum.rows} of ${rows} rows or another checksum`)
    }
    if (this.#files !== manifest.files.count || this.#filesHash.digest('hex') !== manifest.files.sha256) throw damaged(this.#file, 'the files have another checksum')
    for (const statement of this.#script.after) await this.#client.query(statement)
    for (const { sequence, identity, value, called } of manifest.sequences) {
      if (identity) await this.#client.query('select setval(pg_get_serial_sequence($1, $2)::regclass, $3, $4)', [...identity, value, called])
      else await this.#client.query('select setval($1::regclass, $2, $3)', [sequence, value, called])
    }
    const { sequences: _sequences, ...rest } = manifest
    return { ...rest, ...(this.#secret !== undefined && { secret: this.#secret }) }
  }

  get #unfinishedFiles(): string { return `${this.#filesDir}.unfinished` }

  keepFiles(): void {
    if (!this.#filesDir || !existsSync(this.#unfinishedFiles)) return
    rmSync(this.#filesDir, { recursive: true, force: true })
    renameSync(this.#unfinishedFiles, this.#filesDir)
  }

  dropFiles(): void {
    if (this.#filesDir) rmSync(this.#unfinishedFiles, { recursive: true, force: true })
  }

  async #takeHeading(heading: Heading): Promise<void> {
    if (heading.format !== FORMAT) throw new StartError(`${this.#file} was written by Kartotek ${heading.kartotek}, which is newer: restore it with that version.`)
    this.#heading = heading
    for (const name of heading.extensions) {
      await this.#client.query(`create extension if not exists ${JSON.stringify(name)} with schema public`).catch((error: Error) => {
        throw new StartError(`The database lacks the extension ${name} and this role may not add it (${error.message}): run \`create extension ${name}\` in it as a superuser, then restore again.`, { cause: error })
      })
    }
  }

  async #takeSchema(script: SchemaScript & { data: TableData[] }): Promise<void> {
    this.#script = script
    const later: string[] = []
    for (const statement of script.before) if (!await this.#tried(statement)) later.push(statement)
    for (const statement of [...script.tables, ...later]) await this.#client.query(statement)
  }

  async #tried(statement: string): Promise<boolean> {
    await this.#client.query('savepoint tried')
    try {
      await this.#client.query(statement)
      await this.#client.query('release tried')
      return true
    } catch {
      await this.#client.query('rollback to tried')
      return false
    }
  }

  async #takeRows({ path, body }: Entry): Promise<void> {
    const index = Number(path.slice(ENTRY.data.length).split('/')[0])
    const data = this.#script?.data[index]
    if (!data) throw damaged(this.#file, `${path} belongs to no table`)
    if (this.#table?.index !== index) {
      await this.#endTable()
      const copy = this.#client.query(copyFrom(`copy ${data.table} (${data.columns.join(', ')}) from stdin with (format text, encoding 'utf8')`))
      // an error is told by the next write, or by the end; it must not be an unheard one meanwhile
      copy.on('error', () => undefined)
      this.#table = { index, copy, hash: createHash('sha256') }
    }
    const { copy, hash } = this.#table!
    for await (const piece of body) {
      hash.update(piece)
      if (copy.errored) throw copy.errored
      if (!copy.write(piece)) await once(copy, 'drain')
    }
  }

  async #endTable(): Promise<void> {
    if (!this.#table) return
    const { index, copy, hash } = this.#table
    this.#table = undefined
    if (copy.errored) throw copy.errored
    const finished = once(copy, 'finish')
    copy.end()
    await finished
    this.#sums.set(index, { rows: copy.rowCount, sha256: hash.digest('hex') })
  }

  async #takeFile({ path, size, body }: Entry): Promise<void> {
    const name = path.slice(ENTRY.files.length)
    if (!this.#filesDir) throw new StartError('The backup carries files, and there is no place given for them.')
    if (existsSync(this.#filesDir) && readdirSync(this.#filesDir).length) throw new StartError(`${this.#filesDir} is not empty: restore with another KARTOTEK_DATA_DIR.`)
    const target = normalize(join(this.#unfinishedFiles, name))
    if (!target.startsWith(this.#unfinishedFiles + sep)) throw damaged(this.#file, `the file name ${name} leads elsewhere`)
    mkdirSync(dirname(target), { recursive: true, mode: 0o700 })
    startFile(this.#filesHash, name, size)
    await pipeline(hashed(body, this.#filesHash), createWriteStream(target, { mode: 0o600, flush: true }))
    this.#files += 1
  }
}

export async function entryBytes({ body }: Entry): Promise<Buffer> {
  const pieces: Buffer[] = []
  for await (const piece of body) pieces.push(piece)
  return Buffer.concat(pieces)
}

// the archive is our own writing; what is in it is checked where it is used
// eslint-disable-next-line @typescript-eslint/no-explicit-any -- see above
export const entryJson = async (entry: Entry): Promise<any> => JSON.parse((await entryBytes(entry)).toString())
