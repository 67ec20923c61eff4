import pg from 'pg'
import type { Page } from 'playwright-core'
import { beforeAll, describe, expect, it } from 'vitest'
import { apiOf, runningApp, setUp, type RunningApp } from './running-app.ts'

const app: RunningApp = await runningApp()
let page: Page

const api = apiOf(() => page)
const sidebar = () => page.getByRole('navigation', { name: 'Sections' })
const panel = () => page.getByRole('article')

beforeAll(async () => {
  page = (await setUp(app)).page
})

describe('working time', () => {
  it('is set by day of the week, with holidays and days of one\'s own', async () => {
    await page.goto('/settings/working-time')
    await page.getByLabel('Saturday').fill('10:00 – 14:00')
    await page.getByRole('button', { name: 'Add a day' }).click()
    await page.getByLabel('Date').fill('2030-05-31')
    await page.getByLabel('What day it is').fill('Summer party')
    await page.getByRole('combobox', { name: 'Public holidays' }).click()
    await page.getByRole('option', { name: 'Finland' }).click()
    await page.getByRole('button', { name: 'Save' }).click()
    await page.getByText('Midsummer Eve').waitFor()
    await page.getByText('Saved').first().waitFor()
    const { workingTime } = await api<{ workingTime: object }>('{ workingTime { hours { monday saturday } holidays days { date name hours } } }')
    expect(workingTime).toEqual({ hours: { monday: ['09:00-18:00'], saturday: ['10:00-14:00'] }, holidays: 'FI', days: [{ date: '2030-05-31', name: 'Summer party', hours: [] }] })
    await page.getByLabel('Monday').fill('18:00-09:00')
    await page.getByRole('button', { name: 'Save' }).click()
    await page.getByText('Hours are stretches').waitFor()
  })
})

