import type { Page } from 'playwright-core'
import { beforeAll, describe, expect, it } from 'vitest'
import { apiOf, runningApp, setUp, type RunningApp } from './running-app.ts'

// A mail server that nobody asks: it is enough that there is one.
const app: RunningApp = await runningApp({ settings: { SMTP_URL: 'smtp://127.0.0.1:9?from=crm@example.com' } })
let page: Page
const api = apiOf(() => page)
const shot = async (name: string, of = page) => { if (process.env.SHOTS) await of.screenshot({ path: `${process.env.SHOTS}/${name}.png`, fullPage: true }) }

beforeAll(async () => { page = (await setUp(app)).page })

describe('the link for a calendar program', () => {
  it('is made and shown once, renewed, and dead once it was renewed or ended', async () => {
    await page.goto('/account')
    const link = async () => (await page.getByLabel('Link of the calendar').inputValue())
    await page.getByRole('button', { name: 'Make a link' }).click()
    await expect.poll(link).toMatch(/^http/)
    const first = await link()
    const calendar = await fetch(first)
    expect([calendar.status, await calendar.text()]).toEqual([200, expect.stringContaining('BEGIN:VCALENDAR')])
    await shot('calendar-link')
    await page.getByRole('button', { name: 'Make a new one' }).click()
    await expect.poll(link).not.toBe(first)
    const second = await link()
    expect([(await fetch(first)).status, (await fetch(second)).status]).toEqual([404, 200])
    await page.getByRole('button', { name: 'Revoke' }).click()
    await page.getByRole('button', { name: 'Make a link' }).waitFor()
    expect((await fetch(second)).status).toBe(404)
  })
})

describe('letters of notifications', () => {
  it('come at once, hourly or as a digest at the hour chosen, and stay so', async () => {
    await page.goto('/account#notifications')
    const form = page.locator('#notifications')
    await form.getByRole('combobox').first().click()
    await page.getByRole('option', { name: 'once a day' }).click()
    await form.getByRole('combobox').nth(1).click()
    await page.getByRole('option', { name: '17:00' }).click()
    await form.getByRole('button', { name: 'Save' }).click()
    await expect.poll(async () => (await api<{ myNotificationSettings: object }>('{ myNotificationSettings { pace hour } }')).myNotificationSettings).toEqual({ pace: 'DAILY', hour: 17 })
    await page.reload()
    await form.getByText('17:00').waitFor()
    await shot('digest')
    await form.getByRole('combobox').first().click()
    await page.getByRole('option', { name: 'once an hour' }).click()
    expect(await form.getByText('17:00').count()).toBe(0)
    await form.getByRole('button', { name: 'Save' }).click()
    await expect.poll(async () => (await api<{ myNotificationSettings: { pace: string } }>('{ myNotificationSettings { pace } }')).myNotificationSettings.pace).toBe('HOURLY')
  })
})

describe('a hand-over for a later day', () => {
  it('says before what it will do and whom a letter reaches, stands as planned, and can be cancelled', async () => {
    const { me } = await api<{ me: { id: string } }>('{ me { id } }')
    await api('mutation { createClient(input: { name: "Lumo Oy", contactPoints: [{ kind: "email", value: "info@lumo.example" }] }) { id } }')
    await api('mutation { createClient(input: { name: "Hiljainen Oy" }) { id } }')
    const { roles } = await api<{ roles: { id: string, key: string | null }[] }>('{ roles { id key } }')
    await api('mutation ($roles: [ID!]!) { inviteUser(input: { name: "Kalle Uusi", email: "kalle@example.com", roles: $roles }) { link } }', { roles: [roles.find(({ key }) => key === 'manager')!.id] })
    await page.goto(`/settings/hand-over?from=${me.id}&title=Aino`)
    const form = page.getByRole('region', { name: 'New hand-over' })
    await form.getByRole('checkbox', { name: 'Clients' }).first().waitFor()
    await form.getByRole('button', { name: /^To whom/ }).click()
    await page.getByRole('option', { name: 'Kalle Uusi' }).click()
    await form.getByLabel('From which day').fill('2099-05-04')
    await form.getByRole('checkbox', { name: 'Write to the clients' }).click()
    await form.getByLabel('Subject').fill('Hello {client}')
    await form.getByRole('button', { name: 'Look first' }).click()
    await form.getByText('The letter reaches 1 of 2 clients').waitFor()
    await form.getByText('Hello Lumo Oy').waitFor()
    await form.getByText('from now on Kalle Uusi will look after you').waitFor()
    await form.getByText('Planned for May 4, 2099').or(form.getByText('Planned for 4 May 2099')).waitFor()
    await shot('planned-hand-over')
    await form.getByRole('button', { name: 'Plan', exact: true }).click()
    const former = page.getByRole('region', { name: 'Former hand-overs' })
    await former.getByText('Planned', { exact: true }).waitFor()
    const phone = await app.visit({ width: 390, colorScheme: 'dark', as: page.context() })
    await phone.page.goto(`/settings/hand-over?from=${me.id}&title=Aino`)
    await phone.page.getByRole('region', { name: 'Former hand-overs' }).getByText('Planned', { exact: true }).waitFor()
    await phone.page.getByRole('checkbox', { name: 'Write to the clients' }).click()
    await shot('planned-hand-over-390', phone.page)
    await former.getByRole('button', { name: 'Cancel the plan' }).click()
    await former.getByText('Cancelled').waitFor()

    // The first stays within reach however many came after it.
    const { users } = await api<{ users: { nodes: { id: string }[] } }>('{ users(filter: { name: { eq: "Kalle Uusi" } }) { nodes { id } } }')
    for (let day = 1; day <= 20; day++) await api('mutation ($input: HandOverInput!) { startHandOver(input: $input) { id } }', { input: { from: me.id, to: [users.nodes[0]!.id], objects: [{ object: 'client' }], startOn: `2099-06-${String(day).padStart(2, '0')}` } })
    await page.reload()
    await former.getByText('Planned', { exact: true }).nth(19).waitFor()
    expect(await former.getByText('Cancelled').count()).toBe(0)
    await former.getByRole('button', { name: 'Show more' }).click()
    await former.getByText('Cancelled').waitFor()
    expect(await former.getByRole('button', { name: 'Show more' }).count()).toBe(0)
    expect(app.misdeeds).toEqual([])
  })
})
