import type { Page } from 'playwright-core'
import { beforeAll, describe, expect, it } from 'vitest'
import { apiOf, runningApp, setUp, type RunningApp } from './running-app.ts'

const app: RunningApp = await runningApp()
let page: Page
const api = apiOf(() => page)
/** A picture of the page, where somebody wants to look at it. */
const shot = async (name: string, of = page) => { if (process.env.SHOTS) await of.screenshot({ path: `${process.env.SHOTS}/${name}.png` }) }
const memberships = async () => (await api<{ teamMemberships: { name: string, leader: boolean }[] }>('{ teamMemberships { name leader } }')).teamMemberships

beforeAll(async () => {
  page = (await setUp(app)).page
  for (const [name, email] of [['Kalle Jää', 'kalle@example.com'], ['Leena Suo', 'leena@example.com']]) await api('mutation ($input: AccountInvitation!) { inviteUser(input: $input) { userId } }', { input: { name, email } })
})

describe('the teams of a company', () => {
  it('are made in the settings, with members and who leads them', async () => {
    await page.goto('/settings/users')
    const panel = page.getByRole('region', { name: 'Teams' })
    await panel.getByText('There are no teams yet').waitFor()
    await panel.getByRole('button', { name: 'Add a team' }).click()
    const dialog = page.getByRole('dialog')
    await dialog.getByLabel('Name of the team').fill('North')
    for (const name of ['Kalle Jää', 'Leena Suo']) {
      await dialog.getByRole('button', { name: /^Add a person/ }).or(dialog.getByRole('combobox', { name: /^Add a person/ })).first().click()
      await page.getByRole('option', { name }).click()
    }
    await dialog.getByRole('switch', { name: 'Leena Suo leads the team' }).click()
    await shot('team-dialog')
    await dialog.getByRole('button', { name: 'Save' }).click()
    await panel.getByText('Leena Suo, leads').waitFor()
    await page.getByText('kalle@example.com · North').waitFor()
    await shot('teams')
    expect(await memberships()).toEqual([{ name: 'Kalle Jää', leader: false }, { name: 'Leena Suo', leader: true }])
  })

  it('are given another name, and members go', async () => {
    const panel = page.getByRole('region', { name: 'Teams' })
    await panel.getByRole('button', { name: 'Change “North”' }).click()
    const dialog = page.getByRole('dialog')
    await dialog.getByLabel('Name of the team').fill('North and east')
    await dialog.getByRole('button', { name: 'Take Kalle Jää out of the team' }).click()
    await dialog.getByRole('button', { name: 'Save' }).click()
    await panel.getByRole('link', { name: 'North and east' }).waitFor()
    expect(await memberships()).toEqual([{ name: 'Leena Suo', leader: true }])
  })

  it('are chosen when somebody is invited', async () => {
    await page.getByRole('button', { name: 'Invite' }).first().click()
    const dialog = page.getByRole('dialog')
    await dialog.getByLabel('Name').fill('Oona Meri')
    await dialog.getByLabel('E-mail').fill('oona@example.com')
    await dialog.getByRole('button', { name: /^Teams/ }).or(dialog.getByRole('combobox', { name: /^Teams/ })).first().click()
    await page.getByRole('option', { name: 'North and east' }).click()
    await page.keyboard.press('Escape')
    await dialog.getByRole('button', { name: 'Invite' }).click()
    await page.getByText('oona@example.com · North and east').waitFor()
    expect(await memberships()).toEqual([{ name: 'Leena Suo', leader: true }, { name: 'Oona Meri', leader: false }])
  })

  it('fit a phone in the dark, and are archived', async () => {
    const { page: phone } = await app.visit({ width: 390, colorScheme: 'dark', as: page.context() })
    await phone.goto('/settings/users')
    const panel = phone.getByRole('region', { name: 'Teams' })
    await panel.getByText('Leena Suo, leads').waitFor()
    expect(await phone.evaluate(() => document.documentElement.scrollWidth <= innerWidth)).toBe(true)
    await panel.scrollIntoViewIfNeeded()
    await shot('phone-teams', phone)
    await panel.getByRole('button', { name: 'Change “North and east”' }).click()
    await phone.getByRole('dialog').getByRole('switch').first().waitFor()
    await shot('phone-team-dialog', phone)
    await phone.keyboard.press('Escape')
    await panel.getByRole('button', { name: 'Archive “North and east”' }).click()
    await panel.getByText('There are no teams yet').waitFor()
    expect(app.misdeeds).toEqual([])
  })
})
