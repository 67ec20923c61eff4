import { createReadStream, createWriteStream } from 'node:fs'
import { chmod, mkdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import type { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { sql, type Kysely } from 'kysely'
import multer from 'multer'
import { uuidv7 } from 'uuidv7'
import { LimitError, NotFoundError } from '@kartotek/sdk'
import { UUID } from '../facts/uuid.ts'

export interface Upload { id: string, name: string, bytes: number, userId: string | null, createdAt: Date }

export interface UploadsOptions {
  // eslint-disable-next-line @typescript-eslint/no-explicit-any -- tables come and go with the model
  db: Kysely<any>
  /** Folder of the files; made if missing, readable by nobody else. */
  dir: string
  /** Greatest file. Default 2 GiB. */
  maxBytes?: number
}

export type Uploads = ReturnType<typeof createUploads>

/** Files that people bring, kept below the data directory under names of our own until they are used or a month is over. */
export function createUploads({ db, dir, maxBytes = 2 * 1024 ** 3 }: UploadsOptions) {
  const pathOf = (id: string): string => {
    if (!UUID.test(id)) throw new NotFoundError(`There is no upload ${id}.`)
    return join(dir, id.toLowerCase())
  }
  const storage = multer.diskStorage({
    destination: (_request, _file, done) => {
      mkdir(dir, { recursive: true, mode: 0o700 }).then(() => { done(null, dir) }, (error: Error) => { done(error, dir) })
    },
    filename: (_request, _file, done) => { done(null, uuidv7()) },
  })

  return {
    /** Express middleware that takes one file in the field `file`, of at most `bytes`. */
    receive: (bytes = maxBytes) => multer({ storage, limits: { fileSize: Math.min(bytes, maxBytes), files: 1, fields: 5, parts: 10 } }).single('file'),

    /** Notes a received file. Browsers send names in UTF-8, which multer reads as latin-1. */
    async add(file: { filename: string, originalname: string, size: number }, userId: string | null): Promise<Upload> {
      const name = Buffer.from(file.originalname, 'latin1').toString('utf8').replace(/[\u0000-\u001f]/g, ' ').trim().slice(0, 200) || 'file'
      await chmod(pathOf(file.filename), 0o600)
      await sql`insert into core.upload (id, name, bytes, user_id) values (${file.filename}, ${name}, ${file.size}, ${userId})`.execute(db)
      return { id: file.filename, name, bytes: file.size, userId, createdAt: new Date() }
    },

    /** Notes what code of ours or of a plugin brings. @throws LimitError over `bytes` */
    async keep(name: string, content: Readable, userId: string | null, bytes: number): Promise<string> {
      const id = uuidv7()
      let size = 0
      const counted = async function* (chunks: AsyncIterable<Buffer | string>) {
        for await (const chunk of chunks) {
          const part = Buffer.from(chunk)
          if ((size += part.length) > bytes) throw new LimitError(`A file may have ${Math.floor(bytes / 1024 / 1024)} MB.`, { limit: bytes })
          yield part
        }
      }
      await mkdir(dir, { recursive: true, mode: 0o700 })
      try {
        await pipeline(content, counted, createWriteStream(pathOf(id), { mode: 0o600 }))
        await sql`insert into core.upload (id, name, bytes, user_id) values (${id}, ${name.replace(/[\u0000-\u001f]/g, ' ').trim().slice(0, 200) || 'file'}, ${size}, ${userId})`.execute(db)
      } catch (error) {
        await rm(pathOf(id), { force: true })
        throw error
      }
      return id
    },

    /** @throws NotFoundError; also for an upload of somebody else */
    async find(id: string, userId: string | null): Promise<Upload> {
      pathOf(id)
      const { rows } = await sql<Upload>`select id, name, bytes::float8, user_id as "userId", created_at as "createdAt" from core.upload
        where id = ${id} and user_id is not distinct from ${userId}::uuid`.execute(db)
      if (!rows[0]) throw new NotFoundError(`There is no upload ${id}.`)
      return rows[0]
    },

    open: (id: string): Readable => createReadStream(pathOf(id)),

    /** Where the upload lies on the disk. */
    pathOf,

    /** Notes that an upload was taken over and is no longer one. */
    // eslint-disable-next-line @typescript-eslint/no-explicit-any -- tables come and go with the model
    async forget(id: string, trx: Kysely<any>): Promise<void> {
      await sql`delete from core.upload where id = ${id}`.execute(trx)
    },

    /** Takes back what came in vain. */
    async discard(id: string): Promise<void> {
      await sql`delete from core.upload where id = ${id}`.execute(db)
      for (const path of [pathOf(id), `${pathOf(id)}.preview`]) await rm(path, { force: true })
    },

    /** Removes files of more than `days` days that no running import needs. @returns how many */
    async removeOld(days = 30): Promise<number> {
      const { rows } = await sql<{ id: string }>`delete from core.upload u where created_at < now() - make_interval(days => ${days})
        and not exists (select from core.import_job j where j.upload_id = u.id and j.state in ('waiting', 'running')) returning id`.execute(db)
      for (const { id } of rows) for (const path of [pathOf(id), `${pathOf(id)}.preview`]) await rm(path, { force: true })
      return rows.length
    },
  }
}
