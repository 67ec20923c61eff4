import { sql } from 'kysely'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Caller } from '../access/caller.ts'
import { testCrm } from '../testing/crm.ts'
import { distribute } from './distribute.ts'

const crm = await testCrm({ work: false })
afterAll(() => crm.close())
const { engine } = crm.kartotek

let admin: Caller, anna: Caller, boris: Caller
const one = crm.ask
const code = async (caller: Caller, source: string, variables: Record<string, unknown> = {}): Promise<string | undefined> => (await crm.query(caller, source, variables)).errors?.[0]!.extensions.code
const arrived = async (input: Record<string, unknown>): Promise<string> => {
  const { id } = (await one(admin, 'mutation ($input: IncomingInput!) { receiveIntake(input: $input) { id } }', { input: { channel: 'api', ...input } })).receiveIntake
  await distribute({ engine, country: () => 'FI' }, id)
  return id
}
const give = (id: string, to: Caller) => one(admin, 'mutation ($id: ID!, $owner: ID) { updateIntakeItem(id: $id, input: { owner: $owner }) { id } }', { id, owner: to.actor.userId })
const owner = async (id: string): Promise<string | null> => (await sql<{ owner_id: string | null }>`select owner_id from core.intake_item where id = ${id}`.execute(engine.db)).rows[0]!.owner_id
const ACCEPT = 'mutation ($id: ID!, $input: IntakeAcceptance!) { acceptIntake(id: $id, input: $input) { client order } }'
const createClient = async (caller: Caller, input: Record<string, unknown>): Promise<string> => (await one(caller, 'mutation ($input: ClientCreateInput!) { createClient(input: $input) { id } }', { input })).createClient.id
const decisions = async (id: string, caller: Caller) => (await one(caller, 'query ($id: ID!) { intakeDecisions(id: $id) { code text } }', { id })).intakeDecisions as { code: string, text: string }[]

beforeAll(async () => {
  admin = await crm.as('administrator')
  anna = await crm.as('manager')
  boris = await crm.as('manager')
})

describe('accepting', () => {
  it('hands a request over only from one\'s own scope', async () => {
    const id = await arrived({ text: 'hers' })
    await give(id, anna)
    await one(anna, 'mutation ($id: ID!, $user: ID) { shareRecord(object: "intakeItem", id: $id, user: $user, level: WRITE) }', { id, user: boris.actor.userId })
    const sharing: Caller = { ...boris, actor: { ...boris.actor, hasShares: true } }
    const client = await createClient(boris, { name: 'His own' })
    expect(await code(sharing, ACCEPT, { id, input: { client, owner: boris.actor.userId } })).toBe('FORBIDDEN')
    expect(await owner(id)).toBe(anna.actor.userId)
    // he may do her work: the request stays hers, and what he makes is his own
    const done = (await one(sharing, ACCEPT, { id, input: { client, orderValues: { subject: 'For her' } } })).acceptIntake
    expect(await owner(id)).toBe(anna.actor.userId)
    expect((await one(admin, 'query ($id: ID!) { order(id: $id) { owner { id } } }', { id: done.order })).order.owner.id).toBe(boris.actor.userId)
    // the owner herself may, to whom she sees
    const other = await arrived({ text: 'hers too' })
    await give(other, anna)
    expect(await code(anna, ACCEPT, { id: other, input: { orderValues: { subject: 'x', owner: anna.actor.userId }, owner: '01900000-0000-7000-8000-000000000000' } })).toBe('INVALID_INPUT')
    await one(anna, ACCEPT, { id: other, input: { orderValues: { subject: 'x', owner: anna.actor.userId }, owner: boris.actor.userId } })
    expect(await owner(other)).toBe(boris.actor.userId)
  })

  it('makes a client once more where one sees him only by the right that it needs everywhere, with numbers or without', async () => {
    const objects = { '*': { read: 'own', create: 'own', update: 'own' } } as const
    const without = await crm.withRules({ objects })
    const able = await crm.withRules({ objects, capabilities: ['duplicates.create'] })
    for (const [i, caller] of [without, able].entries()) {
      const point = { kind: 'phone', value: `+358 40 555100${i}` }
      await createClient(caller, { name: 'Known', contactPoints: [point] })
      await crm.drain()
      const id = await arrived({ phones: [point.value], text: 'again' })
      await give(id, caller)
      for (const contactPoints of [[], [point]]) expect(await code(caller, ACCEPT, { id, input: { clientValues: { name: 'Again', contactPoints } } })).toBe('DUPLICATE')
      const insisted = async (contactPoints: object[]) => code(caller, ACCEPT, { id, input: { clientValues: { name: 'Again', contactPoints }, anyway: true } })
      if (caller === without) expect([await insisted([]), await insisted([point])]).toEqual(['DUPLICATE', 'DUPLICATE'])
      else expect(await insisted([point])).toBeUndefined()
    }
  })
})

