import type { Page } from 'playwright-core'
import { beforeAll, describe, expect, it } from 'vitest'
import { apiOf, runningApp, setUp, type RunningApp } from './running-app.ts'

const app: RunningApp = await runningApp()
let page: Page
let manager: Page
const api = apiOf(() => page)
/** A picture of the page, where somebody wants to look at it. */
const shot = async (name: string, of = page) => { if (process.env.SHOTS) await of.screenshot({ path: `${process.env.SHOTS}/${name}.png` }) }
const tagsOf = (of: Page) => of.getByRole('button', { name: /^Tags/ }).or(of.getByRole('combobox', { name: /^Tags/ })).last()

beforeAll(async () => {
  page = (await setUp(app)).page
  const { roles } = await api<{ roles: { id: string, key: string }[] }>('{ roles { id key } }')
  const { inviteUser: { link } } = await api<{ inviteUser: { link: string } }>('mutation ($input: AccountInvitation!) { inviteUser(input: $input) { link } }', { input: { name: 'Kalle Jää', email: 'kalle@example.com', roles: roles.filter(({ key }) => key === 'manager').map(({ id }) => id) } })
  manager = (await app.visit()).page
  await manager.goto(link)
  await manager.getByLabel('New password').fill('nine loud geese in the yard')
  await manager.locator('button[type=submit]').click()
  await manager.waitForURL('**/clients')
})

describe('tags in a fresh company', () => {
  it('are added by a manager while a client is made', async () => {
    await manager.goto('/clients/new')
    await manager.getByRole('textbox', { name: 'Name', exact: true }).fill('Tarmo Oy')
    await tagsOf(manager).click()
    await manager.getByText('No choices yet: type the first one').waitFor()
    await manager.keyboard.type('Trade fair')
    await shot('tags-add', manager)
    await manager.getByRole('option', { name: 'Add “Trade fair”' }).click()
    await manager.getByRole('option', { name: 'Trade fair', exact: true }).waitFor()
    await manager.keyboard.type('VIP')
    await manager.getByRole('option', { name: 'Add “VIP”' }).waitFor()
    await manager.keyboard.press('Enter')
    await manager.getByRole('option', { name: 'VIP', exact: true }).waitFor()
    await manager.keyboard.press('Escape')
    await manager.getByRole('button', { name: 'Save' }).click()
    await manager.waitForURL(/\/clients\/[0-9a-f-]{36}/)
    await manager.getByText('VIP').first().waitFor()
    const { clients } = await api<{ clients: { nodes: { name: string, tags: { label: string }[] }[] } }>('{ clients { nodes { name tags { label } } } }')
    expect(clients.nodes).toEqual([{ name: 'Tarmo Oy', tags: [{ label: 'Trade fair' }, { label: 'VIP' }] }])
  })

  it('are there for others, who add to them on a phone in the dark', async () => {
    const { page: phone } = await app.visit({ width: 390, colorScheme: 'dark', as: page.context() })
    await phone.goto('/clients/new')
    await tagsOf(phone).click()
    await phone.getByRole('option', { name: 'Trade fair' }).waitFor()
    await phone.getByRole('dialog').or(phone.getByRole('listbox').locator('..')).getByRole('combobox').last().fill('Tr')
    await phone.getByRole('option', { name: 'Add “Tr”' }).waitFor()
    await shot('phone-tags-add', phone)
    expect(app.misdeeds).toEqual([])
  })

  it('are an administrator’s matter in a field that is not open, and the empty list says so', async () => {
    await api('mutation { createField(object: "client", input: { name: "grades", type: multiSelect, labels: { en: "Grades" }, options: [] }) { key } }')
    await manager.goto('/clients/new')
    await manager.getByRole('button', { name: /^Grades/ }).or(manager.getByRole('combobox', { name: /^Grades/ })).last().click()
    await manager.getByText('No choices yet. Whoever manages the fields can add them.').waitFor()
    expect(await manager.getByRole('listbox').getByRole('combobox').count()).toBe(0)
  })
})
