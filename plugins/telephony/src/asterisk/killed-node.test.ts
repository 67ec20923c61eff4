import { join } from 'node:path'
import { eventually, testCrm, workingNode } from '@kartotek/core/testing'
import { afterAll, beforeAll, expect, it } from 'vitest'
import telephony from '../index.ts'
import { withExtension } from '../testing.ts'
import { FakeExchange } from './fake-exchange.ts'

/** Nothing may be stuck longer, whatever node dies. */
const SECONDS = 60
const PLUGIN = join(import.meta.dirname, '../..')

const crm = await testCrm({ plugins: [telephony], work: false })
const exchange = await FakeExchange.open('crmsecret')
const admin = await crm.as('administrator')
beforeAll(async () => {
  await crm.kartotek.settings.updatePlugin('telephony', { asteriskUrl: exchange.url, asteriskUser: 'crm', asteriskSecret: 'crmsecret' }, null)
  await withExtension(crm, admin, 'administrator', '101')
})
afterAll(async () => {
  await exchange.close()
  await crm.close()
})

const event = (fields: Record<string, string>): string => `${Object.entries(fields).map(([name, value]) => `${name}: ${value}`).join('\r\n')}\r\n\r\n`
/** An inbound call of the trunk to 101, which talks; its parts in their order. */
function call(id: string, number: string) {
  const trunk = { Channel: `PJSIP/trunk-${id}`, Uniqueid: id, Linkedid: id, CallerIDNum: number, Context: 'from-trunk' }
  const leg = { Channel: `PJSIP/101-${id}`, Uniqueid: `${id}-2`, Linkedid: id, CallerIDNum: '101' }
  const dial = { ...trunk, DestChannel: leg.Channel, DestUniqueid: leg.Uniqueid, DestLinkedid: id, DestCallerIDNum: '101', DialString: '101' }
  return {
    rings: event({ Event: 'Newchannel', ...trunk, ChannelStateDesc: 'Ring', Exten: '4950000001' }) + event({ Event: 'Newchannel', ...leg, ChannelStateDesc: 'Down', Exten: 's' }) + event({ Event: 'DialBegin', ...dial }),
    talks: event({ Event: 'DialEnd', ...dial, DialStatus: 'ANSWER' }) + event({ Event: 'BridgeEnter', ...trunk, BridgeUniqueid: `b${id}` }) + event({ Event: 'BridgeEnter', ...leg, BridgeUniqueid: `b${id}` }),
    ends: event({ Event: 'BridgeLeave', ...leg, BridgeUniqueid: `b${id}` }) + event({ Event: 'BridgeLeave', ...trunk, BridgeUniqueid: `b${id}` }) + event({ Event: 'Hangup', ...leg, Cause: '16' }) + event({ Event: 'Hangup', ...trunk, Cause: '16' }),
    givenUp: event({ Event: 'DialEnd', ...dial, DialStatus: 'CANCEL' }) + event({ Event: 'Hangup', ...leg, Cause: '16' }) + event({ Event: 'Hangup', ...trunk, Cause: '16' }),
    channels: [trunk, leg].map((channel) => ({ ...channel, Exten: '4950000001', Duration: '00:00:05', BridgeId: `b${id}` })),
  }
}
const calls = async (): Promise<{ externalId: string, result: { key: string } | null, endedAt: string | null }[]> => (await crm.ask(admin, '{ calls(orderBy: [{ field: createdAt }]) { nodes { externalId result { key } endedAt } } }')).calls.nodes
const ended = (externalId: string) => eventually(async () => (await calls()).find((one) => one.externalId === externalId && one.endedAt) ?? undefined, SECONDS)
const say = (text: string) => exchange.say(Buffer.from(text))

it('is heard by one node of two; when that is killed the other one goes on, counts nothing twice, and says how long nobody listened', { timeout: 240_000 }, async () => {
  const first = await workingNode(crm, PLUGIN)
  await eventually(() => exchange.listeners.length || undefined, SECONDS)
  const second = await workingNode(crm, PLUGIN)
  try {
    const [before, during, missed] = [call('1.1', '+79161234567'), call('2.1', '+79161234568'), call('4.1', '+79161234569')]
    await say(before.rings + before.talks + before.ends)
    expect((await ended('1.1')).result?.key).toBe('answered')
    await say(during.rings + during.talks)
    await eventually(async () => (await calls()).some(({ externalId }) => externalId === '2.1') || undefined, SECONDS)
    expect(exchange.listeners, 'one listener of two nodes').toHaveLength(1)

    exchange.channels = during.channels
    const killedAt = await first.kill()
    await eventually(() => exchange.listeners.length === 2 || undefined, SECONDS)
    await eventually(async () => ((await crm.ask(admin, '{ telephonyOutages { provider } }')).telephonyOutages.length > 0 ? true : undefined), SECONDS)
    expect(Date.now() - killedAt).toBeLessThan(SECONDS * 1_000)
    exchange.channels = []
    // The exchange tells once more what it told before.
    await say(during.talks + during.ends + missed.rings + missed.givenUp + missed.rings + missed.givenUp)
    await ended('2.1')
    await ended('4.1')
    expect((await calls()).map(({ externalId, result }) => [externalId, result?.key])).toEqual([['1.1', 'answered'], ['2.1', 'answered'], ['4.1', 'missed']])
    const counted = await eventually(async () => { const { nodes } = (await crm.ask(admin, '{ missedCalls { nodes { count } } }')).missedCalls; return nodes.length ? nodes : undefined }, SECONDS)
    expect(counted).toEqual([{ count: 1 }])

    const { telephonyOutages: [silence, ...others] } = await crm.ask(admin, '{ telephonyOutages { provider began ended } }')
    expect(others).toEqual([])
    expect(silence.provider).toBe('asterisk')
    expect(Date.parse(silence.began)).toBeLessThanOrEqual(killedAt)
    expect(Date.parse(silence.ended)).toBeGreaterThanOrEqual(killedAt)
  } finally {
    await first.kill()
    await second.kill()
  }
})
