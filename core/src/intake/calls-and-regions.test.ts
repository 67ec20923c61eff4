import { afterAll, describe, expect, it } from 'vitest'
import type { Caller } from '../access/caller.ts'
import { testCrm } from '../testing/crm.ts'
import { distribute } from './distribute.ts'
import { follow } from './told.ts'

const crm = await testCrm({ work: false })
afterAll(() => crm.close())
const { engine } = crm.kartotek
const one = crm.ask
const [admin, anna, boris] = [await crm.as('administrator'), await crm.as('manager'), await crm.as('manager')]

/** A request that came in and was given out, at noon of a Tuesday in Helsinki. */
const arrived = async (input: Record<string, unknown>): Promise<string> => {
  const { receiveIntake: { id } } = await one(admin, 'mutation ($input: IncomingInput!) { receiveIntake(input: $input) { id } }', { input: { channel: 'api', ...input } })
  await distribute({ engine, country: () => 'FI' }, id, new Date('2026-03-03T10:00:00Z'))
  return id
}
const read = async (id: string) => (await one(admin, 'query ($id: ID!) { intakeItem(id: $id) { client { id } owner { id } } }', { id })).intakeItem
const settings = async (input: Record<string, unknown>): Promise<void> => {
  const { intakeSettings } = await one(admin, '{ intakeSettings { version } }')
  await one(admin, 'mutation ($version: String!, $input: IntakeSettingsInput!) { updateIntakeSettings(version: $version, input: $input) { version } }', { version: intakeSettings.version, input })
}
const rule = (name: string, pool: Caller[], more: Record<string, unknown>) => ({ name, strategy: 'turns', pool: pool.map((caller) => ({ user: caller.actor.userId })), ...more })

describe('a call that nobody answered', () => {
  const entryOf = async (item: string) => (await one(admin, 'query ($id: ID!) { timelineEntries(filter: { subject: { id: { eq: $id } } }) { nodes { kind direction { key } seconds } } }', { id: item })).timelineEntries.nodes
  it('is told on the timeline with its length, from the field that has it', async () => {
    const client = (await one(admin, 'mutation ($input: ClientCreateInput!) { createClient(input: $input) { id } }', { input: { name: 'Calls', owner: anna.actor.userId, contactPoints: [{ kind: 'phone', value: '+358 40 7771001' }] } })).createClient.id
    const call = { channel: 'call', phones: ['040 7771001'] }
    for (const more of [{ seconds: 0 }, { values: [{ name: 'Duration', value: '25' }, { name: 'billsec', value: '0' }] }, { values: [{ name: 'duration', value: '1:05' }] }, {}]) {
      const id = await arrived({ ...call, ...more })
      await follow(engine, [id])
    }
    const found = await entryOf(client)
    expect(found.map((entry: { seconds: number | null }) => entry.seconds).sort()).toEqual([0, 0, 65, null].sort())
  })
})

describe('a rule for a region', () => {
  it('knows it from the address of a known client, and the country from the number', async () => {
    const client = (await one(admin, 'mutation ($input: ClientCreateInput!) { createClient(input: $input) { id } }', { input: { name: 'Of Oulu', contactPoints: [{ kind: 'phone', value: '+358 40 7772001' }], addresses: [{ kind: 'legal', address: { city: 'Helsinki', street: 'Katu' } }, { kind: 'actual', address: { region: 'Pohjois-Pohjanmaa', city: 'Oulu' } }] } })).createClient.id
    await settings({ known: { toResponsible: false, answerMinutes: null, late: 'next' }, rules: [
      rule('North', [anna], { condition: { region: { contains: 'pohjanmaa' } }, atWork: false }), rule('Estonia', [boris], { condition: { points: { some: { country: { eq: 'EE' } } } }, atWork: false }),
    ] })
    const known = await arrived({ phones: ['040 7772001'] })
    expect(await read(known)).toMatchObject({ client: { id: client }, owner: { id: anna.actor.userId } })
    expect((await one(admin, 'query ($id: ID!) { intakeItem(id: $id) { region } }', { id: known })).intakeItem.region).toBeNull()
    expect(await read(await arrived({ phones: ['040 7772002'], region: 'Etelä-Pohjanmaa' }))).toMatchObject({ owner: { id: anna.actor.userId } })
    expect(await read(await arrived({ phones: ['+372 5123 4567'] }))).toMatchObject({ owner: { id: boris.actor.userId } })
    expect(await read(await arrived({ phones: ['040 7772003'] }))).toMatchObject({ owner: null })
  })
})
