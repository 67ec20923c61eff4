import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { apiOf, runningApp, setUp, type RunningApp } from './running-app.ts'

const app: RunningApp = await runningApp({ settings: { KARTOTEK_WEBHOOK_NETWORKS: '127.0.0.0/8' } })
let page: Page
const api = apiOf(() => page)
const shot = async (name: string, of = page) => { if (process.env.SHOTS) await of.screenshot({ path: `${process.env.SHOTS}/${name}.png` }) }

/** The program outside: what it was told, and what it answers. */
const heard: { id: string, type: string }[] = []
let status = 200
const program = createServer((request, response) => {
  let body = ''
  request.on('data', (part: Buffer) => { body += part.toString() })
  request.on('end', () => {
    heard.push({ id: String(request.headers['webhook-id']), type: (JSON.parse(body) as { type: string }).type })
    response.writeHead(status).end()
  })
})
await new Promise<void>(resolve => program.listen(0, '127.0.0.1', resolve))
afterAll(() => program.close())

const log = () => page.getByRole('dialog', { name: 'Deliveries' })
const entry = (title: string) => log().getByRole('listitem').filter({ hasText: title })
const create = (name: string) => api('mutation ($name: String!) { createClient(input: { name: $name }) { id } }', { name })
async function openLog(): Promise<void> {
  await page.goto('/settings/webhooks')
  await page.getByRole('button', { name: 'Actions for Accounting' }).click()
  await page.getByRole('menuitem', { name: 'Deliveries' }).click()
}

beforeAll(async () => {
  page = (await setUp(app)).page
  await api('mutation ($url: String!) { createWebhook(input: { name: "Accounting", url: $url, events: ["client.created"], object: "client" }) { webhook { id } } }', { url: `http://127.0.0.1:${(program.address() as AddressInfo).port}/hook` })
})

describe('the log of a webhook', () => {
  it('tells what was sent and answered, and sends it again under the same id', async () => {
    await create('Lumi Oy')
    await expect.poll(() => heard).toHaveLength(1)
    await openLog()
    await entry('Lumi Oy').getByText('Delivered').waitFor()
    await entry('Lumi Oy').getByText('answer 200').waitFor()
    await entry('Lumi Oy').getByRole('button', { name: 'Send again' }).click()
    await page.getByText('It is sent again in a moment').first().waitFor()
    await expect.poll(() => heard).toHaveLength(2)
    expect(heard[1]).toEqual(heard[0])
    expect(heard[0]!.type).toBe('client.created')
  })

  it('keeps what an address refused that is gone, and all of it is sent when it is back', async () => {
    status = 410
    await create('Tuuli Oy')
    await expect.poll(async () => (await api<{ webhooks: { stopped: string | null }[] }>('{ webhooks { stopped } }')).webhooks).toEqual([{ stopped: 'gone' }])
    await openLog()
    await entry('Tuuli Oy').getByText('Failed').waitFor()
    await entry('Tuuli Oy').getByText('answer 410').waitFor()
    await shot('webhook-log-failed')
    await page.keyboard.press('Escape')
    await page.getByText('Stopped: the address is gone').waitFor()

    status = 200
    await page.getByRole('button', { name: 'Actions for Accounting' }).click()
    await page.getByRole('menuitem', { name: 'Change' }).click()
    await page.getByRole('dialog').getByRole('switch', { name: 'Switched on' }).click()
    await page.getByRole('dialog').getByRole('button', { name: 'Save' }).click()
    await page.getByText('Stopped: the address is gone').waitFor({ state: 'detached' })
    await openLog()
    const before = heard.length
    await log().getByRole('button', { name: 'Send all failed ones again' }).click()
    await expect.poll(() => heard.length).toBe(before + 1)
    await openLog()
    await entry('Tuuli Oy').getByText('Delivered').waitFor()
    await log().getByRole('button', { name: 'Send all failed ones again' }).waitFor({ state: 'detached' })
  })

  it('fits a phone in the dark', async () => {
    const { page: phone } = await app.visit({ width: 390, colorScheme: 'dark', as: page.context() })
    await phone.goto('/settings/webhooks')
    await phone.getByRole('button', { name: 'Actions for Accounting' }).click()
    await phone.getByRole('menuitem', { name: 'Deliveries' }).click()
    await phone.getByRole('dialog').getByText('Lumi Oy').waitFor()
    await shot('webhook-log-390-dark', phone)
    expect(await phone.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(390)
    expect(app.misdeeds).toEqual([])
  })
})
