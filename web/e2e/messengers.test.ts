import { createHmac } from 'node:crypto'
import { execFileSync } from 'node:child_process'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Page } from 'playwright-core'
import { apiOf, runningApp, setUp, type RunningApp, type Visit } from './running-app.ts'

const PLUGIN = join(import.meta.dirname, '../../plugins/messengers')
execFileSync(process.execPath, [join(import.meta.dirname, '../../node_modules/vite/bin/vite.js'), 'build', '--logLevel', 'error'], { cwd: join(PLUGIN, 'web'), stdio: 'inherit' })
const app: RunningApp = await runningApp({ plugins: [PLUGIN] })
let page: Page
let visit: Visit
let form: string
const api = apiOf(() => page)
const shot = async (name: string, of = page) => { if (process.env.SHOTS) await of.screenshot({ path: `${process.env.SHOTS}/${name}.png` }) }
/** A site that shows the chat and a form, at an address that is not the server's. */
const site = createServer((_request, response) => {
  response.setHeader('content-type', 'text/html; charset=utf-8').end(`<!doctype html><html lang="fi"><body><h1>Site</h1><script src="${app.url}/plugins/messengers/form.js" data-form="${form}" async></script><script src="${app.url}/plugins/messengers/chat.js" async></script></body></html>`)
}).listen(0, '127.0.0.1')
afterAll(() => { site.close() })

beforeAll(async () => {
  visit = await setUp(app)
  page = visit.page
  await api('mutation ($values: JSON!) { updatePluginSettings(plugin: "messengers", values: $values) { values } }', { values: { whatsappToken: 't', whatsappPhoneId: '1', whatsappAppSecret: 's' } })
  const body = JSON.stringify({ entry: [{ changes: [{ field: 'messages', value: { contacts: [{ wa_id: '358401234567', profile: { name: 'Pekka Talo' } }], messages: [{ id: 'wamid.1', from: '358401234567', timestamp: String(Math.floor(Date.now() / 1000)), type: 'text', text: { body: 'Do you deliver on Saturdays?' } }] } }] }] })
  const { status } = await fetch(`${app.url}/plugins/messengers/whatsapp`, { method: 'POST', body, headers: { 'x-hub-signature-256': `sha256=${createHmac('sha256', 's').update(body).digest('hex')}` } })
  expect(status).toBe(200)
})

