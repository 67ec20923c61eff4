import type { Readable } from 'node:stream'
import { open, type Entry, type ZipFile } from 'yauzl'
import { InputError, LimitError } from '@kartotek/sdk'

/** What a file may unpack to, and no more. */
export interface UnpackLimits {
  /** Greatest sum of all parts, in bytes. Default 2 GiB. */
  maxBytes?: number
  /** How many times larger than packed a part may be, beyond its first 16 MiB. Default 200. */
  maxRatio?: number
}

const MAX_ENTRIES = 10_000
const UNSUSPICIOUS = 16 * 1024 ** 2

/** The parts of a zipped document by name, each read as a stream of its own. */
export interface ZipPackage {
  has(name: string): boolean
  /** Bytes that the part unpacks to; null where there is none. */
  size(name: string): number | null
  /** @throws InputError where there is no such part */
  read(name: string): Promise<Readable>
  close(): void
}

/**
 * Opens a zip on the disk and looks at its directory only. Sizes that it names are held to when a part is read, so that what is
 * refused here cannot come later.
 * @throws InputError for what is no zip or is encrypted, LimitError for a zip bomb
 */
export async function openPackage(path: string, { maxBytes = 2 * 1024 ** 3, maxRatio = 200 }: UnpackLimits = {}): Promise<ZipPackage> {
  const zip = await opened(path)
  try {
    const entries = await directory(zip)
    let sum = 0
    for (const entry of entries.values()) {
      sum += entry.uncompressedSize
      if (entry.isEncrypted()) throw new InputError('The file is protected by a password: save it without one.')
      if (entry.uncompressedSize > UNSUSPICIOUS && entry.uncompressedSize > entry.compressedSize * maxRatio) throw tooLarge()
    }
    if (sum > maxBytes) throw tooLarge()
    return {
      has: (name) => entries.has(name),
      size: (name) => entries.get(name)?.uncompressedSize ?? null,
      read: (name) => new Promise((done, fail) => {
        const entry = entries.get(name)
        if (!entry) return fail(broken())
        zip.openReadStream(entry, (error, stream) => (error ? fail(broken()) : done(stream)))
      }),
      close: () => zip.close(),
    }
  } catch (error) {
    zip.close()
    throw error
  }
}

const broken = (): InputError => new InputError('The file is damaged or no XLSX workbook.')
const tooLarge = (): LimitError => new LimitError('The file unpacks to more than a workbook may: it is refused.')

function opened(path: string): Promise<ZipFile> {
  return new Promise((done, fail) => {
    open(path, { lazyEntries: true, autoClose: false, validateEntrySizes: true }, (error, zip) => (error ? fail(broken()) : done(zip)))
  })
}

function directory(zip: ZipFile): Promise<Map<string, Entry>> {
  const entries = new Map<string, Entry>()
  return new Promise((done, fail) => {
    zip.on('entry', (entry: Entry) => {
      if (entries.size >= MAX_ENTRIES) return fail(tooLarge())
      // Names of parts are compared without regard to case, and always with slashes.
      entries.set(entry.fileName.toLowerCase(), entry)
      zip.readEntry()
    })
    zip.on('end', () => done(entries))
    zip.on('error', () => fail(broken()))
    zip.readEntry()
  })
}
