// Fetches out of a registry and ends. See `fetch.ts`.
import { createWriteStream } from 'node:fs'
import { lstat, readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { Transform } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { Arborist } from '@npmcli/arborist'
import pacote from 'pacote'
import type { FetchMessage, FetchTask } from './fetch.ts'
import { MAX_FILES, MAX_STORED, MAX_UNPACKED, sizeText } from './limits.ts'

const LOOK_MS = 1_000
/** One request; npm's libraries wait five minutes for each, and ask three times. */
const PATIENCE = { timeout: 60_000, fetchRetries: 2 }

// Who asked is gone.
process.on('disconnect', () => process.exit(1))
process.once('message', (task: FetchTask) => {
  const done = task.what === 'newest' ? newest(task) : task.what === 'tarball' ? tarball(task) : dependencies(task)
  done.then((found) => { tell({ found: found ?? {} }) }, ({ message, code }: NodeJS.ErrnoException) => { tell({ error: { message, ...code && { code } } }) })
})
const tell = (message: FetchMessage): void => { process.send!(message) }

/** Bytes are told at most so often. */
const TELL_MS = 250
let told = 0
function tellBytes(bytes: number): void {
  if (performance.now() - told < TELL_MS) return
  told = performance.now()
  tell({ bytes })
}

async function newest({ spec, settings }: Extract<FetchTask, { what: 'newest' }>): Promise<{ version: string }> {
  const { version } = await pacote.manifest(`${spec}@latest`, { ...PATIENCE, ...settings, preferOnline: true } as pacote.Options)
  return { version }
}

async function tarball({ spec, settings, to }: Extract<FetchTask, { what: 'tarball' }>): Promise<void> {
  await pacote.tarball.stream(spec, async (stream) => {
    let bytes = 0
    const counted = new Transform({
      transform(chunk: Buffer, _, next) {
        bytes += chunk.length
        tellBytes(bytes)
        next(bytes > MAX_STORED ? new Error(`it has more than ${sizeText(MAX_STORED)}`) : null, chunk)
      },
    })
    await pipeline(stream, counted, createWriteStream(to))
  }, { ...PATIENCE, ...settings, ignoreScripts: true } as pacote.Options)
}

async function dependencies({ folder, settings }: Extract<FetchTask, { what: 'dependencies' }>): Promise<void> {
  const tree = new Arborist({
    ...PATIENCE, ...settings, path: folder, ignoreScripts: true, binLinks: false, packageLock: false, save: false, audit: false, fund: false, progress: false, installLinks: true,
    ...{ allowGit: 'none', allowRemote: 'none', allowFile: 'none', allowDirectory: 'none' },
  } as ConstructorParameters<typeof Arborist>[0])
  let done = false
  const work = tree.reify({ omit: ['dev'], save: false } as Parameters<typeof tree.reify>[0]).finally(() => { done = true })
  await Promise.race([work, tooMuch(folder, () => done)])
  await tooMuch(folder, () => true)
}

/** Looks at what lies there while it grows. */
async function tooMuch(folder: string, done: () => boolean): Promise<void> {
  do {
    if (!done()) await new Promise((next) => { setTimeout(next, LOOK_MS) })
    const files = (await readdir(folder, { recursive: true, withFileTypes: true })).filter((entry) => entry.isFile())
    let bytes = 0
    // What is moved into its place meanwhile is counted at the next look.
    for (const file of files) bytes += (await lstat(join(file.parentPath, file.name)).catch(() => ({ size: 0 }))).size
    tellBytes(bytes)
    if (files.length > MAX_FILES || bytes > MAX_UNPACKED) throw new Error(`with them it is larger than ${sizeText(MAX_UNPACKED)} or ${MAX_FILES} files`)
  } while (!done())
}
