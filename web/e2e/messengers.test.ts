import { createHmac } from 'node:crypto'
import { execFileSync } from 'node:child_process'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest'
import type { Page } from 'playwright-core'
import { apiOf, runningApp, setUp, type RunningApp, type Visit } from './running-app.ts'

const PLUGIN = join(import.meta.dirname, '../../plugins/messengers')
execFileSync(process.execPath, [join(import.meta.dirname, '../../node_modules/vite/bin/vite.js'), 'build', '--logLevel', 'error'], { cwd: join(PLUGIN, 'web'), stdio: 'inherit' })
const app: RunningApp = await runningApp({ plugins: [PLUGIN], settings: { KARTOTEK_WEBHOOK_NETWORKS: '127.0.0.0/8' } })
let page: Page
let visit: Visit
let form: string
const api = apiOf(() => page)
const TOKEN = '123456:the-token-of-the-tests'
const APP_SECRET = 'secret-of-the-app'
/** The platforms, as far as they are asked here. */
const platform = {
  sent: [] as object[],
  expired: false,
  server: createServer((request, response) => {
    let body = ''
    request.on('data', (piece: Buffer) => { body += piece.toString('utf8') }).on('end', () => {
      const answer = platform.expired ? { error: { code: 190, message: 'Session has expired.' } }
        : request.url!.includes('/message_templates') ? { data: [{ name: 'welcome', language: 'fi', status: 'APPROVED', components: [{ type: 'BODY', text: 'Hei {{1}}, tervetuloa!' }] }] }
          : request.url!.endsWith('/messages') ? { messages: [{ id: `wamid.out${platform.sent.push(JSON.parse(body) as object)}` }] } : { ok: true, result: true }
      response.writeHead(platform.expired ? 401 : 200, { 'content-type': 'application/json' }).end(JSON.stringify(answer))
    })
  }).listen(0, '127.0.0.1'),
}
const shot = async (name: string, of = page) => { if (process.env.SHOTS) await of.screenshot({ path: `${process.env.SHOTS}/${name}.png` }) }
/** A site that shows the chat and a form, at an address that is not the server's. */
const site = createServer((_request, response) => {
  response.setHeader('content-type', 'text/html; charset=utf-8').end(`<!doctype html><html lang="fi"><body><h1>Site</h1><script src="${app.url}/plugins/messengers/form.js" data-form="${form}" async></script><script src="${app.url}/plugins/messengers/chat.js" async></script></body></html>`)
}).listen(0, '127.0.0.1')
afterAll(() => {
  site.close()
  platform.server.close()
})

