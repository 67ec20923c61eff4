import type { Page, WebSocketRoute } from 'playwright-core'
import { beforeAll, describe, expect, it } from 'vitest'
import { apiOf, runningApp, setUp, type RunningApp, type Visit } from './running-app.ts'

const app: RunningApp = await runningApp()
let visit: Visit
let page: Page

const api = apiOf(() => page)
const client = async (name: string, more: object = {}) => (await api<{ createClient: { id: string } }>('mutation ($input: ClientCreateInput!) { createClient(input: $input) { id } }', { input: { name, ...more } })).createClient.id

let lumi: string
beforeAll(async () => {
  visit = await setUp(app)
  page = visit.page
  lumi = await client('Lumi Oy')
  for (const name of ['Tuuli Oy', 'Routa Oy', 'Halla Oy']) await client(name)
  const currency = (await api<{ company: { baseCurrency: string } }>('{ company { baseCurrency } }')).company.baseCurrency
  for (const [total, subject] of [['900', 'Windows'], ['300', 'Doors']]) {
    await api('mutation ($input: OrderCreateInput!) { createOrder(input: $input) { id } }', { input: { client: lumi, subject, orderedOn: '2026-11-01', currency, lines: [{ text: subject, quantity: '1', price: { amount: total, currency } }] } })
  }
})

describe('notifications', () => {
  it('appear at the bell by themselves, open what they are about, and are read then', async () => {
    const bell = page.getByRole('button', { name: 'Notifications: 0 unread' })
    await bell.waitFor()
    await api('mutation ($due: DateTime!) { createTask(input: { title: "Ring Lumi", due: $due, reminders: [{ minutesBefore: 60 }] }) { id } }', { due: new Date(Date.now() + 120_000).toISOString() })
    await page.getByRole('button', { name: 'Notifications: 1 unread' }).waitFor({ timeout: 90_000 })
    await page.getByRole('button', { name: 'Notifications: 1 unread' }).click()
    const list = page.getByRole('region', { name: 'Notifications', exact: true })
    await list.getByText('Task reminder').waitFor()
    await list.getByRole('link', { name: /Ring Lumi/ }).click()
    await page.waitForURL('**/tasks/*')
    await page.getByRole('button', { name: 'Notifications: 0 unread' }).waitFor()
  })

  it('are chosen by kind and way', async () => {
    await page.goto('/account#notifications')
    const panel = page.getByRole('region', { name: 'Notifications', exact: true })
    await panel.getByRole('checkbox', { name: 'Task is due: In the app' }).click()
    await panel.getByRole('switch', { name: /Quiet hours/ }).click()
    await panel.getByRole('button', { name: 'Save' }).click()
    await page.getByText('Saved').first().waitFor()
    const { myNotificationSettings: kept } = await api<{ myNotificationSettings: { quietFrom: string, kinds: { key: string, channels: string[] }[] } }>('{ myNotificationSettings { quietFrom kinds { key channels } } }')
    expect(kept.quietFrom).toBe('20:00')
    expect(kept.kinds.find(({ key }) => key === 'taskDue')?.channels).toEqual([])
  })
})

describe('segments', () => {
  it('ask for what clients bought, count at once, and are shown as a list', async () => {
    await page.goto('/segments/new?object=client')
    await page.getByRole('textbox', { name: 'Name' }).fill('Large buyers')
    await page.getByRole('button', { name: 'More', exact: true }).click()
    await page.getByRole('menuitem', { name: 'Orders' }).click()
    await page.getByRole('combobox', { name: 'Comparison' }).click()
    await page.getByRole('option', { name: 'Orders: total' }).click()
    await page.getByRole('combobox', { name: 'Field' }).click()
    await page.getByRole('option', { name: 'Total', exact: true }).click()
    await page.getByRole('textbox', { name: 'Number' }).fill('1000')
    await page.getByText('clients now').waitFor()
    await page.getByRole('link', { name: 'Lumi Oy' }).waitFor()
    await page.getByRole('button', { name: 'Save' }).click()
    await page.waitForURL(/segments\/[0-9a-f-]{36}/)
    await page.getByRole('link', { name: 'Show as a list' }).click()
    await page.waitForURL('**/clients?filter=*')
    await page.getByText('In any of the segments: Large buyers').waitFor()
    await page.getByRole('link', { name: 'Lumi Oy' }).waitFor()
    expect(await page.getByRole('link', { name: 'Tuuli Oy' }).count()).toBe(0)
  })
})

