import type { Page } from 'playwright-core'
import { beforeAll, describe, expect, it } from 'vitest'
import { apiOf, runningApp, setUp, type RunningApp } from './running-app.ts'

const app: RunningApp = await runningApp()
let page: Page

const api = apiOf(() => page)
/** A picture of the page, where somebody wants to look at it. */
const shot = async (name: string, of = page) => { if (process.env.SHOTS) await of.screenshot({ path: `${process.env.SHOTS}/${name}.png` }) }

let first: string
let second: string
let leaver: string
beforeAll(async () => {
  page = (await setUp(app)).page
  const create = async (input: object) => (await api<{ createClient: { id: string } }>('mutation ($input: ClientCreateInput!) { createClient(input: $input) { id } }', { input })).createClient.id
  first = await create({ name: 'Lumi Oy', note: 'the first note', contactPoints: [{ kind: 'phone', value: '+358401234567' }] })
  second = await create({ name: 'Lumi', note: 'the second note', industry: 'Snow', contactPoints: [{ kind: 'phone', value: '+358 40 1234567' }, { kind: 'email', value: 'hello.lumi@example.com' }] })
  await api('mutation ($client: ID!) { createOrder(input: { subject: "Sledges", client: $client }) { id } }', { client: second })
  const { inviteUser } = await api<{ inviteUser: { userId: string } }>('mutation { inviteUser(input: { name: "Leena Lähtijä", email: "leena@example.com" }) { userId } }')
  leaver = inviteUser.userId
  await api('mutation { inviteUser(input: { name: "Kalle Jää", email: "kalle@example.com" }) { userId } }')
  for (const name of ['Ruusu Oy', 'Orvokki Oy', 'Vuokko Oy']) await create({ name, owner: leaver })
})

describe('duplicates', () => {
  it('are shown while a record is entered, and it is created all the same by a word', async () => {
    await page.goto('/clients/new')
    await page.getByLabel('Name', { exact: true }).fill('Lumi oy')
    const found = page.getByRole('status', { name: 'This may be there already' })
    await found.getByRole('link', { name: 'Lumi Oy' }).waitFor()
    await shot('create')
    await page.getByLabel('Name', { exact: true }).fill('Something else entirely')
    await found.waitFor({ state: 'detached' })
  })

  it('wait in a queue, are compared side by side and merged by choice, and old addresses lead on', async () => {
    await page.getByRole('navigation', { name: 'Sections' }).getByRole('link', { name: 'Duplicates' }).click()
    await page.getByRole('button', { name: 'Leave without saving' }).click()
    await page.getByRole('listitem').filter({ hasText: 'Likely' }).first().waitFor()
    await shot('queue')
    await page.getByRole('button', { name: 'Compare' }).first().click()
    const dialog = page.getByRole('dialog', { name: 'Two records become one' })
    await dialog.getByRole('radiogroup', { name: 'Note' }).waitFor()
    if (!(await dialog.getByText('Stays').locator('..').getByText('Lumi Oy').count())) await dialog.getByRole('button', { name: 'Swap' }).click()
    await dialog.getByRole('radiogroup', { name: 'Note' }).getByRole('radio', { name: 'the second note' }).click()
    await dialog.getByText('hello.lumi@example.com').waitFor()
    await shot('merge')
    await dialog.getByRole('button', { name: 'Merge' }).click()
    await page.getByText('Merged: Lumi Oy').first().waitFor()
    await page.goto(`/clients/${second}`)
    await page.waitForURL(`**/clients/${first}`)
    await page.getByText('the second note').first().waitFor()
    const { client } = await api<{ client: { id: string, orders: { nodes: object[] } } }>(`{ client(id: "${second}") { id orders { nodes { id } } } }`)
    expect(client).toMatchObject({ id: first, orders: { nodes: [{}] } })
  })

  it('come back from the list of what was merged', async () => {
    await page.goto('/duplicates')
    await page.getByRole('combobox', { name: 'What to show' }).click()
    await page.getByRole('option', { name: 'Merged' }).click()
    await page.getByRole('button', { name: 'Undo' }).click()
    await page.getByText('Undone').first().waitFor()
    const { client } = await api<{ client: { id: string, note: string } }>(`{ client(id: "${second}") { id note } }`)
    expect(client).toEqual({ id: second, note: 'the second note' })
  })
})

