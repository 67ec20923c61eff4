import { randomUUID } from 'node:crypto'
import type pg from 'pg'
import { SYSTEM_CALLER } from '../src/access/caller.ts'
import { distribute } from '../src/intake/distribute.ts'
import { intakeSettings } from '../src/intake/intake-settings.ts'
import type { Strategy } from '../src/intake/pick.ts'
import { receive } from '../src/intake/receive.ts'
import type { Kartotek } from '../src/kartotek.ts'
import { recordsFor } from '../src/records/records.ts'
import { readSection, writeSection } from '../src/settings/section.ts'
import { openCore } from './build-data.ts'
import type { People } from './make-rows.ts'
import { p95, spread } from './samples.ts'
import { count, times, type Table } from './table.ts'

interface Known { client: string, name: string, phone: string, email: string }
/** Of the decisions of years, so that the caps and figures of today lie among them. */
const OLD_DECISIONS = 300_000

/** What comes in, until it has its owner: kept, its sender recognised among all clients, given to somebody by a rule. */
export async function benchIntake(table: Table, core: Kartotek, dataDir: string, people: People, quick: boolean): Promise<void> {
  const { db: { pool } } = core
  const items = quick ? 60 : 200
  const { rows: known } = await pool.query<Known>(`select c.id as client, c.name, p.value as phone, m.value as email from core.client c
    join core.contact_point p on p.client_id = c.id and p.kind = 'phone' join core.contact_point m on m.client_id = c.id and m.kind = 'email' where hashtext(c.id::text) % 97 = 0 order by md5(c.id::text) limit ${items}`)
  const pooled = people.others.slice(0, 10)
  await pool.query(`insert into core.user_role (user_id, role_id) select u, r.id from unnest($1::uuid[]) u cross join core.role r where r.key = 'manager' on conflict do nothing`, [pooled])
  await pool.query(`insert into core.intake_decision (id, item_id, at, code, user_id) select gen_random_uuid(), gen_random_uuid(), now() - n * interval '5 minutes' - interval '2 days', 'assigned', ($1::uuid[])[1 + n % 10]
    from generate_series(1, $2 - (select count(*)::int from core.intake_decision)) n`, [pooled, OLD_DECISIONS])
  await pool.query('analyze core.intake_decision')
  await benchCallers(table, core, known)
  const other = await openCore(dataDir, true)
  try {
    for (const [strategy, name] of [['turns', 'in turn'], ['fewest', 'to who has least to do']] as const) {
      await setRule(core, strategy, pooled)
      const taken: number[] = []
      for (let i = -3; i < items; i++) {
        const start = performance.now()
        await handle(core, i, known)
        if (i >= 0) taken.push(performance.now() - start)
      }
      const plain = await plainItems(pool, items, known)
      const ours = 1000 * items / taken.reduce((a, b) => a + b)
      table.add(`receive, recognise and distribute ${name}`, `${count(ours)} items/s, ${spread(taken)}`, `half of them of known clients; plain INSERT of the same rows and a look at the keys: ${count(plain)} items/s = ${times(ours / plain)}`, 'p95 ≤ 100 ms', p95(taken) <= 100)
    }
    await setRule(core, 'turns', pooled)
    const start = performance.now()
    const ids = (await Promise.all([core, other].map(async (node, half) => {
      const done: string[] = []
      for (let i = half; i < items; i += 2) done.push(await handle(node, i, known))
      return done
    }))).flat()
    const seconds = (performance.now() - start) / 1000
    const { rows: [once] } = await pool.query<{ n: number }>(`select count(*)::int as n from (select item_id from core.intake_decision where item_id = any($1::uuid[]) and code = 'assigned' group by 1 having count(*) = 1) x`, [ids])
    table.add('… by two engines at once', `${count(items / seconds)} items/s`, `${count(once!.n)} of ${count(items)} given to exactly one`, 'each once', once!.n === items)
  } finally {
    // Nothing of it is left for the servers of the next run to do.
    await pool.query(`update core.intake_item set state = 'declined', decline_reason = 'other', handled_at = now(), answer_due = null where state = 'new'`)
    await pool.query('update core.event set dispatched_at = now() where dispatched_at is null')
    await other.end()
  }
}

