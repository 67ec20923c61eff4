import pg from 'pg'
import type { Page } from 'playwright-core'
import { beforeAll, describe, expect, it } from 'vitest'
import { apiOf, runningApp, setUp, type RunningApp } from './running-app.ts'

const app: RunningApp = await runningApp()
let page: Page

const api = apiOf(() => page)
const shot = async (name: string, full = page) => { if (process.env.SHOTS) await full.screenshot({ path: `${process.env.SHOTS}/${name}.png` }) }

let contact: string, client: string
beforeAll(async () => {
  page = (await setUp(app)).page
  contact = (await api<{ createContact: { id: string } }>('mutation { createContact(input: { lastName: "Petrova", firstName: "Olga", contactPoints: [{ kind: "email", value: "olga@example.com" }] }) { id } }')).createContact.id
  client = (await api<{ createClient: { id: string } }>('mutation { createClient(input: { name: "Lumi Oy", contactPoints: [{ kind: "phone", value: "+358401234567" }] }) { id } }')).createClient.id
  await api('mutation { createClient(input: { name: "Tuuli Oy" }) { id } }')
  await api('mutation ($id: ID!) { createTimelineEntry(input: { subject: { object: "client", id: $id }, kind: "call", text: "Asked about the yard" }) { id } }', { id: client })
})

describe('webhooks', () => {
  it('are made with a secret that is shown once, tested, and have a log', async () => {
    await page.goto('/settings/webhooks')
    await page.getByText('No program is told of anything yet.').waitFor()
    await page.getByRole('button', { name: 'New webhook' }).click()
    const dialog = page.getByRole('dialog')
    await dialog.getByRole('textbox', { name: 'Name' }).fill('Accounting')
    await dialog.getByRole('textbox', { name: 'Address' }).fill('http://10.0.0.5/hook')
    await dialog.getByRole('combobox', { name: 'Object' }).click()
    await page.getByRole('option', { name: 'Orders' }).click()
    await dialog.getByRole('button', { name: 'Events' }).click()
    await page.getByRole('option', { name: 'Orders: anything' }).click()
    await page.keyboard.press('Escape')
    await dialog.getByRole('button', { name: 'Save' }).click()
    await dialog.getByText('The address must begin with https://.').first().waitFor()
    await dialog.getByRole('textbox', { name: 'Address' }).fill('https://hook.invalid/orders')
    await dialog.getByRole('button', { name: 'Save' }).click()
    const secret = page.getByRole('textbox', { name: 'Secret' })
    await secret.waitFor()
    expect(await secret.inputValue()).toMatch(/^whsec_/)
    expect((await api<{ webhooks: object[] }>('{ webhooks { events } }')).webhooks).toEqual([{ events: ['order.*'] }])
    await page.getByRole('button', { name: 'Actions for Accounting' }).click()
    await page.getByRole('menuitem', { name: 'Send a test' }).click()
    await expect.poll(async () => {
      const { webhooks: [hook] } = await api<{ webhooks: { id: string }[] }>('{ webhooks { id } }')
      return (await api<{ webhookDeliveries: { nodes: object[] } }>('query ($id: ID!) { webhookDeliveries(webhook: $id) { nodes { event state error } } }', { id: hook!.id })).webhookDeliveries.nodes
    }, { timeout: 30_000 }).toEqual([{ event: 'webhook.test', state: 'WAITING', error: 'name' }])
    await page.reload()
    await page.getByText('Accounting').first().click()
    await page.getByRole('dialog').getByText('the name of the server is not known').first().waitFor()
    await shot('webhook-log')
    expect(await page.getByRole('textbox', { name: 'Secret' }).count()).toBe(0)
    await page.keyboard.press('Escape')
  })
})

