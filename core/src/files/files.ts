import { rm, stat } from 'node:fs/promises'
import { Readable } from 'node:stream'
import type { FileStorage } from '@kartotek/sdk/contracts'
import { sql, type Kysely } from 'kysely'
import { uuidv7 } from 'uuidv7'
import { InputError, LimitError, NotAllowedError, NotFoundError } from '@kartotek/sdk'
import { asSystem, type Caller } from '../access/caller.ts'
import { rightsOfNow } from '../access/rights-of-now.ts'
import { UUID } from '../facts/uuid.ts'
import type { Uploads } from '../import/index.ts'
import { objectOf } from '../model/model.ts'
import { readingOf, type Engine } from '../records/engine.ts'
import { emptyPlan } from '../records/plan.ts'
import type { Reading } from '../records/reading.ts'
import { readByIds } from '../records/rows.ts'
import { writeRecords } from '../records/write/batch.ts'
import { rightsOn } from '../records/write/load.ts'
import { write, type Writing } from '../records/write/writing.ts'
import { sha256Of, typeOf } from './content.ts'
import { makePreview } from './preview.ts'
import type { Storages } from './storages.ts'

/** The contents of a file as of one upload. */
export interface FileVersion {
  id: string
  fileId: string
  number: number
  name: string
  bytes: number
  mime: string
  width: number | null
  height: number | null
  hasPreview: boolean
  /** Where it lies: a plugin, or empty for the data directory. */
  storage: string
  createdAt: Date
  createdBy: string | null
}

/** An upload that is to become the contents of a file. */
export interface Arrival {
  upload: string
  path: string
  previewPath: string
  name: string
  bytes: number
  mime: string
  sha256: string
  size: { width: number, height: number } | null
  /** The document that it is, where it was made. */
  made?: string
}

/** What was kept: `version` counts from 1. */
export interface Stored { file: string, version: number, changeSet: string | null }

export interface FilesDeps {
  engine: Engine
  uploads: Uploads
  storages: Storages
  /** Greatest file in bytes. */
  maxBytes(): number
  /** Endings of the types that are taken; empty: all but programs. */
  onlyTypes(): ReadonlySet<string>
}

const MOST_VERSIONS = 200
const COLUMNS = sql`id, file_id as "fileId", number, name, bytes::float8 as bytes, mime, width, height, has_preview as "hasPreview", storage, created_at as "createdAt", created_by as "createdBy"`

/** Files of records: their contents, version by version. */
export class Files {
  readonly #deps: FilesDeps
  /** Files whose contents are on their way: a file without contents and without a link is none. */
  readonly #arriving = new Set<string>()