describe('what accepting would make', () => {
  it('has the amount only for who may write an order with it, and is accepted as it is proposed', async () => {
    const objects = { '*': { read: 'own', create: 'own', update: 'own' } } as const
    const PROPOSE = 'query ($id: ID!) { intakeProposal(id: $id) { clientValues orderValues } }'
    const amount = { amount: '1500', currency: 'USD' }
    for (const field of [null, 'order.currency', 'orderLine.price', 'orderLine.text']) {
      const caller = await crm.withRules({ objects, ...field && { fields: { [field]: { write: false } } } })
      const id = await arrived({ person: `Buyer ${field}`, text: 'Doors', amount })
      await give(id, caller)
      const { clientValues, orderValues } = (await one(caller, PROPOSE, { id })).intakeProposal
      expect([field, orderValues.currency, orderValues.lines]).toEqual(field ? [field, undefined, undefined] : [null, 'USD', [{ text: 'Doors', price: { amount: '1500.00', currency: 'USD' } }]])
      // With the amount it is refused to who may not write it, and nothing is made.
      const priced = { ...orderValues, currency: 'USD', lines: [{ text: 'Doors', price: amount }] }
      if (field) expect([field, await code(caller, ACCEPT, { id, input: { clientValues, orderValues: priced } })]).toEqual([field, 'INVALID_INPUT'])
      const done = (await one(caller, ACCEPT, { id, input: { clientValues, orderValues } })).acceptIntake
      expect((await one(admin, 'query ($id: ID!) { order(id: $id) { total { amount currency } } }', { id: done.order })).order.total).toEqual(field ? { amount: '0.00', currency: 'EUR' } : { amount: '1500.00', currency: 'USD' })
    }
  })
})

