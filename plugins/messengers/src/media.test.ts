import { createHmac } from 'node:crypto'
import { createServer, type IncomingMessage as Request } from 'node:http'
import { buffer } from 'node:stream/consumers'
import { Readable } from 'node:stream'
import type { AddressInfo } from 'node:net'
import { testCrm } from '@kartotek/core/testing'
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest'
import messengers from './index.ts'

const PNG = Buffer.from('89504e470d0a1a0a0000000d49484452000000010000000108060000001f15c4890000000d49444154789c6360000002000001e221bc330000000049454e44ae426082', 'hex')
const PDF = Buffer.from('%PDF-1.4\n1 0 obj\n<<>>\nendobj\ntrailer\n<<>>\n%%EOF\n')

const crm = await testCrm({ plugins: [messengers], work: false, webhooks: { networks: '127.0.0.1' }, publicUrl: 'https://crm.example' })
const admin = await crm.as('administrator')

interface Asked { path: string, json: Record<string, unknown> | null, form: Map<string, string | { name: string, type: string, bytes: Buffer }> | null, authorization: string | undefined }
const asked: Asked[] = []
/** What the platform says to a path, in the words of its documentation. */
let answers: (path: string, request: Asked) => { status?: number, body: unknown } | Buffer
async function read(request: Request): Promise<Asked> {
  const body = await buffer(request)
  const type = request.headers['content-type'] ?? ''
  const form = type.startsWith('multipart/') || type.startsWith('application/x-www-form-urlencoded') ? await new Response(body as never, { headers: { 'content-type': type } }).formData() : null
  const parts = form && new Map(await Promise.all([...form].map(async ([key, value]) => [key, typeof value === 'string' ? value : { name: value.name, type: value.type, bytes: Buffer.from(await value.arrayBuffer()) }] as const)))
  return { path: request.url!, json: type === 'application/json' ? JSON.parse(body.toString('utf8')) as Record<string, unknown> : null, form: parts, authorization: request.headers.authorization }
}
const platform = createServer((request, response) => void (async () => {
  const one = await read(request)
  asked.push(one)
  const answer = answers(one.path, one)
  if (Buffer.isBuffer(answer)) return response.setHeader('content-type', 'application/octet-stream').end(answer)
  return response.writeHead(answer.status ?? 200, { 'content-type': 'application/json' }).end(JSON.stringify(answer.body))
})()).listen(0, '127.0.0.1')
await new Promise((resolve) => platform.once('listening', resolve))
const base = `http://127.0.0.1:${(platform.address() as AddressInfo).port}`
beforeAll(() => crm.kartotek.settings.updatePlugin('messengers', {
  graphApiRoot: base, vkApiRoot: base, viberApiRoot: base, whatsappToken: 'wt', whatsappPhoneId: '100', whatsappAppSecret: 'ws', facebookToken: 'ft', facebookPageId: '555', facebookAppSecret: 'fs', vkToken: 'vt', vkGroupId: '42', vkSecret: 'vs', viberToken: 'bt',
}, null))
beforeEach(() => { asked.length = 0 })
afterAll(async () => {
  await crm.close()
  await new Promise((resolve) => platform.close(resolve))
})

const drained = async () => { for (;;) { const { ran, failed } = await crm.drain(); expect(failed).toEqual([]); if (!ran) return } }
const meta = (path: string, secret: string, body: object) => {
  const text = JSON.stringify(body)
  return crm.webhook(`messengers/${path}`, { body: text, headers: { 'x-hub-signature-256': `sha256=${createHmac('sha256', secret).update(text).digest('hex')}` } })
}
const now = () => Math.floor(Date.now() / 1000)
const whatsapp = (value: object) => meta('whatsapp', 'ws', { entry: [{ changes: [{ field: 'messages', value: { metadata: { phone_number_id: '100' }, ...value } }] }] })
const facebook = (event: object) => meta('facebook', 'fs', { object: 'page', entry: [{ id: '555', messaging: [{ sender: { id: '9' }, recipient: { id: '555' }, timestamp: Date.now(), ...event }] }] })
const vk = (message: object) => crm.webhook('messengers/vk', { body: { group_id: 42, secret: 'vs', type: 'message_new', event_id: JSON.stringify(message).slice(0, 80), object: { message: { peer_id: 77, from_id: 77, date: now(), text: '', ...message } } } })
const viber = (message: object, token: string) => {
  const body = JSON.stringify({ event: 'message', timestamp: Date.now(), message_token: token, sender: { id: 'v1', name: 'Олена' }, message })
  return crm.webhook('messengers/viber', { body, headers: { 'x-viber-content-signature': createHmac('sha256', 'bt').update(body).digest('hex') } })
}
const conversationOf = async (channel: string): Promise<string> => (await crm.ask(admin, 'query ($c: String!) { conversations(filter: { channel: { eq: $c } }) { nodes { id } } }', { c: channel })).conversations.nodes[0].id
const messages = async (channel: string): Promise<{ id: string, text: string | null, direction: { key: string }, state: { key: string }, failure: { key: string } | null, failureText: string | null, media: string | null, externalId: string | null }[]> =>
  (await crm.ask(admin, 'query ($id: ID!) { messages(first: 100, filter: { conversation: { id: { eq: $id } } }, orderBy: [{ field: createdAt }]) { nodes { id text direction { key } state { key } failure { key } failureText media externalId } } }', { id: await conversationOf(channel) })).messages.nodes
