import { randomUUID } from 'node:crypto'
import { sql } from 'kysely'
import type { Database } from '../database/index.ts'

const CHANNEL = 'kartotek_work'

/**
 * Tells every node that there is something new in the outbox or in the queues.
 *
 * A NOTIFY in each write transaction halves throughput (989 → 453 transactions per second were measured), because
 * PostgreSQL serialises their commits. So a node notifies by itself, after commit: the first time at once, then at most
 * once per `pauseMs`, because each wake costs a dozen statements of the readers, however many events there are.
 * A lost notification costs at most the polling interval of the readers.
 */
export class Wake {
  readonly #db: Database
  readonly #delayMs: number
  readonly #pauseMs: number
  readonly #self = randomUUID()
  #last = 0
  readonly #listeners = new Set<() => void>()
  #timer: NodeJS.Timeout | null = null
  #unlisten: (() => Promise<void>) | null = null
  #sending: Promise<unknown> = Promise.resolve()

  constructor(db: Database, options: { delayMs?: number, pauseMs?: number } = {}) {
    this.#db = db
    this.#delayMs = options.delayMs ?? 10
    this.#pauseMs = options.pauseMs ?? 100
  }

  async start(): Promise<void> {
    this.#unlisten = await this.#db.listen(CHANNEL, from => { if (from !== this.#self) this.#wake() }, () => this.#wake())
  }

  async stop(): Promise<void> {
    if (this.#timer) clearTimeout(this.#timer)
    this.#timer = null
    await this.#sending
    await this.#unlisten?.()
    this.#unlisten = null
  }

  /** Calls `listener` after each notification, of any node. Returns the way to stop it. */
  on(listener: () => void): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  /** Call after each commit that wrote events or enqueued jobs. Costs nothing but a timer. */
  afterCommit(): void {
    this.#timer ??= setTimeout(() => {
      this.#timer = null
      this.#last = performance.now()
      this.#wake()
      // A failed NOTIFY is no loss: readers poll. The pool reports broken connections itself.
      this.#sending = sql`select pg_notify(${CHANNEL}, ${this.#self})`.execute(this.#db.kysely).catch(() => undefined)
    }, Math.max(this.#delayMs, this.#last + this.#pauseMs - performance.now()))
  }

  #wake(): void {
    for (const listener of this.#listeners) listener()
  }
}
