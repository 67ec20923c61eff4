import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Page } from 'playwright-core'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { apiOf, runningApp, setUp, withWebPart, type RunningApp, type Visit } from './running-app.ts'

const here = import.meta.dirname
const folder = mkdtempSync(join(tmpdir(), 'kartotek-books-'))
const app: RunningApp = await runningApp({ plugins: [withWebPart(join(here, '../../examples/loyalty-points')), join(here, '../../core/e2e/fixtures/file-exchange.ts')] })
afterAll(() => rmSync(folder, { recursive: true }))
let visit: Visit
let page: Page
let client: string, order: string
const api = apiOf(() => page)
async function shot(name: string, of = page) {
  if (!process.env.SHOTS) return
  mkdirSync(process.env.SHOTS, { recursive: true })
  await of.screenshot({ path: `${process.env.SHOTS}/${name}.png` })
}

beforeAll(async () => {
  visit = await setUp(app)
  page = visit.page
  const { company } = await api<{ company: { baseCurrency: string } }>('{ company { baseCurrency } }')
  client = (await api<{ createClient: { id: string } }>('mutation { createClient(input: { name: "Lumi Oy" }) { id } }')).createClient.id
  order = (await api<{ createOrder: { id: string } }>('mutation ($input: OrderCreateInput!) { createOrder(input: $input) { id } }', { input: { subject: 'Boat', client, lines: [{ text: 'Boat', price: { amount: '900', currency: company.baseCurrency } }] } })).createOrder.id
  await api('mutation ($values: JSON!) { updatePluginSettings(plugin: "file-exchange", values: $values) { values } }', { values: { folder } })
})

it('a document is made on the card, in the language that is chosen, and lies among the files', async () => {
  await page.goto(`/clients/${client}?tab=files`)
  await page.getByText('No files yet').waitFor()
  await page.getByRole('button', { name: 'Make a document' }).click()
  const dialog = page.getByRole('dialog')
  await dialog.getByRole('radio', { name: 'Statement of points' }).waitFor()
  await shot('papers-choose')
  await dialog.getByRole('button', { name: 'Make', exact: true }).click()
  const made = dialog.getByRole('status')
  const link = made.getByRole('link', { name: 'Points, Lumi Oy.txt', exact: true })
  await link.waitFor()
  await shot('papers-made')
  const answer = await page.request.get((await link.getAttribute('href'))!)
  expect(await answer.text()).toContain('Loyalty points: Lumi Oy')

  await dialog.getByRole('button', { name: 'Make again' }).click()
  await made.getByText('Version 2').waitFor()
  await dialog.getByRole('combobox', { name: 'Language' }).click()
  await page.getByRole('option', { name: 'Suomi' }).click()
  await dialog.getByRole('button', { name: 'Make', exact: true }).click()
  await made.getByRole('link', { name: 'Pisteet, Lumi Oy.txt', exact: true }).waitFor()
  await dialog.getByRole('button', { name: 'Close' }).last().click()
  await page.getByRole('listitem').filter({ hasText: 'Points, Lumi Oy.txt' }).getByText('2 versions').waitFor()
  await page.getByRole('listitem').filter({ hasText: 'Pisteet, Lumi Oy.txt' }).waitFor()
  await shot('papers-files')
})

it('what a plugin refuses is told in the dialog', async () => {
  await page.route('**/graphql', async (route) => {
    if (!route.request().postData()?.includes('MakeDocument')) return route.fallback()
    await route.fulfill({ json: { data: null, errors: [{ message: 'Loyalty points: The client has no points.', extensions: { code: 'CONFLICT', plugin: 'loyalty-points' } }] } })
  })
  await page.getByRole('button', { name: 'Make a document' }).click()
  await page.getByRole('dialog').getByRole('button', { name: 'Make', exact: true }).click()
  await page.getByRole('dialog').getByRole('alert').getByText('Loyalty points: The client has no points.').waitFor()
  await page.unroute('**/graphql')
  await page.keyboard.press('Escape')
})

