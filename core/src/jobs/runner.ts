import type { Log } from '@kartotek/sdk'
import type { Job, PgBoss } from 'pg-boss'
import type { Database } from '../database/index.ts'
import { Loop } from '../events/loop.ts'
import type { Wake } from '../events/wake.ts'
import { Attempt } from './attempt.ts'
import { takeJobs } from './take.ts'
import type { WorkData, Worker } from './worker.ts'

export interface RunnerOptions {
  log: Log
  /** Seconds without a heartbeat after which a worker counts as dead. At least 10. */
  heartbeatSeconds: number
  /** Jobs at once in this process, of all queues. */
  maxConcurrent: number
  pollMs: number
}

/**
 * Runs jobs on this node. One statement looks at all queues, woken by notifications and at the latest every `pollMs`, so
 * that an idle node asks once per second however many queues there are.
 */
export class Runner {
  readonly #db: Database
  readonly #boss: PgBoss
  readonly #wake: Wake
  readonly #workers: ReadonlyMap<string, Worker>
  readonly #options: RunnerOptions
  readonly #loop: Loop
  readonly #running = new Map<string, Set<Attempt>>()
  #heartbeat: NodeJS.Timeout | null = null
  #off: (() => void) | null = null
  #stopping = false
  #taking = 0
  #begun = 0

  constructor(db: Database, boss: PgBoss, wake: Wake, workers: ReadonlyMap<string, Worker>, options: RunnerOptions) {
    this.#db = db
    this.#boss = boss
    this.#wake = wake
    this.#workers = workers
    this.#options = options
    this.#loop = new Loop('The job runner', () => this.#look(), { everyMs: options.pollMs, log: options.log })
  }

  start(): void {
    this.#stopping = false
    this.#off = this.#wake.on(() => this.#loop.wake())
    this.#heartbeat = setInterval(() => void this.#beat(), this.#options.heartbeatSeconds * 1000 / 3)
    this.#loop.start()
  }

  /** Takes no new jobs, gives the running ones `graceMs` to end, then aborts them; they will be retried. */
  async stop(graceMs = 5000): Promise<void> {
    this.#stopping = true
    this.#off?.()
    await this.#loop.stop()
    const all = [...this.#running.values()].flatMap((set) => [...set])
    const timer = setTimeout(() => all.forEach((attempt) => attempt.abort(new Error('The process stops.'))), graceMs)
    await Promise.all(all.map((attempt) => attempt.ended))
    clearTimeout(timer)
    if (this.#heartbeat) clearInterval(this.#heartbeat)
  }

  /** Jobs in hand now. */
  get active(): number {
    return [...this.#running.values()].reduce((sum, set) => sum + set.size, 0)
  }

  /** Whether it has jobs in hand, or may get some by what it asks just now. */
  get busy(): boolean {
    return this.#taking > 0 || this.active > 0
  }

  /** How many jobs it has begun since the process started. */
  get begun(): number {
    return this.#begun
  }

  async #look(): Promise<void> {
    this.#taking++
    try {
      await this.#take()
    } finally {
      this.#taking--
    }
  }

  async #take(): Promise<void> {
    const open = [...this.#workers.values()].filter((w) => this.#free(w) > 0).map((w) => w.queue)
    if (!open.length || this.#stopping) return
    // Probes the fetch index once per queue; a plain `distinct` would walk the whole backlog.
    const { rows } = await this.#db.pool.query<{ name: string }>(`
      select q.name from unnest($1::text[]) as q (name) where exists (
        select 1 from pgboss.job j
        where j.name = q.name and j.state < 'active' and not j.blocked and j.start_after <= now())`, [open])
    for (const { name } of shuffled(rows)) {
      const worker = this.#workers.get(name)!
      const free = this.#free(worker)
      if (free < 1 || this.#stopping) continue
      for (const job of await takeJobs(this.#db, this.#boss, worker, free)) this.#begin(worker, job)
    }
  }

  #free(worker: Worker): number {
    const own = (worker.concurrency ?? 1) - (this.#running.get(worker.queue)?.size ?? 0)
    return Math.min(own, this.#options.maxConcurrent - this.active)
  }

  #begin(worker: Worker, job: Job<WorkData>): void {
    const attempt = new Attempt(this.#boss, worker, job, this.#options.log)
    this.#begun++
    const set = this.#running.get(worker.queue) ?? new Set()
    this.#running.set(worker.queue, set.add(attempt))
    void attempt.run().finally(() => {
      set.delete(attempt)
      this.#loop.wake()
    })
  }

  async #beat(): Promise<void> {
    for (const [queue, attempts] of this.#running) {
      const held = [...attempts]
      if (!held.length) continue
      try {
        const touched = await this.#boss.touch(queue, held.map((a) => a.claim)) as { settled?: string[] }
        const kept = new Set(touched.settled ?? held.map((a) => a.claim.id))
        for (const attempt of held) if (!kept.has(attempt.claim.id)) attempt.lost()
      } catch (error) {
        // Says nothing about the claim: the next beat asks again, and a lost claim cannot write anyway.
        this.#options.log.warn({ err: error, queue }, 'A heartbeat of jobs could not be written.')
      }
    }
  }
}

/** A queue with a long backlog must not always come first. */
function shuffled<T>(items: T[]): T[] {
  return items.map((item) => ({ item, at: Math.random() })).sort((a, b) => a.at - b.at).map(({ item }) => item)
}
