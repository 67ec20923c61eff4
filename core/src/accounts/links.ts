import { InputError, type Locale } from '@kartotek/sdk'
import { uuidv7 } from 'uuidv7'
import type { Executor } from './access-changes.ts'
import { urlOf, type AccountsDeps } from './deps.ts'
import { say } from './messages.ts'
import { randomToken, sha256, type Secrets } from './secrets.ts'

export type LinkKind = 'setup' | 'invitation' | 'reset'

/** How long a link works, in hours. */
export const LINK_HOURS: Record<LinkKind, number> = { setup: 24, invitation: 7 * 24, reset: 2 }

/** A link that nobody used yet. */
export interface OpenLink {
  id: string
  kind: LinkKind
  userId: string
  url: string
  createdAt: Date
  expiresAt: Date
  /** Null: it was not mailed, so somebody has to hand it over. */
  mailedAt: Date | null
}

export type Links = ReturnType<typeof createLinks>

/**
 * One-time links. The database finds them by hash; the token itself is kept encrypted only so that an administrator can
 * hand a link over where there is no mail. The token stands behind `#`, which browsers send to no server, proxy or log.
 */
export function createLinks(publicUrl: AccountsDeps['publicUrl'], secrets: Secrets) {
  const paths: Record<LinkKind, string> = { setup: '/setup', invitation: '/invitation', reset: '/reset' }
  const linkUrl = (kind: LinkKind, token: string): string => `${new URL(paths[kind], urlOf(publicUrl)).href}#token=${token}`

  return {
    /** Makes a link; earlier ones of the same kind for the same person end, set-up links of other nodes do not. */
    async create(executor: Executor, kind: LinkKind, userId: string | null, createdBy: string | null = null): Promise<{ id: string, token: string, url: string }> {
      const [id, token] = [uuidv7(), randomToken()]
      if (userId) await executor.query('delete from auth.link where user_id = $1 and kind = $2 and used_at is null', [userId, kind])
      await executor.query(`
        insert into auth.link (id, kind, user_id, token_hash, sealed_token, created_by, expires_at)
        values ($1, $2, $3, $4, $5, $6, now() + make_interval(hours => $7))`,
      [id, kind, userId, sha256(token), kind === 'setup' ? '' : secrets.seal(token, `link:${id}`), createdBy, LINK_HOURS[kind]])
      return { id, token, url: linkUrl(kind, token) }
    },

    /** The person of a link that still works; null where it does not. Does not use it up. */
    async find(executor: Executor, kind: LinkKind, token: string): Promise<{ userId: string | null } | null> {
      const { rows } = await executor.query(
        'select user_id as "userId" from auth.link where token_hash = $1 and kind = $2 and used_at is null and expires_at > now()', [sha256(token), kind])
      return (rows[0] as { userId: string | null } | undefined) ?? null
    },

    /** Uses a link up; a rollback of the transaction gives it back. @throws InputError where it does not work */
    async use(executor: Executor, kind: LinkKind, token: string, locale: Locale): Promise<string | null> {
      const { rows } = await executor.query(`
        update auth.link set used_at = now() where token_hash = $1 and kind = $2 and used_at is null and expires_at > now()
        returning user_id as "userId"`, [sha256(token), kind])
      const row = rows[0] as { userId: string | null } | undefined
      if (!row) throw linkInvalid(locale)
      return row.userId
    },

    async mailed(executor: Executor, id: string): Promise<void> {
      await executor.query('update auth.link set mailed_at = now() where id = $1', [id])
    },

    /** Ends what is open: of one person, or all set-up links. */
    async endAll(executor: Executor, userId: string | null): Promise<void> {
      await executor.query('delete from auth.link where user_id is not distinct from $1 and used_at is null', [userId])
    },

    /** Links to hand over: those that work and were not mailed. */
    async openLinks(executor: Executor): Promise<OpenLink[]> {
      const { rows } = await executor.query(`
        select id, kind, user_id as "userId", sealed_token as sealed, created_at as "createdAt", expires_at as "expiresAt", mailed_at as "mailedAt"
        from auth.link where user_id is not null and used_at is null and expires_at > now() and mailed_at is null
        order by created_at desc limit 500`)
      return (rows as (Omit<OpenLink, 'url'> & { sealed: string })[]).map(({ sealed, ...link }) => ({
        ...link, url: linkUrl(link.kind, secrets.open(sealed, `link:${link.id}`)),
      }))
    },
  }
}

export function linkInvalid(locale: Locale): InputError {
  const message = say('linkInvalid', locale)
  return new InputError(message, [{ field: 'token', rule: 'expired', message }])
}
