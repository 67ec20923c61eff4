import type { PluginContext } from '@kartotek/sdk'
import { expect, it } from 'vitest'
import { OpenIdProvider } from './provider.ts'
import type { OpenIdSettings } from './settings.ts'

const now = Math.floor(Date.now() / 1000)
const part = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url')
/** What the token says next. */
let claims: object = {}
async function provide(url: string): Promise<Response> {
  const issuer = url.replace(/\/(\.well-known\/.*|token)$/, '')
  return Response.json(url.includes('/.well-known/')
    ? { issuer, authorization_endpoint: `${issuer}/authorize`, token_endpoint: `${issuer}/token`, jwks_uri: `${issuer}/keys`, response_types_supported: ['code'] }
    : { access_token: 'at', token_type: 'Bearer', id_token: `${part({ alg: 'RS256' })}.${part({ iss: issuer, aud: 'kartotek', iat: now, exp: now + 60, ...claims })}.${part({})}` })
}

/** What the plugin makes of a person of whom the provider at this address says so. */
async function vouched(issuer: string, said: object, settings: Partial<OpenIdSettings> = {}) {
  const provider = new OpenIdProvider({ settings: { issuer, clientId: 'kartotek', clientSecret: 'ours', label: '', trustsAddresses: false, otherHost: '', ...settings }, fetch: provide } as unknown as PluginContext<OpenIdSettings>)
  const callbackUrl = 'https://crm.example/auth/with/openid/main/callback'
  const { url, remember } = await provider.begin({ callbackUrl, state: 'some-state' })
  claims = { nonce: new URL(url).searchParams.get('nonce'), ...said }
  return provider.finish({ url: `${callbackUrl}?code=abc&state=some-state`, callbackUrl, state: 'some-state', remember })
}

it('knows a person by the provider and its name for him, however long both are', async () => {
  const known = async (issuer: string, sub: string) => (await vouched(issuer, { sub, email: 'anna@example.com' })).subject
  const a = await known('https://a.example', '1000')
  expect(await known('https://a.example', '1000')).toBe(a)
  const b = await known('https://b.example', '1000')
  const long = await known(`https://a.example/${'x'.repeat(280)}`, 's'.repeat(255))
  expect(new Set([a, b, long]).size).toBe(3)
  expect(long.length).toBeLessThanOrEqual(255)
})

it('takes an address as verified where the provider says so, or says nothing and is trusted', async () => {
  const told = async (mark: object, trustsAddresses: boolean) => (await vouched('https://a.example', { sub: '1', email: 'anna@example.com', ...mark }, { trustsAddresses })).verifiedEmail !== null
  for (const mark of [true, 'true']) for (const trusts of [false, true]) expect(await told({ email_verified: mark }, trusts), `${typeof mark} ${trusts}`).toBe(true)
  for (const mark of [false, 'false', 'no', 0, 1, null]) for (const trusts of [false, true]) expect(await told({ email_verified: mark }, trusts), `${typeof mark} ${String(mark)} ${trusts}`).toBe(false)
  expect([await told({}, false), await told({}, true)]).toEqual([false, true])
})