beforeAll(async () => {
  visit = await setUp(app)
  page = visit.page
  const root = `http://127.0.0.1:${(platform.server.address() as AddressInfo).port}`
  await api('mutation ($values: JSON!) { updatePluginSettings(plugin: "messengers", values: $values) { values } }', { values: { whatsappToken: 'wa-token', whatsappPhoneId: '1', whatsappAccountId: '7', whatsappAppSecret: APP_SECRET, graphApiRoot: root, telegramToken: TOKEN, telegramMode: 'webhook', telegramApiRoot: root } })
  const body = JSON.stringify({ entry: [{ changes: [{ field: 'messages', value: { contacts: [{ wa_id: '358401234567', profile: { name: 'Pekka Talo' } }], messages: [{ id: 'wamid.1', from: '358401234567', timestamp: String(Math.floor(Date.now() / 1000)), type: 'text', text: { body: 'Do you deliver on Saturdays?' } }] } }] }] })
  const { status } = await fetch(`${app.url}/plugins/messengers/whatsapp`, { method: 'POST', body, headers: { 'x-hub-signature-256': `sha256=${createHmac('sha256', APP_SECRET).update(body).digest('hex')}` } })
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
    const words = talk.getByRole('textbox', { name: 'Write a message' })
    await words.fill('On Sundays')
    await page.getByRole('link', { name: 'Clients', exact: true }).click()
    await page.waitForURL('**/clients')
    await page.goBack()
    await expect.poll(() => words.inputValue(), { message: 'what was begun is there again' }).toBe('On Sundays')
    await words.fill('')
    const narrow = await app.visit({ width: 390, colorScheme: 'dark', as: visit.context })
    await narrow.page.goto(page.url())
    await narrow.page.getByRole('log').getByText('Yes, until 3 pm').waitFor()
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

describe('a conversation', () => {
  const talk = () => page.getByRole('region', { name: 'Pekka Talo' })
  const send = () => talk().getByRole('button', { name: 'Send', exact: true }).click()

  beforeAll(async () => {
    await page.goto('/x/messengers')
    await page.getByRole('button', { name: /Pekka Talo/ }).click()
  })

  it('gets a template, with what stands in its places', async () => {
    await talk().getByRole('combobox', { name: 'Template' }).or(talk().getByRole('button', { name: 'Template' })).click()
    await page.getByRole('option', { name: 'welcome' }).click()
    await talk().getByText('Hei {{1}}, tervetuloa!').waitFor()
    await talk().getByRole('textbox', { name: 'Value 1' }).fill('Pekka')
    await shot('messengers-template')
    await send()
    await talk().getByRole('log').getByText('Hei Pekka, tervetuloa!').waitFor()
    await expect.poll(() => platform.sent.at(-1)).toMatchObject({ to: '358401234567', type: 'template', template: { name: 'welcome', language: { code: 'fi' }, components: [{ type: 'body', parameters: [{ type: 'text', text: 'Pekka' }] }] } })
    await talk().getByRole('article').filter({ hasText: 'Hei Pekka' }).getByText('Sent', { exact: true }).waitFor()
    await shot('messengers-template-sent')
  })

  it('says why there are no templates, and who mends it', async () => {
    platform.expired = true
    onTestFinished(() => { platform.expired = false })
    await page.reload()
    await talk().getByText('WhatsApp no longer accepts the access that is set here. An administrator enters it anew in the settings of the plugin. (Session has expired.)').waitFor()
    await shot('messengers-expired')
  })

  it('asks what a message is for where it must not be sent as it is', async () => {
    const { intakeItems } = await api<{ intakeItems: { nodes: { id: string }[] } }>('{ intakeItems(filter: { channel: { eq: "message" }, person: { eq: "Pekka Talo" } }) { nodes { id } } }')
    const { acceptIntake } = await api<{ acceptIntake: { client: string } }>('mutation ($id: ID!) { acceptIntake(id: $id, input: { clientValues: { name: "Pekka Talo", kind: "person" } }) { client } }', { id: intakeItems.nodes[0]!.id })
    await expect.poll(async () => (await api<{ conversations: { nodes: object[] } }>('query ($client: ID!) { conversations(filter: { client: { id: { eq: $client } } }) { nodes { id } } }', { client: acceptIntake.client })).conversations.nodes.length).toBe(1)
    for (const [purpose, state] of [['service', 'withdrawn'], ['marketing', 'given']]) await api('mutation ($input: ConsentCreateInput!) { createConsent(input: $input) { id } }', { input: { subject: { object: 'client', id: acceptIntake.client }, purpose, channel: 'messenger', state, source: 'by letter' } })
    await page.reload()
    const before = platform.sent.length
    await talk().getByRole('textbox', { name: 'Write a message' }).fill('Spring sale')
    expect(await talk().getByLabel('What is the message for?').count()).toBe(0)
    await send()
    await talk().getByRole('alert').getByText('This person has withdrawn the consent to messages for the purpose “service”.').waitFor()
    await shot('messengers-purpose')
    await talk().getByRole('combobox', { name: 'What is the message for?' }).click()
    await page.getByRole('option', { name: 'News and offers' }).click()
    await send()
    await talk().getByRole('log').getByText('Spring sale').waitFor()
    expect(await talk().getByRole('alert').count()).toBe(0)
    await expect.poll(() => platform.sent.slice(before)).toMatchObject([{ text: { body: 'Spring sale' } }])
    const { messages } = await api<{ messages: { nodes: object[] } }>('{ messages(filter: { text: { eq: "Spring sale" } }) { nodes { id purpose } } }')
    expect(messages.nodes).toMatchObject([{ purpose: 'marketing' }])
  })
})

describe('the card of a client', () => {
  const composer = (of: Page) => of.getByRole('tab', { name: 'Message', exact: true })
  const log = (of: Page, text: string) => of.getByRole('listitem').filter({ hasText: text })

  it('writes into the conversation beside the notes of its timeline', async () => {
    const { clients } = await api<{ clients: { nodes: { id: string }[] } }>('{ clients(filter: { name: { eq: "Pekka Talo" } }) { nodes { id } } }')
    await api('mutation ($input: ConsentCreateInput!) { createConsent(input: $input) { id } }', { input: { subject: { object: 'client', id: clients.nodes[0]!.id }, purpose: 'service', channel: 'messenger', state: 'given', source: 'by phone' } })
    await page.goto(`/clients/${clients.nodes[0]!.id}?tab=timeline`)
    await composer(page).click()
    expect(await page.getByRole('combobox', { name: 'Via' }).textContent()).toContain('WhatsApp · Pekka Talo')
    await page.getByRole('textbox', { name: 'Write a message' }).fill('Your doors are ready')
    await shot('composer')
    await page.getByRole('button', { name: 'Send', exact: true }).click()
    await log(page, 'Your doors are ready').first().waitFor()
    await expect.poll(() => platform.sent.at(-1)).toMatchObject({ to: '358401234567', text: { body: 'Your doors are ready' } })
    expect(await page.getByRole('textbox', { name: 'Write a message' }).inputValue()).toBe('')
    await shot('composer-sent')
    const { page: narrow, context } = await app.visit({ width: 390, colorScheme: 'dark', as: visit.context })
    await narrow.goto(page.url())
    await composer(narrow).click()
    await narrow.getByRole('textbox', { name: 'Write a message' }).waitFor()
    expect(await narrow.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(390)
    await shot('composer-390-dark', narrow)
    await context.close()
  })

  it('begins a conversation by a template, and says where there is no way', async () => {
    const { createClient } = await api<{ createClient: { id: string } }>('mutation { createClient(input: { name: "Uusi Oy", contactPoints: [{ kind: "phone", value: "+358 40 7654321" }] }) { id } }')
    await page.goto(`/clients/${createClient.id}?tab=timeline`)
    await composer(page).click()
    await page.getByRole('combobox', { name: 'Via' }).getByText('WhatsApp, a new conversation').waitFor()
    await page.getByRole('combobox', { name: 'Template' }).or(page.getByRole('button', { name: 'Template' })).click()
    await page.getByRole('option', { name: 'welcome' }).click()
    await page.getByRole('textbox', { name: 'Value 1' }).fill('Uusi')
    await page.getByRole('button', { name: 'Send', exact: true }).click()
    await expect.poll(() => platform.sent.at(-1)).toMatchObject({ to: '358407654321', type: 'template' })
    await page.getByRole('combobox', { name: 'Via' }).getByText('WhatsApp · Uusi Oy').waitFor()
    const { createContact } = await api<{ createContact: { id: string } }>('mutation { createContact(input: { name: "Nobody Yet" }) { id } }')
    await page.goto(`/contacts/${createContact.id}?tab=timeline`)
    await composer(page).click()
    await page.getByText('There is no conversation yet, and no channel by which one can begin one.').waitFor()
    await page.getByRole('tab', { name: 'Note', exact: true }).click()
    await page.getByRole('button', { name: 'Add', exact: true }).waitFor()
  })

  it('offers it to nobody who may write no messages', async () => {
    const { createRole } = await api<{ createRole: { id: string } }>('mutation ($input: RoleInput!) { createRole(input: $input) { id } }', { input: { key: 'quiet', labels: { en: 'Quiet', fi: 'Quiet', ru: 'Quiet', uk: 'Quiet' }, rules: { objects: { '*': { read: 'all' }, client: { read: 'all', update: 'all' }, timelineEntry: { read: 'all', create: 'all' } } } } })
    const { inviteUser } = await api<{ inviteUser: { link: string } }>('mutation ($roles: [ID!]!) { inviteUser(input: { name: "Quiet One", email: "quiet@example.com", roles: $roles }) { link } }', { roles: [createRole.id] })
    const quiet = await app.visit()
    await quiet.page.goto(inviteUser.link)
    await quiet.page.getByLabel('New password').fill('a walk along the quiet harbour')
    await quiet.page.getByRole('button', { name: 'Save the password' }).click()
    await quiet.page.waitForURL('**/clients')
    const { clients } = await api<{ clients: { nodes: { id: string }[] } }>('{ clients(filter: { name: { eq: "Pekka Talo" } }) { nodes { id } } }')
    await quiet.page.goto(`/clients/${clients.nodes[0]!.id}?tab=timeline`)
    await log(quiet.page, 'Your doors are ready').first().waitFor()
    await quiet.page.getByRole('tab', { name: 'Conversations' }).waitFor()
    expect(await composer(quiet.page).count()).toBe(0)
    await quiet.context.close()
  })
})

describe('a web form', () => {
  const QUESTIONS = [{ key: 'name', kind: 'name', label: 'Name', required: true }, { key: 'phone', kind: 'phone', label: 'Phone' }, { key: 'plan', kind: 'file', label: 'Plan' }]
  const WORDS = 'I agree to letters about doors.'
  let id: string
  let address: string
  beforeAll(async () => {
    const input = { name: 'Plans', language: 'en', questions: JSON.stringify(QUESTIONS), thanks: 'We will call you today.', consentText: WORDS, consentPurpose: 'marketing', consentVersion: 1, proofOfWork: true, minSeconds: 0 }
    const { createWebForm } = await api<{ createWebForm: { id: string, key: string } }>('mutation ($input: WebFormCreateInput!) { createWebForm(input: $input) { id key } }', { input })
    id = createWebForm.id
    address = `/plugins/messengers/forms/${createWebForm.key}`
  })

  async function fillIn(visitor: Page, name: string, phone: string): Promise<void> {
    await visitor.goto(address)
    await visitor.getByLabel('Name *').fill(name)
    await visitor.getByLabel('Phone').fill(phone)
    await visitor.getByLabel('Plan').setInputFiles({ name: `${name}.txt`, mimeType: 'text/plain', buffer: Buffer.from('Two doors, one window') })
    // Without consent the browser does not send it.
    await visitor.getByRole('button', { name: 'Send' }).click()
    expect(await visitor.getByRole('checkbox', { name: WORDS }).evaluate((box: HTMLInputElement) => box.validity.valueMissing)).toBe(true)
    await visitor.getByRole('checkbox', { name: WORDS }).check()
  }
  /** The request, its file, and what stands at the client when it is accepted. */
  async function keptOf(name: string) {
    const { intakeItems: { nodes: [item] } } = await api<{ intakeItems: { nodes: { id: string }[] } }>('query ($name: String!) { intakeItems(filter: { person: { eq: $name } }) { nodes { id source points { key } } } }', { name })
    const { files } = await api<{ files: { nodes: { name: string, href: string }[] } }>('query ($id: ID!) { files(filter: { subject: { id: { eq: $id } } }) { nodes { id name href } } }', { id: item!.id })
    const content = await page.evaluate(async href => (await fetch(href)).text(), files.nodes[0]!.href)
    const { acceptIntake } = await api<{ acceptIntake: { client: string } }>('mutation ($id: ID!, $name: String!) { acceptIntake(id: $id, input: { clientValues: { name: $name } }) { client } }', { id: item!.id, name })
    const consents = async () => (await api<{ consents: { nodes: object[] } }>('query ($id: ID!) { consents(filter: { subject: { id: { eq: $id } } }) { nodes { id purpose channel { key } state { key } textVersion source } } }', { id: acceptIntake.client })).consents.nodes
    await expect.poll(async () => (await consents()).length).toBe(1)
    return { item, file: { name: files.nodes[0]!.name, content }, consents: await consents() }
  }
  const expected = (name: string, phone: string) => ({ item: { source: 'Plans', points: [{ key: phone }] }, file: { name: `${name}.txt`, content: 'Two doors, one window' }, consents: [{ purpose: 'marketing', channel: { key: 'phone' }, state: { key: 'given' }, textVersion: 1, source: 'Plans' }] })

  it('takes a file and a consent, and has the browser work for it', async () => {
    const visitor = await app.visit({ width: 390 })
    await fillIn(visitor.page, 'Maija', '+358 40 5550001')
    await shot('messengers-form-filled', visitor.page)
    await visitor.page.getByRole('button', { name: 'Send' }).click()
    await visitor.page.getByRole('status').getByText('We will call you today.').waitFor()
    await visitor.context.close()
    expect(await keptOf('Maija')).toMatchObject(expected('Maija', '+358405550001'))
  })

  it('works in a browser without JavaScript, unless proof of work is asked for, which it says', async () => {
    const visitor = await app.visit({ width: 390, colorScheme: 'dark', javaScript: false })
    await visitor.page.goto(address)
    expect(await visitor.page.locator('noscript').textContent()).toContain('This form needs JavaScript.')
    await api('mutation ($id: ID!) { updateWebForm(id: $id, input: { proofOfWork: false }) { id } }', { id })
    await fillIn(visitor.page, 'Ville', '+358 40 5550002')
    expect(await visitor.page.locator('noscript').count()).toBe(0)
    await visitor.page.getByRole('button', { name: 'Send' }).click()
    await visitor.page.getByRole('status').getByText('We will call you today.').waitFor()
    await shot('messengers-form-thanks', visitor.page)
    await visitor.context.close()
    expect(await keptOf('Ville')).toMatchObject(expected('Ville', '+358405550002'))
  })
})

it('tells in the settings how many messages of groups were left alone', async () => {
  for (const n of [1, 2]) {
    const { status } = await fetch(`${app.url}/plugins/messengers/telegram`, {
      method: 'POST', headers: { 'content-type': 'application/json', 'x-telegram-bot-api-secret-token': createHmac('sha256', TOKEN).update('kartotek webhook').digest('base64url') },
      body: JSON.stringify({ update_id: n, message: { message_id: n, date: 1_780_000_000, chat: { id: -100, type: 'group', title: 'Team' }, from: { id: 5, first_name: 'Mika' }, text: 'Lunch?' } }),
    })
    expect(status).toBe(200)
  }
  await page.goto('/settings/x/messengers/main')
  await page.getByText(/^Group chats: 2 messages left alone, the last on .+\. Only private chats are read\.$/).waitFor()
  await shot('messengers-settings')
  const narrow = await app.visit({ width: 390, colorScheme: 'dark', locale: 'fi', as: visit.context })
  await narrow.page.goto('/settings/x/messengers/main')
  await narrow.page.getByText(/Group chats: 2|Ryhmäkeskustelut: 2/).waitFor()
  await shot('messengers-settings-narrow', narrow.page)
  await narrow.context.close()
})
