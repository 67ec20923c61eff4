import type { Page } from 'playwright-core'
import { afterAll, expect, it } from 'vitest'
import { freePort, plainProxy } from './plain-proxy.ts'
import { ADMIN, runningApp, setUpByPage } from './running-app.ts'

const port = await freePort()
const proxy = await plainProxy(port, '192.168.1.20')
const app = await runningApp({
  // The name of a machine in the office, which the names' server of the office would know.
  hosts: { 'crm.lan': '127.0.0.1' },
  settings: { PORT: String(port), PUBLIC_URL: `http://crm.lan:${proxy.port}`, TRUST_PROXY: 'loopback' },
})
afterAll(() => proxy.close())

const warning = (page: Page) => page.getByRole('status').filter({ hasText: 'This connection is not encrypted' })
const LOOKS = [[1440, 'light'], [1440, 'dark'], [390, 'light'], [390, 'dark']] as const
const shot = async (page: Page, name: string) => { if (process.env.SHOTS) await page.screenshot({ path: `${process.env.SHOTS}/${name}.png` }) }

it('warns over plain http by a name of the network, before and after signing in, and works there', async () => {
  const admin = await setUpByPage(app)
  await warning(admin.page).waitFor()
  await admin.page.goto('/clients/new')
  await admin.page.getByLabel('Name', { exact: true }).fill('Korhonen Kuljetus Oy')
  await admin.page.getByRole('button', { name: 'Save' }).click()
  await admin.page.waitForURL(/\/clients\/[0-9a-f-]{36}$/)
  for (const [width, colorScheme] of LOOKS) {
    const { page, context } = await app.visit({ width, colorScheme })
    await page.goto('/sign-in')
    await page.getByLabel('E-mail').fill(ADMIN.email)
    await warning(page).waitFor()
    await shot(page, `sign-in-${width}-${colorScheme}`)
    await page.getByLabel('Password', { exact: true }).fill(ADMIN.password)
    await page.getByRole('button', { name: 'Sign in' }).click()
    await page.getByText('Korhonen Kuljetus Oy').first().waitFor()
    await warning(page).waitFor()
    await shot(page, `clients-${width}-${colorScheme}`)
    const { height, width: wide } = (await warning(page).boundingBox())!
    expect([wide <= width, height < 80]).toEqual([true, true])
    await context.close()
  }
  // Browsers allow a page less there than on this machine: the app must not count on it.
  expect(app.misdeeds).toEqual([])
})

it.each([
  ['to this machine itself', `http://127.0.0.1:${port}`],
  ['to this machine through the proxy', `http://localhost:${proxy.port}`],
  ['by a name that leads to this machine alone', `http://crm.lan:${port}`],
])('does not warn where nobody is on the way: %s', async (_, url) => {
  const { page, context } = await app.visit()
  await page.goto(`${url}/sign-in`)
  await page.getByLabel('E-mail').fill(ADMIN.email)
  expect(await warning(page).count()).toBe(0)
  await context.close()
})
