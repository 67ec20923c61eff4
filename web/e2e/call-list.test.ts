import type { Page } from 'playwright-core'
import { beforeAll, describe, expect, it } from 'vitest'
import { apiOf, runningApp, setUp, type RunningApp } from './running-app.ts'

const app: RunningApp = await runningApp()
let page: Page

const api = apiOf(() => page)
const client = async (name: string, more: object = {}) => (await api<{ createClient: { id: string } }>('mutation ($input: ClientCreateInput!) { createClient(input: $input) { id } }', { input: { name, ...more } })).createClient.id
const titles = async () => (await api<{ tasks: { nodes: { title: string, kind: { key: string }, subject: { title: string } }[] } }>('{ tasks(orderBy: [{ field: title }]) { nodes { title kind { key } subject { title } } } }')).tasks.nodes

let quiet: string
beforeAll(async () => {
  page = (await setUp(app)).page
  quiet = await client('Quiet Oy', { doNotContact: ['phone'], preferredChannel: 'email' })
  for (const name of ['Lumi Oy', 'Tuuli Oy']) await client(name)
})

describe('a list of calls', () => {
  it('is made of whom one may call, for the whole list, and undone at once', async () => {
    await page.goto('/clients')
    await page.getByRole('link', { name: 'Quiet Oy' }).waitFor()
    await page.getByRole('button', { name: 'Filter' }).click()
    const filter = page.getByRole('dialog')
    await filter.getByRole('button', { name: 'Remove the condition' }).click()
    await filter.getByRole('button', { name: 'More' }).click()
    await page.getByRole('menuitem', { name: 'May be contacted or not' }).click()
    await filter.getByRole('button', { name: 'Apply' }).click()
    await page.getByRole('button', { name: 'May be contacted · Phone', exact: true }).waitFor()
    await page.getByRole('link', { name: 'Quiet Oy' }).waitFor({ state: 'detached' })
    await page.reload()
    await page.getByRole('link', { name: 'Lumi Oy' }).waitFor()
    expect(await page.getByRole('link', { name: 'Quiet Oy' }).count()).toBe(0)
    await page.getByRole('checkbox', { name: 'Select all shown' }).click()
    await page.getByRole('toolbar', { name: 'Actions for the selected records' }).getByRole('button', { name: 'Tasks' }).click()
    const dialog = page.getByRole('dialog')
    await dialog.getByLabel('What to do').fill('Ask about spring')
    await dialog.getByLabel('Due').fill('2030-05-01')
    await dialog.getByRole('button', { name: 'Make 2 tasks' }).click()
    await page.getByText('2 tasks made').first().waitFor()
    expect(await titles()).toMatchObject([{ title: 'Ask about spring', kind: { key: 'call' } }, { title: 'Ask about spring', kind: { key: 'call' } }])
    await page.getByRole('button', { name: 'Undo' }).first().click()
    await page.getByText('Undone').first().waitFor()
    expect(await titles()).toEqual([])
  })

  it('narrows to those without a contact for any number of days', async () => {
    await page.goto('/clients')
    await page.getByRole('combobox', { name: 'Who is not looked after' }).click()
    await page.getByRole('option', { name: 'Another number of days…' }).click()
    await page.getByRole('spinbutton', { name: 'No contact' }).fill('45')
    await page.keyboard.press('Enter')
    await page.waitForURL('**/clients?look=45')
    await page.getByRole('combobox', { name: 'Who is not looked after' }).getByText('No contact for 45 days').waitFor()
  })
})

