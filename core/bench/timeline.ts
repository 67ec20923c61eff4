import type pg from 'pg'
import { indexesOf } from '../src/model/indexes.ts'
import { objectOf } from '../src/model/model.ts'
import { LOCALE } from './make-rows.ts'
import { openCore } from './build-data.ts'
import type { Session } from './server.ts'
import { count, ms, percentile, type Table } from './table.ts'

/** Entries of all clients together, however many these are; `--quick` makes fewer. And those of one that is written to for years. */
const ENTRIES = 10_000_000
const QUICK_ENTRIES = 1_000_000
const BUSY = 10_000
const WORDS = ['доставка', 'оплата', 'счёт', 'скидка', 'монтаж', 'окна', 'замер', 'договор', 'срок', 'рекламация', 'образец', 'отгрузка', 'акт', 'звонок', 'встреча', 'цена', 'цвет', 'гарантия', 'упаковка', 'склад']

/** Gives each client his entries, if they are not there yet. */
export async function buildTimeline(dataDir: string, clients: number, managerId: string, quick: boolean, say: (text: string) => void): Promise<void> {
  const entries = quick ? QUICK_ENTRIES : ENTRIES
  const each = Math.ceil(entries / clients)
  const core = await openCore(dataDir)
  const client = await core.db.pool.connect()
  try {
    const { rows: [there] } = await client.query<{ n: number }>(`select count(*)::int as n from (select 1 from core.timeline_entry limit $1) x`, [entries])
    if (there!.n >= entries) return
    say(`writing ${count(each * clients)} timeline entries`)
    await client.query(`set statement_timeout = 0; set maintenance_work_mem = '1GB'`)
    const indexes = indexesOf(core.engine.live.current.model, objectOf(core.engine.live.current.model, 'timelineEntry'), LOCALE)
    for (const { name } of indexes) await client.query(`drop index if exists core."${name}"`)
    await client.query('truncate core.timeline_entry cascade')
    const words = `array['${WORDS.join(`','`)}']`
    const word = (seed: string): string => `(${words})[1 + (hashtext(${seed}) & 1023) % ${WORDS.length}]`
    const text = `concat_ws(' ', ${Array.from({ length: 12 }, (_, i) => word(`c.id::text || n || '${i}'`)).join(', ')})`
    const insert = (from: string, to: string): string => `insert into core.timeline_entry (id, version, search, created_at, updated_at, owner_id, subject_id, subject_id__object, kind, happened_at, text, direction)
      select gen_random_uuid(), 1, replace(lower(t.text), 'ё', 'е'), at, at, c.owner_id, c.id, 'client', (array['note','call','letter','message','comment'])[1 + n % 5], at, t.text, 'in'
      from (${from}) c cross join generate_series(1, ${to}) n cross join lateral (select ${text} as text, now() - (n * interval '3 days') - (hashtext(c.id::text) & 8388607) * interval '1 second' as at) t`
    let after = '00000000-0000-0000-0000-000000000000'
    for (;;) {
      const { rows } = await client.query<{ id: string }>('select id from core.client where id > $1 order by id limit 50000', [after])
      if (!rows.length) break
      const last = rows.at(-1)!.id
      await client.query(insert(`select id, owner_id from core.client where id > '${after}' and id <= '${last}'`, String(each)))
      after = last
    }
    await client.query(insert(`select id, owner_id from core.client where owner_id = '${managerId}' order by id limit 1`, String(BUSY)))
    say('building their indexes')
    for (const index of indexes) await client.query(`create ${index.unique ? 'unique ' : ''}index "${index.name}" on core."${index.table}" ${index.definition}`)
    await client.query('vacuum (analyze) core.timeline_entry')
  } finally {
    client.release(true)
    await core.end()
  }
}

/** The history of a client, of the busiest one, and what somebody wrote in it. */
export async function benchTimeline(table: Table, pool: pg.Pool, sessions: Record<string, Session>, managerId: string, quick: boolean): Promise<void> {
  const { rows } = await pool.query<{ id: string }>('select id from core.client where owner_id = $1 order by id limit 41', [managerId])
  const [busy, ...others] = rows.map((row) => row.id) as [string, ...string[]]
  const { rows: [size] } = await pool.query<{ n: number }>(`select reltuples::bigint::int as n from pg_class where oid = 'core.timeline_entry'::regclass`)
  const query = 'query ($id: ID!, $kinds: [String!], $search: String) { timeline(object: "client", id: $id, kinds: $kinds, search: $search, first: 50) { nodes { kind at text author { name } record { id title } } hasNextPage } }'
  const cases: [string, (i: number) => object][] = [
    ['timeline of a client', (i) => ({ id: others[i % others.length] })], ['timeline of a client with ten thousand entries', () => ({ id: busy })],
    ['calls of that client', () => ({ id: busy, kinds: ['call'] })], ['words in that client\'s timeline', (i) => ({ id: busy, search: `${WORDS[i % WORDS.length]} ${WORDS[(i * 7 + 3) % WORDS.length]}` })],
  ]
  const round = async (session: Session, variables: (i: number) => object): Promise<number[]> => {
    const samples: number[] = []
    for (let i = -2; i < (quick ? 12 : 40); i++) {
      const start = performance.now()
      await session.ask(query, variables(i + 2))
      if (i >= 0) samples.push(performance.now() - start)
    }
    return samples
  }
  // Entries of many years lie all over the table: who is looked at for the first time since the start is read from the disk.
  const [[who, session]] = Object.entries(sessions) as [[string, Session]]
  const cold = await round(session, cases[0]![1])
  table.add(`first look at the timeline of a client since the start, ${who}`, `p50 ${ms(percentile(cold, 0.5))}, p95 ${ms(percentile(cold, 0.95))}`, `of ${count(size!.n)} entries`)
  for (const [name, variables] of cases) {
    for (const [who, session] of Object.entries(sessions)) {
      const samples = await round(session, variables)
      const p95 = percentile(samples, 0.95)
      table.add(`${name}, ${who}`, `p50 ${ms(percentile(samples, 0.5))}, p95 ${ms(p95)}`, `of ${count(size!.n)} entries`, 'p95 ≤ 50 ms', p95 <= 50)
    }
  }
}
