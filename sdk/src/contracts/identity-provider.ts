import type { Localized } from '../locale.ts'
import { contract } from '../contract.ts'

/** Who somebody is, as an {@link IdentityProvider} vouches for it. */
export interface Identity {
  /** The provider's own lasting name of the person, 1 to 255 characters; never an address, which may go to somebody else one day. */
  subject: string
  /**
   * An e-mail address that the provider has verified. By it a person of Kartotek is found the first time, and the subject is remembered
   * from then on. Null where there is none, or it is not verified.
   */
  verifiedEmail: string | null
}

/**
 * Who can say who sits in front of the browser: the company's directory, a service of the web. It stands in for the password only: the second factor of Kartotek is asked for all the same.
 *
 * @example
 * // A service that speaks OAuth 2.0 (RFC 6749) with PKCE (RFC 7636).
 * import { createHash, randomBytes } from 'node:crypto'
 * import { AuthenticationError, UnavailableError, type PluginContext } from '@kartotek/sdk'
 * import type { Identity, IdentityProvider } from '@kartotek/sdk/contracts'
 *
 * export class Directory implements IdentityProvider {
 *   readonly key = 'main'
 *   readonly label = { en: 'Company account' }
 *   readonly ctx: PluginContext
 *   constructor(ctx: PluginContext) { this.ctx = ctx }
 *   get ready(): boolean { return Boolean(this.ctx.settings.url) }
 *
 *   async begin({ callbackUrl, state }: { callbackUrl: string, state: string }) {
 *     const verifier = randomBytes(32).toString('base64url')
 *     const challenge = createHash('sha256').update(verifier).digest('base64url')
 *     const asked = new URLSearchParams({ response_type: 'code', client_id: 'kartotek', redirect_uri: callbackUrl, state, code_challenge: challenge, code_challenge_method: 'S256' })
 *     return { url: `${String(this.ctx.settings.url)}/authorize?${asked}`, remember: verifier }
 *   }
 *
 *   async finish({ url, callbackUrl, remember }: { url: string, callbackUrl: string, remember: string }): Promise<Identity> {
 *     const code = new URL(url).searchParams.get('code')
 *     if (!code) throw new AuthenticationError('The directory did not let you in.')
 *     const answer = await this.ctx.fetch(`${String(this.ctx.settings.url)}/token`, { method: 'POST', body: new URLSearchParams({ grant_type: 'authorization_code', code, redirect_uri: callbackUrl, code_verifier: remember }) })
 *     if (answer.status >= 500) throw new UnavailableError('The directory does not answer.')
 *     if (!answer.ok) throw new AuthenticationError('The directory did not let you in.')
 *     const { sub, email, email_verified: verified } = await answer.json() as { sub: string, email?: string, email_verified?: boolean }
 *     return { subject: sub, verifiedEmail: verified && email ? email : null }
 *   }
 * }
 */
export interface IdentityProvider {
  /** kebab-case, unique within the plugin: `main`. It is part of the address that the browser comes back to. */
  readonly key: string
  /** What stands on the button: `{ en: 'Company account' }`. At most 60 characters. */
  readonly label: Localized
  /** Whether it is set up: who is not is not offered. */
  readonly ready: boolean
  /**
   * Where the browser is sent.
   * @param request `callbackUrl`: where the browser is to come back to, by GET; `state`: to be among the parameters then
   * @returns the address, and what {@link finish} needs to know again, at most 2,000 characters; it is kept encrypted in the browser
   * @throws UnavailableError
   */
  begin(request: { callbackUrl: string, state: string }): Promise<{ url: string, remember: string }>
  /**
   * Who came back. The core has compared the state already.
   * @param answer `url`: the whole address that the browser came back to
   * @throws AuthenticationError where the provider did not vouch, UnavailableError
   */
  finish(answer: { url: string, callbackUrl: string, state: string, remember: string }): Promise<Identity>
}

/**
 * Another way to sign in than by a password.
 *
 * @example
 * // A proxy in front of Kartotek knows who sits there, and says so under a secret that only both know.
 * import { createHmac, timingSafeEqual } from 'node:crypto'
 * import { AuthenticationError, definePlugin, s } from '@kartotek/sdk'
 * import { identityProvider } from '@kartotek/sdk/contracts'
 *
 * const settings = s.object({ proxy: s.url(), secret: s.secret({ minLength: 32 }) })
 *
 * export default definePlugin({
 *   id: 'proxy-sign-in', version: '1.0.0', compat: { sdk: '^0.1' }, settings,
 *   provides: [identityProvider.by((ctx) => ({
 *     key: 'proxy', label: { en: 'Office network' }, ready: Boolean(ctx.settings.proxy),
 *     begin: async ({ callbackUrl, state }) => ({ url: `${String(ctx.settings.proxy)}?${new URLSearchParams({ back: callbackUrl, state })}`, remember: '' }),
 *     async finish({ url, state }) {
 *       const { user = '', sign } = Object.fromEntries(new URL(url).searchParams)
 *       const right = createHmac('sha256', String(ctx.settings.secret)).update(`${state} ${user}`).digest(), given = Buffer.from(sign ?? '', 'hex')
 *       if (!user || given.length !== right.length || !timingSafeEqual(given, right)) throw new AuthenticationError('The office network does not know you.')
 *       return { subject: user, verifiedEmail: null }
 *     },
 *   }))],
 * })
 */
export const identityProvider = contract<IdentityProvider>('identity-provider')
