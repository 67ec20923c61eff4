import { sql } from 'kysely'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import type { Caller } from '../access/caller.ts'
import { testCrm } from '../testing/crm.ts'
import { distribute, escalate } from './distribute.ts'
import { renewOffers } from './offers.ts'

const crm = await testCrm({ work: false })
afterAll(() => crm.close())
const { engine } = crm.kartotek
const deps = { engine, country: () => 'FI' }
/** A Tuesday, in working hours in Helsinki. */
const NOON = new Date('2026-03-03T10:00:00Z'), LATER = new Date('2026-03-03T10:11:00Z'), EVEN_LATER = new Date('2026-03-03T10:30:00Z')

let admin: Caller, anna: Caller, boris: Caller, carla: Caller, leader: Caller
const one = crm.ask
const arrived = async (): Promise<string> => {
  const { id } = (await one(admin, 'mutation { receiveIntake(input: { channel: "api", text: "x" }) { id } }')).receiveIntake
  await distribute(deps, id, NOON)
  return id
}
const read = async (id: string, caller = admin) => (await one(caller, 'query ($id: ID!) { intakeItem(id: $id) { owner { id } answerDue offers { user { id } } } }', { id })).intakeItem
const codes = async (id: string): Promise<string[]> => (await one(admin, 'query ($id: ID!) { intakeDecisions(id: $id) { code } }', { id })).intakeDecisions.map((d: { code: string }) => d.code)
const rule = async (more: Record<string, unknown>) => {
  const { version } = (await one(admin, '{ intakeSettings { version } }')).intakeSettings
  await one(admin, 'mutation ($version: String!, $input: IntakeSettingsInput!) { updateIntakeSettings(version: $version, input: $input) { version } }', { version, input: { rules: [{ name: 'Rule', atWork: false, answerMinutes: 10, ...more }] } })
}
const pool = (...people: Caller[]) => people.map((who) => ({ user: who.actor.userId }))
const offered = async (id: string): Promise<string[]> => (await read(id)).offers.map((offer: { user: { id: string } }) => offer.user.id).sort()
const ids = (...people: Caller[]): string[] => people.map((who) => who.actor.userId!).sort()
/** Kinds of what each was told, of the requests of one test. */
const told = async (...people: Caller[]): Promise<string[][]> => {
  expect((await crm.drain()).failed).toEqual([])
  const { rows } = await sql<{ user_id: string, kind: string }>`select user_id, kind from core.notification order by kind`.execute(engine.db)
  return people.map((who) => rows.filter((row) => row.user_id === who.actor.userId).map((row) => row.kind))
}

beforeAll(async () => {
  admin = await crm.as('administrator')
  anna = await crm.as('manager')
  boris = await crm.as('manager')
  carla = await crm.as('manager')
  leader = await crm.as('manager')
  const team = (await one(admin, 'mutation { createTeam(input: { name: "Sales" }) { id } }')).createTeam.id
  await one(admin, 'mutation ($team: ID!, $users: [ID!]!, $leaders: [ID!]) { setTeamMembers(team: $team, users: $users, leaders: $leaders) }', { team, users: ids(anna, boris, leader), leaders: ids(leader) })
})
beforeEach(async () => {
  await crm.drain()
  await sql`delete from core.notification`.execute(engine.db)
  await sql`update core.intake_item set answer_due = null`.execute(engine.db)
})

