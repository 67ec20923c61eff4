import { readFile } from 'node:fs/promises'
import type { Page } from 'playwright-core'
import { beforeAll, describe, expect, it } from 'vitest'
import { apiOf, runningApp, setUp, type RunningApp } from './running-app.ts'

const app: RunningApp = await runningApp()
let page: Page

const FILE = [
  'ID;Наименование;ИНН;Телефон;Почта;Первый контакт',
  '1;Rose Oy;2077474-0;+358 40 1234567;info@rose.example.com;03/31/2024',
  '2;=Thorn Ab;;+358 40 7654321;hei@thorn.example.com;04/01/2024',
  '3;Leaf Ky;1234567-2;;;04/02/2024',
].join('\n')

beforeAll(async () => {
  page = (await setUp(app)).page
  // Tax ids without a country are Finnish ones.
  await page.evaluate(() => fetch('/graphql', { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify({ query: 'mutation { updateCompany(input: { country: "FI" }) { country } }' }) }))
})

describe('files', () => {
  it('become records: recognised, tried without keeping anything, loaded, and undone', async () => {
    await page.goto('/clients')
    await page.getByRole('link', { name: 'Import a file' }).click()
    await page.locator('input[type=file]').setInputFiles({ name: 'clients.csv', mimeType: 'text/csv', buffer: Buffer.from(FILE) })
    await page.getByRole('cell', { name: 'Rose Oy' }).waitFor()
    await page.getByRole('button', { name: 'Next' }).click()
    const becomes = (column: string) => page.getByRole('combobox', { name: `What “${column}” becomes` }).or(page.getByRole('button', { name: `What “${column}” becomes` }))
    for (const [column, target] of [['Наименование', 'Name'], ['ИНН', 'Tax id'], ['Телефон', 'Phone'], ['Почта', 'E-mail']] as const) expect(await becomes(column).textContent()).toContain(target)
    await becomes('Первый контакт').click()
    await page.getByRole('option', { name: 'Date entered' }).click()
    // The last day of March tells which of the two is the month.
    expect(await page.getByRole('combobox', { name: 'Form of the dates in “Первый контакт”' }).textContent()).toContain('12/31/2026')
    await page.getByRole('button', { name: 'Save as a template' }).click()
    await page.getByRole('textbox', { name: 'Name of the template' }).fill('From the old list')
    await page.getByRole('button', { name: 'Save', exact: true }).click()
    await page.getByRole('button', { name: 'From the old list' }).waitFor()
    await page.getByRole('button', { name: 'Check without loading' }).click()
    const status = page.getByRole('status').filter({ hasText: 'Created' })
    await page.getByText('This is a trial: nothing was kept.').waitFor()
    await page.getByRole('button', { name: 'Load 2 good rows' }).click()
    await page.getByRole('button', { name: 'Undo the whole import' }).waitFor()
    expect((await status.innerText()).replace(/\s+/g, ' ')).toBe('Created 2 Updated 0 Skipped 0 With errors 1')
    await page.getByRole('row', { name: /Leaf Ky/ }).getByText('ИНН:').waitFor()
    const [errors] = await Promise.all([page.waitForEvent('download'), page.getByRole('link', { name: 'Download the rows with errors' }).click()])
    expect(await readFile(await errors.path(), 'utf8')).toContain('3;Leaf Ky;1234567-2')
    await page.getByRole('link', { name: 'To the list' }).click()
    await page.getByRole('link', { name: 'Rose Oy' }).waitFor()
  })

  it('are made of a list, as it is shown', async () => {
    await page.goto('/clients?q=thorn')
    await page.getByRole('link', { name: '=Thorn Ab' }).waitFor()
    await page.getByRole('button', { name: /Export/ }).click()
    await page.getByRole('menuitem', { name: 'Export' }).click()
    const dialog = page.getByRole('dialog', { name: 'Export: Clients' })
    await dialog.getByRole('radio', { name: 'CSV' }).click()
    await dialog.getByRole('checkbox', { name: 'Code', exact: true }).waitFor()
    await dialog.getByRole('textbox', { name: 'Search' }).fill('tax')
    await dialog.getByRole('checkbox', { name: 'Tax id' }).click()
    const [download] = await Promise.all([page.waitForEvent('download'), dialog.getByRole('button', { name: 'Download' }).click()])
    expect(download.suggestedFilename()).toMatch(/^Clients \d{4}-\d\d-\d\d\.csv$/)
    const lines = (await readFile(await download.path(), 'utf8')).trim().split('\r\n')
    expect(lines).toHaveLength(2)
    expect(lines[0]).toMatch(/^\ufeff?Name,.*Tax id$/)
    expect(lines[1]).toMatch(/^'=Thorn Ab,/)
  })

  it('are found again by a template, and a whole import can be taken back', async () => {
    await page.goto('/settings/imports/new?object=client')
    await page.locator('input[type=file]').setInputFiles({ name: 'clients.csv', mimeType: 'text/csv', buffer: Buffer.from(FILE) })
    await page.getByRole('button', { name: 'Next' }).click()
    await page.getByRole('button', { name: 'From the old list', pressed: true }).waitFor()
    await page.goto('/settings/imports')
    await page.getByRole('link', { name: /clients\.csv.*Done/ }).filter({ hasNotText: 'Trial' }).click()
    await page.getByRole('button', { name: 'Undo the whole import' }).click()
    await page.getByText(/^Records that this import made \(\d+\) go to the trash/).waitFor()
    await page.getByRole('button', { name: 'Undo the whole import' }).click()
    await page.getByText('Undone').waitFor()
    await page.reload()
    await page.getByText('Undone').waitFor()
    expect(await page.getByRole('button', { name: 'Undo the whole import' }).count()).toBe(0)
    await page.goto('/settings/imports')
    await page.getByRole('link', { name: /clients\.csv.*Undone/ }).waitFor()
    await page.goto('/settings/imports/01926f2e-0000-7000-8000-000000000000')
    await page.getByText('There is no such import').waitFor()
    await page.goto('/clients')
    await page.getByText('Clients: nothing here yet').waitFor()
    expect(app.misdeeds).toEqual([])
  })

  it('say what resembles records that are here, before and after, with the way to the pairs', async () => {
    const ask = apiOf(() => page)
    await ask('mutation { createClient(input: { name: "Rose Oy" }) { id } }')
    // The keys of a record are noted in the background.
    await expect.poll(async () => (await ask<{ possibleDuplicates: unknown[] }>('{ possibleDuplicates(object: "client", input: { name: "Rose" }) { strength } }')).possibleDuplicates.length, { timeout: 30_000 }).toBe(1)
    await page.goto('/settings/imports/new?object=client')
    await page.locator('input[type=file]').setInputFiles({ name: 'names.csv', mimeType: 'text/csv', buffer: Buffer.from('Наименование\n«Rose»\nMoss\n') })
    await page.getByRole('button', { name: 'Next' }).click()
    await page.getByRole('button', { name: 'Check without loading' }).click()
    const alike = page.getByRole('region', { name: '1 new record resembles one that is here already' })
    await alike.getByText('They would be created all the same.').waitFor()
    await alike.getByRole('row', { name: /2 Rose Oy Name/ }).waitFor()
    await page.getByRole('button', { name: 'Load', exact: true }).click()
    await alike.getByRole('link', { name: '«Rose»' }).waitFor()
    await alike.getByRole('link', { name: 'Look at the pairs' }).click()
    await page.getByRole('button', { name: 'Of one import: show all pairs' }).waitFor()
    const pair = page.getByRole('listitem').filter({ hasText: 'Rose Oy' }).first()
    await expect.poll(async () => { await page.reload(); await page.getByRole('button', { name: 'Of one import: show all pairs' }).waitFor(); return pair.isVisible() }, { timeout: 30_000 }).toBe(true)
    await page.getByRole('button', { name: 'Of one import: show all pairs' }).click()
    await page.waitForURL('**/duplicates')
    expect(app.misdeeds).toEqual([])
  })
})
