import type { Log } from '@kartotek/sdk'
import type { Database } from '../database/index.ts'

/** What runs SQL: the pool, a client with an open transaction, or anything of that shape. */
export interface Executor {
  query(text: string, values?: unknown[]): Promise<{ rows: unknown[] }>
}

/**
 * Tells all nodes that a person's rights changed. Call it in the transaction of the change: the notification leaves at
 * commit. In other SQL: `select auth.announce_access($1)`.
 */
export async function announceAccessChange(executor: Executor, userId: string): Promise<void> {
  await executor.query('select auth.announce_access($1)', [userId])
}

const POLL_MS = 2_000
/** A change whose transaction was long is seen when it commits: look back this far. */
const LOOK_BACK = '30 seconds'

/**
 * Calls `onChange` with the id of each person whose rights changed on any node: sign-out, ended session, role, team,
 * token, deactivation. By notification at once; by polling within two seconds if the listening connection is away, or if
 * the user record itself was changed by other means. Calls once for what changed since it last looked.
 * @returns a function that ends the watching
 */
export async function watchAccess(
  db: Pick<Database, 'pool' | 'listen'>, onChange: (userId: string) => void, log?: Log,
): Promise<() => Promise<void>> {
  const seen = new Map<string, number>()
  const changes = () => db.pool.query<{ source: string, user_id: string, at: Date }>(`
    select 'rights' as source, user_id, at from auth.access_change where at > now() - interval '${LOOK_BACK}'
    union all
    select 'record', id, updated_at from core."user" where updated_at > now() - interval '${LOOK_BACK}'`)

  // A notification tells even of a change whose transaction took longer than is looked back.
  const notified = new Set<string>()

  async function poll(tell: boolean): Promise<void> {
    const named = [...notified]
    notified.clear()
    const { rows } = await changes().catch((error: unknown) => {
      named.forEach((userId) => onChange(userId))
      throw error
    })
    const current = new Map(rows.map((row) => [`${row.source} ${row.user_id}`, row]))
    const fresh = [...current].filter(([key, { at }]) => seen.get(key) !== at.getTime()).map(([, row]) => row.user_id)
    seen.clear()
    for (const [key, { at }] of current) seen.set(key, at.getTime())
    if (tell) new Set([...named, ...fresh]).forEach((userId) => onChange(userId))
  }

  let running: Promise<void> | undefined
  let again = false
  // Both ways look for themselves, so that one change is told once: who is told closes sockets.
  function look(): void {
    if (running) {
      again = true
      return
    }
    running = poll(true)
      .catch((error: unknown) => log?.warn({ err: error }, 'could not look for changed rights'))
      .finally(() => {
        running = undefined
        if (!again) return
        again = false
        look()
      })
  }

  await poll(false)
  const stopListening = await db.listen('kartotek_access', (userId) => {
    notified.add(userId)
    look()
  })
  const timer = setInterval(look, POLL_MS)
  timer.unref()
  return async () => {
    clearInterval(timer)
    await stopListening()
    while (running) await running
  }
}
