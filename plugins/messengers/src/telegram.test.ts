import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { testCrm } from '@kartotek/core/testing'
import emulator from 'telegram-test-api'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { poll, telegramSecret } from './channels/telegram.ts'
import messengers from './index.ts'
import type { TelegramServer } from 'telegram-test-api/lib/telegramServer.js'

async function freePort(): Promise<number> {
  const taken = createServer().listen(0, '127.0.0.1')
  await new Promise((resolve) => taken.once('listening', resolve))
  const { port } = taken.address() as AddressInfo
  await new Promise((resolve) => taken.close(resolve))
  return port
}

const TOKEN = '123456:the-token-of-the-tests'
const server = new (emulator as unknown as new (options: object) => TelegramServer)({ port: await freePort(), host: '127.0.0.1' })
await server.start()
const crm = await testCrm({ plugins: [messengers], work: false, webhooks: { networks: '127.0.0.1' } })
const admin = await crm.as('administrator')
const SETTINGS = 'mutation ($values: JSON!) { updatePluginSettings(plugin: "messengers", values: $values) { values } }'
beforeAll(async () => {
  expect(crm.kartotek.host.problems, 'it runs without any settings').toEqual([])
  await crm.ask(admin, SETTINGS, { values: { telegramToken: TOKEN, telegramApiRoot: server.config.apiURL } })
})
afterAll(async () => {
  await crm.close()
  await server.stop()
})

const drained = async () => { for (;;) { const { ran, failed } = await crm.drain(); expect(failed).toEqual([]); if (!ran) return } }
const ctx = () => crm.kartotek.host.contextFor('messengers') as never
const CONVERSATIONS = '{ conversations(orderBy: [{ field: createdAt }]) { nodes { id name username phone channel unread lastText blocked state { key } client { id } request { id text state { key } utmSource source points { kind value } } } } }'
const MESSAGES = 'query ($id: ID!) { messages(filter: { conversation: { id: { eq: $id } } }, orderBy: [{ field: at }, { field: createdAt }]) { nodes { id text direction { key } state { key } failure { key } media edits editedAt deletedAt externalId author { id } } } }'
const conversations = async () => (await crm.ask(admin, CONVERSATIONS)).conversations.nodes
const messages = async (id: string) => (await crm.ask(admin, MESSAGES, { id })).messages.nodes
const told = (update: object, headers: Record<string, string> = { 'x-telegram-bot-api-secret-token': telegramSecret(TOKEN) }) => crm.webhook('messengers/telegram', { body: update, headers })
const aino = () => server.getClient(TOKEN, { userId: 7, chatId: 7, firstName: 'Aino', userName: 'aino', type: 'private' })

it('takes what the emulator gives by long polling, makes one request of it, and answers', async () => {
  const client = aino()
  await client.sendMessage(client.makeMessage('Hei, tarvitsen ovia'))
  await client.sendMessage(client.makeMessage('Kaksi kappaletta'))
  expect(await poll(ctx(), 0)).toBe(2)
  await drained()
  expect(await poll(ctx(), 0), 'the place in the stream is kept').toBe(0)
  const [one, ...others] = await conversations()
  expect(others).toEqual([])
  expect(one).toMatchObject({ name: 'Aino', username: '@aino', channel: 'telegram', unread: 2, lastText: 'Kaksi kappaletta', state: { key: 'open' }, request: { text: 'Hei, tarvitsen ovia', state: { key: 'new' }, points: [{ kind: 'telegram', value: '@aino' }, { kind: 'telegram', value: 'id7' }] } })
  expect((await messages(one.id)).map(({ text, direction }: { text: string, direction: { key: string } }) => [text, direction.key])).toEqual([['Hei, tarvitsen ovia', 'in'], ['Kaksi kappaletta', 'in']])
  expect((await crm.ask(admin, '{ intakeItems { total { value } } }')).intakeItems.total.value, 'what is written on belongs to the request').toBe(1)

  const SEND = 'mutation ($input: MessengersSendInput!) { messengersSend(input: $input) { message repeated } }'
  const input = { conversation: one.id, text: 'Terve! Mikä koko?', key: 'answer-0001' }
  const { messengersSend: sent } = await crm.ask(admin, SEND, { input })
  expect((await crm.ask(admin, SEND, { input })).messengersSend).toEqual({ message: sent.message, repeated: true })
  await drained()
  const { result } = await client.getUpdates()
  expect(result.map(({ message }: { message: { text: string } }) => message.text)).toEqual(['Terve! Mikä koko?'])
  expect((await messages(one.id)).at(-1)).toMatchObject({ text: 'Terve! Mikä koko?', direction: { key: 'out' }, state: { key: 'sent' }, author: { id: admin.actor.userId } })

  await crm.ask(admin, 'mutation ($id: ID!) { messengersMarkRead(conversation: $id) }', { id: one.id })
  expect((await conversations())[0].unread).toBe(0)
  await client.sendMessage(client.makeMessage('😀'))
  await poll(ctx(), 0)
  await drained()
  expect((await conversations())[0]).toMatchObject({ unread: 1, lastText: '😀' })
})

