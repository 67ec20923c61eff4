import { join } from 'node:path'
import type { Page } from 'playwright-core'
import { beforeAll, expect, it } from 'vitest'
import { apiOf, runningApp, setUp, withWebPart, type RunningApp, type Visit } from './running-app.ts'

const app: RunningApp = await runningApp({ plugins: [withWebPart(join(import.meta.dirname, '../../examples/loyalty-points'))] })
let visit: Visit
let page: Page
let client: string
const api = apiOf(() => page)
const shot = async (name: string, of = page) => { if (process.env.SHOTS) await of.screenshot({ path: `${process.env.SHOTS}/${name}.png` }) }

beforeAll(async () => {
  visit = await setUp(app)
  page = visit.page
  client = (await api<{ createClient: { id: string } }>('mutation { createClient(input: { name: "Lumi Oy" }) { id } }')).createClient.id
})

async function win(price: string): Promise<void> {
  const { pipelines: [pipeline] } = await api<{ pipelines: { stages: { id: string, kind: string }[] }[] }>('{ pipelines(object: "order") { stages { id kind } } }')
  const { company } = await api<{ company: { baseCurrency: string } }>('{ company { baseCurrency } }')
  const { createOrder } = await api<{ createOrder: { id: string } }>('mutation ($input: OrderCreateInput!) { createOrder(input: $input) { id } }', { input: { subject: 'Boat', client, lines: [{ text: 'Boat', price: { amount: price, currency: company.baseCurrency } }] } })
  await api('mutation ($id: ID!, $stage: ID!) { updateOrder(id: $id, input: { stage: $stage }) { id } }', { id: createOrder.id, stage: pipeline!.stages.find(({ kind }) => kind === 'WON')!.id })
}

it('the tab on the card follows the points that an order gives, and the button spends them', async () => {
  await page.goto(`/clients/${client}?tab=x:loyalty-points/points`)
  const tab = page.getByRole('region', { name: 'Loyalty points' })
  await tab.getByText('No points yet').waitFor()
  expect(await page.getByRole('tab', { name: 'Points entries' }).count()).toBe(0)
  await win('2500')
  // The plugin gives them in the background; the tab hears of it.
  const balance = tab.locator('.balance')
  await expect.poll(() => balance.innerText()).toMatch(/^[1-9]\d* points left$/)
  const before = Number.parseInt(await balance.innerText(), 10)
  await tab.getByRole('link', { name: /^Order / }).waitFor()

  await page.getByRole('button', { name: 'Spend points' }).click()
  const dialog = page.getByRole('dialog')
  await dialog.getByText(`${before} points left`).waitFor()
  await dialog.getByLabel('Points').fill(String(before + 1))
  await dialog.getByLabel('What for').fill('Discount')
  await dialog.getByRole('button', { name: 'Spend points' }).click()
  await dialog.getByText(`only ${before} points`).waitFor()
  await dialog.getByLabel('Points').fill('2')
  await dialog.getByRole('button', { name: 'Spend points' }).click()
  await page.getByText('2 points spent', { exact: true }).waitFor()
  await expect.poll(() => balance.innerText()).toBe(`${before - 2} points left`)
  await tab.getByText('Discount').waitFor()
  await shot('loyalty')
})

it('shows what came before the server could be heard', async () => {
  const { page: slow } = await app.visit({ as: visit.context })
  let connect = () => {}
  const connected = new Promise<void>((resolve) => { connect = resolve })
  await slow.routeWebSocket(/graphql/, async (socket) => {
    await connected
    socket.connectToServer()
  })
  await slow.goto(`/clients/${client}?tab=x:loyalty-points/points`)
  const entries = slow.getByRole('region', { name: 'Loyalty points' }).getByRole('listitem')
  await entries.first().waitFor()
  const before = await entries.count()
  await win('1000')
  await expect.poll(async () => (await api<{ client: { loyaltyEntries: { nodes: object[] } } }>(`{ client(id: "${client}") { loyaltyEntries { nodes { id } } } }`)).client.loyaltyEntries.nodes.length).toBe(before + 1)
  connect()
  await expect.poll(() => entries.count()).toBe(before + 1)
  await slow.context().close()
})

it('stands well on a dark telephone', async () => {
  const { page: phone } = await app.visit({ width: 390, colorScheme: 'dark', as: visit.context })
  await phone.goto(`/clients/${client}?tab=x:loyalty-points/points`)
  await phone.getByText('Discount').waitFor()
  expect(await phone.evaluate(() => document.documentElement.scrollWidth)).toBe(390)
  await shot('loyalty-390-dark', phone)
})

it('nothing went to other hosts, and the policy was kept', () => {
  expect(app.misdeeds).toEqual([])
})