describe('a call', () => {
  it('to somebody who does not want it is warned of; yesterday’s is written down today, and said better later', async () => {
    await page.goto(`/clients/${quiet}?tab=timeline`)
    await page.getByText('Do not contact: Phone').waitFor()
    await page.getByRole('tab', { name: 'Call', exact: true }).click()
    await page.getByText('Asked not to be called').waitFor()
    await page.getByText('Prefers another channel: E-mail').waitFor()
    if (process.env.SHOTS) await page.screenshot({ path: `${process.env.SHOTS}/call-hint.png` })
    await page.getByRole('textbox', { name: 'What you talked about and agreed on' }).fill('He called back himself')
    await page.getByRole('button', { name: 'When it happened' }).click()
    await page.getByLabel('When it happened').fill('2026-01-15T10:30')
    await page.getByRole('button', { name: 'Add', exact: true }).click()
    const line = page.getByRole('listitem').filter({ hasText: 'He called back himself' })
    await line.getByRole('button', { name: 'Actions' }).click()
    await page.getByRole('menuitem', { name: 'Edit' }).click()
    await page.getByRole('textbox', { name: 'Edit' }).fill('He called back on his own')
    await page.getByRole('button', { name: 'Save' }).click()
    await page.getByRole('listitem').filter({ hasText: 'He called back on his own' }).waitFor()
    const { timelineEntries } = await api<{ timelineEntries: { nodes: { heading: string, text: string, happenedAt: string }[] } }>('{ timelineEntries(filter: { kind: { eq: "call" } }) { nodes { heading text happenedAt } } }')
    expect(timelineEntries.nodes).toEqual([{ heading: 'He called back on his own', text: 'He called back on his own', happenedAt: expect.stringMatching(/^2026-01-1[456]T/) }])
  })

  it('stands in the list of calls', async () => {
    await page.goto('/reports?report=calls')
    await page.getByText('He called back on his own').waitFor()
    await page.getByRole('link', { name: 'Quiet Oy' }).waitFor()
    await page.getByLabel('From').fill('2026-02-01')
    await page.getByText('No calls').waitFor()
  })
})

describe('a task', () => {
  it('has a timeline of its own, where colleagues are called', async () => {
    const { createTask } = await api<{ createTask: { id: string } }>('mutation { createTask(input: { title: "Measure" }) { id } }')
    const { me } = await api<{ me: { id: string } }>('{ me { id } }')
    await api('mutation ($input: TimelineEntryCreateInput!) { createTimelineEntry(input: $input) { id } }', { input: { subject: { object: 'task', id: createTask.id }, kind: 'comment', text: 'Take the ladder', mentions: [{ user: me.id }] } })
    await page.goto(`/tasks/${createTask.id}?tab=timeline`)
    const line = page.getByRole('listitem').filter({ hasText: 'Take the ladder' })
    await line.getByText('@Aino Virtanen').waitFor()
    await page.getByRole('button', { name: 'More', exact: true }).click()
    await page.getByRole('menuitem', { name: 'E-mail' }).click()
    await page.getByRole('textbox', { name: 'What happened' }).fill('Wrote for the plan')
    await page.getByRole('button', { name: 'Add', exact: true }).click()
    await page.getByRole('listitem').filter({ hasText: 'Wrote for the plan' }).waitFor()
  })
})

describe('files', () => {
  it('are shown beyond the first hundred', async () => {
    const { createOrder } = await api<{ createOrder: { id: string } }>('mutation { createOrder(input: { subject: "Many papers" }) { id } }')
    const inputs = Array.from({ length: 103 }, (_, i) => ({ subject: { object: 'order', id: createOrder.id }, name: `Paper ${i}`, url: `https://example.com/${i}` }))
    await api('mutation ($inputs: [FileCreateInput!]!) { createFiles(inputs: $inputs) { succeeded } }', { inputs })
    await page.goto(`/orders/${createOrder.id}?tab=files`)
    const papers = page.getByRole('link', { name: /^Paper \d/ })
    await papers.first().waitFor()
    expect(await papers.count()).toBe(100)
    await page.getByRole('button', { name: 'Show more' }).click()
    await expect.poll(() => papers.count()).toBe(103)
  })

  it('are as large and of such types as the administrator says', async () => {
    await page.goto('/settings/company')
    await page.getByLabel('Greatest file, MB').fill('7')
    await page.getByLabel('Only these types').fill('pdf, jpg')
    await page.locator('form').filter({ hasText: 'Greatest file' }).getByRole('button', { name: 'Save' }).click()
    await page.getByText('Saved').first().waitFor()
    expect((await api<{ pluginSettings: { values: object } }>('{ pluginSettings(plugin: "files") { values } }')).pluginSettings.values).toEqual({ maxMegabytes: 7, onlyTypes: 'pdf, jpg', storage: '' })
  })
})

it('no page does what it must not', () => {
  expect(app.misdeeds).toEqual([])
})