const attach = async (channel: string, name: string, content: Buffer): Promise<string> => (await crm.kartotek.host.contextFor('messengers').files.attach({ object: 'conversation', id: await conversationOf(channel) }, { name, content: Readable.from([content]) as never })).id
let keys = 0
async function send(channel: string, text: string | null, files: string[]) {
  const { messengersSend } = await crm.ask(admin, 'mutation ($input: MessengersSendInput!) { messengersSend(input: $input) { message } }', { input: { conversation: await conversationOf(channel), text, files, key: `media-key-${++keys}` } })
  await drained()
  return (await messages(channel)).find(({ id }) => id === messengersSend.message)!
}
/** Names of the files that came with the last message, as they were kept. */
const kept = async (channel: string): Promise<string[]> => Promise.all((JSON.parse((await messages(channel)).at(-1)!.media ?? '[]') as { file?: string, name?: string, refused?: string }[]).map(async ({ file, refused }) => {
  if (!file) return `refused: ${refused}`
  const { name, content } = await crm.kartotek.host.contextFor('messengers').files.open(file)
  return `${name} ${(await buffer(content)).length}`
}))

it('WhatsApp: media by their id, a picture with its caption, a document with its name, a long text behind its file', { timeout: 240_000 }, async () => {
  answers = (path) => (path === '/M1' ? { body: { url: `${base}/whatsapp_business/attachments/?mid=M1`, mime_type: 'image/png', sha256: 'x', file_size: PNG.length, id: 'M1', messaging_product: 'whatsapp' } } : path.startsWith('/whatsapp_business') ? PNG : { status: 404, body: { error: { code: 100, message: 'Unsupported get request' } } })
  await whatsapp({ contacts: [{ wa_id: '358401234567', profile: { name: 'Väinö' } }], messages: [{ id: 'wamid.1', from: '358401234567', timestamp: String(now()), type: 'image', image: { id: 'M1', mime_type: 'image/png', caption: 'Kuva' } }] })
  await drained()
  expect(await kept('whatsapp')).toEqual([`image.jpg ${PNG.length}`])
  expect(asked.map(({ path, authorization }) => [path, authorization])).toEqual([['/M1', 'Bearer wt'], ['/whatsapp_business/attachments/?mid=M1', 'Bearer wt']])
  await whatsapp({ messages: [{ id: 'wamid.2', from: '358401234567', timestamp: String(now()), type: 'document', document: { id: 'GONE', filename: 'a.pdf' } }] })
  await drained()
  expect(await kept('whatsapp'), 'what cannot be had is named').toEqual(['refused: Unsupported get request'])

  let sent = 0, uploads = 0
  answers = (path) => (path === '/100/media' ? { body: { id: `U${++uploads}` } } : { body: { messaging_product: 'whatsapp', contacts: [{ input: '358401234567', wa_id: '358401234567' }], messages: [{ id: `wamid.out${++sent}` }] } })
  const [picture, paper] = [await attach('whatsapp', 'a.png', PNG), await attach('whatsapp', 'Lasku ä.pdf', PDF)]
  asked.length = 0
  expect(await send('whatsapp', 'Here', [picture, paper])).toMatchObject({ state: { key: 'sent' }, externalId: 'wamid.out1' })
  const [first, second, ...posts] = asked
  expect([first!.form!.get('messaging_product'), first!.form!.get('type'), first!.form!.get('file')]).toEqual(['whatsapp', 'image/png', { name: 'a.png', type: 'image/png', bytes: PNG }])
  expect(second!.form!.get('file')).toMatchObject({ name: 'Lasku ä.pdf', type: 'application/pdf', bytes: PDF })
  expect(posts.map(({ json }) => json)).toEqual([
    { messaging_product: 'whatsapp', to: '358401234567', type: 'image', image: { id: 'U1', caption: 'Here' } },
    { messaging_product: 'whatsapp', to: '358401234567', type: 'document', document: { id: 'U2', filename: 'Lasku ä.pdf' } },
  ])
  asked.length = 0
  const long = 'word '.repeat(300).trim()
  expect(await send('whatsapp', long, [picture])).toMatchObject({ state: { key: 'sent' } })
  expect(asked.slice(1).map(({ json }) => json)).toMatchObject([{ type: 'image', image: { id: 'U3' } }, { type: 'text', text: { body: long } }])

  // Nothing went out yet: what did not arrive is done again, once it is.
  let refusals = 0
  answers = (path) => (path === '/100/media' ? refusals++ ? { body: { id: 'U9' } } : { status: 500, body: {} } : { body: { messages: [{ id: 'wamid.later' }] } })
  expect(await send('whatsapp', 'Later', [picture])).toMatchObject({ state: { key: 'sent' }, externalId: 'wamid.later' })
  // The first part went out: it is not sent again.
  let parts = 0
  answers = (path) => (path === '/100/media' ? { body: { id: 'U10' } } : parts++ ? { status: 500, body: { error: { code: 131000, message: 'Something went wrong' } } } : { body: { messages: [{ id: 'wamid.half' }] } })
  expect(await send('whatsapp', 'Half', [picture, paper])).toMatchObject({ state: { key: 'failed' }, failure: { key: 'interrupted' } })
  expect(parts).toBe(2)
  answers = () => ({ status: 400, body: { error: { code: 100, message: '(#100) Param file must be a file with one of the following types', error_data: { details: 'Unsupported file' } } } })
  expect(await send('whatsapp', null, [paper])).toMatchObject({ state: { key: 'failed' }, failure: { key: 'refused' }, failureText: 'Unsupported file' })

  // Accepted, and refused later.
  await whatsapp({ statuses: [{ id: 'wamid.later', status: 'failed', timestamp: String(now()), errors: [{ code: 131047, title: 'Re-engagement message' }] }] })
  await drained()
  expect((await messages('whatsapp')).find(({ externalId }) => externalId === 'wamid.later')).toMatchObject({ state: { key: 'failed' }, failure: { key: 'closed' }, failureText: 'Re-engagement message' })
})

