import pg from 'pg'
import { expect, it } from 'vitest'
import { apiOf, runningApp, setUp } from './running-app.ts'

const app = await runningApp()
const { page, context } = await setUp(app)
const api = apiOf(() => page)
const shot = async (name: string, of = page) => { if (process.env.SHOTS) await of.screenshot({ path: `${process.env.SHOTS}/${name}.png` }) }

it('a new field waits for who holds the table, and says for whom; then it is there', { timeout: 120_000 }, async () => {
  const reader = new pg.Client({ connectionString: app.databaseUrl, application_name: 'nightly report' })
  await reader.connect()
  await reader.query('begin; select count(*) from core.product')
  await page.goto('/settings/objects/product')
  await page.getByRole('button', { name: 'New field' }).click()
  await page.getByLabel('Name, English').fill('Shelf')
  await page.getByRole('dialog').getByRole('button', { name: 'Create' }).click()
  const waiting = page.getByRole('region', { name: 'Changes under way' })
  await waiting.getByText('Shelf').waitFor()
  await waiting.getByText(/nightly report \(process \d+\) holds the table since/).waitFor()
  await shot('waiting-1440')
  await api('mutation { updateMe(locale: "ru") { id } }')
  const { page: phone, context: other } = await app.visit({ width: 390, colorScheme: 'dark', as: context })
  await phone.goto('/settings/objects/product')
  await phone.getByText(/Таблица занята: nightly report/).waitFor()
  await shot('waiting-390-dark', phone)
  expect(await phone.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(390)
  await other.close()
  await reader.end()
  await waiting.waitFor({ state: 'detached', timeout: 30_000 })
  await page.getByText('custom.shelf').waitFor()
})