it('stands on the timeline of the client to whom the request was put', async () => {
  const [one] = await conversations()
  const { acceptIntake } = await crm.ask(admin, 'mutation ($id: ID!) { acceptIntake(id: $id, input: { clientValues: { name: "Aino", kind: "person" } }) { client } }', { id: one.request.id })
  await drained()
  expect((await conversations())[0].client).toEqual({ id: acceptIntake.client })
  const { timeline } = await crm.ask(admin, 'query ($id: ID!) { timeline(object: "client", id: $id, kinds: ["message"]) { nodes { text } } }', { id: acceptIntake.client })
  expect(timeline.nodes.map(({ text }: { text: string }) => text).sort()).toEqual(['Hei, tarvitsen ovia', 'Kaksi kappaletta', 'Terve! Mikä koko?', '😀'].sort())

  // A message is one line: what the conversation keeps of it, and that it goes out, is none.
  const lines = async () => (await crm.ask(admin, 'query ($id: ID!) { timeline(object: "client", id: $id, first: 100) { nodes { kind text record { object } } } }', { id: acceptIntake.client })).timeline.nodes as { kind: string, text: string | null, record: { object: string } }[]
  const before = (await lines()).length
  const client = aino()
  await client.sendMessage(client.makeMessage('Milloin?'))
  await poll(ctx(), 0)
  await drained()
  expect((await conversations())[0]).toMatchObject({ unread: 1 + 1, lastText: 'Milloin?' })
  const after = await lines()
  expect(after.length - before).toBe(1)
  // Telegram tells whole seconds, so what was changed within that second may stand above it.
  expect(after.filter(({ text }) => text === 'Milloin?').map(({ kind }) => kind)).toEqual(['message'])
  expect(after.filter(({ record }) => record.object === 'message')).toEqual([])
})

