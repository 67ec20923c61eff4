import { randomBytes } from 'node:crypto'
import { ConflictError, InputError, type Locale } from '@kartotek/sdk'
import { Secret, TOTP } from 'otpauth'
import type { Database } from '../database/index.ts'
import { say } from './messages.ts'
import type { Secrets } from './secrets.ts'
import { inTransaction } from './transaction.ts'
import type { Executor } from './access-changes.ts'

const PERIOD_SECONDS = 30
/** Clocks may differ by one step each way. */
const WINDOW = 1
export const RECOVERY_CODES = 10

/** Where the second factor of a person stands. */
export type TwoFactorState = 'off' | 'on'
/** How a code was accepted. */
export type CodeKind = 'totp' | 'recovery'

export type TwoFactor = ReturnType<typeof createTwoFactor>

/**
 * Time-based codes (RFC 6238, SHA-1, 6 digits, 30 s: what every authenticator app knows) and recovery codes. Own code, not
 * better-auth's plugin: that one accepts the same code again within its 90 seconds, and keeps recovery codes readable.
 */
export function createTwoFactor(db: Pick<Database, 'pool'>, secrets: Secrets) {
  const totpOf = (secret: Secret, label: string) =>
    new TOTP({ issuer: 'Kartotek', label, secret, algorithm: 'SHA1', digits: 6, period: PERIOD_SECONDS })
  const sealContext = (userId: string) => `two-factor:${userId}`
  const codeHash = (userId: string, code: string) => secrets.mac(`${userId}:${code.toLowerCase().replace(/[^a-z2-7]/g, '')}`)

  async function isOn(userId: string): Promise<boolean> {
    const { rows } = await db.pool.query('select from auth.two_factor where user_id = $1 and confirmed_at is not null', [userId])
    return rows.length > 0
  }

  /** Marks the code's step as used in the same statement that checks it, so that no code works twice, on any node. */
  async function useTotp(executor: Executor, userId: string, code: string, confirming: boolean): Promise<boolean> {
    const { rows } = await executor.query('select sealed_secret from auth.two_factor where user_id = $1 and (confirmed_at is null) = $2', [userId, confirming])
    const row = rows[0] as { sealed_secret: string } | undefined
    if (!row || !/^\d{6}$/.test(code)) return false
    const secret = Secret.fromBase32(secrets.open(row.sealed_secret, sealContext(userId)))
    const now = Date.now()
    const delta = totpOf(secret, '').validate({ token: code, timestamp: now, window: WINDOW })
    if (delta === null) return false
    const step = Math.floor(now / 1000 / PERIOD_SECONDS) + delta
    const used = await executor.query(
      'update auth.two_factor set last_step = $2 where user_id = $1 and (last_step is null or last_step < $2) returning user_id', [userId, step])
    return used.rows.length > 0
  }

  async function makeRecoveryCodes(executor: Executor, userId: string): Promise<string[]> {
    const codes = Array.from({ length: RECOVERY_CODES }, () => base32(randomBytes(10)).match(/.{4}/g)?.join('-') ?? '')
    await executor.query('delete from auth.recovery_code where user_id = $1', [userId])
    await executor.query('insert into auth.recovery_code (user_id, code_hash) select $1, unnest($2::text[])', [userId, codes.map((c) => codeHash(userId, c))])
    return codes
  }

  return {
    isOn,

    /** Accepts a current code or an unused recovery code, once. Spaces and dashes do not matter. */
    async use(userId: string, code: string): Promise<CodeKind | null> {
      const compact = code.replace(/[\s-]/g, '')
      if (/^\d{6}$/.test(compact)) return await useTotp(db.pool, userId, compact, false) ? 'totp' : null
      if (compact.length !== 16) return null
      const { rows } = await db.pool.query(
        'update auth.recovery_code set used_at = now() where user_id = $1 and code_hash = $2 and used_at is null returning 1', [userId, codeHash(userId, compact)])
      return rows.length > 0 ? 'recovery' : null
    },

    /** A new secret, not yet in force. @throws ConflictError where it is on already */
    async start(userId: string, label: string, locale: Locale): Promise<{ secret: string, uri: string }> {
      const secret = new Secret({ size: 20 })
      const { rows } = await db.pool.query(`
        insert into auth.two_factor (user_id, sealed_secret) values ($1, $2)
        on conflict (user_id) do update set sealed_secret = excluded.sealed_secret, last_step = null where auth.two_factor.confirmed_at is null
        returning 1`, [userId, secrets.seal(secret.base32, sealContext(userId))])
      if (rows.length === 0) throw new ConflictError(say('totpAlreadyOn', locale))
      return { secret: secret.base32, uri: totpOf(secret, label).toString() }
    },

    /** Switches it on with a first code. @returns recovery codes, shown once. @throws InputError, ConflictError */
    async confirm(userId: string, code: string, locale: Locale): Promise<string[]> {
      return inTransaction(db, async (client) => {
        const { rows } = await client.query('select from auth.two_factor where user_id = $1 and confirmed_at is null for update', [userId])
        if (rows.length === 0) throw new ConflictError(say('totpNotStarted', locale))
        if (!await useTotp(client, userId, code.replace(/[\s-]/g, ''), true)) {
          throw new InputError(say('wrongCode', locale), [{ field: 'code', rule: 'code', message: say('wrongCode', locale) }])
        }
        await client.query('update auth.two_factor set confirmed_at = now() where user_id = $1', [userId])
        return makeRecoveryCodes(client, userId)
      })
    },

    /** New recovery codes; the old ones end. @throws ConflictError where two-factor sign-in is off */
    async renewRecoveryCodes(userId: string, locale: Locale): Promise<string[]> {
      if (!await isOn(userId)) throw new ConflictError(say('totpNotStarted', locale))
      return inTransaction(db, (client) => makeRecoveryCodes(client, userId))
    },

    async recoveryCodesLeft(userId: string): Promise<number> {
      const { rows } = await db.pool.query<{ left: number }>(
        'select count(*)::int as left from auth.recovery_code where user_id = $1 and used_at is null', [userId])
      return rows[0]?.left ?? 0
    },

    /** @returns whether it was on */
    async switchOff(userId: string): Promise<boolean> {
      return inTransaction(db, async (client) => {
        await client.query('delete from auth.recovery_code where user_id = $1', [userId])
        const { rows } = await client.query('delete from auth.two_factor where user_id = $1 returning confirmed_at', [userId])
        return Boolean((rows[0] as { confirmed_at: Date | null } | undefined)?.confirmed_at)
      })
    },
  }
}

const BASE32 = 'abcdefghijklmnopqrstuvwxyz234567'
/** Ten bytes become sixteen characters. */
function base32(bytes: Uint8Array): string {
  let bits = 0, value = 0, text = ''
  for (const byte of bytes) {
    value = (value << 8) | byte
    bits += 8
    while (bits >= 5) {
      bits -= 5
      text += BASE32[(value >> bits) & 31]
    }
    value &= (1 << bits) - 1
  }
  return text
}
