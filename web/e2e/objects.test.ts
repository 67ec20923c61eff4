import { beforeAll, describe, expect, it } from 'vitest'
import type { Page } from 'playwright-core'
import { runningApp, setUp, type RunningApp, type Visit } from './running-app.ts'

const app: RunningApp = await runningApp()
let admin: Visit
let page: Page
const shot = async (name: string, of = page) => { if (process.env.SHOTS) await of.screenshot({ path: `${process.env.SHOTS}/${name}.png` }) }
const toast = (text: string | RegExp) => page.locator('[data-slot="title"]').getByText(text).last().waitFor()

describe('the settings of objects', () => {
  beforeAll(async () => {
    admin = await setUp(app)
    page = admin.page
    page.setDefaultTimeout(20_000)
  })

  it('mend a typo in the name of an own object', async () => {
    await page.goto('/settings/objects')
    await page.getByRole('button', { name: 'New object' }).click()
    await page.getByLabel('Name of one, English').fill('Vehicel')
    await page.getByLabel('Name of many, English').fill('Vehicles')
    await page.getByRole('button', { name: 'Create' }).last().click()
    await page.waitForURL('**/settings/objects/xVehicel')
    await page.getByRole('button', { name: 'Name, numbers, access' }).click()
    await page.getByLabel('Name of one, English').fill('Vehicle')
    await page.getByLabel('Help text, English').fill('What we drive')
    await shot('object-dialog')
    await page.getByRole('button', { name: 'Save' }).click()
    await page.getByRole('dialog').waitFor({ state: 'detached' })
    await page.goto('/xVehicles')
    await page.getByRole('link', { name: 'Create' }).first().waitFor()
    await page.goto('/settings/changes')
    await page.getByText('Object “Vehicle”').first().waitFor()
  })

  it('say by which reference access comes and how records are numbered', async () => {
    await page.goto('/settings/objects/xVehicel')
    for (const [type, name] of [['reference', 'Keeper'], ['text', 'Plate']] as const) {
      await page.getByRole('button', { name: 'New field' }).click()
      await page.locator(`[data-type="${type}"]`).click()
      await page.getByLabel('Name, English').fill(name)
      if (type === 'reference') {
        await page.getByLabel('Links to').click()
        await page.getByRole('option', { name: 'Client', exact: true }).click()
      }
      await page.getByRole('button', { name: 'Create' }).last().click()
      await page.getByText(`custom.${name.toLowerCase()}`).waitFor()
    }
    await page.getByRole('button', { name: 'Name, numbers, access' }).click()
    await page.getByLabel('Who sees the record in “Keeper”').check()
    await page.getByLabel('In the field').click()
    await page.getByRole('option', { name: 'Plate' }).click()
    await page.getByLabel('Begins with').fill('V-')
    await shot('object-rules')
    const { page: phone, context } = await app.visit({ width: 390, colorScheme: 'dark', as: admin.context })
    await phone.goto('/settings/objects/xVehicel')
    await phone.getByRole('button', { name: 'Name, numbers, access' }).click()
    await phone.getByLabel('In the field').waitFor()
    await phone.getByLabel('In the field').scrollIntoViewIfNeeded()
    await shot('object-rules-390-dark', phone)
    await context.close()
    await page.getByRole('button', { name: 'Save' }).click()
    await page.getByRole('dialog').waitFor({ state: 'detached' })
    await page.goto('/xVehicles/new')
    await page.getByLabel('Name', { exact: true }).fill('Lada')
    await page.getByRole('button', { name: 'Save' }).click()
    await page.locator('dd').getByText('V-0001').waitFor()
  })

  it('hide an own object and bring it back', async () => {
    await page.goto('/settings/objects/xVehicel')
    await page.getByRole('button', { name: 'Name, numbers, access' }).click()
    await page.getByRole('button', { name: 'Hide the object' }).click()
    await page.waitForURL('**/settings/objects')
    await toast(/is hidden/)
    const hidden = page.getByRole('region', { name: 'Hidden objects' })
    await hidden.getByText('Vehicles').waitFor()
    await shot('objects-hidden')
    await hidden.getByRole('button', { name: 'Restore' }).click()
    await page.waitForURL('**/settings/objects/xVehicel')
    await page.getByText('custom.plate').waitFor()
  })

  it('rename, colour and hide reasons of a loss', async () => {
    await page.goto('/settings/objects/order')
    await page.getByRole('button', { name: 'Edit “Loss reason”' }).click()
    await page.getByLabel('Option 1', { exact: true }).fill('Too dear')
    await page.getByRole('button', { name: 'Offer option 2 no longer' }).click()
    await page.getByRole('button', { name: 'Add an option' }).click()
    await page.getByLabel('Option 7', { exact: true }).fill('Moved away')
    await shot('loss-reasons')
    await page.getByRole('button', { name: 'Save' }).click()
    await page.getByRole('dialog').waitFor({ state: 'detached' })
    await page.goto('/orders/new')
    await page.getByLabel('Subject').fill('Lost one')
    await page.getByRole('button', { name: 'Save' }).click()
    await page.waitForURL(/\/orders\/[0-9a-f-]{36}$/)
    await page.goto('/orders/board')
    await page.locator('[data-record]').filter({ hasText: 'Lost one' }).getByRole('button').click()
    await page.getByRole('menuitem', { name: 'Lost' }).click()
    await page.getByRole('dialog').getByLabel('Loss reason').click()
    await page.getByRole('option', { name: 'Moved away' }).waitFor()
    const options = await page.getByRole('option').allInnerTexts()
    expect(options).toContain('Too dear')
    expect(options).not.toContain('Chose a competitor')
    await shot('loss-reason-choice')
    await page.keyboard.press('Escape')
    await page.keyboard.press('Escape')
  })

  it('retire a pipeline, say what becomes of its records, and bring it back', async () => {
    await page.goto('/settings/pipelines')
    await page.getByRole('button', { name: 'New pipeline' }).click()
    await page.getByLabel('Name of the pipeline, English').fill('Repairs')
    await page.getByRole('button', { name: 'Create' }).last().click()
    await page.getByRole('heading', { name: 'Repairs' }).waitFor()
    await page.getByRole('button', { name: 'Make it the default' }).click()
    await toast('New records begin here now')
    await page.getByRole('button', { name: 'Retire' }).click()
    await page.getByRole('dialog').getByText(/records stay in it/).waitFor()
    await shot('pipeline-retire')
    await page.getByRole('dialog').getByRole('button', { name: 'Retire' }).click()
    await toast('The pipeline is retired')
    await shot('pipeline-retired')
    await page.getByRole('button', { name: 'Bring back' }).click()
    await toast('The pipeline takes records again')
    await page.getByRole('button', { name: 'Make it the default' }).waitFor()
  })

  it('does nothing that a page must not', () => { expect(app.misdeeds).toEqual([]) })
})