it('lets in nobody without the secret, and takes each update once', async () => {
  const update = (id: number, message: object) => ({ update_id: id, message: { message_id: id, date: 1_780_000_000, chat: { id: 5_000_000_000, type: 'private', first_name: 'Пётр' }, from: { id: 5_000_000_000, first_name: 'Пётр' }, ...message } })
  expect((await told(update(900, { text: 'x' }), {})).status).toBe(403)
  expect((await told(update(900, { text: 'x' }), { 'x-telegram-bot-api-secret-token': 'wrong' })).status).toBe(403)
  for (let i = 0; i < 3; i++) expect((await told(update(901, { text: '/start utm_source-ads__utm_campaign-may' }))).status).toBe(200)
  // The same message under another update, as after a restored webhook.
  await told({ ...update(902, { text: '/start utm_source-ads__utm_campaign-may' }), message: update(901, { text: '/start utm_source-ads__utm_campaign-may' }).message })
  await drained()
  const pjotr = (await conversations()).find(({ name }: { name: string }) => name === 'Пётр')
  expect(pjotr.request).toMatchObject({ utmSource: 'ads' })
  expect(await messages(pjotr.id)).toHaveLength(1)

  // Kinds that nobody knows, half messages, stickers, endless texts: the queue goes on.
  const odd = [
    { update_id: 910, something_new: { a: 1 } }, { update_id: 911, message: {} }, { update_id: 912, message: null }, update(913, { sticker: { file_id: 'st', emoji: '😺' } }), update(914, { text: 'я'.repeat(60_000) }),
    update(915, { text: '👨‍👩‍👧‍👦'.repeat(50) }), update(916, { text: 'half \ud800 and \u0000 zero' }), update(917, {}), update(918, { location: { latitude: 60.1, longitude: 24.9 } }),
    update(919, { contact: { phone_number: '79161234567', first_name: 'Чужой', user_id: 42 } }),
  ]
  for (const one of odd) expect((await told(one)).status).toBe(200)
  await drained()
  expect((await conversations()).find(({ name }: { name: string }) => name === 'Пётр').phone, 'a stranger’s card is no number of his').toBeNull()
  await told(update(920, { contact: { phone_number: '79161234567', first_name: 'Пётр', user_id: 5_000_000_000 } }))
  await told({ update_id: 921, edited_message: { ...update(901, { text: 'Нужны окна' }).message, edit_date: 1_780_000_100 } })
  await drained()
  const after = (await conversations()).find(({ name }: { name: string }) => name === 'Пётр')
  expect(after.phone).toBe('+79161234567')
  const all = await messages(after.id)
  expect(all.find(({ externalId }: { externalId: string }) => externalId === '901')).toMatchObject({ text: 'Нужны окна', editedAt: expect.any(String), edits: expect.stringContaining('/start') })
  expect(all.find(({ externalId }: { externalId: string }) => externalId === '914').text).toHaveLength(50_000)
  expect(all.find(({ externalId }: { externalId: string }) => externalId === '915').text).toBe('👨‍👩‍👧‍👦'.repeat(50))
  expect(all.map(({ externalId }: { externalId: string }) => externalId).sort()).toEqual(['901', '913', '914', '915', '916', '917', '918', '919', '920'])

  await told({ update_id: 925, deleted_business_messages: { business_connection_id: 'b', chat: { id: 5_000_000_000, type: 'private' }, message_ids: [913, 915] } })
  await drained()
  expect((await messages(after.id)).filter(({ deletedAt }: { deletedAt: string | null }) => deletedAt).map(({ externalId }: { externalId: string }) => externalId).sort()).toEqual(['913', '915'])

  await told({ update_id: 930, my_chat_member: { chat: { id: 5_000_000_000, type: 'private' }, from: { id: 5_000_000_000 }, date: 1_780_000_200, new_chat_member: { status: 'kicked' } } })
  await drained()
  expect((await conversations()).find(({ name }: { name: string }) => name === 'Пётр').blocked).toBe(true)
})

it('leaves groups alone, and says how many messages that were', async () => {
  const LEFT = '{ messengersChannels { key leftAlone { messages lastAt } } }'
  const left = async () => (await crm.ask(admin, LEFT)).messengersChannels.find(({ key }: { key: string }) => key === 'telegram').leftAlone
  expect(await left()).toEqual({ messages: 0, lastAt: null })
  const before = (await conversations()).length
  const inGroup = (id: number, type: string, more: object = {}) => told({ update_id: id, message: { message_id: id, date: 1_780_000_000, chat: { id: -100, type, title: 'Team' }, from: { id: 55 }, text: 'Lunch?', ...more } })
  await inGroup(940, 'group')
  await inGroup(941, 'supergroup')
  // One who comes or goes there, and what a bot is told in private, are no messages of groups.
  await told({ update_id: 942, my_chat_member: { chat: { id: -100, type: 'group' }, from: { id: 55 }, date: 1_780_000_200, new_chat_member: { status: 'member' } } })
  await told({ update_id: 943, message: { message_id: 943, date: 1_780_000_000, chat: { id: 5_000_000_000, type: 'private' }, from: { id: 9, is_bot: true }, text: 'beep' } })
  await drained()
  expect(await conversations()).toHaveLength(before)
  expect(await left()).toEqual({ messages: 2, lastAt: expect.any(String) as unknown })
  const { rows } = await crm.kartotek.db.pool.query("select 1 from p_messengers.inbound where content::text like '%Lunch%'")
  expect(rows, 'nothing of them is kept').toEqual([])
  const manager = await crm.as('manager')
  expect((await crm.ask(manager, LEFT)).messengersChannels.map((one: { leftAlone: unknown }) => one.leftAlone).every((one: unknown) => one === null)).toBe(true)
})

