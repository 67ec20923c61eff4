import pg from 'pg'
import type { Page } from 'playwright-core'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { runningApp, setUp, type RunningApp } from './running-app.ts'

const app: RunningApp = await runningApp()
const database = new pg.Client({ connectionString: app.databaseUrl })
const shot = async (page: Page, name: string) => { if (process.env.SHOTS) await page.screenshot({ path: `${process.env.SHOTS}/${name}.png`, fullPage: true }) }
let page: Page
beforeAll(async () => {
  page = (await setUp(app)).page
  await database.connect()
})
afterAll(() => database.end())

it('work that failed for good is listed under System with its reason, and tried again by a button', async () => {
  const card = page.getByRole('region', { name: 'Failed background work' })
  await page.goto('/settings/system')
  await card.getByText('Nothing failed for good').waitFor()
  // As it is left by a job that used up its attempts.
  const { rows: [queue] } = await database.query<{ name: string }>("select name from pgboss.queue where name = 'intake.schedule.minute'")
  await database.query(`insert into pgboss.job (name, data, source_name, source_created_on, source_retry_count, source_output)
    values ('kartotek.dead', '{}', $1, now(), 4, '{"message": "no route to host"}')`, [queue!.name])
  await page.getByRole('button', { name: 'Check again' }).click()
  await page.getByText('Background work failed for good').waitFor()
  await card.getByText('intake.minute').waitFor()
  await card.getByText('no route to host').waitFor()
  await card.getByText('5 attempts').waitFor()
  await shot(page, 'failed-jobs')
  const { page: phone, context } = await app.visit({ width: 390, colorScheme: 'dark', locale: 'fi-FI', as: page.context() })
  await phone.goto('/settings/system')
  await phone.getByText('no route to host').waitFor()
  expect(await phone.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(390)
  await shot(phone, 'failed-jobs-phone')
  await context.close()
  await card.getByRole('button', { name: 'Try again' }).click()
  await card.getByText('Nothing failed for good').waitFor()
  await page.getByText('Nothing to report').waitFor()
  expect((await database.query("select 1 from pgboss.job where name = 'kartotek.dead' and state = 'created'")).rowCount).toBe(0)
  expect(app.misdeeds).toEqual([])
})
