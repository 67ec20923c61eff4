import { existsSync, mkdirSync, mkdtempSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, relative } from 'node:path'
import { testCrm } from '@kartotek/core/testing'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import telephony from '../index.ts'
import type { Ctx } from '../settings.ts'
import { client, sinkOf, withExtension } from '../testing.ts'
import { FakeExchange } from './fake-exchange.ts'
import { fileIn } from './provider.ts'
import { listen } from './worker.ts'

const data = process.env.KARTOTEK_TEST_DATA ? join(process.env.KARTOTEK_TEST_DATA, 'asterisk', 'transcripts') : ''
const present = data !== '' && existsSync(join(data, 'inbound-answered.txt'))
/** The events of a transcript, without the greeting and the sign-in. */
function eventsOf(name: string): Buffer {
  const bytes = readFileSync(join(data, `${name}.txt`))
  return bytes.subarray(bytes.indexOf('Event: Newchannel'))
}

const crm = await testCrm({ plugins: [telephony], work: false })
const exchange = await FakeExchange.open('crmsecret')
const recordings = mkdtempSync(join(tmpdir(), 'kartotek-recordings-'))
const admin = await crm.as('administrator')
const anna = await withExtension(crm, admin, 'administrator', '101')
const set = (more: object = {}) => crm.kartotek.settings.updatePlugin('telephony', { asteriskUrl: exchange.url, asteriskUser: 'crm', asteriskSecret: 'crmsecret', recordingsFolder: recordings, ...more }, null)
const stop = new AbortController()
let listening: Promise<void>
beforeAll(async () => {
  await set()
  await client(crm, admin, '+79161234567', { name: 'Sever', owner: anna.actor.userId })
  listening = listen(crm.kartotek.host.contextFor('telephony', undefined, { signal: stop.signal }) as unknown as Ctx, { lookAgainMs: 50, pauseMs: 20 })
  await vi.waitUntil(() => exchange.asked.some((fields) => fields.get('action') === 'CoreShowChannels'), { timeout: 30_000 })
})
afterAll(async () => {
  stop.abort()
  await listening
  await exchange.close()
  await crm.close()
})

const CALLS = '{ calls(orderBy: [{ field: startedAt }]) { nodes { id externalId direction { key } result { key } number { e164 } owner { id } client { name } queue wait talk recorded endedAt } } }'
const calls = async (externalId?: string) => (await crm.ask(admin, CALLS)).calls.nodes.filter((call: { externalId: string }) => !externalId || call.externalId === externalId)
const linkedOf = (bytes: Buffer): string => /Linkedid: (\S+)/.exec(bytes.toString())![1]!
const heardAgain = async () => {
  const lists = () => exchange.asked.filter((fields) => fields.get('action') === 'QueueStatus').length
  const before = lists()
  exchange.cut()
  await expect.poll(lists).toBe(before + 1)
}

