import { AuthenticationError, UnavailableError } from '@kartotek/sdk'
import type { Identity, IdentityProvider } from '@kartotek/sdk/contracts'
import { Secret, TOTP } from 'otpauth'
import { describe, expect, it } from 'vitest'
import { accountsWorld } from './testing.ts'
import { accountsApi } from './testing-graphql.ts'

/** What the provider says next, and what it was asked. */
let says: Identity | Error = { subject: '1', verifiedEmail: null }
const asked: { url: string, remember: string, state: string }[] = []
const service: IdentityProvider = {
  key: 'main', label: { en: 'Company account', fi: 'Yrityksen tili' }, ready: true,
  async begin({ callbackUrl, state }) { return { url: `https://id.example/authorize?state=${state}&back=${encodeURIComponent(callbackUrl)}`, remember: `verifier of ${state}` } },
  async finish(answer) {
    asked.push(answer)
    if (says instanceof Error) throw says
    return says
  },
}
const off: IdentityProvider = { ...service, key: 'off', ready: false }
const world = await accountsWorld({ identityProviders: () => [{ plugin: 'directory', service }, { plugin: 'directory', service: off }] })
const api = accountsApi(world)

type Jar = Map<string, string>
const headerOf = (jar: Jar) => ({ cookie: [...jar].map(([name, value]) => `${name}=${value}`).join('; ') })

/** A browser: keeps cookies, follows nothing. */
function browser() {
  const jar: Jar = new Map()
  return {
    jar,
    async go(path: string, body?: object) {
      const response = await fetch(world.url + path, { method: body ? 'POST' : 'GET', redirect: 'manual', headers: { ...headerOf(jar), ...(body && { 'content-type': 'application/json' }) }, ...(body && { body: JSON.stringify(body) }) })
      for (const line of response.headers.getSetCookie()) {
        const [name, value] = line.split(';')[0]!.split(/=(.*)/s) as [string, string]
        if (/Max-Age=0/.test(line)) jar.delete(name)
        else jar.set(name, value)
      }
      return { status: response.status, to: response.headers.get('location'), text: await response.text() }
    },
    status: async function () { return JSON.parse((await this.go('/auth/status')).text) as { signedIn: boolean, standing?: { refused?: string, asksCode?: true }, providers: object[] } },
    /** To the provider and back. */
    async signIn(identity: Identity | Error, to = '/') {
      says = identity
      const { to: away } = await this.go(`/auth/with/directory/main?to=${encodeURIComponent(to)}`)
      const state = new URL(away!).searchParams.get('state')!
      return this.go(`/auth/with/directory/main/callback?code=abc&state=${state}`)
    },
  }
}