describe('the common queue', () => {
  it('of a rule has its time to answer: then those offered and their leaders are told, once', async () => {
    await rule({ strategy: 'queue', pool: pool(anna, boris) })
    const id = await arrived()
    expect(await read(id)).toMatchObject({ owner: null, answerDue: '2026-03-03T10:10:00.000Z' })
    expect(await offered(id)).toEqual(ids(anna, boris))
    expect(await told(anna, boris, leader)).toEqual([[], [], []])
    expect(await escalate(deps, LATER)).toBe(1)
    expect(await codes(id)).toEqual(['received', 'unknown', 'ruleMatched', 'queued', 'timer', 'untaken', 'queued'])
    expect(await escalate(deps, EVEN_LATER)).toBe(0)
    expect(await told(anna, boris, leader, carla)).toEqual([['intakeEscalated'], ['intakeEscalated'], ['intakeEscalated'], []])
    // whoever is told sees it
    expect((await read(id, leader)).answerDue).toBeNull()
  })

  it('is offered to who comes later, and no more to who leaves; leaders whom an alarm called stay', async () => {
    await rule({ strategy: 'queue', pool: pool(anna, boris) })
    const id = await arrived()
    const alarmed = await arrived()
    await escalate(deps, LATER)
    expect(await offered(alarmed)).toEqual(ids(anna, boris, leader))
    const calm = await arrived()
    await renewOffers(engine)
    expect(await renewOffers(engine)).toBe(0)
    const newcomer = await crm.as('manager')
    const { version, rules: [{ id: ruleId }] } = (await one(admin, '{ intakeSettings { version rules { id } } }')).intakeSettings
    await one(admin, 'mutation ($version: String!, $input: IntakeSettingsInput!) { updateIntakeSettings(version: $version, input: $input) { version } }', { version, input: { rules: [{ id: ruleId, name: 'Rule', atWork: false, strategy: 'queue', pool: pool(anna, newcomer) }] } })
    expect(await read(calm, newcomer)).toBeNull()
    await renewOffers(engine)
    expect(await offered(calm)).toEqual(ids(anna, newcomer))
    expect([await offered(id), await offered(alarmed)]).toEqual([ids(anna, newcomer, leader), ids(anna, newcomer, leader)])
    expect(await read(calm, boris)).toBeNull()
    // all of them leave: everybody who may work on requests
    await sql`update core."user" set active = false where id = any(${ids(newcomer)}::uuid[])`.execute(engine.db)
    await sql`delete from core.user_role where user_id = ${anna.actor.userId}`.execute(engine.db)
    await renewOffers(engine)
    expect(await offered(calm)).toEqual(expect.arrayContaining(ids(boris, carla)))
    await sql`insert into core.user_role (user_id, role_id) select ${anna.actor.userId}, role_id from core.user_role where user_id = ${boris.actor.userId}`.execute(engine.db)
    await renewOffers(engine)
    await one(anna, 'mutation ($id: ID!) { takeIntake(id: $id) { id } }', { id })
    expect(await renewOffers(engine)).toBe(0)
    expect(await offered(id)).toEqual([])
  })

  it('gives who takes something from it his own time', async () => {
    await rule({ strategy: 'queue', pool: pool(anna, boris), late: 'leader' })
    const id = await arrived()
    await one(anna, 'mutation ($id: ID!) { takeIntake(id: $id) { id } }', { id })
    const due = new Date((await read(id)).answerDue)
    expect(due.getTime()).toBeGreaterThan(Date.now() - 60_000)
    expect(await escalate(deps, new Date(due.getTime() + 60_000))).toBe(1)
    expect(await read(id)).toMatchObject({ owner: { id: leader.actor.userId } })
    expect(await told(anna, leader)).toEqual([['intakeLost'], ['intakeAssigned']])
  })

  it('gives alarm where nobody is free', async () => {
    await rule({ strategy: 'turns', pool: [{ user: carla.actor.userId, cap: 1 }, ...pool(anna)] })
    await one(admin, 'mutation ($owner: ID) { createAbsence(input: { owner: $owner, firstDay: "2020-01-01", lastDay: "2099-01-01" }) { id } }', { owner: anna.actor.userId })
    await crm.drain()
    await sql`delete from core.notification`.execute(engine.db)
    const first = await arrived()
    expect((await read(first)).owner.id).toBe(carla.actor.userId)
    await sql`update core.intake_decision set at = ${NOON} where user_id = ${carla.actor.userId}`.execute(engine.db)
    const id = await arrived()
    expect((await read(id)).owner).toBeNull()
    expect(await told(anna, boris, carla, leader)).toEqual([['intakeEscalated'], [], ['intakeAssigned', 'intakeEscalated'], ['intakeEscalated']])
    await sql`update core.absence set trashed_at = now()`.execute(engine.db)
  })
})

