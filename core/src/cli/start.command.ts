import { LOCALES, type Locale } from '@kartotek/sdk'
import { createLogger, loadConfig, type Config, type Logger } from '../config/index.ts'
import { openDatabase, type Database } from '../database/index.ts'
import { readArguments } from './arguments.ts'
import { UsageError, type Command } from './command.ts'
import { untilStopped } from './until-stopped.ts'

/** A server that takes requests. */
export interface RunningServer {
  /** What people open. */
  url: string
  /** One-time link for the first administrator, while there is none. */
  setupUrl?: string
  /** Of the demo company. */
  signIn?: { email: string, password: string }
  close(): Promise<void>
}
export interface StartOptions {
  /** Fills an empty database with the demo company, in this language. */
  demo?: Locale
  /** No code of plugins is loaded. */
  safeMode?: boolean
  /** A plugin that does not run is an error of the start. */
  strict?: boolean
  /** Brings the plugins that come with Kartotek. Default false. */
  bundled?: boolean
  log: Logger
}
/** Serves over a database, which it closes with itself, and when it does not come up. */
export type StartServer = (config: Config, db: Database, options: StartOptions) => Promise<RunningServer>

export const start = startCommand(async () => (await import('../main.ts')).startServer)

export function startCommand(load: () => Promise<StartServer>): Command {
  return {
    name: 'start',
    usage: '[--demo [--language CODE]] [--safe-mode | --strict]',
    summary: 'Start the server. --demo fills an empty database with a demo company, in the language of the machine or in --language (ru, uk, fi, en); --safe-mode loads no plugin; --strict ends when a plugin does not run.',
    async run(args, io) {
      const { values } = readArguments(args, 0, { 'demo': { type: 'boolean' }, 'language': { type: 'string' }, 'safe-mode': { type: 'boolean' }, 'strict': { type: 'boolean' } })
      if (values['safe-mode'] && values.strict) throw new UsageError('--safe-mode and --strict exclude each other.')
      const demo = demoLanguage(values.demo, values.language, io.env)
      const config = loadConfig(io.env, io.cwd)
      const log = createLogger(config)
      return untilStopped(log, async () => {
        const { db, startServer } = await openAndLoad(config, log, load)
        const server = await startServer(config, db, { demo, safeMode: values['safe-mode'] === true, strict: values.strict === true, bundled: true, log })
        io.out(`\n  Kartotek is ready: ${server.url}`)
        if (server.setupUrl) io.out(`  Set up the first administrator (link for one use): ${server.setupUrl}`)
        if (server.signIn) io.out(`  Sign in to the demo company as ${server.signIn.email} with the password ${server.signIn.password}`)
        if (values['safe-mode']) io.out('  Safe mode: no plugin is loaded. Start without --safe-mode to run them again.')
        io.out('  Stop with Ctrl-C.\n')
        return server
      })
    },
  }
}

/** The language that was asked for, else that of the machine where it is one of ours. @throws UsageError */
export function demoLanguage(demo: boolean | undefined, asked: string | undefined, env: NodeJS.ProcessEnv): Locale | undefined {
  if (!demo && asked !== undefined) throw new UsageError('--language is the language of the demo company: give --demo, too.')
  const known = LOCALES.find((locale) => locale === asked)
  if (asked !== undefined && !known) throw new UsageError(`--language knows ${LOCALES.join(', ')}; got ${asked || 'nothing'}.`)
  if (!demo) return undefined
  const machine = (env.LC_ALL || env.LANG || '').slice(0, 2)
  return known ?? LOCALES.find((locale) => locale === machine) ?? 'en'
}

/** PostgreSQL starts while the programs of the server are loaded: each of the two takes about a second. */
async function openAndLoad(config: Config, log: Logger, load: () => Promise<StartServer>): Promise<{ db: Database, startServer: StartServer }> {
  const [opened, loaded] = await Promise.allSettled([openDatabase(config, log), load()])
  if (opened.status === 'rejected') throw opened.reason
  if (loaded.status === 'fulfilled') return { db: opened.value, startServer: loaded.value }
  await opened.value.close()
  throw loaded.reason
}
