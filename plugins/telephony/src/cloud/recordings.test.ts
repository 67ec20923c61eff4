import { once } from 'node:events'
import type { ServerResponse } from 'node:http'
import { buffer } from 'node:stream/consumers'
import { Readable } from 'node:stream'
import { testCrm } from '@kartotek/core/testing'
import { definePlugin } from '@kartotek/sdk'
import { telephonyProvider, type Recording } from '@kartotek/sdk/contracts'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import telephony from '../index.ts'
import type { Ctx } from '../settings.ts'
import { answeredAt, client, sinkOf } from '../testing.ts'
import { FakeClouds, KEYS, RECORDINGS, SOUND } from './fake-clouds.ts'
import { soundOf } from './sound.ts'
import { authorizationOf } from './zadarma.ts'

const clouds = await FakeClouds.open()
/** The exchange of another plugin, and what it says that a recording is. */
let said = 'audio/ogg'
const recording = (): Promise<Recording> => Promise.resolve({ mime: said, bytes: null, read: () => Readable.from(['<script>alert(1)</script>']) })
const another = definePlugin({ id: 'another', version: '1.0.0', provides: [telephonyProvider.by(() => ({ key: 'another', ready: true, recording }))] })
const crm = await testCrm({ plugins: [telephony, another], work: false, webhooks: { networks: '127.0.0.1' } })
afterAll(async () => {
  await crm.close()
  await clouds.close()
})
const admin = await crm.as('administrator')
type Service = keyof typeof RECORDINGS
/** Of the keys of each, one is taken away. */
const ONE_LESS = { twilioAccount: '', zadarmaKey: null, binotelSecret: null, mangoSalt: null }
const SERVICES = Object.keys(RECORDINGS) as Service[]
type Told = Service | 'odd' | 'another'
const calls = {} as Record<Told, string>
const set = (values: object) => crm.kartotek.settings.updatePlugin('telephony', values as Record<string, unknown>, null)
const listener = () => crm.withRules({ objects: { '*': { read: 'all' } }, capabilities: ['telephony.recording.listen'] })
const play = (service: Told, who = admin, headers: Record<string, string> = {}) => crm.get(who, `telephony/recordings/${calls[service]}`, headers)
const refused = async (service: Told, who = admin) => {
  const answer = await play(service, who)
  return [answer.status, ((await answer.json()) as { error: { message: string } }).error.message]
}
const listenings = async (who = admin) => (await crm.kartotek.db.pool.query<{ n: number }>(`select count(*)::int n from core.access_log where kind = 'plugin_rights' and user_id = $1 and detail->>'reason' = 'listen-to-recording'`, [who.actor.userId])).rows[0]!.n

beforeAll(async () => {
  await client(crm, admin, '+358401112222', { name: 'Lumi Oy' })
  for (const [service, recording] of [...Object.entries(RECORDINGS), ['odd', '../../secrets'], ['another', 'r1']]) await sinkOf(crm).tell(service === 'odd' ? 'twilio' : service!, [answeredAt(`${service}-1`, '+358401112222', '2026-06-01T07:00:00.000Z', '101', { recording })])
  expect((await crm.drain()).failed).toEqual([])
  for (const { id, externalId } of (await crm.ask(admin, '{ calls { nodes { id externalId } } }')).calls.nodes as { id: string, externalId: string }[]) calls[externalId.split('-')[0] as Told] = id
})
beforeEach(async () => {
  clouds.reset()
  await set(clouds.settings)
})

describe.each(SERVICES)('a recording at %s', (service) => {
  it('is played through our server, with nothing of the service but the sound', async () => {
    const answer = await play(service)
    expect([answer.status, Buffer.from(await answer.arrayBuffer()).equals(SOUND)]).toEqual([200, true])
    expect(Object.fromEntries(answer.headers)).toMatchObject({ 'content-type': 'audio/mpeg', 'content-length': String(SOUND.length), 'accept-ranges': 'bytes', 'cache-control': 'private, no-store', 'x-content-type-options': 'nosniff' })
    expect([...answer.headers.keys()].filter((name) => name === 'set-cookie' || name === 'x-account')).toEqual([])
    expect([clouds.asked, clouds.leaked]).toEqual([[service], []])
  })

  it('is played in the parts that a player asks for', async () => {
    for (const [range, first, last] of [['bytes=0-1', 0, 1], ['bytes=3000-', 3000, SOUND.length - 1], ['bytes=-7', SOUND.length - 7, SOUND.length - 1], ['bytes=11-4000', 11, 4000]] as const) {
      const answer = await play(service, admin, { range })
      expect([answer.status, answer.headers.get('content-range'), Buffer.from(await answer.arrayBuffer()).equals(SOUND.subarray(first, last + 1))]).toEqual([206, `bytes ${first}-${last}/${SOUND.length}`, true])
    }
    expect((await play(service, admin, { range: 'bytes=9999-' })).status).toBe(416)
  })

  it('is said to be refused where the keys are wrong, and they are shown to nobody', async () => {
    await set({ ...clouds.settings, twilioToken: 'another-one', zadarmaSecret: 'another-one', binotelSecret: 'another-one', mangoSalt: 'another-one' })
    const [status, message] = await refused(service)
    expect([status, message]).toEqual([503, service === 'binotel'
      ? 'The exchange gives no recording; what it answered stands in the log of the server.'
      : 'The exchange does not accept the keys by which recordings are fetched; an administrator can correct them in the settings.'])
    expect(clouds.asked).toEqual([])
  })

  it('is not offered while its keys are not set', async () => {
    const offered = async () => (await crm.ask(admin, '{ telephonyMe { plays } }')).telephonyMe.plays.includes(service)
    expect(await offered()).toBe(true)
    await set({ ...clouds.settings, ...ONE_LESS })
    expect([await offered(), await refused(service)]).toEqual([false, [503, 'The keys by which recordings of this exchange are fetched are not set.']])
  })
})

