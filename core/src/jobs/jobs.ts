import { createHash, randomUUID } from 'node:crypto'
import { LimitError, type Log } from '@kartotek/sdk'
import type { Kysely } from 'kysely'
import { fromKysely, type PgBoss } from 'pg-boss'
import type { Database } from '../database/index.ts'
import type { Wake } from '../events/wake.ts'
import { Attempt } from './attempt.ts'
import { createBoss } from './boss.ts'
import { ensureQueues } from './queues.ts'
import { takeJobs } from './take.ts'
import { Runner } from './runner.ts'
import { syncSchedules } from './schedules.ts'
import { takeOverWaiting } from './waiting.ts'
import { queueName, type WorkData, type Worker } from './worker.ts'

export interface JobsOptions {
  log: Log
  /** Take and run jobs here (roles all and worker). Without it the node can only enqueue. Default true. */
  work?: boolean
  /** Default 20, at least 10. A dead worker's job is found within this plus `superviseSeconds`. */
  heartbeatSeconds?: number
  /** How often dead workers, overtime and old jobs are looked for. Default 10. */
  superviseSeconds?: number
  /** Jobs at once on this node. Default 10. */
  maxConcurrent?: number
  /** Default 1000. */
  pollMs?: number
  /** IANA name, for schedules. Default UTC. */
  timeZone?: string
}

export interface EnqueueOptions {
  /** At most one job with this key waits and at most one runs, on all nodes together; a second one that would wait is dropped. */
  key?: string
  startAfterSeconds?: number
  /** The person whose action it is. */
  onBehalfOf?: string | null
  /** Default `job`. */
  kind?: 'job' | 'webhook'
}

/** Greatest input of a job, as JSON. */
const MAX_INPUT_BYTES = 256 * 1024
/** More jobs in one {@link Jobs.drain} are taken for a job that enqueues itself for ever. */
const MAX_DRAINED = 10_000

/** Background work, kept in PostgreSQL: see `worker.ts` for its kinds. Delivered at least once. */
export class Jobs {
  readonly boss: PgBoss
  readonly #db: Database
  readonly #wake: Wake
  readonly #options: JobsOptions
  readonly #workers = new Map<string, Worker>()
  readonly #feeders: (() => Promise<number>)[] = []
  readonly #runner: Runner
  #timeZone: string
  #started = false
  #preparing: Promise<void> | null = null

