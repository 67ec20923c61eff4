import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { testCrm } from '@kartotek/core/testing'
import type { PluginContext } from '@kartotek/sdk'
import { messageSink } from '@kartotek/sdk/contracts'
import { afterAll, beforeAll, expect, it, vi } from 'vitest'
import { channelsOf } from '../channels/channels.ts'
import messengers from '../index.ts'
import { holdBack, takeTurn } from './pace.ts'
import { sendMessage } from './send.ts'

const crm = await testCrm({ plugins: [messengers], work: false, webhooks: { networks: '127.0.0.1' } })
const admin = await crm.as('administrator')
const ctx: PluginContext = crm.kartotek.host.contextFor('messengers')
const { pool } = crm.kartotek.db
interface Answer { status: number, body: object, headers?: Record<string, string> }
const asked: string[] = []
let answer: Answer = { status: 200, body: {} }
const stub = createServer((request, response) => {
  request.resume().on('end', () => {
    asked.push(request.url!)
    response.writeHead(answer.status, { 'content-type': 'application/json', ...answer.headers }).end(JSON.stringify(answer.body))
  })
}).listen(0, '127.0.0.1')
await new Promise((resolve) => stub.once('listening', resolve))
const base = `http://127.0.0.1:${(stub.address() as AddressInfo).port}`
const CHANNELS = { whatsapp: '358401234567', viber: 'v1', vk: '77' }

beforeAll(async () => {
  await crm.ask(admin, 'mutation ($values: JSON!) { updatePluginSettings(plugin: "messengers", values: $values) { values } }', { values: {
    graphApiRoot: base, vkApiRoot: base, viberApiRoot: base, whatsappToken: 'wt', whatsappPhoneId: '100', whatsappAccountId: '900', vkToken: 'vt', vkGroupId: '42', viberToken: 'bt',
  } })
  const [sink] = ctx.providers(messageSink)
  for (const [channel, conversation] of Object.entries(CHANNELS)) await sink!.service.receive(channel, [{ externalId: 'm1', conversation, from: { externalId: conversation }, at: new Date().toISOString(), text: 'Hi', raw: {} }])
  await crm.drain()
})
afterAll(async () => {
  await crm.close()
  await new Promise((resolve) => stub.close(resolve))
})

let n = 0
/** Writes one message, which its job has not sent yet. */
async function written(channel: keyof typeof CHANNELS): Promise<string> {
  await pool.query('delete from p_messengers.pace')
  const { conversations: { nodes: [conversation] } } = await crm.ask(admin, 'query ($c: String!) { conversations(filter: { channel: { eq: $c } }) { nodes { id } } }', { c: channel })
  return (await crm.ask(admin, 'mutation ($input: MessengersSendInput!) { messengersSend(input: $input) { message } }', { input: { conversation: conversation.id, text: 'Hello', key: `pace-0000${n++}` } })).messengersSend.message
}
/** Tries to send it, once. @returns its state, and after how many seconds it is tried again; null for never */
async function tried(id: string): Promise<{ state: string, again: number | null, calls: number }> {
  const before = asked.length
  const enqueue = vi.spyOn(ctx, 'enqueue').mockResolvedValue(undefined as never)
  try {
    await sendMessage(id, ctx)
    const again = enqueue.mock.calls.find(([queue]) => queue === 'sendMessage')?.[2] as { startAfterSeconds: number } | undefined
    const { rows: [row] } = await pool.query<{ state: string }>('select state from core.message where id = $1', [id])
    return { state: row!.state, again: again?.startAfterSeconds ?? null, calls: asked.length - before }
  } finally {
    enqueue.mockRestore()
  }
}
const ahead = async (): Promise<Record<string, number>> => Object.fromEntries((await pool.query<{ key: string, seconds: number }>('select key, extract(epoch from next_at - now())::float8 as seconds from p_messengers.pace')).rows.map(({ key, seconds }) => [key, seconds]))

it('gives places one after another, and takes none where the wait is too long', async () => {
  const rows = [{ key: 'all', perSecond: 1_000 }, { key: 'one', perSecond: 0.01 }]
  expect(await takeTurn(ctx, rows)).toBeNull()
  const before = (await pool.query(`select key, next_at from p_messengers.pace order by key`)).rows
  expect(await takeTurn(ctx, rows)).toBeGreaterThan(90)
  expect((await pool.query(`select key, next_at from p_messengers.pace order by key`)).rows, 'nobody else waits for who comes back later').toEqual(before)
  expect(await takeTurn(ctx, [rows[0]!])).toBeNull()
  await holdBack(ctx, 'all', 60)
  await holdBack(ctx, 'all', 5)
  expect(await takeTurn(ctx, [rows[0]!]), 'the longer wait counts').toBeGreaterThan(50)
})