it('offers documents only where there are some', async () => {
  await page.goto(`/orders/${order}`)
  await page.getByRole('region', { name: 'Bookkeeping' }).waitFor()
  expect(await page.getByRole('button', { name: 'Make a document' }).count()).toBe(0)
})

it('an order is sent to the bookkeeping from its card, and its conflict stands there', async () => {
  const panel = page.getByRole('region', { name: 'Bookkeeping' })
  await panel.getByText('Not sent yet').waitFor()
  writeFileSync(join(folder, 'answers.json'), JSON.stringify([{ order, number: '000017', total: '950.00' }, { order: client, number: '000018' }]))
  await panel.getByRole('button', { name: 'Send', exact: true }).click()
  await page.getByText('Files for the bookkeeping: sent for exchange', { exact: true }).waitFor()
  await expect.poll(async () => {
    await page.goto(`/orders/${order}`)
    await panel.getByRole('listitem').waitFor()
    return panel.innerText()
  }, { timeout: 60_000 }).toMatch(/No\. 000017[\s\S]*Conflict[\s\S]*950\.00/)
  await panel.getByRole('button', { name: 'Send again' }).waitFor()
  await panel.scrollIntoViewIfNeeded()
  await shot('bookkeeping-card')
})

it('the settings have the log of each exchange, line by line', async () => {
  await page.goto('/settings/bookkeeping')
  const exchange = page.getByRole('region', { name: 'Files for the bookkeeping' })
  const run = exchange.getByRole('button').filter({ hasText: 'Refused: 1' })
  await run.waitFor()
  await shot('bookkeeping-settings')
  await run.click()
  const log = page.getByRole('dialog')
  await log.getByText('There is no such order.').waitFor()
  await log.getByText('The sums differ').waitFor()
  await shot('bookkeeping-lines')
  await log.getByRole('combobox', { name: 'What to show' }).click()
  await page.getByRole('option', { name: 'Refused' }).click()
  await expect.poll(() => log.getByText('The sums differ').count()).toBe(0)
  await log.getByText('There is no such order.').waitFor()
})

it.each(['light', 'dark'] as const)('stands well on a telephone, %s', async (colorScheme) => {
  const { page: phone, context } = await app.visit({ width: 390, colorScheme, as: visit.context })
  const width = () => phone.evaluate(() => document.documentElement.scrollWidth)
  await phone.goto(`/clients/${client}`)
  await phone.getByRole('button', { name: 'Make a document' }).click()
  await phone.getByRole('radio', { name: 'Statement of points' }).waitFor()
  await phone.getByRole('button', { name: 'Make', exact: true }).click()
  await phone.getByRole('status').waitFor()
  expect(await width()).toBe(390)
  await shot(`papers-390-${colorScheme}`, phone)
  await phone.goto(`/orders/${order}`)
  await phone.getByRole('region', { name: 'Bookkeeping' }).scrollIntoViewIfNeeded()
  expect(await width()).toBe(390)
  await shot(`bookkeeping-390-${colorScheme}`, phone)
  await phone.goto('/settings/bookkeeping')
  await phone.getByRole('button').filter({ hasText: 'Refused: 1' }).waitFor()
  expect(await width()).toBe(390)
  await shot(`bookkeeping-settings-390-${colorScheme}`, phone)
  await context.close()
})

it('looks well in the dark', async () => {
  const { page: dark, context } = await app.visit({ colorScheme: 'dark', as: visit.context })
  await dark.goto(`/orders/${order}`)
  await dark.getByRole('region', { name: 'Bookkeeping' }).scrollIntoViewIfNeeded()
  await shot('bookkeeping-card-dark', dark)
  await dark.goto(`/clients/${client}`)
  await dark.getByRole('button', { name: 'Make a document' }).click()
  await dark.getByRole('radio', { name: 'Statement of points' }).waitFor()
  await shot('papers-dark', dark)
  await context.close()
})

it('nothing went to other hosts, and the policy was kept', () => {
  expect(app.misdeeds).toEqual([])
})
