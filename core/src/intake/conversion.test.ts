import { sql } from 'kysely'
import { afterAll, describe, expect, it } from 'vitest'
import type { Caller } from '../access/caller.ts'
import { testCrm } from '../testing/crm.ts'
import { distribute } from './distribute.ts'

const crm = await testCrm({ work: false })
afterAll(() => crm.close())
const { engine } = crm.kartotek
const one = crm.ask
const [admin, anna, boris, carla] = [await crm.as('administrator'), await crm.as('manager'), await crm.as('manager'), await crm.as('manager')]
const code = async (caller: Caller, source: string, variables: Record<string, unknown> = {}): Promise<string | undefined> => (await crm.query(caller, source, variables)).errors?.[0]!.extensions.code
const RECEIVE = 'mutation ($input: IncomingInput!) { receiveIntake(input: $input) { id } }'
const receive = async (input: Record<string, unknown>) => (await one(admin, RECEIVE, { input: { channel: 'api', ...input } })).receiveIntake as { id: string }
/** Came in and was given out, at noon of a Tuesday in Helsinki. */
const arrived = async (input: Record<string, unknown>): Promise<string> => {
  const { id } = await receive(input)
  await distribute({ engine, country: () => 'FI' }, id, new Date('2026-03-03T10:00:00Z'))
  return id
}
const decisions = async (id: string, caller = admin) => (await one(caller, 'query ($id: ID!) { intakeDecisions(id: $id) { code text } }', { id })).intakeDecisions as { code: string, text: string }[]
const codes = async (id: string): Promise<string[]> => (await decisions(id)).map((decision) => decision.code)
const settings = async (input: Record<string, unknown>) => {
  const { intakeSettings } = await one(admin, '{ intakeSettings { version } }')
  return (await one(admin, 'mutation ($version: String!, $input: IntakeSettingsInput!) { updateIntakeSettings(version: $version, input: $input) { version rules { id name condition pool { user } } forms { key } known { answerMinutes } } }', { version: intakeSettings.version, input })).updateIntakeSettings
}
const rule = (name: string, pool: Caller[], more: Record<string, unknown> = {}) => ({ name, strategy: 'turns', pool: pool.map((caller) => ({ user: caller.actor.userId })), ...more })

describe('conversion', () => {
  it('counts by channel and source what became of the items, without spam, as far as one sees them', async () => {
    const client = (await one(anna, 'mutation { createClient(input: { name: "Won" }) { id } }')).createClient.id
    await settings({ rules: [rule('C', [anna], { atWork: false })] })
    const ids = []
    for (let i = 0; i < 4; i++) ids.push(await arrived({ channel: 'form', source: 'conv', text: `c ${i}`, receivedAt: '2030-01-15T10:00:00Z' }))
    await one(anna, 'mutation ($id: ID!, $input: IntakeAcceptance!) { acceptIntake(id: $id, input: $input) { id } }', { id: ids[0], input: { client, orderValues: { subject: 'Sold' } } })
    await one(admin, 'mutation ($id: ID!) { declineIntake(id: $id, reason: "other") { id } }', { id: ids[1] })
    await one(admin, 'mutation ($id: ID!) { markIntakeSpam(id: $id) { id } }', { id: ids[2] })
    const QUERY = '{ intakeConversion(from: "2030-01-01T00:00:00Z", to: "2030-02-01T00:00:00Z") { channel source received waiting accepted linked declined won } }'
    expect((await one(admin, QUERY)).intakeConversion).toEqual([{ channel: 'form', source: 'conv', received: 3, waiting: 1, accepted: 1, linked: 0, declined: 1, won: 0 }])
    expect((await one(carla, QUERY)).intakeConversion).toEqual([])
  })

  it('tells by person who answered in time and who late, as far as one sees people and times', async () => {
    const ids: string[] = []
    for (let i = 0; i < 5; i++) ids.push(await arrived({ channel: 'form', text: `p ${i}`, receivedAt: '2032-01-15T10:00:00Z' }))
    const set = (i: number, owner: Caller | null, due: string | null, answered: string | null) => sql`update core.intake_item set owner_id = ${owner?.actor.userId ?? null}, answer_due = ${due}, answered_at = ${answered} where id = ${ids[i]}`.execute(engine.db)
    await set(0, anna, '2026-01-15T11:00:00Z', '2026-01-15T11:00:00Z')
    await set(1, anna, '2026-01-15T11:00:00Z', '2026-01-15T11:00:01Z')
    await set(2, anna, null, '2026-01-15T11:00:00Z')
    await set(3, boris, '2026-01-15T11:00:00Z', null)
    await set(4, null, '2999-01-15T11:00:00Z', null)
    const QUERY = '{ intakeConversion(from: "2032-01-01T00:00:00Z", to: "2032-02-01T00:00:00Z", groupBy: OWNER) { channel owner { id title } received answeredInTime answeredLate } }'
    const { intakeConversion } = await one(admin, QUERY)
    const of = (caller: Caller | null) => intakeConversion.find((row: { owner: { id: string } | null }) => (row.owner?.id ?? null) === (caller?.actor.userId ?? null))
    expect(of(anna)).toEqual({ channel: null, owner: { id: anna.actor.userId, title: anna.actor.name }, received: 3, answeredInTime: 1, answeredLate: 1 })
    expect([of(boris), of(null)]).toMatchObject([{ received: 1, answeredInTime: 0, answeredLate: 1 }, { received: 1, answeredInTime: 0, answeredLate: 0 }])
    const blind = await crm.withRules({ objects: { intakeItem: { read: 'all' }, user: { read: 'own' } }, fields: { 'intakeItem.answeredAt': { read: false } } })
    expect((await one(blind, QUERY)).intakeConversion).toEqual([{ channel: null, owner: null, received: 5, answeredInTime: null, answeredLate: null }])
    const shut = await crm.withRules({ objects: { intakeItem: { read: 'all' } }, fields: { 'intakeItem.owner': { read: false } } })
    expect(await code(shut, QUERY)).toBe('INVALID_INPUT')
  })

  it('counts every source, and the log shows the newest', async () => {
    await sql`insert into core.intake_item (id, channel, source, received_at, state, version, created_at, updated_at, search)
      select gen_random_uuid(), 'form', 'source ' || n, '2031-01-15', 'new', 1, now(), now(), '' from generate_series(1, 1200) n`.execute(engine.db)
    const { intakeConversion } = await one(admin, '{ intakeConversion(from: "2031-01-01T00:00:00Z", to: "2031-02-01T00:00:00Z") { received } }')
    expect(intakeConversion).toHaveLength(1200)
    const { id } = await receive({ text: 'long story' })
    await sql`insert into core.intake_decision (id, item_id, code) select gen_random_uuid(), ${id}, 'noRule' from generate_series(1, 1100)`.execute(engine.db)
    await sql`insert into core.intake_decision (id, item_id, code) values ('ffffffff-ffff-7fff-bfff-ffffffffffff', ${id}, 'reopened')`.execute(engine.db)
    expect((await codes(id)).at(-1)).toBe('reopened')
  })
})