it('Facebook: files by address, files as parts of a form, echoes of them, what was delivered and read', { timeout: 240_000 }, async () => {
  answers = () => PNG
  await facebook({ message: { mid: 'm1', attachments: [{ type: 'image', payload: { url: `${base}/v/photo.png?x=1` } }, { type: 'fallback', title: 'A link', payload: null }] } })
  await drained()
  expect(await kept('facebook')).toEqual([`image.jpg ${PNG.length}`])

  let sent = 0
  answers = () => ({ body: { recipient_id: '9', message_id: `mid.${++sent}` } })
  const [picture, paper] = [await attach('facebook', 'a.png', PNG), await attach('facebook', 'b.pdf', PDF)]
  asked.length = 0
  const message = await send('facebook', 'Look', [picture, paper])
  expect(message).toMatchObject({ state: { key: 'sent' }, externalId: 'mid.1' })
  expect(asked.map(({ path, authorization }) => [path, authorization])).toEqual(Array(3).fill(['/me/messages', 'Bearer ft']))
  expect(asked[0]!.json).toMatchObject({ recipient: { id: '9' }, messaging_type: 'RESPONSE', message: { text: 'Look' } })
  expect(asked.slice(1).map(({ form }) => [JSON.parse(form!.get('recipient') as string), form!.get('messaging_type'), JSON.parse(form!.get('message') as string).attachment, form!.get('filedata')])).toEqual([
    [{ id: '9' }, 'RESPONSE', { type: 'image', payload: { is_reusable: false } }, { name: 'a.png', type: 'image/png', bytes: PNG }],
    [{ id: '9' }, 'RESPONSE', { type: 'file', payload: { is_reusable: false } }, { name: 'b.pdf', type: 'application/pdf', bytes: PDF }],
  ])
  const metadata = (asked[0]!.json!.message as { metadata: string }).metadata
  const before = (await messages('facebook')).length
  for (const mid of ['mid.1', 'mid.2', 'mid.3']) await facebook({ sender: { id: '555' }, recipient: { id: '9' }, message: { is_echo: true, app_id: 1, metadata, mid, text: 'Look' } })
  await drained()
  expect(await messages('facebook'), 'what was sent from here is not told once more').toHaveLength(before)

  const stateOf = async () => (await messages('facebook')).find(({ id }) => id === message.id)!.state.key
  await facebook({ delivery: { mids: ['mid.1'], watermark: Date.now() } })
  await drained()
  expect(await stateOf()).toBe('delivered')
  await facebook({ read: { watermark: Date.parse('2026-01-01T00:00:00Z') } })
  await drained()
  expect(await stateOf(), 'that was before it').toBe('delivered')
  await facebook({ read: { watermark: Date.now() } })
  await drained()
  expect(await stateOf()).toBe('read')

  for (const [error, failure] of [[{ code: 10, message: 'Outside the allowed window' }, 'closed'], [{ code: 100, error_subcode: 2018001, message: 'No matching user found' }, 'unknown'], [{ code: 100, message: 'Attachment size exceeds allowable limit' }, 'refused'], [{ code: 190, message: 'Session has expired' }, 'credentials'], [{ code: 200, error_subcode: 1545041, message: 'Not available' }, 'blocked']] as const) {
    answers = () => ({ status: 400, body: { error } })
    expect(await send('facebook', null, [picture])).toMatchObject({ state: { key: 'failed' }, failure: { key: failure }, failureText: error.message })
    await crm.kartotek.db.pool.query('update core.conversation set blocked = false')
  }
})

