import { createHash, type Hash } from 'node:crypto'
import { createReadStream, existsSync, renameSync, rmSync, statSync, type Dirent } from 'node:fs'
import { opendir } from 'node:fs/promises'
import { join, relative } from 'node:path'
import type { ClientBase } from 'pg'
import { to as copyTo } from 'pg-copy-streams'
import { VERSION } from '../config/index.ts'
import { StartError, isDiskFull, sqlState, withoutLimits, type Database } from '../database/index.ts'
import { ArchiveWriter } from './archive.ts'
import { ENTRY, FORMAT, type Heading, type Manifest, type TableSum } from './manifest.ts'
import { readSchema, readSequences, tableNames, type TableData } from './schema.ts'

export interface BackupOptions {
  /** Directory of uploaded files; absent or missing = none. */
  filesDir?: string | undefined
  /** Goes into the archive, which then opens sessions and encrypted settings anywhere. Absent: the archive says that it has none. */
  secret?: string | undefined
  /** Replace an existing file. Default false. */
  force?: boolean | undefined
}

const PIECE_BYTES = 4 * 1024 * 1024
const LOCK_TRIES = 5

/**
 * Writes everything into one archive, while the server goes on: all tables as of one instant, then the files. Memory stays
 * flat. The archive gets its name only when it is whole.
 *
 * @throws StartError when the file exists, the disk is full, or a table stays locked by somebody
 */
export async function backup(db: Database, file: string, options: BackupOptions = {}): Promise<Manifest> {
  if (existsSync(file) && !options.force) throw new StartError(`${file} exists already: give another name, or --force to replace it.`)
  const unfinished = `${file}.unfinished`
  const archive = new ArchiveWriter(unfinished)
  const client = await db.pool.connect()
  try {
    const manifest = await write(client, archive, { ...options, version: db.version })
    await archive.end()
    renameSync(unfinished, file)
    return manifest
  } catch (error) {
    await archive.abort()
    rmSync(unfinished, { force: true })
    throw explain(error, file)
  } finally {
    // its settings and its open transaction end with it
    client.release(true)
  }
}

async function write(client: ClientBase, archive: ArchiveWriter, options: BackupOptions & { version: string }): Promise<Manifest> {
  await takeSnapshot(client)
  const { rows: [now] } = await client.query<{ at: Date, extensions: string[] }>(
    `select now() as at, array(select extname::text from pg_extension where extname <> 'plpgsql' order by 1) as extensions`)
  const heading: Heading = {
    format: FORMAT, kartotek: VERSION, postgresql: options.version, takenAt: now!.at.toISOString(),
    extensions: now!.extensions, withSecret: options.secret !== undefined,
  }
  await archive.add(ENTRY.heading, JSON.stringify(heading))
  if (options.secret !== undefined) await archive.add(ENTRY.secret, options.secret)
  const { data, ...script } = await readSchema(client)
  await archive.add(ENTRY.schema, JSON.stringify({ ...script, data }))
  const tables: TableSum[] = []
  for (const [index, table] of data.entries()) tables.push(await writeTable(client, archive, table, index))
  const files = await writeFiles(archive, options.filesDir)
  const elsewhere = await filesElsewhere(client)
  const manifest: Manifest = { ...heading, tables, files, ...elsewhere.length ? { elsewhere } : {} }
  await archive.add(ENTRY.manifest, JSON.stringify({ ...manifest, sequences: await readSequences(client) }))
  return manifest
}

/**
 * Locks all tables, then takes the snapshot: the other way round, a table changed in between would be read in its new shape
 * with its old rows, or empty. The model's lock keeps new tables from appearing between the listing and the locking.
 */
