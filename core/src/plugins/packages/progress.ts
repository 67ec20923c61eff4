import { sql, type Kysely } from 'kysely'
import { UUID } from '../../facts/uuid.ts'

// eslint-disable-next-line @typescript-eslint/no-explicit-any -- plain SQL
type Db = Kysely<any>

/** What is done for a package, in this order. */
export type FetchStep = 'looking' | 'fetching' | 'checking' | 'dependencies' | 'packing' | 'planning'
/** Hears of each step and, while something is fetched, of the bytes that are there. */
export type TellStep = (step: FetchStep, bytes?: number) => void
export interface FetchState { step: FetchStep, bytes: string | null }

const PAUSE_MS = 400

/**
 * Keeps how far the fetching of a package is, in the database, so that whichever node is asked knows.
 * @param id chosen by who waits
 */
export class FetchProgress {
  readonly #db: Db
  readonly #id: string
  readonly #user: string | null
  #step: FetchStep | null = null
  #told = 0
  #writing: Promise<unknown> = Promise.resolve()

  constructor(db: Db, id: string, user: string | null) {
    this.#db = db
    this.#id = id
    this.#user = user
  }

  readonly tell: TellStep = (step, bytes) => {
    if (step === this.#step && performance.now() - this.#told < PAUSE_MS) return
    this.#step = step
    this.#told = performance.now()
    this.#write(sql`
      with old as (delete from core.plugin_fetch where changed_at < now() - interval '1 hour')
      insert into core.plugin_fetch (id, user_id, step, bytes) values (${this.#id}::uuid, ${this.#user}::uuid, ${step}, ${bytes ?? null})
      on conflict (id) do update set step = excluded.step, bytes = excluded.bytes, changed_at = now() where plugin_fetch.user_id is not distinct from excluded.user_id`)
  }

  end(): Promise<unknown> {
    this.#write(sql`delete from core.plugin_fetch where id = ${this.#id}::uuid and user_id is not distinct from ${this.#user}::uuid`)
    return this.#writing
  }

  // It only tells: that it cannot be written stops nothing.
  #write(statement: ReturnType<typeof sql>): void {
    this.#writing = this.#writing.then(() => statement.execute(this.#db)).catch(() => undefined)
  }
}

/** How far what this person waits for is; null where it has not begun or has ended. */
export async function fetchState(db: Db, id: string, user: string | null): Promise<FetchState | null> {
  if (!UUID.test(id)) return null
  const { rows } = await sql<FetchState>`select step, bytes from core.plugin_fetch where id = ${id}::uuid and user_id is not distinct from ${user}::uuid`.execute(db)
  return rows[0] ?? null
}
