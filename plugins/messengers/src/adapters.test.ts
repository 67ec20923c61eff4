import { createHmac } from 'node:crypto'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { testCrm } from '@kartotek/core/testing'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { metaSigned, viberSigned } from './channels/signatures.ts'
import { parseViber } from './channels/viber.ts'
import messengers from './index.ts'

const crm = await testCrm({ plugins: [messengers], work: false, webhooks: { networks: '127.0.0.1' } })
const admin = await crm.as('administrator')
const asked: { url: string, body: string, token: string | undefined }[] = []
let answer: { status: number, body: object } = { status: 200, body: {} }
const stub = createServer((request, response) => {
  let body = ''
  request.on('data', (piece: Buffer) => { body += piece.toString('utf8') }).on('end', () => {
    asked.push({ url: request.url!, body, token: request.headers.authorization ?? request.headers['x-viber-auth-token'] as string | undefined })
    response.writeHead(answer.status, { 'content-type': 'application/json' }).end(JSON.stringify(answer.body))
  })
}).listen(0, '127.0.0.1')
await new Promise((resolve) => stub.once('listening', resolve))
const base = `http://127.0.0.1:${(stub.address() as AddressInfo).port}`
beforeAll(async () => {
  await crm.ask(admin, 'mutation ($values: JSON!) { updatePluginSettings(plugin: "messengers", values: $values) { values } }', { values: {
    graphApiRoot: base, vkApiRoot: base, viberApiRoot: base, whatsappToken: 'wt', whatsappPhoneId: '100', whatsappAppSecret: 'ws', whatsappVerifyToken: 'wv', facebookToken: 'ft', facebookPageId: '555', facebookAppSecret: 'fs', facebookVerifyToken: 'fv',
    vkToken: 'vt', vkGroupId: '42', vkSecret: 'vs', vkConfirmation: 'c0nf1rm', viberToken: 'bt',
  } })
})
afterAll(async () => {
  await crm.close()
  await new Promise((resolve) => stub.close(resolve))
})
const drained = async () => { for (let i = 0; i < 20; i++) { const { ran, failed } = await crm.drain(); expect(failed).toEqual([]); if (!ran) return } }
const conversationOf = async (channel: string) => (await crm.ask(admin, 'query ($c: String!) { conversations(filter: { channel: { eq: $c } }) { nodes { id name phone externalId blocked unread replyUntil request { utmCampaign points { kind value } } } } }', { c: channel })).conversations.nodes
const messagesOf = async (id: string) => (await crm.ask(admin, 'query ($id: ID!) { messages(filter: { conversation: { id: { eq: $id } } }, orderBy: [{ field: createdAt }]) { nodes { id text direction { key } state { key } failure { key } externalId media deletedAt } } }', { id })).messages.nodes
const send = async (conversation: string, key: string, more: object = {}) => {
  const { messengersSend } = await crm.ask(admin, 'mutation ($input: MessengersSendInput!) { messengersSend(input: $input) { message } }', { input: { conversation, text: 'Hello', key, ...more } })
  await drained()
  return (await messagesOf(conversation)).find(({ id }: { id: string }) => id === messengersSend.message)
}
const meta = (path: string, secret: string, body: object | string) => {
  const text = typeof body === 'string' ? body : JSON.stringify(body)
  return crm.webhook(`messengers/${path}`, { body: text, headers: { 'x-hub-signature-256': `sha256=${createHmac('sha256', secret).update(text).digest('hex')}` } })
}
const whatsapp = (value: object, secret = 'ws') => meta('whatsapp', secret, { object: 'whatsapp_business_account', entry: [{ id: '1', changes: [{ field: 'messages', value: { metadata: { phone_number_id: '100' }, ...value } }] }] })
const now = () => String(Math.floor(Date.now() / 1000))

it('knows signatures by published vectors', () => {
  expect(metaSigned(Buffer.from('Hello, World!'), 'sha256=757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17', `It's a Secret to Everybody`)).toBe(true)
  expect(metaSigned(Buffer.from('Hello, World?'), 'sha256=757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17', `It's a Secret to Everybody`)).toBe(false)
  const escaped = `sha256=${createHmac('sha256', 'k').update('{"a":"\\u65e5\\u672c"}').digest('hex')}`
  expect(metaSigned(Buffer.from('{"a":"日本"}'), escaped, 'k'), 'signed in its escaped form').toBe(true)
  const body = Buffer.from('{"event":"webhook","timestamp":4977069964384421269,"message_token":1478683725125}')
  expect(viberSigned(body, 'd21b343448c8aee33b8e93768ef6ceb64a6ba6163099973a2b8bd028fea510ef', '44dafb7e0f40021e-61a47a1e6778d187-f2c5a676a07050b3')).toBe(true)
  expect(viberSigned(body, 'd21b343448c8aee33b8e93768ef6ceb64a6ba6163099973a2b8bd028fea510ee', '44dafb7e0f40021e-61a47a1e6778d187-f2c5a676a07050b3')).toBe(false)
  expect(viberSigned(body, '', undefined)).toBe(false)
  expect(parseViber('{"message_token":4912661846655238145}').message_token).toBe('4912661846655238145')
})

