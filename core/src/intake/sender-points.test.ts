import { afterAll, beforeAll, expect, it } from 'vitest'
import type { Caller } from '../access/caller.ts'
import { testCrm } from '../testing/crm.ts'

const crm = await testCrm({ work: false })
afterAll(() => crm.close())
const one = crm.ask
let admin: Caller
beforeAll(async () => { admin = await crm.as('administrator') })

interface Point { kind: string, value: string, label?: string | null }
interface Acted { client: string | null, contact: string | null, changeSet: string, pointsAdded: number, pointsLeft: { value: string, reason: string, client: { title: string } | null }[] }
const ACTED = '{ client contact changeSet pointsAdded pointsLeft { value reason client { title } } }'
const request = async (input: Record<string, unknown>): Promise<string> => (await one(admin, 'mutation ($input: IncomingInput!) { receiveIntake(input: $input) { id } }', { input: { channel: 'api', text: 'x', ...input } })).receiveIntake.id
const accept = async (caller: Caller, id: string, input: Record<string, unknown>): Promise<Acted> => (await one(caller, `mutation ($id: ID!, $input: IntakeAcceptance!) { acceptIntake(id: $id, input: $input) ${ACTED} }`, { id, input })).acceptIntake
const link = async (caller: Caller, id: string, input: Record<string, unknown>): Promise<Acted> => (await one(caller, `mutation ($id: ID!, $client: ID, $contact: ID, $addPoints: Boolean) { linkIntake(id: $id, client: $client, contact: $contact, addPoints: $addPoints) ${ACTED} }`, { id, ...input })).linkIntake
const create = async (object: 'Client' | 'Contact', input: Record<string, unknown>, caller = admin): Promise<string> => (await one(caller, `mutation ($input: ${object}CreateInput!) { made: create${object}(input: $input) { id } }`, { input })).made.id
const points = async (object: 'client' | 'contact', id: string): Promise<Point[]> => (await one(admin, `query ($id: ID!) { ${object}(id: $id) { contactPoints { kind { key } value label } } }`, { id }))[object].contactPoints.map((point: { kind: { key: string } }) => ({ ...point, kind: point.kind.key }))
const values = async (object: 'client' | 'contact', id: string): Promise<string[]> => (await points(object, id)).map((point) => point.value)
const phone = (value: string, more: Partial<Point> = {}): Point => ({ kind: 'phone', value, ...more })

it('a known client keeps what the sender wrote from, and is known by it the next time', async () => {
  const client = await create('Client', { name: 'Lumi Oy', contactPoints: [phone('+358 40 6001001', { label: 'desk' })] })
  const done = await link(admin, await request({ phones: ['040 600 1001'], emails: ['Aino@Lumi.example', 'aino@lumi.example', 'no address'] }), { client })
  expect(done).toMatchObject({ pointsAdded: 1, pointsLeft: [] })
  expect(await points('client', client)).toEqual([phone('+358 40 6001001', { label: 'desk' }), { kind: 'email', value: 'Aino@Lumi.example', label: null }])
  const next = await request({ emails: ['aino@lumi.example'] })
  expect((await one(admin, 'query ($id: ID!) { intakeProposal(id: $id) { client } }', { id: next })).intakeProposal.client).toBe(client)
  await one(admin, 'mutation ($id: ID!) { revertChangeSet(id: $id) { reverted } }', { id: done.changeSet })
  expect(await values('client', client)).toEqual(['+358 40 6001001'])
})

it('a contact has them where there is one, new or known, and nothing twice', async () => {
  const client = await create('Client', { name: 'Kuura Oy', taxId: { value: '0112038-9' } })
  const contact = await create('Contact', { lastName: 'Virta', clients: [{ client }], contactPoints: [phone('+358 40 6002001')] })
  await accept(admin, await request({ phones: ['+358 40 6002001', '+358 40 6002002'] }), { client, contact, orderValues: { subject: 'Doors' } })
  expect([await values('contact', contact), await values('client', client)]).toEqual([['+358 40 6002001', '+358 40 6002002'], []])
  // The new person of a client who is known by his number, as proposed and as the form says it.
  const id = await request({ person: 'Eeva Salo', taxId: '0112038-9', phones: ['+358 40 6002003'] })
  const { contactValues } = (await one(admin, 'query ($id: ID!) { intakeProposal(id: $id) { contactValues } }', { id })).intakeProposal
  const made = await accept(admin, id, { client, contactValues })
  expect(await values('contact', made.contact!)).toEqual(['+358 40 6002003'])
  const whole = await accept(admin, await request({ phones: ['+358 40 6002004'] }), { client, contactValues: { name: 'Matti Salo', contactPoints: [phone('040 600 2004')] } })
  expect(await values('contact', whole.contact!)).toEqual(['040 600 2004'])
  const fresh = await accept(admin, await request({ phones: ['+358 40 6002005'] }), { clientValues: { name: 'Halla Oy' }, contact })
  expect([await values('client', fresh.client!), await values('contact', contact)]).toEqual([[], ['+358 40 6002001', '+358 40 6002002', '+358 40 6002005']])
})