  constructor(deps: FilesDeps) { this.#deps = deps }

  get maxBytes(): number { return this.#deps.maxBytes() }
  get storages(): Storages { return this.#deps.storages }

  /** The contents of a version, or its preview. @throws UnavailableError where they lie at a plugin that is not running */
  async open(version: FileVersion, preview = false): Promise<Readable> {
    return this.#deps.storages.of(version.storage).open(preview ? `${version.id}.preview` : version.id)
  }

  /** Removes contents, wherever they lie. */
  async removeContents(keys: readonly string[]): Promise<void> {
    for (const storage of this.#deps.storages.all()) for (const key of keys) await storage.remove(key)
  }

  /** Makes an upload of what code brings. @throws LimitError */
  take(caller: Caller, name: string, content: Readable): Promise<string> {
    return this.#deps.uploads.keep(name, content, caller.actor.userId, this.maxBytes)
  }

  /** Hands an upload to what is to become of it; it is discarded where that fails. */
  async settle(upload: string, keep: () => Promise<Stored>): Promise<Stored> {
    try {
      return await keep()
    } catch (error) {
      await this.#deps.uploads.discard(upload)
      throw error
    }
  }

  /** The two together, for what code of a plugin brings. */
  async receive(caller: Caller, name: string, content: string | Uint8Array | Readable, keep: (upload: string) => Promise<Stored>): Promise<Stored> {
    const upload = await this.take(caller, name, typeof content === 'string' || content instanceof Uint8Array ? Readable.from([content]) : content)
    return this.settle(upload, () => keep(upload))
  }

  isArriving(id: string): boolean { return this.#arriving.has(id) }

  /**
   * Makes a file of an upload at a record that the caller may work on.
   * @throws NotFoundError for an upload that is not the caller's, LimitError, InputError for programs
   */
  async attach(caller: Caller, subject: { object: string, id: string }, upload: string, name?: string | null, made?: string): Promise<Stored> {
    const id = uuidv7()
    return this.#store(caller, upload, true, async (w, given) => {
      await this.create(w, id, subject, name?.trim() || given)
      return id
    }, made)
  }

  /** Puts a new version over the last one, which stays to be looked at. */
  async addVersion(caller: Caller, file: string, upload: string, made?: string): Promise<Stored> {
    await this.#requireUpdate(caller, file)
    return this.#store(caller, upload, false, async (w, _, by) => { await this.#countUp(w, by, file); return file }, made)
  }

  /**
   * Makes an upload, a document that was made of the record, the next version of the same one, or a file of its own where there is none
   * that the caller may change.
   * @param made by which the same document is known
   */
  async keepMade(caller: Caller, subject: { object: string, id: string }, upload: string, made: string): Promise<Stored> {
    const reading = readingOf(this.#deps.engine, caller)
    const { rows } = await sql<{ id: string }>`select f.id from core.file f where f.subject_id = ${subject.id} and f.trashed_at is null
      and exists (select from core.file_version v where v.file_id = f.id and v.made = ${made}) order by f.created_at desc, f.id`.execute(reading.db)
    const rights = await rightsOn(reading, objectOf(reading.generation.model, 'file'), rows.map(({ id }) => id))
    const file = rows.find(({ id }) => rights.get(id)?.update)
    return file ? this.addVersion(caller, file.id, upload, made) : this.attach(caller, subject, upload, null, made)
  }

  /** Makes an older version the newest one again, as a version of its own. */
  async restoreVersion(caller: Caller, file: string, number: number): Promise<Stored> {
    await this.#requireUpdate(caller, file)
    const { engine, storages } = this.#deps
    const id = uuidv7()
    const { result, changeSetId } = await write(engine, asSystem(caller), {}, async (w) => {
      const version = await this.#countUp(w, caller, file)
      const { rows: [old] } = await sql<{ id: string, has_preview: boolean, storage: string }>`select id, has_preview, storage from core.file_version where file_id = ${file} and number = ${number}`.execute(w.db)
      if (!old) throw new NotFoundError('There is no such version.', { id: file, number })
      await sql`insert into core.file_version (id, file_id, number, name, bytes, mime, sha256, width, height, has_preview, storage, created_by)
        select ${id}, file_id, ${version}, name, bytes, mime, sha256, width, height, has_preview, storage, ${caller.actor.userId} from core.file_version where id = ${old.id}`.execute(w.db)
      const storage = storages.of(old.storage)
      if (old.has_preview) await storage.copy(`${old.id}.preview`, `${id}.preview`)
      await storage.copy(old.id, id)
      return { file, version }
    })
    return { ...result, changeSet: changeSetId }
  }

  /** Notes on the record that it has a new version, so that its history tells it. @returns the number of the version */
  async #countUp(w: Writing, caller: Caller, file: string): Promise<number> {
    await sql`select from core.file where id = ${file} for update`.execute(w.db)
    // Asked before, too; but that was without a lock.
    await this.#requireUpdate(caller, file, w.db)
    const number = await nextNumber(w.db, file)
    const [result] = await writeRecords(w, objectOf(w.generation.model, 'file'), [{ op: 'update', id: file, input: { contentVersion: number } }])
    if (!result!.ok) throw result!.error
    return number
  }

  async #requireUpdate(caller: Caller, file: string, db = this.#deps.engine.db): Promise<void> {
    const reading = { ...readingOf(this.#deps.engine, caller), db }
    const object = reading.generation.model.objects.get('file')
    const visible = object && UUID.test(file) && reading.access.scope(object, 'read') !== 'none' && (await readByIds(reading, emptyPlan(object), [file])).length
    if (!visible) throw new NotFoundError('There is no such record.', { id: file })
    if (!(await rightsOn(reading, object, [file])).get(file)?.update) throw new NotAllowedError('You may not change this file.', { object: 'file', id: file })
  }

  /** Versions of files that the reader may see, the newest first. */
  async versions(reading: Reading, files: readonly string[]): Promise<Map<string, FileVersion[]>> {
    const object = objectOf(reading.generation.model, 'file')
    const visible = reading.access.scope(object, 'read') === 'none' ? [] : (await readByIds(reading, emptyPlan(object), files.filter((id) => UUID.test(id)))).map((node) => node.id)
    const { rows } = await sql<FileVersion>`select ${COLUMNS} from core.file_version where file_id = any(${visible}::uuid[]) order by number desc`.execute(reading.db)
    return Map.groupBy(rows, (row) => row.fileId)
  }

  /** Contents of files that are gone from the trash for good, and of those that never became files. @returns how many */
  async removeGone(): Promise<number> {
    const { engine: { db }, storages } = this.#deps
    const { rows } = await sql<{ id: string }>`delete from core.file_version v where created_at < now() - interval '1 hour' and not exists (select from core.file f where f.id = v.file_id) returning id`.execute(db)
    await this.removeContents(rows.flatMap(({ id }) => [id, `${id}.preview`]))
    let count = rows.length, keys: string[] = []
    const sweep = async (storage: FileStorage): Promise<void> => {
      const ids = [...new Set(keys.map((key) => key.split('.')[0]!))].filter((id) => UUID.test(id))
      const { rows: known } = await sql<{ id: string }>`select id from core.file_version where id = any(${ids}::uuid[])`.execute(db)
      const kept = new Set(known.map((row) => row.id))
      for (const key of keys) if (UUID.test(key.split('.')[0]!) && !kept.has(key.split('.')[0]!)) { await storage.remove(key); count += 1 }
      keys = []
    }
    for (const storage of storages.all()) {
      for await (const key of storage.keysBefore(new Date(Date.now() - 86_400_000))) if (keys.push(key) === 1000) await sweep(storage)
      await sweep(storage)
    }
    return count
  }

  /**
   * The record and the version in one transaction; the contents lie in the storage before, under an id that nothing names yet. The upload
   * goes after the commit: whatever fails before, it can be used again, and what nothing names is swept away by {@link removeGone}.
   */
  async #store(caller: Caller, upload: string, isNew: boolean, record: (w: Writing, name: string, by: Caller) => Promise<string>, made?: string): Promise<Stored> {
    const arrival = { ...await this.inspect(caller, upload, made !== undefined), made }
    try {
      // Contents take their time, and rights are those of now.
      const by = await rightsOfNow(this.#deps.engine.db, caller)
      const { result, changeSetId } = await write(this.#deps.engine, isNew ? by : asSystem(by), {}, async (w) => {
        const file = await record(w, arrival.name, by)
        return { file, version: await this.keep(w, file, arrival, caller.actor.userId) }
      })
      return { ...result, changeSet: changeSetId }
    } finally {
      await rm(arrival.previewPath, { force: true })
    }
  }

  /**
   * Looks at an upload that is to become a file; its preview is made beside it.
   * @param made it was made here and not brought: it may be of any type
   * @throws NotFoundError for an upload that is not the caller's, LimitError, InputError for programs and types that are not taken
   */
  async inspect(caller: Caller, upload: string, made = false): Promise<Arrival> {
    const { uploads, maxBytes, onlyTypes } = this.#deps
    const found = await uploads.find(upload, caller.actor.userId)
    if (found.bytes > maxBytes()) throw new LimitError(`A file may have ${Math.floor(maxBytes() / 1024 / 1024)} MB.`, { limit: maxBytes() })
    if (!found.bytes) throw new InputError('The file is empty.', [{ field: 'upload', rule: 'empty', message: 'The file is empty.' }])
    const path = uploads.pathOf(upload)
    if (!await stat(path).catch(() => null)) throw new NotFoundError(`There is no upload ${upload}.`)
    const previewPath = `${path}.preview`
    const mime = await typeOf(path, found.name, made ? undefined : onlyTypes())
    const sha256 = await sha256Of(path)
    return { upload, path, previewPath, name: found.name, bytes: found.bytes, mime, sha256, size: await makePreview(path, mime, previewPath) }
  }

  /** Keeps the contents of an upload as the next version of a file, and clears the upload away after the commit. @returns the number of the version */
  async keep(w: Writing, file: string, { upload, path, previewPath, name, bytes, mime, sha256, size, made }: Arrival, by: string | null): Promise<number> {
    const { uploads, storages } = this.#deps
    const place = storages.current, storage = storages.of(place)
    const id = uuidv7(), number = await nextNumber(w.db, file)
    await sql`insert into core.file_version (id, file_id, number, name, bytes, mime, sha256, width, height, has_preview, storage, created_by, made)
      values (${id}, ${file}, ${number}, ${name}, ${bytes}, ${mime}, ${sha256}, ${size?.width ?? null}, ${size?.height ?? null}, ${size !== null}, ${place}, ${by}, ${made ?? null})`.execute(w.db)
    if (size) await storage.put(`${id}.preview`, previewPath)
    await storage.put(id, path)
    await uploads.forget(upload, w.db)
    w.afterCommit.push(() => rm(path, { force: true }).catch(() => undefined))
    return number
  }

  /** Makes the record of a file whose contents are on their way. */
  async create(w: Writing, id: string, subject: { object: string, id: string }, name: string): Promise<void> {
    this.#arriving.add(id)
    try {
      const [result] = await writeRecords(w, objectOf(w.generation.model, 'file'), [{ op: 'create', id, input: { name, subject } }])
      if (!result!.ok) throw result!.error
    } finally {
      this.#arriving.delete(id)
    }
  }
}

// eslint-disable-next-line @typescript-eslint/no-explicit-any -- tables come and go with the model
async function nextNumber(trx: Kysely<any>, file: string): Promise<number> {
  // The record is locked by the write before, so two versions cannot get one number.
  const { rows } = await sql<{ n: number }>`select coalesce(max(number), 0) + 1 as n from core.file_version where file_id = ${file}`.execute(trx)
  if (rows[0]!.n > MOST_VERSIONS) throw new LimitError(`A file may have ${MOST_VERSIONS} versions.`, { limit: MOST_VERSIONS })
  return rows[0]!.n
}
