import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import pg from 'pg'
import type { Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { FakeExchange } from '../../plugins/telephony/src/asterisk/fake-exchange.ts'
import { FakeClouds, RECORDINGS } from '../../plugins/telephony/src/cloud/fake-clouds.ts'
import { apiOf, runningApp, setUp, type RunningApp, type Visit } from './running-app.ts'

const PLUGIN = join(import.meta.dirname, '../../plugins/telephony')
execFileSync(process.execPath, [join(import.meta.dirname, '../../node_modules/vite/bin/vite.js'), 'build', '--logLevel', 'error'], { cwd: join(PLUGIN, 'web'), stdio: 'inherit' })
const app: RunningApp = await runningApp({ plugins: [PLUGIN], settings: { KARTOTEK_WEBHOOK_NETWORKS: '127.0.0.0/8' } })
let page: Page
let visit: Visit
let client: string
const api = apiOf(() => page)
const SECRET = 'a-long-secret-of-binotel'
const exchange = await FakeExchange.open('crmsecret')
const clouds = await FakeClouds.open()
const recordings = mkdtempSync(join(tmpdir(), 'kartotek-recordings-'))
const database = new pg.Client({ connectionString: app.databaseUrl })
afterAll(async () => {
  await database.end()
  await exchange.close()
  await clouds.close()
  rmSync(recordings, { recursive: true })
})
const originated = () => exchange.asked.filter(fields => fields.get('action') === 'Originate').map(fields => ({ channel: fields.get('channel'), exten: fields.get('exten') }))
/** A second of silence, as a WAV file of 8,000 samples a second. */
function silence(): Buffer {
  const sound = Buffer.alloc(44 + 16_000)
  sound.write('RIFF', 0)
  sound.writeUInt32LE(36 + 16_000, 4)
  sound.write('WAVEfmt ', 8)
  sound.writeUInt32LE(16, 16)
  sound.writeUInt16LE(1, 20)
  sound.writeUInt16LE(1, 22)
  sound.writeUInt32LE(8_000, 24)
  sound.writeUInt32LE(16_000, 28)
  sound.writeUInt16LE(2, 32)
  sound.writeUInt16LE(16, 34)
  sound.write('data', 36)
  sound.writeUInt32LE(16_000, 40)
  return sound
}
const shot = async (name: string, of = page) => { if (process.env.SHOTS) await of.screenshot({ path: `${process.env.SHOTS}/${name}.png` }) }
/** As the service tells it. */
async function told(fields: Record<string, string>) {
  const answer = await fetch(`${app.url}/plugins/telephony/binotel/${SECRET}`, { method: 'POST', body: new URLSearchParams(fields) })
  expect(answer.status).toBe(200)
}
const start = (ago = 0) => String(Math.floor(Date.now() / 1000) - ago)

beforeAll(async () => {
  visit = await setUp(app)
  page = visit.page
  const { me } = await api<{ me: { id: string } }>('{ me { id } }')
  await api('mutation ($id: ID!) { updateUser(id: $id, input: { telephony: { extension: "101" } }) { id } }', { id: me.id })
  await api('mutation ($values: JSON!) { updatePluginSettings(plugin: "telephony", values: $values) { values } }', { values: { ...clouds.settings, binotelPath: SECRET, asteriskUrl: exchange.url, asteriskUser: 'crm', asteriskSecret: 'crmsecret', recordingsFolder: recordings } })
  await database.connect()
  client = (await api<{ createClient: { id: string } }>('mutation { createClient(input: { name: "Lumi Oy", contactPoints: [{ kind: "phone", value: "+358 40 1111222" }] }) { id } }')).createClient.id
  await api('mutation ($client: ID!) { createOrder(input: { client: $client, subject: "Twelve doors" }) { id } }', { client })
})

it('shows who calls while the telephone rings, with his orders, and keeps what was said', async () => {
  await page.goto('/')
  await page.waitForTimeout(500)
  const call = { generalCallID: 'w1', callType: '0', externalNumber: '+358401111222', internalNumber: '101', didNumber: '+3589100', startTime: start(120) }
  await told({ requestType: 'receivedTheCall', ...call })
  const card = page.getByRole('region', { name: 'Call' })
  await card.getByText('Incoming call').waitFor()
  await card.getByRole('link', { name: 'Lumi Oy' }).waitFor()
  await card.getByRole('link', { name: /Twelve doors/ }).waitFor()
  await shot('phone-dock-light')
  await told({ requestType: 'answeredTheCall', ...call })
  await card.getByText('On the line').waitFor()
  await told({ 'requestType': 'apiCallCompleted', ...Object.fromEntries(Object.entries(call).map(([key, value]) => [`callDetails[${key}]`, value])), 'callDetails[waitsec]': '3', 'callDetails[billsec]': '65', 'callDetails[disposition]': 'ANSWER' })
  await card.getByText('Call ended').waitFor()
  await card.getByLabel('What was it about?').fill('Two more doors')
  await card.getByRole('button', { name: 'Save the note' }).click()
  await card.waitFor({ state: 'detached' })
})

it('tries the settings out before they are kept', async () => {
  const open = async (of: Page, more: string, settings: string) => {
    await of.goto('/settings/plugins')
    await of.getByRole('button', { name: more }).click()
    await of.getByRole('menuitem', { name: settings }).click()
    return of.getByRole('dialog')
  }
  const dialog = await open(page, 'Actions for telephony', 'Settings')
  await dialog.getByRole('button', { name: 'Test connection' }).click()
  await dialog.getByRole('status').getByText('It works: the other side answers as it should.').waitFor()
  await shot('settings-works')
  const secret = dialog.getByLabel('Asterisk: secret')
  await secret.fill('another one')
  await dialog.getByText('It works').waitFor({ state: 'detached' })
  await dialog.getByRole('button', { name: 'Test connection' }).click()
  await dialog.getByRole('alert').getByText('The exchange refuses: Authentication failed.').waitFor()
  await shot('settings-refused')
  await dialog.getByRole('button', { name: 'Cancel' }).click()

  const phone = await app.visit({ width: 390, colorScheme: 'dark', locale: 'fi-FI', as: page.context() })
  const small = await open(phone.page, 'Actions for telephony', 'Settings')
  await small.getByRole('button', { name: 'Test connection' }).click()
  await small.getByText('It works').waitFor()
  expect(await phone.page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(390)
  await shot('settings-works-390-dark', phone.page)
  await phone.context.close()
})

it('puts the call on the timeline, into the tab of the client and into the log', async () => {
  await page.goto(`/clients/${client}?tab=timeline`)
  await page.getByText('Talked 1:05').waitFor()
  await shot('phone-timeline')
  await page.getByRole('tab', { name: 'Calls', exact: true }).click()
  const tab = page.getByRole('region', { name: 'Calls' })
  await tab.getByText('Two more doors').waitFor()
  await shot('phone-tab')
  await page.getByRole('link', { name: 'Call log' }).click()
  await page.getByRole('heading', { name: 'Call log' }).waitFor()
  await page.getByText('+358 40 1111222').first().waitFor()
  await page.getByRole('button', { name: 'Not called back' }).click()
  await page.getByText('No calls.').waitFor()
  const missed = { 'requestType': 'apiCallCompleted', 'callDetails[generalCallID]': 'w2', 'callDetails[callType]': '0', 'callDetails[externalNumber]': '+358401111222', 'callDetails[internalNumber]': '101', 'callDetails[startTime]': start(), 'callDetails[waitsec]': '20', 'callDetails[billsec]': '0', 'callDetails[disposition]': 'NOANSWER' }
  await told(missed)
  await page.getByRole('link', { name: 'Lumi Oy' }).waitFor()
  await shot('phone-log')
})

it('places a call by one click, and none to who must not be called', async () => {
  await page.goto(`/clients/${client}`)
  await page.getByRole('button', { name: 'Call', exact: true }).click()
  await page.getByText('Your telephone rings: lift it, and the number is called.').first().waitFor()
  expect(originated()).toEqual([{ channel: 'PJSIP/101', exten: '358401111222' }])
  await shot('phone-placed')
  const { createClient: quiet } = await api<{ createClient: { id: string } }>('mutation { createClient(input: { name: "Quiet Oy", doNotContact: ["phone"], contactPoints: [{ kind: "phone", value: "+358 40 3333444" }] }) { id } }')
  await page.goto(`/clients/${quiet.id}`)
  await page.getByRole('button', { name: 'Call', exact: true }).click()
  await page.getByText('This person must not be called.').first().waitFor()
  expect(originated()).toHaveLength(1)
})

describe('the call log', () => {
  const rows = () => page.locator('.calls > li')

  it('closes a missed call with a note, which stands there with who wrote it', async () => {
    await page.goto('/x/telephony')
    await page.getByRole('button', { name: 'Not called back' }).click()
    await page.waitForURL('**/x/telephony?look=waiting')
    await page.getByText(/^To be called back by /).waitFor()
    expect(await rows().count()).toBe(1)
    await shot('phone-waiting')
    await rows().getByRole('button', { name: 'Close' }).click()
    const dialog = page.getByRole('dialog')
    expect(await dialog.getByRole('button', { name: 'Close', exact: true }).last().isDisabled()).toBe(true)
    await dialog.getByLabel('Why does nobody need to call back?').fill('He wrote us a letter')
    await shot('phone-close')
    await dialog.locator('button[type=submit]').click()
    await page.getByText('No calls.').waitFor()
    await page.getByRole('button', { name: 'All', exact: true }).click()
    await page.getByText(/^Closed · Aino Virtanen · /).waitFor()
    await page.getByText('He wrote us a letter').waitFor()
    await shot('phone-closed')
    const { missedCalls } = await api<{ missedCalls: { nodes: object[] } }>('{ missedCalls { nodes { id state { key } note closedBy { name } } } tasks { nodes { id } } }')
    expect(missedCalls.nodes).toMatchObject([{ state: { key: 'done' }, note: 'He wrote us a letter', closedBy: { name: 'Aino Virtanen' } }])
    await page.getByRole('link', { name: /^Closed · Aino Virtanen/ }).click()
    await page.getByText('He wrote us a letter').first().waitFor()
  })

  it('is narrowed by conditions that stand in its address, and goes on beyond its first pages', async () => {
    const old = (n: number) => `to_jsonb(c) || jsonb_build_object('id', gen_random_uuid(), 'heading', 'Old ' || n, 'external_key', 'old:' || n, 'started_at', now() - n * interval '1 day', 'line', case when n > ${n} then '300' else '200' end, 'direction', 'out', 'missed_call_id', null)`
    await database.query(`insert into core."call" select (jsonb_populate_record(null::core."call", ${old(255)})).* from core."call" c, generate_series(1, 260) n where c.external_key like '%:w1'`)
    await page.goto('/x/telephony')
    await rows().first().waitFor()
    expect(await rows().count()).toBe(50)
    await page.getByRole('button', { name: 'Show more' }).click()
    await expect.poll(() => rows().count()).toBe(250)
    await page.getByRole('button', { name: 'Show more' }).click()
    await expect.poll(() => rows().count()).toBe(262)
    expect(await page.getByRole('button', { name: 'Show more' }).count()).toBe(0)

    await page.getByRole('button', { name: 'Filter' }).click()
    await page.getByLabel('Field: Number').click()
    await page.getByRole('option', { name: 'Our line' }).click()
    await page.getByLabel('Comparison').click()
    await page.getByRole('option', { name: 'is', exact: true }).click()
    await page.getByLabel('Value of “Our line”').fill('300')
    await shot('phone-filter')
    await page.getByRole('button', { name: 'Apply' }).click()
    await expect.poll(() => rows().count()).toBe(5)
    await shot('phone-filtered')
    await page.getByRole('button', { name: 'Missed', exact: true }).click()
    await page.getByText('No calls.').waitFor()
    await page.reload()
    await page.getByText('No calls.').waitFor()
    await page.getByRole('button', { name: 'All', exact: true }).click()
    await expect.poll(() => rows().count()).toBe(5)
    const narrowed = async (...conditions: unknown[][]) => {
      await page.goto(`/x/telephony?filter=${encodeURIComponent(JSON.stringify({ and: conditions }))}`)
      await page.getByRole('group', { name: 'Conditions of the filter' }).waitFor()
      return rows().count
    }
    const { me } = await api<{ me: { id: string } }>('{ me { id } }')
    const conditions: [unknown[][], number][] = [
      [[['direction', 'in', ['in']]], 2], [[['result', 'in', ['missed']]], 1], [[['startedAt', 'lastDays', 10]], 11], [[['owner', 'in', [{ id: me.id, title: 'Aino Virtanen' }]], ['direction', 'in', ['in']]], 2], [[['client', 'in', [{ id: client, title: 'Lumi Oy' }]], ['line', 'eq', '300']], 5],
    ]
    for (const [asked, count] of conditions) {
      await narrowed(...asked)
      await expect.poll(() => rows().count(), { message: JSON.stringify(asked) }).toBe(count)
    }
    await database.query(`delete from core."call" where external_key like 'old:%'`)
  })
})

describe('a recording', () => {
  const event = (fields: Record<string, string>) => `${Object.entries(fields).map(([name, value]) => `${name}: ${value}`).join('\r\n')}\r\n\r\n`
  const listenings = async () => (await api<{ accessLog: { detail: { reason?: string } }[] }>('{ accessLog(kind: "plugin_rights", first: 200) { detail } }')).accessLog.filter(({ detail }) => detail.reason === 'listen-to-recording').length
  let call: string

  beforeAll(async () => {
    writeFileSync(join(recordings, 'talk.wav'), silence())
    await vi.waitUntil(() => exchange.listeners.length > 0, { timeout: 60_000 })
    const [trunk, phone] = [{ Channel: 'PJSIP/trunk-1', Uniqueid: 'r.1', Linkedid: 'r.1', CallerIDNum: '+358401111222' }, { Channel: 'PJSIP/101-2', Uniqueid: 'r.2', Linkedid: 'r.1', CallerIDNum: '101' }]
    await exchange.say(Buffer.from([
      { Event: 'Newchannel', ...trunk, Exten: '3589100' }, { Event: 'Newchannel', ...phone, Exten: 's' }, { Event: 'VarSet', ...trunk, Variable: 'MIXMONITOR_FILENAME', Value: '/var/spool/asterisk/monitor/talk.wav' },
      { Event: 'BridgeEnter', ...trunk, BridgeUniqueid: 'b' }, { Event: 'BridgeEnter', ...phone, BridgeUniqueid: 'b' }, { Event: 'Hangup', ...phone, Cause: '16' }, { Event: 'Hangup', ...trunk, Cause: '16' },
    ].map(event).join('')))
    const recorded = async () => (await api<{ calls: { nodes: { id: string, endedAt: string | null }[] } }>('{ calls(filter: { recorded: { eq: true } }) { nodes { id endedAt } } }')).calls.nodes
    call = await vi.waitUntil(async () => (await recorded()).find(({ endedAt }) => endedAt)?.id, { timeout: 60_000 })
  })

  it('is played to who has the right, and that he listened is kept', async () => {
    await page.goto('/x/telephony')
    await page.getByRole('button', { name: 'Play the recording' }).click()
    const player = page.locator('audio')
    await expect.poll(() => player.evaluate((audio: HTMLAudioElement) => ({ seconds: audio.duration, moved: audio.currentTime > 0 || audio.ended, error: audio.error?.message ?? null }))).toEqual({ seconds: 1, moved: true, error: null })
    await shot('phone-player')
    await expect.poll(listenings).toBe(1)
  })

  it('is offered to nobody without the right, nor given to him; the log keeps closed numbers to itself', async () => {
    const rules = { objects: { '*': { read: 'all' } }, fields: { 'call.number': { read: false }, 'call.note': { read: false } } }
    const { createRole } = await api<{ createRole: { id: string } }>('mutation ($input: RoleInput!) { createRole(input: $input) { id } }', { input: { key: 'onlooker', labels: { en: 'Onlooker' }, rules } })
    const { inviteUser } = await api<{ inviteUser: { link: string } }>('mutation ($roles: [ID!]!) { inviteUser(input: { name: "Olavi Katsoja", email: "olavi@example.com", roles: $roles }) { link } }', { roles: [createRole.id] })
    const onlooker = await app.visit()
    await onlooker.page.goto(inviteUser.link)
    await onlooker.page.getByLabel('New password').fill('a walk along the quiet harbour')
    await onlooker.page.getByRole('button', { name: 'Save the password' }).click()
    await onlooker.page.waitForURL('**/clients')
    await onlooker.page.goto('/x/telephony')
    await onlooker.page.getByText('number not shown').first().waitFor()
    expect(await onlooker.page.locator('.calls > li').count()).toBe(3)
    expect(await onlooker.page.locator('.calls').innerText()).not.toMatch(/1111222|Two more doors/)
    expect(await onlooker.page.getByRole('button', { name: 'Play the recording' }).count()).toBe(0)
    expect(await onlooker.page.evaluate(async (id: string) => (await fetch(`/plugins/telephony/recordings/${id}`)).status, call)).toBe(403)
    expect(await listenings()).toBe(1)
    await shot('phone-log-closed', onlooker.page)
    await onlooker.context.close()
  })

  describe('that a service in the cloud has', () => {
    const player = (of = page) => of.locator('audio')
    const sounds = (of = page) => expect.poll(() => player(of).evaluate((audio: HTMLAudioElement) => ({ seconds: audio.duration, moved: audio.currentTime > 0 || audio.ended, error: audio.error?.message ?? null }))).toEqual({ seconds: 1, moved: true, error: null })
    const panel = (of = page) => of.getByRole('region', { name: 'Recording', exact: true })
    let id: string

    beforeAll(async () => {
      clouds.file = (response) => { response.writeHead(200, { 'content-length': silence().length }).end(silence()) }
      const call = { generalCallID: RECORDINGS.binotel, callType: '0', externalNumber: '+358401111222', internalNumber: '101', startTime: start(60), waitsec: '3', billsec: '47', disposition: 'ANSWER', recordingStatus: 'uploaded' }
      await told({ requestType: 'apiCallCompleted', ...Object.fromEntries(Object.entries(call).map(([key, value]) => [`callDetails[${key}]`, value])) })
      id = await vi.waitUntil(async () => (await api<{ calls: { nodes: { id: string }[] } }>('{ calls(filter: { recorded: { eq: true }, provider: { eq: "binotel" } }) { nodes { id } } }')).calls.nodes[0]?.id, { timeout: 60_000 })
    })

    it('is played on the timeline and on the card of the call', async () => {
      await page.goto(`/clients/${client}?tab=timeline`)
      await page.locator('.item').filter({ hasText: 'Talked 0:47' }).getByRole('button', { name: 'Play the recording' }).click()
      await sounds()
      await shot('recording-timeline')
      await page.goto(`/calls/${id}`)
      await panel().getByRole('button', { name: 'Play the recording' }).click()
      await sounds()
      await shot('recording-card')
    })

    it('says why where it cannot be heard, on a phone in the dark too', async () => {
      clouds.file = (response) => { response.writeHead(404).end() }
      await page.goto(`/calls/${id}`)
      await panel().getByRole('button', { name: 'Play the recording' }).click()
      await panel().getByRole('alert').getByText('The recording is not there, or not there yet.').waitFor()
      await shot('recording-gone')
      const phone = await app.visit({ width: 390, colorScheme: 'dark', as: visit.context })
      await phone.page.goto('/x/telephony')
      await phone.page.locator('.calls > li').filter({ hasText: '0:47' }).getByRole('button', { name: 'Play the recording' }).click()
      await phone.page.getByRole('alert').getByText('The recording is not there, or not there yet.').waitFor()
      expect(await phone.page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(390)
      await shot('recording-gone-390-dark', phone.page)
      await phone.context.close()
    })
  })
})

it('fits a phone in the dark, and speaks the language of the company', async () => {
  const small = await app.visit({ width: 390, colorScheme: 'dark', locale: 'ru', as: visit.context })
  await small.page.goto('/')
  await small.page.waitForTimeout(500)
  await told({ requestType: 'receivedTheCall', generalCallID: 'w3', callType: '0', externalNumber: '+358409999999', internalNumber: '101', startTime: start() })
  const card = small.page.getByRole('region', { name: /Call|Звонок/ })
  await card.waitFor()
  const box = (await card.boundingBox())!
  expect(box.x).toBeGreaterThanOrEqual(0)
  expect(box.x + box.width).toBeLessThanOrEqual(390)
  await shot('phone-dock-dark', small.page)
  await small.page.goto('/x/telephony')
  await small.page.getByText('+358 40 1111222').first().waitFor()
  expect(await small.page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(390)
  await shot('phone-log-dark', small.page)
  await small.page.goto(`/clients/${client}?tab=telephony-calls`)
  await small.page.waitForTimeout(800)
  await shot('phone-card-dark', small.page)
  expect(app.misdeeds).toEqual([])
})
