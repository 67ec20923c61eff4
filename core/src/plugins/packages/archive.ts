import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { buffer } from 'node:stream/consumers'
import { create, extract, list, type Parser, type Unpack } from 'tar'
import { PluginError } from '../state.ts'
import { MAX_ENTRIES, MAX_UNPACKED, sizeText } from './limits.ts'

/** A folder with all its files as one gzipped tar: the same bytes for the same files. Links are left out. */
export async function pack(folder: string): Promise<Buffer> {
  // With "./" before it a name is a file's, even one that begins with "@".
  const names = filesBelow(folder).map((name) => `./${name}`)
  return buffer(create({ cwd: folder, gzip: true, portable: true, mtime: new Date(0), follow: false }, names))
}

/** Writes the files of {@link pack} into a folder. @throws PluginError where it holds something else than files and folders, or paths that lead out */
export async function unpack(content: Buffer, folder: string): Promise<void> {
  let odd: string | undefined
  await feed(content, extract({
    cwd: folder, strict: true, preserveOwner: false,
    filter(path, entry) {
      const plain = 'type' in entry && ['File', 'OldFile', 'Directory'].includes(entry.type as string) && !path.split(/[\\/]/).includes('..') && !path.startsWith('/')
      if (!plain) odd ??= path
      return plain
    },
  }))
  if (odd !== undefined) throw new PluginError(`Its package holds ${odd}, which is no plain file.`)
}

/**
 * Opens a tarball of npm, whose files lie below one folder. Links are left out.
 * @throws PluginError where it is none, is too large when unpacked, or has paths that lead out
 */
export async function openTarball(tarball: Buffer, folder: string): Promise<void> {
  let bytes = 0, entries = 0
  const folders = new Set<string>()
  let wrong: string | undefined
  try {
    await feed(tarball, list({ strict: true, onReadEntry(entry) {
      // The rest is not looked at, be it as large as it may.
      if (wrong) return
      bytes += entry.size
      entries++
      if (entry.path.split(/[\\/]/).includes('..') || entry.path.startsWith('/')) wrong ??= `It holds ${entry.path}, a path that leads out of it.`
      // A folder need not be named by itself to be made.
      for (let at = entry.path.indexOf('/'); at >= 0 && folders.size <= MAX_ENTRIES; at = entry.path.indexOf('/', at + 1)) folders.add(entry.path.slice(0, at))
      if (bytes > MAX_UNPACKED) wrong ??= `It is larger than ${sizeText(MAX_UNPACKED)} when unpacked.`
      if (entries + folders.size > MAX_ENTRIES) wrong ??= `It holds more than ${MAX_ENTRIES} files and folders: pack what the plugin needs to run, and nothing of its development.`
    } }), () => wrong)
    await feed(tarball, extract({
      cwd: folder, strip: 1, strict: true, preserveOwner: false, filter: (_, entry) => 'type' in entry && ['File', 'OldFile', 'Directory'].includes(entry.type as string),
    }))
  } catch (error) {
    if (error instanceof PluginError) throw error
    throw new PluginError(`It cannot be read as a tarball: ${(error as Error).message}`, { cause: error })
  }
}

/** Gives a reader of tarballs what it reads, up to the first thing that is wrong. Its streams are not those that `pipeline` knows. */
async function feed(content: Buffer, reader: Parser | Unpack, wrong: () => string | undefined = () => undefined): Promise<void> {
  await new Promise<void>((done, fail) => {
    reader.on('error', fail)
    reader.on('end', () => { done() })
    reader.on('close', () => { done() })
    for (let at = 0; at < content.length && !wrong(); at += 65_536) reader.write(content.subarray(at, at + 65_536))
    if (wrong()) fail(new PluginError(wrong()))
    else reader.end()
  })
  const late = wrong()
  if (late) throw new PluginError(late)
}

/** Names of all plain files below a folder, sorted. */
export function filesBelow(folder: string): string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(folder.length + 1).replaceAll('\\', '/')).sort()
}
