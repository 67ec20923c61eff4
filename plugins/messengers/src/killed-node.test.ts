import { join } from 'node:path'
import { eventually, testCrm, workingNode } from '@kartotek/core/testing'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { FakePlatforms } from './fake-platforms.ts'
import messengers from './index.ts'

/** Nothing may be stuck longer, whatever node dies. */
const SECONDS = 60
const PEOPLE = 4, WORDS = 60
const PLUGIN = join(import.meta.dirname, '..')

// This process takes requests only; the work is done by others.
const crm = await testCrm({ plugins: [messengers], work: false, webhooks: { networks: '127.0.0.1' } })
const platforms = await FakePlatforms.open()
const admin = await crm.as('administrator')
beforeAll(() => crm.kartotek.settings.updatePlugin('messengers', { telegramToken: '1:token', telegramApiRoot: platforms.url, vkToken: 'vt', vkGroupId: '42', vkSecret: 'vs', vkApiRoot: platforms.url }, null))
afterAll(async () => {
  await platforms.close()
  await crm.close()
})

const conversations = async (channel: string): Promise<{ id: string, externalId: string, unread: number, request: { id: string } | null }[]> => (await crm.ask(admin, 'query ($c: String!) { conversations(filter: { channel: { eq: $c } }, orderBy: [{ field: externalId }]) { nodes { id externalId unread request { id } } } }', { c: channel })).conversations.nodes
const talk = async (id: string): Promise<string[]> => (await crm.ask(admin, 'query ($id: ID!) { messages(first: 200, filter: { conversation: { id: { eq: $id } }, direction: { eq: "in" } }, orderBy: [{ field: at }, { field: sequence }]) { nodes { text } } }', { id })).messages.nodes.map(({ text }: { text: string }) => text)
const kept = async (): Promise<number> => (await crm.ask(admin, '{ messages(filter: { direction: { eq: "in" } }) { total { value } } }')).messages.total.value
const send = async (conversation: string, text: string): Promise<string> => (await crm.ask(admin, 'mutation ($input: MessengersSendInput!) { messengersSend(input: $input) { message } }', { input: { conversation, text, key: `key-${text}`.replaceAll(' ', '-') } })).messengersSend.message
const outcome = async (id: string): Promise<[string, string | null]> => { const { message: { state, failure } } = await crm.ask(admin, 'query ($id: ID!) { message(id: $id) { state { key } failure { key } } }', { id }); return [state.key, failure?.key ?? null] }
const settled = (id: string) => eventually(async () => { const now = await outcome(id); return ['queued', 'sending'].includes(now[0]) ? undefined : now }, SECONDS)

it('takes each message once, in its order, when the node that asks Telegram is killed in the middle', { timeout: 240_000 }, async () => {
  const first = await workingNode(crm, PLUGIN)
  const second = await workingNode(crm, PLUGIN)
  try {
    for (let i = 1; i <= WORDS; i++) platforms.write(i, 100 + (i % PEOPLE), `word ${i}`)
    await eventually(async () => (await kept() > 5 ? true : undefined), SECONDS)
    const asked = platforms.offsets.length
    const killedAt = await first.kill()
    await eventually(async () => (await kept() === WORDS ? true : undefined), SECONDS)
    expect(Date.now() - killedAt).toBeLessThan(SECONDS * 1_000)
    // Later ones come by the node that is left.
    platforms.write(WORDS + 1, 101, 'after that')
    await eventually(async () => (await kept() === WORDS + 1 ? true : undefined), SECONDS)
    expect(platforms.offsets.length).toBeGreaterThan(asked)
    expect(platforms.offsets, 'nobody goes back').toEqual(platforms.offsets.toSorted((a, b) => a - b))
    // The conversation is told after the message stands.
    await eventually(async () => ((await conversations('telegram')).reduce((sum, { unread }) => sum + Number(unread), 0) === WORDS + 1 ? true : undefined), SECONDS)
    for (const { id, externalId, unread, request } of await conversations('telegram')) {
      const words = Array.from({ length: WORDS }, (_, i) => i + 1).filter((i) => String(100 + (i % PEOPLE)) === externalId).map((i) => `word ${i}`)
      const due = externalId === '101' ? [...words, 'after that'] : words
      expect(await talk(id)).toEqual(due)
      expect(unread).toBe(due.length)
      expect(request).not.toBeNull()
    }
    expect((await crm.ask(admin, '{ intakeItems { total { value } } }')).intakeItems.total.value, 'one request for each who wrote').toBe(PEOPLE)
  } finally {
    await first.kill()
    await second.kill()
  }
})

it('sends each message once when a node is killed in the middle of sending, and says where nobody knows', { timeout: 240_000 }, async () => {
  await crm.webhook('messengers/vk', { body: { group_id: 42, secret: 'vs', type: 'message_new', event_id: 'e', object: { message: { id: 5, peer_id: 77, from_id: 77, date: 1_780_000_000, text: 'Добрый день' } } } })
  expect((await crm.drain()).failed).toEqual([])
  const [[vk], telegram] = [await conversations('vk'), await conversations('telegram')]
  const first = await workingNode(crm, PLUGIN)
  const lost = await send(telegram[0]!.id, 'silence of Telegram')
  const known = await send(vk!.id, 'silence of VK')
  await eventually(() => (platforms.telegram.length && platforms.vk.length) || undefined, SECONDS)
  const killedAt = await first.kill()
  const others = await Promise.all(telegram.slice(1).map(({ id }, i) => send(id, `answer ${i}`)))
  const second = await workingNode(crm, PLUGIN)
  try {
    expect(await settled(lost), 'Telegram cannot tell').toEqual(['failed', 'interrupted'])
    expect(await settled(known), 'VK knows a repetition').toEqual(['sent', null])
    for (const id of others) expect(await settled(id)).toEqual(['sent', null])
    expect(Date.now() - killedAt).toBeLessThan(2 * SECONDS * 1_000)
    expect(platforms.telegram.toSorted()).toEqual(['answer 0', 'answer 1', 'answer 2', 'silence of Telegram'])
    expect(platforms.vk.map(({ text }) => text)).toEqual(['silence of VK', 'silence of VK'])
    expect(new Set(platforms.vk.map(({ random }) => random)).size).toBe(1)
  } finally {
    await second.kill()
  }
})
