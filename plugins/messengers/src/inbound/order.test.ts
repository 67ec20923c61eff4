import { createHmac } from 'node:crypto'
import { testCrm } from '@kartotek/core/testing'
import type { PluginContext } from '@kartotek/sdk'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { telegramSecret } from '../channels/telegram.ts'
import messengers from '../index.ts'
import { takeInbound } from './take.ts'

const TOKEN = '123456:the-token-of-the-tests'
const crm = await testCrm({ plugins: [messengers], work: false })
const admin = await crm.as('administrator')
const { pool } = crm.kartotek.db
beforeAll(() => crm.kartotek.settings.updatePlugin('messengers', { telegramToken: TOKEN, telegramMode: 'webhook', whatsappToken: 't', whatsappPhoneId: '1', whatsappAppSecret: 's' }, null))
afterAll(() => crm.close())

const drained = async () => { expect((await crm.drain()).failed).toEqual([]) }
const telegram = (id: number, chat: number, text: string) => crm.webhook('messengers/telegram', {
  body: { update_id: id, message: { message_id: id, date: 1_780_000_000, chat: { id: chat, type: 'private', first_name: 'Aino' }, from: { id: chat, first_name: 'Aino' }, text } }, headers: { 'x-telegram-bot-api-secret-token': telegramSecret(TOKEN) },
})
const whatsapp = (value: object) => {
  const body = JSON.stringify({ entry: [{ changes: [{ field: 'messages', value }] }] })
  return crm.webhook('messengers/whatsapp', { body, headers: { 'x-hub-signature-256': `sha256=${createHmac('sha256', 's').update(body).digest('hex')}` } })
}
const text = (id: string, from: string, body: string) => ({ id, from, timestamp: '1780000000', type: 'text', text: { body } })
const conversation = async (externalId: string) => (await crm.ask(admin, 'query ($id: String!) { conversations(filter: { externalId: { eq: $id } }) { nodes { id lastText unread } } }', { id: externalId })).conversations.nodes[0]
/** As a talk shows them. */
const talk = async (externalId: string) => (await crm.ask(admin, 'query ($id: ID!) { messages(filter: { conversation: { id: { eq: $id } } }, orderBy: [{ field: at, direction: DESC }, { field: sequence, direction: DESC }]) { nodes { text } } }', { id: (await conversation(externalId)).id }))
  .messages.nodes.map((message: { text: string }) => message.text).reverse()

it('keeps messages in the order in which they came, before the platform is answered', async () => {
  const told = Array.from({ length: 30 }, (_, i) => `word ${i}`)
  for (const [i, word] of told.entries()) expect((await whatsapp({ messages: [text(`w.${i}`, '358401111111', word)] })).status).toBe(200)
  const { rows } = await pool.query(`select content -> 'message' ->> 'text' as text from p_messengers.inbound where conversation = '358401111111' order by id`)
  expect(rows.map((row) => row.text)).toEqual(told)
  await drained()
  expect(await talk('358401111111')).toEqual(told)
  expect(await conversation('358401111111')).toMatchObject({ lastText: 'word 29', unread: 30 })
})

it('puts what overtook another within its second behind it again', async () => {
  await telegram(11, 70, 'second')
  await telegram(10, 70, 'first')
  await drained()
  expect(await talk('70')).toEqual(['first', 'second'])
  expect((await conversation('70')).lastText).toBe('second')
  // Also where the one behind was dealt with long ago.
  await telegram(13, 70, 'fourth')
  await drained()
  await telegram(12, 70, 'third')
  await drained()
  expect(await talk('70')).toEqual(['first', 'second', 'third', 'fourth'])
})

it('counts what is unread as it is, though a run broke off in the middle or somebody reads meanwhile', async () => {
  await telegram(20, 80, 'one')
  await telegram(21, 80, 'two')
  await drained()
  // It came as far as the messages, and not to the conversation.
  await pool.query(`update p_messengers.inbound set done_at = null where conversation = '80'`)
  await pool.query(`update core.conversation set unread = 0 where external_id = '80'`)
  await telegram(22, 80, 'three')
  await drained()
  expect(await conversation('80')).toMatchObject({ unread: 3, lastText: 'three' })
  expect(await talk('80')).toEqual(['one', 'two', 'three'])

  await telegram(23, 80, 'four')
  const ctx = crm.kartotek.host.contextFor('messengers')
  const { id } = await conversation('80')
  const records = { ...ctx.records, updateMany: async (object: string, changes: { id: string, input: Record<string, unknown>, version?: number }[]) => {
    await crm.ask(admin, 'mutation ($id: ID!) { messengersMarkRead(conversation: $id) }', { id })
    return ctx.records.updateMany(object, changes)
  } }
  await takeInbound(Object.create(ctx, { records: { value: records } }) as PluginContext)
  expect(await conversation('80')).toMatchObject({ unread: 0, lastText: 'four' })
})

it('brings back a conversation that was put away', async () => {
  await telegram(50, 90, 'one')
  await drained()
  const { id } = await conversation('90')
  for (const [i, away] of ['archiveConversation', 'deleteConversation'].entries()) {
    await crm.ask(admin, `mutation ($id: ID!) { ${away}(id: $id) { id } }`, { id })
    expect(await conversation('90')).toBeUndefined()
    await telegram(51 + i, 90, `after ${away}`)
    await drained()
    expect(await conversation('90')).toMatchObject({ id, lastText: `after ${away}` })
  }
  expect(await talk('90')).toEqual(['one', 'after archiveConversation', 'after deleteConversation'])
})

it('keeps what cannot be read as it came, shows it, and takes what stands beside it', async () => {
  const failed = async () => (await crm.ask(admin, '{ messengersChannels { key failed } }')).messengersChannels.find(({ key }: { key: string }) => key === 'whatsapp').failed
  for (let i = 0; i < 2; i++) expect((await whatsapp({ messages: [null, text('w.good', '358402222222', 'good')] })).status).toBe(200)
  await drained()
  expect(await talk('358402222222')).toEqual(['good'])
  expect(await failed()).toBe(1)
  const { rows } = await pool.query(`select kind, error from p_messengers.inbound where kind = 'unreadable'`)
  expect(rows).toEqual([{ kind: 'unreadable', error: expect.stringContaining('null') }])
})
