import { sql } from 'kysely'
import { afterAll, beforeAll, expect, it } from 'vitest'
import type { Caller } from '../access/caller.ts'
import { testCrm } from '../testing/crm.ts'
import { exportPerson } from './export.ts'

const crm = await testCrm()
afterAll(() => crm.close())
const { engine, personalData } = crm.kartotek
let admin: Caller
beforeAll(async () => { admin = await crm.as('administrator') })

const one = crm.ask
const contact = async (input: Record<string, unknown>) => (await one(admin, 'mutation ($input: ContactCreateInput!) { createContact(input: $input) { id } }', { input })).createContact.id as string
const client = async (input: Record<string, unknown>) => (await one(admin, 'mutation ($input: ClientCreateInput!) { createClient(input: $input) { id } }', { input })).createClient.id as string

it('reaches requests that were put to nobody and are his by his number, address or tax id', async () => {
  const id = await contact({ name: 'Rautio Liisa', lastName: 'Rautio', firstName: 'Liisa', contactPoints: [{ kind: 'phone', value: '+358 40 5559911' }, { kind: 'email', value: 'sales@rautio.example' }] })
  const other = await contact({ lastName: 'Colleague', contactPoints: [{ kind: 'email', value: 'sales@rautio.example' }, { kind: 'phone', value: '+358 40 5559922' }] })
  const employer = await client({ name: 'Rautio Works' })
  await one(admin, 'mutation ($id: ID!, $of: ID!) { updateContact(id: $id, input: { clients: [{ client: $of }] }) { id } }', { id, of: employer })
  const request = async (person: string | null, kind: string, value: string, more: { state?: string, contact?: string, client?: string } = {}) => {
    const item = (await one(admin, 'mutation ($input: IntakeItemCreateInput!) { createIntakeItem(input: $input) { id } }', { input: { person, text: `Liisa asks ${value}`, raw: `{"n":"${value}"}`, points: [{ kind, value }] } })).createIntakeItem.id as string
    await crm.drain()
    await sql`update core.intake_item set state = ${more.state ?? 'new'}, contact_id = ${more.contact ?? null}, client_id = ${more.client ?? null}, order_id = null where id = ${item}`.execute(engine.db)
    return item
  }
  const his = [
    await request('Rubbish', 'phone', '040 5559911', { state: 'spam' }), await request(null, 'whatsapp', '+358405559911'),
    await request('Liisa Rautio', 'email', 'sales@rautio.example'), await request(null, 'phone', '+358405559911', { client: employer, state: 'accepted' }),
  ]
  const shared = await request(null, 'email', 'sales@rautio.example')
  const others = [await request(null, 'phone', '+358405559922'), await request('Liisa Rautio', 'phone', '+358405559911', { contact: other }), await request(null, 'phone', '+358405559911', { client: await client({ name: 'Stranger Oy' }) })]
  const file = JSON.stringify(await exportPerson(engine, admin, 'contact', id, personalData))
  expect(file.match(/Liisa asks [^"]+/g)!.toSorted()).toEqual(expect.arrayContaining(['Liisa asks 040 5559911', 'Liisa asks +358405559911', 'Liisa asks sales@rautio.example']))
  const { erasurePlan } = await one(admin, 'query ($id: ID!) { erasurePlan(object: "contact", id: $id) { goes { what count why records { id } } stays { what count why records { id } } } }', { id })
  const ids = (pieces: { what: string, records: { id: string }[] }[]) => pieces.filter((piece) => piece.what === 'requests').flatMap((piece) => piece.records.map((record) => record.id)).sort()
  expect([ids(erasurePlan.goes), ids(erasurePlan.stays)]).toEqual([his.toSorted(), [shared]])
  await one(admin, 'mutation ($id: ID!) { erasePerson(object: "contact", id: $id, confirm: "Rautio Liisa") }', { id })
  const { rows } = await sql<{ id: string }>`select id from core.intake_item where text like 'Liisa asks%' and raw is not null order by id`.execute(engine.db)
  expect(rows.map((row) => row.id)).toEqual([shared, ...others].toSorted())
  const { rows: left } = await sql`select 1 from core.intake_point where item_id = any(${his}::uuid[])`.execute(engine.db)
  expect(left).toEqual([])
})

it('reaches those of a private person by his tax id, however it was written', async () => {
  const buyer = await client({ name: 'Private buyer', kind: 'person', taxId: { value: '0112038-9', country: 'FI' } })
  const taxed = (await one(admin, 'mutation { createIntakeItem(input: { text: "bills", taxId: "FI 0112038 9" }) { id } }')).createIntakeItem.id as string
  await crm.drain()
  await sql`update core.intake_item set client_id = null, order_id = null where id = ${taxed}`.execute(engine.db)
  await one(admin, 'mutation ($id: ID!) { erasePerson(object: "client", id: $id, confirm: "Private buyer") }', { id: buyer })
  expect((await sql`select text, tax_id from core.intake_item where id = ${taxed}`.execute(engine.db)).rows).toEqual([{ text: null, tax_id: null }])
})

