import { sql } from 'kysely'
import { afterAll, expect, it } from 'vitest'
import { testCrm } from '../testing/crm.ts'

const crm = await testCrm()
afterAll(() => crm.close())
const admin = await crm.as('administrator')

it('finds what falls into the next quarter and the next year, and neither before nor after', async () => {
  const { rows: [days] } = await sql<Record<'quarter' | 'year' | 'late' | 'far', string>>`with today as (select (now() at time zone 'Europe/Helsinki')::date as d)
    select (date_trunc('quarter', d) + interval '3 months')::date::text as quarter, (date_trunc('quarter', d) + interval '6 months')::date::text as late,
      (date_trunc('year', d) + interval '1 year')::date::text as year, (date_trunc('year', d) + interval '2 years')::date::text as far from today`.execute(crm.kartotek.engine.db)
  const { quarter, late, year, far } = days!
  const before = (day: string): string => new Date(Date.parse(day) - 86_400_000).toISOString().slice(0, 10)
  await crm.ask(admin, 'mutation($inputs: [ClientCreateInput!]!) { createClients(inputs: $inputs) { succeeded } }', {
    inputs: [...new Set([before(quarter), quarter, before(late), late, before(year), year, before(far), far])].map((enteredOn) => ({ name: enteredOn, enteredOn })),
  })
  const found = async (relative: string): Promise<string[]> => (await crm.ask(admin, `{ clients(filter: { enteredOn: { relative: ${relative} } }, first: 50) { nodes { name } } }`)).clients.nodes.map((n: { name: string }) => n.name).sort()
  const within = (from: string, to: string): string[] => [...new Set([before(quarter), quarter, before(late), late, before(year), year, before(far), far])].filter((day) => day >= from && day < to).sort()
  expect(await found('NEXT_QUARTER')).toEqual(within(quarter, late))
  expect(await found('NEXT_YEAR')).toEqual(within(year, far))
  expect(within(quarter, late).length).toBeGreaterThanOrEqual(2)
})

it('counts the days of a date in the time zone of the company', async () => {
  const { rows: [{ today }] } = await sql<{ today: string }>`select (now() at time zone 'Europe/Helsinki')::date::text as today`.execute(crm.kartotek.engine.db) as { rows: [{ today: string }] }
  const days = [-1, 0, 1].map((offset) => new Date(Date.parse(today) + offset * 86_400_000).toISOString().slice(0, 10))
  await crm.ask(admin, 'mutation($inputs: [ClientCreateInput!]!) { createClients(inputs: $inputs) { succeeded } }', { inputs: days.map((enteredOn) => ({ name: enteredOn, code: `day ${enteredOn}`, enteredOn })) })
  const found = async (filter: string): Promise<string[]> => (await crm.ask(admin, `{ clients(filter: { code: { startsWith: "day " }, enteredOn: { ${filter} } }) { nodes { name } } }`)).clients.nodes.map((n: { name: string }) => n.name).sort()
  expect(await found('relative: TODAY')).toEqual([days[1]])
  expect(await found('relative: PAST')).toEqual([days[0]])
  expect(await found('relative: TOMORROW')).toEqual([days[2]])
  expect(await found('lastDays: 1')).toEqual([days[1]])
  expect(await found('nextDays: 2')).toEqual(days.slice(1))
})
