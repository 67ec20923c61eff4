import type { Page } from 'playwright-core'
import { beforeAll, describe, expect, it } from 'vitest'
import { runningApp, setUp, type RunningApp } from './running-app.ts'

const app: RunningApp = await runningApp()
let page: Page
const shot = async (name: string) => { if (process.env.SHOTS) await page.screenshot({ path: `${process.env.SHOTS}/${name}.png` }) }
const pdf = (name: string) => ({ name, mimeType: 'application/pdf', buffer: Buffer.from('%PDF-1.4\n1 0 obj\n') })

beforeAll(async () => { page = (await setUp(app)).page })

describe('a field that holds a file', () => {
  it('is made in the settings', async () => {
    await page.goto('/settings/objects/product')
    await page.getByRole('button', { name: 'New field' }).click()
    await page.locator('[data-type="file"]').click()
    await page.getByLabel('Name, English').fill('Data sheet')
    await shot('file-field-settings')
    await page.getByRole('dialog').getByRole('button', { name: 'Create' }).click()
    await page.getByText('custom.dataSheet').waitFor()
  })

  it('is filled in the form of a new record, opens from the card, and is changed there', async () => {
    await page.goto('/products/new')
    await page.getByLabel('Name', { exact: true }).fill('Lamp')
    await page.getByRole('button', { name: 'Data sheet: Choose a file' }).waitFor()
    await page.locator('input[type=file]').setInputFiles(pdf('Lamp 2025.pdf'))
    await page.getByRole('button', { name: 'Data sheet: Lamp 2025.pdf' }).waitFor()
    await shot('file-field-form')
    await page.getByRole('button', { name: 'Save' }).click()
    const link = page.locator('dd').getByRole('link', { name: 'Lamp 2025.pdf' })
    await link.waitFor()
    await shot('file-field-card')
    const answer = await page.request.get((await link.getAttribute('href'))!)
    expect([answer.status(), answer.headers()['content-type']]).toEqual([200, 'application/pdf'])

    await page.getByRole('button', { name: 'Edit “Data sheet”' }).click()
    await page.locator('dd input[type=file]').setInputFiles(pdf('Lamp 2026.pdf'))
    await page.getByRole('button', { name: 'Data sheet: Lamp 2026.pdf' }).waitFor()
    await page.locator('dd').getByRole('button', { name: 'Save' }).click()
    await page.locator('dd').getByRole('link', { name: 'Lamp 2026.pdf' }).waitFor()
    await page.getByRole('tab', { name: /Files/ }).click()
    await page.getByText('Lamp 2025.pdf').first().waitFor()
    await page.getByText('Lamp 2026.pdf').first().waitFor()
  })

  it('says at once why a program cannot be kept', async () => {
    await page.goto('/products/new')
    await page.getByLabel('Name', { exact: true }).fill('Worm')
    await page.locator('input[type=file]').setInputFiles({ name: 'worm.exe', mimeType: 'application/x-msdownload', buffer: Buffer.from('MZ') })
    await page.getByRole('button', { name: 'Data sheet: worm.exe' }).waitFor()
    await page.getByRole('button', { name: 'Save' }).click()
    await page.getByText('Programs and scripts cannot be attached').first().waitFor()
    await shot('file-field-refused')
  })
})
