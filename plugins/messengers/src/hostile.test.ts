import { createHash, randomUUID } from 'node:crypto'
import { testCrm } from '@kartotek/core/testing'
import { afterAll, expect, it } from 'vitest'
import { originsOf } from './forms/form.object.ts'
import messengers from './index.ts'
import { addressOf } from './public-door.ts'

const crm = await testCrm({ plugins: [messengers], work: false })
const server = await crm.serve()
afterAll(async () => {
  await crm.close()
})
const admin = await crm.as('administrator')
const QUESTIONS = [{ key: 'who', kind: 'name', label: 'Name' }, { key: 'mail', kind: 'email', label: 'E-mail' }, { key: 'plan', kind: 'file', label: 'Plan' }]
const form = async (more: object = {}) => (await crm.ask(admin, 'mutation ($input: WebFormCreateInput!) { createWebForm(input: $input) { key } }', { input: { name: 'Doors', questions: JSON.stringify(QUESTIONS), minSeconds: 0, perHour: 100, ...more } })).createWebForm.key as string
const tokenOf = async (key: string) => /name="_token" value="([^"]+)"/.exec(await (await fetch(`${server.url}/plugins/messengers/forms/${key}`)).text())![1]!
const post = async (key: string, type: string, body: string) => (await fetch(`${server.url}/plugins/messengers/forms/${key}`, { method: 'POST', body, headers: { 'content-type': type } })).status
const chat = (path: string, body: object) => fetch(`${server.url}/plugins/messengers/chat/${path}`, { method: 'POST', headers: { 'content-type': 'text/plain' }, body: JSON.stringify(body) })
const begin = async () => ((await (await chat('start', {})).json()) as { token: string }).token
const drained = async () => { for (let i = 0; i < 10; i++) { const { ran, failed } = await crm.drain(); expect(failed).toEqual([]); if (!ran) return } }

const PLAIN = 'application/x-www-form-urlencoded'
const MIXED = 'multipart/form-data; boundary=----cut'
const part = (name: string, value: string, headers = '') => `------cut\r\nContent-Disposition: form-data; name="${name}"\r\n${headers}\r\n${value}\r\n`

it('reads no form that was made to take long: millions of fields, of headers, an endless address', async () => {
  const key = await form()
  const token = await tokenOf(key)
  // What follows differs from these in nothing but its number.
  expect(await post(key, PLAIN, `who=plain&_token=${encodeURIComponent(token)}${'&a=1'.repeat(150)}`)).toBe(200)
  expect(await post(key, `${MIXED}`, `${part('who', 'mixed')}${part('_token', token)}${part('a', '1').repeat(150)}------cut--\r\n`)).toBe(200)
  expect(await post(key, PLAIN, `who=x&_token=${encodeURIComponent(token)}${'&a=1'.repeat(300)}`)).toBe(400)
  expect(await post(key, PLAIN, `who=x&_token=${encodeURIComponent(token)}&a=${'+'.repeat(300_000)}`)).toBe(400)
  expect(await post(key, MIXED, `${part('who', 'x')}${part('_token', token)}${part('a', '1').repeat(300)}------cut--\r\n`)).toBe(400)
  expect(await post(key, MIXED, `${part('who', 'x')}${part('_token', token, 'A: b\r\n'.repeat(1_000))}------cut--\r\n`)).toBe(400)
  expect(await post(key, 'multipart/form-data; boundary=other; boundary=----cut', `${part('who', 'x')}${part('_token', token)}------cut--\r\n`)).toBe(400)
  expect(await post(key, PLAIN, `who=x&_token=${encodeURIComponent(token)}&mail=a@${'b'.repeat(300)}.example`)).toBe(422)
})

it('takes a proof that was worked out once only', async () => {
  const key = await form({ proofOfWork: true })
  const token = await tokenOf(key)
  let n = 0
  while (createHash('sha256').update(`${token}:${n}`).digest().readUInt16BE() !== 0) n++
  const sent = (who: string) => post(key, PLAIN, `who=${who}&_token=${encodeURIComponent(token)}&_proof=${n}`)
  expect([await sent('first'), await sent('second')]).toEqual([200, 422])
})

it('has nothing at keys that are none', async () => {
  for (const key of ['%00', 'a%00b', '%2e%2e%2fx', 'a'.repeat(300)]) expect((await fetch(`${server.url}/plugins/messengers/forms/${key}`)).status).toBe(404)
})

it('takes no site whose name means something in a header', () => {
  expect(originsOf('https://site.example http://localhost:8080 https://[::1]')).toEqual(['https://site.example', 'http://localhost:8080', 'https://[::1]'])
  for (const line of [`https://a;report-uri`, `https://a,b`, `https://'none'`]) expect([line, originsOf(line)]).toEqual([line, null])
})

