import type { Page } from 'playwright-core'
import { beforeAll, describe, expect, it } from 'vitest'
import { apiOf, runningApp, setUp, type RunningApp } from './running-app.ts'

const app: RunningApp = await runningApp()
let page: Page
const api = apiOf(() => page)
const nameOf = (n: number): string => `Client ${String(n).padStart(3, '0')}`
const row = (name: string) => page.locator('tr.row', { hasText: name })
/** As a reader does, who goes on when there are more rows. */
const scrollTo = (name: string, by: number) => expect.poll(async () => {
  await page.getByRole('region', { name: 'Clients' }).evaluate((region, pixels) => { region.scrollTop += pixels }, by)
  return row(name).count()
}).toBe(1)

beforeAll(async () => {
  page = (await setUp(app)).page
  for (const from of [0, 150]) {
    await api('mutation Make($inputs: [ClientCreateInput!]!) { createClients(inputs: $inputs) { changeSet } }', { inputs: Array.from({ length: 150 }, (_, i) => ({ name: nameOf(from + i) })) })
  }
})

describe('a list that is longer than the eye', () => {
  it('shows what changed far from where one reads, when one comes back', async () => {
    await page.goto('/clients?sort=name')
    await row(nameOf(0)).getByRole('checkbox').click()
    await scrollTo(nameOf(299), 900)
    await page.getByRole('button', { name: 'Archive' }).click()
    // A notice that is pointed at stays.
    await page.getByRole('button', { name: 'Undo' }).first().hover()
    await scrollTo(nameOf(1), -900)
    await expect.poll(() => page.locator('tr.row').first().innerText()).toContain(nameOf(1))
    await page.getByRole('button', { name: 'Undo' }).first().click()
    await row(nameOf(0)).waitFor()
  })
})