it('VK: the largest picture, a voice message and a document; pictures and documents up by their own servers', { timeout: 240_000 }, async () => {
  answers = () => PNG
  await vk({ id: 5, attachments: [
    { type: 'photo', photo: { sizes: [{ url: `${base}/s.jpg`, width: 10, height: 10 }, { url: `${base}/x.jpg`, width: 800, height: 600 }, { url: `${base}/m.jpg`, width: 100, height: 100 }] } },
    { type: 'audio_message', audio_message: { link_ogg: `${base}/v.ogg`, link_mp3: `${base}/v.mp3` } }, { type: 'doc', doc: { url: `${base}/d?hash=1`, title: 'Смета.xlsx' } }, { type: 'wall', wall: {} },
  ] })
  await drained()
  expect(await kept('vk')).toEqual([`image.jpg ${PNG.length}`, `voice.ogg ${PNG.length}`, `Смета.xlsx ${PNG.length}`])
  expect(asked.map(({ path }) => path)).toEqual(['/x.jpg', '/v.ogg', '/d?hash=1'])

  const good: typeof answers = (path) => ({ body: {
    '/method/photos.getMessagesUploadServer': { response: { album_id: -64, upload_url: `${base}/upload-photo?x=1`, user_id: 0 } }, '/upload-photo?x=1': { server: 7, photo: '[{"photo":"p"}]', hash: 'h' },
    '/method/photos.saveMessagesPhoto': { response: [{ id: 457, owner_id: -42, access_key: 'ak', sizes: [] }] }, '/method/docs.getMessagesUploadServer': { response: { upload_url: `${base}/upload-doc` } },
    '/upload-doc': { file: 'token' }, '/method/docs.save': { response: { type: 'doc', doc: { id: 88, owner_id: 42 } } }, '/method/messages.send': { response: 901 },
  }[path] ?? {} })
  answers = good
  const [picture, paper] = [await attach('vk', 'a.png', PNG), await attach('vk', 'b.pdf', PDF)]
  asked.length = 0
  expect(await send('vk', 'Смотрите', [picture, paper])).toMatchObject({ state: { key: 'sent' }, externalId: '901' })
  const formOf = (path: string) => asked.find((one) => one.path.startsWith(path))!.form!
  expect(formOf('/upload-photo').get('photo')).toEqual({ name: 'a.png', type: 'image/png', bytes: PNG })
  expect(formOf('/upload-doc').get('file')).toEqual({ name: 'b.pdf', type: 'application/pdf', bytes: PDF })
  expect(Object.fromEntries(formOf('/method/photos.saveMessagesPhoto'))).toMatchObject({ server: '7', photo: '[{"photo":"p"}]', hash: 'h', access_token: 'vt' })
  expect(Object.fromEntries(formOf('/method/docs.getMessagesUploadServer'))).toMatchObject({ type: 'doc', peer_id: '77' })
  expect(Object.fromEntries(formOf('/method/docs.save'))).toMatchObject({ file: 'token', title: 'b.pdf' })
  expect(Object.fromEntries(formOf('/method/messages.send'))).toMatchObject({ peer_id: '77', message: 'Смотрите', attachment: 'photo-42_457_ak,doc42_88' })

  answers = (path, one) => (path === '/upload-doc' ? { body: { error: 'no_file', error_descr: 'extension is not allowed' } } : good(path, one))
  asked.length = 0
  expect(await send('vk', 'x', [paper])).toMatchObject({ state: { key: 'failed' }, failure: { key: 'refused' }, failureText: expect.stringContaining('extension is not allowed') as unknown })
  expect(asked.some(({ path }) => path.endsWith('messages.send'))).toBe(false)
  let broken = 0
  answers = (path, one) => (path === '/upload-doc' && !broken++ ? { status: 502, body: {} } : good(path, one))
  expect(await send('vk', 'y', [paper])).toMatchObject({ state: { key: 'sent' } })
  for (const [code, failure] of [[901, 'blocked'], [936, 'unknown'], [27, 'credentials'], [914, 'refused']] as const) {
    answers = () => ({ body: { error: { error_code: code, error_msg: `Error ${code}` } } })
    expect(await send('vk', 'z', [])).toMatchObject({ state: { key: 'failed' }, failure: { key: failure } })
    await crm.kartotek.db.pool.query('update core.conversation set blocked = false')
  }
})

