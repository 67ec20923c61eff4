import { DomainError, type Locale } from '@kartotek/sdk'
import type { Request, Response } from 'express'
import type { Accounts } from './accounts.ts'
import { journeyCookie, journeyName, readCookie } from './cookie.ts'
import { urlOf } from './deps.ts'
import { say } from './messages.ts'
import type { RequestFacts } from './sign-in.ts'
import { JOURNEY_SECONDS, type Arrival } from './vouched.ts'

/** An address of the app, never of another site. */
const insideApp = (to: unknown): string => typeof to === 'string' && to.length <= 500 && /^\/(?![/\\])[^\s\\]*$/.test(to) ? to : '/'

/** The routes of {@link Accounts.vouched}: a browser that goes to a provider of identities and comes back. */
export function createJourneys({ deps, vouched }: Accounts, factsOf: (request: Request) => RequestFacts, endCurrent: (request: Request) => Promise<unknown>) {
  const url = () => urlOf(deps.publicUrl)
  const journeyOf = (request: Request): string | null => readCookie(request.headers.cookie, journeyName(url()))
  const keep = (response: Response, journey: string | null): void => { response.append('set-cookie', journeyCookie(url(), journey, JOURNEY_SECONDS)) }

  /** Whoever came here by a link sees a page, not JSON: what went wrong stands above the form. */
  function refuse(error: unknown, request: Request, response: Response): void {
    const { plugin, key } = request.params as Record<string, string>
    const { locale } = factsOf(request)
    // What a provider itself says is for the log: it may be anything.
    const known = error instanceof DomainError && error.code !== 'UNAVAILABLE'
    if (!known) deps.log.warn({ err: error, plugin, provider: key }, 'a provider of identities failed')
    const label = vouched.offered(locale).find((one) => one.plugin === plugin && one.key === key)?.label ?? key ?? ''
    keep(response, vouched.refusal(known ? error.message : say('providerFailed', locale, { provider: label })))
    response.redirect(303, '/sign-in')
  }

  async function arrive(arrival: Arrival, request: Request, response: Response): Promise<void> {
    if ('journey' in arrival) return keep(response, arrival.journey)
    await endCurrent(request)
    keep(response, null)
    response.append('set-cookie', arrival.setCookie)
  }

  return {
    async begin(request: Request<{ plugin: string, key: string }>, response: Response): Promise<void> {
      try {
        const { url, journey } = await vouched.begin(request.params.plugin, request.params.key, insideApp(request.query['to']), factsOf(request))
        keep(response, journey)
        response.redirect(303, url)
      } catch (error) {
        refuse(error, request, response)
      }
    },

    async finish(request: Request<{ plugin: string, key: string }>, response: Response): Promise<void> {
      try {
        const query = new URL(request.url, 'http://here').searchParams
        const arrival = await vouched.finish(request.params.plugin, request.params.key, query, journeyOf(request), factsOf(request))
        await arrive(arrival, request, response)
        response.redirect(303, 'journey' in arrival ? '/sign-in' : arrival.to)
      } catch (error) {
        refuse(error, request, response)
      }
    },

    async confirm(totp: string, facts: RequestFacts, request: Request, response: Response): Promise<{ ok: true, to: string }> {
      const arrival = await vouched.confirm(journeyOf(request), totp, facts)
      await arrive(arrival, request, response)
      return { ok: true, to: arrival.to }
    },

    /** Told once: a refusal that was shown is over. */
    standing(request: Request, response: Response, locale: Locale): { refused: string } | { asksCode: true } | undefined {
      const journey = journeyOf(request)
      const standing = journey ? vouched.standing(journey, locale) : null
      if (standing && 'refused' in standing) keep(response, null)
      return standing ?? undefined
    },
  }
}
