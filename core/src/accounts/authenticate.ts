import type { IncomingMessage } from 'node:http'
import type { Actor, Locale, Log, Narrowing } from '@kartotek/sdk'
import type { Caller } from '../access/caller.ts'
import type { Database } from '../database/index.ts'
import { noteReader } from '../http/reader-locale.ts'
import { clientAddress, type TrustProxy } from './address.ts'
import { IDLE_SECONDS, readCookie, sessionCookie, verifiedSessionId } from './cookie.ts'
import { urlOf, type AccountsDeps } from './deps.ts'
import { sha256 } from './secrets.ts'
import { looksLikeToken } from './tokens.ts'

export interface AuthenticateDeps {
  db: Pick<Database, 'pool'>
  log: Log
  publicUrl: AccountsDeps['publicUrl']
  cookieKey: string
  trustProxy?: TrustProxy
}

/** One statement per request: the proof × the person × roles × teams × whether anything is shared with them. */
const PERSON = `
  u.id as user_id, u.name, u.locale,
  array(select m.team_id::text from core.team_member m where m.user_id = u.id) as team_ids,
  (exists (select from core.share s where s.user_id = u.id)
    or exists (select from core.share s join core.team_member m on m.team_id = s.team_id where m.user_id = u.id)) as has_shares,
  exists (select from core.substitution s where s.substitute_id = u.id and s.until_at > now()) as stands_in`
const SESSION = `
  select p.id as proof_id, p.last_seen_at < now() - interval '1 minute' as stale, ${PERSON},
    array(select r.role_id::text from core.user_role r where r.user_id = u.id) as role_ids
  from auth.session p join core."user" u on u.id = p.user_id
  where p.expires_at > now() and p.last_seen_at > now() - interval '${IDLE_SECONDS} seconds' and u.active and u.trashed_at is null`
const TOKEN = `
  select p.id as proof_id, coalesce(p.last_used_at < now() - interval '1 minute', true) as stale, ${PERSON},
    array(select r.role_id::text from core.user_role r where r.user_id = u.id and (p.role_ids is null or r.role_id = any(p.role_ids))) as role_ids,
    array(select r.role_id::text from core.user_role r where r.user_id = u.id and r.role_id <> all(p.role_ids)) as closed_by, p.narrowed_to
  from auth.api_token p join core."user" u on u.id = p.user_id
  where p.expires_at > now() and p.revoked_at is null and u.active and u.trashed_at is null`

/** A last-seen time is written at most once a minute, and never waited for. */
const SEEN = {
  session: `update auth.session set last_seen_at = now() where id = $1 and last_seen_at < now() - interval '1 minute'`,
  token: `update auth.api_token set last_used_at = now() where id = $1 and coalesce(last_used_at < now() - interval '1 minute', true)`,
}

interface Row {
  proof_id: string, stale: boolean, user_id: string, name: string, locale: Locale | null
  role_ids: string[], closed_by?: string[], narrowed_to?: Narrowing | null, team_ids: string[], has_shares: boolean, stands_in: boolean
}
type Proof = 'session' | 'token'

/**
 * Who calls. A request with an `Authorization` header is judged by it alone; any other by the session cookie, whose
 * signature is checked before the database is asked. Locked, trashed or signed-out people are null at once, on every node.
 */
export function createAuthenticate(deps: AuthenticateDeps) {
  const cookie = sessionCookie(urlOf(deps.publicUrl))

  async function find(proof: Proof, name: string, condition: string, value: string, isUse: boolean): Promise<Row | null> {
    const text = `${proof === 'session' ? SESSION : TOKEN} and ${condition}`
    const { rows } = await deps.db.pool.query<Row>({ name: `accounts-${proof}-${name}`, text, values: [value] })
    const row = rows[0]
    if (row?.stale && isUse) {
      deps.db.pool.query(SEEN[proof], [row.proof_id]).catch((error: unknown) => deps.log.warn({ err: error }, 'could not note when a session was last used'))
    }
    return row ?? null
  }

  function callerOf(proof: Proof, row: Row, rest: Pick<Caller, 'ip' | 'userAgent' | 'idempotencyKey'>): Caller {
    const actor: Actor = {
      kind: proof === 'session' ? 'user' : 'token', id: proof === 'session' ? row.user_id : row.proof_id, userId: row.user_id,
      name: row.name, locale: row.locale ?? 'en', roleIds: row.role_ids, ...(row.closed_by?.length && { closedBy: row.closed_by }), ...(row.narrowed_to && { narrowedTo: row.narrowed_to }),
      teamIds: row.team_ids, hasShares: row.has_shares, standsIn: row.stands_in,
    }
    return { actor, origin: proof === 'session' ? 'web' : 'api', ...(proof === 'session' && { sessionId: row.proof_id }), ...rest }
  }

  async function authenticate(request: IncomingMessage): Promise<Caller | null> {
    const authorization = request.headers.authorization
    let proof: Proof, row: Row | null
    if (authorization !== undefined) {
      const token = /^Bearer +(\S+)$/i.exec(authorization)?.[1] ?? ''
      proof = 'token'
      row = looksLikeToken(token) ? await find('token', 'by-secret', 'p.token_hash = $1', sha256(token), true) : null
    } else {
      const id = verifiedSessionId(readCookie(request.headers.cookie, cookie.name), deps.cookieKey)
      proof = 'session'
      row = id ? await find('session', 'by-secret', 'p.token = $1', sha256(id), true) : null
    }
    if (!row) return null
    if (row.locale) noteReader(request, row.locale)
    return callerOf(proof, row, {
      ip: clientAddress(request, deps.trustProxy), userAgent: single(request.headers['user-agent']), idempotencyKey: single(request.headers['idempotency-key']),
    })
  }

  /**
   * The same caller as of now: rights may have changed, or be gone (null). For sockets that stay open: ask when
   * `watchAccess` names their user, and every few seconds. It does not count as use: a forgotten tab does not keep a session alive.
   */
  async function refresh(caller: Caller): Promise<Caller | null> {
    const proof: Proof = caller.sessionId ? 'session' : 'token'
    if (caller.actor.kind !== 'user' && caller.actor.kind !== 'token') return caller
    const row = await find(proof, 'by-id', 'p.id = $1', caller.sessionId ?? caller.actor.id, false)
    return row ? callerOf(proof, row, { ip: caller.ip, userAgent: caller.userAgent, idempotencyKey: caller.idempotencyKey }) : null
  }

  return { authenticate, refresh }
}

const single = (header: string | string[] | undefined): string | undefined => (Array.isArray(header) ? header[0] : header)?.slice(0, 300)
