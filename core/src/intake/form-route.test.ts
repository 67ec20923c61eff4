import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import express from 'express'
import { afterAll, beforeAll, expect, it } from 'vitest'
import type { Caller } from '../access/caller.ts'
import { errorAnswer } from '../http/error-answer.ts'
import { testCrm } from '../testing/crm.ts'
import { testLog } from '../testing/index.ts'
import { keepConsents } from './consents.ts'
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

it.each([
  ['Имя', 'Телефон', 'Компания', 'Сообщение', 'Город'], ['Ім\u2019я', 'Телефон', 'Компанія', 'Повідомлення', 'Місто'], ['Nimi', 'Puhelin', 'Yritys', 'Viesti', 'Kaupunki'], ['Name', 'Phone', 'Company', 'Comments', 'City'],
])('understands a form with the fields %s, %s, %s, %s and %s', async (name, phone, company, text, city) => {
  expect((await post(open, form({ [name]: 'Kai Berg', [phone]: '040 7654321', [company]: 'Berg Oy', [text]: 'Hello', [city]: 'Oulu' }))).status).toBeLessThan(400)
  expect((await items()).at(-1)).toMatchObject({ person: 'Kai Berg', company: 'Berg Oy', text: 'Hello', region: 'Oulu', values: [], points: [{ kind: 'phone', value: '040 7654321' }] })
})

it('joins a given name with a family name, unless it is in it already', async () => {
  for (const [name, family, whole] of [['Олена', 'Коваль', 'Олена Коваль'], ['Олена Коваль', 'Коваль', 'Олена Коваль']] as const) {
    await post(open, form({ "ім'я": name, 'прізвище': family }))
    expect((await items()).at(-1)).toMatchObject({ person: whole })
  }
})

it('takes a form with a field for files, whether or not one was chosen, and keeps the name of the file', async () => {
  const before = (await items()).length
  const without = new FormData()
  without.set('name', 'Ei liitettä')
  // What a browser sends for a field in which no file was chosen.
  without.set('cv', new Blob([]), '')
  const withOne = new FormData()
  withOne.set('name', 'Liite')
  withOne.set('message', new Blob(['x'.repeat(300_000)]), 'чертёж.pdf')
  expect((await post(open, { body: without }, '203.0.113.7')).status).toBe(200)
  expect((await post(open, { body: withOne }, '203.0.113.7')).status).toBe(200)
  const [empty, full] = (await items()).slice(before)
  expect(empty).toMatchObject({ heading: 'Ei liitettä', values: [] })
  expect(full).toMatchObject({ heading: 'Liite', text: null, values: [{ name: 'message', value: 'чертёж.pdf' }] })
  expect(JSON.parse(full.raw)).toEqual({ name: 'Liite', message: 'чертёж.pdf' })
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
  const many = new FormData()
  for (let i = 0; i < 5; i++) many.set(`f${i}`, 'x'.repeat(20_000))
  expect((await post(open, { body: many }, '203.0.113.5')).status).toBe(413)
  const odd = await post(open, form({ 'name': 'я'.repeat(3_000), 'email': 'nope', 'tax_id': 'z'.repeat(300), 'phone': '1'.repeat(400), ['x'.repeat(300)]: 'y', 'region': '\u0000' }), '203.0.113.5')
  expect(odd.status).toBe(303)
  const statuses = []
  for (let i = 0; i < 22; i++) statuses.push((await post(open, form({ name: `n${i}` }), '203.0.113.6')).status)
  expect([statuses[19], statuses[20], statuses[21]]).toEqual([303, 429, 429])
  expect((await post('no-such-form', form({ name: 'x' }))).status).toBe(404)
})

it('is cut off where files without an announced length go on, and told so in the language of the visitor', async () => {
  const before = (await items()).length
  const files = (n: number): FormData => {
    const data = new FormData()
    data.set('name', 'Many')
    for (let i = 0; i < n; i++) data.append('file', new Blob(['x']), `${i}.txt`)
    return data
  }
  expect((await post(open, { body: files(21) }, '203.0.113.8')).status).toBe(413)
  expect((await post(open, { body: files(20) }, '203.0.113.8')).status).toBe(200)
  // Without a length, a megabyte at a time, each file small enough.
  let sent = 0
  const megabyte = new Uint8Array(1024 * 1024).fill(120)
  const endless = new ReadableStream<Uint8Array>({
    pull(controller) {
      const head = sent % 50 === 0 ? `${sent ? '\r\n' : ''}--b\r\ncontent-disposition: form-data; name="f"; filename="${sent}.bin"\r\n\r\n` : ''
      controller.enqueue(head ? Buffer.concat([Buffer.from(head), megabyte]) : megabyte)
      if (++sent >= 400) { controller.enqueue(Buffer.from('\r\n--b--\r\n')); controller.close() }
    },
  })
  const answer = await post(open, { body: endless, duplex: 'half', headers: { 'content-type': 'multipart/form-data; boundary=b', 'accept-language': 'fi' } } as RequestInit, '203.0.113.9').catch(() => null)
  expect(sent).toBeLessThan(200)
  if (answer) expect([answer.status, (await answer.json() as { error: unknown }).error]).toMatchObject([413, { code: 'LIMIT_EXCEEDED', message: expect.stringContaining('Lomake') }])
  expect((await items()).length).toBe(before + 1)
})

it('keeps to what a visitor agreed, once it is known who he is, and nothing that nobody wrote down', async () => {
  await one('mutation ($input: ConsentPurposeInput!) { saveConsentPurpose(input: $input) { key } }', { input: { key: 'news', labels: { en: 'News' }, needsConsent: true, text: 'I want news.' } })
  await post(open, form({ 'name': 'Agreeing', 'email': 'agree@example.com', 'consent:news:email': '1', 'consent:news:sms': '7', 'consent:other:email': '1', 'consent:news:pigeon': '1' }), '203.0.113.11')
  const item = (await items()).at(-1)
  const { contact } = (await one('mutation ($id: ID!, $input: IntakeAcceptance!) { acceptIntake(id: $id, input: $input) { contact } }', { id: item.id, input: { contactValues: { name: 'Agreeing' } } })).acceptIntake
  expect((await crm.drain()).failed).toEqual([])
  await keepConsents(engine, item.id)
  const consents = (await one('{ consents(first: 10) { nodes { purpose channel { key } state { key } textVersion source subject { object id } } } }')).consents.nodes
  expect(consents).toEqual([{ purpose: 'news', channel: { key: 'email' }, state: { key: 'given' }, textVersion: 1, source: 'Site', subject: { object: 'contact', id: contact } }])
})
