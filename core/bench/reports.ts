import type pg from 'pg'
import { SINCE, stepOf } from './make-rows.ts'
import { p95, samples, spread } from './samples.ts'
import type { Session } from './server.ts'
import { count, type Table } from './table.ts'

const COMPLETENESS = `query ($filter: JSON) { completenessReport(filter: $filter, groupBy: OWNER) { groups { key label clients complete mean cells { kind filled empty } } total { clients complete mean } } }`
const WORK = 'query ($from: Date!, $to: Date!) { workReport(from: $from, to: $to) { person day calls letters meetings notes clients orders won wonSums { amount currency } } }'
/** Clients of one report. */
const MOST = 50_000
/** The last whole month of the data. */
const [FROM, TO] = ['2026-10-01', '2026-10-31']

/** The two reports, as who sees all and as who sees his own, beside statements that count the least of it. */
export async function benchReports(table: Table, pool: pg.Pool, sessions: Record<'administrator' | 'manager', Session>, managerId: string, clients: number, quick: boolean): Promise<void> {
  const rounds = quick ? 6 : 8
  const until = new Date(SINCE + (MOST - 500) * stepOf(clients)).toISOString()
  for (const [who, session] of Object.entries(sessions)) {
    const manager = who === 'manager'
    const filter = manager ? null : { createdAt: { lt: until } }
    const taken = await samples(rounds, () => session.ask(COMPLETENESS, { filter }), 15)
    const { total, groups } = (await session.ask(COMPLETENESS, { filter })).completenessReport
    const limit = await samples(rounds, () => pool.query(`select c.owner_id, count(*), count(*) filter (where exists (select 1 from core.contact_point p where p.client_id = c.id and p.kind = 'phone')),
      count(*) filter (where exists (select 1 from core.contact_point p where p.client_id = c.id and p.kind = 'email')), count(c.tax_id) from core.client c
      where ${manager ? `c.owner_id = '${managerId}'` : `c.created_at < '${until}'`} and c.trashed_at is null and c.archived_at is null group by 1`), 15)
    table.add(`report of how complete the clients are, ${who}`, spread(taken), `${count(total.clients)} clients of ${groups.length} people; plain SQL for three of its kinds ${spread(limit)}`, 'p95 ≤ 1.2 s', p95(taken) <= 1_200)
  }
  const { rows: [entries] } = await pool.query<{ n: string }>(`select greatest(reltuples, 0)::bigint as n from pg_class where oid = 'core.timeline_entry'::regclass`)
  for (const [who, session] of Object.entries(sessions)) {
    const own = who === 'manager' ? `and owner_id = '${managerId}'` : ''
    const taken = await samples(rounds, () => session.ask(WORK, { from: FROM, to: TO }), 15)
    const days = (await session.ask(WORK, { from: FROM, to: TO })).workReport as { orders: number, clients: number }[]
    if (who === 'administrator' && !days.some((day) => day.orders)) throw new Error('The report of the work shows none.')
    const limit = await samples(rounds, () => Promise.all([
      pool.query(`select owner_id, happened_at::date, kind, count(*) from core.timeline_entry where happened_at >= '${FROM}' and happened_at < '2026-11-01' and trashed_at is null ${own} group by 1, 2, 3`),
      pool.query(`select created_by, created_at::date, count(*) from core."order" where created_at >= '${FROM}' and created_at < '2026-11-01' and trashed_at is null ${own} group by 1, 2`),
      pool.query(`select created_by, created_at::date, count(*) from core.client where created_at >= '${FROM}' and created_at < '2026-11-01' and trashed_at is null ${own} group by 1, 2`),
      pool.query(`select owner_id, closed_at::date, stage_id, count(*), sum(total) from core."order" where closed_at >= '${FROM}' and closed_at < '2026-11-01' and trashed_at is null ${own} group by 1, 2, 3`),
    ]), 15)
    table.add(`report of a month of work, ${who}`, spread(taken), `${count(days.length)} days of people, ${count(Number(entries!.n))} timeline entries; plain SQL for the figures ${spread(limit)}`, 'p95 ≤ 1.2 s', p95(taken) <= 1_200)
  }
}
