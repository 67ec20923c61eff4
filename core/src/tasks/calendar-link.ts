import { NotAllowedError } from '@kartotek/sdk'
import { sql, type Kysely } from 'kysely'
import { say } from '../accounts/messages.ts'
import { randomToken, sha256 } from '../accounts/secrets.ts'
import type { RequestContext } from '../graphql/context.ts'

export interface CalendarLink { createdAt: string, lastUsedAt: string | null }

/** A link shows what the person sees, so a token with fewer rights may not make one. */
function ownerOf({ actor }: RequestContext): string {
  if (actor.kind !== 'user' || !actor.userId) throw new NotAllowedError(say('sessionOnly', actor.locale))
  return actor.userId
}

export async function calendarLink(ctx: RequestContext): Promise<CalendarLink | null> {
  if (!ctx.actor.userId) return null
  const { rows } = await sql<{ created_at: Date, last_used_at: Date | null }>`select created_at, last_used_at from core.calendar_link where user_id = ${ctx.actor.userId}`.execute(ctx.engine.db)
  return rows[0] ? { createdAt: rows[0].created_at.toISOString(), lastUsedAt: rows[0].last_used_at?.toISOString() ?? null } : null
}

/** Makes the link anew; the one before ends. It is told once. */
export async function makeCalendarLink(ctx: RequestContext, publicUrl: string): Promise<string> {
  const user = ownerOf(ctx)
  const token = randomToken()
  await sql`insert into core.calendar_link (user_id, token_hash) values (${user}, ${sha256(token)})
    on conflict (user_id) do update set token_hash = excluded.token_hash, created_at = now(), last_used_at = null`.execute(ctx.engine.db)
  return new URL(`/calendar/${token}.ics`, publicUrl).href
}

export async function revokeCalendarLink(ctx: RequestContext): Promise<boolean> {
  const { rows } = await sql`delete from core.calendar_link where user_id = ${ownerOf(ctx)} returning user_id`.execute(ctx.engine.db)
  return rows.length > 0
}

/** Whose link it is, as long as he works here. */
// eslint-disable-next-line @typescript-eslint/no-explicit-any -- tables come and go with the model
export async function userOfLink(db: Kysely<any>, token: string): Promise<string | null> {
  const { rows } = await sql<{ user_id: string }>`update core.calendar_link l set last_used_at = now() from core."user" u
    where l.token_hash = ${sha256(token)} and u.id = l.user_id and u.active and u.trashed_at is null returning l.user_id`.execute(db)
  return rows[0]?.user_id ?? null
}
