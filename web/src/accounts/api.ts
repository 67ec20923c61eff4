import { currentLocale } from '../i18n/index.ts'
import { Problem } from '../graphql/problem.ts'
import type { ErrorCode, FieldProblem, Locale } from '@kartotek/sdk'

/** What the server says to anybody who asks, signed in or not. */
export interface AuthStatus {
  /** No administrator exists yet: only the set-up link works. */
  setupNeeded: boolean
  /** The connection is encrypted, so cookies carry the Secure prefix. */
  secure: boolean
  signedIn: boolean
  /** Who else can say who somebody is: a button each. */
  providers: { plugin: string, key: string, label: string }[]
  /** Who comes back from one of them: refused, or asked for the second factor. */
  standing?: { refused: string } | { asksCode: true }
  /** A demo company: how to sign in, shown on the sign-in page. */
  demo?: { email: string, password: string }
}

/** The first administrator, from the one-time link. */
export interface SetupInput {
  token: string
  name: string
  email: string
  password: string
  locale: Locale
}

/** A refused sign-in. `TOTP_REQUIRED` asks for the code of the authenticator, `TOTP_WRONG` for another one. */
export class AuthProblem extends Problem {
  readonly reason: string | null
  readonly retryAfterSeconds: number | null
  constructor(body: Record<string, unknown>, status: number) {
    const code = (body.code as ErrorCode | undefined) ?? (status === 429 ? 'RATE_LIMITED' : 'INTERNAL')
    super(code, String(body.message ?? ''), { fields: body.fields as FieldProblem[] | undefined })
    this.reason = typeof body.reason === 'string' ? body.reason : null
    this.retryAfterSeconds = typeof body.retryAfterSeconds === 'number' ? body.retryAfterSeconds : null
  }
}

async function call<Answer>(method: 'GET' | 'POST', path: string, body?: unknown): Promise<Answer> {
  const response = await fetch(`/auth/${path}`, {
    method,
    credentials: 'same-origin',
    headers: { 'accept': 'application/json', 'accept-language': currentLocale(), ...(body ? { 'content-type': 'application/json' } : {}) },
    body: body ? JSON.stringify(body) : undefined,
  }).catch((error: Error) => { throw new Problem('NETWORK', error.message) })
  const answer = await response.json().catch(() => ({})) as Record<string, unknown>
  if (!response.ok) throw new AuthProblem((answer.error as Record<string, unknown> | undefined) ?? answer, response.status)
  return answer as Answer
}

export const auth = {
  status: () => call<AuthStatus>('GET', 'status'),
  setup: (input: SetupInput) => call<unknown>('POST', 'setup', input),
  signIn: (input: { email: string, password: string, totp?: string }) => call<unknown>('POST', 'sign-in', input),
  /** The second factor of who comes back from a provider. */
  confirm: (totp: string) => call<{ to: string }>('POST', 'with/code', { totp }),
  signOut: () => call<unknown>('POST', 'sign-out', {}),
  requestReset: (email: string) => call<unknown>('POST', 'reset', { email }),
  /** Not signed in afterwards: whoever reset the password signs in with it. */
  reset: (token: string, password: string) => call<{ email: string }>('POST', 'reset/confirm', { token, password }),
  /** Signed in afterwards. */
  acceptInvitation: (token: string, password: string) => call<unknown>('POST', 'invitation', { token, password }),
  /** Whose link it is. @throws AuthProblem where it is used or too old */
  linkOwner: (kind: 'reset' | 'invitation', token: string) => call<{ name: string, email: string, locale: Locale }>('POST', 'link', { kind, token }),
}

/** The secret of a one-time link. It stands behind `#`, which browsers send to nobody; `?token=` works, too. */
export function tokenOf(address: { hash: string, query: Record<string, unknown> }): string {
  const inHash = new URLSearchParams(address.hash.replace(/^#/, '')).get('token')
  return inHash ?? (typeof address.query.token === 'string' ? address.query.token : '')
}