it('takes files of up to 20 MB, and says at once what is too large', async () => {
  const key = await form()
  const token = await tokenOf(key)
  const sent = (megabytes: number) => post(key, MIXED, `${part('who', 'large')}${part('_token', token)}------cut\r\nContent-Disposition: form-data; name="plan"; filename="plan.bin"\r\n\r\n${'b'.repeat(megabytes * 1024 * 1024)}\r\n------cut--\r\n`)
  expect(await sent(12)).toBe(200)
  expect(await sent(21)).toBe(413)
})

it('reads nothing of what is sent to no form, too often, or larger than the form can be', async () => {
  const plain = await form({ questions: JSON.stringify(QUESTIONS.filter(({ kind }) => kind !== 'file')), language: 'fi' })
  const sent = async (key: string, body: string | ReadableStream) => {
    const response = await fetch(`${server.url}/plugins/messengers/forms/${key}`, { method: 'POST', body, headers: { 'content-type': PLAIN }, duplex: 'half' } as RequestInit)
    return [response.status, /role="alert">([^<]+)/.exec(await response.text())?.[1] ?? null]
  }
  const letters = (count: number): string => `who=${'x'.repeat(count)}`
  expect(await sent(plain, letters(300_000))).toEqual([413, 'Tekstiä on liikaa. Lyhennä sitä ja lähetä uudelleen.'])
  // A body that never ends is answered all the same: nobody waits for it.
  expect((await sent(plain, new ReadableStream({ start(controller) { controller.enqueue(new TextEncoder().encode(letters(10))) } })))[0]).toBe(411)
  expect((await sent('no-such-form', new ReadableStream({ start(controller) { controller.enqueue(new TextEncoder().encode(letters(10))) } })))[0]).toBe(404)
})

it('counts an IPv6 network as one visitor, however its addresses are shortened', () => {
  expect(addressOf('2001:db8::5')).toBe(addressOf('2001:db8::a:b:c:d'))
  expect(addressOf('2001:db8:0:1::5')).not.toBe(addressOf('2001:db8::5'))
  expect([addressOf('::1'), addressOf('2001:db8:1:2:3:4:5:6'), addressOf('192.0.2.1'), addressOf('::ffff:192.0.2.1')]).toEqual(['0:0:0:0', '2001:db8:1:2', '192.0.2.1', '::ffff:192.0.2.1'])
})

it('takes texts with zero characters in the chat', async () => {
  const answer = await chat('send', { token: await begin(), id: randomUUID(), text: 'a\0b', name: '\0' })
  expect([answer.status, await answer.json()]).toEqual([200, expect.objectContaining({ text: 'ab' })])
})

it('sends nobody a file that the sender does not see, or anything that is no list of files', async () => {
  const manager = await crm.as('manager')
  const token = await begin()
  await chat('send', { token, id: randomUUID(), text: 'Hello' })
  await drained()
  const { nodes: [conversation] } = (await crm.ask(admin, '{ conversations(orderBy: [{ field: createdAt, direction: DESC }]) { nodes { id } } }')).conversations
  const { me } = await crm.ask(manager, '{ me { id } }')
  await crm.ask(admin, 'mutation ($id: ID!, $owner: ID!) { updateConversation(id: $id, input: { owner: $owner }) { id } }', { id: conversation.id, owner: me.id })
  const { createClient } = await crm.ask(admin, 'mutation { createClient(input: { name: "Secret Oy", kind: "organisation" }) { id } }')
  const { files } = crm.kartotek.host.contextFor('messengers')
  const secret = await files.attach({ object: 'client', id: createClient.id }, { name: 'secret.txt', content: 'secret' })
  const own = await files.attach({ object: 'conversation', id: conversation.id }, { name: 'price.txt', content: '100' })

  const write = (values: object) => crm.query(manager, 'mutation ($input: MessageCreateInput!) { createMessage(input: $input) { id } }', {
    input: { conversation: { object: 'conversation', id: conversation.id }, direction: 'out', state: 'queued', at: new Date().toISOString(), text: 'Here', key: `out:${randomUUID()}`, ...values },
  })
  const media = (file: unknown, name = 'price.txt') => JSON.stringify([{ kind: 'document', name, file }])
  const refused = [{ media: media(secret.id, 'secret.txt') }, { media: media(randomUUID()) }, { media: media(own.id, 'other name') }, { media: '1000000000' }, { media: '[{' }, { media: '[null]' }, { media: '{}' }, { template: '[' }, { template: '{"name":1}' }, { attempts: -1000 }]
  for (const values of refused) expect([values, (await write(values)).errors?.length]).toEqual([values, 1])
  expect((await write({ media: media(own.id) })).errors).toBeUndefined()
  await drained()
  expect((await chat('file', { token, file: secret.id })).status).toBe(404)
  expect(await (await chat('file', { token, file: own.id })).text()).toBe('100')
})
