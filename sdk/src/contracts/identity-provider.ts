import type { Localized } from '../locale.ts'
import { contract } from '../contract.ts'

/** Who somebody is, as the provider vouches for it. */
export interface Identity {
  /** The provider's own lasting name of the person, 1 to 255 characters; never an address, which may go to somebody else one day. */
  subject: string
  /**
   * An e-mail address that the provider has verified. By it a person of Kartotek is found the first time, and the subject is remembered
   * from then on. Null where there is none, or it is not verified.
   */
  verifiedEmail: string | null
}

/** Who can say who sits in front of the browser: the company's directory, a service of the web. It stands in for the password only: the second factor of Kartotek is asked for all the same. */
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
 * provides: [identityProvider.by((ctx) => ctx.get(Directory))]
 */
export const identityProvider = contract<IdentityProvider>('identity-provider')
