import type { Log } from '@kartotek/sdk'
import { sql } from 'kysely'
import type { Database } from '../database/index.ts'
import type { EventScope, LiveEvent } from './event.ts'
import { Loop } from './loop.ts'
import type { Wake } from './wake.ts'

/** What a subscriber wants to hear of. Without `recordId`: all records of the object. */
export interface LiveInterest { object: string, recordId?: string }
export type LiveListener = (event: LiveEvent) => void

interface Subscriber extends LiveInterest { listener: LiveListener }

const PAGE = 1000

/**
 * Hands new events to the subscribers of this process, each exactly once.
 *
 * Transactions commit in another order than they began, so «id greater than the last one seen» misses events. The feed
 * remembers a snapshot instead: new is what the current snapshot sees and the former one did not. Nothing is missed,
 * nothing comes twice, and one long transaction does not hold up the events of the others.
 */
export class LiveFeed {
  readonly #db: Database
  readonly #wake: Wake
  readonly #log: Log
  readonly #loop: Loop
  readonly #subscribers = new Map<string, Set<Subscriber>>()
  #seen: string | null = null
  /** What is being delivered: all between two snapshots, and how far. A round that failed goes on from there. */
  #round: { former: string, current: string, after: Place | null } | null = null
  #off: (() => void) | null = null

  constructor(db: Database, wake: Wake, options: { log: Log, pollMs?: number }) {
    this.#db = db
    this.#wake = wake
    this.#log = options.log
    this.#loop = new Loop('The feed of live updates', () => this.read(), { everyMs: options.pollMs ?? 1000, log: options.log })
  }

  /** Events of transactions that commit after this has resolved are delivered. */
  async start(): Promise<void> {
    this.#seen = await this.#snapshot()
    this.#round = null
    this.#off = this.#wake.on(() => this.#loop.wake())
    this.#loop.start()
  }

  async stop(): Promise<void> {
    this.#off?.()
    await this.#loop.stop()
    this.#subscribers.clear()
  }

  /**
   * Calls `listener` for each new event of the object, or of one record of it. A change of many records at once comes
   * as one event without `recordId`, to subscribers of single records too. Rights are the listener's business.
   */
  subscribe(interest: LiveInterest, listener: LiveListener): () => void {
    const subscriber = { ...interest, listener }
    const set = this.#subscribers.get(interest.object) ?? new Set()
    set.add(subscriber)
    this.#subscribers.set(interest.object, set)
    return () => {
      set.delete(subscriber)
      if (!set.size && this.#subscribers.get(interest.object) === set) this.#subscribers.delete(interest.object)
    }
  }

  /** Reads and delivers what is new. Called by the loop; public for tests. */
  async read(): Promise<void> {
    this.#round ??= { former: this.#seen!, current: await this.#snapshot(), after: null }
    const round = this.#round
    if (round.current !== round.former) {
      do {
        const { events, last } = await this.#page(round)
        for (const event of events) this.#deliver(event)
        round.after = last
      } while (round.after)
    }
    this.#seen = round.current
    this.#round = null
  }

  async #snapshot(): Promise<string> {
    const { rows } = await sql<{ snapshot: string }>`select pg_current_snapshot()::text as snapshot`.execute(this.#db.kysely)
    return rows[0]!.snapshot
  }

  async #page({ former, current, after }: { former: string, current: string, after: Place | null }): Promise<Page> {
    const { rows } = await sql<Row>`
      select id, name, object, record_id, change_set_id, changed, scope, data, at::text as at
      from core.event
      where live and txid >= pg_snapshot_xmin(${former}::pg_snapshot) and txid < pg_snapshot_xmax(${current}::pg_snapshot)
        and not pg_visible_in_snapshot(txid, ${former}::pg_snapshot) and pg_visible_in_snapshot(txid, ${current}::pg_snapshot)
        ${after ? sql`and (at, id) > (${after.at}::timestamptz, ${after.id}::uuid)` : sql``}
      order by at, id limit ${PAGE}`.execute(this.#db.kysely)
    const last = rows.length === PAGE ? rows.at(-1)! : null
    return { events: rows.map(toEvent), last: last && { at: last.at, id: last.id } }
  }

  #deliver(event: LiveEvent): void {
    for (const { recordId, listener } of this.#subscribers.get(event.object) ?? []) {
      if (recordId && event.recordId && recordId !== event.recordId) continue
      try {
        listener(event)
      } catch (error) {
        this.#log.error({ err: error, event: event.id }, 'A listener of live updates failed.')
      }
    }
  }
}

interface Place { at: string, id: string }
interface Page { events: LiveEvent[], last: Place | null }
interface Row {
  id: string
  name: string
  object: string
  record_id: string | null
  change_set_id: string
  changed: string[]
  scope: EventScope | null
  data: unknown
  at: string
}

function toEvent(row: Row): LiveEvent {
  return {
    id: row.id, name: row.name, object: row.object, recordId: row.record_id, changeSetId: row.change_set_id,
    changed: row.changed, scope: row.scope, at: new Date(row.at).toISOString(), ...row.data === null ? {} : { data: row.data },
  }
}
