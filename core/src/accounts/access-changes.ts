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
 * the user record itself was changed by other means. May call twice for one change.
 * @returns a function that ends the watching
 */
export async function watchAccess(
  db: Pick<Database, 'pool' | 'listen'>, onChange: (userId: string) => void, log?: Log,
): Promise<() => Promise<void>> {
  const seen = new Map<string, number>()
  const changes = () => db.pool.query<{ user_id: string, at: Date }>(`
    select user_id, max(at) as at from (
      select user_id, at from auth.access_change where at > now() - interval '${LOOK_BACK}'
      union all
      select id, updated_at from core."user" where updated_at > now() - interval '${LOOK_BACK}'
    ) c group by user_id`)

  async function poll(tell: boolean): Promise<void> {
    const { rows } = await changes()
    for (const { user_id: userId, at } of rows) {
      if (seen.get(userId) === at.getTime()) continue
      seen.set(userId, at.getTime())
      if (tell) onChange(userId)
    }
    const current = new Set(rows.map((row) => row.user_id))
    for (const userId of seen.keys()) if (!current.has(userId)) seen.delete(userId)
  }

  const stopListening = await db.listen('kartotek_access', onChange)
  await poll(false)
  let running: Promise<void> | undefined
  const timer = setInterval(() => {
    running ??= poll(true)
      .catch((error: unknown) => log?.warn({ err: error }, 'could not look for changed rights'))
      .finally(() => { running = undefined })
  }, POLL_MS)
  timer.unref()
  return async () => {
    clearInterval(timer)
    await running
    await stopListening()
  }
}