describe('messengers in the browser', () => {
  it('shows who wrote, reads it, and answers', async () => {
    await page.goto('/x/messengers')
    await page.getByRole('button', { name: /Pekka Talo/ }).click()
    const talk = page.getByRole('region', { name: 'Pekka Talo' })
    await talk.getByText('Do you deliver on Saturdays?').waitFor()
    await talk.getByRole('textbox', { name: 'Write a message' }).fill('Yes, until 3 pm')
    await talk.getByRole('button', { name: 'Send', exact: true }).click()
    await talk.getByRole('log').getByText('Yes, until 3 pm').waitFor()
    await shot('messengers-talk')
    expect((await api<{ conversations: { nodes: { unread: number }[] } }>('{ conversations { nodes { id unread } } }')).conversations.nodes[0]!.unread).toBe(0)
    const ownerOf = async () => (await api<{ conversations: { nodes: { owner: { id: string } | null }[] } }>('{ conversations { nodes { id owner { id } } } }')).conversations.nodes[0]!.owner?.id ?? null
    const { me } = await api<{ me: { id: string } }>('{ me { id } }')
    const { roles } = await api<{ roles: { id: string, key: string | null }[] }>('{ roles { id key } }')
    await api('mutation ($roles: [ID!]!) { inviteUser(input: { name: "Kalle Uusi", email: "kalle@example.com", roles: $roles }) { link } }', { roles: [roles.find(({ key }) => key === 'manager')!.id] })
    await page.reload()
    await talk.getByRole('combobox', { name: 'Who looks after it' }).or(talk.getByRole('button', { name: 'Who looks after it' })).click()
    await page.getByRole('option', { name: 'Kalle Uusi' }).click()
    await expect.poll(ownerOf).not.toBe(me.id)
    expect(await ownerOf()).not.toBeNull()
    await talk.getByRole('button', { name: 'Assign to me' }).waitFor()
    await page.getByRole('button', { name: 'Mine' }).click()
    await page.getByText('Nothing of yours is here.').waitFor()
    await page.getByRole('button', { name: 'Mine' }).click()
    await talk.getByRole('button', { name: 'Assign to me' }).click()
    await expect.poll(ownerOf).toBe(me.id)
    await page.getByRole('button', { name: 'Mine' }).click()
    await page.getByRole('button', { name: /Pekka Talo/ }).waitFor()
    await shot('messengers-owner')
    const narrow = await app.visit({ width: 390, colorScheme: 'dark', as: visit.context })
    await narrow.page.goto(page.url())
    await narrow.page.getByText('Yes, until 3 pm').first().waitFor()
    expect(await narrow.page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(390)
    await shot('messengers-talk-narrow', narrow.page)
    await narrow.context.close()
  })

  it('builds a form, which a site shows by one line and a visitor sends', async () => {
    await page.goto('/x/messengers/forms')
    await page.getByRole('button', { name: 'New form' }).first().click()
    await page.getByRole('textbox', { name: 'Name' }).first().fill('Doors')
    await page.getByRole('button', { name: 'Save' }).click()
    await page.getByText('Code for the site').waitFor()
    await shot('messengers-form')
    form = (await api<{ webForms: { nodes: { key: string }[] } }>('{ webForms { nodes { id key } } }')).webForms.nodes[0]!.key
    const visitor = await app.visit()
    await visitor.page.goto(`http://127.0.0.1:${(site.address() as AddressInfo).port}/?utm_source=ads`)
    const frame = visitor.page.frameLocator('iframe')
    await frame.getByLabel('Name *').fill('Olli')
    await frame.getByLabel('Message').fill('A door, please')
    await visitor.page.waitForTimeout(2_100)
    await frame.getByRole('button', { name: 'Send' }).click()
    await frame.getByText('Thank you!').waitFor()
    await visitor.context.close()
    const { intakeItems } = await api<{ intakeItems: { nodes: object[] } }>('{ intakeItems(filter: { channel: { eq: "form" } }) { nodes { id person text utmSource page } } }')
    expect(intakeItems.nodes).toMatchObject([{ person: 'Olli', text: 'A door, please', utmSource: 'ads' }])
  })

  it('talks with a visitor of a site', async () => {
    const visitor = await app.visit({ width: 390 })
    await visitor.page.goto(`http://127.0.0.1:${(site.address() as AddressInfo).port}/`)
    await visitor.page.getByRole('button', { name: 'Avaa chat' }).click()
    const email = visitor.page.getByRole('textbox', { name: 'Sähköposti' })
    await visitor.page.waitForTimeout(1_000)
    if (await email.isVisible()) await email.fill('olli@example.com')
    await visitor.page.getByRole('textbox', { name: 'Kirjoita viesti' }).fill('<b>Onko ketään?</b>')
    await visitor.page.getByRole('textbox', { name: 'Kirjoita viesti' }).press('Enter')
    await visitor.page.getByText('<b>Onko ketään?</b>').waitFor()
    await expect.poll(async () => (await api<{ conversations: { nodes: object[] } }>('{ conversations(filter: { channel: { eq: "chat" } }) { nodes { id } } }')).conversations.nodes.length).toBe(1)
    const { conversations: { nodes: [one] } } = await api<{ conversations: { nodes: { id: string }[] } }>('{ conversations(filter: { channel: { eq: "chat" } }) { nodes { id } } }')
    await api('mutation ($input: MessengersSendInput!) { messengersSend(input: $input) { message } }', { input: { conversation: one!.id, text: 'Kyllä on!', key: 'answer-00001' } })
    await visitor.page.getByText('Kyllä on!').waitFor()
    await shot('messengers-chat', visitor.page)
    await visitor.page.reload()
    await visitor.page.getByRole('button', { name: 'Avaa chat' }).click()
    await visitor.page.getByText('Kyllä on!').waitFor()
    await visitor.context.close()
  })
})