async function takeSnapshot(client: ClientBase): Promise<void> {
  await withoutLimits(client)
  await client.query(`set lock_timeout = '30s';
    set datestyle = 'iso'; set intervalstyle = 'iso_8601'; set timezone = 'UTC'; set extra_float_digits = 3; set bytea_output = 'hex'; set search_path = ''`)
  await client.query(`select pg_advisory_lock_shared(hashtext('kartotek.model'))`)
  for (let attempt = 1; ; attempt++) {
    const names = await tableNames(client)
    if (!names.length) throw new StartError('The database is empty: there is nothing to back up.')
    await client.query('begin isolation level repeatable read read only')
    // LOCK takes no snapshot: the first SELECT after it does
    const locked = await client.query(`lock table ${names.join(', ')} in access share mode`).then(() => true, (error: Error) => {
      if (sqlState(error) === '42P01') return false
      throw error
    })
    if (locked && (await tableNames(client)).join() === names.join()) break
    await client.query('rollback')
    if (attempt === LOCK_TRIES) throw new StartError('Tables are being made or removed all the time: try again in a minute.')
  }
  await client.query(`select pg_advisory_unlock_shared(hashtext('kartotek.model'))`)
}

async function filesElsewhere(client: ClientBase): Promise<NonNullable<Manifest['elsewhere']>> {
  const { rows: [table] } = await client.query<{ there: boolean }>(`select exists (select from information_schema.columns where table_schema = 'core' and table_name = 'file_version' and column_name = 'storage') as there`)
  if (!table!.there) return []
  return (await client.query<{ storage: string, count: number }>(`select storage, count(*)::int as count from core.file_version where storage <> '' group by 1 order by 1`)).rows
}

async function writeTable(client: ClientBase, archive: ArchiveWriter, { table, columns, rowsOf }: TableData, index: number): Promise<TableSum> {
  const hash = createHash('sha256')
  const copy = client.query(copyTo(`copy ${rowsOf ?? `${table} (${columns.join(', ')})`} to stdout with (format text, encoding 'utf8')`))
  let pieces: Buffer[] = [], bytes = 0, count = 0
  const flush = async (): Promise<void> => {
    if (!bytes) return
    await archive.add(`${ENTRY.data}${index}/${count++}`, Buffer.concat(pieces))
    pieces = []
    bytes = 0
  }
  for await (const piece of copy as AsyncIterable<Buffer>) {
    hash.update(piece)
    pieces.push(piece)
    bytes += piece.length
    if (bytes >= PIECE_BYTES) await flush()
  }
  await flush()
  return { table, rows: copy.rowCount, sha256: hash.digest('hex') }
}

/** Files are written before the row that names them is committed: whatever the snapshot names is there by now. */
export async function writeFiles(archive: ArchiveWriter, directory: string | undefined): Promise<Manifest['files']> {
  const hash = createHash('sha256')
  let count = 0, bytes = 0
  if (!directory || !existsSync(directory)) return { count, bytes, sha256: hash.digest('hex') }
  for await (const path of filesBelow(directory)) {
    const name = relative(directory, path)
    let size: number
    try {
      size = statSync(path).size
    } catch {
      // deleted meanwhile, together with its row
      continue
    }
    startFile(hash, name, size)
    await archive.addStream(ENTRY.files + name, size, hashed(createReadStream(path, { end: Math.max(size - 1, 0) }), hash))
    count += 1
    bytes += size
  }
  return { count, bytes, sha256: hash.digest('hex') }
}

/** One hash over all files: name, length and content, in the order of the archive. */
export function startFile(hash: Hash, name: string, size: number): void {
  hash.update(JSON.stringify([name, size]))
}

export async function* hashed(body: Iterable<Buffer> | AsyncIterable<Buffer>, hash: Hash): AsyncGenerator<Buffer, void, undefined> {
  for await (const piece of body) {
    hash.update(piece)
    yield piece
  }
}

async function* filesBelow(directory: string): AsyncGenerator<string, void, undefined> {
  for await (const entry of await opendir(directory) as AsyncIterable<Dirent>) {
    const path = join(directory, entry.name)
    if (entry.isDirectory()) yield* filesBelow(path)
    else if (entry.isFile()) yield path
  }
}

function explain(error: unknown, file: string): unknown {
  if (isDiskFull(error)) return new StartError(`There is no room for ${file}: free some space, or write the backup to another disk.`, { cause: error })
  if (sqlState(error) === '55P03') return new StartError('A table stayed locked for 30 seconds, so no backup was made: try again when the change of the model is through.', { cause: error })
  if (['ENOENT', 'EACCES', 'EROFS', 'ENOTDIR'].includes((error as NodeJS.ErrnoException).code ?? '')) return new StartError(`${file} cannot be written (${(error as Error).message}): give another place.`, { cause: error })
  return error
}
