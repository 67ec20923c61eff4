import type { Log } from '@kartotek/sdk'
import { sql } from 'kysely'
import type { Database } from '../database/index.ts'
import type { Jobs } from '../jobs/index.ts'
import type { PackedEvent } from './event.ts'
import { Loop } from './loop.ts'
import { matchesPattern } from './pattern.ts'
import type { Wake } from './wake.ts'

/** Rows taken in one transaction. */
const TAKE = 500
/** Events that a handler gets in one call. */
const BATCH = 100

interface Row {
  id: string
  at: string
  name: string
  object: string
  record_id: string | null
  record_ids: string[] | null
  change_set_id: string
  changed: string[]
  data: unknown
}
interface Handler { plugin: string, handler: string, patterns: string[] }

/**
 * Turns events into jobs of the handlers that asked for them. Rows are taken with SKIP LOCKED, enqueued and marked in one
 * transaction, so any number of dispatchers may run, none delivers what another has, and a crash delivers again.
 * Handlers are read from the database, not from this process: a plugin that failed to start, or that only another node
 * knows, misses nothing.
 */
export class EventDispatcher {
  readonly #db: Database
  readonly #jobs: Jobs
  readonly #wake: Wake
  readonly #loop: Loop
  #off: (() => void) | null = null

  constructor(db: Database, jobs: Jobs, wake: Wake, options: { log: Log, pollMs?: number }) {
    this.#db = db
    this.#jobs = jobs
    this.#wake = wake
    this.#loop = new Loop('The dispatcher of events', () => this.dispatchAll(), { everyMs: options.pollMs ?? 1000, log: options.log })
    // Rows that another dispatcher has in hand are not there to be taken, but they are not jobs yet either.
    jobs.addFeeder(async () => await this.dispatchAll() + (await this.#waiting() ? 1 : 0))
  }

  start(): void {
    this.#off = this.#wake.on(() => this.#loop.wake())
    this.#loop.start()
  }

  async stop(): Promise<void> {
    this.#off?.()
    await this.#loop.stop()
  }

  /** Dispatches what waits now. @returns how many rows */
  async dispatchAll(): Promise<number> {
    let total = 0
    for (let taken = TAKE; taken === TAKE;) {
      taken = await this.#waiting() ? await this.dispatchOnce() : 0
      total += taken
    }
    return total
  }

  /** Dispatches up to 500 rows in one transaction. */
  async dispatchOnce(): Promise<number> {
    const count = await this.#db.kysely.transaction().execute(async (trx) => {
      const { rows } = await sql<Row>`
        select id, at::text as at, name, object, record_id, record_ids, change_set_id, changed, data
        from core.event where dispatched_at is null order by at, id limit ${TAKE} for update skip locked`.execute(trx)
      if (!rows.length) return 0
      const handlers = await sql<Handler>`select plugin, handler, array_agg(pattern) as patterns from (
        select plugin, handler, pattern from core.event_handler union all select plugin, handler, pattern from core.event_interest) h group by plugin, handler`.execute(trx)
      for (const { plugin, handler, patterns } of handlers.rows) {
        const batches = batched(rows.filter((row) => patterns.some((pattern) => matchesPattern(pattern, row.name))).map(pack))
        if (batches.length) await this.#jobs.enqueueEvents(trx, plugin, handler, batches)
      }
      await sql`update core.event set dispatched_at = clock_timestamp() where id = any(${rows.map((r) => r.id)}::uuid[])`.execute(trx)
      return rows.length
    })
    if (count) this.#wake.afterCommit()
    return count
  }

  async #waiting(): Promise<boolean> {
    const { rows } = await sql<{ waiting: boolean }>`
      select exists (select 1 from core.event where dispatched_at is null) as waiting`.execute(this.#db.kysely)
    return rows[0]!.waiting
  }
}

function pack(row: Row): PackedEvent {
  return {
    id: row.id, name: row.name, object: row.object, recordIds: row.record_ids ?? [row.record_id!], bulk: row.record_ids !== null,
    changeSetId: row.change_set_id, changed: row.changed, at: new Date(row.at).toISOString(), ...row.data === null ? {} : { data: row.data },
  }
}

/** Rows of many records stand alone, the others travel together. */
function batched(events: PackedEvent[]): PackedEvent[][] {
  const single = events.filter((e) => !e.bulk)
  const batches = events.filter((e) => e.bulk).map((e) => [e])
  for (let i = 0; i < single.length; i += BATCH) batches.push(single.slice(i, i + BATCH))
  return batches
}
