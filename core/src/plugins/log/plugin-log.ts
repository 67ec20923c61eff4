import type { Log } from '@kartotek/sdk'
import { sql, type Kysely } from 'kysely'
import type { Settings } from '../../settings/index.ts'
import { blackenedText } from './blacken.ts'

// eslint-disable-next-line @typescript-eslint/no-explicit-any -- plain SQL
type Db = Kysely<any>

/**
 * Where it went wrong. `start`: a step of the start. `job`, `on` (a handler of events), `schedule`, `webhook`: background work.
 * `worker`: a program that runs all the time. `code`: a resolver, route or guard. `fault`: an error that was left unhandled.
 * `quarantine`: the watchdog stopped it. `web`: its part of the app, in a browser.
 */
export type NoteKind = 'start' | 'job' | 'on' | 'schedule' | 'webhook' | 'worker' | 'code' | 'fault' | 'quarantine' | 'web'
export interface Note {
  kind: NoteKind
  /** Which step, job, handler …; empty where there is only one. */
  name: string
  /** No further attempt is made. */
  gaveUp: boolean
  message: string
}
/** The same thing that happened once or more often. */
export interface KeptNote extends Note { firstAt: Date, at: Date, times: number }

const KEPT = 200
const KEPT_DAYS = 30
const MOST_NAME = 100, MOST_MESSAGE = 500
const FLUSH_MS = 1_000
/** Different things that wait to be written; more within a second are left out. */
const MOST_WAITING = 500

interface Waiting extends Note { plugin: string, times: number }

/**
 * What went wrong with plugins, kept in the database for all nodes: the same message of the same thing is one entry with a number.
 * Written in the background, once per second; secrets among the settings of the plugin are blackened before.
 */
export class PluginLog {
  readonly #db: Db
  readonly #settings: Pick<Settings, 'secretsOf'>
  readonly #log: Log
  readonly #waiting = new Map<string, Waiting>()
  #timer: NodeJS.Timeout | undefined
  #writing: Promise<void> = Promise.resolve()

  constructor(db: Db, settings: Pick<Settings, 'secretsOf'>, log: Log) {
    this.#db = db
    this.#settings = settings
    this.#log = log
  }

  /** Keeps an error of a plugin. The error itself is blackened too: it goes on into the queue and the log of the process. */
  note(plugin: string, kind: NoteKind, name: string, error: unknown, gaveUp = false): void {
    const secrets = this.#settings.secretsOf(plugin)
    if (error instanceof Error && secrets.length) blacken(error, secrets)
    const message = blackenedText(error instanceof Error ? error.message : String(error), secrets).replaceAll('\0', '').slice(0, MOST_MESSAGE)
    const entry = { plugin, kind, name: name.slice(0, MOST_NAME), gaveUp, message }
    const key = JSON.stringify(Object.values(entry))
    const same = this.#waiting.get(key)
    if (same) same.times++
    else if (this.#waiting.size < MOST_WAITING) this.#waiting.set(key, { ...entry, times: 1 })
    this.#timer ??= setTimeout(() => { void this.flush() }, FLUSH_MS).unref()
  }

  /** Writes what waits. Never rejects: what cannot be written is left out. */
  flush(): Promise<void> {
    clearTimeout(this.#timer)
    this.#timer = undefined
    const entries = [...this.#waiting.values()]
    this.#waiting.clear()
    if (entries.length) this.#writing = this.#writing.then(() => write(this.#db, entries)).catch((error: unknown) => this.#log.warn({ err: error }, 'What went wrong with plugins could not be kept.'))
    return this.#writing
  }
}

/** In the order of their keys, so that two nodes that write the same do not wait for each other in a circle. */
async function write(db: Db, entries: Waiting[]): Promise<void> {
  await sql`
    insert into core.plugin_log as l (plugin, kind, name, gave_up, message, times)
    select plugin, kind, name, "gaveUp", message, times
    from jsonb_to_recordset(${JSON.stringify(entries)}::jsonb) as e (plugin text, kind text, name text, "gaveUp" boolean, message text, times int)
    order by 1, 2, 3, 4, 5
    on conflict (plugin, kind, name, gave_up, message) do update set times = l.times + excluded.times, at = now()`.execute(db)
  const plugins = [...new Set(entries.map(({ plugin }) => plugin))]
  await sql`
    delete from core.plugin_log where (plugin, kind, name, gave_up, message) in (
      select plugin, kind, name, gave_up, message from (
        select *, row_number() over (partition by plugin, kind = 'web' order by at desc) as n from core.plugin_log where plugin = any(${plugins}::text[])) as ranked where n > ${KEPT})`.execute(db)
}

/** The newest first. */
export async function pluginLog(db: Db, plugin: string): Promise<KeptNote[]> {
  const { rows } = await sql<KeptNote>`
    select kind, name, gave_up as "gaveUp", message, first_at as "firstAt", at, times from core.plugin_log
    where plugin = ${plugin} and at > now() - make_interval(days => ${KEPT_DAYS}) order by at desc, first_at desc limit ${2 * KEPT}`.execute(db)
  return rows
}

export async function forgetOldNotes(db: Db): Promise<void> {
  await sql`delete from core.plugin_log where at <= now() - make_interval(days => ${KEPT_DAYS})`.execute(db)
}

function blacken(error: Error, secrets: readonly string[]): void {
  const { message, stack } = error
  const clean = blackenedText(message, secrets)
  if (clean === message && (stack === undefined || blackenedText(stack, secrets) === stack)) return
  // An error that cannot be changed is somebody's own; its message is kept blackened all the same.
  Reflect.defineProperty(error, 'message', { value: clean, configurable: true, writable: true })
  if (stack !== undefined) Reflect.defineProperty(error, 'stack', { value: blackenedText(stack, secrets), configurable: true, writable: true })
}
