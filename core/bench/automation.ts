import { randomUUID } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import type pg from 'pg'
import { due, lookOf } from '../src/automation/clock.ts'
import type { Rule, Trigger } from '../src/automation/rule.ts'
import type { Kartotek } from '../src/kartotek.ts'
import { p95, samples, spread } from './samples.ts'
import type { Session } from './server.ts'
import { count, ms, percentile, times, type Table } from './table.ts'

/** Records of which the runs are noted at once. */
const PAGE = 5_000
const NOWHERE = '00000000-0000-0000-0000-000000000000'

/** From a change until the rule that waits for it has done what it does. */
export async function benchAutomation(table: Table, pool: pg.Pool, admin: Session, quick: boolean): Promise<void> {
  const mark = Date.now().toString(36)
  const { createAutomationRule: { id: rule } } = await admin.ask('mutation ($input: AutomationRuleInput!) { createAutomationRule(input: $input) { id } }', {
    input: { name: `bench ${mark}`, object: 'client', active: true, trigger: { on: 'changed', fields: ['territory'] }, actions: [{ do: 'set', field: 'source', value: `rule ${mark}` }] },
  })
  try {
    const many = quick ? 300 : 1_000
    const { rows } = await pool.query<{ id: string }>(`select id from core.client where hashtext(id::text) % 7 = 0 and trashed_at is null order by id limit ${many + 20}`)
    const ids = rows.map((row) => row.id)
    if (ids.length < many + 20) throw new Error('There are too few clients for this.')
    const change = (of: string[], to: string) => admin.ask('mutation ($ids: [ID!]!, $input: ClientUpdateInput!) { updateClients(ids: $ids, input: $input) { __typename } }', { ids: of, input: { territory: to } })
    const ran = async (n: number): Promise<void> => {
      for (const until = performance.now() + 120_000; (await pool.query<{ n: number }>(`select count(*)::int as n from core.automation_run where rule_id = $1 and state = 'done'`, [rule])).rows[0]!.n < n; await sleep(4)) {
        if (performance.now() > until) throw new Error('The rule did not run for all changes.')
      }
    }
    const single: number[] = []
    for (const [i, id] of ids.slice(many).entries()) {
      await change([id], `s${mark.slice(-4)}${i}`)
      const start = performance.now()
      await ran(i + 1)
      if (i >= 3) single.push(performance.now() - start)
    }
    table.add('a rule, from one change to its effect', spread(single), '', 'p95 ≤ 1 s', p95(single) <= 1_000)
    const start = performance.now()
    for (let i = 0; i < many; i += 500) await change(ids.slice(i, Math.min(i + 500, many)), `b${mark.slice(-4)}`)
    const changed = (performance.now() - start) / 1000
    await ran(ids.length)
    const seconds = (performance.now() - start) / 1000
    const plain = await plainEffects(pool, ids.slice(0, many))
    const ours = many / seconds
    table.add(`a rule over ${count(many)} changes at once, from change to effect`, `${count(ours)} events/s = ${times(ours / plain)}`, `the changes alone took ${changed.toFixed(1)} s of ${seconds.toFixed(1)} s; plain pg, the same rows one by one: ${count(plain)} events/s`, '≥ 50 events/s', ours >= 50)
  } finally {
    await admin.ask('mutation ($id: ID!) { deleteAutomationRule(id: $id) }', { id: rule })
  }
}

/** The change and what the rule does about it, each with its history, as plain transactions. */
async function plainEffects(pool: pg.Pool, ids: readonly string[]): Promise<number> {
  const client = await pool.connect()
  const start = performance.now()
  try {
    for (const id of ids) {
      for (const field of ['territory', 'source']) {
        const set = randomUUID()
        await client.query('begin')
        await client.query(`update core.client set ${field} = $2, version = version + 1, updated_at = now() where id = $1`, [id, `plain ${set.slice(0, 8)}`])
        await client.query(`insert into core.change_set (id, at, actor_kind, actor_id, actor_name, origin, object, records, flags) values ($1, now(), 'user', 'bench', 'bench', 'web', 'client', 1, '{}')`, [set])
        await client.query(`insert into core.change (id, change_set_id, object, record_id, root_object, root_id, action, version, fields, after) values ($1, $2, 'client', $3, 'client', $3, 'update', 2, '{source}', '{"source":"x"}')`, [randomUUID(), set, id])
        await client.query('commit')
      }
    }
  } finally {
    client.release(true)
  }
  return ids.length / (performance.now() - start) * 1000
}

