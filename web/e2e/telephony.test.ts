import { execFileSync } from 'node:child_process'
import { join } from 'node:path'
import type { Page } from 'playwright-core'
import { beforeAll, expect, it } from 'vitest'
import { apiOf, runningApp, setUp, type RunningApp, type Visit } from './running-app.ts'

const PLUGIN = join(import.meta.dirname, '../../plugins/telephony')
execFileSync(process.execPath, [join(import.meta.dirname, '../../node_modules/vite/bin/vite.js'), 'build', '--logLevel', 'error'], { cwd: join(PLUGIN, 'web'), stdio: 'inherit' })
const app: RunningApp = await runningApp({ plugins: [PLUGIN] })
let page: Page
let visit: Visit
let client: string
const api = apiOf(() => page)
const SECRET = 'a-long-secret-of-binotel'
const shot = async (name: string, of = page) => { if (process.env.SHOTS) await of.screenshot({ path: `${process.env.SHOTS}/${name}.png` }) }
/** As the service tells it. */
async function told(fields: Record<string, string>) {
  const answer = await fetch(`${app.url}/plugins/telephony/binotel/${SECRET}`, { method: 'POST', body: new URLSearchParams(fields) })
  expect(answer.status).toBe(200)
}
const start = (ago = 0) => String(Math.floor(Date.now() / 1000) - ago)

beforeAll(async () => {
  visit = await setUp(app)
  page = visit.page
  const { me } = await api<{ me: { id: string } }>('{ me { id } }')
  await api('mutation ($id: ID!) { updateUser(id: $id, input: { telephony: { extension: "101" } }) { id } }', { id: me.id })
  await api('mutation ($values: JSON!) { updatePluginSettings(plugin: "telephony", values: $values) { values } }', { values: { binotelPath: SECRET } })
  client = (await api<{ createClient: { id: string } }>('mutation { createClient(input: { name: "Lumi Oy", contactPoints: [{ kind: "phone", value: "+358 40 1111222" }] }) { id } }')).createClient.id
  await api('mutation ($client: ID!) { createOrder(input: { client: $client, subject: "Twelve doors" }) { id } }', { client })
})

it('shows who calls while the telephone rings, with his orders, and keeps what was said', async () => {
  await page.goto('/')
  await page.waitForTimeout(500)
  const call = { generalCallID: 'w1', callType: '0', externalNumber: '+358401111222', internalNumber: '101', didNumber: '+3589100', startTime: start(120) }
  await told({ requestType: 'receivedTheCall', ...call })
  const card = page.getByRole('region', { name: 'Call' })
  await card.getByText('Incoming call').waitFor()
  await card.getByRole('link', { name: 'Lumi Oy' }).waitFor()
  await card.getByRole('link', { name: /Twelve doors/ }).waitFor()
  await shot('phone-dock-light')
  await told({ requestType: 'answeredTheCall', ...call })
  await card.getByText('On the line').waitFor()
  await told({ 'requestType': 'apiCallCompleted', ...Object.fromEntries(Object.entries(call).map(([key, value]) => [`callDetails[${key}]`, value])), 'callDetails[waitsec]': '3', 'callDetails[billsec]': '65', 'callDetails[disposition]': 'ANSWER' })
  await card.getByText('Call ended').waitFor()
  await card.getByLabel('What was it about?').fill('Two more doors')
  await card.getByRole('button', { name: 'Save the note' }).click()
  await card.waitFor({ state: 'detached' })
})

it('puts the call on the timeline, into the tab of the client and into the log', async () => {
  await page.goto(`/clients/${client}?tab=timeline`)
  await page.getByText('Talked 1:05').waitFor()
  await shot('phone-timeline')
  await page.getByRole('tab', { name: 'Calls', exact: true }).click()
  const tab = page.getByRole('region', { name: 'Calls' })
  await tab.getByText('Two more doors').waitFor()
  await shot('phone-tab')
  await page.getByRole('link', { name: 'Call log' }).click()
  await page.getByRole('heading', { name: 'Call log' }).waitFor()
  await page.getByText('+358 40 1111222').first().waitFor()
  await page.getByRole('button', { name: 'Not called back' }).click()
  await page.getByText('No calls.').waitFor()
  const missed = { 'requestType': 'apiCallCompleted', 'callDetails[generalCallID]': 'w2', 'callDetails[callType]': '0', 'callDetails[externalNumber]': '+358401111222', 'callDetails[internalNumber]': '101', 'callDetails[startTime]': start(), 'callDetails[waitsec]': '20', 'callDetails[billsec]': '0', 'callDetails[disposition]': 'NOANSWER' }
  await told(missed)
  await page.getByRole('link', { name: 'Lumi Oy' }).waitFor()
  await shot('phone-log')
})

it('leads through a calling list', async () => {
  await api('mutation { createSegment(object: "client", input: { name: "Everybody", filter: { name: { isNull: false } } }) { id } }')
  await page.getByRole('link', { name: 'Calling round' }).click()
  await page.getByRole('button', { name: 'New calling list' }).click()
  const dialog = page.getByRole('dialog')
  await dialog.getByLabel('Name').fill('Spring')
  await dialog.getByLabel('Segment').click()
  await page.getByRole('option', { name: 'Everybody' }).click()
  await dialog.getByLabel('What to say').fill('Ask about the doors')
  await shot('phone-list-new')
  await dialog.getByRole('button', { name: 'Make the list' }).click()
  await page.getByRole('button', { name: 'Next client' }).click()
  const card = page.getByRole('region', { name: 'Lumi Oy' })
  await card.getByText('Ask about the doors').waitFor()
  await shot('phone-list')
  await card.getByRole('button', { name: 'Reached' }).click()
  await page.getByText('There is nobody to call now.').waitFor()
  await page.getByText('1 of 1 done').waitFor()
})

it('fits a phone in the dark, and speaks the language of the company', async () => {
  const small = await app.visit({ width: 390, colorScheme: 'dark', locale: 'ru', as: visit.context })
  await small.page.goto('/')
  await small.page.waitForTimeout(500)
  await told({ requestType: 'receivedTheCall', generalCallID: 'w3', callType: '0', externalNumber: '+358409999999', internalNumber: '101', startTime: start() })
  const card = small.page.getByRole('region', { name: /Call|Звонок/ })
  await card.waitFor()
  const box = (await card.boundingBox())!
  expect(box.x).toBeGreaterThanOrEqual(0)
  expect(box.x + box.width).toBeLessThanOrEqual(390)
  await shot('phone-dock-dark', small.page)
  await small.page.goto('/x/telephony')
  await small.page.getByText('+358 40 1111222').first().waitFor()
  expect(await small.page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(390)
  await shot('phone-log-dark', small.page)
  await small.page.goto(`/clients/${client}?tab=telephony-calls`)
  await small.page.waitForTimeout(800)
  await shot('phone-card-dark', small.page)
  expect(app.misdeeds).toEqual([])
})
