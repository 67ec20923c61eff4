import { scan } from '../src/duplicates/queue.ts'
import type pg from 'pg'
import type { openCore } from './build-data.ts'
import { p95, samples, spread } from './samples.ts'
import type { Session } from './server.ts'
import { count, type Table } from './table.ts'

/** From which similarity on names are told to be alike. */
const LIMIT = `(select set_config('pg_trgm.similarity_threshold', '0.6', true) as set) l`
const ASK = 'query ($input: JSON!) { possibleDuplicates(object: "client", input: $input) { strength record { id title } reasons { kind } } }'

/** What a form asks while somebody types a client in who may be there already. */
export async function benchDuplicates(table: Table, pool: pg.Pool, sessions: Record<'administrator' | 'manager', Session>, quick: boolean): Promise<void> {
  const { rows } = await pool.query<{ name: string, tax_id: string, phone: string, email: string }>(`select c.name, c.tax_id, p.value as phone, m.value as email from core.client c
    join core.contact_point p on p.client_id = c.id and p.kind = 'phone' join core.contact_point m on m.client_id = c.id and m.kind = 'email'
    where c.kind = 'organisation' and c.tax_id is not null and hashtext(c.id::text) % 97 = 0 order by md5(c.id::text) limit 60`)
  if (rows.length < 40) throw new Error('These data were made by an older bench: give another --data.')
  const keys = (await pool.query<{ n: string }>(`select reltuples::bigint as n from pg_class where oid = 'core.match_key'::regclass`)).rows[0]!.n
  const at = (i: number) => rows[i % rows.length]!
  const point = (kind: string, value: string) => ({ contactPoints: [{ kind, value }] })
  const mistyped = (name: string): string => name.replace(/\p{L}(?=\P{L}*$)/u, '')
  const cases: { name: string, input(i: number): object, plain(i: number): [string, unknown[]] }[] = [
    { name: 'by phone', input: (i) => point('phone', at(i).phone), plain: (i) => [`select k.record_id, c.name from core.match_key k join core.client c on c.id = k.record_id where k.object = 'client' and k.kind = 'phone' and k.key = $1 limit 21`, [at(i).phone]] },
    { name: 'by tax number', input: (i) => ({ taxId: { value: at(i).tax_id, country: 'RU' } }), plain: (i) => [`select k.record_id, c.name from core.match_key k join core.client c on c.id = k.record_id where k.object = 'client' and k.kind = 'taxId' and k.key = $1 limit 21`, [`RU:${at(i).tax_id}`]] },
    {
      name: 'by a name with a letter missing', input: (i) => ({ name: mistyped(at(i).name) }),
      plain: (i) => [`select k.record_id, c.name from ${LIMIT} cross join lateral (select k.record_id from core.match_key k where l.set is not null and k.object = 'client' and k.kind = 'name' and k.key % $1 order by k.key <-> $1 limit 10) k join core.client c on c.id = k.record_id`, [mistyped(at(i).name).toUpperCase()]],
    },
  ]
  const rounds = quick ? 20 : 40
  for (const { name, input, plain } of cases) {
    for (const [who, session] of Object.entries(sessions)) {
      let found = 0
      const taken = await samples(rounds, async (i) => { found += (await session.ask(ASK, { input: input(i) })).possibleDuplicates.length ? 1 : 0 })
      if (who === 'administrator' && !found) throw new Error(`Nothing was found ${name}.`)
      const limit = await samples(rounds, (i) => pool.query(...plain(i)))
      table.add(`possible duplicates ${name}, ${who}`, spread(taken), `of ${count(Number(keys))} keys; plain SQL ${spread(limit)}`, 'indexed, p95 ≤ 50 ms', p95(taken) <= 50)
    }
  }
}

/** The screening of all clients in the background, as the job of each minute does it, a few seconds of it. */
export async function benchScreening(table: Table, core: Awaited<ReturnType<typeof openCore>>, quick: boolean): Promise<void> {
  const { engine, db: { pool } } = core
  const rules = await engine.matchRules(engine.db)
  const { rows: [start] } = await pool.query<{ id: string }>('select id from core.client order by id offset (select reltuples::bigint / 3 from pg_class where oid = \'core.client\'::regclass) limit 1')
  for (const [stage, name, goal] of [['keys', 'by equal keys', 400], ['similar', 'by similar names', 40]] as const) {
    await pool.query('truncate core.duplicate_pair')
    await pool.query(`update core.duplicate_scan set stage = $1, cursor = $2, done = 0, finished_at = null where object = 'client'`, [stage, start!.id])
    const began = performance.now()
    let done = 0
    for (let state = { done: 0, stage: stage as string }; state.stage === stage && performance.now() - began < (quick ? 4_000 : 12_000);) {
      await scan(engine, 'client', rules, 1, async () => undefined)
      state = (await pool.query<typeof state>(`select done, stage from core.duplicate_scan where object = 'client' and finished_at is null`)).rows[0] ?? { done: 0, stage: 'over' }
      if (state.stage === stage) done = state.done
    }
    const seconds = (performance.now() - began) / 1000
    const { rows: [kept] } = await pool.query<{ pairs: number }>('select count(*)::int as pairs from core.duplicate_pair')
    const plain = await plainScreening(pool, stage, start!.id, Math.min(done, stage === 'keys' ? 2_000 : 100))
    const ours = done / seconds
    table.add(`background screening ${name}`, `${count(ours)} clients/s`, `${count(done)} clients, ${count(kept!.pairs)} pairs; plain SQL over the same keys, nothing judged or kept: ${count(plain)} clients/s`, `≥ ${goal} clients/s`, ours >= goal)
  }
  await pool.query(`update core.duplicate_scan set stage = 'similar', cursor = null, done = (select reltuples::bigint from pg_class where oid = 'core.client'::regclass), finished_at = now() where object = 'client'`)
}

async function plainScreening(pool: pg.Pool, stage: 'keys' | 'similar', after: string, rows: number): Promise<number> {
  const other = stage === 'keys' ? 'select k.record_id from core.match_key k where k.object = w.object and k.kind = w.kind and k.key = w.key and k.record_id <> w.record_id limit 21'
    : `select k.record_id from core.match_key k where l.set is not null and k.object = 'client' and k.kind = 'name' and k.key % w.key and k.key <> w.key order by k.key <-> w.key limit 10`
  const began = performance.now()
  await pool.query(`select count(*) from (select id from core.client where id > $1 order by id limit ${rows}) c join core.match_key w on w.record_id = c.id ${stage === 'similar' ? `and w.kind = 'name' cross join ${LIMIT}` : ''} cross join lateral (${other}) m`, [after])
  return rows / (performance.now() - began) * 1000
}