describe('the inbox', () => {
  it('gets what a web form sends, by the rule that was made for it', async () => {
    await page.goto('/settings/intake')
    await page.getByRole('button', { name: 'Add a rule' }).click()
    await page.getByLabel('Name', { exact: true }).fill('Everything')
    await page.getByRole('checkbox', { name: 'Only who is at work now' }).click()
    await page.getByRole('combobox', { name: 'How they are given out' }).click()
    await page.getByRole('option', { name: 'by results' }).click()
    await page.getByText('counts as the average').waitFor()
    await page.getByRole('region', { name: 'Rules' }).getByLabel(/^Add a person/).click()
    await page.getByRole('option', { name: 'Aino Virtanen' }).click()
    await page.getByRole('button', { name: 'Add a form' }).click()
    await page.getByLabel('Name of the form').fill('Our site')
    await page.getByRole('button', { name: 'Save' }).click()
    await page.getByText('HTML for the page').click()
    const html = await page.getByRole('textbox', { name: 'HTML for the page' }).inputValue()
    expect(html).toContain('name="website_url"')
    // the page of the site, as its visitor sends it
    const action = /action="([^"]+)"/.exec(html)![1]!
    const sent = await fetch(action, { method: 'POST', redirect: 'manual', headers: { accept: 'text/html', referer: 'https://site.example/doors' }, body: new URLSearchParams({ name: 'Maija Lehto', phone: '+358 40 555 1234', message: 'Two doors\nbefore winter', Floor: '5', website_url: '' }) })
    expect(await sent.text()).toContain('Thank you')
    await sidebar().getByRole('link', { name: /Inbox/ }).getByText('1', { exact: true }).waitFor()
  })

  it('is worked through by keys: accepted, taken back, and accepted again', async () => {
    await sidebar().getByRole('link', { name: /Inbox/ }).click()
    await page.getByText('Maija Lehto').first().waitFor()
    await page.keyboard.press('j')
    await panel().getByText('before winter').first().waitFor()
    await panel().getByText('By results: Aino Virtanen.').waitFor()
    await panel().getByText('Floor').first().waitFor()
    await page.keyboard.press('a')
    const form = page.getByRole('form', { name: 'Accept' })
    expect(await form.getByLabel('Name of the new client').inputValue()).toBe('Maija Lehto')
    expect(await form.getByLabel('What the new order is about').inputValue()).toBe('Two doors')
    await page.keyboard.press('Enter')
    await page.getByText('Nothing waits here').waitFor()
    const client = async () => (await api<{ clients: { nodes: { id: string, contactPoints: { value: string }[], orders: { nodes: { subject: string }[] } }[] } }>('{ clients(filter: { name: { eq: "Maija Lehto" } }) { nodes { id contactPoints { value } orders { nodes { subject } } } } }')).clients.nodes
    expect(await client()).toMatchObject([{ contactPoints: [{ value: '+358 40 555 1234' }], orders: { nodes: [{ subject: 'Two doors' }] } }])
    await page.getByRole('alert').or(page.locator('li')).filter({ hasText: 'Accepted: Maija Lehto' }).getByRole('button', { name: 'Undo' }).first().click()
    await page.getByRole('button', { name: /Maija Lehto/ }).click()
    expect(await client()).toEqual([])
    await panel().getByRole('button', { name: 'Accept' }).click()
    await form.getByRole('button', { name: 'Accept' }).click()
    await page.getByText('Nothing waits here').waitFor()
    await page.goto(`/clients/${(await client())[0]!.id}?tab=timeline`)
    await page.getByText('before winter').locator('visible=true').first().waitFor()
  })

  it('knows the client who comes again, and links him by one click', async () => {
    await api('mutation { receiveIntake(input: { channel: "message", source: "Telegram", phones: ["+358405551234"], text: "When do you come?" }) { id } }')
    await page.goto('/inbox')
    await page.getByRole('button', { name: /When do you come|040|358/ }).click()
    const candidates = page.getByRole('region', { name: 'Who it may be' })
    await candidates.getByText('phone: +358405551234').waitFor()
    await candidates.getByRole('button', { name: 'Link to the order' }).click()
    await page.getByText('Nothing waits here').waitFor()
    expect((await api<{ clients: { nodes: object[] } }>('{ clients { nodes { id } } }')).clients.nodes).toHaveLength(1)
  })

  it('keeps from where a known client wrote this time, unless one says not to', async () => {
    for (const [address, kept] of [['maija@lehto.example', true], ['other@lehto.example', false]] as const) {
      await api('mutation ($mail: String!) { receiveIntake(input: { channel: "letter", phones: ["+358405551234"], emails: [$mail], text: "One more thing" }) { id } }', { mail: address })
      await page.goto('/inbox')
      await page.getByRole('button', { name: /One more thing/ }).click()
      await panel().getByRole('button', { name: 'Accept' }).click()
      const form = page.getByRole('form', { name: 'Accept' })
      const tick = form.getByRole('checkbox', { name: 'Add what is new' })
      await form.getByText(address).waitFor()
      expect(await tick.isChecked()).toBe(true)
      if (!kept) await tick.click()
      await form.getByRole('button', { name: 'Accept' }).click()
      await page.getByText('Nothing waits here').waitFor()
    }
    const { clients: { nodes } } = await api<{ clients: { nodes: { contactPoints: { value: string }[] }[] } }>('{ clients(filter: { name: { eq: "Maija Lehto" } }) { nodes { contactPoints { value } } } }')
    expect(nodes[0]!.contactPoints.map(point => point.value)).toEqual(['+358 40 555 1234', 'maija@lehto.example'])
  })

  it('declines with a reason, and keeps what came in', async () => {
    await api('mutation { receiveIntake(input: { channel: "letter", person: "Seeker", text: "I look for work" }) { id } }')
    await page.goto('/inbox')
    await page.getByRole('button', { name: /Seeker/ }).click()
    await panel().waitFor()
    await page.keyboard.press('d')
    await page.getByText('Looks for a job or sells to us').click()
    await page.getByLabel('Explanation').fill('Sent to HR')
    await panel().locator('form').getByRole('button', { name: 'Decline' }).click()
    await page.getByRole('tab', { name: 'Dealt with' }).click()
    await page.getByRole('button', { name: /Seeker/ }).click()
    await panel().getByText('Sent to HR').waitFor()
    await panel().getByText('I look for work').first().waitFor()
  })

  it('takes nobody away from where he went while the list was asked again', async () => {
    await api('mutation { receiveIntake(input: { channel: "letter", person: "Hurried", text: "Unneeded" }) { id } }')
    await page.goto('/inbox')
    await page.getByRole('button', { name: /Hurried/ }).click()
    await panel().waitFor()
    await page.route('**/graphql', async (route) => {
      if (route.request().postData()?.includes('intakeItems(')) await new Promise(resolve => setTimeout(resolve, 2_000))
      await route.continue()
    })
    await page.keyboard.press('s')
    await page.getByText('Marked as spam').first().waitFor()
    await page.getByRole('tab', { name: 'Dealt with' }).click()
    await page.getByRole('button', { name: /Hurried/ }).click()
    await panel().getByText('spam', { exact: true }).waitFor()
    // The list that was asked again when the request left it has come by then.
    await page.unrouteAll({ behavior: 'wait' })
    await page.waitForTimeout(500)
    expect(await panel().getByText('spam', { exact: true }).count()).toBe(1)
  })

  it('fits a phone in the dark', async () => {
    await api('mutation { receiveIntake(input: { channel: "form", source: "Our site", person: "Late Comer", company: "Tuuli Oy", phones: ["+358401112223"], emails: ["late@example.com"], text: "A long question about windows, doors and everything between them", amount: { amount: "1200" , currency: "EUR" } }) { id } }')
    const { page: phone } = await app.visit({ width: 390, colorScheme: 'dark', as: page.context() })
    await phone.goto('/inbox')
    await phone.getByText('Late Comer').first().waitFor()
    await phone.getByRole('button', { name: /Late Comer/ }).click()
    await phone.getByRole('button', { name: 'Accept' }).click()
    await phone.getByRole('form', { name: 'Accept' }).waitFor()
    expect(await phone.evaluate(() => document.documentElement.scrollWidth <= window.innerWidth)).toBe(true)
    await phone.goto('/settings/intake')
    await phone.getByRole('main').getByText('Web forms').first().waitFor()
    expect(await phone.evaluate(() => document.documentElement.scrollWidth <= window.innerWidth)).toBe(true)
    expect(app.misdeeds).toEqual([])
  })
})

