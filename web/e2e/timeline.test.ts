import type { Page } from 'playwright-core'
import { beforeAll, describe, expect, it } from 'vitest'
import { ADMIN, apiOf, runningApp, setUp, type RunningApp } from './running-app.ts'

const app: RunningApp = await runningApp()
let page: Page
const api = apiOf(() => page)
const shot = async (name: string, of = page) => { if (process.env.SHOTS) await of.screenshot({ path: `${process.env.SHOTS}/${name}.png` }) }

let client: string
let other: string
const write = (input: Record<string, unknown>) => api<{ createTimelineEntry: { id: string } }>('mutation ($input: TimelineEntryCreateInput!) { createTimelineEntry(input: $input) { id } }', { input: { subject: { object: 'client', id: client }, ...input } })
const line = (text: string) => page.locator('li').filter({ hasText: text }).first()
const open = async (id = client) => {
  await page.goto(`/clients/${id}?tab=timeline`)
  await page.getByPlaceholder('Search the timeline').waitFor()
}

beforeAll(async () => {
  page = (await setUp(app)).page
  const create = async (name: string) => (await api<{ createClient: { id: string } }>('mutation ($name: String!) { createClient(input: { name: $name }) { id } }', { name })).createClient.id
  client = await create('Lumi Oy')
  other = await create('Tuuli Oy')
  const { roles } = await api<{ roles: { id: string, key: string }[] }>('{ roles { id key } }')
  await api('mutation ($roles: [ID!]!) { inviteUser(input: { name: "Anna Myyjä", email: "anna@example.com", roles: $roles }) { link } }', { roles: [roles.find(({ key }) => key === 'manager')!.id] })
})

