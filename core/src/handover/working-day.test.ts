import { sql } from 'kysely'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import type { Caller } from '../access/caller.ts'
import { actorOf } from '../access/explain.ts'
import { distribute } from '../intake/distribute.ts'
import { watchTime } from '../notifications/watches.ts'
import { remind } from '../tasks/reminders.ts'
import { testCrm } from '../testing/crm.ts'

const crm = await testCrm({ work: false })
afterAll(() => crm.close())
const { engine } = crm.kartotek
const one = crm.ask
/** The caller as the next request finds him. */
const now = async (caller: Caller): Promise<Caller> => ({ ...caller, actor: (await actorOf(engine, caller.actor.userId!))! })
const hours = (n: number): string => new Date(Date.now() + n * 3_600_000).toISOString()
const MINUTE = 60_000

let admin: Caller, anna: Caller, boris: Caller, carla: Caller
const away = async (absent: Caller, substitute: Caller, from = hours(-1), until = hours(24)): Promise<void> => {
  await one(admin, 'mutation ($input: SubstitutionInput!) { startSubstitution(input: $input) { id } }', { input: { absent: absent.actor.userId, substitute: substitute.actor.userId, from, until } })
}
const over = () => sql`update core.substitution set until_at = now()`.execute(engine.db)
const told = async (caller: Caller): Promise<{ kind: string, title: string, text: string | null, record: { title: string } | null }[]> => {
  expect((await crm.drain()).failed).toEqual([])
  return (await one(await now(caller), '{ notifications(first: 100) { nodes { kind title text record { title } } } }')).notifications.nodes
}
const unread = async (caller: Caller): Promise<number> => (await one(await now(caller), '{ unreadNotifications }')).unreadNotifications
const task = async (owner: Caller, input: Record<string, unknown> = {}): Promise<string> =>
  (await one(admin, 'mutation ($input: TaskCreateInput!) { createTask(input: $input) { id } }', { input: { title: 'Позвонить', owner: owner.actor.userId, ...input } })).createTask.id

beforeAll(async () => {
  admin = await crm.as('administrator')
  ;[anna, boris, carla] = [await crm.as('manager'), await crm.as('manager'), await crm.as('manager')]
})
beforeEach(async () => {
  await crm.drain()
  for (const table of ['substitution', 'notification', 'absence', 'intake_turn']) await sql`delete from core.${sql.id(table)}`.execute(engine.db)
})