it('nothing is added where one says so, nor our own numbers', async () => {
  const client = await create('Client', { name: 'Routa Oy' })
  expect((await link(admin, await request({ phones: ['+358 40 6003001'] }), { client, addPoints: false })).pointsAdded).toBe(0)
  await accept(admin, await request({ phones: ['+358 40 6003002'] }), { client, addPoints: false, orderValues: { subject: 'x' } })
  expect(await values('client', client)).toEqual([])
  await one(admin, 'mutation { updateDuplicateSettings(input: { own: ["+358 40 6003003"] }) { own } }')
  expect((await link(admin, await request({ phones: ['+358 40 6003003'] }), { client })).pointsAdded).toBe(0)
})

it('what another has is left to him, and told to who sees him or may learn of him', async () => {
  const maker = await crm.as('manager')
  await create('Client', { name: 'Theirs', contactPoints: [phone('+358 40 6004001')] }, maker)
  const client = await create('Client', { name: 'Ours' })
  const done = await link(admin, await request({ phones: ['+358 40 6004001', '+358 40 6004002'] }), { client })
  expect(done).toMatchObject({ pointsAdded: 1, pointsLeft: [{ value: '+358 40 6004001', reason: 'elsewhere', client: { title: 'Theirs' } }] })
  expect(await values('client', client)).toEqual(['+358 40 6004002'])
  // Who does not see him is not told that he is there: the number is added, as it would be by hand.
  const objects = { '*': { read: 'own', create: 'own', update: 'own' }, 'intakeItem': { read: 'all', update: 'all' } } as const
  for (const [capabilities, added] of [[[], 1], [['duplicates.see'], 0]] as const) {
    const other = await crm.withRules({ objects, capabilities: [...capabilities] })
    const his = await create('Client', { name: 'His' }, other)
    expect(await link(other, await request({ phones: ['+358 40 6004001'] }), { client: his })).toMatchObject({ pointsAdded: added, pointsLeft: added ? [] : [{ reason: 'elsewhere', client: null }] })
    if (added) await one(admin, 'mutation ($id: ID!) { deleteClient(id: $id) { id } }', { id: his })
  }
})

it('who may not write them does without, and who may not read them learns nothing', async () => {
  const client = await create('Client', { name: 'Only to look at' })
  const scopes = { objects: { '*': { read: 'all' }, 'intakeItem': { read: 'all', update: 'all' } } } as const
  const reader = await crm.withRules(scopes)
  expect(await link(reader, await request({ phones: ['+358 40 6005001'] }), { client })).toMatchObject({ pointsAdded: 0, pointsLeft: [{ value: '+358 40 6005001', reason: 'rights' }] })
  const writer = { objects: { ...scopes.objects, client: { read: 'all', update: 'all' } } } as const
  const blind = await crm.withRules({ ...writer, fields: { 'intakePoint.value': { read: false } } })
  expect(await link(blind, await request({ phones: ['+358 40 6005002'] }), { client })).toMatchObject({ pointsAdded: 0, pointsLeft: [] })
  const shut = await crm.withRules({ ...writer, fields: { 'contactPoint.value': { write: false } } })
  expect(await link(shut, await request({ phones: ['+358 40 6005003'] }), { client })).toMatchObject({ pointsAdded: 0, pointsLeft: [{ reason: 'rights' }] })
  expect(await values('client', client)).toEqual([])
})

it('two who accept at the same moment lose none of theirs', async () => {
  const client = await create('Client', { name: 'Busy Oy' })
  const ids = await Promise.all(['+358 40 6006001', '+358 40 6006002', '+358 40 6006003'].map((value) => request({ phones: [value] })))
  await Promise.all(ids.map((id) => link(admin, id, { client })))
  expect((await values('client', client)).sort()).toEqual(['+358 40 6006001', '+358 40 6006002', '+358 40 6006003'])
})