describe('pairs of duplicates that are sure', () => {
  it('are merged at once after a look at each, and undone at once', async () => {
    const create = async (input: object) => (await api<{ createClient: { id: string } }>('mutation ($input: ClientCreateInput!) { createClient(input: $input) { id } }', { input })).createClient.id
    const made: Record<string, string> = {}
    for (const [name, phone] of [['Ruska', '+358407654321'], ['Halla', '+358407654322']] as const) {
      for (const title of [`${name} Oy`, name]) made[title] = await create({ name: title, note: `of ${title}`, contactPoints: [{ kind: 'phone', value: phone }] })
    }
    // They are found in the background.
    await expect.poll(async () => (await api<{ duplicatePairs: { nodes: { first: { title: string } }[] } }>('{ duplicatePairs(object: "client") { nodes { first { title } } } }')).duplicatePairs.nodes.map(({ first: { title } }) => title.split(' ')[0])).toEqual(expect.arrayContaining(['Ruska', 'Halla']))
    await page.goto('/duplicates')
    for (const name of ['Ruska', 'Halla']) await page.getByRole('checkbox', { name: new RegExp(`^Mark ${name}( Oy)? and ${name}`) }).click()
    await page.getByRole('button', { name: 'Merge 2 pairs' }).click()
    const dialog = page.getByRole('dialog', { name: 'Merge these pairs' })
    await dialog.getByText('Note: of Ruska Oy stays, of Ruska goes').waitFor()
    await dialog.getByText('Note: of Halla Oy stays, of Halla goes').waitFor()
    await shot('merge-many')
    await dialog.getByRole('button', { name: 'Merge' }).click()
    await page.getByText('2 pairs are merged').first().waitFor()
    const found = () => api<Record<string, { id: string, note: string }>>(`{ ruska: client(id: "${made.Ruska}") { id note } halla: client(id: "${made.Halla}") { id note } }`)
    expect(await found()).toEqual({ ruska: { id: made['Ruska Oy'], note: 'of Ruska Oy' }, halla: { id: made['Halla Oy'], note: 'of Halla Oy' } })
    await expect.poll(() => page.getByRole('checkbox', { name: /^Mark (Ruska|Halla)/ }).count()).toBe(0)

    await page.getByRole('alert').or(page.locator('li')).filter({ hasText: '2 pairs are merged' }).getByRole('button', { name: 'Undo' }).first().click()
    await page.getByRole('checkbox', { name: /^Mark Ruska/ }).waitFor()
    await page.getByRole('checkbox', { name: /^Mark Halla/ }).waitFor()
    expect(await found()).toEqual({ ruska: { id: made.Ruska, note: 'of Ruska' }, halla: { id: made.Halla, note: 'of Halla' } })

    // The same from the list of what was merged, where the word of it is gone.
    for (const name of ['Ruska', 'Halla']) await page.getByRole('checkbox', { name: new RegExp(`^Mark ${name}( Oy)? and ${name}`) }).click()
    await page.getByRole('button', { name: 'Merge 2 pairs' }).click()
    await dialog.getByRole('button', { name: 'Merge' }).click()
    await dialog.waitFor({ state: 'detached' })
    await page.goto('/duplicates')
    await page.getByRole('combobox', { name: 'What to show' }).click()
    await page.getByRole('option', { name: 'Merged' }).click()
    await page.getByRole('button', { name: 'Undo all merged together' }).click()
    await page.getByRole('button', { name: 'Undo all merged together' }).waitFor({ state: 'detached' })
    expect(await found()).toEqual({ ruska: { id: made.Ruska, note: 'of Ruska' }, halla: { id: made.Halla, note: 'of Halla' } })
    await shot('merged')
  })
})

describe('a hand-over', () => {
  it('is offered when somebody is switched off, looked at first, done, and taken back', async () => {
    await page.goto('/settings/users')
    await page.getByRole('button', { name: 'Actions for Leena Lähtijä' }).click()
    await page.getByRole('menuitem', { name: 'Deactivate' }).click()
    await page.getByRole('button', { name: 'Hand over', exact: true }).first().click()
    await page.waitForURL('**/settings/hand-over?**')
    const form = page.getByRole('region', { name: 'New hand-over' })
    await form.getByRole('checkbox', { name: 'Clients' }).first().waitFor()
    await form.getByRole('button', { name: /^To whom/ }).click()
    await page.getByRole('option', { name: 'Kalle Jää' }).click()
    await form.getByRole('button', { name: 'Look first' }).click()
    await form.getByRole('columnheader', { name: 'Kalle Jää' }).waitFor()
    await shot('hand-over')
    await form.getByRole('button', { name: 'Hand over 3 records' }).click()
    const former = page.getByRole('region', { name: 'Former hand-overs' })
    await former.getByText('Done').waitFor()
    const owned = async () => (await api<{ clients: { total: { value: number } } }>('query ($id: ID!) { clients(filter: { owner: { id: { eq: $id } } }) { total { value } } }', { id: leaver })).clients.total.value
    expect(await owned()).toBe(0)
    await former.getByRole('button', { name: 'Undo' }).click()
    await former.getByRole('button', { name: 'Take back' }).click()
    await former.getByText('Undone').waitFor()
    await former.getByText('3 came back').waitFor()
    expect(await owned()).toBe(3)
  })

  it('for a time is a substitution, begun and ended on one’s own page', async () => {
    await page.goto('/account')
    const panel = page.getByRole('region', { name: 'Substitution' })
    await panel.getByRole('button', { name: 'Add' }).click()
    await panel.getByRole('button', { name: /^Who stands in/ }).click()
    await page.getByRole('option', { name: 'Kalle Jää' }).click()
    await panel.getByRole('button', { name: 'Save' }).click()
    await panel.getByText(/Kalle Jää stands in for/).waitFor()
    await panel.getByText('Now', { exact: true }).waitFor()
    await shot('substitution')
    await panel.getByRole('button', { name: 'End' }).click()
    await panel.getByText('Over', { exact: true }).waitFor()
    expect(app.misdeeds).toEqual([])
  })

  it('fits a phone in the dark', async () => {
    const { page: phone } = await app.visit({ width: 390, colorScheme: 'dark', as: page.context() })
    await phone.goto('/duplicates')
    await phone.getByRole('button', { name: 'Compare' }).first().click()
    await phone.getByRole('dialog').getByRole('radiogroup', { name: 'Note' }).waitFor()
    await shot('phone-merge', phone)
    await phone.goto('/duplicates')
    await phone.getByRole('button', { name: 'Compare' }).first().waitFor()
    await shot('phone-queue', phone)
    await phone.goto(`/settings/hand-over?from=${leaver}&title=Leena`)
    await phone.getByRole('checkbox', { name: 'Clients' }).first().waitFor()
    await shot('phone-hand-over', phone)
    for (const path of ['/duplicates', '/settings/hand-over']) {
      await phone.goto(path)
      expect(await phone.evaluate(() => document.documentElement.scrollWidth <= innerWidth)).toBe(true)
    }
  })
})
