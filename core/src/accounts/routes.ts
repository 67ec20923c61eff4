import { DomainError, NotAllowedError, type ErrorCode, type Locale } from '@kartotek/sdk'
import express, { type NextFunction, type Request, type Response, type Router } from 'express'
import type { Accounts } from './accounts.ts'
import { writeAccessLog } from './access-log.ts'
import { addressKey, clientAddress, isLoopback } from './address.ts'
import { expiredCookie, readCookie, sessionCookie, verifiedSessionId } from './cookie.ts'
import { emailText, localeField, secretField, textField } from './input.ts'
import { acceptedLocale, say } from './messages.ts'
import { isSameOrigin } from './origin.ts'
import { urlOf } from './deps.ts'
import { createJourneys } from './journeys.ts'
import { deriveSecrets, sha256 } from './secrets.ts'
import { endSessionByHash } from './sessions.ts'
import type { RequestFacts } from './sign-in.ts'

type Body = Record<string, unknown>

/** Where a request comes from. */
const factsIn = (deps: Accounts['deps']) => (request: Request): RequestFacts => ({
  ip: clientAddress(request, deps.trustProxy),
  userAgent: (request.get('user-agent') ?? '').slice(0, 300),
  locale: acceptedLocale(request.get('accept-language')),
})

/**
 * The browser's way in, mounted below `/auth`. JSON in and out; an error is `{ error: { code, message, fields?,
 * retryAfterSeconds?, reason? } }` in the language of `Accept-Language`.
 *
 * | request | body | answer |
 * | --- | --- | --- |
 * | `GET /status` | | `{ setupNeeded, secure, signedIn, providers, standing?, demo? }` |
 * | `GET /with/:plugin/:key?to=` | | to a provider of identities, and from there to `…/callback` and into the app |
 * | `POST /with/code` | `totp` | `{ ok: true, to }`, signed in, where a provider vouched and the second factor is asked for |
 * | `POST /setup` | `token, name, email, password, locale?` | `{ ok: true }`, signed in |
 * | `POST /sign-in` | `email, password, totp?` | `{ ok: true }`, signed in; `reason: TOTP_REQUIRED` or `TOTP_WRONG` with 401 |
 * | `POST /sign-out` | | `{ ok: true }` |
 * | `POST /reset` | `email` | `{ ok: true }`, whatever the address |
 * | `POST /reset/confirm` | `token, password` | `{ ok: true, email }`, not signed in |
 * | `POST /link` | `kind` (`reset`, `invitation`), `token` | `{ name, email, locale }` |
 * | `POST /invitation` | `token, password` | `{ ok: true }`, signed in |
 */