it('gets media, waits as long as it is told, and shows why something was not sent', async () => {
  const asked: string[] = []
  let answer: { status: number, body: object } = { status: 200, body: { ok: true, result: { message_id: 77 } } }
  let once: typeof answer | null = null
  const stub = createServer((request, response) => {
    let body = ''
    request.on('data', (piece: Buffer) => { body += piece.toString('latin1') }).on('end', () => {
      asked.push(`${request.url} ${body.slice(0, 4000)}`)
      if (request.url!.startsWith('/file/')) { response.end(Buffer.from('89504e470d0a1a0a0000000d4948445200000001000000010806000000', 'hex')); return }
      if (request.url!.endsWith('/getFile')) { response.setHeader('content-type', 'application/json').end(JSON.stringify({ ok: true, result: { file_id: 'p', file_path: 'photos/1.png', file_size: 30 } })); return }
      response.writeHead(answer.status, { 'content-type': 'application/json' }).end(JSON.stringify(answer.body))
      if (once) { answer = once; once = null }
    })
  }).listen(0, '127.0.0.1')
  await new Promise((resolve) => stub.once('listening', resolve))
  await crm.ask(admin, SETTINGS, { values: { telegramApiRoot: `http://127.0.0.1:${(stub.address() as AddressInfo).port}` } })
  const photo = (id: number, caption?: string) => told({ update_id: id, message: { message_id: id, media_group_id: 'g', date: 1_780_000_000, chat: { id: 8, type: 'private', first_name: 'Olena' }, from: { id: 8, first_name: 'Olena' }, caption, photo: [{ file_id: 'small' }, { file_id: 'big', file_size: 30 }] } })
  await photo(1001, 'альбом')
  await photo(1002)
  await drained()
  const olena = (await conversations()).find(({ name }: { name: string }) => name === 'Olena')
  const files = (await crm.ask(admin, 'query ($id: ID!) { files(filter: { subject: { id: { eq: $id } } }) { nodes { id name href } } }', { id: olena.id })).files.nodes
  expect(files.map(({ name }: { name: string }) => name)).toEqual(['1.png', '1.png'])
  expect((await messages(olena.id)).map(({ media }: { media: string }) => JSON.parse(media)[0].file).sort()).toEqual(files.map(({ id }: { id: string }) => id).sort())

  const send = async (key: string, more: object = {}) => (await crm.ask(admin, 'mutation ($input: MessengersSendInput!) { messengersSend(input: $input) { message } }', { input: { conversation: olena.id, text: key, key, ...more } })).messengersSend.message as string
  const stateOf = async (id: string) => { const { state, failure } = (await messages(olena.id)).find((one: { id: string }) => one.id === id); return [state.key, failure?.key ?? null] }
  const withFile = await send('with-a-file', { files: [files[0].id] })
  await drained()
  expect(await stateOf(withFile)).toEqual(['sent', null])
  expect(asked.find((one) => one.includes('/sendPhoto') || one.includes('/sendDocument'))).toContain('with-a-file')

  answer = { status: 403, body: { ok: false, error_code: 403, description: 'Forbidden: bot was blocked by the user' } }
  const blocked = await send('blocked-one')
  await drained()
  expect(await stateOf(blocked)).toEqual(['failed', 'blocked'])
  const calls = asked.length
  answer = { status: 429, body: { ok: false, error_code: 429, description: 'Too Many Requests', parameters: { retry_after: 1 } } }
  once = { status: 200, body: { ok: true, result: { message_id: 78 } } }
  const held = await send('held-back')
  const began = Date.now()
  await drained()
  expect(await stateOf(held)).toEqual(['sent', null])
  expect(asked.length - calls).toBe(2)
  expect(Date.now() - began, 'no sooner than it was told').toBeGreaterThanOrEqual(900)

  // Whoever was sending it did not come back: it is not sent a second time.
  const lost = await send('lost-one')
  await crm.kartotek.db.pool.query(`update core.message set state = 'sending' where id = $1`, [lost])
  await crm.kartotek.jobs.enqueue(null, 'messengers', 'sendMessage', { message: lost }, { key: lost })
  await drained()
  expect(await stateOf(lost)).toEqual(['failed', 'interrupted'])
  expect(asked.some((one) => one.includes('lost-one'))).toBe(false)
  await new Promise((resolve) => stub.close(resolve))
})

