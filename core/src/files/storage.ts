import { createReadStream } from 'node:fs'
import { copyFile, mkdir, open, readdir, rename, rm } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import type { Readable } from 'node:stream'
import { UUID } from '../facts/uuid.ts'

/** Where contents of files lie, under keys of ours. */
export interface Storage {
  /** Takes over a file of the disk; there is all of it under the key, or nothing. */
  put(key: string, from: string): Promise<void>
  /** @throws Error with code ENOENT for an unknown key */
  open(key: string): Readable
  remove(key: string): Promise<void>
}

/** Below the data directory, in 256 folders, so that none gets too long to list. Keys are ids, with a suffix for previews. */
export function diskStorage(dir: string): Storage {
  const pathOf = (key: string): string => {
    const [id, suffix = ''] = key.split('.')
    if (!UUID.test(id!) || !/^[a-z]{0,10}$/.test(suffix)) throw new Error(`"${key}" is no key of the storage.`)
    // the last letters of an id are random, the first are its time
    return join(dir, id!.slice(-2).toLowerCase(), key.toLowerCase())
  }
  return {
    async put(key, from) {
      const path = pathOf(key)
      await mkdir(dirname(path), { recursive: true, mode: 0o700 })
      const unfinished = `${path}.unfinished`
      await rename(from, unfinished).catch(async (error: NodeJS.ErrnoException) => {
        if (error.code !== 'EXDEV') throw error
        await copyFile(from, unfinished)
        await rm(from, { force: true })
      })
      const file = await open(unfinished, 'r+')
      try {
        await file.chmod(0o600)
        await file.sync()
      } finally {
        await file.close()
      }
      await rename(unfinished, path)
    },
    open: key => createReadStream(pathOf(key)),
    async remove(key) {
      await rm(pathOf(key), { force: true })
      const folder = dirname(pathOf(key))
      if (!(await readdir(folder).catch(() => [''])).length) await rm(folder, { recursive: true, force: true })
    },
  }
}
