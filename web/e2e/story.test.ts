import { beforeAll, describe, expect, it } from 'vitest'
import type { Page } from 'playwright-core'
import { ADMIN, runningApp, setUpByPage, type RunningApp } from './running-app.ts'

const app: RunningApp = await runningApp()
let page: Page

/** Saves what is being edited and waits until it is said to be saved. */
async function saved(action: () => Promise<unknown>): Promise<void> {
  await action()
  await page.locator('[data-slot="title"]').getByText(/^(Saved|Created)$/).last().waitFor()
}

describe('the first day with Kartotek', () => {
  beforeAll(async () => { page = (await setUpByPage(app)).page })

  it('signs in with the account that the set-up made', async () => {
    const { page: other, context } = await app.visit()
    await other.goto('/clients')
    await other.waitForURL('**/sign-in**')
    await other.getByLabel('E-mail').fill(ADMIN.email)
    await other.getByLabel('Password', { exact: true }).fill('not this one')
    await other.getByRole('button', { name: 'Sign in' }).click()
    await other.getByRole('alert').waitFor()
    await other.getByLabel('Password', { exact: true }).fill(ADMIN.password)
    await other.getByRole('button', { name: 'Sign in' }).click()
    await other.waitForURL('**/clients')
    await context.close()
  })

  it('creates a client, says what is missing, and keeps what was typed', async () => {
    await page.getByRole('link', { name: 'Create' }).first().click()
    await page.getByRole('button', { name: 'Save' }).click()
    await page.locator('[data-slot="error"]').first().waitFor()
    await page.getByLabel('Name', { exact: true }).fill('Järvinen Oy')
    await saved(() => page.getByRole('button', { name: 'Save' }).click())
    await page.waitForURL(/\/clients\/[0-9a-f-]{36}$/)
    await page.getByRole('heading', { level: 1, name: 'Järvinen Oy' }).waitFor()
  })

  it('edits a field where it stands and undoes it', async () => {
    await page.getByRole('button', { name: 'Edit “Industry”' }).click()
    await page.getByLabel('Industry').fill('Retail')
    await saved(() => page.keyboard.press('Enter'))
    await page.locator('dd').getByText('Retail').waitFor()
    await page.getByRole('button', { name: 'Undo' }).last().click()
    await page.locator('dd').getByText('Retail').waitFor({ state: 'detached' })
  })

  it('makes the field «tier» in the settings, with options', async () => {
    await page.goto('/settings/objects/client')
    await page.getByRole('button', { name: 'New field' }).click()
    await page.locator('[data-type="select"]').click()
    await page.getByLabel('Name, English').fill('Tier')
    await page.getByLabel('Option 1', { exact: true }).fill('Gold')
    await page.getByRole('button', { name: 'Add an option' }).click()
    await page.getByLabel('Option 2', { exact: true }).fill('Silver')
    await page.getByRole('button', { name: 'Create' }).last().click()
    await page.getByText('custom.tier').waitFor()
  })

  it('uses the new field on the card and in the filter of the list', async () => {
    await page.goto('/clients')
    await page.getByRole('link', { name: 'Järvinen Oy' }).click()
    await page.getByRole('button', { name: 'Edit “Tier”' }).click()
    await page.getByLabel('Tier').click()
    await page.getByRole('option', { name: 'Gold' }).click()
    await saved(() => page.getByRole('button', { name: 'Save' }).first().click())

    await page.goto('/clients')
    await page.getByRole('button', { name: 'Filter' }).click()
    await page.getByLabel('Field: Name').click()
    await page.getByRole('option', { name: 'Tier' }).click()
    await page.getByLabel('Value of “Tier”').click()
    await page.getByRole('option', { name: 'Silver' }).click()
    await page.keyboard.press('Escape')
    await page.getByRole('button', { name: 'Apply' }).click()
    await page.getByText('Nothing matches').waitFor()
    await page.getByRole('button', { name: 'Show all' }).click()
    await page.getByRole('link', { name: 'Järvinen Oy' }).waitFor()
    expect(new URL(page.url()).search).toBe('')
  })

  it('says what a list is narrowed by, opens the filter from there and takes conditions away one by one', async () => {
    await page.goto(`/clients?filter=${encodeURIComponent(JSON.stringify({ and: [['custom.tier', 'in', ['silver', 'gold']], ['name', 'contains', 'nobody']] }))}`)
    const chips = page.getByRole('group', { name: 'Conditions of the filter' })
    await chips.getByText('Tier: Silver, Gold').waitFor()
    await page.getByText('Nothing matches').waitFor()
    await chips.getByText('Name: contains “nobody”').click()
    await page.getByLabel('Value of “Name”').waitFor()
    await page.keyboard.press('Escape')
    await chips.getByRole('button', { name: 'Remove Name: contains “nobody”' }).click()
    await page.getByRole('link', { name: 'Järvinen Oy' }).waitFor()
    await chips.getByRole('button', { name: 'Remove Tier: Silver, Gold' }).click()
    await chips.waitFor({ state: 'detached' })
    expect(new URL(page.url()).search).toBe('')
  })

  it('closes a gate in the pipeline settings', async () => {
    await page.goto('/settings/pipelines')
    await page.getByRole('main').getByRole('link').filter({ hasText: 'New' }).first().click()
    const offer = page.locator('[data-stage="offer"]')
    await offer.getByRole('button', { expanded: false }).last().click()
    await offer.getByLabel('Required fields').click()
    await page.getByRole('option', { name: 'Due date' }).click()
    await page.keyboard.press('Escape')
    await offer.getByRole('button', { name: 'Condition' }).click()
    await offer.getByLabel('Value of “Number”').fill('1')
    await offer.getByLabel('What to tell people when it does not hold, English').fill('Only for numbers with a one in them.')
    await saved(() => page.getByRole('button', { name: 'Save' }).click())
  })

  it('puts a stage elsewhere by its handle, and back by its button', async () => {
    const stages = page.locator('ol > li[data-stage]')
    const order = () => stages.evaluateAll(items => items.map(item => item.getAttribute('data-stage')))
    const before = await order()
    const [first, second] = before as [string, string]
    await page.locator(`[data-stage="${first}"] [data-grip]`).dragTo(page.locator(`[data-stage="${second}"]`), { targetPosition: { x: 200, y: 40 } })
    await expect.poll(order).toEqual([second, first, ...before.slice(2)])
    await page.locator(`[data-stage="${first}"]`).getByRole('button', { name: /^Move “.*” up$/ }).click()
    await expect.poll(order).toEqual(before)
  })

  it('drags an order to a closed gate, fills in what is missing, and takes it back', async () => {
    await page.goto('/orders/new')
    await page.getByLabel('Subject').fill('Twelve desks')
    await saved(() => page.getByRole('button', { name: 'Save' }).click())
    await page.goto('/orders/board')
    const card = page.locator('[data-record]').filter({ hasText: 'Twelve desks' })
    const offer = page.locator('[data-stage="offer"]')
    await card.dragTo(offer)
    const dialog = page.getByRole('dialog')
    await dialog.getByText('Before “').waitFor()
    await dialog.getByText('Besides: Only for numbers with a one in them.').waitFor()
    await dialog.getByLabel('Due date').fill('2027-03-01')
    await dialog.getByRole('button', { name: 'Move' }).click()
    await offer.locator('[data-record]').filter({ hasText: 'Twelve desks' }).waitFor()
    await page.getByRole('button', { name: 'Undo' }).last().click()
    await page.locator('[data-stage="new"] [data-record]').filter({ hasText: 'Twelve desks' }).waitFor()
  })

  it('keeps the filter from the board to the list, where the switch shows what is chosen', async () => {
    const view = page.getByRole('navigation', { name: 'View' })
    await page.goto(`/orders/board?filter=${encodeURIComponent(JSON.stringify({ and: [['subject', 'contains', 'desks']] }))}`)
    await page.getByText('Subject: contains “desks”').waitFor()
    expect(await view.locator('[aria-current="page"]').textContent()).toContain('Board')
    await view.getByRole('link', { name: 'List' }).click()
    await page.getByText('Subject: contains “desks”').waitFor()
    await page.getByRole('cell', { name: 'Twelve desks' }).waitFor()
    expect(await view.locator('[aria-current="page"]').textContent()).toContain('List')
    await page.goto('/orders/board')
  })

  it('asks for the reason of a loss, by the menu of the card', async () => {
    const card = page.locator('[data-record]').filter({ hasText: 'Twelve desks' })
    await card.getByRole('button', { name: /^Move / }).click()
    await page.getByRole('menuitem', { name: 'Lost' }).click()
    const dialog = page.getByRole('dialog')
    await dialog.getByLabel('Loss reason').click()
    await page.getByRole('option').first().click()
    await dialog.getByRole('button', { name: 'Move' }).click()
    await page.locator('[data-stage="lost"] [data-record]').filter({ hasText: 'Twelve desks' }).waitFor()
  })

  it('shows a colleague’s change on the board without a reload', async () => {
    const { page: other } = await app.visit({ as: page.context() })
    await other.goto('/orders/board')
    await other.locator('[data-stage="lost"] [data-record]').first().waitFor()
    const card = page.locator('[data-record]').filter({ hasText: 'Twelve desks' })
    await card.getByRole('button', { name: /^Move / }).click()
    await page.getByRole('menuitem', { name: 'New' }).click()
    await other.locator('[data-stage="new"] [data-record]').filter({ hasText: 'Twelve desks' }).waitFor()
    await other.context().close()
  })

  it('shows both versions when two people change the same field', async () => {
    await page.goto('/clients')
    await page.getByRole('link', { name: 'Järvinen Oy' }).click()
    await page.getByRole('button', { name: 'Edit “Source”' }).click()
    const { page: other } = await app.visit({ as: page.context() })
    await other.goto(page.url())
    await other.getByRole('button', { name: 'Edit “Source”' }).click()
    await other.getByLabel('Source').fill('Trade fair')
    await other.keyboard.press('Enter')
    await other.getByText('Saved').first().waitFor()
    await other.context().close()
    await page.getByLabel('Source').fill('Recommendation')
    await page.keyboard.press('Enter')
    const dialog = page.getByRole('dialog')
    await dialog.getByText('Trade fair').waitFor()
    await dialog.getByText('Recommendation').waitFor()
    await dialog.getByRole('button', { name: 'Save mine' }).click()
    await page.locator('dd').getByText('Recommendation').waitFor()
  })

  it('reverts a change from the history of the card', async () => {
    await page.getByRole('tab', { name: 'History' }).click()
    const latest = page.locator('main ol > li').first()
    await latest.getByText('Recommendation').waitFor()
    await latest.getByRole('button', { name: 'Take back' }).click()
    await latest.getByRole('button', { name: 'Take back' }).click()
    await page.getByRole('tab', { name: 'Details' }).click()
    await page.locator('dd').getByText('Trade fair').waitFor()
  })

  it('archives a client from the list and brings it back by undo', async () => {
    await page.goto('/clients')
    await page.getByRole('row', { name: /Järvinen Oy/ }).locator('td').first().click()
    await page.getByRole('toolbar').getByRole('button', { name: 'Archive' }).click()
    await page.getByText('Clients: nothing here yet').waitFor()
    await page.getByRole('button', { name: 'Undo' }).last().click()
    await page.getByRole('link', { name: 'Järvinen Oy' }).waitFor()
  })

  it('asked no other host for anything and left no error on the console', () => {
    expect(app.misdeeds).toEqual([])
  })
})
