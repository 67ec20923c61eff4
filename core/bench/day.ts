import { randomUUID } from 'node:crypto'
import { setTimeout } from 'node:timers/promises'
import type pg from 'pg'
import type { BenchData } from './build-data.ts'
import { p95, samples, spread } from './samples.ts'
import type { Session } from './server.ts'
import { count, times, type Table } from './table.ts'

/** Open tasks of the manager, unread notices of his, deliveries of one endpoint: of somebody who is busy. */
const OPEN = 200
const NOTICES = 5_000
const DELIVERIES = 100_000
const WEBHOOK = '01900000-0000-7000-8000-00000000be4c'

/** The working day of one among what years left behind: his tasks, what he was told, what an endpoint was sent, and the way back from a large change. */
export async function benchDay(table: Table, pool: pg.Pool, sessions: Record<'administrator' | 'manager', Session>, data: BenchData, quick: boolean): Promise<void> {
  const { manager } = data.people
  await fill(pool, manager)
  const sizes = new Map((await pool.query<{ name: string, n: number }>(`select relname as name, greatest(reltuples, 0)::int as n from pg_class where oid in ('core.task'::regclass, 'core.notification'::regclass, 'core.webhook_delivery'::regclass)`)).rows.map((row) => [row.name, row.n]))
  const among = (name: string, what: string): string => `among ${count(sizes.get(name)!)} ${what}`
  const cases: { name: string, who: 'administrator' | 'manager', query: string, variables?: object, plain: string, beside: string }[] = [
    {
      name: 'one’s open tasks by due date', who: 'manager', query: 'query ($me: ID!) { tasks(filter: { state: { eq: "open" }, owner: { id: { eq: $me } } }, orderBy: [{ field: due }], first: 50) { nodes { id title due subject { id title } } } }', variables: { me: manager },
      plain: `select t.id, t.title, t.due, c.name from core.task t left join core.client c on c.id = t.subject_id where t.state = 'open' and t.owner_id = '${manager}' and t.trashed_at is null order by t.due limit 51`, beside: among('task', 'tasks'),
    },
    {
      name: 'counters of tasks', who: 'manager', query: '{ taskCounters { open overdue today soon } }',
      plain: `select count(*), count(*) filter (where due < now()) from core.task where state = 'open' and owner_id = '${manager}' and trashed_at is null`, beside: among('task', 'tasks'),
    },
    { name: 'notices of a person', who: 'manager', query: '{ notifications(first: 30) { nodes { id kind title at } } unreadNotifications }', plain: `select id, kind, params, at from core.notification where user_id = '${manager}' and in_app order by id desc limit 31`, beside: among('notification', 'notices') },
    {
      name: 'log of a webhook', who: 'administrator', query: 'query ($id: ID!) { webhookDeliveries(webhook: $id, first: 50) { nodes { id event state code happenedAt: at } } }', variables: { id: WEBHOOK },
      plain: `select id, event, state, code, happened_at from core.webhook_delivery where webhook_id = '${WEBHOOK}' order by id desc limit 51`, beside: among('webhook_delivery', 'deliveries'),
    },
  ]
  const rounds = quick ? 20 : 40
  for (const { name, who, query, variables, plain, beside } of cases) {
    const taken = await samples(rounds, () => sessions[who].ask(query, variables))
    const limit = await samples(rounds, () => pool.query(plain))
    table.add(`${name}, ${who}`, spread(taken), `${beside}; plain SQL ${spread(limit)}`, 'indexed, p95 ≤ 50 ms', p95(taken) <= 50)
  }
  await benchRevert(table, pool, sessions.administrator, quick ? 2_000 : 20_000)
}