describe('by results', () => {
  it('gives more to who won more of what is settled; who is new gets the mean', async () => {
    const [good, bad, fresh] = await Promise.all([1, 2, 3].map(() => crm.as('manager'))) as [Caller, Caller, Caller]
    const { id: stage } = (await sql<{ id: string }>`select s.id from core.stage s join core.pipeline p on p.id = s.pipeline_id where s.kind = 'won' and p.object = 'order' limit 1`.execute(engine.db)).rows[0]!
    const settled = async (owner: Caller, count: number, won: number) => {
      for (let i = 0; i < count; i++) {
        const order = i < won ? (await one(owner, 'mutation { createOrder(input: { subject: "Sold" }) { id } }')).createOrder.id : null
        if (order) await sql`update core."order" set stage_id = ${stage} where id = ${order}`.execute(engine.db)
        await sql`insert into core.intake_item (id, channel, received_at, state, owner_id, order_id, version, created_at, updated_at, search)
          values (gen_random_uuid(), 'form', ${NOON}::timestamptz - interval '10 days', ${order ? 'accepted' : 'declined'}, ${owner.actor.userId}, ${order}, 1, now(), now(), '')`.execute(engine.db)
      }
    }
    await settled(good, 20, 12)
    await settled(bad, 20, 0)
    // what is not settled yet, and what is long ago, says nothing
    await sql`insert into core.intake_item (id, channel, received_at, state, owner_id, version, created_at, updated_at, search, distributed_at)
      select gen_random_uuid(), 'form', ${NOON}::timestamptz - make_interval(days => d), s, ${fresh.actor.userId}, 1, now(), now(), '', now() from (values (1, 'new'), (1, 'new'), (200, 'declined')) v (d, s), generate_series(1, 10)`.execute(engine.db)
    await rule({ strategy: 'conversion', pool: pool(good, bad, fresh) })
    const got = new Map<string, number>()
    for (let i = 0; i < 30; i++) { const { id } = (await read(await arrived())).owner; got.set(id, (got.get(id) ?? 0) + 1) }
    // 15 of 30 to 3 of 30, and the mean of 9 of 30
    expect([good, fresh, bad].map((who) => got.get(who.actor.userId!))).toEqual([17, 10, 3])
  })
})

describe('a request that goes on', () => {
  it('is told once to the next, to who lost it, and to his leader', async () => {
    await rule({ strategy: 'turns', pool: pool(anna, boris), late: 'next' })
    const id = await arrived()
    const [first, next] = (await read(id)).owner.id === anna.actor.userId ? [anna, boris] : [boris, anna]
    expect(await told(first, next)).toEqual([['intakeAssigned'], []])
    await escalate(deps, LATER)
    expect(await told(first, next, leader)).toEqual([['intakeAssigned', 'intakeLost'], ['intakeAssigned'], ['intakeEscalated']])
  })

  it('by hand is told as any record is, has its time anew and is offered to nobody else', async () => {
    await rule({ strategy: 'queue', pool: pool(anna, boris) })
    const id = await arrived()
    await crm.drain()
    await one(admin, 'mutation ($id: ID!, $owner: ID) { updateIntakeItem(id: $id, input: { owner: $owner }) { id } }', { id, owner: carla.actor.userId })
    // the time of the queue is not his
    expect(await escalate(deps, LATER)).toBe(0)
    expect(await told(carla, anna)).toEqual([['assignment'], []])
    const item = await read(id)
    expect(new Date(item.answerDue).getTime()).toBeGreaterThan(Date.now() - 60_000)
    expect(item.offers).toEqual([])
    expect(await read(id, anna)).toBeNull()
    expect((await codes(id)).slice(-2)).toEqual(['given', 'timer'])
    // what was written down for somebody is told him as new
    const written = (await one(admin, 'mutation ($owner: ID) { createIntakeItem(input: { channel: "manual", text: "called", owner: $owner }) { id } }', { owner: boris.actor.userId })).createIntakeItem.id
    await distribute(deps, written)
    expect(await told(boris)).toEqual([['intakeAssigned']])
    // … and to nobody: it is in the queue again
    await one(admin, 'mutation ($id: ID!) { updateIntakeItem(id: $id, input: { owner: null }) { id } }', { id })
    await crm.drain()
    expect(await offered(id)).toEqual(ids(anna, boris))
  })
})
