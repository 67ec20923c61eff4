import { sql } from 'kysely'
import { uuidv7 } from 'uuidv7'
import { afterAll, describe, expect, it } from 'vitest'
import { inZone } from '../tasks/times.ts'
import { tick } from './clock.ts'
import { testAutomation } from './testing.ts'

const { crm, engine, admin, anna, one, rule, remove, client, tasksOf, runs, automation } = await testAutomation()
afterAll(() => crm.close())

it('lets the planner know of the runs of a rule that acted on many, before the next look has to pass them over', async () => {
  await sql`insert into core.client (id, name, kind, lifecycle, search) select gen_random_uuid(), 'Client ' || n, 'organisation', 'active', '' from generate_series(1, 210) n`.execute(engine.db)
  await sql`insert into core.automation_rule (id, name, object, active, trigger, actions, active_since)
    values (${uuidv7()}, 'daily', 'client', true, '{"on":"schedule","every":"day","time":"00:00"}', '[]', now() - interval '1 day')`.execute(engine.db)
  const known = async () => (await sql<{ n: number }>`select reltuples::int as n from pg_class where oid = 'core.automation_run'::regclass`.execute(engine.db)).rows[0]!.n
  expect(await known()).toBeLessThan(1)
  expect(await tick(automation())).toBe(210)
  expect(await known()).toBe(210)
  expect(await tick(automation())).toBe(0)
  await sql`delete from core.automation_rule`.execute(engine.db)
})

describe('the clock', () => {
  const day = (offset: number): string => new Date(Date.now() + offset * 86_400_000).toISOString().slice(0, 10)
  const backdate = (id: string) => sql`update core.automation_rule set active_since = now() - interval '5 days' where id = ${id}`.execute(engine.db)

  it('brings dates, each once, also a birthday on the 29th of February', async () => {
    const { id } = await rule({ object: 'contact', trigger: { on: 'date', field: 'birthday', days: 0, time: '00:00', yearly: true }, actions: [{ do: 'createTask', title: 'Congratulate', assignee: 'owner' }] })
    await backdate(id)
    const contact = async (birthday: string) => (await one(admin, 'mutation ($input: ContactCreateInput!) { createContact(input: $input) { id } }', { input: { name: 'Birthday', owner: anna.actor.userId, birthday } })).createContact.id as string
    const [born, leap, never] = [await contact('1980-03-05'), await contact('1984-02-29'), await contact('1980-07-07')]
    await tick(automation(), new Date('2027-02-28T12:00:00Z'))
    await tick(automation(), new Date('2027-03-05T12:00:00Z'))
    await tick(automation(), new Date('2027-03-05T12:01:00Z'))
    expect([await tasksOf(born), await tasksOf(leap), await tasksOf(never)].map((t) => t.length)).toEqual([1, 1, 0])
    await remove(id)
  })

  it('brings a date of today that is set after the hour, once', async () => {
    await one(admin, 'mutation { createField(object: "client", input: { name: "due", type: date, labels: { en: "Due" } }) { key } }')
    const dated = { trigger: { on: 'date', field: 'custom.due', days: 0, time: '00:00' }, actions: [{ do: 'note', text: 'Today' }] }
    const [old, fresh] = [await rule({ name: 'Since long', ...dated }), await rule({ name: 'Since now', ...dated })]
    await backdate(old.id)
    await tick(automation())
    await client('Due today', { custom: { due: inZone(new Date(), engine.live.current.company.timeZone).toISODate() } })
    await client('Due yesterday', { custom: { due: inZone(new Date(), engine.live.current.company.timeZone).minus({ days: 1 }).toISODate() } })
    for (let i = 0; i < 2; i++) await tick(automation())
    expect((await runs(old.id)).map((r) => r.title)).toEqual(['Due today'])
    expect(await runs(fresh.id)).toEqual([])
    for (const { id } of [old, fresh]) await remove(id)
  })

  it('brings what was missed while no node was up, and nothing from before the rule', async () => {
    const dated = { trigger: { on: 'date', field: 'custom.until', days: -7, time: '09:00' }, actions: [{ do: 'note', text: 'A week before' }] }
    await one(admin, 'mutation { createField(object: "client", input: { name: "until", type: date, labels: { en: "Until" } }) { key } }')
    const old = await rule({ name: 'Old', ...dated })
    await backdate(old.id)
    const fresh = await rule({ name: 'Fresh', ...dated })
    await client('Contract', { custom: { until: day(5) } })
    await tick(automation())
    expect(await runs(old.id)).toMatchObject([{ state: 'DONE', title: 'Contract' }])
    expect(await runs(fresh.id)).toEqual([])
    for (const { id } of [old, fresh]) await remove(id)
  })

  it('brings stuck records once for each stay, and schedules once a day', async () => {
    const order = (await one(admin, 'mutation { createOrder(input: { subject: "Stuck" }) { id } }')).createOrder.id as string
    await sql`update core."order" set stage_entered_at = now() - interval '50 hours' where id = ${order}`.execute(engine.db)
    const stuck = await rule({ object: 'order', trigger: { on: 'stuck', hours: 48 }, actions: [{ do: 'note', text: 'Stuck' }] })
    const weekly = await rule({ object: 'client', trigger: { on: 'schedule', every: 'day', time: '00:00' }, condition: { name: { eq: 'Daily' } }, actions: [{ do: 'note', text: 'Again' }] })
    await backdate(weekly.id)
    await client('Daily')
    for (let i = 0; i < 3; i++) await tick(automation())
    expect(await runs(stuck.id)).toHaveLength(1)
    expect((await runs(weekly.id)).length).toBeGreaterThanOrEqual(3)
    const before = (await runs(weekly.id)).length
    await tick(automation())
    expect(await runs(weekly.id)).toHaveLength(before)
    for (const { id } of [stuck, weekly]) await remove(id)
  })
})
