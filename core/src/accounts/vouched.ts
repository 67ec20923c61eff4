import { AuthenticationError, DomainError, textIn, type Locale, type Provider } from '@kartotek/sdk'
import type { Identity, IdentityProvider } from '@kartotek/sdk/contracts'
import { writeAccessLog } from './access-log.ts'
import { addressKey } from './address.ts'
import { hasCredentials, personOfSubject, rememberSubject } from './credentials.ts'
import { urlOf, type AccountsDeps } from './deps.ts'
import { emailText } from './input.ts'
import type { Limits } from './limits.ts'
import { rolesOf } from './roles.ts'
import { say } from './messages.ts'
import { randomToken, sameText, type Secrets } from './secrets.ts'
import type { RequestFacts, SignIn } from './sign-in.ts'

/** How long somebody may take at the provider, and then with the second factor. */
export const JOURNEY_SECONDS = 600

/** A browser on its way: to the provider and back, then perhaps to the second factor. Or back with nothing but what to say to its person. */
type Journey = { until: number, to: string, provider: string } & ({ state: string, remember: string } | { userId: string } | { refused: string })

/** What the sign-in page shows of a provider. */
export interface OfferedProvider { plugin: string, key: string, label: string }

/** How it went: signed in, or the code of the second factor is asked for with what is on its way. */
export type Arrival = { to: string } & ({ setCookie: string } | { journey: string })

export type Vouched = ReturnType<typeof createVouched>

/**
 * Signing in by somebody else's word (contract `identity-provider`): the browser goes there with a state that only it has, and
 * comes back with an answer that the plugin checks. Who is known by the provider's name for him is signed in; the first time he is
 * found by an address that the provider has verified. Nobody is made: who may come in is decided by who invites.
 */
export function createVouched(deps: Pick<AccountsDeps, 'db' | 'users' | 'publicUrl' | 'identityProviders'> & { secrets: Secrets, limits: Limits, signIn: SignIn }) {
  const { db, users, secrets, limits, signIn } = deps
  const ready = (): readonly Provider<IdentityProvider>[] => (deps.identityProviders?.() ?? []).filter(({ service }) => service.ready)
  const nameOf = ({ plugin, service }: Provider<IdentityProvider>): string => `${plugin}/${service.key}`
  const callbackOf = (name: string): string => new URL(`/auth/with/${name}/callback`, urlOf(deps.publicUrl)).href
  const seal = (journey: Journey): string => secrets.seal(JSON.stringify(journey), 'sign-in journey')

  function find(plugin: string, key: string, locale: Locale): Provider<IdentityProvider> {
    const provider = ready().find((one) => one.plugin === plugin && one.service.key === key)
    if (!provider) throw new DomainError('NOT_FOUND', say('providerUnknown', locale))
    return provider
  }

  function unseal(sealed: string | null, locale: Locale): Journey {
    try {
      const journey = JSON.parse(secrets.open(sealed ?? '', 'sign-in journey')) as Journey
      if (journey.until > Date.now()) return journey
    } catch { /* told as one that is over */ }
    throw new AuthenticationError(say('journeyOver', locale))
  }

  /** @throws AuthenticationError where nobody here is meant */
  async function personOf(name: string, { subject, verifiedEmail }: Identity, facts: RequestFacts): Promise<string> {
    if (typeof subject !== 'string' || subject === '' || subject.length > 255) throw new TypeError(`The provider ${name} told no subject of 1 to 255 characters.`)
    const known = await personOfSubject(db.pool, name, subject)
    if (known) return known
    const person = verifiedEmail ? await users.findByEmail(emailText(verifiedEmail, facts.locale)) : null
    // An address alone is no invitation: somebody has given him roles, or he signs in otherwise.
    if (!person?.active || (!(await rolesOf(db.pool, person.id)).length && !await hasCredentials(db.pool, person.id))) {
      await writeAccessLog(db, { kind: 'sign_in_denied', userId: person?.id ?? null, ip: facts.ip, detail: { reason: person && !person.active ? 'inactive' : 'unknown', provider: name, userAgent: facts.userAgent } })
      throw new AuthenticationError(say('notInvited', facts.locale))
    }
    await rememberSubject(db.pool, person.id, name, subject)
    return person.id
  }

  async function enter(journey: Journey & { userId: string }, totp: string | undefined, facts: RequestFacts): Promise<Arrival> {
    return { to: journey.to, setCookie: await signIn.signInVouched(journey.userId, journey.provider, totp, facts) }
  }

  return {
    offered: (locale: Locale): OfferedProvider[] => ready().map(({ plugin, service: { key, label } }) => ({ plugin, key, label: textIn(label, locale) })),

    /** @returns where the browser goes, and what it keeps until it is back */
    async begin(plugin: string, key: string, to: string, facts: RequestFacts): Promise<{ url: string, journey: string }> {
      const provider = find(plugin, key, facts.locale)
      await limits.take('link', addressKey(facts.ip), facts.locale)
      const [name, state] = [nameOf(provider), randomToken()]
      const { url, remember } = await provider.service.begin({ callbackUrl: callbackOf(name), state })
      if (!/^https?:$/.test(new URL(url).protocol)) throw new TypeError(`The provider ${name} sends browsers to ${new URL(url).protocol} instead of https.`)
      return { url, journey: seal({ until: Date.now() + JOURNEY_SECONDS * 1000, to, provider: name, state, remember }) }
    },

    /**
     * The browser is back.
     * @param query what stood behind the `?`
     * @throws AuthenticationError, RateLimitedError, UnavailableError
     */
    async finish(plugin: string, key: string, query: URLSearchParams, sealed: string | null, facts: RequestFacts): Promise<Arrival> {
      const provider = find(plugin, key, facts.locale)
      const [name, journey] = [nameOf(provider), unseal(sealed, facts.locale)]
      // A link that somebody else began would sign in here as him.
      if (!('state' in journey) || journey.provider !== name || !sameText(query.get('state') ?? '', journey.state)) throw new AuthenticationError(say('journeyOver', facts.locale))
      const callbackUrl = callbackOf(name)
      const identity = await provider.service.finish({ url: `${callbackUrl}?${query.toString()}`, callbackUrl, state: journey.state, remember: journey.remember })
      const arrived = { until: Date.now() + JOURNEY_SECONDS * 1000, to: journey.to, provider: name, userId: await personOf(name, identity, facts) }
      return enter(arrived, undefined, facts).catch((error: unknown) => {
        if (!(error instanceof DomainError) || error.data['reason'] !== 'TOTP_REQUIRED') throw error
        return { to: journey.to, journey: seal(arrived) }
      })
    },

    /** What the sign-in page says to who was refused at the end of the way. */
    refusal: (message: string): string => seal({ until: Date.now() + 60_000, to: '/', provider: '', refused: message }),
    /** Where the way of this browser stands, for the sign-in page. */
    standing(sealed: string, locale: Locale): { refused: string } | { asksCode: true } | null {
      try {
        const journey = unseal(sealed, locale)
        return 'refused' in journey ? { refused: journey.refused } : 'userId' in journey ? { asksCode: true } : null
      } catch {
        return null
      }
    },

    /** The code of the second factor, after {@link finish} asked for it. @throws AuthenticationError, SecondFactorError, RateLimitedError */
    async confirm(sealed: string | null, totp: string, facts: RequestFacts): Promise<Arrival> {
      const journey = unseal(sealed, facts.locale)
      if (!('userId' in journey)) throw new AuthenticationError(say('journeyOver', facts.locale))
      return enter(journey, totp, facts)
    },
  }
}
