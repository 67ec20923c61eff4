import { randomUUID } from 'node:crypto'
import { Script } from 'node:vm'
import { gzipSync } from 'node:zlib'
import { testCrm } from '@kartotek/core/testing'
import type { PluginContext } from '@kartotek/sdk'
import { afterAll, expect, it } from 'vitest'
import messengers from './index.ts'
import { agreedSecret } from './public-door.ts'

const crm = await testCrm({ plugins: [messengers], work: false })
const server = await crm.serve()
afterAll(async () => {
  await crm.close()
})
const admin = await crm.as('administrator')
const post = (path: string, body: object, headers: Record<string, string> = { origin: 'https://site.example' }) => fetch(`${server.url}/plugins/messengers/chat/${path}`, { method: 'POST', headers: { 'content-type': 'text/plain', ...headers }, body: JSON.stringify(body) })
const begin = async (token?: string) => (await post('start', { token })).json() as Promise<{ token: string, lines: { text: string, from: string }[] }>
const drained = async () => { for (let i = 0; i < 10; i++) { const { ran, failed } = await crm.drain(); expect(failed).toEqual([]); if (!ran) return } }
const conversations = async () => (await crm.ask(admin, '{ conversations(filter: { channel: { eq: "chat" } }, orderBy: [{ field: createdAt }]) { nodes { id externalId name unread request { id page utmSource text points { kind value } } } } }')).conversations.nodes
const answer = async (conversation: string, text: string, more: object = {}) => {
  await crm.ask(admin, 'mutation ($input: MessengersSendInput!) { messengersSend(input: $input) { message } }', { input: { conversation, text, key: randomUUID(), ...more } })
  await drained()
}
/** What a stream tells until it is told the text. */
async function heard(token: string, until: string): Promise<string> {
  const response = await post('events', { token })
  expect(response.headers.get('content-type')).toMatch('text/event-stream')
  const reader = response.body!.pipeThrough(new TextDecoderStream()).getReader()
  let all = ''
  while (!all.includes(until)) {
    const { done, value } = await reader.read()
    if (done) break
    all += value
  }
  await reader.cancel()
  return all
}

it('takes what a visitor writes once, and brings him the answer and his history', async () => {
  const { token } = await begin()
  const line = { token, id: randomUUID(), text: 'Сколько стоит доставка?', name: 'Оля', email: 'olja@example.com', told: { page: 'https://site.example/p', utm_source: 'ads', evil: 'x' } }
  for (let i = 0; i < 3; i++) expect((await post('send', line)).status).toBe(200)
  await drained()
  const [one, ...others] = await conversations()
  expect(others).toEqual([])
  expect(one).toMatchObject({ name: 'Оля', unread: 1, request: { text: 'Сколько стоит доставка?', page: 'https://site.example/p', utmSource: 'ads', points: [{ kind: 'email', value: 'olja@example.com' }] } })
  const listening = heard(token, 'Бесплатно')
  await answer(one.id, 'Бесплатно')
  expect(await listening).toContain('Сколько стоит доставка?')
  expect((await begin(token)).lines.map(({ from, text }) => [from, text])).toEqual([['me', 'Сколько стоит доставка?'], ['us', 'Бесплатно']])
})

