import { createHash } from 'node:crypto'
import { UnavailableError, type Localized, type PluginContext } from '@kartotek/sdk'
import type { Identity, IdentityProvider } from '@kartotek/sdk/contracts'
import type { Configuration, CustomFetchOptions } from 'openid-client'
import type { OpenIdSettings } from './settings.ts'

/** What the browser brings back to us: the proof that it is the one that began (PKCE, RFC 7636), and the nonce of the ID token. */
interface Remembered { verifier: string, nonce: string }

/** Loaded by the first who signs in this way: most installations never need it. */
const library = () => import('openid-client')

/** What a provider says of itself, asked once; other settings ask again. */
let discovered: { of: string, config: Promise<Configuration> } | undefined

/** Signing in by OpenID Connect: code flow with PKCE, the ID token checked by openid-client (OpenID Connect Core 1.0, 3.1). */
export class OpenIdProvider implements IdentityProvider {
  readonly key = 'main'
  readonly #ctx: PluginContext<OpenIdSettings>
  constructor(ctx: PluginContext<OpenIdSettings>) { this.#ctx = ctx }

  get ready(): boolean { return this.#ctx.settings.issuer !== '' && this.#ctx.settings.clientId !== '' }
  get label() {
    const { label } = this.#ctx.settings
    return label ? { en: label, ru: label, uk: label, fi: label } : { en: 'Company account', ru: 'учётную запись компании', uk: 'обліковий запис компанії', fi: 'yrityksen tili' }
  }

  /** Asks the provider what it is, as signing in does; whether it knows us is told only when somebody signs in. */
  async ask(): Promise<Localized | undefined> {
    const { issuer, clientId, clientSecret } = this.#ctx.settings
    if (!this.ready) return { en: 'Enter the address of the provider and the client ID first.', ru: 'Сначала укажите адрес поставщика и идентификатор клиента.', uk: 'Спершу вкажіть адресу постачальника й ідентифікатор клієнта.', fi: 'Anna ensin palvelun osoite ja asiakastunnus.' }
    try {
      await this.#discover(issuer, clientId, clientSecret)
      return undefined
    } catch (error) {
      const { message } = error as Error
      return { en: `The provider does not answer as it should: ${message}`, ru: `Поставщик отвечает не так, как должен: ${message}`, uk: `Постачальник відповідає не так, як мав би: ${message}`, fi: `Palvelu ei vastaa niin kuin pitäisi: ${message}` }
    }
  }

  async begin({ callbackUrl, state }: { callbackUrl: string, state: string }): Promise<{ url: string, remember: string }> {
    const [openid, config] = [await library(), await this.#config()]
    const remembered: Remembered = { verifier: openid.randomPKCECodeVerifier(), nonce: openid.randomNonce() }
    const url = openid.buildAuthorizationUrl(config, {
      redirect_uri: callbackUrl, scope: 'openid email', state, nonce: remembered.nonce,
      code_challenge: await openid.calculatePKCECodeChallenge(remembered.verifier), code_challenge_method: 'S256',
    })
    return { url: url.href, remember: JSON.stringify(remembered) }
  }

  async finish({ url, state, remember }: { url: string, callbackUrl: string, state: string, remember: string }): Promise<Identity> {
    const { verifier, nonce } = JSON.parse(remember) as Remembered
    const [openid, config] = [await library(), await this.#config()]
    try {
      const tokens = await openid.authorizationCodeGrant(config, new URL(url), { pkceCodeVerifier: verifier, expectedNonce: nonce, expectedState: state, idTokenExpected: true })
      const claims = tokens.claims()!
      const more = typeof claims['email'] === 'string' || !config.serverMetadata().userinfo_endpoint ? claims : await openid.fetchUserInfo(config, tokens.access_token, claims.sub)
      return { subject: subjectOf(claims), verifiedEmail: this.#verified(more['email'], more['email_verified']) }
    } catch (error) {
      // What it says is for the log.
      throw new UnavailableError(`The provider did not vouch: ${(error as Error).message}`)
    }
  }

  #verified(email: unknown, verified: unknown): string | null {
    // Some providers write the mark as a text. The setting stands in for a mark that is not there, never for one that says otherwise.
    const sure = verified === undefined ? this.#ctx.settings.trustsAddresses : verified === true || verified === 'true'
    return typeof email === 'string' && sure ? email : null
  }

  async #config(): Promise<Configuration> {
    const { issuer, clientId, clientSecret } = this.#ctx.settings
    const of = JSON.stringify([issuer, clientId, clientSecret])
    if (discovered?.of !== of) discovered = { of, config: this.#discover(issuer, clientId, clientSecret) }
    const mine = discovered
    try {
      return await mine.config
    } catch (error) {
      if (discovered === mine) discovered = undefined
      throw new UnavailableError(`The provider ${issuer} does not answer: ${(error as Error).message}`)
    }
  }

  async #discover(issuer: string, clientId: string, clientSecret: string | undefined): Promise<Configuration> {
    const openid = await library()
    return openid.discovery(new URL(issuer), clientId, undefined, clientSecret ? openid.ClientSecretPost(clientSecret) : openid.None(), {
      [openid.customFetch]: (url: string, init: CustomFetchOptions) => this.#ctx.fetch(url, init as RequestInit),
      timeout: 10,
      // Plain http reaches only networks that the operator has named as his own.
      execute: issuer.startsWith('http:') ? [openid.allowInsecureRequests] : [],
    })
  }
}

/** By which name the core knows the person: `sub` names nobody without its issuer (OpenID Connect Core 1.0, 5.7), and both may be longer together than a name is. */
function subjectOf({ iss, sub }: { iss: string, sub: string }): string {
  return createHash('sha256').update(JSON.stringify([iss, sub])).digest('base64url')
}
