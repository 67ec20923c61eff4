import { spawn, type ChildProcess } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { existsSync, mkdirSync, readFileSync, statSync, watch, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join, resolve } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { UsageError, type Io } from '../cli/command.ts'
import { createLogger, loadConfig } from '../config/index.ts'
import { openDatabase } from '../database/index.ts'
import { StartError } from '../database/errors.ts'

const KARTOTEK = fileURLToPath(new URL('../../bin/kartotek.js', import.meta.url))
// Of the web part only what is built counts: it is done when its list of files is written.
const OURS = /(^|\/)(node_modules|\.kartotek|\.git|vendor|__generated__)(\/|$)|\.test\.ts$|~$|^kartotek\.plugin\.json$|^dist(\/|$)|\.tgz$|^web\/(?!dist\/manifest\.json$)/
const EMAIL = 'dev@example.com'
const STOP_MS = 5_000
const FIRST_BUILD_MS = 60_000

/**
 * `kartotek plugin dev [FOLDER]`: a server with this plugin from its sources, started anew at every change. The database stays
 * open meanwhile, so that a start takes as long as the core needs.
 */
export async function devPlugin(args: string[], io: Io): Promise<number> {
  const { folder, demo } = read(args)
  const root = resolve(io.cwd, folder)
  if (!existsSync(join(root, 'package.json'))) throw new StartError(`${root} is no folder of a package: it has no package.json.`)
  const dataDir = io.env.KARTOTEK_DATA_DIR ? resolve(io.cwd, io.env.KARTOTEK_DATA_DIR) : join(root, '.kartotek')
  mkdirSync(dataDir, { recursive: true, mode: 0o700 })
  const config = loadConfig({ ...io.env, KARTOTEK_DATA_DIR: dataDir }, io.cwd)
  const db = await openDatabase(config, createLogger({ logLevel: io.env.LOG_LEVEL ?? 'warn' }))
  const password = secretOf(dataDir)
  const env = {
    ...io.env, KARTOTEK_DATA_DIR: dataDir, DATABASE_URL: db.url, KARTOTEK_PLUGINS_DATABASE_URL: db.pluginsUrl, NODE_ENV: 'development',
    KARTOTEK_PLUGINS: [io.env.KARTOTEK_PLUGINS, entryOf(root)].filter(Boolean).join(','), LOG_LEVEL: io.env.LOG_LEVEL ?? 'warn',
    ...demo ? {} : { KARTOTEK_ADMIN_EMAIL: EMAIL, KARTOTEK_ADMIN_PASSWORD: password },
  }
  if (!demo) io.err(`Sign in as ${EMAIL} with the password ${password}. Changes below ${root} start the server anew; stop with Ctrl-C.`)
  const builder = await buildWeb(root, io)
  try {
    return await serveAndWatch(root, env, demo ? ['--demo'] : [], io)
  } finally {
    builder?.kill('SIGTERM')
    await db.close()
  }
}

/** Builds the web part, where there is one, and again at every change. Resolves when it is there for the first time. */
async function buildWeb(root: string, io: Io): Promise<ChildProcess | null> {
  const folder = join(root, 'web')
  if (!existsSync(join(folder, 'vite.config.ts'))) return null
  const vite = [join(root, 'package.json'), import.meta.url].map((from) => {
    try {
      return join(dirname(createRequire(from).resolve('vite/package.json')), 'bin/vite.js')
    } catch {
      return null
    }
  }).find((file) => file !== null)
  if (!vite) throw new StartError('vite is not installed: run `npm install` in the folder of the plugin.')
  const child = spawn(process.execPath, [vite, 'build', '--watch', '--logLevel', 'warn'], { cwd: folder, stdio: ['ignore', 'inherit', 'inherit'] })
  const done = join(folder, 'dist/manifest.json')
  const began = Date.now()
  while (child.exitCode === null && !(existsSync(done) && statSync(done).mtimeMs >= began) && Date.now() - began < FIRST_BUILD_MS) await setTimeout(100)
  if (child.exitCode !== null) io.err('The web part could not be built: the plugin runs without it.')
  return child
}

function read(args: string[]): { folder: string, demo: boolean } {
  try {
    const { values, positionals: [folder = '.', ...more] } = parseArgs({ args, allowPositionals: true, options: { demo: { type: 'boolean' } } })
    if (more.length) throw new Error(`Too many words: ${more.join(' ')}.`)
    return { folder, demo: values.demo === true }
  } catch (error) {
    throw new UsageError((error as Error).message)
  }
}

/** The sources where there are any: Node runs them as they are. */
function entryOf(root: string): string {
  return ['src/index.ts', 'src/index.js'].map((file) => join(root, file)).find(existsSync) ?? root
}

function secretOf(dataDir: string): string {
  const file = join(dataDir, 'dev-password')
  if (!existsSync(file)) writeFileSync(file, randomBytes(12).toString('base64url'), { mode: 0o600 })
  return readFileSync(file, 'utf8')
}

async function serveAndWatch(root: string, env: NodeJS.ProcessEnv, more: string[], io: Io): Promise<number> {
  let server: ChildProcess | undefined
  let changedAt = 0
  const start = (): void => {
    const began = performance.now()
    const child = server = spawn(process.execPath, [KARTOTEK, 'start', ...more], { env, stdio: ['ignore', 'pipe', 'inherit'] })
    child.stdout!.on('data', (text: Buffer) => {
      io.out(String(text).trimEnd())
      if (String(text).includes('is ready')) io.err(`Ready after ${Math.round(performance.now() - (changedAt || began))} ms.`)
    })
    child.on('exit', (code) => { if (child === server && code) io.err(`The server ended with ${code}. It is started again at the next change.`) })
  }
  const stop = async (): Promise<void> => {
    const child = server
    if (!child || child.exitCode !== null || child.signalCode) return
    const ended = new Promise((done) => child.once('exit', done))
    child.kill('SIGTERM')
    const timer = globalThis.setTimeout(() => child.kill('SIGKILL'), STOP_MS)
    await ended
    clearTimeout(timer)
  }

  return new Promise((done) => {
    let timer: NodeJS.Timeout | undefined
    let turning = Promise.resolve()
    let waiting = false
    const watcher = watch(root, { recursive: true }, (_, name) => {
      if (!name || OURS.test(name)) return
      changedAt ||= performance.now()
      clearTimeout(timer)
      // An editor writes a file in several steps.
      timer = globalThis.setTimeout(() => {
        // What changes during a start is in the next one, however much it is.
        if (waiting) return
        waiting = true
        turning = turning.then(async () => {
          waiting = false
          io.err(`${name} changed.`)
          await stop()
          start()
          globalThis.setTimeout(() => { changedAt = 0 }, STOP_MS).unref()
        })
      }, 80)
    })
    const end = (): void => {
      clearTimeout(timer)
      watcher.close()
      void turning.then(stop).then(() => done(0))
    }
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.once(signal, end)
    start()
  })
}