async function handle(core: Kartotek, i: number, known: readonly Known[]): Promise<string> {
  const one = known[Math.abs(i) % known.length]!
  const sender = i % 2 ? { person: 'Пётр Незнакомцев', company: `Новая ${i}`, points: [{ kind: 'phone', value: `+7999${String(Date.now() % 10_000_000).padStart(7, '0')}` }, { kind: 'email', value: `new${Date.now()}@example.com` }] }
    : { company: one.name, points: [{ kind: 'phone', value: one.phone }, { kind: 'email', value: one.email }] }
  const { id } = await receive(core.engine, SYSTEM_CALLER, { channel: 'form', source: 'bench', externalId: randomUUID(), text: 'Нужны окна, перезвоните', ...sender, raw: '{"from":"bench"}' })
  await distribute({ engine: core.engine, country: () => 'RU' }, id)
  return id
}

async function setRule({ engine }: Kartotek, strategy: Strategy, pool: readonly string[]): Promise<void> {
  const { version } = await readSection(engine.db, intakeSettings)
  await writeSection(engine.db, intakeSettings, SYSTEM_CALLER, version, (settings) => ({
    ...settings, known: { ...settings.known, toResponsible: true },
    rules: [{ id: randomUUID(), name: 'bench', active: true, condition: null, strategy, pool: pool.map((user) => ({ user, weight: 1, cap: 1_000_000 })), atWork: false, answerMinutes: 30, late: 'queue' as const }],
  }))
}

/** Items a second where nothing is decided: what came in, its points, one look at the keys, its owner, five lines of the logs. */
async function plainItems(pool: pg.Pool, items: number, known: readonly Known[]): Promise<number> {
  const client = await pool.connect()
  const start = performance.now()
  try {
    for (let i = 0; i < items; i++) {
      const [id, set, one] = [randomUUID(), randomUUID(), known[i % known.length]!]
      await client.query('begin')
      await client.query(`insert into core.intake_item (id, version, search, heading, state, channel, source, received_at, company, text) values ($1, 1, 'x', $2, 'declined', 'form', 'bench', now(), $2, 'Нужны окна, перезвоните')`, [id, one.name])
      await client.query(`insert into core.intake_point (id, version, item_id, position, kind, value, key) values (gen_random_uuid(), 1, $1, 0, 'phone', $2, $2), (gen_random_uuid(), 1, $1, 1, 'email', $3, $3)`, [id, one.phone, one.email])
      await client.query('commit')
      await client.query('begin')
      const { rows: [found] } = await client.query<{ owner: string }>(`select c.owner_id as owner from core.contact_point p join core.client c on c.id = p.client_id where p.key = $1 limit 1`, [one.phone])
      await client.query(`update core.intake_item set owner_id = $2 where id = $1`, [id, found?.owner])
      await client.query(`insert into core.change_set (id, at, actor_kind, actor_id, actor_name, origin, object, records, flags) values ($1, now(), 'system', 'bench', 'bench', 'system', 'intakeItem', 1, '{}')`, [set])
      await client.query(`insert into core.change (id, change_set_id, object, record_id, root_object, root_id, action, version, fields, after) values ($1, $2, 'intakeItem', $3, 'intakeItem', $3, 'create', 1, '{company}', '{"company":"x"}')`, [randomUUID(), set, id])
      await client.query(`insert into core.intake_decision (id, item_id, code) select gen_random_uuid(), $1, 'received' from generate_series(1, 3)`, [id])
      await client.query('commit')
    }
  } finally {
    client.release(true)
  }
  return items / (performance.now() - start) * 1000
}

/** Who calls, by his number alone, among all contact points: what telephony asks while the telephone rings. Half of them nobody knows. */
async function benchCallers(table: Table, core: Kartotek, known: Known[]): Promise<void> {
  const records = recordsFor(core.engine, SYSTEM_CALLER.actor)
  const { rows: [points] } = await core.db.pool.query<{ n: number }>('select count(*)::int as n from core.contact_point')
  const taken: number[] = []
  let found = 0
  for (const [i, { phone }] of known.entries()) {
    const start = performance.now()
    const who = await records.recognise([{ kind: 'phone', value: i % 2 ? phone : `+35850${String(9_000_000 + i)}` }])
    taken.push(performance.now() - start)
    if (who) found++
  }
  table.add('recognise who calls', spread(taken), `${count(found)} of ${count(known.length)} known, among ${count(points!.n)} contact points`, 'p95 ≤ 300 ms', p95(taken) <= 300)
}