describe('what an absent person is told', () => {
  const FOR = (title: string): string => `Standing in for ${anna.actor.name}: ${title}`

  it('of her records is told to her substitute too, told apart, and only while he stands in', async () => {
    await away(anna, boris)
    await task(anna)
    expect(await told(anna)).toMatchObject([{ kind: 'assignment', title: `${admin.actor.name} made you the owner` }])
    expect(await told(boris)).toMatchObject([{ kind: 'assignment', title: FOR('You became the owner'), record: { title: 'Позвонить' } }])
    expect([await unread(boris), await unread(carla)]).toEqual([1, 0])
    await over()
    expect([await told(boris), await unread(boris)]).toEqual([[], 0])
    await task(anna)
    expect((await sql`select 1 from core.notification where user_id = ${boris.actor.userId}`.execute(engine.db)).rows).toHaveLength(1)
  })

  it('is gone with the time also from who sees the record by a right of his own', async () => {
    const seeing = await crm.withRules({ objects: { '*': { read: 'all' } } })
    await away(anna, seeing)
    await task(anna)
    expect([(await told(seeing)).length, await unread(seeing)]).toEqual([1, 1])
    await over()
    expect([await told(seeing), await unread(seeing)]).toEqual([[], 0])
  })

  it('comes with time: reminders, what is due', async () => {
    await watchTime(engine, new Date(Date.now() - MINUTE))
    await task(anna, { due: hours(-1 / 120), reminders: [{ minutesBefore: 0 }] })
    await task(anna, { due: hours(-1 / 120), title: 'Без напоминания' })
    await told(anna)
    await sql`delete from core.notification`.execute(engine.db)
    await away(anna, boris)
    await remind(engine)
    await watchTime(engine)
    const heard = (await told(boris)).map(({ title, record }) => [title, record!.title]).sort()
    expect(heard).toEqual([[FOR('Task is due'), 'Без напоминания'], [FOR('Task reminder'), 'Позвонить']])
  })

  it('is not told twice, nor to who did it', async () => {
    await away(anna, boris)
    await one(await now(boris), 'mutation ($owner: ID!) { createClient(input: { name: "Её", owner: $owner }) { id } }', { owner: anna.actor.userId })
    expect([(await told(anna)).length, await told(boris)]).toEqual([1, []])
    await task(anna, { due: hours(-1), kind: 'meeting', participants: [{ user: boris.actor.userId }], reminders: [{ minutesBefore: 0 }] })
    await told(boris)
    await sql`delete from core.notification`.execute(engine.db)
    await remind(engine)
    expect((await told(boris)).map(({ title }) => title)).toEqual(['Task reminder'])
  })

  it('stays hers where he may not see the record, and in the words that were made for her', async () => {
    await away(anna, boris)
    const client = (await one(admin, 'mutation ($owner: ID) { createClient(input: { name: "Ромашка", owner: $owner }) { id } }', { owner: carla.actor.userId })).createClient.id as string
    await crm.drain()
    await sql`delete from core.notification`.execute(engine.db)
    await one(admin, 'mutation ($input: TimelineEntryCreateInput!) { createTimelineEntry(input: $input) { id } }', { input: { subject: { object: 'client', id: client }, kind: 'note', text: 'Тайна', mentions: [{ user: anna.actor.userId }] } })
    await crm.drain()
    expect((await sql`select 1 from core.notification where user_id = ${boris.actor.userId}`.execute(engine.db)).rows).toHaveLength(1)
    expect([await told(boris), await unread(boris)]).toEqual([[], 0])
    const { rows } = await sql<{ text: unknown, params: object }>`select text, params from core.notification where for_id is not null`.execute(engine.db)
    expect(rows).toEqual([{ text: null, params: {} }])
  })

  it('about many records counts what the substitute sees of hers', async () => {
    await away(anna, boris)
    const ids = await Promise.all(Array.from({ length: 7 }, (_, i) => one(admin, 'mutation ($name: String!) { createClient(input: { name: $name }) { id } }', { name: `Много ${i}` }).then((data) => data.createClient.id as string)))
    await crm.drain()
    await one(admin, 'mutation ($ids: [ID!]!, $input: ClientUpdateInput!) { updateClients(ids: $ids, input: $input) { results { ok } } }', { ids, input: { owner: anna.actor.userId } })
    expect(await told(boris)).toMatchObject([{ title: FOR('You became the owner'), text: 'Clients: 7' }])
    await sql`update core.client set owner_id = ${carla.actor.userId} where id = ${ids[0]}`.execute(engine.db)
    expect(await told(boris)).toMatchObject([{ text: 'Clients: 6' }])
  })
})

describe('the tasks of an absent person', () => {
  const QUERY = '{ taskCounters { open overdue today soon } substitutions { active substitute { id } tasks { open overdue soon } } }'

  it('are counted apart for her substitute, and only for him and while he stands in', async () => {
    await sql`delete from core.task`.execute(engine.db)
    await task(anna, { due: hours(-1) })
    await task(anna, { due: hours(1) })
    await task(boris)
    await away(anna, boris)
    expect(await one(await now(boris), QUERY)).toMatchObject({ taskCounters: { open: 1, overdue: 0 }, substitutions: [{ active: true, tasks: { open: 2, overdue: 1, soon: 1 } }] })
    for (const caller of [anna, admin]) expect((await one(await now(caller), QUERY)).substitutions).toMatchObject([{ tasks: null }])
    await over()
    expect((await one(await now(boris), QUERY)).substitutions).toMatchObject([{ active: false, tasks: null }])
  })

  it('are not counted beyond what she may do herself', async () => {
    const blind = await crm.withRules({ objects: { '*': { read: 'own' }, user: { read: 'all' }, task: { read: 'none' } } })
    await task(blind)
    await away(blind, boris)
    expect((await one(await now(boris), QUERY)).substitutions).toMatchObject([{ tasks: { open: 0 } }])
  })
})

