import { sql } from 'kysely'
import { uuidv7 } from 'uuidv7'
import { afterAll, expect, it } from 'vitest'
import { testCrm } from '../testing/crm.ts'
import { tick } from './clock.ts'

const crm = await testCrm({ work: false })
afterAll(() => crm.close())

it('lets the planner know of the runs of a rule that acted on many, before the next look has to pass them over', async () => {
  const { engine } = crm.kartotek
  await sql`insert into core.client (id, name, kind, lifecycle, search) select gen_random_uuid(), 'Client ' || n, 'organisation', 'active', '' from generate_series(1, 210) n`.execute(engine.db)
  await sql`insert into core.automation_rule (id, name, object, active, trigger, actions, active_since)
    values (${uuidv7()}, 'daily', 'client', true, '{"on":"schedule","every":"day","time":"00:00"}', '[]', now() - interval '1 day')`.execute(engine.db)
  const known = async () => (await sql<{ n: number }>`select reltuples::int as n from pg_class where oid = 'core.automation_run'::regclass`.execute(engine.db)).rows[0]!.n
  expect(await known()).toBeLessThan(1)
  const outside = { enqueue: async () => undefined, tellOutside: async () => undefined }
  expect(await tick({ engine, outside, again: async () => undefined })).toBe(210)
  expect(await known()).toBe(210)
  expect(await tick({ engine, outside, again: async () => undefined })).toBe(0)
})