describe('personal data', () => {
  it('of a contact: a consent is written down, a channel closed, and all of it erased', async () => {
    // A request of hers that was put away as spam is put to nobody.
    const { receiveIntake: { id: spam } } = await api<{ receiveIntake: { id: string } }>('mutation { receiveIntake(input: { channel: "api", person: "Who knows", emails: ["olga@example.com"] }) { id } }')
    await api('mutation ($id: ID!) { markIntakeSpam(id: $id) { id } }', { id: spam })
    await page.goto(`/contacts/${contact}`)
    const panel = page.getByRole('region', { name: 'Personal data' })
    await panel.getByRole('button', { name: 'News and offers, E-mail: no consent' }).click()
    await page.getByRole('dialog').getByRole('textbox', { name: 'From where' }).fill('paper form')
    await page.getByRole('dialog').getByRole('button', { name: 'Save' }).click()
    await panel.getByRole('button', { name: 'News and offers, E-mail: may be contacted' }).waitFor()
    await panel.getByText('1 entry').click()
    await panel.getByText('paper form').waitFor()
    await shot('person-panel')
    const file = await page.evaluate(async id => (await fetch(`/personal-data/contact/${id}.html`)).text(), contact)
    expect(file).toContain('olga@example.com')
    await panel.getByRole('button', { name: 'Personal data: more' }).click()
    await page.getByRole('menuitem', { name: 'Erase' }).click()
    const dialog = page.getByRole('dialog')
    await dialog.getByText('Consents, without their source').waitFor()
    await dialog.getByText('Put to nobody').waitFor()
    expect(await dialog.getByRole('link', { name: 'Who knows' }).getAttribute('href')).toBe(`/inbox/${spam}`)
    await shot('erase-dialog')
    const erase = dialog.getByRole('button', { name: 'Erase' })
    expect(await erase.isDisabled()).toBe(true)
    await dialog.getByRole('textbox', { name: /Type the name/ }).fill('Petrova Olga')
    await erase.click()
    await page.getByRole('heading', { name: /erased/i }).waitFor()
    await expect.poll(() => page.getByText('olga@example.com').count()).toBe(0)
    expect(await api('query ($id: ID!) { intakeItem(id: $id) { person points { value } } }', { id: spam })).toEqual({ intakeItem: { person: null, points: [] } })
    await page.goto('/settings/privacy')
    await page.getByText('Erased', { exact: true }).waitFor()
    await shot('privacy-settings')
  })

  it('was erased or exported by whom is told as far back as it goes', async () => {
    const database = new pg.Client({ connectionString: app.databaseUrl })
    await database.connect()
    await database.query(`insert into core.privacy_log (id, kind, object, record_id, user_name, at)
      select ('01000000-0000-7000-8000-' || lpad(n::text, 12, '0'))::uuid, 'export', 'contact', gen_random_uuid(), 'Former ' || n, '2024-01-01' from generate_series(1, 60) n`)
    await database.end()
    await page.reload()
    await page.getByText(/^Former 60,/).waitFor()
    expect(await page.getByText(/^Former 1,/).count()).toBe(0)
    await page.getByRole('button', { name: 'Show more' }).click()
    await page.getByText(/^Former 1,/).waitFor()
    expect(await page.getByText(/^Former \d+,/).count()).toBe(60)
    expect(await page.getByRole('button', { name: 'Show more' }).count()).toBe(0)
  })
})

