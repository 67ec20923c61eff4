import type { Page } from 'playwright-core'
import { beforeAll, expect, it } from 'vitest'
import { apiOf, runningApp, setUp, type RunningApp } from './running-app.ts'

const app: RunningApp = await runningApp()
let page: Page
let client: string
const api = apiOf(() => page)
const question = (of = page) => of.getByRole('dialog', { name: 'Leave without saving?' })
const menu = (name: string) => page.getByRole('navigation').getByRole('link', { name, exact: true })
const shot = async (name: string, of = page) => { if (process.env.SHOTS) await of.screenshot({ path: `${process.env.SHOTS}/${name}.png` }) }
/** Goes elsewhere with something typed: stays first, then leaves. */
async function staysThenLeaves(leave: () => Promise<void>, still: () => Promise<void>) {
  const here = page.url()
  await leave()
  await question().getByRole('button', { name: 'Stay here' }).click()
  await question().waitFor({ state: 'detached' })
  expect(page.url()).toBe(here)
  await still()
  await leave()
  await question().getByRole('button', { name: 'Leave without saving' }).click()
  await page.waitForURL(url => url.href !== here)
}

beforeAll(async () => {
  ({ page } = await setUp(app))
  client = (await api<{ createClient: { id: string } }>('mutation { createClient(input: { name: "Lumi Oy" }) { id } }')).createClient.id
})

it('asks before a field that is being changed is left, also for another tab of the card', async () => {
  await page.goto('/clients')
  await page.getByRole('link', { name: 'Lumi Oy' }).click()
  await page.getByRole('button', { name: 'Edit “Territory number”' }).click()
  await menu('Orders').click()
  await page.waitForURL('**/orders')
  await page.goBack()
  await page.getByRole('button', { name: 'Edit “Territory number”' }).click()
  const field = page.getByLabel('Territory number', { exact: true })
  await field.fill('FI-7')
  await staysThenLeaves(() => page.goBack().then(() => undefined), async () => { expect(await field.inputValue()).toBe('FI-7') })
  await page.goto(`/clients/${client}`)
  await page.getByRole('button', { name: 'Edit “Territory number”' }).click()
  await field.fill('FI-7')
  await staysThenLeaves(() => page.getByRole('tab', { name: 'Timeline' }).click(), async () => { expect(await field.inputValue()).toBe('FI-7') })
  expect((await api<{ client: { territory: string | null } }>('query ($id: ID!) { client(id: $id) { id territory } }', { id: client })).client.territory).toBeNull()
})

it('asks nothing once it is saved or given up', async () => {
  await page.goto(`/clients/${client}`)
  const field = page.getByLabel('Territory number', { exact: true })
  await page.getByRole('button', { name: 'Edit “Territory number”' }).click()
  await field.fill('FI-7')
  await field.press('Enter')
  await field.waitFor({ state: 'detached' })
  await page.getByRole('button', { name: 'Edit “Territory number”' }).click()
  await field.fill('FI-8')
  await field.press('Escape')
  await menu('Orders').click()
  await page.waitForURL('**/orders')
})

it('asks for a new record that is filled in, and not after it was made', async () => {
  await page.goto('/clients/new')
  const name = page.getByLabel('Name', { exact: true })
  await name.waitFor()
  await menu('Orders').click()
  await page.waitForURL('**/orders')
  await page.goto('/clients/new')
  await name.fill('Halla Oy')
  await staysThenLeaves(() => menu('Orders').click(), async () => { expect(await name.inputValue()).toBe('Halla Oy') })
  await page.goto('/clients/new')
  await name.fill('Halla Oy')
  await page.getByRole('button', { name: 'Save' }).click()
  await page.getByRole('heading', { name: 'Halla Oy' }).waitFor()
})

it('asks for a note, a rule and the settings of the company', async () => {
  await page.goto(`/clients/${client}?tab=timeline`)
  const note = page.getByRole('textbox').first()
  await note.fill('They want twelve doors')
  await staysThenLeaves(() => menu('Orders').click(), async () => { expect(await note.inputValue()).toBe('They want twelve doors') })

  await page.goto('/settings/automation/new')
  const rule = page.getByLabel('Name', { exact: true })
  await rule.waitFor()
  await page.getByRole('link', { name: 'Company', exact: true }).click()
  await page.waitForURL('**/settings/company')
  await page.goto('/settings/automation/new')
  await rule.fill('Call new clients')
  await staysThenLeaves(() => page.getByRole('link', { name: 'Company', exact: true }).click(), async () => { expect(await rule.inputValue()).toBe('Call new clients') })

  const company = page.getByLabel('Company name')
  await company.fill('Another company')
  await staysThenLeaves(() => page.locator('a[href="/settings/roles"]').click(), async () => { expect(await company.inputValue()).toBe('Another company') })
})

it('has the browser ask who closes the tab or loads the page anew', async () => {
  await page.goto(`/clients/${client}?tab=timeline`)
  await page.getByRole('textbox').first().fill('They want twelve doors')
  const asked: string[] = []
  page.on('dialog', (dialog) => {
    asked.push(dialog.type())
    void dialog.accept()
  })
  await page.reload()
  expect(asked).toEqual(['beforeunload'])
})

it('begins a date with today, and takes one that is emptied as empty', async () => {
  await page.goto('/orders/new')
  const day = page.getByLabel('Order date')
  expect(await day.inputValue()).toMatch(/^\d{4}-\d\d-\d\d$/)
  await page.getByLabel('Subject').fill('No day yet')
  await day.fill('')
  await page.getByRole('button', { name: 'Save' }).last().click()
  await page.waitForURL(/orders\/[0-9a-f-]{36}/)
  const { orders } = await api<{ orders: { nodes: { orderedOn: string | null }[] } }>('{ orders(search: "No day yet") { nodes { orderedOn } } }')
  expect(orders.nodes).toEqual([{ orderedOn: null }])
})

it('keeps a dialog open in which something was typed when one clicks beside it', async () => {
  await page.goto('/settings/objects')
  const dialog = page.getByRole('dialog')
  const beside = () => page.mouse.click(700, 5)
  await page.getByRole('button', { name: 'New object' }).click()
  await dialog.waitFor()
  await beside()
  await dialog.waitFor({ state: 'detached' })
  await page.getByRole('button', { name: 'New object' }).click()
  await page.getByLabel('Name of one, English').fill('Vehicle')
  await beside()
  await page.waitForTimeout(400)
  expect(await page.getByLabel('Name of one, English').inputValue()).toBe('Vehicle')
  await page.keyboard.press('Escape')
  await dialog.waitFor({ state: 'detached' })
  // Nothing is lost with words that were looked for.
  await page.getByRole('button', { name: /^Search/ }).first().click()
  await dialog.getByRole('textbox').fill('Vehicle')
  await beside()
  await dialog.waitFor({ state: 'detached' })
})

it('fits a phone in the dark', async () => {
  const phone = await app.visit({ width: 390, colorScheme: 'dark', as: page.context() })
  await phone.page.goto(`/clients/${client}?tab=timeline`)
  await phone.page.getByRole('textbox').first().fill('Нужны двери')
  await phone.page.getByRole('tab').first().click()
  const dialog = phone.page.getByRole('dialog')
  await dialog.getByRole('button').first().waitFor()
  await shot('leave-390-dark', phone.page)
  expect(await phone.page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(390)
  await phone.context.close()
  expect(app.misdeeds).toEqual([])
})
