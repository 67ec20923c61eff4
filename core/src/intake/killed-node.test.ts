import { fork } from 'node:child_process'
import { once } from 'node:events'
import { sql } from 'kysely'
import { afterAll, expect, it, vi } from 'vitest'
import { testCrm } from '../testing/crm.ts'
import { distribute } from './distribute.ts'

const crm = await testCrm({ work: false })
afterAll(() => crm.close())
const { engine, db } = crm.kartotek

it('a node that is killed in the middle of giving out requests leaves none half given, and the next node goes on', { timeout: 120_000 }, async () => {
  const admin = await crm.as('administrator')
  const people = await Promise.all([1, 2, 3].map(() => crm.as('manager')))
  const version = (await crm.query(admin, '{ intakeSettings { version } }')).data.intakeSettings.version
  await crm.query(admin, 'mutation ($version: String!, $input: IntakeSettingsInput!) { updateIntakeSettings(version: $version, input: $input) { version } }', {
    version, input: { rules: [{ name: 'All', strategy: 'turns', atWork: false, pool: people.map((person) => ({ user: person.actor.userId })) }] },
  })
  const ids: string[] = []
  for (let i = 0; i < 6; i++) ids.push((await crm.query(admin, `mutation { receiveIntake(input: { channel: "api", text: "r${i}" }) { id } }`)).data.receiveIntake.id)
  // The third one hangs where everything is written and nothing committed.
  await sql`create function core.hang() returns trigger language plpgsql as $$ begin perform pg_sleep(60); return new; end $$`.execute(engine.db)
  await sql.raw(`create trigger hang before insert on core.intake_decision for each row when (new.item_id = '${ids[2]}' and new.code = 'assigned') execute function core.hang()`).execute(engine.db)
  const child = fork(new URL('./fixtures/distributing-process.ts', import.meta.url), [db.url, crm.dataDir, ...ids])
  try {
    const inSleep = async (): Promise<void> => { expect((await sql`select 1 from pg_stat_activity where datname = current_database() and wait_event = 'PgSleep'`.execute(engine.db)).rows).toHaveLength(1) }
    await vi.waitFor(inSleep, { timeout: 60_000, interval: 100 })
  } finally {
    child.kill('SIGKILL')
  }
  await once(child, 'exit')
  await sql`select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database() and wait_event = 'PgSleep'`.execute(engine.db)
  await sql`drop trigger hang on core.intake_decision`.execute(engine.db)
  const half = await sql<{ owner_id: string | null, distributed_at: Date | null }>`select owner_id, distributed_at from core.intake_item where id = ${ids[2]}`.execute(engine.db)
  expect(half.rows).toEqual([{ owner_id: null, distributed_at: null }])

  await Promise.all(ids.map((id) => distribute({ engine, country: () => 'FI' }, id)))
  expect((await crm.drain()).failed).toEqual([])
  const { rows } = await sql<{ n: number, owner: string }>`select (select count(*)::int from core.intake_decision d where d.item_id = i.id and d.code = 'assigned') as n, owner_id as owner
    from core.intake_item i where id = any(${ids}::uuid[])`.execute(engine.db)
  expect(rows.map((row) => row.n)).toEqual(Array(6).fill(1))
  for (const { actor } of people) expect(rows.filter((row) => row.owner === actor.userId)).toHaveLength(2)
  const { rows: events } = await sql<{ record_id: string, n: number }>`select record_id, count(*)::int as n from core.event where name = 'intakeItem.assigned' group by 1`.execute(engine.db)
  expect(events.map((event) => event.n)).toEqual(Array(6).fill(1))
})