export function authRouter(accounts: Accounts): Router {
  const { deps, signIn, passwords, setup, limits, vouched } = accounts
  const cookie = sessionCookie(urlOf(deps.publicUrl))
  const { cookieKey } = deriveSecrets(deps.secret)
  const factsOf = factsIn(deps)
  const router = express.Router()

  /** Https, or a browser on this very machine: nobody on the way can read along. */
  const isSafeConnection = (request: Request): boolean =>
    cookie.secure || (isLoopback(clientAddress(request, deps.trustProxy)) && request.headers['x-forwarded-for'] === undefined)

  const journeys = createJourneys(accounts, factsOf, endCurrent)

  /** Ends the session that the browser brought along: after a sign-in its old id is worth nothing. */
  async function endCurrent(request: Request): Promise<string | null> {
    const id = verifiedSessionId(readCookie(request.headers.cookie, cookie.name), cookieKey)
    return id ? endSessionByHash(deps.db.pool, sha256(id)) : null
  }

  async function signedIn(request: Request, response: Response, input: { email: string, password: string, totp?: string }, facts: RequestFacts): Promise<void> {
    const { setCookie } = await signIn.signIn(input, facts)
    await endCurrent(request)
    response.append('set-cookie', setCookie).json({ ok: true })
  }

  router.use((_request, response, next) => {
    response.set('cache-control', 'no-store')
    next()
  })

  router.get('/status', async (request, response) => {
    const [setupNeeded, caller] = await Promise.all([setup.needed(), accounts.authenticate(request)])
    const { locale } = factsOf(request)
    response.json({
      setupNeeded, secure: isSafeConnection(request), signedIn: caller !== null, providers: vouched.offered(locale), standing: journeys.standing(request, response, locale),
      ...(deps.demo && { demo: deps.demo }),
    })
  })
  // They come by navigation, from another site at the end; what holds them together is the state.
  router.get('/with/:plugin/:key', journeys.begin)
  router.get('/with/:plugin/:key/callback', journeys.finish)

  router.use((request, _response, next) => {
    const locale = acceptedLocale(request.get('accept-language'))
    if (!isSameOrigin(request, urlOf(deps.publicUrl))) throw new NotAllowedError(say('foreignOrigin', locale))
    // a form of another site can send text or form data without asking, but not JSON
    if (request.method === 'POST' && !request.is('application/json')) throw new DomainError('INVALID_INPUT', say('jsonOnly', locale), { status: 415 })
    next()
  }, express.json({ limit: '16kb', type: 'application/json', strict: true }))

  const post = (path: string, run: (body: Body, facts: RequestFacts, request: Request, response: Response) => Promise<unknown>) =>
    router.post(path, async (request, response) => {
      const body: Body = typeof request.body === 'object' && request.body !== null && !Array.isArray(request.body) ? request.body as Body : {}
      const answer = await run(body, factsOf(request), request, response)
      if (!response.headersSent) response.json(answer ?? { ok: true })
    })

  post('/setup', async (body, facts, request, response) => {
    await limits.take('link', addressKey(facts.ip), facts.locale)
    const locale: Locale = localeField(body['locale'], facts.locale, facts.locale)
    const password = secretField(body['password'], 'password', locale)
    const made = await setup.complete({ token: secretField(body['token'], 'token', locale), name: body['name'], email: body['email'], password, locale })
      .catch(async (error: unknown) => {
        await writeAccessLog(deps.db, { kind: 'setup_denied', ip: facts.ip, detail: { code: error instanceof DomainError ? error.code : 'INTERNAL' } })
        throw error
      })
    await writeAccessLog(deps.db, { kind: 'setup', userId: made.userId, ip: facts.ip, detail: { by: 'link' } })
    await signedIn(request, response, { email: made.email, password }, facts)
  })

  post('/sign-in', async (body, facts, request, response) => {
    const email = textField(body['email'], 'email', 254, facts.locale)
    const password = secretField(body['password'], 'password', facts.locale)
    const totp = body['totp'] === undefined || body['totp'] === '' ? undefined : secretField(body['totp'], 'totp', facts.locale)
    await signedIn(request, response, { email, password, ...(totp && { totp }) }, facts)
  })

  post('/with/code', (body, facts, request, response) => journeys.confirm(secretField(body['totp'], 'totp', facts.locale), facts, request, response))

  post('/sign-out', async (_body, facts, request, response) => {
    const userId = await endCurrent(request)
    if (userId) await writeAccessLog(deps.db, { kind: 'sign_out', userId, ip: facts.ip })
    response.append('set-cookie', expiredCookie(urlOf(deps.publicUrl)))
  })

  post('/reset', async (body, facts) => {
    await passwords.requestReset(emailText(body['email'], facts.locale), facts)
  })

  post('/reset/confirm', async (body, facts) => {
    const person = await passwords.setByLink('reset', secretField(body['token'], 'token', facts.locale), secretField(body['password'], 'password', facts.locale), facts)
    return { ok: true, email: person.email }
  })

  post('/link', async (body, facts) => {
    const kind = body['kind'] === 'invitation' ? 'invitation' : 'reset'
    const { name, email, locale } = await passwords.personOf(kind, secretField(body['token'], 'token', facts.locale), facts)
    return { name, email, locale }
  })

  post('/invitation', async (body, facts, request, response) => {
    const password = secretField(body['password'], 'password', facts.locale)
    const person = await passwords.setByLink('invitation', secretField(body['token'], 'token', facts.locale), password, facts)
    await signedIn(request, response, { email: person.email, password }, facts)
  })

  router.use((error: unknown, request: Request, response: Response, next: NextFunction) => {
    if (response.headersSent) return next(error)
    sendError(error, response, accounts)
  })
  return router
}

const STATUS: Partial<Record<ErrorCode, number>> = {
  UNAUTHENTICATED: 401, FORBIDDEN: 403, NOT_FOUND: 404, INVALID_INPUT: 400, CONFLICT: 409, DUPLICATE: 409, RATE_LIMITED: 429, LIMIT_EXCEEDED: 413, UNAVAILABLE: 503,
}

function sendError(error: unknown, response: Response, { deps }: Accounts): void {
  if (error instanceof DomainError) {
    const { status, ...data } = error.data
    if (typeof data['retryAfterSeconds'] === 'number') response.set('retry-after', String(data['retryAfterSeconds']))
    response.status(typeof status === 'number' ? status : STATUS[error.code] ?? 400).json({ error: { code: error.code, message: error.message, ...data } })
    return
  }
  // body-parser marks what the client did wrong: broken JSON, too large
  const status = (error as { status?: unknown }).status
  if (typeof status === 'number' && status >= 400 && status < 500) {
    response.status(status).json({ error: { code: status === 413 ? 'LIMIT_EXCEEDED' : 'INVALID_INPUT', message: (error as Error).message } })
    return
  }
  const ref = sha256(String(Math.random()) + Date.now()).slice(0, 10)
  deps.log.error({ err: error, ref }, 'a request below /auth failed')
  response.status(500).json({ error: { code: 'INTERNAL', message: `Something went wrong. Reference: ${ref}`, ref } })
}
