import { sql } from 'kysely'
import { afterAll, describe, expect, it } from 'vitest'
import { refreshContactKeys } from '../clients/contact-keys.ts'
import { createJob } from '../import/job.ts'
import { parseMapping } from '../import/mapping.ts'
import { runImport } from '../import/run.ts'
import { testCrm } from '../testing/crm.ts'

const crm = await testCrm({ work: false })
afterAll(() => crm.close())
const { engine } = crm.kartotek
const admin = await crm.as('administrator')
const ask = (source: string, variables?: Record<string, unknown>) => crm.ask(admin, source, variables)
const refused = async (source: string, caller = admin) => (await crm.query(caller, source)).errors?.[0]

await ask('mutation { updateCompany(input: { country: "FI" }) { country } }')
await ask('mutation { createObject(input: { name: "carrier", plural: "carriers", labels: { en: "Carrier" }, labelsPlural: { en: "Carriers" }, contactPoints: true, addresses: true }) { name } }')
const carrier = async (name: string, points: object[], caller = admin) => (await crm.ask(caller, 'mutation ($i: XCarrierCreateInput!) { createXCarrier(input: $i) { id } }', { i: { name, contactPoints: points } })).createXCarrier.id as string

describe('an own object with contact points', () => {
  it('has them as clients do: in normal form, searched by digits, filtered, changed as a list', async () => {
    const id = await carrier('Nopea Oy', [{ kind: 'phone', value: '040 123 4567' }, { kind: 'email', value: 'Ajo@Nopea.example.com', isPrimary: true }])
    await ask('mutation ($id: ID!) { updateXCarrier(id: $id, input: { addresses: [{ kind: "actual", address: { city: "Turku", street: "Satamakatu", house: "1" } }] }) { id } }', { id })
    const { xCarrier } = await ask('query ($id: ID!) { xCarrier(id: $id) { contactPoints { id kind { key } value key xCarrier { id } client { id } } addresses { address { city } } } object(name: "xCarrier") { contactPoints addresses lists { name part } } }', { id })
    expect(xCarrier).toMatchObject({ contactPoints: [{ key: '+358401234567', xCarrier: { id }, client: null }, { key: 'ajo@nopea.example.com' }], addresses: [{ address: { city: 'Turku' } }] })
    for (const search of ['401234567', '0401234567', 'nopea.example', 'satamakatu']) expect((await ask('query ($s: String!) { xCarriers(search: $s) { nodes { id } } }', { s: search })).xCarriers.nodes, search).toEqual([{ id }])
    expect((await ask('{ xCarriers(filter: { contactPoints: { some: { key: { eq: "+358401234567" } } } }) { nodes { id } } clients(search: "401234567") { nodes { id } } }'))).toEqual({ xCarriers: { nodes: [{ id }] }, clients: { nodes: [] } })
    const { updateXCarrier } = await ask('mutation ($id: ID!, $p: [ContactPointInput!]) { updateXCarrier(id: $id, input: { contactPoints: $p }) { contactPoints { kind { key } label } } }', { id, p: [{ id: xCarrier.contactPoints[1].id, label: 'Office' }] })
    expect(updateXCarrier.contactPoints).toEqual([{ kind: { key: 'email' }, label: 'Office' }])
    const broken = await crm.query(admin, 'mutation { createXCarrier(input: { name: "Bad", contactPoints: [{ kind: "email", value: "no address" }] }) { id } }')
    expect(broken.errors![0]!.extensions).toMatchObject({ code: 'INVALID_INPUT', fields: [{ field: 'contactPoints.0.value', rule: 'email' }] })
    await sql`delete from core.x_carrier where id = ${id}`.execute(engine.db)
    expect((await sql`select 1 from core.contact_point where whole_x_carrier_id is not null`.execute(engine.db)).rows).toEqual([])
  })

  it('shows them to who sees the record, and to nobody else', async () => {
    const anna = await crm.as('manager'), boris = await crm.as('manager')
    const id = await carrier('Annan', [{ kind: 'phone', value: '+358 40 5550001' }], anna)
    const all = '{ contactPoints(filter: { value: { contains: "5550001" } }) { nodes { value } } xCarriers(search: "5550001") { nodes { id } } }'
    expect(await crm.ask(anna, all)).toEqual({ contactPoints: { nodes: [{ value: '+358 40 5550001' }] }, xCarriers: { nodes: [{ id }] } })
    expect(await crm.ask(boris, all)).toEqual({ contactPoints: { nodes: [] }, xCarriers: { nodes: [] } })
    const without = await crm.withRules({ objects: { client: { read: 'all' } } })
    expect(await refused('{ contactPoints { nodes { xCarrier { id } } } }', without)).toMatchObject({ extensions: { code: 'INVALID_INPUT' } })
    expect((await crm.ask(without, '{ object(name: "contactPoint") { partOf { object } fields { key } } }')).object).toMatchObject({ partOf: [{ object: 'client' }], fields: expect.not.arrayContaining([{ key: 'xCarrier' }]) })
    expect((await crm.ask(without, '{ contactPoints(filter: { value: { contains: "5550001" } }) { nodes { value } } }')).contactPoints.nodes).toEqual([])
    const noPhones = await crm.withRules({ objects: { '*': { read: 'all' } }, fields: { 'contactPoint.value': { read: false } } })
    expect((await crm.ask(noPhones, '{ xCarriers(search: "5550001") { nodes { id } } }')).xCarriers.nodes).toEqual([])
  })

  it('takes them from a file, and is recognised by them', async () => {
    const bytes = Buffer.from('Name;Phone\nKuorma Oy;040 777 0001\nKuorma;+358407770001\n')
    const mapping = parseMapping({ object: 'xCarrier', match: ['contactPoint'], fields: { name: 'Name', contactPoints: [{ kind: { constant: 'phone' }, value: 'Phone' }] } })
    const job = await createJob(engine.db, { mapping, fileName: 'carriers.csv', userId: admin.actor.userId, bytes: bytes.length })
    expect(await runImport({ engine, caller: { ...admin, origin: 'import' }, job, open: async function* () { yield bytes } })).toMatchObject({ created: 1, skipped: 1, failed: 0 })
    const { importTargets } = await ask('{ importTargets(object: "xCarrier") { key } }')
    expect(importTargets.map((t: { key: string }) => t.key)).toEqual(expect.arrayContaining(['contactPoints.phone', 'contactPoints.email']))
  })

  it('gets its numbers completed when the company sets its city code', async () => {
    const id = await carrier('Local', [{ kind: 'phone', value: '765 4321' }])
    const key = async () => (await ask('query ($id: ID!) { xCarrier(id: $id) { contactPoints { key } } }', { id })).xCarrier.contactPoints[0].key
    expect(await key()).toBe('7654321')
    await refreshContactKeys(engine, { country: 'FI', areaCode: '09' })
    expect(await key()).toBe('+35897654321')
    expect((await ask('{ xCarriers(search: "35897654321") { nodes { id } } }')).xCarriers.nodes).toEqual([{ id }])
  })
})