describe('a request', () => {
  /** A Tuesday, in working hours in Helsinki. */
  const noon = (): Date => { const day = new Date(); day.setUTCDate(day.getUTCDate() + ((9 - day.getUTCDay()) % 7 || 7)); day.setUTCHours(10, 0, 0, 0); return day }
  const DAYS = 24 * 10
  const arrived = async (): Promise<string> => {
    const { id } = (await one(admin, 'mutation { receiveIntake(input: { channel: "api", text: "x", phones: ["+358401234567"] }) { id } }')).receiveIntake
    await distribute({ engine, country: () => '' }, id, noon())
    return id
  }
  const owner = async (id: string): Promise<string | undefined> => (await one(admin, 'query ($id: ID!) { intakeItem(id: $id) { owner { id } } }', { id })).intakeItem.owner?.id
  const decisions = async (id: string): Promise<{ code: string, text: string }[]> => (await one(admin, 'query ($id: ID!) { intakeDecisions(id: $id) { code text } }', { id })).intakeDecisions
  const rules = async (input: Record<string, unknown>) => {
    const { version } = (await one(admin, '{ intakeSettings { version } }')).intakeSettings
    await one(admin, 'mutation ($version: String!, $input: IntakeSettingsInput!) { updateIntakeSettings(version: $version, input: $input) { version } }', { version, input })
  }
  const pool = (strategy: string, ...people: Caller[]) => rules({ rules: [{ name: 'Rule', strategy, atWork: false, pool: people.map((who) => ({ user: who.actor.userId })) }] })

  it('goes to the substitute where its turn is the absent person’s, and everybody else keeps his own', async () => {
    await pool('turns', anna, boris, carla)
    await away(anna, boris, hours(-1), hours(DAYS))
    const first = await arrived()
    expect(await owner(first)).toBe(boris.actor.userId)
    expect((await decisions(first)).map(({ code }) => code)).toEqual(['received', 'unknown', 'ruleMatched', 'skipped.away', 'chosen.turns', 'chosen.substitute', 'assigned'])
    expect((await decisions(first)).map(({ text }) => text)).toContain(`${boris.actor.name} stands in for ${anna.actor.name}.`)
    expect([await owner(await arrived()), await owner(await arrived()), await owner(await arrived())]).toEqual([boris.actor.userId, carla.actor.userId, boris.actor.userId])
  })

  it('passes over the absent person where the rule does not give to her substitute', async () => {
    await pool('turns', anna, carla)
    await away(anna, boris, hours(-1), hours(DAYS))
    expect([await owner(await arrived()), await owner(await arrived())]).toEqual([carla.actor.userId, carla.actor.userId])
  })

  it('is not heaped upon the substitute by who has least to do', async () => {
    await pool('fewest', anna, boris, carla)
    await away(anna, boris, hours(-1), hours(DAYS))
    await sql`update core.intake_item set state = 'spam'`.execute(engine.db)
    const given = new Set([await owner(await arrived()), await owner(await arrived())])
    expect(given).toEqual(new Set([boris.actor.userId, carla.actor.userId]))
  })

  it('of a known client goes to who stands in for his owner, until the very end', async () => {
    await rules({ rules: [] })
    await one(anna, 'mutation { createClient(input: { name: "Известный", contactPoints: [{ kind: "phone", value: "+358401234567" }] }) { id } }')
    await crm.drain()
    await away(anna, boris, hours(-1), hours(DAYS))
    const id = await arrived()
    expect(await owner(id)).toBe(boris.actor.userId)
    expect((await decisions(id)).map(({ code }) => code)).toEqual(['received', 'recognised', 'skipped.away', 'chosen.substitute', 'assigned', 'timer'])
    await sql`update core.substitution set until_at = ${noon()}`.execute(engine.db)
    expect(await owner(await arrived())).toBe(anna.actor.userId)
    await sql`update core.substitution set until_at = ${new Date(noon().getTime() + 1_000)}, substitute_id = ${(await crm.as('read_only')).actor.userId}`.execute(engine.db)
    expect((await decisions(await arrived())).map(({ code }) => code)).toEqual(['received', 'recognised', 'skipped.away', 'skipped.rights', 'noRule', 'queued'])
  })
})
