import type { Readable } from 'node:stream'
import { contract } from '../contract.ts'

/**
 * Where the contents of files lie. The administrator chooses one in the settings of files; the data directory is used where none is
 * chosen, and for what was kept there before. Keys are the core's: at most 50 of `a-z`, `0-9`, `-`, `.`.
 */
export interface FileStorage {
  /** Keeps what a file of the disk has, which stays where it is. All of it is under the key afterwards, or nothing; the same key again replaces it. */
  put(key: string, from: string): Promise<void>
  /** Keeps the same under another key. */
  copy(from: string, to: string): Promise<void>
  /** @throws Error with code ENOENT for an unknown key */
  open(key: string): Promise<Readable> | Readable
  /** An unknown key is no error. */
  remove(key: string): Promise<void>
  /** All keys that were put longer ago than the moment: what no file names any more is then removed. */
  keysBefore(moment: Date): AsyncIterable<string>
}

/** Another place for the contents of files than the data directory. */
export const fileStorage = contract<FileStorage>('file-storage')