describe('the lists of an own object', () => {
  const lists = async () => (await ask('{ object(name: "xDriver") { contactPoints addresses lists { name } } }')).object
  const set = (input: string, name = 'xDriver') => `mutation { updateObject(name: "${name}", input: { ${input} }) { name } }`

  it('are given later, taken, and given again with what was in them; each is a change that can be taken back', async () => {
    await ask('mutation { createObject(input: { name: "driver", plural: "drivers", labels: { en: "Driver" }, labelsPlural: { en: "Drivers" } }) { name } }')
    expect(await lists()).toEqual({ contactPoints: false, addresses: false, lists: [] })
    await ask(set('contactPoints: true'))
    const { createXDriver: { id } } = await ask('mutation { createXDriver(input: { name: "Ahti", contactPoints: [{ value: "+358 40 9990001" }] }) { id } }')
    expect(await lists()).toEqual({ contactPoints: true, addresses: false, lists: [{ name: 'contactPoints' }] })
    await ask(set('contactPoints: false'))
    expect(await refused('{ xDrivers { nodes { contactPoints { value } } } }')).toMatchObject({ extensions: { code: 'INVALID_INPUT' } })
    expect((await ask('{ contactPoints(filter: { value: { contains: "9990001" } }) { nodes { id } } }')).contactPoints.nodes).toEqual([])
    const { changeSets: { nodes: [last] } } = await ask('{ changeSets(configuration: true, first: 1) { nodes { id configuration { fields { label beforeText afterText } } } } }')
    expect(last.configuration.fields).toEqual([expect.objectContaining({ label: 'Contact points' })])
    await ask('mutation ($id: ID!) { revertChangeSet(id: $id) { reverted } }', { id: last.id })
    expect((await ask('query ($id: ID!) { xDriver(id: $id) { contactPoints { value } } }', { id })).xDriver.contactPoints).toEqual([{ value: '+358 40 9990001' }])
  })

  it('are of own objects only, stay while somebody reads them, and are no fields to hide', async () => {
    expect(await refused(set('contactPoints: true', 'order'))).toMatchObject({ extensions: { fields: [{ field: 'contactPoints' }] } })
    expect(await refused(set('addresses: true'), await crm.as('manager'))).toMatchObject({ extensions: { code: 'FORBIDDEN' } })
    expect(await refused('mutation { hideField(object: "contactPoint", field: "xDriver") { hidden } }')).toMatchObject({ extensions: { code: 'INVALID_INPUT' } })
    expect(await refused('mutation { updateField(object: "contactPoint", field: "xDriver", input: { unique: true }) { unique } }')).toMatchObject({ extensions: { code: 'INVALID_INPUT' } })
    await ask('mutation { createField(object: "client", input: { name: "driver", type: reference, to: "xDriver", reverse: "addresses", labels: { en: "Driver" } }) { key } }')
    expect(await refused(set('addresses: true'))).toMatchObject({ extensions: { fields: [{ field: 'addresses', rule: 'unique' }] } })
    await ask('mutation ($i: AutomationRuleInput!) { createAutomationRule(input: $i) { id } }', { i: { name: 'Called', object: 'xDriver', active: true, trigger: { on: 'created' }, condition: { contactPoints: { some: { kind: { eq: 'phone' } } } }, actions: [{ do: 'note', text: 'x' }] } })
    expect(await refused(set('contactPoints: false'))).toMatchObject({ extensions: { code: 'CONFLICT', usedBy: ['rule Called'] } })
  })
})
