import { createReadStream } from 'node:fs'
import { copyFile, link, mkdir, open, readdir, rename, rm, stat } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import type { FileStorage } from '@kartotek/sdk/contracts'
import { UUID } from '../facts/uuid.ts'

/** Below the data directory, in 256 folders, so that none gets too long to list. Keys are ids, with a suffix for previews. */
export function diskStorage(dir: string): FileStorage {
  const pathOf = (key: string): string => {
    const [id, suffix = ''] = key.split('.')
    if (!UUID.test(id!) || !/^[a-z]{0,10}$/.test(suffix)) throw new Error(`"${key}" is no key of the storage.`)
    // the last letters of an id are random, the first are its time
    return join(dir, id!.slice(-2).toLowerCase(), key.toLowerCase())
  }
  async function put(key: string, from: string): Promise<void> {
    const path = pathOf(key)
    await mkdir(dirname(path), { recursive: true, mode: 0o700 })
    const unfinished = `${path}.unfinished`
    await rm(unfinished, { force: true })
    // One file under two names where the disk can; contents are never written over.
    await link(from, unfinished).catch(() => copyFile(from, unfinished))
    const file = await open(unfinished, 'r+')
    try {
      await file.chmod(0o600)
      await file.sync()
    } finally {
      await file.close()
    }
    await rename(unfinished, path)
  }
  return {
    put,
    copy: (from, to) => put(to, pathOf(from)),
    open: key => createReadStream(pathOf(key)),
    async remove(key) {
      await rm(pathOf(key), { force: true })
      const folder = dirname(pathOf(key))
      if (!(await readdir(folder).catch(() => [''])).length) await rm(folder, { recursive: true, force: true })
    },
    async * keysBefore(moment) {
      for (const folder of await readdir(dir).catch(() => [])) {
        for (const key of await readdir(join(dir, folder)).catch(() => [])) {
          const entry = await stat(join(dir, folder, key)).catch(() => null)
          if (entry && entry.ctime < moment) yield key
        }
      }
    },
  }
}