describe('a request for whoever is first', () => {
  let kalle: Page
  const nameOf: Record<string, string> = {}
  const setRule = async (rule: object) => {
    const { intakeSettings: { version } } = await api<{ intakeSettings: { version: string } }>('{ intakeSettings { version } }')
    await api('mutation ($version: String!, $input: IntakeSettingsInput!) { updateIntakeSettings(version: $version, input: $input) { version } }', { version, input: { rules: [{ name: 'Everything', atWork: false, pool: Object.keys(nameOf).map(user => ({ user })), ...rule }] } })
  }
  const receive = async (person: string) => (await api<{ receiveIntake: { id: string } }>('mutation ($person: String!) { receiveIntake(input: { channel: "letter", person: $person, text: "A dozen doors" }) { id } }', { person })).receiveIntake.id
  const ownerOf = async (id: string) => (await api<{ intakeItem: { owner: { id: string } | null } }>('query ($id: ID!) { intakeItem(id: $id) { owner { id } } }', { id })).intakeItem.owner?.id
  const item = (of: Page, person: string) => of.getByRole('button', { name: new RegExp(person) })

  beforeAll(async () => {
    const { me, roles } = await api<{ me: { id: string, name: string }, roles: { id: string, key: string }[] }>('{ me { id name } roles { id key } }')
    const { inviteUser: { userId, link } } = await api<{ inviteUser: { userId: string, link: string } }>('mutation ($roles: [ID!]!) { inviteUser(input: { name: "Kalle Jää", email: "kalle@example.com", roles: $roles }) { userId link } }', { roles: roles.filter(({ key }) => key === 'manager').map(({ id }) => id) })
    nameOf[me.id] = me.name
    nameOf[userId] = 'Kalle Jää'
    kalle = (await app.visit()).page
    await kalle.goto(link)
    await kalle.getByLabel('New password').fill('nine loud geese in the yard')
    await kalle.locator('button[type=submit]').click()
    await kalle.waitForURL('**/clients')
  })

  it('stands in the queue of all, and with nobody else once it is taken', async () => {
    await setRule({ strategy: 'queue' })
    const id = await receive('First Comer')
    for (const of of [page, kalle]) {
      await of.goto('/inbox')
      await of.getByRole('tab', { name: 'Queue' }).click()
      await item(of, 'First Comer').waitFor()
    }
    await item(page, 'First Comer').click()
    await panel().getByText('common queue', { exact: true }).waitFor()
    await panel().getByRole('button', { name: 'Take' }).waitFor()
    await page.keyboard.press('t')
    await page.getByText('Taken: ').first().waitFor()
    await item(kalle, 'First Comer').waitFor({ state: 'detached' })
    expect(nameOf[(await ownerOf(id))!]).toBe('Aino Virtanen')
    await page.getByRole('tab', { name: 'Mine' }).click()
    await item(page, 'First Comer').waitFor()
  })

  it('goes to the next person when the first does not answer in time, before the eyes of both', { timeout: 240_000 }, async () => {
    await setRule({ strategy: 'turns', answerMinutes: 10, late: 'next' })
    const id = await receive('Unheard Caller')
    await expect.poll(() => ownerOf(id)).toBeTruthy()
    const [first, next] = await ownerOf(id) === Object.keys(nameOf)[0] ? [page, kalle] : [kalle, page]
    for (const of of [first, next]) await of.goto('/inbox')
    await item(first, 'Unheard Caller').click()
    await first.getByRole('article').getByText(/answer by/).waitFor()
    await first.goto('/inbox')
    await item(first, 'Unheard Caller').waitFor()
    const clock = new pg.Client({ connectionString: app.databaseUrl })
    await clock.connect()
    await clock.query(`update core.intake_item set answer_due = now() - interval '1 minute' where id = $1`, [id])
    await clock.end()
    // The server looks for late ones once a minute.
    await item(next, 'Unheard Caller').waitFor({ timeout: 150_000 })
    await item(first, 'Unheard Caller').waitFor({ state: 'detached' })
    await item(next, 'Unheard Caller').click()
    await next.getByRole('article').getByText(`${first === page ? 'Aino Virtanen' : 'Kalle Jää'}: did not answer in time.`).waitFor()
    expect(app.misdeeds).toEqual([])
  })
})
