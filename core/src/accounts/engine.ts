import { AsyncLocalStorage } from 'node:async_hooks'
import { betterAuth } from 'better-auth/minimal'
import { uuidv7 } from 'uuidv7'
import { ABSOLUTE_SECONDS, sessionCookie, signedCookie } from './cookie.ts'
import { urlOf, type AccountsDeps } from './deps.ts'
import { handleOf } from './handle.ts'
import { hashPassword, verifyPassword } from './password/hash.ts'
import { MAX_PASSWORD, MIN_PASSWORD } from './password/rules.ts'
import type { Secrets } from './secrets.ts'
import { hashedSessionStore } from './session-store.ts'

/** What must hold before a session is made, and where it comes from. */
export interface SignInAttempt {
  ip: string
  userAgent: string
  /** Called when the password was right and before the session is stored; throws to refuse. */
  admit(userId: string): Promise<void>
}

/**
 * better-auth as Kartotek uses it: password accounts, sessions and their cookies, in our schema, without its HTTP routes
 * (ours check lockout, second factor and origin first, and a second way in would not). Each session, whoever asks for it,
 * passes the hook below.
 */
export function createEngine(deps: Pick<AccountsDeps, 'db' | 'log' | 'publicUrl'>, secrets: Secrets) {
  const attempts = new AsyncLocalStorage<SignInAttempt>()
  const cookie = sessionCookie(urlOf(deps.publicUrl))
  const times = { createdAt: 'created_at', updatedAt: 'updated_at' }
  const auth = betterAuth({
    appName: 'Kartotek',
    baseURL: new URL(urlOf(deps.publicUrl)).origin,
    basePath: '/auth',
    secrets: [{ version: 1, value: secrets.cookieKey }],
    database: hashedSessionStore(deps.db),
    emailAndPassword: {
      enabled: true, disableSignUp: true, autoSignIn: false,
      minPasswordLength: MIN_PASSWORD, maxPasswordLength: MAX_PASSWORD,
      password: { hash: hashPassword, verify: verifyPassword },
    },
    user: { fields: { emailVerified: 'email_verified', ...times } },
    account: {
      fields: {
        userId: 'user_id', accountId: 'account_id', providerId: 'provider_id', accessToken: 'access_token', refreshToken: 'refresh_token',
        idToken: 'id_token', accessTokenExpiresAt: 'access_token_expires_at', refreshTokenExpiresAt: 'refresh_token_expires_at', ...times,
      },
      accountLinking: { enabled: false },
    },
    session: {
      expiresIn: ABSOLUTE_SECONDS, disableSessionRefresh: true, cookieCache: { enabled: false },
      fields: { userId: 'user_id', expiresAt: 'expires_at', ipAddress: 'ip_address', userAgent: 'user_agent', ...times },
    },
    verification: { fields: { expiresAt: 'expires_at', ...times } },
    databaseHooks: {
      session: {
        create: {
          async before(session) {
            const attempt = attempts.getStore()
            if (!attempt) return false
            await attempt.admit(session.userId)
            return { data: { ...session, ipAddress: attempt.ip, userAgent: attempt.userAgent.slice(0, 300) } }
          },
        },
      },
    },
    rateLimit: { enabled: false },
    telemetry: { enabled: false },
    advanced: {
      useSecureCookies: false,
      cookies: { session_token: { name: cookie.name, attributes: cookie.attributes } },
      ipAddress: { disableIpTracking: true },
      database: { generateId: () => uuidv7() },
    },
    logger: { log: (level, message) => deps.log[level === 'error' ? 'warn' : 'debug']({ level }, `sign-in engine: ${message}`) },
  })

  /** Runs what makes a session; what `admit` threw comes out as it was, for better-auth may turn it into an error of its own. */
  async function admitted<Result>(attempt: SignInAttempt, makeSession: () => Promise<Result>): Promise<Result> {
    const refused: { error?: Error } = {}
    const guarded: SignInAttempt = {
      ...attempt,
      async admit(id) {
        try { await attempt.admit(id) } catch (error) { refused.error = error as Error; throw error }
      },
    }
    return attempts.run(guarded, makeSession).catch((error: unknown) => { throw refused.error ?? error })
  }

  return {
    /**
     * Checks the password of an account and makes a session.
     * @returns the `Set-Cookie` header, or null where account or password is wrong
     */
    async signIn(userId: string | null, password: string, attempt: SignInAttempt): Promise<string | null> {
      const email = handleOf(userId ?? 'nobody')
      try {
        const { headers } = await admitted(attempt, () => auth.api.signInEmail({ body: { email, password }, headers: new Headers(), returnHeaders: true }))
        return headers.getSetCookie().find((line) => line.startsWith(`${cookie.name}=`)) ?? null
      } catch (error) {
        if (isApiError(error) && error.statusCode < 500) return null
        throw error
      }
    },

    /**
     * Makes a session of a person for whom somebody else vouches.
     * @returns the `Set-Cookie` header
     */
    async vouched(userId: string, attempt: SignInAttempt): Promise<string> {
      const { internalAdapter } = await auth.$context
      const session = await admitted(attempt, () => internalAdapter.createSession(userId))
      return signedCookie(urlOf(deps.publicUrl), session.token, secrets.cookieKey)
    },
  }
}
export type Engine = ReturnType<typeof createEngine>

const isApiError = (error: unknown): error is { statusCode: number } => typeof error === 'object' && error !== null && 'statusCode' in error
