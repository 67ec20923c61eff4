import type { Log } from '@kartotek/sdk'
import pg from 'pg'
import { Loop } from '../events/loop.ts'
import { withoutLimits } from '../database/index.ts'

/** Any number, the same in every version: the first half of the lock that the one who runs a worker holds. */
const LOCK = 7_510_003
const FIRST_PAUSE_MS = 1_000, LAST_PAUSE_MS = 60_000
/** Who ran so long has recovered: the next pause is short again. */
const SOUND_MS = 60_000
/** A check of the locks that takes longer has failed: they may be lost. */
const CHECK_MS = 5_000
/** How long a stop waits for workers. */
const STOP_MS = 5_000

/** A program of a plugin that runs as long as the node does. */
export interface LongWorker {
  plugin: string
  id: string
  /** On one node of all, or on each. */
  instances: 'one' | 'each'
  /** Ends soon after the signal; when it ends by itself it is started again. */
  run(signal: AbortSignal): Promise<void>
}
/** `waiting`: another node runs it. `pausing`: it ended and is started again in a moment. */
export interface WorkerState { id: string, state: 'waiting' | 'running' | 'pausing', restarts: number, cause: string | null }

export interface ElectionOptions {
  url: string
  log: Log
  /** Hears why a worker broke off, before it is logged. */
  onBroke?: (worker: LongWorker, cause: unknown) => void
  everyMs?: number
  firstPauseMs?: number
}

/**
 * Runs the long workers of a node. Of those that run once over all nodes the one holds a lock of the database that has the work,
 * as long as its session lives: with a lost session the work is stopped, and another node takes it over.
 */
export class Elections {
  readonly #options: ElectionOptions
  readonly #workers: Running[]
  readonly #loop: Loop
  #client: pg.Client | null = null

  constructor(workers: readonly LongWorker[], options: ElectionOptions) {
    this.#options = options
    this.#workers = workers.map((worker) => new Running(worker, options))
    this.#loop = new Loop('The election of workers', () => this.#elect(), { everyMs: options.everyMs ?? 3_000, log: options.log })
  }

  statesOf(plugin: string): WorkerState[] {
    return this.#workers.filter(({ worker }) => worker.plugin === plugin).map((running) => running.state)
  }

  start(): void {
    for (const running of this.#workers) if (running.worker.instances === 'each') running.begin()
    if (this.#elected.length) this.#loop.start()
  }

  async stop(): Promise<void> {
    await this.#loop.stop()
    const ended = Promise.all(this.#workers.map((running) => running.end())).then(() => true)
    const late = new AbortController()
    if (!await Promise.race([ended, rest(STOP_MS, late.signal)])) this.#options.log.warn('A worker of a plugin does not end; the node stops without it.')
    late.abort()
    await this.#client?.end().catch(() => undefined)
    this.#client = null
  }

  get #elected(): Running[] {
    return this.#workers.filter(({ worker }) => worker.instances === 'one')
  }

  async #elect(): Promise<void> {
    try {
      const client = this.#client ??= await this.#connect()
      for (const running of this.#elected.filter((one) => !one.active)) {
        const name = `${running.worker.plugin}.${running.worker.id}`
        const { rows: [row] } = await client.query<{ won: boolean }>('select pg_try_advisory_lock($1, hashtext($2)) as won', [LOCK, name])
        if (row!.won) running.begin()
      }
      // Also where all is won: a session that does not answer may have lost its locks.
      await client.query('select 1')
    } catch (error) {
      this.#lose()
      throw error
    }
  }

  async #connect(): Promise<pg.Client> {
    const client = new pg.Client({ connectionString: this.#options.url, application_name: 'kartotek workers', query_timeout: CHECK_MS, connectionTimeoutMillis: CHECK_MS })
    client.on('error', () => { if (this.#client === client) this.#lose() })
    await client.connect()
    await withoutLimits(client)
    return client
  }

  /** The session is gone, and the locks with it. */
  #lose(): void {
    const client = this.#client
    this.#client = null
    void client?.end().catch(() => undefined)
    for (const running of this.#elected) void running.end()
    this.#loop.wake()
  }
}

/** One worker on this node. */
class Running {
  readonly worker: LongWorker
  readonly #options: ElectionOptions
  #abort: AbortController | null = null
  #done: Promise<void> = Promise.resolve()
  #busy = false
  #restarts = 0
  #cause: string | null = null
  #pausing = false

  constructor(worker: LongWorker, options: ElectionOptions) {
    this.worker = worker
    this.#options = options
  }

  /** It runs here, or has not ended yet: a second one must not begin beside it. */
  get active(): boolean { return this.#busy }

  get state(): WorkerState {
    const state = !this.#busy ? 'waiting' : this.#pausing ? 'pausing' : 'running'
    return { id: this.worker.id, state, restarts: this.#restarts, cause: this.#cause }
  }

  begin(): void {
    if (this.#busy) return
    this.#busy = true
    this.#abort = new AbortController()
    this.#done = this.#live(this.#abort.signal).finally(() => { this.#busy = false })
  }

  async end(): Promise<void> {
    this.#abort?.abort()
    await this.#done
  }

  async #live(signal: AbortSignal): Promise<void> {
    const { log, firstPauseMs = FIRST_PAUSE_MS } = this.#options
    for (let pause = firstPauseMs; !signal.aborted;) {
      const began = performance.now()
      try {
        this.#pausing = false
        await this.worker.run(signal)
        if (!signal.aborted) this.#options.onBroke?.(this.worker, this.#cause = 'It ended by itself.')
      } catch (error) {
        if (!signal.aborted) {
          this.#options.onBroke?.(this.worker, error)
          this.#cause = error instanceof Error ? error.message : String(error)
          log.error({ plugin: this.worker.plugin, worker: this.worker.id, err: error }, `The worker ${this.worker.plugin}.${this.worker.id} broke off; it is started again in ${pause / 1000} s.`)
        }
      }
      if (signal.aborted) return
      this.#restarts++
      if (performance.now() - began > SOUND_MS) pause = firstPauseMs
      this.#pausing = true
      await rest(pause, signal)
      pause = Math.min(pause * 2, LAST_PAUSE_MS)
    }
  }
}

function rest(ms: number, signal: AbortSignal): Promise<false> {
  return new Promise((resolve) => {
    const done = (): void => {
      clearTimeout(timer)
      signal.removeEventListener('abort', done)
      resolve(false)
    }
    const timer = setTimeout(done, ms)
    signal.addEventListener('abort', done)
  })
}
