import type { Page } from 'playwright-core'
import { beforeAll, describe, expect, it } from 'vitest'
import { apiOf, runningApp, setUp, type RunningApp } from './running-app.ts'

const app: RunningApp = await runningApp()
let page: Page

const api = apiOf(() => page)
/** A picture of the page, where somebody wants to look at it. */
const shot = async (name: string, of = page) => { if (process.env.SHOTS) await of.screenshot({ path: `${process.env.SHOTS}/${name}.png` }) }
const later = (hours: number) => new Date(Date.now() + hours * 3_600_000).toISOString()

let absent: string
beforeAll(async () => {
  page = (await setUp(app)).page
  absent = (await api<{ inviteUser: { userId: string } }>('mutation { inviteUser(input: { name: "Kalle Jää", email: "kalle@example.com" }) { userId } }')).inviteUser.userId
  const task = (input: object) => api('mutation ($input: TaskCreateInput!) { createTask(input: $input) { id } }', { input })
  await task({ title: 'My own' })
  await task({ title: 'His late one', owner: absent, due: '2026-01-15T10:00:00Z' })
  await task({ title: 'His other one', owner: absent, due: later(72) })
  await api('mutation ($owner: ID) { createIntakeItem(input: { channel: "manual", text: "Two doors for Kalle", owner: $owner }) { id } }', { owner: absent })
  const { me } = await api<{ me: { id: string } }>('{ me { id } }')
  await api('mutation ($input: SubstitutionInput!) { startSubstitution(input: $input) { id } }', { input: { absent, substitute: me.id, from: later(-1), until: later(48), note: 'Ask Leena about the keys' } })
})

describe('who stands in for somebody', () => {
  it('finds that person’s tasks on the own day, told apart, with their counts', async () => {
    await page.goto('/tasks/day')
    const his = page.getByRole('region', { name: 'Kalle Jää' })
    await his.getByRole('heading', { name: /For Kalle Jää, until \d/ }).waitFor()
    await his.getByText('Overdue: 1').waitFor()
    await his.getByRole('link', { name: 'His other one' }).waitFor()
    expect(await his.getByText('My own').count()).toBe(0)
    expect(await page.locator('section').filter({ hasText: 'My own' }).getByText('His').count()).toBe(0)
    await shot('day')
    await his.getByRole('button', { name: 'Finish: His late one' }).click()
    await his.getByText('Overdue: 1').waitFor({ state: 'detached' })
  })

  it('finds what came in for that person among the own', async () => {
    await page.goto('/inbox')
    await page.getByRole('listitem').filter({ hasText: 'Two doors for Kalle' }).getByText('Kalle Jää').waitFor()
    await shot('inbox')
  })

  it('sees it on a phone in the dark, and nothing of it when it has ended', async () => {
    const { page: phone } = await app.visit({ width: 390, colorScheme: 'dark', as: page.context() })
    await phone.goto('/tasks/day')
    await phone.getByRole('region', { name: 'Kalle Jää' }).getByRole('link', { name: 'His other one' }).waitFor()
    expect(await phone.evaluate(() => document.documentElement.scrollWidth <= innerWidth)).toBe(true)
    await shot('phone-day', phone)
    const { substitutions: [one] } = await api<{ substitutions: { id: string }[] }>('{ substitutions { id } }')
    await api('mutation ($id: ID!) { endSubstitution(id: $id) }', { id: one!.id })
    await phone.reload()
    await phone.getByText('My own').waitFor()
    await phone.waitForLoadState('networkidle')
    expect(await phone.getByText('Kalle').count()).toBe(0)
    expect(app.misdeeds).toEqual([])
  })
})