describe('views', () => {
  it('keep filter, order and columns under a name that the address carries', async () => {
    await page.getByRole('button', { name: 'Views' }).click()
    await page.getByRole('menuitem', { name: 'Save as a new view' }).click()
    await page.getByRole('textbox', { name: 'Name' }).fill('My large ones')
    await page.getByRole('button', { name: 'Save' }).click()
    await page.waitForURL(/view=[0-9a-f-]{36}/)
    const id = new URL(page.url()).searchParams.get('view')
    await page.goto(`/clients?view=${id}`)
    await page.waitForURL(/filter=/)
    await page.getByRole('link', { name: 'Lumi Oy' }).waitFor()
    expect(await page.getByRole('link', { name: 'Tuuli Oy' }).count()).toBe(0)
  })

  it('are what a list begins with, can be left, and come back when they were deleted', async () => {
    const menu = page.getByRole('button', { name: 'My large ones' })
    await menu.click()
    await page.getByRole('menuitem', { name: 'Begin with this view' }).click()
    await page.goto('/clients')
    await page.waitForURL(/view=/)
    await menu.click()
    await page.getByRole('menuitemcheckbox', { name: 'As it comes' }).click()
    await page.getByRole('link', { name: 'Tuuli Oy' }).waitFor()
    await page.getByRole('button', { name: 'Views' }).click()
    await page.getByRole('menuitemcheckbox', { name: 'My large ones' }).click()
    await menu.click()
    await page.getByRole('menuitem', { name: 'Delete the view' }).click()
    await page.getByRole('button', { name: 'Undo' }).first().click()
    await menu.waitFor()
  })

  it('that cannot be applied say so, and list nothing in their place', async () => {
    await api('mutation { createField(object: "client", input: { name: "tier", type: text, labels: { en: "Tier" } }) { __typename } }')
    const { createSavedView: { id } } = await api<{ createSavedView: { id: string } }>('mutation { createSavedView(object: "client", input: { name: "By tier", filter: { custom: { tier: { eq: "gold" } } } }) { id } }')
    await api('mutation { hideField(object: "client", field: "custom.tier") { __typename } }')
    await page.goto(`/clients?view=${id}`)
    await page.getByText('This view cannot be applied').waitFor()
    expect(await page.getByRole('link', { name: 'Tuuli Oy' }).count()).toBe(0)
    await page.getByRole('button', { name: 'Show the list without a view' }).click()
    await page.getByRole('link', { name: 'Tuuli Oy' }).waitFor()
  })
})

describe('many records', () => {
  it('are changed together, by mark or as a whole list, and changed back', async () => {
    await page.goto('/clients?group=lifecycle')
    await page.getByRole('checkbox', { name: 'Select all shown' }).click()
    await page.getByRole('button', { name: 'Change', exact: true }).click()
    const dialog = page.getByRole('dialog')
    await dialog.getByLabel('What to change').click()
    await page.getByRole('option', { name: 'Territory' }).click()
    await dialog.getByText('Each record is changed').click()
    await dialog.getByText('Will be emptied in all of them: Territory number').waitFor()
    // The list of fields gives the focus back when it is gone, maybe amidst the typing.
    await page.getByRole('option').first().waitFor({ state: 'hidden' })
    const territory = dialog.getByLabel('Territory number')
    await expect.poll(async () => { await territory.fill('North'); return territory.inputValue() }).toBe('North')
    await dialog.getByRole('button', { name: 'Change 4 records' }).click()
    await page.getByText('Changed: 4 records').first().waitFor()
    const count = async () => (await api<{ filterCount: { value: number } }>('{ filterCount(object: "client", filter: { territory: { eq: "North" } }) { value } }')).filterCount.value
    expect(await count()).toBe(4)
    await page.getByRole('button', { name: 'Undo' }).first().click()
    await page.getByText('Undone').first().waitFor()
    expect(await count()).toBe(0)
  })

  it('and the rest is usable on a phone, in the dark', async () => {
    const { page: phone } = await app.visit({ width: 390, colorScheme: 'dark', as: visit.context })
    await phone.goto('/clients')
    await phone.getByRole('link', { name: 'Lumi Oy' }).waitFor()
    await phone.getByRole('button', { name: /^Notifications/ }).click()
    await phone.getByRole('region', { name: 'Notifications', exact: true }).waitFor()
    await phone.keyboard.press('Escape')
    await phone.goto('/segments')
    await phone.getByRole('link', { name: 'Large buyers' }).click()
    await phone.getByText('clients now').waitFor()
    expect(app.misdeeds).toEqual([])
  })
})

it('what changed while the server could not be heard is shown when it is heard again', async () => {
  let cut = false
  const sockets: WebSocketRoute[] = []
  const { page: other } = await app.visit({ as: visit.context })
  await other.routeWebSocket(/\/graphql$/, async (socket) => {
    if (cut) return socket.close({ code: 4000 })
    socket.connectToServer()
    sockets.push(socket)
  })
  await other.goto('/clients')
  await other.getByRole('link', { name: 'Lumi Oy' }).waitFor()
  await expect.poll(() => sockets.length).toBeGreaterThan(0)
  // What is asked by itself, for the first connection too, has been answered: nothing is asked for a while.
  let asked = performance.now()
  other.on('request', () => { asked = performance.now() })
  await expect.poll(() => performance.now() - asked).toBeGreaterThan(3_000)
  cut = true
  for (const socket of sockets) await socket.close({ code: 4000 })
  await api('mutation ($id: ID!) { updateClient(id: $id, input: { name: "Sade Oy" }) { id } }', { id: lumi })
  await new Promise(resolve => setTimeout(resolve, 1_000))
  expect(await other.getByRole('link', { name: 'Sade Oy' }).count()).toBe(0)
  cut = false
  await other.getByRole('link', { name: 'Sade Oy' }).waitFor()
})
