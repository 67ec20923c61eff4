import { RateLimitedError, type Locale } from '@kartotek/sdk'
import { RateLimiterPostgres, RateLimiterRes } from 'rate-limiter-flexible'
import type { Database } from '../database/index.ts'
import { addressKey } from './address.ts'
import { say, waitText } from './messages.ts'
import { sha256 } from './secrets.ts'

const MINUTE = 60, HOUR = 3600

/**
 * How many tries, in how many seconds, and how long to wait after that. Kept in PostgreSQL, so all nodes count together.
 * `docs/accounts.md` lists the same figures.
 */
export const LIMITS = {
  /** Wrong passwords or codes for one account from one address: somebody guesses. */
  pair: { points: 5, duration: 15 * MINUTE, blockDuration: 15 * MINUTE },
  /** For one account from anywhere: many machines guess. Higher, so that a stranger cannot lock a person out with one machine. */
  account: { points: 30, duration: HOUR, blockDuration: HOUR },
  /** From one address over all accounts; an office behind one address must fit. */
  address: { points: 50, duration: 15 * MINUTE, blockDuration: 15 * MINUTE },
  /** Uses of links (set-up, invitation, reset) from one address. */
  link: { points: 20, duration: 15 * MINUTE, blockDuration: 15 * MINUTE },
  /** Requests for a reset from one address. */
  reset: { points: 10, duration: HOUR, blockDuration: HOUR },
  /** Reset links for one account. */
  resetAccount: { points: 3, duration: HOUR, blockDuration: HOUR },
  /** Readings of one calendar by its secret link. */
  calendar: { points: 120, duration: HOUR, blockDuration: 15 * MINUTE },
  /** What one address sends in by one web form. */
  form: { points: 20, duration: HOUR, blockDuration: 15 * MINUTE },
  /** What comes in by one web form in all. */
  formTotal: { points: 1_000, duration: HOUR, blockDuration: 15 * MINUTE },
} as const
export type LimitName = keyof typeof LIMITS

export interface Limits {
  /**
   * Counts one try before it is made, so that parallel tries cannot slip through.
   * @throws RateLimitedError with the seconds to wait
   */
  take(name: LimitName, key: string, locale: Locale): Promise<void>
  /** The try was legitimate: it does not count. */
  giveBack(name: LimitName, key: string): Promise<void>
  /** Forgets all tries of a key. */
  forget(name: LimitName, key: string): Promise<void>
}

export function createLimits(db: Pick<Database, 'pool'>): Limits {
  const limiters = new Map(Object.entries(LIMITS).map(([name, figures], index) => [name as LimitName, new RateLimiterPostgres({
    storeClient: db.pool, storeType: 'pool', schemaName: 'auth', tableName: 'rate_limit', tableCreated: true,
    keyPrefix: name, clearExpiredByTimeout: index === 0, ...figures,
  })]))
  const limiter = (name: LimitName) => limiters.get(name) as RateLimiterPostgres
  return {
    async take(name, key, locale) {
      try {
        await limiter(name).consume(key)
      } catch (refusal) {
        if (!(refusal instanceof RateLimiterRes)) throw refusal
        const seconds = Math.max(1, Math.ceil(refusal.msBeforeNext / 1000))
        throw new RateLimitedError(say('tooManyAttempts', locale, { wait: waitText(seconds, locale) }), seconds)
      }
    },
    async giveBack(name, key) { await limiter(name).reward(key) },
    async forget(name, key) { await limiter(name).delete(key) },
  }
}

/**
 * Keys of a sign-in. The account is the one that the address would sign in to: for an unknown address the same figures
 * hold, so that being limited does not tell whether it exists.
 */
export function signInKeys(account: string, ip: string) {
  const address = addressKey(ip)
  const hashed = sha256(account).slice(0, 32)
  return { pair: `${hashed}:${address}`, account: hashed, address }
}
