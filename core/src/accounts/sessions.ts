import { NotFoundError, type Locale } from '@kartotek/sdk'
import type { Executor } from './access-changes.ts'
import { IDLE_SECONDS } from './cookie.ts'
import { say } from './messages.ts'

/** One place where a person is signed in. */
export interface SessionInfo {
  id: string
  createdAt: Date
  lastSeenAt: Date
  /** When it ends however busy it is. */
  expiresAt: Date
  ip: string | null
  userAgent: string | null
}

/** The live sessions of a person, the latest used first. */
export async function listSessions(executor: Executor, userId: string): Promise<SessionInfo[]> {
  const { rows } = await executor.query(`
    select id, created_at as "createdAt", last_seen_at as "lastSeenAt", expires_at as "expiresAt", ip_address as ip, user_agent as "userAgent"
    from auth.session where user_id = $1 and expires_at > now() and last_seen_at > now() - interval '${IDLE_SECONDS} seconds'
    order by last_seen_at desc, id desc limit 200`, [userId])
  return rows as SessionInfo[]
}

/** Ends one session of a person at once, on every node. @throws NotFoundError */
export async function endSession(executor: Executor, userId: string, sessionId: string, locale: Locale): Promise<void> {
  if (await end(executor, 'user_id = $1 and id::text = $2', [userId, sessionId]) === 0) throw new NotFoundError(say('sessionUnknown', locale))
}

/** Ends all sessions of a person, or all but one. @returns how many were ended */
export async function endSessions(executor: Executor, userId: string, except?: string): Promise<number> {
  return end(executor, 'user_id = $1 and id::text is distinct from $2', [userId, except ?? null])
}

/** Ends the session with this stored (hashed) id. @returns its user, or null where there was none */
export async function endSessionByHash(executor: Executor, tokenHash: string): Promise<string | null> {
  const { rows } = await executor.query(`
    with gone as (delete from auth.session where token = $1 returning user_id)
    select user_id, auth.announce_access(user_id) from gone`, [tokenHash])
  return (rows[0] as { user_id: string } | undefined)?.user_id ?? null
}

/** Removes what nobody can use any more; housekeeping, run once a day. */
export async function removeExpired(executor: Executor): Promise<void> {
  await executor.query(`delete from auth.session where expires_at < now() or last_seen_at < now() - interval '${IDLE_SECONDS} seconds'`)
  await executor.query(`delete from auth.link where expires_at < now() - interval '30 days'`)
  await executor.query(`delete from auth.verification where expires_at < now()`)
  await executor.query(`delete from auth.access_change where at < now() - interval '1 day'`)
  await executor.query(`delete from core.access_log where at < now() - interval '2 years'`)
}

async function end(executor: Executor, condition: string, values: unknown[]): Promise<number> {
  const { rows } = await executor.query(`
    with gone as (delete from auth.session where ${condition} returning id),
      told as (select auth.announce_access($1) where exists (select from gone))
    select (select count(*) from gone)::int as ended, (select count(*) from told)::int`, values)
  return (rows[0] as { ended: number }).ended
}
