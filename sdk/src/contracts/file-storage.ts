import type { Readable } from 'node:stream'
import { contract } from '../contract.ts'

/**
 * Where the contents of files lie. The administrator chooses one in the settings of files; the data directory is used where none is
 * chosen, and for what was kept there before. Keys are the core's: at most 50 of `a-z`, `0-9`, `-`, `.`.
 *
 * @example
 * // A folder that is mounted on all nodes.
 * import { createReadStream } from 'node:fs'
 * import { copyFile, mkdir, opendir, rename, rm, stat } from 'node:fs/promises'
 * import { join } from 'node:path'
 * import type { FileStorage } from '@kartotek/sdk/contracts'
 *
 * export class Folder implements FileStorage {
 *   readonly path: string
 *   constructor(path: string) { this.path = path }
 *
 *   async put(key: string, from: string): Promise<void> {
 *     await mkdir(this.path, { recursive: true })
 *     const part = join(this.path, `${key}.part`)
 *     await copyFile(from, part)
 *     await rename(part, join(this.path, key))  // all of it, or nothing
 *   }
 *   copy(from: string, to: string): Promise<void> { return this.put(to, join(this.path, from)) }
 *   async open(key: string) {
 *     await stat(join(this.path, key))  // ENOENT for an unknown one
 *     return createReadStream(join(this.path, key))
 *   }
 *   async remove(key: string): Promise<void> { await rm(join(this.path, key), { force: true }) }
 *   async* keysBefore(moment: Date): AsyncIterable<string> {
 *     for await (const { name } of await opendir(this.path)) {
 *       if (!name.endsWith('.part') && (await stat(join(this.path, name))).mtime < moment) yield name
 *     }
 *   }
 * }
 */
export interface FileStorage {
  /** Keeps what a file of the disk has, which stays where it is. All of it is under the key afterwards, or nothing; the same key again replaces it. */
  put(key: string, from: string): Promise<void>
  /** Keeps the same under another key. */
  copy(from: string, to: string): Promise<void>
  /** What was put under a key, from its beginning. @throws Error with code ENOENT for an unknown key */
  open(key: string): Promise<Readable> | Readable
  /** An unknown key is no error. */
  remove(key: string): Promise<void>
  /** All keys that were put longer ago than the moment: what no file names any more is then removed. */
  keysBefore(moment: Date): AsyncIterable<string>
}

/**
 * Another place for the contents of files than the data directory.
 *
 * @example
 * // A store of the company by HTTP. An administrator chooses the plugin by its id, at *Settings → Company*.
 * import { openAsBlob } from 'node:fs'
 * import { Readable } from 'node:stream'
 * import { definePlugin, s } from '@kartotek/sdk'
 * import { fileStorage } from '@kartotek/sdk/contracts'
 *
 * const settings = s.object({ url: s.url(), token: s.secret() })
 *
 * export default definePlugin({
 *   id: 'file-store', version: '1.0.0', compat: { sdk: '^0.1' }, settings,
 *   outbound: ['{settings.url}'],
 *   provides: [fileStorage.by((ctx) => {
 *     const ask = async (method: string, path: string, body?: Blob): Promise<Response> => {
 *       const answer = await ctx.fetch(`${String(ctx.settings.url)}/${path}`, { method, body, headers: { authorization: `Bearer ${String(ctx.settings.token)}` } })
 *       if (answer.status === 404 && method === 'GET') throw Object.assign(new Error(`There is no file ${path}.`), { code: 'ENOENT' })
 *       if (!answer.ok && answer.status !== 404) throw new Error(`The store answered ${answer.status}.`)
 *       return answer
 *     }
 *     return {
 *       async put(key, from) { await ask('PUT', key, await openAsBlob(from)) },
 *       async copy(from, to) { await ask('PUT', to, await (await ask('GET', from)).blob()) },
 *       async open(key) { return Readable.from((await ask('GET', key)).body!) },
 *       async remove(key) { await ask('DELETE', key) },
 *       async* keysBefore(moment) { yield* await (await ask('GET', `?before=${moment.toISOString()}`)).json() as string[] },
 *     }
 *   })],
 * })
 */
export const fileStorage = contract<FileStorage>('file-storage')