describe.skipIf(!present)('what an exchange says over the line', () => {
  it.each([
    ['inbound-answered', { direction: { key: 'in' }, result: { key: 'answered' }, number: null, recorded: true }],
    ['inbound-noanswer', { result: { key: 'missed' }, talk: 0 }],
    ['parallel-ring', { direction: { key: 'in' }, result: { key: 'answered' }, client: { name: 'Sever' } }],
    ['queue-abandon', { result: { key: 'abandoned' }, queue: 'sales', talk: 0 }],
    ['click-to-call', { direction: { key: 'out' }, result: { key: 'answered' }, number: { e164: '+79161234567' } }],
  ])('%s is one call', async (name, expected) => {
    const bytes = eventsOf(name)
    await exchange.say(bytes)
    await expect.poll(async () => (await calls(linkedOf(bytes)))[0]?.endedAt ?? null).not.toBeNull()
    expect(await calls(linkedOf(bytes))).toMatchObject([{ ...expected, owner: { id: anna.actor.userId } }])
    expect((await crm.drain()).failed).toEqual([])
  })

  it('told once more after the connection came back counts nothing twice', async () => {
    const before = await calls()
    await heardAgain()
    await exchange.say(eventsOf('parallel-ring'))
    await exchange.say(eventsOf('queue-abandon'))
    await expect.poll(async () => (await calls(linkedOf(eventsOf('queue-abandon')))).length).toBe(1)
    await new Promise((resolve) => setTimeout(resolve, 300))
    const after = await calls()
    expect(after.map((call: { id: string }) => call.id)).toEqual(before.map((call: { id: string }) => call.id))
    const missed = (await crm.ask(admin, '{ missedCalls { nodes { count } } }')).missedCalls.nodes
    expect((await crm.drain()).failed).toEqual([])
    expect((await crm.ask(admin, '{ missedCalls { nodes { count } } }')).missedCalls.nodes).toEqual(missed)
  })

  it('that breaks off in the middle of a call, which ends meanwhile, leaves an ended call and the time of the silence', async () => {
    const bytes = eventsOf('inbound-busy')
    await exchange.say(bytes.subarray(0, bytes.indexOf('Event: DialEnd')))
    await expect.poll(() => calls(linkedOf(bytes))).toHaveLength(1)
    await heardAgain()
    await expect.poll(async () => (await calls(linkedOf(bytes)))[0]).toMatchObject({ result: { key: 'missed' }, endedAt: expect.any(String) as unknown })
    const { telephonyOutages } = await crm.ask(admin, '{ telephonyOutages { provider began ended } }')
    expect(telephonyOutages.length).toBeGreaterThanOrEqual(2)
  })

  it('that breaks off in the middle of a call, which goes on, leaves the one call', async () => {
    const bytes = eventsOf('queue-answered')
    const id = linkedOf(bytes)
    const text = bytes.toString()
    await exchange.say(Buffer.from(text.slice(0, text.indexOf('Event: AgentConnect'))))
    await expect.poll(() => calls(id)).toHaveLength(1)
    const channels = [...new Map([...text.matchAll(/Channel: (\S+)\r?\n(?:.*\r?\n)*?Uniqueid: (\S+)/g)].map((match) => [match[2]!, match[1]!])).entries()].slice(0, 2)
    exchange.channels = channels.map(([uniqueid, channel]) => ({ Channel: channel, Uniqueid: uniqueid, Linkedid: id, CallerIDNum: '+79161234567', Exten: '4950000002', Duration: '00:00:05', BridgeId: 'b1' }))
    await heardAgain()
    exchange.channels = []
    await exchange.say(Buffer.from(text.slice(text.indexOf('Event: AgentConnect'))))
    await expect.poll(async () => (await calls(id))[0]?.endedAt ?? null).not.toBeNull()
    expect(await calls(id)).toMatchObject([{ result: { key: 'answered' }, owner: { id: anna.actor.userId }, queue: 'sales', wait: 1, talk: 3 }])
  })
})

const event = (fields: Record<string, string>): string => `${Object.entries(fields).map(([name, value]) => `${name}: ${value}`).join('\r\n')}\r\n\r\n`

it('knows the queue of a call that began while the connection was away', async () => {
  const trunk = { Channel: 'PJSIP/trunk-q', Uniqueid: 'q.1', Linkedid: 'q.1', CallerIDNum: '+79165550000' }
  exchange.channels = [{ ...trunk, Exten: '4950000002', Duration: '00:00:05' }]
  exchange.queued = [{ Queue: 'sales', Position: '1', Channel: trunk.Channel, Uniqueid: 'q.1', CallerIDNum: trunk.CallerIDNum, Wait: '4' }]
  await heardAgain()
  exchange.channels = exchange.queued = []
  await expect.poll(() => calls('q.1')).toMatchObject([{ queue: 'sales', endedAt: null }])
  await exchange.say(Buffer.from(event({ Event: 'QueueCallerAbandon', ...trunk, Queue: 'sales' }) + event({ Event: 'Hangup', ...trunk, Cause: '16' })))
  await expect.poll(() => calls('q.1')).toMatchObject([{ queue: 'sales', result: { key: 'abandoned' } }])
})