it('signs for Zadarma as its own library does', () => {
  // python3: base64(hmac.new(b'secret', path + query + md5(query).hexdigest(), 'sha1').hexdigest())
  expect(authorizationOf('key', 'secret', '/v1/pbx/record/request/', 'call_id=171.1&format=json&lifetime=180')).toBe('key:MGYwMDFhMmQyOTMxOGQ2OTYyZDY2YjZiOWM0Y2M4NTQ0NzFlYjFhNg==')
})

it('offers on the timeline what can be played, and only that', async () => {
  const { timelineEntries } = await crm.ask(admin, '{ timelineEntries { nodes { id telephony { call } } } }')
  const entry = timelineEntries.nodes.find((one: { telephony: { call: string } }) => one.telephony.call === calls.mango).id as string
  const recorded = async () => (await crm.ask(admin, 'query ($entry: ID!) { telephonyEntryCall(entry: $entry) { recorded } }', { entry })).telephonyEntryCall.recorded
  expect(await recorded()).toBe(true)
  await set({ ...clouds.settings, ...ONE_LESS })
  expect(await recorded()).toBe(false)
})

it('is for those who see the call and may listen; who did is kept once', async () => {
  const [may, mayNot, other] = [await listener(), await crm.withRules({ objects: { '*': { read: 'all' } } }), await crm.withRules({ objects: { call: { read: 'own' } }, capabilities: ['telephony.recording.listen'] })]
  expect([(await play('mango', mayNot)).status, (await play('mango', other)).status, clouds.paths]).toEqual([403, 404, []])
  for (const range of ['bytes=0-1', 'bytes=0-', 'bytes=100-200']) expect((await play('mango', may, { range })).status).toBe(206)
  expect([await listenings(may), await listenings(mayNot), await listenings(other)]).toEqual([1, 0, 0])
})

describe('what a service answers that is no recording', () => {
  const says = (status: number, body: string | Buffer, headers: Record<string, string | number> = {}) => (response: ServerResponse) => { response.writeHead(status, { 'content-type': 'audio/mpeg', ...headers }).end(body) }
  const NO_SOUND = 'What the exchange gives is no sound that can be played.'
  const GONE = 'The recording is not there, or not there yet.'
  const files: [string, (response: ServerResponse) => void, number, string][] = [
    ['a page', says(200, '<!doctype html><script>alert(1)</script>', { 'content-type': 'text/html' }), 503, NO_SOUND],
    ['a page that is said to be a sound', says(200, '<!doctype html><script>alert(1)</script>'), 503, NO_SOUND],
    ['nothing', says(200, ''), 503, NO_SOUND],
    ['text without end', (response) => { response.writeHead(200, { 'content-type': 'text/html' }); const more = (): void => { while (response.write('x'.repeat(65_536))); response.once('drain', more) }; more() }, 503, NO_SOUND],
    ['more than there can be', (response) => { response.writeHead(200, { 'content-length': 10_000_000_000 }).write(SOUND) }, 503, 'The recording is too large to be played here.'],
    ['that it is not there', says(404, 'no'), 404, GONE],
    ['that the link holds no longer', says(403, '<Error><Code>AccessDenied</Code></Error>'), 404, GONE],
    ['that it is broken', says(500, 'oops'), 503, 'The exchange gives no recording now: it answers 500.'],
    ['a piece of an answer', (response) => { response.socket!.destroy() }, 503, 'The exchange does not answer.'],
  ]

  it.each(files)('is refused: %s', async (_, file, status, message) => {
    clouds.file = file
    const who = await listener()
    expect([await refused('binotel', who), await listenings(who)]).toEqual([[status, message], 0])
  })

  it.each(['http://127.0.0.1:9/', 'http://localhost:5432/', 'http://169.254.169.254/latest/meta-data/', 'https://evil.example/', 'http://files.mango-office.ru/', 'file:///etc/passwd', 'https://mango-office.ru.evil.example/x.mp3'])('is refused: a way to %s', async (link) => {
    clouds.link = link
    const POINTS = [503, 'The exchange points to a server from which recordings are not fetched.']
    for (const service of SERVICES) expect([service, await refused(service)]).toEqual([service, POINTS])
  })

  it('is refused: no way at all', async () => {
    for (const link of [7, {}, [], '', 'no address']) {
      clouds.link = link
      expect(await refused('zadarma')).toEqual([503, 'The exchange gives no recording; what it answered stands in the log of the server.'])
    }
  })

  it('is refused: a way that leads in a circle', async () => {
    clouds.link = `${clouds.settings.twilioApiRoot}/2010-04-01/Accounts/${KEYS.twilioAccount}/Recordings/${RECORDINGS.twilio}.mp3`
    expect(await refused('twilio')).toEqual([503, 'The exchange gives no recording now: it answers 302.'])
    expect(clouds.asked).toHaveLength(6)
  })

  it('is not asked for at all by an id that leads elsewhere', async () => {
    expect([await refused('odd'), clouds.paths]).toEqual([[404, GONE], []])
  })

  it('is told in the language of who listens', async () => {
    clouds.file = says(500, 'oops')
    const finn = await crm.withRules({ objects: { '*': { read: 'all' } }, capabilities: ['telephony.recording.listen'] }, { locale: 'fi' })
    expect(await refused('binotel', finn)).toEqual([503, 'Puhelinvaihde ei nyt anna nauhoitusta: vastaus 500.'])
  })
})