it('WhatsApp: challenge, messages without a number, replays, states, the window and templates', async () => {
  expect((await crm.get(null, 'messengers/whatsapp?hub.mode=subscribe&hub.verify_token=wrong&hub.challenge=77')).status).toBe(403)
  expect(await (await crm.get(null, 'messengers/whatsapp?hub.mode=subscribe&hub.verify_token=wv&hub.challenge=77')).text()).toBe('77')
  const hello = { contacts: [{ wa_id: '358401234567', profile: { name: 'Väinö 日本' } }], messages: [{ id: 'wamid.1', from: '358401234567', timestamp: now(), type: 'text', text: { body: 'Hei' }, referral: { source_id: 'ad7' } }] }
  expect((await whatsapp(hello, 'wrong')).status).toBe(403)
  for (let i = 0; i < 3; i++) expect((await whatsapp(hello)).status).toBe(200)
  await drained()
  // One that hides his number, in one delivery with a state and kinds that nobody knows.
  await whatsapp({ contacts: [{ user_id: 'US.1349', profile: { name: 'Hidden' } }], messages: [{ id: 'wamid.2', from_user_id: 'US.1349', timestamp: now(), type: 'text', text: { body: 'No number' } }], statuses: [{ id: 'wamid.none', status: 'warned' }] })
  await whatsapp({ messages: [{ id: 'wamid.3', from: '358401234567', timestamp: now(), type: 'hologram' }, { id: 'wamid.4', from: '358401234567', timestamp: now(), type: 'interactive', interactive: { nfm_reply: { response_json: 'not json' } } }, null, {}].filter((one) => one !== null) })
  await drained()
  await whatsapp({ messages: [{ id: 'wamid.5', from: '358401234567', timestamp: now(), type: 'revoke', revoke: { original_message_id: 'wamid.1' } }] })
  await drained()
  const all = await conversationOf('whatsapp')
  const vaino = all.find(({ externalId }: { externalId: string }) => externalId === '358401234567')
  const hidden = all.find(({ externalId }: { externalId: string }) => externalId === 'US.1349')
  expect(vaino).toMatchObject({ name: 'Väinö 日本', phone: '+358401234567', unread: 3, request: { utmCampaign: 'ad7' } })
  expect(hidden).toMatchObject({ name: 'Hidden', phone: null, request: { points: [{ kind: 'whatsapp', value: 'idUS.1349' }] } })
  expect((await messagesOf(vaino.id)).map(({ text, deletedAt }: { text: string, deletedAt: string }) => [text, Boolean(deletedAt)])).toEqual([['Hei', true], [null, false], ['not json', false]])

  answer = { status: 200, body: { messages: [{ id: 'wamid.out1' }] } }
  const sent = await send(vaino.id, 'whatsapp-1')
  expect(sent).toMatchObject({ state: { key: 'sent' }, externalId: 'wamid.out1' })
  expect(asked.at(-1)).toMatchObject({ url: '/100/messages', token: 'Bearer wt' })
  expect(JSON.parse(asked.at(-1)!.body)).toMatchObject({ to: '358401234567', text: { body: 'Hello' } })
  // Out of their order, twice.
  for (const status of ['read', 'delivered', 'sent', 'read']) await whatsapp({ statuses: [{ id: 'wamid.out1', status, timestamp: now() }] })
  await drained()
  expect((await messagesOf(vaino.id)).at(-1).state.key).toBe('read')

  await crm.kartotek.db.pool.query(`update core.conversation set reply_until = now() - interval '1 hour' where id = $1`, [vaino.id])
  const before = asked.length
  expect(await send(vaino.id, 'whatsapp-2')).toMatchObject({ state: { key: 'failed' }, failure: { key: 'closed' } })
  expect(asked.length, 'nothing is sent into a closed window').toBe(before)
  expect(await send(vaino.id, 'whatsapp-3', { text: null, template: { name: 'hello', language: 'fi', values: ['Väinö'] } })).toMatchObject({ state: { key: 'sent' } })
  expect(JSON.parse(asked.at(-1)!.body)).toMatchObject({ type: 'template', template: { name: 'hello', language: { code: 'fi' } } })
})