describe('a call that is placed', () => {
  const PLACE = 'mutation ($number: String, $contactPoint: ID) { telephonyPlaceCall(number: $number, contactPoint: $contactPoint) { provider externalId } }'
  const originated = () => exchange.asked.filter((fields) => fields.get('action') === 'Originate')

  it('rings one’s own telephone, and then the number', async () => {
    expect(await crm.ask(anna, '{ telephonyMe { extension mayPlace mayListen plays } }')).toEqual({ telephonyMe: { extension: '101', mayPlace: true, mayListen: true, plays: ['asterisk'] } })
    const { telephonyPlaceCall } = await crm.ask(anna, PLACE, { number: '+7 916 123-45-67' })
    expect(Object.fromEntries(originated().at(-1)!)).toMatchObject({ channel: 'PJSIP/101', context: 'from-internal', exten: '79161234567', priority: '1', async: 'true', channelid: telephonyPlaceCall.externalId })
  })

  it('through digits for a line is a call of the number, which settles its missed call', async () => {
    const number = '+79162223344'
    await client(crm, admin, number, { name: 'Volga', owner: anna.actor.userId })
    const at = Date.now() - 600_000
    await sinkOf(crm).tell('asterisk', [{ externalId: 'before', direction: 'in', number, startedAt: new Date(at).toISOString(), endedAt: new Date(at + 15_000).toISOString(), result: 'missed' }])
    expect((await crm.drain()).failed).toEqual([])
    const missed = async () => (await crm.ask(admin, '{ missedCalls { nodes { number { e164 } state { key } } } }')).missedCalls.nodes.filter((one: { number: { e164: string } }) => one.number.e164 === number)
    expect(await missed()).toMatchObject([{ state: { key: 'open' } }])
    const listeners = exchange.listeners.length
    await set({ asteriskPrefix: '9' })
    await expect.poll(() => exchange.listeners.length).toBe(listeners + 1)
    const { telephonyPlaceCall: { externalId } } = await crm.ask(anna, PLACE, { number })
    const Exten = originated().at(-1)!.get('exten')!
    expect(Exten).toBe('979162223344')
    const ours = { Channel: 'PJSIP/101-9', Uniqueid: externalId, Linkedid: externalId }
    const trunk = { Channel: 'PJSIP/trunk-9', Uniqueid: '9.2', Linkedid: externalId }
    const dial = { ...ours, Exten, DestChannel: trunk.Channel, DestUniqueid: trunk.Uniqueid, DestLinkedid: externalId }
    await exchange.say(Buffer.from([
      { Event: 'Newchannel', ...ours, Exten: 's' }, { Event: 'OriginateResponse', Response: 'Success', Channel: ours.Channel, Uniqueid: externalId, Exten }, { Event: 'Newchannel', ...trunk, Exten: 's' },
      { Event: 'DialBegin', ...dial }, { Event: 'DialEnd', ...dial, DialStatus: 'ANSWER' }, { Event: 'Hangup', ...ours, Cause: '16' }, { Event: 'Hangup', ...trunk, Cause: '16' },
    ].map((fields: object) => event(fields as Record<string, string>)).join('')))
    await expect.poll(async () => (await calls(externalId))[0]?.endedAt ?? null).not.toBeNull()
    expect(await calls(externalId)).toMatchObject([{ direction: { key: 'out' }, result: { key: 'answered' }, number: { e164: number }, client: { name: 'Volga' }, owner: { id: anna.actor.userId } }])
    expect((await crm.drain()).failed).toEqual([])
    expect(await missed()).toMatchObject([{ state: { key: 'done' } }])
    await set()
  })

  it('never carries a line of somebody else to the exchange', async () => {
    const before = originated().length
    for (const number of ['+79161234567\r\nAction: Command\r\nCommand: core stop now', '+7916\nVariable: x', '+7916\u0000', 'sip:evil@example.com', '']) {
      expect((await crm.query(anna, PLACE, { number })).errors![0]!.extensions.code, JSON.stringify(number)).toBe('INVALID_INPUT')
    }
    expect(originated()).toHaveLength(before)
    const { AmiClient } = await import('./ami-client.ts')
    const ami = await AmiClient.open({ url: exchange.url, user: 'crm', secret: 'crmsecret' }, () => undefined, { events: false })
    await expect(ami.ask('Originate', { Channel: 'PJSIP/101\r\nAction: Logoff' })).rejects.toThrow('no line breaks')
    ami.end(new Error('Done.'))
  })

  it('needs the right and an extension, and goes to nobody who must not be called', async () => {
    const manager = await crm.as('manager')
    expect((await crm.query(manager, PLACE, { number: '+79161234567' })).errors![0]!.extensions).toMatchObject({ code: 'FORBIDDEN', capability: 'telephony.call.place' })
    expect((await crm.query(admin, PLACE, { number: '+79161234567' })).errors![0]!.message).toContain('no extension')
    await client(crm, admin, '+79169999999', { doNotContact: ['phone'] })
    expect((await crm.query(anna, PLACE, { number: '+7 916 999-99-99' })).errors![0]!.extensions).toMatchObject({ code: 'INVALID_INPUT', fields: [{ rule: 'mayContact' }] })
  })

  it('asks by whose card it is called, and of a number of several people each', async () => {
    const shared = '+79167777777'
    const quiet = await client(crm, admin, shared, { doNotContact: ['phone'] })
    const open = await client(crm, admin, shared)
    const points = 'query ($id: ID!) { client(id: $id) { contactPoints { id } } }'
    const pointOf = async (id: string): Promise<string> => (await crm.ask(admin, points, { id })).client.contactPoints[0].id
    const place = 'mutation ($number: String, $contactPoint: ID, $record: ID, $object: String) { telephonyPlaceCall(number: $number, contactPoint: $contactPoint, object: $object, record: $record) { provider } }'
    const isRefused = async (variables: object): Promise<boolean> => (await crm.query(anna, place, variables as never)).errors?.[0]?.extensions.fields?.[0]?.rule === 'mayContact'
    expect(await isRefused({ number: shared }), 'typed, it may reach either').toBe(true)
    expect(await isRefused({ contactPoint: await pointOf(quiet) })).toBe(true)
    expect(await isRefused({ number: shared, object: 'client', record: quiet })).toBe(true)
    expect(await isRefused({ contactPoint: await pointOf(open) })).toBe(false)
    expect(await isRefused({ number: shared, object: 'client', record: open })).toBe(false)
  })

  it('says so where the exchange is not there, is too old, or does not know us', async () => {
    await set({ asteriskSecret: 'wrong' })
    expect((await crm.query(anna, PLACE, { number: '+79161234567' })).errors![0]).toMatchObject({ message: expect.stringContaining('Authentication failed') as unknown, extensions: { code: 'UNAVAILABLE' } })
    await set()
    const inTheirs = async (locale: 'ru' | 'uk' | 'fi') => (await crm.query({ ...anna, actor: { ...anna.actor, locale } }, PLACE, { number: '+79161234567' })).errors![0]!
    exchange.banner = 'Asterisk Call Manager/1.4'
    expect((await crm.query(anna, PLACE, { number: '+79161234567' })).errors![0]!.message).toContain('Asterisk 12 or newer')
    expect((await inTheirs('ru')).message).toBe('У АТС интерфейс AMI версии 1.4, а нужен Asterisk 12 или новее.')
    exchange.banner = 'SSH-2.0-OpenSSH_9.6'
    expect((await inTheirs('uk')).message).toMatch(/^Відповідь АТС незрозуміла: /)
    exchange.banner = 'Asterisk Call Manager/11.0.0'
    await set({ asteriskUrl: 'tcp://127.0.0.1:1' })
    expect(await inTheirs('fi')).toMatchObject({ message: 'Puhelinvaihteeseen ei saada yhteyttä: ECONNREFUSED.', extensions: { code: 'UNAVAILABLE' } })
    await set()
  })
})

