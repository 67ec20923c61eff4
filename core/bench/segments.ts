import type pg from 'pg'
import { SINCE, SPAN } from './make-rows.ts'
import { p95, samples, spread } from './samples.ts'
import type { Session } from './server.ts'
import { count, type Table } from './table.ts'

const DAY = 86_400_000
const FIRST = 'query ($filter: ClientFilter) { clients(first: 50, filter: $filter) { nodes { id name code industry createdAt } pageInfo { hasNextPage } } }'
const WON = `r.stage_id = any(array(select s.id from core.stage s where s.kind = 'won'))`

/** A segment in a segment, its count and its page, and conditions on how many orders a client has and what they come to. */
export async function benchSegments(table: Table, pool: pg.Pool, sessions: Record<'administrator' | 'manager', Session>, managerId: string, quick: boolean): Promise<void> {
  // The data end three years after they began, whenever the bench runs: the last ninety days are those of the data.
  const since = Math.ceil((Date.now() - (SINCE + SPAN - 90 * DAY)) / DAY)
  const make = async (name: string, filter: object): Promise<string> =>
    (await sessions.administrator.ask('mutation ($input: SegmentInput!) { createSegment(object: "client", input: $input) { id } }', { input: { name: `bench ${name}`, filter, sharing: { everybody: true } } })).createSegment.id
  await pool.query(`update core.segment set trashed_at = now() where name like 'bench %'`)
  const large = await make('large', { orders: { some: { total: { gt: '300000' } } } })
  const buyers = await make('buyers', { and: [{ inSegment: [large] }, { orders: { some: { stage: { kind: ['WON'] }, orderedOn: { lastDays: since } } } }] })
  const recent = `exists (select 1 from core."order" r where r.client_id = c.id and r.trashed_at is null and ${WON} and r.ordered_on >= current_date - ${since})`
  const big = `exists (select 1 from core."order" r where r.client_id = c.id and r.trashed_at is null and r.total > 300000)`
  const cases: { name: string, filter: object, plain: string, indexed: boolean }[] = [
    { name: 'segment in a segment (bought in the last 90 days, an order over 300 000)', filter: { inSegment: [buyers] }, plain: `${big} and ${recent}`, indexed: true },
    { name: 'clients with two orders won', filter: { orders: { count: { where: { stage: { kind: ['WON'] } }, gte: 2 } } }, indexed: false, plain: `c.id in (select r.client_id from core."order" r where r.trashed_at is null and ${WON} group by 1 having count(*) >= 2)` },
    { name: 'clients whose orders come to a million', filter: { orders: { sum: [{ field: 'total', gte: '1000000' }] } }, indexed: false, plain: `c.id in (select r.client_id from core."order" r where r.trashed_at is null and r.total__currency = 'RUB' group by 1 having sum(r.total) >= 1000000)` },
  ]
  for (const { name, filter, plain, indexed } of cases) {
    for (const [who, session] of Object.entries(sessions)) {
      const own = who === 'manager' ? `c.owner_id = '${managerId}' and` : ''
      const from = `from core.client c where ${own} c.trashed_at is null and c.archived_at is null and ${plain}`
      const rounds = indexed ? (quick ? 15 : 40) : quick ? 4 : 6
      const counted = await samples(rounds, () => session.ask('query ($filter: JSON!) { filterCount(object: "client", filter: $filter) { value exact } }', { filter }))
      const paged = await samples(rounds, () => session.ask(FIRST, { filter }))
      const limit = await samples(rounds, () => pool.query(`select count(*) from (select 1 ${from} limit 10001) x`), 2)
      const page = await samples(rounds, () => pool.query(`select c.id, c.name, c.code, c.industry, c.created_at ${from} order by c.id desc limit 51`), 2)
      const { value, exact } = (await session.ask('query ($filter: JSON!) { filterCount(object: "client", filter: $filter) { value exact } }', { filter })).filterCount
      const goal = indexed ? 50 : 1_200
      const words = indexed ? 'indexed, p95 ≤ 50 ms' : 'p95 ≤ 1.2 s'
      table.add(`${name}, ${who}: how many`, spread(counted), `${exact ? '' : 'about '}${count(value)}; plain SQL ${spread(limit)}`, words, p95(counted) <= goal)
      table.add(`… first page`, spread(paged), `plain SQL ${spread(page)}`, words, p95(paged) <= goal)
    }
  }
}