it('WhatsApp: templates that cannot be had are told as what does not answer, with who can mend it', async () => {
  const templates = () => crm.query(admin, '{ messengersTemplates(channel: "whatsapp") { name values } }')
  const set = (values: object) => crm.ask(admin, 'mutation ($values: JSON!) { updatePluginSettings(plugin: "messengers", values: $values) { values } }', { values })
  expect((await templates()).data, 'without an account there are none').toEqual({ messengersTemplates: [] })
  await set({ whatsappAccountId: '7' })
  answer = { status: 200, body: { data: [{ name: 'hello', language: 'fi', status: 'APPROVED', components: [{ type: 'BODY', text: 'Hei {{1}}' }] }, { name: 'draft', language: 'fi', status: 'PENDING' }] } }
  expect((await templates()).data).toEqual({ messengersTemplates: [{ name: 'hello', values: 1 }] })
  answer = { status: 401, body: { error: { code: 190, message: 'Session has expired on Friday.' } } }
  expect((await templates()).errors![0]).toMatchObject({ message: 'WhatsApp no longer accepts the access that is set here. An administrator enters it anew in the settings of the plugin. (Session has expired on Friday.)', extensions: { code: 'UNAVAILABLE', channel: 'whatsapp' } })
  answer = { status: 429, body: { error: { code: 4, message: 'Too many calls' } } }
  expect((await templates()).errors![0]).toMatchObject({ message: 'WhatsApp does not give its templates now. Try again later. (Too many calls)', extensions: { code: 'UNAVAILABLE' } })
  expect((await crm.query(admin, '{ messengersTemplates(channel: "pigeons") { name } }')).errors![0]!.extensions.code).toBe('NOT_FOUND')
})

it('Facebook: echoes of ours make no request, other pages are ignored', async () => {
  const event = (more: object, entry = '555') => meta('facebook', 'fs', { object: 'page', entry: [{ id: entry, messaging: [{ sender: { id: '9' }, recipient: { id: '555' }, timestamp: Date.now(), ...more }] }] })
  expect((await meta('facebook', 'wrong', { entry: [] })).status).toBe(403)
  await event({ sender: { id: '555' }, recipient: { id: '8' }, message: { mid: 'm0', is_echo: true, text: 'From the page' } })
  await event({ message: { mid: 'm1', text: 'Hi' } })
  await event({ message: { mid: 'm2', text: 'Not ours' } }, '666')
  await event({ reaction: { emoji: 'x' } })
  await drained()
  const all = await conversationOf('facebook')
  expect(all.find(({ externalId }: { externalId: string }) => externalId === '8')).toMatchObject({ request: null, unread: 0 })
  const nine = all.find(({ externalId }: { externalId: string }) => externalId === '9')
  expect(await messagesOf(nine.id)).toHaveLength(1)
  answer = { status: 400, body: { error: { code: 551, message: 'This person is not available' } } }
  expect(await send(nine.id, 'facebook-1')).toMatchObject({ state: { key: 'failed' }, failure: { key: 'blocked' } })
})

it('VK: confirmation, secret, group, ok, edits, and its own guard against sending twice', async () => {
  const event = (more: object) => crm.webhook('messengers/vk', { body: { group_id: 42, secret: 'vs', ...more } })
  expect(await (await event({ type: 'confirmation' })).text()).toBe('c0nf1rm')
  expect((await event({ type: 'confirmation', secret: 'wrong' })).status).toBe(403)
  expect((await event({ type: 'message_new', group_id: 43 })).status).toBe(403)
  const message = { id: 5, peer_id: 77, from_id: 77, date: Number(now()), text: 'Здравствуйте', attachments: [{ type: 'photo', photo: { sizes: [{ url: 'https://sun1.userapi.com/s.jpg', width: 1, height: 1 }] } }, { type: 'wall' }] }
  for (let i = 0; i < 2; i++) expect(await (await event({ type: 'message_new', event_id: 'e1', object: { message: { ...message, attachments: [] }, client_info: {} } })).text()).toBe('ok')
  await event({ type: 'message_edit', event_id: 'e2', object: { ...message, attachments: [], text: 'Добрый день', update_time: Number(now()) } })
  await event({ type: 'message_new', event_id: 'e3', object: { message: { ...message, id: 6, peer_id: 2_000_000_001 } } })
  await event({ type: 'message_typing_state', event_id: 'e4', object: null })
  await drained()
  const [one, ...others] = await conversationOf('vk')
  expect(others).toEqual([])
  expect((await messagesOf(one.id)).map(({ text }: { text: string }) => text)).toEqual(['Добрый день'])
  answer = { status: 200, body: { response: 12 } }
  expect(await send(one.id, 'vk-000001')).toMatchObject({ state: { key: 'sent' }, externalId: '12' })
  expect(new URLSearchParams(asked.at(-1)!.body).get('random_id')).toMatch(/^-?\d+$/)
  answer = { status: 200, body: { error: { error_code: 901, error_msg: 'Can not send messages for users without permission' } } }
  expect(await send(one.id, 'vk-000002')).toMatchObject({ state: { key: 'failed' }, failure: { key: 'blocked' } })
})

