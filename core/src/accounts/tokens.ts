import { InputError, NotFoundError, type Locale, type Narrowing } from '@kartotek/sdk'
import { uuidv7 } from 'uuidv7'
import type { Executor } from './access-changes.ts'
import { say, type MessageKey } from './messages.ts'
import { randomToken, sha256 } from './secrets.ts'

export const MAX_TOKEN_DAYS = 3650
export const DEFAULT_TOKEN_DAYS = 365
export const MAX_TOKENS = 50

export interface TokenInfo {
  id: string
  name: string
  /** The last four characters, to tell tokens apart. */
  hint: string
  /** Null: all roles that the person has at the time of use. */
  roleIds: string[] | null
  /** Null: all that the roles grant. */
  narrowedTo: Narrowing | null
  createdAt: Date
  expiresAt: Date
  lastUsedAt: Date | null
  revokedAt: Date | null
}

export interface TokenInput {
  userId: string
  /** What it is for: `1C exchange`. */
  name: string
  /** A subset of the person's roles. Default: all that the person has at the time of use. */
  roleIds?: string[] | null
  /** Checked by `checkNarrowing`. Default: all that the roles grant. */
  narrowedTo?: Narrowing | null
  /** 1–3650. Default 365. */
  days?: number | null
  createdBy?: string | null
}

/** `kt_` and 43 characters: 256 random bits. */
export const looksLikeToken = (text: string): boolean => /^kt_[A-Za-z0-9_-]{43}$/.test(text)

/**
 * Makes an API token of a person. The secret is returned here and never again; only its SHA-256 is stored.
 * @throws InputError
 */
export async function createToken(executor: Executor, input: TokenInput, locale: Locale): Promise<{ secret: string, token: TokenInfo }> {
  const name = input.name.trim()
  if (!name) throw invalid('name', 'required', 'required', locale)
  if (name.length > 100) throw invalid('name', 'maxLength', 'tooLong', locale, { max: 100 })
  const days = input.days ?? DEFAULT_TOKEN_DAYS
  if (!Number.isInteger(days) || days < 1 || days > MAX_TOKEN_DAYS) throw invalid('days', 'max', 'tokenDays', locale, { max: MAX_TOKEN_DAYS })
  const { rows: [facts] } = await executor.query(`
    select (select count(*)::int from auth.api_token where user_id = $1 and revoked_at is null and expires_at > now()) as live,
      array(select role_id::text from core.user_role where user_id = $1) as roles`, [input.userId]) as { rows: { live: number, roles: string[] }[] }
  if (facts && facts.live >= MAX_TOKENS) throw invalid('name', 'max', 'tokenLimit', locale, { max: MAX_TOKENS })
  if (input.roleIds && !input.roleIds.every((id) => facts?.roles.includes(id))) throw invalid('roles', 'reference', 'roleNotYours', locale)
  const secret = `kt_${randomToken()}`
  const { rows } = await executor.query(`
    insert into auth.api_token (id, user_id, name, token_hash, hint, role_ids, created_by, expires_at, narrowed_to)
    values ($1, $2, $3, $4, $5, $6, $7, now() + make_interval(days => $8), $9) returning ${COLUMNS}`,
  [uuidv7(), input.userId, name, sha256(secret), secret.slice(-4), input.roleIds ?? null, input.createdBy ?? input.userId, days, input.narrowedTo ? JSON.stringify(input.narrowedTo) : null])
  return { secret, token: rows[0] as TokenInfo }
}

/** The tokens of a person, revoked and expired ones included, the newest first. */
export async function listTokens(executor: Executor, userId: string): Promise<TokenInfo[]> {
  const { rows } = await executor.query(`select ${COLUMNS} from auth.api_token where user_id = $1 order by created_at desc, id desc limit 200`, [userId])
  return rows as TokenInfo[]
}

/** Ends a token at once, on every node. `userId` null: anybody's (command line). @throws NotFoundError */
export async function revokeToken(executor: Executor, userId: string | null, tokenId: string, locale: Locale): Promise<void> {
  const { rows } = await executor.query(`
    with gone as (
      update auth.api_token set revoked_at = now() where id::text = $2 and ($1::uuid is null or user_id = $1) and revoked_at is null returning user_id)
    select auth.announce_access(user_id) from gone`, [userId, tokenId])
  if (rows.length === 0) throw new NotFoundError(say('tokenUnknown', locale))
}

/** Ends all tokens of a person. */
export async function revokeAllTokens(executor: Executor, userId: string): Promise<void> {
  await executor.query('update auth.api_token set revoked_at = now() where user_id = $1 and revoked_at is null', [userId])
}

const COLUMNS = `id, name, hint, role_ids::text[] as "roleIds", narrowed_to as "narrowedTo", created_at as "createdAt", expires_at as "expiresAt",
  last_used_at as "lastUsedAt", revoked_at as "revokedAt"`

function invalid(field: string, rule: string, key: MessageKey, locale: Locale, params: Record<string, number> = {}): InputError {
  const message = say(key, locale, params)
  return new InputError(message, [{ field, rule, message, params }])
}