describe('the log of decisions', () => {
  it('tells of a client whom the reader does not see only by the right to learn of duplicates', async () => {
    const rules = { objects: { intakeItem: { read: 'all' }, user: { read: 'all' } } } as const
    const [blind, told] = [await crm.withRules(rules), await crm.withRules({ ...rules, capabilities: ['duplicates.see'] })]
    await createClient(anna, { name: 'Hidden', contactPoints: [{ kind: 'phone', value: '+358 40 5552001' }] })
    for (const name of ['One', 'Two']) await createClient(anna, { name, contactPoints: [{ kind: 'phone', value: '+358 40 5552002' }] })
    const known = await arrived({ phones: ['+358 40 5552001'] })
    expect((await decisions(known, told)).map((d) => d.code)).toEqual(['received', 'recognised', 'responsible', 'assigned', 'timer'])
    expect((await decisions(known, blind)).map((d) => d.code)).toEqual(['received', 'assigned', 'timer'])
    await one(admin, 'mutation ($owner: ID) { createAbsence(input: { owner: $owner, firstDay: "2020-01-01", lastDay: "2099-01-01" }) { id } }', { owner: anna.actor.userId })
    const codes = []
    for (const phone of ['+358 40 5552001', '+358 40 5552002', '+358 40 5552003']) {
      const id = await arrived({ phones: [phone] })
      codes.push((await decisions(id, blind)).map((d) => d.code))
      expect((await decisions(id, told)).length).toBeGreaterThan(3)
    }
    // known and away, several, and nobody at all: there is no telling them apart
    expect(codes).toEqual(Array(3).fill(['received', 'queued']))
    await sql`update core.absence set trashed_at = now()`.execute(engine.db)
  })

  it('tells no apart whether a rule gave the request to somebody, or that it is his client', async () => {
    const rules = { objects: { intakeItem: { read: 'all' }, user: { read: 'all' } } } as const
    const [blind, told] = [await crm.withRules(rules), await crm.withRules({ ...rules, objects: { '*': { read: 'all' } } })]
    await createClient(anna, { name: 'Hers', contactPoints: [{ kind: 'phone', value: '+358 40 5554001' }] })
    const { intakeSettings: { version } } = await one(admin, '{ intakeSettings { version } }')
    await one(admin, 'mutation ($version: String!, $input: IntakeSettingsInput!) { updateIntakeSettings(version: $version, input: $input) { version } }', { version, input: { rules: [{ name: 'All', strategy: 'turns', atWork: false, answerMinutes: 60, pool: [{ user: anna.actor.userId }] }] } })
    const [known, unknown] = [await arrived({ phones: ['+358 40 5554001'] }), await arrived({ phones: ['+358 40 5554002'] })]
    expect([await owner(known), await owner(unknown)]).toEqual([anna.actor.userId, anna.actor.userId])
    const codes = async (id: string, caller: Caller) => (await decisions(id, caller)).map((d) => d.code)
    expect([await codes(known, blind), await codes(unknown, blind)]).toEqual(Array(2).fill(['received', 'assigned', 'timer']))
    expect([await codes(known, told), await codes(unknown, told)]).toEqual([['received', 'recognised', 'responsible', 'assigned', 'timer'], ['received', 'unknown', 'ruleMatched', 'chosen.turns', 'assigned', 'timer']])
    for (const field of ['rule', 'entry']) expect((await crm.query(admin, `query ($id: ID!) { intakeItem(id: $id) { ${field} } }`, { id: known })).errors?.[0]?.message).toContain(`Cannot query field "${field}"`)
  })
})

describe('what came in as a whole', () => {
  it('is closed with any part of it, and its copy on the timeline leaves out what is closed to somebody', async () => {
    const all = { objects: { '*': { read: 'all', update: 'all' } } } as const
    const closed = ['intakePoint.value', 'intakeItem.person', 'intakeItem.text', 'intakeItem.amount', 'intakeValue.value']
    const id = await arrived({ person: 'Secret Name', phones: ['+358 40 5553001'], text: 'Secret words', values: [{ name: 'Floor', value: 'Secret floor' }] })
    const raw = async (caller: Caller) => (await one(caller, 'query ($id: ID!) { intakeRaw(id: $id) }', { id })).intakeRaw as string | null
    const open = await crm.withRules(all)
    expect(await raw(open)).toContain('Secret Name')
    const readers = []
    for (const field of closed) readers.push(await crm.withRules({ ...all, fields: { [field]: { read: false } } }))
    for (const reader of readers) {
      expect(await raw(reader)).toBeNull()
      const { errors } = await crm.query(reader, 'query ($id: ID!) { intakeItem(id: $id) { raw } }', { id })
      expect(errors).toMatchObject([{ message: expect.stringContaining('Cannot query field "raw" on type "IntakeItem"'), extensions: { code: 'INVALID_INPUT' } }])
    }
    const client = await createClient(admin, { name: 'Linked' })
    await one(admin, 'mutation ($id: ID!, $client: ID!) { linkIntake(id: $id, client: $client) { id } }', { id, client })
    expect((await crm.drain()).failed).toEqual([])
    const { timeline } = await one(readers[0]!, 'query ($id: ID!) { timeline(object: "client", id: $id, kinds: ["request"]) { nodes { heading text } } }', { id: client })
    expect(timeline.nodes).toEqual([{ heading: null, text: null }])
  })
})