it.each(Object.keys(CHANNELS) as (keyof typeof CHANNELS)[])('%s keeps its pace, overall and in each conversation', async (key) => {
  const { pace } = channelsOf(ctx).find((channel) => channel.key === key)!
  answer = { status: 200, body: key === 'vk' ? { response: 1 } : key === 'viber' ? { status: 0, message_token: 1 } : { messages: [{ id: 'wamid.1' }] } }
  const first = await written(key)
  expect(await tried(first)).toEqual({ state: 'sent', again: null, calls: 1 })
  const { [key]: overall, [`${key}:${CHANNELS[key]}`]: own } = await ahead()
  expect(overall).toBeLessThanOrEqual(1 / pace!.overall)
  expect(own).toBeLessThanOrEqual(1 / pace!.conversation)
  expect(own! - overall!, 'its own place is written after that of all').toBeGreaterThan(1 / pace!.conversation - 1 / pace!.overall - 0.001)
  // All of a channel wait where it is held back, and no other channel does.
  const later = await written(key)
  await holdBack(ctx, key, 60)
  await holdBack(ctx, 'another', 600)
  const { again, ...held } = await tried(later)
  expect(held).toEqual({ state: 'queued', calls: 0 })
  expect([again! > 30, again! <= 60]).toEqual([true, true])
})

const TOO_MUCH: [keyof typeof CHANNELS, string, Answer][] = [
  ['whatsapp', 'status 429', { status: 429, body: {} }],
  ['whatsapp', 'its own code', { status: 400, body: { error: { code: 130429, message: 'Rate limit hit' } } }],
  ['viber', 'status 429', { status: 429, body: {} }],
  ['viber', 'its own code', { status: 200, body: { status: 12, status_message: 'tooManyRequests' } }],
  ['vk', 'status 429', { status: 429, body: {} }],
  ['vk', 'its own code', { status: 200, body: { error: { error_code: 6, error_msg: 'Too many requests per second' } } }],
]
it.each(TOO_MUCH)('%s, too much by %s: pauses grow where no time is told, and it is over after the eighth', async (channel, _, refusal) => {
  answer = refusal
  const id = await written(channel)
  const pauses: (number | null)[] = []
  for (let i = 0; i < 8; i++) {
    await pool.query('delete from p_messengers.pace')
    pauses.push((await tried(id)).again)
  }
  expect(pauses).toEqual([2, 4, 8, 16, 32, 64, 128, null])
  expect((await pool.query('select state, failure from core.message where id = $1', [id])).rows).toEqual([{ state: 'failed', failure: 'temporary' }])
})

it.each([['whatsapp', {}], ['whatsapp', { error: { code: 130429, message: 'Rate limit hit' } }], ['viber', {}], ['vk', {}]] as [keyof typeof CHANNELS, object][])('%s waits as long as it is told, and so does all that goes there', async (channel, body) => {
  answer = { status: 429, body, headers: { 'retry-after': '90' } }
  const id = await written(channel)
  expect(await tried(id)).toEqual({ state: 'queued', again: 90, calls: 1 })
  expect((await ahead())[channel]).toBeGreaterThan(80)
  expect(await tried(id), 'no sooner').toMatchObject({ state: 'queued', calls: 0 })
})

it('shows the templates that WhatsApp approved, with their places, and says why it cannot', async () => {
  const templates = (channel = 'whatsapp', as = admin) => crm.query(as, 'query ($channel: String!) { messengersTemplates(channel: $channel) { name language text values } }', { channel })
  answer = { status: 200, body: { data: [
    { name: 'order', language: 'fi', status: 'APPROVED', components: [{ type: 'HEADER', text: 'x {{1}}' }, { type: 'BODY', text: 'Hei {{1}}, {{2}}! {{1}}' }] },
    { name: 'bare', language: 'en', status: 'APPROVED' }, { name: 'waiting', language: 'en', status: 'PENDING', components: [] },
  ] } }
  expect((await templates()).data).toEqual({ messengersTemplates: [{ name: 'order', language: 'fi', text: 'Hei {{1}}, {{2}}! {{1}}', values: 2 }, { name: 'bare', language: 'en', text: '', values: 0 }] })
  expect(asked.at(-1)).toBe('/900/message_templates?fields=name,language,status,components&limit=200')
  answer = { status: 400, body: { error: { code: 190, message: 'The token is over.' } } }
  expect((await templates()).errors?.[0]).toMatchObject({ message: expect.stringMatching(/settings of the plugin.*The token is over\./) as string, extensions: { code: 'UNAVAILABLE' } })
  expect((await templates('viber')).data, 'a channel without templates').toEqual({ messengersTemplates: [] })
  expect((await templates('pigeon')).errors?.[0]?.extensions.code).toBe('NOT_FOUND')
  const reader = await crm.withRules({ objects: {} } as never)
  expect((await templates('whatsapp', reader)).errors?.[0]?.extensions.code).toBe('FORBIDDEN')
})
