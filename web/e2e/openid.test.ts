import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { Provider } from 'oidc-provider'
import type { Page } from 'playwright-core'
import { afterAll, expect, it } from 'vitest'
import { ADMIN, apiOf, runningApp, setUp } from './running-app.ts'

const app = await runningApp({ settings: { KARTOTEK_WEBHOOK_NETWORKS: '127.0.0.1/32' } })
const { page: admin } = await setUp(app)
const api = apiOf(() => admin)

/** A provider that is none of ours, with a login page of its own: whoever names himself there is believed. */
const server: Server = createServer()
await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
const issuer = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
const provider = new Provider(issuer, {
  clients: [{ client_id: 'kartotek', client_secret: 'a secret of both', redirect_uris: [`${app.url}/auth/with/openid/main/callback`], token_endpoint_auth_method: 'client_secret_post' }],
  claims: { openid: ['sub'], email: ['email', 'email_verified'] },
  cookies: { keys: ['some key'] },
  pkce: { required: () => true },
  findAccount: (_ctx: unknown, id: string) => ({ accountId: id, claims: () => ({ sub: id, email: `${id}@example.com`, email_verified: id !== 'unsure' }) }),
})
server.on('request', provider.callback())
afterAll(() => { server.close() })

/** Through the pages of the provider. */
async function vouchFor(page: Page, name: string): Promise<void> {
  await page.getByRole('link', { name: 'Continue with Aalto account' }).click()
  await page.getByPlaceholder('Enter any login').fill(name)
  await page.getByPlaceholder('and password').fill('whatever')
  await page.getByRole('button', { name: 'Sign-in' }).click()
  await page.getByRole('button', { name: 'Continue' }).click()
}

it('signs in with the account of the company', async () => {
  const nobody = await app.visit()
  await nobody.page.goto('/sign-in')
  await nobody.page.getByLabel('Password').first().waitFor()
  expect(await nobody.page.getByText('Continue with').count()).toBe(0)
  await api('mutation ($values: JSON!) { updatePluginSettings(plugin: "openid", values: $values) { values } }', { values: { issuer, clientId: 'kartotek', clientSecret: 'a secret of both', label: 'Aalto account' } })

  const { page } = await app.visit()
  await page.goto('/orders')
  await page.getByRole('link', { name: 'Continue with Aalto account' }).waitFor()
  if (process.env.SHOTS) await page.screenshot({ path: `${process.env.SHOTS}/openid.png` })
  await vouchFor(page, ADMIN.email.split('@')[0]!)
  await page.getByRole('heading', { name: 'Orders' }).first().waitFor()
  expect(new URL(page.url()).pathname).toBe('/orders')
})

it('asks the provider before the settings are kept', async () => {
  const tried = async (values: object) => (await api<{ checkPluginSettings: { ok: boolean, message: string | null } }>('mutation ($values: JSON!) { checkPluginSettings(plugin: "openid", values: $values) { ok message } }', { values })).checkPluginSettings
  expect(await tried({})).toEqual({ ok: true, message: null })
  expect(await tried({ issuer: `${issuer}/elsewhere` })).toEqual({ ok: false, message: expect.stringContaining('The provider does not answer as it should') })
  expect(await tried({ clientId: '' })).toEqual({ ok: false, message: 'Enter the address of the provider and the client ID first.' })
})

it('lets in nobody who was not invited, and says so', async () => {
  const { page } = await app.visit({ width: 390, colorScheme: 'dark' })
  await page.goto('/sign-in')
  await vouchFor(page, 'stranger')
  await page.getByText('Nobody here belongs to this account.').waitFor()
  if (process.env.SHOTS) await page.screenshot({ path: `${process.env.SHOTS}/openid-390-dark.png` })
  await page.reload()
  await page.getByLabel('Password').first().waitFor()
  expect(await page.getByText('Nobody here belongs').count()).toBe(0)
  await api('mutation { inviteUser(input: { name: "Unsure", email: "unsure@example.com" }) { userId } }')
  const other = await app.visit()
  await other.page.goto('/sign-in')
  await vouchFor(other.page, 'unsure')
  await other.page.getByText('Nobody here belongs to this account.').waitFor()
})

it('breaks nothing of the page', () => {
  // The pages of the provider are no part of the app.
  expect(app.misdeeds.filter(misdeed => !misdeed.includes(issuer) && !/fonts\.googleapis\.com|NAME_NOT_RESOLVED/.test(misdeed))).toEqual([])
})
