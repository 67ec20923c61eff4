import pg from 'pg'
import type { Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { apiOf, runningApp, setUp, type RunningApp } from './running-app.ts'

const app: RunningApp = await runningApp()
const database = new pg.Client({ connectionString: app.databaseUrl })
await database.connect()
afterAll(() => database.end())
let page: Page
const api = apiOf(() => page)
/** At both widths, light and dark. */
async function shot(name: string) {
  if (!process.env.SHOTS) return
  for (const [width, height] of [[1440, 900], [390, 844]] as const) for (const colorScheme of ['light', 'dark'] as const) {
    await page.setViewportSize({ width, height })
    await page.emulateMedia({ colorScheme })
    await page.screenshot({ path: `${process.env.SHOTS}/${name}-${width}-${colorScheme}.png` })
  }
  await page.setViewportSize({ width: 1440, height: 900 })
  await page.emulateMedia({ colorScheme: 'light' })
}
/** Records of the type that the mutation names, in the change set that it goes on in. */
const make = async (type: 'Product' | 'Client', from: number, n: number, changeSet?: string) =>
  (await api<{ made: { changeSet: string } }>(`mutation Make($inputs: [${type}CreateInput!]!, $changeSet: ID) { made: create${type}s(inputs: $inputs, changeSet: $changeSet) { changeSet } }`,
    { inputs: Array.from({ length: n }, (_, i) => ({ name: `${type} ${String(from + i).padStart(4, '0')}` })), changeSet })).made.changeSet
const count = async (of: string): Promise<number> => (await database.query<{ n: number }>(`select count(*)::int as n from core.${of}`)).rows[0]!.n
const left = () => count('product where trashed_at is null')
const archived = () => count('client where archived_at is not null')
const entries = () => page.locator('main ol > li')

beforeAll(async () => { page = (await setUp(app)).page })

describe('a big change that is taken back', () => {
  it('says how far it is, over a reload too, can be stopped and gone on with, and tells what stayed', { timeout: 240_000 }, async () => {
    const set = await make('Product', 0, 900)
    await make('Product', 900, 50, set)
    const { rows } = await database.query<{ id: string }>('select root_id as id from core.change where change_set_id = $1 order by id desc', [set])
    const { updateProduct: { id: changed } } = await api<{ updateProduct: { id: string } }>('mutation Change($id: ID!) { updateProduct(id: $id, input: { unit: "m" }) { id } }', { id: rows[10]!.id })
    // Somebody is just writing a product of the second batch: there it waits.
    await database.query('begin')
    await database.query('select from core.product where id = $1 for update', [rows[400]!.id])

    await page.goto('/settings/changes')
    const entry = () => entries().filter({ hasText: 'and changes in 944 other records' })
    await entry().getByRole('button', { name: 'Take back' }).click()
    await entry().getByText('This takes back changes in 950 records. Go on?').waitFor()
    await entry().getByRole('button', { name: 'Take back' }).click()
    await page.getByText('This is being undone in the background.').first().waitFor()
    await entry().getByText('Undoing: 300 of 950').waitFor()
    await shot('undoing')
    await page.reload()
    await entry().getByText('Undoing: 300 of 950').waitFor()
    expect(await entry().getByRole('button', { name: 'Take back' }).count()).toBe(0)

    await entry().getByRole('button', { name: 'Stop' }).click()
    // It waits for the batch in hand, or has come between two attempts at it.
    await expect.poll(async () => (await database.query(`select from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock' and query like 'update core.revert%'
      union all select from core.revert where state = 'stopped'`)).rowCount).toBeGreaterThan(0)
    await database.query('rollback')
    const stopped = await entry().getByText(/^Undone in part: (300|600) of 950$/).innerText()
    const done = Number(/\d+/.exec(stopped))
    await shot('stopped')
    // One of them somebody has changed.
    expect(await left()).toBe(950 - done + 1)

    await entry().getByRole('button', { name: 'Go on undoing' }).click()
    await entry().getByRole('button', { name: 'Go on undoing' }).click()
    await entry().getByText('Undone but for 1 record').waitFor()
    expect(await left()).toBe(1)
    await entry().getByText('1 record stayed, wholly or in part').click()
    await entry().getByText('Somebody changed it since, so it stays.').waitFor()
    await shot('kept')
    await entry().locator(`a[href="/products/${changed}"]`).waitFor()

    // The reason goes: the later change is taken back itself.
    const later = entries().filter({ has: page.locator('dt', { hasText: 'Unit' }) }).last()
    await later.getByRole('button', { name: 'Take back' }).click()
    await later.getByRole('button', { name: 'Take back' }).click()
    await later.getByText('Taken back').waitFor()
    await entry().getByRole('button', { name: 'Undo the rest' }).click()
    await entry().getByRole('button', { name: 'Undo the rest' }).click()
    await entry().getByText('Taken back', { exact: true }).waitFor()
    expect(await left()).toBe(0)
  })
})

describe('a bulk edit', () => {
  it('of more records than a request takes is one change, taken back from the history', { timeout: 240_000 }, async () => {
    await make('Client', 0, 450)
    await page.goto('/clients')
    await page.getByRole('checkbox', { name: 'Select all shown' }).click()
    await page.getByRole('button', { name: 'Take all 450 records' }).click()
    await page.getByRole('toolbar', { name: 'Actions for the selected records' }).getByRole('button', { name: 'Archive' }).click()
    await page.getByText('Archived: 450 records').first().waitFor()
    expect(await archived()).toBe(450)
    await page.goto('/settings/changes')
    // The first is what it made, the other what made them.
    await expect.poll(() => entries().filter({ hasText: 'and changes in 444 other records' }).count()).toBe(2)
    const entry = entries().first()
    await entry.getByText('and changes in 444 other records').waitFor()
    await shot('bulk')
    await entry.getByRole('button', { name: 'Take back' }).click()
    await entry.getByRole('button', { name: 'Take back' }).click()
    await page.getByText('Undone', { exact: true }).first().waitFor()
    expect(await archived()).toBe(0)
    await entries().nth(1).getByText('Taken back', { exact: true }).waitFor()
  })

  it('is taken back by the button that says it is done', { timeout: 240_000 }, async () => {
    await page.goto('/clients')
    await page.getByRole('checkbox', { name: 'Select all shown' }).click()
    await page.getByRole('button', { name: 'Take all 450 records' }).click()
    await page.getByRole('toolbar', { name: 'Actions for the selected records' }).getByRole('button', { name: 'Archive' }).click()
    await page.getByRole('button', { name: 'Undo' }).first().click()
    await page.getByText('This is being undone in the background.').first().waitFor()
    await page.getByText('Undone', { exact: true }).first().waitFor()
    expect(await archived()).toBe(0)
    await page.locator('tr.row').first().waitFor()
    expect(app.misdeeds).toEqual([])
  })
})