describe('the timeline of a card', () => {
  it('is cut by kind and by words', async () => {
    await write({ kind: 'call', direction: 'in', text: 'Asked about the yard' })
    await write({ kind: 'letter', direction: 'in', text: 'Please send the offer for the doors', happenedAt: '2026-01-15T10:00:00Z' })
    await write({ text: 'Pays late' })
    await open()
    await line('Pays late').waitFor()
    await page.getByLabel('Kinds of events').click()
    await page.getByRole('option', { name: 'Call', exact: true }).click()
    await line('Pays late').waitFor({ state: 'detached' })
    await line('Asked about the yard').waitFor()
    expect(await line('the offer').count()).toBe(0)
    await page.getByRole('option', { name: 'Call', exact: true }).click()
    await page.keyboard.press('Escape')
    await page.getByPlaceholder('Search the timeline').fill('offer doors')
    await line('Asked about the yard').waitFor({ state: 'detached' })
    await line('Please send the offer').waitFor()
    await page.getByPlaceholder('Search the timeline').fill('')
    await line('Pays late').waitFor()
  })

  it('has what was pinned on top until it is let go', async () => {
    const choose = async (name: string) => {
      await line('Please send the offer').getByRole('button', { name: 'Actions' }).click()
      await page.getByRole('menuitem', { name, exact: true }).click()
    }
    await choose('Pin')
    const pinned = page.getByRole('region', { name: 'Pinned' })
    await pinned.getByText('Please send the offer').waitFor()
    await page.reload()
    await pinned.getByText('Please send the offer').waitFor()
    await choose('Unpin')
    await pinned.waitFor({ state: 'detached' })
  })

  it('opens a file from its line, which is no entry that could be pinned or removed', async () => {
    await page.goto(`/clients/${client}?tab=files`)
    await page.locator('input[type=file]').setInputFiles({ name: 'Contract.pdf', mimeType: 'application/pdf', buffer: Buffer.from('%PDF-1.4\n1 0 obj\n') })
    await page.getByRole('link', { name: 'Contract.pdf' }).waitFor()
    await api('mutation ($input: FileCreateInput!) { createFile(input: $input) { id } }', { input: { subject: { object: 'client', id: client }, name: 'Drawings', url: 'https://docs.example.com/1' } })
    await open()
    // That it came is told beside it, as a change.
    const file = (name: string) => page.locator('li').filter({ has: page.getByText('File', { exact: true }), hasText: name })
    const link = file('Contract.pdf').getByRole('link', { name: 'Contract.pdf' })
    expect((await page.request.get((await link.getAttribute('href'))!)).headers()['content-type']).toBe('application/pdf')
    expect(await file('Contract.pdf').getByRole('button', { name: 'Actions' }).count()).toBe(0)
    expect(await file('Drawings').getByRole('link', { name: 'Drawings' }).getAttribute('href')).toBe('https://docs.example.com/1')
    await shot('timeline')
  })

  it('offers colleagues after an @, and calls whom one chooses', async () => {
    const text = page.getByPlaceholder('A comment for colleagues')
    await page.getByRole('tab', { name: 'Comment' }).click()
    await text.pressSequentially('Look, @ann')
    await page.getByRole('option', { name: 'Anna Myyjä' }).waitFor()
    await shot('timeline-mention')
    await page.keyboard.press('Enter')
    await expect.poll(() => text.inputValue()).toBe('Look, @Anna Myyjä ')
    await text.pressSequentially('and @')
    await page.getByRole('option', { name: ADMIN.name }).waitFor()
    await page.keyboard.press('Escape')
    await page.getByRole('option', { name: ADMIN.name }).waitFor({ state: 'detached' })
    await text.pressSequentially('ai')
    await page.getByRole('option', { name: ADMIN.name }).click()
    await text.pressSequentially('too')
    await page.getByRole('button', { name: 'Add', exact: true }).click()
    await line('Look, @Anna Myyjä and @Aino Virtanen too').waitFor()
    const { timelineEntries } = await api<{ timelineEntries: { nodes: { mentions: { user: { name: string } }[] }[] } }>('{ timelineEntries(filter: { kind: { eq: "comment" } }) { nodes { mentions { user { name } } } } }')
    expect(timelineEntries.nodes[0]!.mentions.map(({ user }) => user.name).sort()).toEqual(['Aino Virtanen', 'Anna Myyjä'])
  })

  it('takes no payments and requests that somebody types in', async () => {
    await page.getByRole('button', { name: 'More', exact: true }).click()
    await page.getByRole('menuitem', { name: 'E-mail' }).waitFor()
    const offered = await page.getByRole('menuitem').allTextContents()
    expect(offered.map(name => name.trim())).toEqual(['E-mail', 'Message'])
    await page.keyboard.press('Escape')
  })

  it('shows by itself what others write, and keeps the pages that are open and the edit that is under way', async () => {
    const old = (n: number) => ({ text: `Note ${String(n).padStart(2, '0')}`, happenedAt: new Date(Date.UTC(2025, 0, 50 - n)).toISOString() })
    await api('mutation ($inputs: [TimelineEntryCreateInput!]!) { createTimelineEntries(inputs: $inputs) { succeeded } }', { inputs: Array.from({ length: 45 }, (_, n) => ({ subject: { object: 'client', id: client }, ...old(n) })) })
    await open()
    await page.getByRole('button', { name: 'Show more' }).click()
    await line('Note 44').waitFor()
    await line('Note 40').getByRole('button', { name: 'Actions' }).click()
    await page.getByRole('menuitem', { name: 'Edit' }).click()
    const edit = page.getByRole('textbox', { name: 'Edit' })
    await edit.fill('Said better')
    let asked = 0
    page.on('request', (request) => { if (request.url().endsWith('/graphql') && request.postData()?.includes('query Timeline')) asked += 1 })
    // Somebody writes at another client: nothing of that is asked here.
    await write({ subject: { object: 'client', id: other }, text: 'Elsewhere' })
    await page.waitForTimeout(2_000)
    expect(asked).toBe(0)
    await write({ text: 'Written by somebody else' })
    await line('Written by somebody else').waitFor()
    expect(await page.getByText(/^Note \d\d$/).count()).toBe(44)
    expect(await edit.inputValue()).toBe('Said better')
    await page.getByRole('button', { name: 'Save', exact: true }).click()
    await line('Said better').waitFor()
    expect(await line('Note 44').count()).toBe(1)
    expect(app.misdeeds).toEqual([])
  })
})
