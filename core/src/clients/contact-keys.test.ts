import { sql } from 'kysely'
import { afterAll, expect, it } from 'vitest'
import { testCrm } from '../testing/crm.ts'
import { refreshContactKeys } from './contact-keys.ts'

const crm = await testCrm({ work: false })
afterAll(() => crm.close())
const admin = await crm.as('administrator')
const { engine } = crm.kartotek
const make = async (name: string, kind: string, value: string): Promise<string> => (await crm.ask(admin, 'mutation($input: ClientCreateInput!) { createClient(input: $input) { id } }', { input: { name, contactPoints: [{ kind, value }] } })).createClient.id
const key = async (id: string): Promise<string | null> => (await sql<{ key: string | null }>`select key from core.contact_point where client_id = ${id}`.execute(engine.db)).rows[0]!.key
const found = async (filter: string): Promise<string[]> => (await crm.ask(admin, `{ clients(${filter}) { nodes { name } } }`)).clients.nodes.map((n: { name: string }) => n.name).sort()

it('of messengers and faxes that go by a number are those of phones, in search, in filters and among duplicates', async () => {
  const ids = [await make('Phone', 'phone', '040 123 4567'), await make('WhatsApp', 'whatsapp', 'https://wa.me/358401234567'), await make('Viber', 'viber', '+358 (40) 123-45-67'), await make('Fax', 'fax', '0401234567')]
  expect(await Promise.all(ids.map(key))).toEqual(ids.map(() => '+358401234567'))
  const all = ['Fax', 'Phone', 'Viber', 'WhatsApp']
  expect(await found('search: "040 1234567"')).toEqual(all)
  expect(await found('filter: { contactPoints: { some: { key: { eq: "+358401234567" } } } }')).toEqual(all)
  expect(await key(await make('Handle', 'telegram', '@Some_Name'))).toBe('some_name')
  expect(await key(await make('Skype', 'skype', 'live:someone'))).toBe('live:someone')
  expect(await key(await make('Other', 'other', '358401234567'))).toBe('358401234567')
})

it('of an earlier version are brought up to date once, with the search texts, and without a trace on the records', async () => {
  const id = await make('Old', 'viber', '050 765 4321')
  await sql`update core.contact_point set key = '050 765 4321' where client_id = ${id}`.execute(engine.db)
  await sql`update core.client set search = 'old 050 765 4321' where id = ${id}`.execute(engine.db)
  expect(await found('search: "+358507654321"')).toEqual([])
  expect(await refreshContactKeys(engine, { country: 'FI' })).toBe(1)
  expect(await key(id)).toBe('+358507654321')
  expect(await found('search: "+358507654321"')).toEqual(['Old'])
  expect((await crm.ask(admin, `{ client(id: "${id}") { version } }`)).client).toEqual({ version: 1 })
  await sql`update core.contact_point set key = 'x' where client_id = ${id}`.execute(engine.db)
  expect(await refreshContactKeys(engine, { country: 'FI' })).toBe(0)
  await sql`update core.contact_point set key = '+358507654321' where client_id = ${id}`.execute(engine.db)
})

it('of short local phones get the city code of the company, also those from before it was set', async () => {
  const id = await make('Local', 'phone', '765 4321')
  expect(await key(id)).toBe('7654321')
  expect((await crm.query(admin, 'mutation { updateCompany(input: { phoneAreaCode: "nine" }) { name } }')).errors![0]!.extensions.code).toBe('INVALID_INPUT')
  await crm.ask(admin, 'mutation { updateCompany(input: { phoneAreaCode: "09" }) { phoneAreaCode } }')
  await crm.ask(admin, 'mutation { createField(object: "client", input: { name: "desk", type: phone, labels: { en: "Desk" } }) { key } }')
  const other = await make('New', 'phone', '765 4321')
  expect(await key(other)).toBe('+35897654321')
  expect((await crm.ask(admin, `mutation { updateClient(id: "${other}", input: { custom: { desk: "765-4321" } }) { custom { desk { raw e164 } } } }`)).updateClient.custom.desk).toEqual({ raw: '765-4321', e164: '+35897654321' })
  expect(await found('filter: { custom: { desk: { eq: "7654321" } } }')).toEqual(['New'])
  expect(await refreshContactKeys(engine, { country: 'FI', areaCode: '09' })).toBe(1)
  expect(await key(id)).toBe('+35897654321')
  expect(await found('search: "09 765 4321"')).toEqual(['Local', 'New'])
})
