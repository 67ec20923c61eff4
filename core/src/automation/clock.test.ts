import { sql } from 'kysely'
import { uuidv7 } from 'uuidv7'
import { afterAll, describe, expect, it } from 'vitest'
import { inZone } from '../tasks/times.ts'
import { datesBehind, tick } from './clock.ts'
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

  it('counts working days by the calendar of the company, and does nothing on a day off', async () => {
    const { version } = (await one(admin, '{ workingTime { version } }')).workingTime
    await one(admin, 'mutation ($version: String!, $input: WorkingTimeInput!) { updateWorkingTime(version: $version, input: $input) { version } }', { version, input: { holidays: 'NONE', days: [{ date: '2027-03-03', name: 'Stocktaking' }] } })
    await one(admin, 'mutation { createField(object: "client", input: { name: "ends", type: date, labels: { en: "Ends" } }) { key } }')
    const { id } = await rule({ trigger: { on: 'date', field: 'custom.ends', days: -2, time: '09:00', working: true }, actions: [{ do: 'note', text: 'Two working days before' }] })
    await sql`update core.automation_rule set active_since = '2027-02-20' where id = ${id}`.execute(engine.db)
    for (const ends of ['2027-03-04', '2027-03-05', '2027-03-06', '2027-03-08', '2027-03-09']) await client(ends, { custom: { ends } })
    const at: Record<string, string[]> = {}
    for (let date = inZone(new Date('2027-02-27T12:00:00Z'), 'UTC'); date.toISODate()! < '2027-03-08'; date = date.plus({ days: 1 })) {
      const before = new Set((await runs(id)).map((r) => r.title))
      await tick(automation(), date.toJSDate())
      at[date.toFormat('ccc d')] = (await runs(id)).map((r) => r.title as string).filter((title) => !before.has(title)).sort()
    }
    // Mon 1, Tue 2, (Wed 3), Thu 4, Fri 5, weekend, Mon 8
    expect(at).toEqual({ 'Sat 27': [], 'Sun 28': [], 'Mon 1': ['2027-03-04'], 'Tue 2': ['2027-03-05'], 'Wed 3': [], 'Thu 4': ['2027-03-06', '2027-03-08'], 'Fri 5': ['2027-03-09'], 'Sat 6': [], 'Sun 7': [] })
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

describe('the dates behind a working day', () => {
  const works = (day: { weekday: number }): boolean => day.weekday < 6
  const behind = (day: string, after: number): string[] => datesBehind(inZone(new Date(`${day}T12:00:00Z`), 'UTC'), after, works).map((date) => date.toISODate()!).sort()

  it.each([
    // 2027-03-01 is a Monday
    ['2027-03-01', 0, ['2027-02-27', '2027-02-28', '2027-03-01']], ['2027-03-02', 0, ['2027-03-02']], ['2027-03-06', 0, []],
    ['2027-03-05', -1, ['2027-03-06', '2027-03-07', '2027-03-08']], ['2027-03-04', -1, ['2027-03-05']], ['2027-03-04', -2, ['2027-03-06', '2027-03-07', '2027-03-08']],
    ['2027-03-01', 1, ['2027-02-26', '2027-02-27', '2027-02-28']], ['2027-03-02', 1, ['2027-03-01']], ['2027-03-08', 5, ['2027-03-01']],
  ])('of %s by %i', (day, after, dates) => expect(behind(day, after)).toEqual(dates))

  it('are each behind exactly one day, whatever the count', () => {
    for (const after of [-3, -1, 0, 1, 4]) {
      const all = Array.from({ length: 60 }, (_, i) => behind(inZone(new Date('2027-03-01T12:00:00Z'), 'UTC').plus({ days: i }).toISODate()!, after)).flat().sort()
      expect(new Set(all).size).toBe(all.length)
      expect((Date.parse(all.at(-1)!) - Date.parse(all[0]!)) / 86_400_000 + 1).toBe(all.length)
    }
  })

  it('are none where nobody ever works', () => expect(datesBehind(inZone(new Date(), 'UTC'), 1, () => false)).toEqual([]))
})
