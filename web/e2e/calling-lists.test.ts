import { execFileSync } from 'node:child_process'
import { join } from 'node:path'
import pg from 'pg'
import type { Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { FakeExchange } from '../../plugins/telephony/src/asterisk/fake-exchange.ts'
import { apiOf, runningApp, setUp, type RunningApp } from './running-app.ts'

const PLUGIN = join(import.meta.dirname, '../../plugins/telephony')
execFileSync(process.execPath, [join(import.meta.dirname, '../../node_modules/vite/bin/vite.js'), 'build', '--logLevel', 'error'], { cwd: join(PLUGIN, 'web'), stdio: 'inherit' })
const app: RunningApp = await runningApp({ plugins: [PLUGIN] })
let page: Page
const api = apiOf(() => page)
const exchange = await FakeExchange.open('crmsecret')
const database = new pg.Client({ connectionString: app.databaseUrl })
afterAll(async () => {
  await database.end()
  await exchange.close()
})
const originated = () => exchange.asked.filter(fields => fields.get('action') === 'Originate').length
const shot = async (name: string, of = page) => { if (process.env.SHOTS) await of.screenshot({ path: `${process.env.SHOTS}/${name}.png` }) }

beforeAll(async () => {
  ({ page } = await setUp(app))
  const { me } = await api<{ me: { id: string } }>('{ me { id } }')
  await api('mutation ($id: ID!) { updateUser(id: $id, input: { telephony: { extension: "101" } }) { id } }', { id: me.id })
  await api('mutation ($values: JSON!) { updatePluginSettings(plugin: "telephony", values: $values) { values } }', { values: { asteriskUrl: exchange.url, asteriskUser: 'crm', asteriskSecret: 'crmsecret' } })
  await database.connect()
  await api('mutation { createClient(input: { name: "Lumi Oy", contactPoints: [{ kind: "phone", value: "+358 40 1111222" }] }) { id } }')
  await api('mutation { createClient(input: { name: "Quiet Oy", doNotContact: ["phone"], contactPoints: [{ kind: "phone", value: "+358 40 3333444" }] }) { id } }')
  await page.goto('/clients')
})

it('leads through a calling list', async () => {
  await api('mutation { createSegment(object: "client", input: { name: "Everybody", filter: { name: { isNull: false } } }) { id } }')
  await page.getByRole('link', { name: 'Calling round' }).click()
  await page.getByRole('button', { name: 'New calling list' }).click()
  const dialog = page.getByRole('dialog')
  await dialog.getByLabel('Name').fill('Spring')
  // Before the segment: what chooses it takes the focus back when it closes.
  await dialog.getByLabel('What to say').fill('Ask about the doors')
  await dialog.getByLabel('Segment').click()
  await page.getByRole('option', { name: 'Everybody' }).click()
  await shot('phone-list-new')
  await dialog.getByRole('button', { name: 'Make the list' }).click()
  await page.getByRole('button', { name: 'Next client' }).click()
  const card = page.getByRole('region', { name: 'Lumi Oy' })
  await card.getByText('Ask about the doors').waitFor()
  await card.getByRole('button', { name: 'Call', exact: true }).click()
  await expect.poll(originated).toBe(1)
  expect(await card.getByRole('button', { name: 'Call again' }).isDisabled()).toBe(true)
  await card.getByLabel('Call again at').fill('2099-05-01T10:30')
  await card.getByLabel('Note').fill('After the holidays')
  await shot('phone-list')
  await card.getByRole('button', { name: 'Call again' }).click()
  await page.getByText('There is nobody to call now.').waitFor()
  await page.getByText('0 of 1 done · 0 reached · 1 later').waitFor()
  const { callListItems } = await api<{ callListItems: { nodes: { callAt: string, note: string }[] } }>('{ callListItems(filter: { callAt: { isNull: false } }) { nodes { id callAt note } } }')
  expect(callListItems.nodes).toMatchObject([{ note: 'After the holidays', callAt: await page.evaluate(() => new Date('2099-05-01T10:30').toISOString()) }])
  await database.query(`update core.call_list_item set call_at = now() - interval '1 minute' where call_at is not null`)
  await page.getByRole('button', { name: 'Next client' }).click()
  await card.getByText('Called 1 time').waitFor()
  expect(await card.getByLabel('Note').inputValue()).toBe('After the holidays')
  await card.getByRole('button', { name: 'Reached' }).click()
  await page.getByText('There is nobody to call now.').waitFor()
  await page.getByText('1 of 1 done').waitFor()
})

describe('a list of clients', () => {
  const marked = (of: Page) => of.getByRole('toolbar', { name: 'Actions for the selected records' })
  const inList = async (name: string) => (await api<{ callListItems: { nodes: { heading: string }[] } }>('query ($name: String!) { callListItems(first: 200, filter: { list: { name: { eq: $name } } }, orderBy: [{ field: heading }]) { nodes { id heading } } }', { name })).callListItems.nodes.map(({ heading }) => heading)

  it('puts those that are marked, or all of it, into a round of calls', async () => {
    await api('mutation ($inputs: [ClientCreateInput!]!) { createClients(inputs: $inputs) { succeeded } }', { inputs: Array.from({ length: 60 }, (_, i) => ({ name: `Round ${String(i).padStart(2, '0')}`, contactPoints: [{ kind: 'phone', value: `+358 40 80000${String(i).padStart(2, '0')}` }] })) })
    await page.goto('/clients?q=Round')
    await page.getByRole('link', { name: 'Round 59' }).waitFor()
    for (const name of ['Round 58', 'Round 59']) await page.getByRole('row').filter({ hasText: name }).getByRole('checkbox').click()
    await marked(page).getByRole('button', { name: 'Add to calling list' }).click()
    const dialog = page.getByRole('dialog', { name: 'Call 2 clients' })
    await dialog.getByRole('combobox', { name: 'Calling list' }).or(dialog.getByRole('button', { name: 'Calling list' })).click()
    await page.getByRole('option', { name: 'New calling list' }).click()
    await dialog.getByLabel('Name').fill('Two')
    await shot('put-into-list')
    await dialog.getByRole('button', { name: 'Put into the list' }).click()
    await page.getByText('2 clients were put into the list').first().waitFor()
    await marked(page).waitFor({ state: 'detached' })
    expect(await inList('Two')).toEqual(['Round 58', 'Round 59'])

    await page.getByRole('checkbox', { name: 'Select all shown' }).click()
    await marked(page).getByRole('button', { name: /all 60/i }).click()
    await marked(page).getByRole('button', { name: 'Add to calling list' }).click()
    const all = page.getByRole('dialog', { name: 'Call 60 clients' })
    await all.getByRole('combobox', { name: 'Calling list' }).or(all.getByRole('button', { name: 'Calling list' })).click()
    await page.getByRole('option', { name: 'Two' }).click()
    await all.getByRole('button', { name: 'Put into the list' }).click()
    await page.getByText('58 clients were put into the list').first().waitFor()
    await page.getByText('2 were there before').first().waitFor()
    expect(await inList('Two')).toHaveLength(60)
  })

  it('offers it on a phone too, and of clients only', async () => {
    const { page: phone, context } = await app.visit({ width: 390, colorScheme: 'dark', as: page.context() })
    await phone.goto('/clients?q=Round')
    await phone.getByText('Round 59').first().waitFor()
    await phone.getByRole('button', { name: 'Select Round 59' }).click()
    await marked(phone).getByRole('button', { name: 'Add to calling list' }).click()
    await phone.getByRole('dialog').getByText('Calling list').first().waitFor()
    expect(await phone.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(390)
    await shot('put-into-list-390-dark', phone)
    await context.close()
    await api('mutation { createContact(input: { name: "Contact One" }) { id } }')
    await page.goto('/contacts')
    await page.getByRole('row').filter({ hasText: 'Contact One' }).getByRole('checkbox').click()
    await marked(page).getByRole('button', { name: 'Tasks' }).waitFor()
    expect(await marked(page).getByRole('button', { name: 'Add to calling list' }).count()).toBe(0)
  })
})
