import { createReadStream, createWriteStream } from 'node:fs'
import { once } from 'node:events'
import { finished } from 'node:stream/promises'
import { createGunzip, createGzip } from 'node:zlib'
import { Header } from 'tar'
import { StartError } from '../database/index.ts'

const BLOCK = 512

/** Writes a gzipped tar, entry by entry, with no more than one piece in memory. */
export class ArchiveWriter {
  readonly #gzip = createGzip({ level: 3 })
  readonly #finished: Promise<void>

  constructor(file: string) {
    const output = createWriteStream(file, { mode: 0o600, flush: true })
    this.#gzip.pipe(output)
    this.#gzip.on('error', error => output.destroy(error))
    output.on('error', error => this.#gzip.destroy(error))
    this.#finished = finished(output)
    // told to the next write, and to end()
    this.#finished.catch(() => undefined)
  }

  async add(path: string, body: Buffer | string): Promise<void> {
    const data = Buffer.from(body)
    await this.addStream(path, data.length, [data])
  }

  /** @throws Error when `body` is not `size` bytes long */
  async addStream(path: string, size: number, body: Iterable<Buffer> | AsyncIterable<Buffer>): Promise<void> {
    const header = new Header({ path, size, mode: 0o600, type: 'File', mtime: new Date() })
    if (header.encode()) throw new Error(`The name ${path} is too long for the archive.`)
    await this.#write(header.block!)
    let written = 0
    for await (const piece of body) {
      await this.#write(piece)
      written += piece.length
    }
    if (written !== size) throw new Error(`${path} changed while it was copied.`)
    const padding = (BLOCK - size % BLOCK) % BLOCK
    if (padding) await this.#write(Buffer.alloc(padding))
  }

  async end(): Promise<void> {
    await this.#write(Buffer.alloc(2 * BLOCK))
    this.#gzip.end()
    await this.#finished
  }

  /** Gives the unfinished archive up. */
  async abort(): Promise<void> {
    this.#gzip.destroy()
    await this.#finished.catch(() => undefined)
  }

  async #write(data: Buffer): Promise<void> {
    if (this.#gzip.destroyed) await this.#finished
    if (!this.#gzip.write(data)) await Promise.race([once(this.#gzip, 'drain'), this.#finished])
  }
}

/** One entry; its body must be read to its end before the next entry. */
export interface Entry {
  path: string
  size: number
  body: AsyncIterable<Buffer>
}

/** Reads a gzipped tar as a stream. @throws StartError when it is no archive of ours or is damaged */
export async function* readArchive(file: string): AsyncGenerator<Entry, void, undefined> {
  const source = new Bytes(createReadStream(file).pipe(createGunzip()), file)
  for (;;) {
    const block = await source.exactly(BLOCK)
    if (block.every(byte => byte === 0)) return source.drain()
    const header = new Header(block)
    if (!header.cksumValid || header.type !== 'File' || !header.path) throw damaged(file, 'an entry has no valid heading')
    const size = header.size ?? 0
    const end = source.position + size
    yield { path: header.path, size, body: source.upTo(end) }
    for await (const _rest of source.upTo(end)) { /* what the reader of the entry left */ }
    await source.exactly((BLOCK - size % BLOCK) % BLOCK)
  }
}

export const damaged = (file: string, how: string): StartError =>
  new StartError(`${file} is no backup of Kartotek or is damaged (${how}): nothing was restored; use another copy of it.`)

/** A stream of bytes from which one takes as many as one wants. */
class Bytes {
  position = 0
  readonly #chunks: AsyncIterator<Buffer>
  readonly #file: string
  #rest: Buffer = Buffer.alloc(0)

  constructor(stream: AsyncIterable<Buffer>, file: string) {
    this.#chunks = stream[Symbol.asyncIterator]()
    this.#file = file
  }

  async exactly(count: number): Promise<Buffer> {
    const pieces: Buffer[] = []
    for await (const piece of this.upTo(this.position + count)) pieces.push(piece)
    return Buffer.concat(pieces)
  }

  async* upTo(end: number): AsyncGenerator<Buffer, void, undefined> {
    while (this.position < end) {
      if (!this.#rest.length) this.#rest = await this.#next()
      const piece = this.#rest.subarray(0, end - this.position)
      this.#rest = this.#rest.subarray(piece.length)
      this.position += piece.length
      yield piece
    }
  }

  /** Reads on to the end, where the checksum of the compression is. */
  async drain(): Promise<void> {
    try {
      while (!(await this.#chunks.next()).done) { /* padding */ }
    } catch (error) {
      throw damaged(this.#file, (error as Error).message)
    }
  }

  async #next(): Promise<Buffer> {
    try {
      const { done, value } = await this.#chunks.next()
      if (done) throw new Error('it is cut off')
      return value
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') throw new StartError(`${this.#file} does not exist.`)
      throw damaged(this.#file, (error as Error).message)
    }
  }
}