/** A change of many records as the app makes it, in calls of 200 that go on in one change set, and the way back from it. */
async function benchRevert(table: Table, pool: pg.Pool, admin: Session, records: number): Promise<void> {
  const { rows } = await pool.query<{ id: string }>(`select id from core.client where trashed_at is null order by id limit ${records}`)
  const ids = rows.map((row) => row.id)
  let set: string | undefined
  let start = performance.now()
  for (let i = 0; i < ids.length; i += 200) {
    const { updateClients } = await admin.ask('mutation ($ids: [ID!]!, $input: ClientUpdateInput!, $set: ID) { updateClients(ids: $ids, input: $input, changeSet: $set) { changeSet failed } }', { ids: ids.slice(i, i + 200), input: { territory: `bench ${randomUUID().slice(0, 8)}` }, set })
    set = updateClients.changeSet
  }
  const changed = ids.length / (performance.now() - start) * 1000
  start = performance.now()
  await admin.ask('mutation ($id: ID!) { revertChangeSet(id: $id) { state } }', { id: set })
  for (;;) {
    const { revert } = (await admin.ask('query ($id: ID!) { changeSet(id: $id) { revert { state done kept } } }', { id: set })).changeSet
    if (revert.state === 'DONE') break
    if (revert.state !== 'RUNNING') throw new Error(`The revert is ${revert.state}.`)
    await setTimeout(200)
  }
  const undone = ids.length / (performance.now() - start) * 1000
  table.add(`change a field of ${count(ids.length)} clients, 200 at a time`, `${count(changed)} records/s`, 'one change set, with history and audit trail')
  table.add('… undo it in the background', `${count(undone)} records/s`, `${times(undone / changed)} of changing`)
}

/** Tasks for each second client, notices and deliveries, if they are not there yet. */
async function fill(pool: pg.Pool, manager: string): Promise<void> {
  const client = await pool.connect()
  try {
    await client.query('set statement_timeout = 0')
    const { rows: [there] } = await client.query<{ n: number }>('select count(*)::int as n from (select 1 from core.task limit 1000) x')
    if (there!.n < 1000) {
      await client.query(`insert into core.task (id, version, search, created_at, updated_at, owner_id, title, state, kind, priority, all_day, due, subject_id, subject_id__object)
        select gen_random_uuid(), 1, 'позвонить ' || lower(left(c.name, 60)), c.created_at, c.created_at, c.owner_id, 'Позвонить: ' || left(c.name, 60), case when n = 3 and hashtext(c.id::text) % 10 = 0 then 'open' else 'done' end,
          (array['task','call','meeting'])[n], 'normal', false, c.created_at + n * interval '20 days', c.id, 'client' from core.client c cross join generate_series(1, 3) n where hashtext(c.id::text) % 2 = 0`)
      await client.query(`insert into core.task (id, version, search, created_at, updated_at, owner_id, title, state, kind, priority, all_day, due, subject_id, subject_id__object)
        select gen_random_uuid(), 1, 'открыто', now(), now(), $1, 'Открыто ' || n, 'open', 'task', 'normal', false, now() + (n - 100) * interval '1 hour', (select id from core.client where owner_id = $1 limit 1), 'client' from generate_series(1, ${OPEN}) n`, [manager])
      await client.query(`insert into core.notification (id, user_id, key, kind, object, record_id, in_app, at, read_at, handed_at)
        select gen_random_uuid(), c.owner_id, 'bench ' || c.id || n, 'assigned', 'client', c.id, true, now() - n * interval '1 day', now(), now() from core.client c cross join generate_series(1, 5) n where c.owner_id is not null`)
      await client.query(`insert into core.notification (id, user_id, key, kind, object, record_id, in_app, at, handed_at)
        select gen_random_uuid(), $1, 'bench own ' || n, 'assigned', 'client', (select id from core.client where owner_id = $1 limit 1), true, now() - n * interval '1 minute', now() from generate_series(1, ${NOTICES}) n`, [manager])
      await client.query(`insert into core.webhook (id, name, url, events, active, owner_id, secret) values ('${WEBHOOK}', 'bench', 'https://hooks.example.com', '{client.updated}', false, $1, '{}') on conflict do nothing`, [manager])
      await client.query(`insert into core.webhook_delivery (id, webhook_id, event_id, event, object, happened_at, state, attempts, tried_at, code)
        select gen_random_uuid(), '${WEBHOOK}', 'bench ' || n, 'client.updated', 'client', now() - n * interval '20 seconds', 'done', 1, now(), 200 from generate_series(1, ${DELIVERIES}) n`)
    }
    await client.query('vacuum (analyze) core.task, core.notification, core.webhook_delivery')
  } finally {
    client.release(true)
  }
}