it('plays what the exchange of another plugin has, and gives nothing on but sounds', async () => {
  said = 'audio/ogg'
  const answer = await play('another')
  expect([answer.status, answer.headers.get('content-type')]).toEqual([200, 'audio/ogg'])
  for (said of ['text/html', 'audio/ogg\r\nset-cookie: a=1', 'audio/../text/html', '']) expect(await refused('another')).toEqual([503, 'What the exchange gives is no sound that can be played.'])
})

it('takes the keys of Twilio to no other server', async () => {
  clouds.link = clouds.fileLink()
  const answer = await play('twilio')
  expect([answer.status, Buffer.from(await answer.arrayBuffer()).equals(SOUND), clouds.leaked]).toEqual([200, true, []])
})

describe('a sound that flows', () => {
  const ctx = crm.kartotek.host.contextFor('telephony') as unknown as Ctx
  const fetched = (limits: { bytes?: number, wait?: number } = {}) => soundOf(ctx, 'fake', () => ({ url: clouds.fileLink() }), { bytes: 1_000_000, wait: 60_000, ...limits })
  const flows = (response: ServerResponse): void => {
    response.writeHead(200).write(SOUND)
    const more = (): void => { while (!response.destroyed && response.write(SOUND)); response.once('drain', more) }
    more()
  }

  it('has no length where the service tells none, and ends with what it sends', async () => {
    clouds.file = (response) => { response.writeHead(200).write(SOUND.subarray(0, 5)); setImmediate(() => response.end(SOUND.subarray(5))) }
    const { bytes, mime, read } = await fetched()
    expect([bytes, mime, (await buffer(await read())).equals(SOUND)]).toEqual([null, 'audio/mpeg', true])
  })

  it('breaks off where it never ends', async () => {
    clouds.file = flows
    const sound = await (await fetched()).read()
    let heard = 0
    await expect((async () => { for await (const piece of sound as AsyncIterable<Buffer>) heard += piece.length })()).rejects.toThrow('larger than any')
    expect(heard).toBeLessThan(1_200_000)
  })

  it('is given up where it does not begin, or does not go on', async () => {
    clouds.file = () => undefined
    await expect(fetched({ wait: 50 })).rejects.toThrow('The exchange does not answer.')
    clouds.file = (response) => { response.writeHead(200, { 'content-length': 1_000 }).write(SOUND.subarray(0, 500)) }
    await expect((async () => buffer(await (await fetched({ wait: 300 })).read()))()).rejects.toThrow()
  })

  it.each([['who listens goes', async () => { (await (await fetched()).read()).destroy() }], ['nobody listens', async () => { await fetched({ wait: 300 }).catch(() => undefined) }]])('is let go where %s', async (_, leave) => {
    const closed = new Promise<void>((resolve) => { clouds.file = (response) => { flows(response); void once(response, 'close').then(() => { resolve() }) } })
    await leave()
    await closed
  })

  it('can be read once more', async () => {
    const { read } = await fetched()
    for (let i = 0; i < 2; i++) expect((await buffer(await read({ first: 1, last: 2 }))).toString()).toBe('D3')
  })
})