it('lets no visitor into the talk of another', async () => {
  const mine = await begin()
  const [theirs] = await conversations()
  const [line] = (await crm.kartotek.db.pool.query<{ id: string }>(`select id from p_messengers.chat_line where visitor = $1 and direction = 'in'`, [theirs.externalId])).rows
  // The id of another as one's own, in every shape that a token could have.
  for (const token of [theirs.externalId, `visitor:${theirs.externalId}`, mine.token.replace(/:[^.]+/, `:${theirs.externalId}`), `${mine.token}x`, `visitor:${theirs.externalId}.`, '', null, { a: 1 }]) {
    expect((await post('events', { token })).status).toBe(401)
    expect((await post('send', { token, id: randomUUID(), text: 'x' })).status).toBe(401)
    expect(((await (await post('start', { token })).json()) as { lines: object[] }).lines).toEqual([])
  }
  // A token of another kind that the server signed itself.
  const { createWebForm } = await crm.ask(admin, 'mutation ($input: WebFormCreateInput!) { createWebForm(input: $input) { key } }', { input: { name: 'x', questions: '[{"key":"a","kind":"text","label":"A"}]' } })
  const html = await (await fetch(`${server.url}/plugins/messengers/forms/${createWebForm.key}`)).text()
  expect((await post('events', { token: /name="_token" value="([^"]+)"/.exec(html)![1] })).status).toBe(401)
  // Another's message under one's own name tells nothing of it.
  const stolen = await post('send', { token: mine.token, id: line!.id, text: 'mine now' })
  expect([stolen.status, await stolen.text()]).toEqual([409, expect.not.stringContaining('доставка')])
  await drained()
  expect((await conversations()).length).toBe(1)

  const file = await crm.kartotek.host.contextFor('messengers').files.attach({ object: 'conversation', id: theirs.id }, { name: 'secret.txt', content: 'secret' })
  await answer(theirs.id, 'Вот', { files: [file.id] })
  expect((await post('file', { token: mine.token, file: file.id })).status).toBe(404)
})

it('has one secret for all nodes, also where two make it at the same moment', async () => {
  const node = (): PluginContext => crm.kartotek.host.contextFor('messengers')
  await crm.kartotek.db.pool.query('delete from p_messengers.door_secret')
  let second: Promise<string>
  const first = await node().db.transaction(async (db) => {
    const made = await agreedSecret(db)
    let answered = false
    second = agreedSecret(node().db).finally(() => { answered = true })
    // It answers, or it waits for the first one: so what follows is the same on a quick machine and on a slow one.
    await expect.poll(async () => answered || (await crm.kartotek.db.pool.query('select 1 from pg_locks where not granted and database = (select oid from pg_database where datname = current_database()) union all select 1 from pg_stat_activity where wait_event_type = \'Lock\' and datname = current_database()')).rowCount! > 0).toBe(true)
    return made
  })
  expect(await second!).toBe(first)
})

it('gives the visitor the files that were sent to him', async () => {
  const { token } = await begin()
  await post('send', { token, id: randomUUID(), text: 'A file, please' })
  await drained()
  const one = (await conversations()).at(-1)
  const file = await crm.kartotek.host.contextFor('messengers').files.attach({ object: 'conversation', id: one.id }, { name: 'price.txt', content: '100' })
  await answer(one.id, 'Here', { files: [file.id] })
  const response = await post('file', { token, file: file.id })
  expect([response.status, await response.text(), response.headers.get('content-disposition')]).toEqual([200, '100', `attachment; filename*=UTF-8''price.txt`])
})

it('gives the version that was sent, and nothing once the file is elsewhere or gone', async () => {
  const { files } = crm.kartotek.host.contextFor('messengers')
  const { token } = await begin()
  await post('send', { token, id: randomUUID(), text: 'An offer, please' })
  await drained()
  const one = (await conversations()).at(-1)
  const at = { object: 'conversation', id: one.id }
  const sent = async (name: string) => {
    const { id } = await files.attach(at, { name, content: 'draft' })
    await files.addVersion(id, { name, content: 'offer' })
    await answer(one.id, name, { files: [id] })
    return id
  }
  const got = async (file: string) => { const response = await post('file', { token, file }); return response.status === 200 ? response.text() : response.status }
  const [kept, moved, trashed] = [await sent('kept.txt'), await sent('moved.txt'), await sent('trashed.txt')]
  expect(await Promise.all([kept, moved, trashed].map(got))).toEqual(['offer', 'offer', 'offer'])
  await files.addVersion(kept, { name: 'internal.txt', content: 'what it costs us' })
  expect(await got(kept)).toBe('offer')
  // The next one that is sent is what he gets from then on.
  await answer(one.id, 'Again', { files: [kept] })
  expect(await got(kept)).toBe('what it costs us')

  const other = (await crm.ask(admin, 'mutation { createClient(input: { name: "Other" }) { id } }')).createClient.id as string
  await crm.ask(admin, 'mutation ($id: ID!, $other: ID!) { updateFile(id: $id, input: { subject: { object: "client", id: $other } }) { id } }', { id: moved, other })
  await crm.ask(admin, 'mutation ($id: ID!) { deleteFile(id: $id) { id } }', { id: trashed })
  expect(await Promise.all([moved, trashed].map(got))).toEqual([404, 404])

  // Lines of before say no version.
  await crm.kartotek.db.pool.query(`update p_messengers.chat_line set files = jsonb_build_array((files -> 0) - 'version') where files @> $1::jsonb`, [JSON.stringify([{ id: kept }])])
  expect(await got(kept)).toBe(404)
})

it('is closed to other sites, to floods and to nonsense, and small', async () => {
  const { token } = await begin()
  for (const body of [{ token, id: 'x', text: 'x' }, { token, id: randomUUID(), text: '   ' }, { token }]) expect((await post('send', body)).status).toBe(400)
  const codes: number[] = []
  for (let i = 0; i < 32; i++) codes.push((await post('send', { token, id: randomUUID(), text: `n ${i}` })).status)
  expect(codes.slice(0, 30).every((code) => code === 200)).toBe(true)
  expect(codes.slice(30)).toEqual([429, 429])
  await crm.ask(admin, 'mutation ($values: JSON!) { updatePluginSettings(plugin: "messengers", values: $values) { values } }', { values: { chatSites: 'https://site.example https://shop.example' } })
  // The other server hears of new settings in a moment.
  await expect.poll(async () => (await post('start', {}, { origin: 'https://evil.example' })).status).toBe(403)
  const refused = await post('start', {}, { origin: 'https://evil.example' })
  expect([refused.status, refused.headers.get('access-control-allow-origin')]).toEqual([403, null])
  expect((await post('start', {}, {})).status, 'no origin at all').toBe(403)
  const allowed = await post('start', {}, { origin: 'https://shop.example' })
  expect([allowed.status, allowed.headers.get('access-control-allow-origin')]).toEqual([200, 'https://shop.example'])
  const script = await (await fetch(`${server.url}/plugins/messengers/chat.js`)).text()
  new Script(script)
  expect(gzipSync(script).length).toBeLessThan(30_000)
})

it('lets nobody ask any of its doors on and on, and reads nothing of who does', async () => {
  for (const path of ['start', 'send', 'events', 'file']) {
    await crm.kartotek.db.pool.query('delete from p_messengers.rate')
    const status = async (): Promise<number> => (await post(path, { token: 'x', file: 'x' })).status
    expect(await status()).not.toBe(429)
    await crm.kartotek.db.pool.query(`update p_messengers.rate set count = 119, until_at = now() + interval '1 hour' where until_at < now() + interval '10 minutes'`)
    const codes = [await status(), await status()]
    const large = await fetch(`${server.url}/plugins/messengers/chat/${path}`, { method: 'POST', body: ' '.repeat(100_000), headers: { origin: 'https://shop.example' } })
    expect([path, codes[0] === 429, codes[1], large.status, large.headers.get('access-control-allow-origin')]).toEqual([path, false, 429, 413, 'https://shop.example'])
  }
})
