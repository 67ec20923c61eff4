import type { Page } from 'playwright-core'
import { beforeAll, describe, expect, it } from 'vitest'
import { apiOf, runningApp, setUp, type RunningApp } from './running-app.ts'

const app: RunningApp = await runningApp()
const PASSWORD = 'nine loud geese in the yard'
let page: Page
let kalle: Page
let client: string
const api = apiOf(() => page)
/** A picture of the page, where somebody wants to look at it. */
const shot = async (name: string, of = page) => { if (process.env.SHOTS) await of.screenshot({ path: `${process.env.SHOTS}/${name}.png` }) }
const pick = async (of: Page, label: string, name: string) => {
  const dialog = of.getByRole('dialog')
  const field = new RegExp(`^${label}`)
  await dialog.getByRole('button', { name: field }).or(dialog.getByRole('combobox', { name: field })).last().click()
  await of.getByRole('option', { name }).click()
}
const open = async (of: Page, item: string) => {
  await of.getByRole('button', { name: 'More actions' }).click()
  await of.getByRole('menuitem', { name: item }).click()
}

beforeAll(async () => {
  page = (await setUp(app)).page
  const { roles } = await api<{ roles: { id: string, key: string }[] }>('{ roles { id key } }')
  const invited = await api<{ inviteUser: { userId: string, link: string } }>('mutation ($input: AccountInvitation!) { inviteUser(input: $input) { userId link } }', { input: { name: 'Kalle Jää', email: 'kalle@example.com', roles: roles.filter(({ key }) => key === 'manager').map(({ id }) => id) } })
  client = (await api<{ createClient: { id: string } }>('mutation { createClient(input: { name: "Tarmo Oy" }) { id } }')).createClient.id
  kalle = (await app.visit()).page
  await kalle.goto(invited.inviteUser.link)
  await kalle.getByLabel('New password').fill(PASSWORD)
  await kalle.locator('button[type=submit]').click()
  await kalle.waitForURL('**/clients')
})

describe('who sees a record', () => {
  it('is said on its card: not a manager whose it is not', async () => {
    await kalle.goto(`/clients/${client}`)
    await kalle.getByText('There is no such record').waitFor()
    await page.goto(`/clients/${client}`)
    await open(page, 'Who sees this?')
    await pick(page, 'Person', 'Kalle Jää')
    const answer = page.getByRole('region', { name: 'Answer' })
    await answer.getByText('does not see it').waitFor()
    await page.getByRole('dialog').getByRole('button', { name: 'Close' }).click()
  })

  it('changes when it is shared', async () => {
    await open(page, 'Share…')
    await page.getByText('It is not shared with anybody.').waitFor()
    await pick(page, 'Whom', 'Kalle Jää')
    await page.getByRole('dialog').getByRole('button', { name: 'Share', exact: true }).click()
    await page.getByRole('list', { name: 'Shared with' }).getByText('Kalle Jää').waitFor()
    await shot('share')
    await page.getByRole('dialog').getByRole('button', { name: 'Close' }).click()
    await open(page, 'Who sees this?')
    await pick(page, 'Person', 'Kalle Jää')
    const answer = page.getByRole('region', { name: 'Answer' })
    await answer.getByText('Shared: Kalle Jää may read').waitFor()
    await answer.getByText('Role “Manager”: see – own records').waitFor()
    await shot('why')
    await page.getByRole('dialog').getByRole('button', { name: 'Close' }).click()
    await kalle.reload()
    await kalle.getByRole('heading', { name: 'Tarmo Oy' }).waitFor()
  })

  it('offers neither to whom only reads it', async () => {
    const more = kalle.getByRole('button', { name: 'More actions' })
    if (await more.count()) {
      await more.click()
      expect(await kalle.getByRole('menuitem', { name: /Share|Who sees/ }).count()).toBe(0)
    }
  })

  it('is taken back, on a phone in the dark too', async () => {
    const { page: phone } = await app.visit({ width: 390, colorScheme: 'dark', as: page.context() })
    await phone.goto(`/clients/${client}`)
    await open(phone, 'Who sees this?')
    await pick(phone, 'Person', 'Kalle Jää')
    await phone.getByText('Shared: Kalle Jää may read').waitFor()
    await shot('phone-why', phone)
    await phone.getByRole('dialog').getByRole('button', { name: 'Close' }).click()
    await open(phone, 'Share…')
    await phone.getByRole('list', { name: 'Shared with' }).getByText('Kalle Jää').waitFor()
    await shot('phone-share', phone)
    expect(await phone.evaluate(() => document.documentElement.scrollWidth <= innerWidth)).toBe(true)
    await phone.getByRole('button', { name: 'Take the share of Kalle Jää back' }).click()
    await phone.getByText('It is not shared with anybody.').waitFor()
    expect((await api<{ shares: object[] }>('query ($id: ID!) { shares(object: "client", id: $id) { id } }', { id: client })).shares).toEqual([])
    expect(app.misdeeds).toEqual([])
  })
})
