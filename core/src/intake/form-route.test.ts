import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import express from 'express'
import { afterAll, beforeAll, expect, it } from 'vitest'
import type { Caller } from '../access/caller.ts'
import { errorAnswer } from '../http/error-answer.ts'
import { testCrm } from '../testing/crm.ts'
import { testLog } from '../testing/index.ts'
import { formsRouter } from './form-route.ts'

const crm = await testCrm()
const { engine, accounts } = crm.kartotek
const app = express()
app.set('trust proxy', true)
app.use('/forms', formsRouter({ engine, limits: accounts.limits, trustProxy: () => true }))
app.use(errorAnswer(testLog as never))
const server = createServer(app).listen(0, '127.0.0.1')
afterAll(async () => { server.close(); await crm.close() })

let admin: Caller, open: string, closed: string
const one = (source: string, variables?: Record<string, unknown>) => crm.ask(admin, source, variables)
const items = async () => (await one('{ intakeItems(first: 100, orderBy: [{ field: createdAt, direction: ASC }]) { nodes { id heading channel source person company region text page utmSource state { key } amount { amount } values { name value } points { kind value key } raw } } }')).intakeItems.nodes
const post = (key: string, init: RequestInit = {}, from = '203.0.113.1') => fetch(`http://127.0.0.1:${(server.address() as AddressInfo).port}/forms/${key}`, { method: 'POST', redirect: 'manual', ...init, headers: { 'x-forwarded-for': from, ...init.headers } })
const form = (fields: Record<string, string>): RequestInit => ({ body: new URLSearchParams(fields), headers: { accept: 'text/html' } })

beforeAll(async () => {
  admin = await crm.as('administrator')
  const { intakeSettings } = await one('{ intakeSettings { version } }')
  const { updateIntakeSettings: { forms } } = await one('mutation ($version: String!, $input: IntakeSettingsInput!) { updateIntakeSettings(version: $version, input: $input) { forms { key } } }', {
    version: intakeSettings.version, input: { forms: [{ name: 'Site', thanks: 'https://site.example/thanks' }, { name: 'Shop', source: 'shop', origins: ['https://shop.example/some/page'] }, { name: 'Off', active: false }] },
  })
  ;[open, closed] = [forms[0].key, forms[1].key]
  expect((await post(forms[2].key, form({ name: 'x' }))).status).toBe(404)
})

it('takes plain forms, scripts and JSON, and understands the usual names of fields', async () => {
  const sent = await post(open, { ...form({ 'name': 'Maija', 'Phone': '040 1234567', 'message': 'Hei', 'city': 'Turku', 'amount': '1 200,50 €', 'utm_source': 'ads', 'Floor': '5', 'website_url': '' }), headers: { accept: 'text/html', referer: 'https://site.example/contact' } })
  expect([sent.status, sent.headers.get('location')]).toEqual([303, 'https://site.example/thanks'])
  const data = new FormData()
  data.set('first_name', 'Иван')
  data.set('last_name', 'Петров')
  data.set('email', 'ivan@example.com')
  data.set('amount', 'a lot')
  expect(await (await post(open, { body: data })).json()).toEqual({ ok: true })
  expect((await post(open, { body: JSON.stringify({ company: 'Oy Kukka', tags: ['a', 'b'] }), headers: { 'content-type': 'application/json' } })).status).toBe(200)
  const all = await items()
  expect(all[0]).toMatchObject({ heading: 'Maija', channel: 'form', source: 'Site', region: 'Turku', text: 'Hei', page: 'https://site.example/contact', utmSource: 'ads', amount: { amount: '1200.50' }, values: [{ name: 'Floor', value: '5' }], points: [{ kind: 'phone', value: '040 1234567', key: '+358401234567' }] })
  expect(JSON.parse(all[0].raw)).toMatchObject({ Phone: '040 1234567', Floor: '5' })
  expect(all[1]).toMatchObject({ person: 'Иван Петров', amount: null, values: [{ name: 'amount', value: 'a lot' }] })
  expect(all[2]).toMatchObject({ company: 'Oy Kukka', values: [{ name: 'tags', value: 'a, b' }] })
})

it('is one request however often somebody clicks, and spam where the trap is filled in', async () => {
  const before = (await items()).length
  await Promise.all([1, 2, 3].map(() => post(open, form({ name: 'Twice', message: 'x' }), '203.0.113.2')))
  await post(open, form({ name: 'Robot', website_url: 'http://spam.example' }), '203.0.113.3')
  const fresh = (await items()).slice(before)
  expect(fresh.map((item: { heading: string, state: { key: string } }) => [item.heading, item.state.key])).toEqual([['Twice', 'new'], ['Robot', 'spam']])
})

it('answers scripts of the sites named only, and asks nothing of who asks first', async () => {
  const from = (origin: string, method = 'POST') => post(closed, { method, ...(method === 'POST' ? { body: new URLSearchParams({ name: 'x' }) } : {}), headers: { origin } }, '203.0.113.4')
  expect((await from('https://evil.example')).status).toBe(403)
  const good = await from('https://shop.example')
  expect([good.status, good.headers.get('access-control-allow-origin'), good.headers.get('access-control-allow-credentials')]).toEqual([200, 'https://shop.example', null])
  expect((await from('https://shop.example', 'OPTIONS')).status).toBe(204)
  expect((await post(open, { body: new URLSearchParams({ name: 'y' }), headers: { origin: 'https://any.example' } }, '203.0.113.4')).headers.get('access-control-allow-origin')).toBe('https://any.example')
})

it('is limited by size and by number, and never fails for what is written in it', async () => {
  expect((await post(open, form({ message: 'x'.repeat(70_000) }), '203.0.113.5')).status).toBe(413)
  const large = new FormData()
  large.set('message', 'x'.repeat(70_000))
  expect((await post(open, { body: large }, '203.0.113.5')).status).toBe(413)
  const odd = await post(open, form({ 'name': 'я'.repeat(3_000), 'email': 'nope', 'tax_id': 'z'.repeat(300), 'phone': '1'.repeat(400), ['x'.repeat(300)]: 'y', 'region': '\u0000' }), '203.0.113.5')
  expect(odd.status).toBe(303)
  const statuses = []
  for (let i = 0; i < 22; i++) statuses.push((await post(open, form({ name: `n${i}` }), '203.0.113.6')).status)
  expect([statuses[19], statuses[20], statuses[21]]).toEqual([303, 429, 429])
  expect((await post('no-such-form', form({ name: 'x' }))).status).toBe(404)
})