it('Viber: pictures and files by their address, both ways', { timeout: 240_000 }, async () => {
  let token = 0
  answers = (path) => (path.startsWith('/pic') ? PNG : path === '/pa/send_message' ? { body: { status: 0, message_token: `t${++token}` } } : { status: 404, body: {} })
  await viber({ type: 'picture', media: `${base}/pic.png?x`, file_name: 'pic.png' }, '4912661846655238145')
  await drained()
  expect(await kept('viber')).toEqual([`pic.png ${PNG.length}`])
  await viber({ type: 'file', media: `${base}/gone.pdf`, file_name: 'gone.pdf', size: 3 }, '4912661846655238146')
  await drained()
  expect(await kept('viber')).toEqual(['refused: The file answers 404.'])

  const picture = await attach('viber', 'a.png', PNG), paper = await attach('viber', 'Рахунок 7.pdf', PDF)
  asked.length = 0
  expect(await send('viber', 'Ось рахунок', [picture, paper])).toMatchObject({ state: { key: 'sent' }, externalId: 't1' })
  const sent = asked.map(({ json }) => json!)
  expect(sent).toMatchObject([
    { receiver: 'v1', type: 'text', text: 'Ось рахунок', sender: { name: 'Kartotek' } },
    { receiver: 'v1', type: 'picture', text: '', media: expect.stringMatching(/^https:\/\/crm\.example\/plugins\/messengers\/viber\/files\/[^/]+\/a\.png$/) as string },
    { receiver: 'v1', type: 'file', size: PDF.length, file_name: 'Рахунок 7.pdf', media: expect.stringMatching(/^https:.*\.pdf$/) as string },
  ])
  const [shown, told] = sent.slice(1).map(({ media }) => String(media).replace('https://crm.example/plugins/', ''))
  const fetched = await crm.get(null, shown!)
  expect([fetched.status, fetched.headers.get('content-type'), Buffer.from(await fetched.arrayBuffer())]).toEqual([200, 'image/png', PNG])
  const down = await crm.get(null, told!)
  expect([down.status, down.headers.get('content-type'), down.headers.get('content-disposition')]).toEqual([200, 'application/octet-stream', `attachment; filename*=UTF-8''${encodeURIComponent('Рахунок 7.pdf')}`])
  expect(Buffer.from(await down.arrayBuffer())).toEqual(PDF)

  // A later version is not what was sent; another file, a longer time or a signature for something else open nothing.
  await crm.kartotek.host.contextFor('messengers').files.addVersion(paper, { name: 'Рахунок 7.pdf', content: Buffer.concat([PDF, PDF]) })
  expect((await (await crm.get(null, told!)).arrayBuffer()).byteLength).toBe(PDF.length)
  await vk({ id: 900, text: 'x' })
  await drained()
  const other = await attach('vk', 'secret.pdf', PDF)
  for (const forged of [told!.replace(paper, other), told!.replace(/(:)(\d{10})\./, (_, sign: string, until: string) => `${sign}${Number(until) + 1}.`), told!.replace(/\.[\w-]+\//, `.${'A'.repeat(43)}/`)]) {
    expect(forged).not.toBe(told)
    expect((await crm.get(null, forged)).status).toBe(404)
  }
  await crm.ask(admin, 'mutation ($id: ID!) { deleteFile(id: $id) { id } }', { id: paper })
  expect((await crm.get(null, told!)).status, 'what is in the trash is gone for the person too').toBe(404)
})
