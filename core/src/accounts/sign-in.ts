import { AuthenticationError, DomainError, RateLimitedError, type Locale } from '@kartotek/sdk'
import { writeAccessLog } from './access-log.ts'
import type { AccountsDeps } from './deps.ts'
import type { Engine, SignInAttempt } from './engine.ts'
import { signInKeys, type Limits } from './limits.ts'
import { say } from './messages.ts'
import { isPassword } from './credentials.ts'
import { emailText } from './input.ts'
import type { TwoFactor } from './two-factor.ts'

/** Where a request comes from, by what the server itself sees. */
export interface RequestFacts { ip: string, userAgent: string, locale: Locale }

export interface SignInInput {
  email: string
  password: string
  /** The code of the second factor, or a recovery code. */
  totp?: string
}

/** The password was right, the second factor is missing or wrong. `reason` goes to the client. */
export class SecondFactorError extends DomainError {
  readonly reason: 'TOTP_REQUIRED' | 'TOTP_WRONG'
  constructor(reason: 'TOTP_REQUIRED' | 'TOTP_WRONG', locale: Locale) {
    super('UNAUTHENTICATED', say(reason === 'TOTP_REQUIRED' ? 'totpRequired' : 'wrongCode', locale), { reason })
    this.reason = reason
  }
}

export type SignIn = ReturnType<typeof createSignIn>

/** The one way to a session: limits, password or the word of a provider, person, second factor, in this order. */
export function createSignIn(deps: Pick<AccountsDeps, 'db' | 'users'> & { engine: Engine, limits: Limits, twoFactor: TwoFactor }) {
  const { db, users, engine, limits, twoFactor } = deps

  /** Refuses the attempt with the same words whatever was wrong; the log knows the reason. */
  async function denied(reason: string, userId: string | null, facts: RequestFacts): Promise<AuthenticationError> {
    await writeAccessLog(db, { kind: 'sign_in_denied', userId, ip: facts.ip, detail: { reason, userAgent: facts.userAgent } })
    return new AuthenticationError(say('wrongCredentials', facts.locale))
  }

  async function takeLimits(keys: ReturnType<typeof signInKeys>, userId: string | null, facts: RequestFacts): Promise<void> {
    try {
      await limits.take('address', keys.address, facts.locale)
      await limits.take('pair', keys.pair, facts.locale)
      await limits.take('account', keys.account, facts.locale)
    } catch (error) {
      if (error instanceof RateLimitedError) await denied('limit', userId, facts)
      throw error
    }
  }

  async function checkSecondFactor(userId: string, code: string | undefined, facts: RequestFacts): Promise<void> {
    if (!await twoFactor.isOn(userId)) return
    if (!code) throw new SecondFactorError('TOTP_REQUIRED', facts.locale)
    const kind = await twoFactor.use(userId, code)
    if (!kind) throw new SecondFactorError('TOTP_WRONG', facts.locale)
    if (kind === 'recovery') {
      await writeAccessLog(db, { kind: 'recovery_code_used', userId, ip: facts.ip, detail: { left: await twoFactor.recoveryCodesLeft(userId) } })
    }
  }

  /** Makes the session where person and second factor admit it; the log knows why one was refused. */
  async function admitted<Result>(userId: string | null, keys: ReturnType<typeof signInKeys>, facts: RequestFacts, totp: string | undefined, makeSession: (attempt: SignInAttempt) => Promise<Result>): Promise<Result> {
    let inactive = false
    return makeSession({
      ip: facts.ip, userAgent: facts.userAgent,
      async admit(id) {
        inactive = !(await users.get(id))?.active
        if (inactive) throw new AuthenticationError(say('wrongCredentials', facts.locale))
        await checkSecondFactor(id, totp, facts)
      },
    }).catch(async (error: unknown) => {
      if (inactive) throw await denied('inactive', userId, facts)
      if (!(error instanceof SecondFactorError)) throw error
      // a missing code is the normal first step of two; only wrong ones count
      if (error.reason === 'TOTP_REQUIRED') await Promise.all([limits.giveBack('address', keys.address), limits.giveBack('pair', keys.pair), limits.giveBack('account', keys.account)])
      else await denied('totp', userId, facts)
      throw error
    })
  }

  async function welcome(userId: string, keys: ReturnType<typeof signInKeys>, facts: RequestFacts, detail: object): Promise<void> {
    await Promise.all([limits.giveBack('address', keys.address), limits.forget('pair', keys.pair), limits.giveBack('account', keys.account)])
    await writeAccessLog(db, { kind: 'sign_in', userId, ip: facts.ip, detail: { userAgent: facts.userAgent, ...detail } })
  }

  return {
    /**
     * Signs in. Always makes a new session: an id that the browser brought along is never taken over.
     * @returns the `Set-Cookie` header
     * @throws AuthenticationError (one message for unknown, wrong and deactivated), SecondFactorError, RateLimitedError
     */
    async signIn(input: SignInInput, facts: RequestFacts): Promise<{ userId: string, setCookie: string }> {
      const email = emailText(input.email, facts.locale)
      const person = await users.findByEmail(email)
      const userId = person?.id ?? null
      const keys = signInKeys(userId ?? email, facts.ip)
      await takeLimits(keys, userId, facts)
      const setCookie = await admitted(userId, keys, facts, input.totp, (attempt) => engine.signIn(userId, input.password, attempt))
      if (!setCookie || !userId) throw await denied(userId ? 'password' : 'unknown', userId, facts)
      await welcome(userId, keys, facts, {})
      return { userId, setCookie }
    },

    /**
     * Signs in a person for whom a provider has vouched; the rest holds as with a password.
     * @returns the `Set-Cookie` header
     * @throws AuthenticationError (deactivated), SecondFactorError, RateLimitedError
     */
    async signInVouched(userId: string, provider: string, totp: string | undefined, facts: RequestFacts): Promise<string> {
      const keys = signInKeys(userId, facts.ip)
      await takeLimits(keys, userId, facts)
      const setCookie = await admitted(userId, keys, facts, totp, (attempt) => engine.vouched(userId, attempt))
      await welcome(userId, keys, facts, { provider })
      return setCookie
    },

    /**
     * Asks a signed-in person for the password again before something sensitive, under the same limits as signing in.
     * @throws AuthenticationError, RateLimitedError
     */
    async reauthenticate(userId: string, password: string, facts: RequestFacts): Promise<void> {
      const keys = signInKeys(userId, facts.ip)
      await takeLimits(keys, userId, facts)
      if (!await isPassword(db, userId, password)) {
        await writeAccessLog(db, { kind: 'password_denied', userId, ip: facts.ip })
        throw new AuthenticationError(say('wrongPassword', facts.locale))
      }
      await Promise.all([limits.giveBack('address', keys.address), limits.forget('pair', keys.pair), limits.giveBack('account', keys.account)])
    },
  }
}