it('Viber: its signature, long tokens, states and who leaves', async () => {
  const event = (text: string, token = 'bt') => crm.webhook('messengers/viber', { body: text, headers: { 'x-viber-content-signature': createHmac('sha256', token).update(text).digest('hex') } })
  const text = '{"event":"message","timestamp":1780000000000,"message_token":4912661846655238145,"sender":{"id":"01234567890A+/=","name":"Олена"},"message":{"type":"text","text":"Добрий день"}}'
  expect((await event(text, 'wrong')).status).toBe(403)
  for (let i = 0; i < 2; i++) expect((await event(text)).status).toBe(200)
  await event('{"event":"webhook","timestamp":1}')
  // By which link he came is told before he writes anything.
  await event('{"event":"conversation_started","timestamp":1780000000000,"message_token":70,"type":"open","context":"utm_source=flyer&utm_campaign=may","user":{"id":"came=","name":"Ірина"},"subscribed":false}')
  await drained()
  expect(await conversationOf('viber'), 'who wrote nothing is no conversation').toHaveLength(1)
  await event('{"event":"message","timestamp":1780000000001,"message_token":71,"sender":{"id":"came=","name":"Ірина"},"message":{"type":"url","media":"https://shop.example/1"}}')
  await drained()
  const came = (await conversationOf('viber')).find(({ externalId }: { externalId: string }) => externalId === 'came=')
  expect(came).toMatchObject({ name: 'Ірина', request: { utmCampaign: 'may' } })
  expect((await messagesOf(came.id)).map(({ text }: { text: string }) => text)).toEqual(['https://shop.example/1'])
  await drained()
  const one = (await conversationOf('viber')).find(({ externalId }: { externalId: string }) => externalId === '01234567890A+/=')
  expect((await messagesOf(one.id)).map(({ externalId }: { externalId: string }) => externalId)).toEqual(['4912661846655238145'])
  answer = { status: 200, body: { status: 0, message_token: 55 } }
  expect(await send(one.id, 'viber-0001')).toMatchObject({ state: { key: 'sent' }, externalId: '55' })
  await event('{"event":"seen","timestamp":1780000000001,"message_token":55,"user_id":"01234567890A+/="}')
  await event('{"event":"unsubscribed","timestamp":1780000000002,"user_id":"01234567890A+/=","message_token":56}')
  await drained()
  expect((await messagesOf(one.id)).at(-1).state.key).toBe('read')
  expect((await conversationOf('viber')).find(({ id }: { id: string }) => id === one.id).blocked).toBe(true)
})

it('settings that are typed are tried at each platform, and nothing is sent', async () => {
  const tried = async (values: object) => (await crm.ask(admin, 'mutation ($values: JSON!) { checkPluginSettings(plugin: "messengers", values: $values) { ok message } }', { values })).checkPluginSettings
  const since = asked.length
  answer = { status: 200, body: { id: '1', response: [], status: 0, ok: true, result: { id: 1 } } }
  expect(await tried({ telegramToken: '1:typed', telegramApiRoot: base, whatsappToken: 'typed' })).toEqual({ ok: true, message: null })
  expect(asked.slice(since).map(({ url, token }) => `${url} ${token ?? ''}`).sort()).toEqual(['/100?fields=id Bearer typed', '/bot1:typed/getMe ', '/me?fields=id Bearer ft', '/method/groups.getById ', '/pa/get_account_info bt'])
  answer = { status: 401, body: { error: { code: 190, message: 'No such token: typed' }, ok: false, error_code: 401, description: 'Unauthorized' } }
  const alone = { facebookToken: null, vkToken: null, viberToken: null }
  expect(await tried({ ...alone, telegramToken: '1:typed', telegramApiRoot: base, whatsappToken: 'typed' })).toEqual({ ok: false, message: 'Telegram does not accept the access that is entered here. (Unauthorized) WhatsApp does not accept the access that is entered here. (No such token: [secret])' })
  answer = { status: 200, body: {} }
  expect(await tried({ ...alone, whatsappToken: null })).toEqual({ ok: false, message: 'No messenger is set up yet, so there is none to ask.' })
})