describe('signing in by the word of a provider', () => {
  it('offers those that are set up', async () => {
    expect((await browser().status()).providers).toEqual([{ plugin: 'directory', key: 'main', label: 'Company account' }])
    expect((await browser().go('/auth/with/directory/off')).to).toBe('/sign-in')
    expect((await browser().go('/auth/with/nobody/main')).to).toBe('/sign-in')
  })

  it('finds the person by the verified address once, and by the subject from then on', async () => {
    const anna = await world.person('Anna', { password: null })
    const first = browser()
    expect(await first.signIn({ subject: 'a-1', verifiedEmail: 'Anna@Example.com' }, '/orders?view=1')).toMatchObject({ status: 303, to: '/orders?view=1' })
    expect(await first.status()).toMatchObject({ signedIn: true })
    expect(asked.at(-1)).toMatchObject({ remember: `verifier of ${asked.at(-1)!.state}` })
    expect(first.jar.has('kartotek_journey')).toBe(false)
    const second = browser()
    await second.signIn({ subject: 'a-1', verifiedEmail: 'somebody.else@example.com' })
    expect(await second.status()).toMatchObject({ signedIn: true })
    expect((await world.log('sign_in')).map(({ user_id, detail }) => [user_id, detail['provider']])).toEqual([[anna.id, 'directory/main'], [anna.id, 'directory/main']])
  })

  it('makes nobody, and lets in nobody who is switched off', async () => {
    const stranger = browser()
    expect(await stranger.signIn({ subject: 's-1', verifiedEmail: 'stranger@example.com' })).toMatchObject({ status: 303, to: '/sign-in' })
    expect((await stranger.status()).standing).toEqual({ refused: 'Nobody here belongs to this account. Ask an administrator to invite you by the same e-mail address.' })
    expect((await stranger.status()).standing).toBeUndefined()
    await world.person('Bob')
    const unverified = browser()
    await unverified.signIn({ subject: 'b-1', verifiedEmail: null })
    expect((await unverified.status()).signedIn).toBe(false)
    const carl = await world.person('Carl')
    await browser().signIn({ subject: 'c-1', verifiedEmail: carl.email })
    await world.db.pool.query('update core."user" set active = false where id = $1', [carl.id])
    const gone = browser()
    await gone.signIn({ subject: 'c-1', verifiedEmail: carl.email })
    expect(await gone.status()).toMatchObject({ signedIn: false, standing: { refused: 'The e-mail address or the password is wrong.' } })
  })

  it('takes an answer only in the browser that began, for the state that it was given, once', async () => {
    const dora = await world.person('Dora')
    const [hers, his] = [browser(), browser()]
    says = { subject: 'd-1', verifiedEmail: dora.email }
    const state = new URL((await his.go('/auth/with/directory/main')).to!).searchParams.get('state')!
    // The attacker began; his victim follows the link with the answer.
    expect((await hers.go(`/auth/with/directory/main/callback?code=abc&state=${state}`)).to).toBe('/sign-in')
    expect(await hers.status()).toMatchObject({ signedIn: false, standing: { refused: expect.stringContaining('Start again') as string } })
    await his.go('/auth/with/directory/main/callback?code=abc&state=other')
    expect((await his.status()).signedIn).toBe(false)
    const sure = browser()
    await sure.signIn(says)
    sure.jar.delete('kartotek_session')
    expect((await sure.go(`/auth/with/directory/main/callback?code=abc&state=${asked.at(-1)!.state}`)).to).toBe('/sign-in')
    expect((await sure.status()).signedIn).toBe(false)
  })

  it('asks for the second factor all the same', async () => {
    const eve = await api.signedIn('Eve')
    const { startTotp: { secret } } = await api.run<{ startTotp: { secret: string } }>(eve.cookie, 'mutation { startTotp(password: "horse battery staple") { secret } }')
    const totp = new TOTP({ secret: Secret.fromBase32(secret) })
    await api.run(eve.cookie, `mutation { confirmTotp(code: "${totp.generate({ timestamp: Date.now() - 30_000 })}") { recoveryCodes } }`)
    const way = browser()
    expect(await way.signIn({ subject: 'e-1', verifiedEmail: eve.email }, '/tasks')).toMatchObject({ to: '/sign-in' })
    expect(await way.status()).toMatchObject({ signedIn: false, standing: { asksCode: true } })
    expect((await way.go('/auth/with/code', { totp: '000000' })).status).toBe(401)
    expect(await way.go('/auth/with/code', { totp: totp.generate() })).toMatchObject({ status: 200, text: JSON.stringify({ ok: true, to: '/tasks' }) })
    expect(await way.status()).toMatchObject({ signedIn: true })
    expect((await browser().go('/auth/with/code', { totp: totp.generate() })).status).toBe(401)
  })

  it('tells of a provider that fails in our words, and goes to no other site', async () => {
    const way = browser()
    await way.signIn(new UnavailableError('secret details of the provider'))
    expect((await way.status()).standing).toEqual({ refused: 'Signing in by “Company account” did not work. Try again, or sign in with your password.' })
    await way.signIn(new AuthenticationError('You said no.'))
    expect((await way.status()).standing).toEqual({ refused: 'You said no.' })
    const fay = await world.person('Fay')
    for (const to of ['//evil.example', 'https://evil.example', '/\\evil.example', '/a b']) expect((await browser().signIn({ subject: 'f-1', verifiedEmail: fay.email }, to)).to).toBe('/')
  })
})