describe('settings that are typed', () => {
  const tried = async (values: object) => (await crm.ask(admin, 'mutation ($values: JSON!) { checkPluginSettings(plugin: "telephony", values: $values) { ok message } }', { values })).checkPluginSettings
  const logins = () => exchange.asked.filter((fields) => fields.get('action') === 'Login').map((fields) => fields.get('events'))

  it('are tried at the exchange, which hears no more than that somebody signs in', async () => {
    const before = logins().length
    expect(await tried({})).toEqual({ ok: true, message: null })
    // Who listens may be signing in again meanwhile, with events.
    expect(logins().slice(before).filter((events) => events !== 'on')).toEqual(['off'])
    expect(await tried({ asteriskSecret: 'another one' })).toEqual({ ok: false, message: 'The exchange refuses: Authentication failed.' })
    expect(await tried({ asteriskUrl: 'tcp://127.0.0.1:1' })).toEqual({ ok: false, message: 'The exchange cannot be reached: ECONNREFUSED.' })
    expect(await tried({ asteriskUser: '' })).toMatchObject({ ok: false, message: expect.stringContaining('Only Asterisk can be asked') })
  })
})

describe('a recording', () => {
  const sound = Buffer.from('0123456789'.repeat(10))
  let id: string
  beforeAll(async () => {
    mkdirSync(join(recordings, '2026', '06'), { recursive: true })
    writeFileSync(join(recordings, '2026', '06', 'a.wav'), sound)
    await sinkOf(crm).tell('asterisk', [{ externalId: 'rec-1', direction: 'in', number: '+79161234567', startedAt: '2026-06-01T07:00:00Z', endedAt: '2026-06-01T07:01:00Z', result: 'answered', answeredAt: '2026-06-01T07:00:01Z', recording: '/var/spool/asterisk/monitor/2026/06/a.wav' }])
    id = (await calls('rec-1'))[0].id
  })

  it('is played to who has the right and sees the call, in parts, and noted once', async () => {
    const whole = await crm.get(admin, `telephony/recordings/${id}`)
    expect([whole.status, whole.headers.get('content-type'), whole.headers.get('accept-ranges'), await whole.text()]).toEqual([200, 'audio/wav', 'bytes', sound.toString()])
    const part = await crm.get(admin, `telephony/recordings/${id}`, { range: 'bytes=95-' })
    expect([part.status, part.headers.get('content-range'), await part.text()]).toEqual([206, 'bytes 95-99/100', '56789'])
    expect((await crm.get(admin, `telephony/recordings/${id}`, { range: 'bytes=100-' })).status).toBe(416)
    const { rows } = await crm.kartotek.db.pool.query("select user_id, detail from core.access_log where detail ->> 'reason' = 'listen-to-recording'")
    expect(rows).toEqual([{ user_id: admin.actor.userId, detail: { plugin: 'telephony', reason: 'listen-to-recording', object: 'call', id } }])
    expect((await crm.get(await crm.as('manager'), `telephony/recordings/${id}`)).status).toBe(403)
    const deaf = await crm.withRules({ objects: { '*': { read: 'own' } }, capabilities: ['telephony.recording.listen'] })
    expect((await crm.get(deaf, `telephony/recordings/${id}`)).status).toBe(404)
    expect((await crm.get(null, `telephony/recordings/${id}`)).status).toBe(401)
  })

  it('is never a file of somebody else', async () => {
    symlinkSync('/etc', join(recordings, 'link'))
    for (const path of ['../../etc/passwd', '/etc/passwd', '/var/spool/asterisk/monitor/../../../../etc/passwd', 'link/passwd', '2026/../../x', '.', '', '2026\u0000', '/var/spool/asterisk/monitor-else/a.wav']) {
      await expect(fileIn(recordings, '/var/spool/asterisk/monitor', path), path).rejects.toThrow('not there')
    }
    expect(await fileIn(recordings, '/var/spool/asterisk/monitor', '2026/06/a.wav')).toContain('a.wav')
  })

  it('is nothing but sound, and lies in no folder that holds the program', async () => {
    for (const name of ['secret.env', 'wav', 'a.wav.txt']) {
      writeFileSync(join(recordings, name), 'secret')
      await expect(fileIn(recordings, '/var/spool/asterisk/monitor', name), name).rejects.toThrow('not there')
    }
    // Of another name, by a link.
    symlinkSync(join(recordings, 'secret.env'), join(recordings, 'link.wav'))
    await expect(fileIn(recordings, '/', 'link.wav')).rejects.toThrow('not there')
    const sound = join(recordings, '2026', '06', 'a.wav')
    await expect(fileIn('/', '/', sound)).rejects.toThrow('not there')
    symlinkSync('/', join(recordings, 'root'))
    await expect(fileIn(join(recordings, 'root'), '/', sound)).rejects.toThrow('not there')
    const cwd = vi.spyOn(process, 'cwd').mockReturnValue(join(recordings, '2026'))
    for (const folder of [recordings, join(recordings, '2026')]) await expect(fileIn(folder, '/', relative(folder, sound)), folder).rejects.toThrow('not there')
    expect(await fileIn(join(recordings, '2026', '06'), '/', 'a.wav')).toBe(sound)
    cwd.mockRestore()
  })
})