describe('reports', () => {
  it('tell what everybody did, and what is not known of clients', async () => {
    await page.goto('/')
    await page.getByRole('navigation', { name: 'Sections' }).getByRole('link', { name: 'Reports' }).click()
    await page.waitForURL('**/reports')
    const row = page.getByRole('row').filter({ hasText: /\d/ }).first()
    await row.waitFor()
    await shot('report-work')
    await page.getByRole('tab', { name: 'How complete clients are' }).click()
    await page.getByRole('button', { name: 'All, Phone, missing: 1' }).click()
    await page.getByRole('dialog').getByRole('link', { name: 'Tuuli Oy' }).waitFor()
    expect(await page.getByRole('dialog').getByRole('link', { name: 'Lumi Oy' }).count()).toBe(0)
    await shot('report-rows')
    await page.keyboard.press('Escape')
    await shot('report-completeness')
    // What hangs on a client narrows it as well: the one without a phone has no contact points at all.
    await page.getByRole('button', { name: 'Filter', exact: true }).click()
    await page.getByRole('button', { name: 'More', exact: true }).click()
    await page.getByRole('menuitem', { name: 'Contact points' }).click()
    await page.getByRole('button', { name: 'Apply', exact: true }).click()
    await page.getByRole('button', { name: 'All, Phone, missing: 1' }).waitFor({ state: 'detached' })
  })

  it('tell who had which clients, and from when', async () => {
    await page.goto('/reports')
    await page.getByRole('tab', { name: 'Who had which clients' }).click()
    const periods = page.getByRole('table', { name: 'Who had which clients' })
    await periods.getByRole('row', { name: /Tuuli Oy .* still 1$/ }).waitFor()
    const sums = page.getByRole('table', { name: 'By person' })
    expect(await sums.getByRole('row').nth(1).getByRole('cell').allInnerTexts()).toEqual(['2', '2'])
    await sums.getByRole('button').first().click()
    await sums.getByRole('button', { pressed: true }).waitFor()
    await shot('report-owners')
    const [file] = await Promise.all([page.waitForEvent('download'), page.getByRole('link', { name: 'XLSX' }).click()])
    expect(file.suggestedFilename()).toMatch(/^Owners of clients .*\.xlsx$/)
    const { page: phone, context } = await app.visit({ width: 390, colorScheme: 'dark', as: page.context() })
    await phone.goto('/reports?report=owners')
    await phone.getByRole('table', { name: 'By person' }).waitFor()
    await shot('report-owners-390', phone)
    await context.close()
  })

  it('tell how long orders stand in each stage, what stands there, and what became of requests', async () => {
    const { pipelines: [pipeline] } = await api<{ pipelines: { stages: { id: string, kind: string, label: string }[] }[] }>('{ pipelines(object: "order") { stages { id kind label } } }')
    const [first, second] = pipeline!.stages.filter(stage => stage.kind === 'OPEN')
    const order = async () => (await api<{ createOrder: { id: string } }>('mutation ($client: ID!) { createOrder(input: { subject: "Windows", client: $client }) { id } }', { client })).createOrder.id
    const moved = await order()
    await order()
    await api('mutation ($id: ID!, $stage: ID!) { updateOrder(id: $id, input: { stage: $stage }) { id } }', { id: moved, stage: second!.id })
    await page.goto('/reports?report=stages')
    const row = page.getByRole('row').filter({ hasText: first!.label })
    await row.getByRole('button', { name: `${first!.label}: 1 there now` }).waitFor()
    expect(await row.getByRole('cell').first().innerText()).toBe('1')
    await page.getByRole('row').filter({ hasText: 'Sales cycle' }).waitFor()
    await shot('report-stages')
    await row.getByRole('button').click()
    await page.getByRole('dialog').locator('li').first().waitFor()
    expect(await page.getByRole('dialog').locator('li').count()).toBe(1)
    await shot('report-stage-records')
    await page.keyboard.press('Escape')
    await page.getByRole('switch', { name: 'Working hours only' }).click()
    await page.getByRole('button', { name: `${first!.label}: 1 there now` }).waitFor()
    // The stage that it left has ended, the one where it is goes on.
    await page.goto(`/orders/${moved}`)
    await page.getByRole('button', { name: 'Way through the stages' }).click()
    await page.getByRole('region', { name: 'Way through the stages' }).getByText(first!.label).waitFor()
    await shot('stage-history')

    await api('mutation { createIntakeItem(input: { channel: "form", source: "site", text: "Two doors, please" }) { id } }')
    await page.goto('/reports?report=requests')
    await page.getByRole('row', { name: /: site/ }).getByText('0 %').waitFor()
    await shot('report-requests')
    await page.getByRole('combobox', { name: 'Rows' }).click()
    await page.getByRole('option', { name: 'By person' }).click()
    await page.getByRole('columnheader', { name: 'By person' }).waitFor()
    expect(app.misdeeds).toEqual([])
  })

  it('stand on a phone', async () => {
    const phone = await app.visit({ width: 390, colorScheme: 'dark', as: page.context() })
    for (const [name, path] of [['stages-390', '/reports?report=stages'], ['requests-390', '/reports?report=requests'], ['report-390', '/reports?report=completeness'], ['work-390', '/reports'], ['webhooks-390', '/settings/webhooks'], ['privacy-390', '/settings/privacy'], ['person-390', `/contacts/${contact}`]] as const) {
      await phone.page.goto(path)
      await phone.page.waitForLoadState('networkidle')
      await shot(name, phone.page)
      expect(await phone.page.evaluate(() => document.documentElement.scrollWidth <= document.documentElement.clientWidth), path).toBe(true)
    }
    expect(app.misdeeds).toEqual([])
  })
})