it('lets people write only what is to be sent, where they see the conversation', async () => {
  const [one] = await conversations()
  const [first] = await messages(one.id)
  const refused = async (source: string) => (await crm.query(admin, source)).errors?.[0]?.extensions.code
  expect(await refused(`mutation { createMessage(input: { conversation: { object: "conversation", id: "${one.id}" }, direction: "in", state: "received", text: "I agree", at: "2026-01-01T00:00:00Z", key: "telegram:7:99" }) { id } }`)).toBe('FORBIDDEN')
  expect(await refused(`mutation { updateMessage(id: "${first.id}", input: { text: "I agree" }) { id } }`)).toBe('FORBIDDEN')
  expect(await refused(`mutation { createConversation(input: { channel: "telegram", externalId: "1", key: "telegram:1" }) { id } }`)).toBe('FORBIDDEN')
  expect(await refused(`mutation { updateConversation(id: "${one.id}", input: { externalId: "8" }) { id } }`)).toBe('FORBIDDEN')
  expect(await refused(`mutation { updateConversation(id: "${one.id}", input: { state: "closed" }) { id } }`)).toBeUndefined()
  const stranger = await crm.as('manager')
  expect((await crm.ask(stranger, CONVERSATIONS)).conversations.nodes).toEqual([])
  expect((await crm.ask(stranger, MESSAGES, { id: one.id })).messages.nodes).toEqual([])
  expect((await crm.query(stranger, 'mutation ($input: MessengersSendInput!) { messengersSend(input: $input) { message } }', { input: { conversation: one.id, text: 'x', key: 'stranger-1' } })).errors?.[0]?.extensions.code).toBe('NOT_FOUND')
  expect((await crm.query(stranger, 'mutation ($id: ID!) { messengersMarkRead(conversation: $id) }', { id: one.id })).errors?.[0]?.extensions.code).toBe('NOT_FOUND')
})

it('does not write to who asked not to be written to', async () => {
  const [one] = await conversations()
  await crm.ask(admin, 'mutation ($id: ID!) { updateClient(id: $id, input: { doNotContact: ["messenger"] }) { id } }', { id: one.client.id })
  expect((await crm.query(admin, 'mutation ($input: MessengersSendInput!) { messengersSend(input: $input) { message } }', { input: { conversation: one.id, text: 'x', key: 'unwanted-1' } })).errors?.[0]?.extensions.code).toBe('FORBIDDEN')
})

it('forgets a person whole: his name, his words, also in the history and beside the records', async () => {
  const [one] = await conversations()
  await crm.ask(admin, 'mutation ($id: ID!) { updateClient(id: $id, input: { doNotContact: [] }) { id } }', { id: one.client.id })
  await crm.ask(admin, 'mutation ($id: ID!) { erasePerson(object: "client", id: $id, confirm: "Aino") }', { id: one.client.id })
  await drained()
  const { pool } = crm.kartotek.db
  const { rows: [left] } = await pool.query(`select (select count(*)::int from core.conversation where id = $1 and (name is not null or username is not null or last_text is not null or search <> '')) as conversation,
    (select count(*)::int from p_messengers.inbound where conversation = '7' and content is not null) as inbound,
    (select count(*)::int from core.change where record_id = $1 and (before::text like '%Aino%' or after::text like '%Aino%')) as history`, [one.id])
  expect(left).toEqual({ conversation: 0, inbound: 0, history: 0 })
  expect((await messages(one.id)).filter(({ text, media, edits }: Record<string, unknown>) => text ?? media ?? edits)).toEqual([])
})