/** What the clock looks for each minute or day, without acting: how long the first page of it takes, and how long where all of it was acted on. */
export async function benchClock(table: Table, { engine, db: { pool } }: Kartotek, quick: boolean): Promise<void> {
  const cases: { name: string, object: string, trigger: Trigger, condition: Rule['condition'], plain: string, handled: number }[] = [
    { name: 'stuck for a month', object: 'order', trigger: { on: 'stuck', hours: 720 }, condition: null, handled: 300_000, plain: `select id from core."order" where stage_id = any(array(select id from core.stage where kind = 'open')) and stage_entered_at < now() - interval '30 days' order by id limit 200` },
    { name: 'stuck beyond the norm', object: 'order', trigger: { on: 'stuck' }, condition: null, handled: 300_000, plain: `select id from core."order" where stage_id = any(array(select id from core.stage where kind = 'open')) and stage_entered_at < now() - interval '10 days' order by id limit 200` },
    { name: 'no contact for 30 days and nothing to do next', object: 'client', trigger: { on: 'schedule', every: 'day', time: '00:00' }, condition: { and: [{ noContactDays: 30 }, { withoutNextStep: true }] }, handled: 100_000, plain: 'select c.id from core.client c where not exists (select 1 from core.timeline_entry e where e.subject_id = c.id and e.happened_at > now() - interval \'30 days\') order by id limit 200' },
    { name: 'a date 365 days ago', object: 'client', trigger: { on: 'date', field: 'enteredOn', days: 365, time: '00:00' }, condition: null, handled: 300_000, plain: 'select id from core.client where entered_on = current_date - 365 order by id limit 200' },
    { name: 'a date each year', object: 'client', trigger: { on: 'date', field: 'enteredOn', days: 0, time: '00:00', yearly: true }, condition: null, handled: 300_000, plain: `select id from core.client where to_char(entered_on, 'MM-DD') = to_char(current_date, 'MM-DD') order by id limit 200` },
    { name: 'a moment 365 days ago', object: 'client', trigger: { on: 'date', field: 'createdAt', days: 365, time: '00:00' }, condition: null, handled: 300_000, plain: `select id from core.client where created_at >= current_date - 365 and created_at < current_date - 364 order by id limit 200` },
  ]
  for (const { name, object, trigger, condition, plain, handled } of cases) {
    const rule: Rule = { id: randomUUID(), name: `bench ${name}`, object, active: false, trigger, condition, actions: [], version: 1, problem: null, activeSince: new Date() }
    await pool.query(`insert into core.automation_rule (id, name, object, active, trigger, condition, actions) values ($1, $2, $3, false, $4, $5, '[]')`, [rule.id, rule.name, object, JSON.stringify(trigger), condition ? JSON.stringify(condition) : null])
    try {
      const look = await lookOf(engine, rule, new Date())
      const first = await samples(quick ? 4 : 6, () => due(engine, rule, look, NOWHERE, 200), 12)
      // As many as a rule has acted on by now: they are what the next looks have to pass over.
      let done = 0
      for (let after = NOWHERE; done < handled;) {
        const { rows, last } = await due(engine, rule, look, after, PAGE)
        await pool.query(`insert into core.automation_run (id, rule_id, key, object, record_id, cause, state) select gen_random_uuid(), $1, k, $2, r, '{}', 'done' from unnest($3::text[], $4::uuid[]) x(k, r)`, [rule.id, object, rows.map((row) => row.key), rows.map((row) => row.id)])
        if (!done) await pool.query('analyze core.automation_run')
        done += rows.length
        if (last === null) break
        after = last
      }
      // As the clock does when it acted on many.
      await pool.query('analyze core.automation_run')
      const again = await samples(quick ? 4 : 6, () => due(engine, rule, look, NOWHERE, 200), 12)
      const limit = await samples(4, () => pool.query(plain), 12)
      table.add(`rule of the clock: ${name}`, `first look ${spread(first)}; after ${count(done)} of them ${spread(again)}`, `plain SQL, nothing remembered: p50 ${ms(percentile(limit, 0.5))}`, 'p95 ≤ 1.2 s', Math.max(p95(first), p95(again)) <= 1_200)
    } finally {
      await pool.query('delete from core.automation_rule where id = $1', [rule.id])
    }
  }
}