  constructor(db: Database, wake: Wake, options: JobsOptions) {
    this.#db = db
    this.#wake = wake
    this.#options = options
    this.#timeZone = options.timeZone ?? 'UTC'
    const heartbeatSeconds = options.heartbeatSeconds ?? 20
    this.boss = createBoss(db, { supervise: options.work ?? true, superviseSeconds: options.superviseSeconds ?? 10, log: options.log })
    this.#runner = new Runner(db, this.boss, wake, this.#workers, {
      log: options.log, heartbeatSeconds, maxConcurrent: options.maxConcurrent ?? 10, pollMs: options.pollMs ?? 1000,
    })
  }

  /** Adds kinds of work. Before {@link start}. */
  register(workers: Worker[]): void {
    for (const worker of workers) this.#workers.set(worker.queue, worker)
  }

  /** Takes the kinds of work of a plugin away again; its jobs wait. */
  unregister(plugin: string): void {
    for (const worker of [...this.#workers.values()]) if (worker.plugin === plugin) this.#workers.delete(worker.queue)
  }

  /** Lets all nodes look for events and jobs now, and not only at their next turn. */
  wake(): void {
    this.#wake.afterCommit()
  }

  /** Opens the store and makes the queues of the registered workers, so that jobs can be enqueued. */
  async prepare(): Promise<void> {
    this.#preparing ??= oneAtATime(this.#db, async () => {
      if (!this.#started) await this.boss.start()
      this.#started = true
      await ensureQueues(this.boss, [...this.#workers.values()], this.#options.heartbeatSeconds ?? 20)
      await takeOverWaiting(this.#db)
    }).finally(() => { this.#preparing = null })
    await this.#preparing
  }

  /** Brings the schedules up to date and begins to run jobs, where this node works. */
  async start(): Promise<void> {
    await this.prepare()
    if (!this.works) return
    await this.#syncSchedules()
    this.#runner.start()
  }

  async stop(graceMs?: number): Promise<void> {
    await this.#runner.stop(graceMs)
    if (this.#started) await this.boss.stop({ graceful: false, close: false })
    this.#started = false
  }

  /** Moves the schedules into another time zone. Where that does not succeed now, the next start does it. */
  async setTimeZone(timeZone: string): Promise<void> {
    this.#timeZone = timeZone
    if (!this.#started || !this.works) return
    await this.#syncSchedules().catch((error: unknown) => this.#options.log.error({ err: error, timeZone }, 'The schedules could not be moved into another time zone.'))
  }

  #syncSchedules(): Promise<void> {
    return syncSchedules(this.boss, [...this.#workers.values()], this.#timeZone)
  }

  /**
   * Enqueues a job of a plugin: with `trx` it exists if and only if the transaction commits.
   * @returns false where a job with the same key waits already
   * @throws InputError where the input breaks the job's schema, LimitError where it is too large
   */
  // eslint-disable-next-line @typescript-eslint/no-explicit-any -- the database has no static type, see Database
  async enqueue(trx: Kysely<any> | null, plugin: string, job: string, input: Record<string, unknown>, options: EnqueueOptions = {}): Promise<boolean> {
    const queue = queueName(plugin, options.kind ?? 'job', job)
    this.#workers.get(queue)?.check?.(input)
    if (Buffer.byteLength(JSON.stringify(input)) > MAX_INPUT_BYTES) {
      throw new LimitError(`The input of job ${plugin}.${job} is larger than 256 KiB: pass ids, not data.`)
    }
    // A command beside the server opens the store when it needs it.
    if (!this.#started) await this.prepare()
    const key = options.key === undefined ? null : createHash('sha256').update(options.key).digest('hex')
    const data: WorkData = { input, onBehalfOf: options.onBehalfOf ?? null }
    const id = await this.boss.send(queue, data, {
      // The queue's policy allows one waiting job per key, so a job without a key gets one of its own.
      ...key ? { singletonKey: key, group: { id: key } } : { singletonKey: randomUUID() },
      ...options.startAfterSeconds ? { startAfter: options.startAfterSeconds } : {},
      ...trx ? { db: fromKysely(trx) } : {},
    })
    this.#wake.afterCommit()
    return id !== null
  }

  /** Enqueues events for a handler, in the transaction that marks them as dispatched. */
  // eslint-disable-next-line @typescript-eslint/no-explicit-any -- as above
  async enqueueEvents(trx: Kysely<any>, plugin: string, handler: string, batches: unknown[][]): Promise<void> {
    const jobs = batches.map((events) => ({ data: { events } satisfies WorkData, singletonKey: randomUUID() }))
    await this.boss.insert(queueName(plugin, 'on', handler), jobs, { db: fromKysely(trx) })
  }

  /** Work that turns into jobs when drained: the dispatcher of events adds itself. */
  addFeeder(feed: () => Promise<number>): void {
    this.#feeders.push(feed)
  }

  /**
   * For tests: runs everything that waits now, retries and delayed jobs included, until nothing is left. Each job runs
   * `deliveries` times (default 2), because a handler must be idempotent.
   * @returns what failed, attempt by attempt
   */
  async drain(options: { deliveries?: number } = {}): Promise<{ ran: number, failed: { queue: string, message: string }[] }> {
    const failed: { queue: string, message: string }[] = []
    let ran = 0
    for (let idle = false; !idle;) {
      // What runs in the background meanwhile may leave events behind that this pass has not seen.
      const begun = this.#runner.begun
      idle = !this.#runner.busy
      for (const feed of this.#feeders) if (await feed() > 0) idle = false
      for (const worker of this.#workers.values()) {
        for (const job of await takeJobs(this.#db, this.boss, worker, 20, { ignoreStartAfter: true })) {
          idle = false
          if (++ran > MAX_DRAINED) throw new Error(`Draining ran ${MAX_DRAINED} jobs and found no end; the last one was of ${worker.queue}.`)
          const attempt = new Attempt(this.boss, worker, job, this.#options.log)
          for (let i = 1; i < (options.deliveries ?? 2); i++) if (await attempt.perform()) break
          const error = await attempt.run()
          if (error) failed.push({ queue: worker.queue, message: error.message })
        }
      }
      if (this.#runner.busy || this.#runner.begun !== begun) {
        idle = false
        await new Promise((resolve) => setTimeout(resolve, 20))
      }
    }
    return { ran, failed }
  }

  /** Whether this node runs jobs, or only enqueues them. */
  get works(): boolean {
    return this.#options.work ?? true
  }

  /** The workers registered here, by queue. */
  get workers(): ReadonlyMap<string, Worker> {
    return this.#workers
  }

  /** Jobs in hand on this node. */
  get active(): number {
    return this.#runner.active
  }
}

/** The store takes a lock of its own only after it has made its schema: two nodes at once would collide there. */
async function oneAtATime(db: Database, run: () => Promise<void>): Promise<void> {
  const client = await db.pool.connect()
  try {
    await client.query(`select pg_advisory_lock(hashtext('kartotek.jobs'))`)
    await run()
  } finally {
    // The lock belongs to the session, which ends here.
    client.release(true)
  }
}
