import type pg from 'pg'
import { encodeCursor } from '../src/records/order.ts'
import { SINCE } from './make-rows.ts'
import { plainStatement, sameAnswer, type QueryName } from './plain-queries.ts'
import type { Session } from './server.ts'
import { ms, percentile, times, type Table } from './table.ts'

/** One of the fifteen. `variables` differ from run to run, so that not one page is read again and again. */
export interface BenchQuery { name: QueryName, selectivity: string, indexed: boolean, query: string, variables(i: number): object }

const NODES = '{ nodes { id name code industry createdAt } pageInfo { hasNextPage endCursor } }'
const clients = (given: string, types: string, total = ''): string => `query ($first: Int!${types}) { clients(first: $first, ${given}) ${total || NODES} }`
const day = (i: number): string => new Date(SINCE + (i * 97 % 1000) * 86_400_000).toISOString().slice(0, 10)
const FRAGMENTS = ['тех', 'орд', 'лид', 'ива', 'кед', 'смо', 'гор', 'рес', 'мар', 'ним', 'щер', 'юрь']

/** Values that the queries ask for, read from the data themselves. */
export async function queryPlans(pool: pg.Pool, managerId: string): Promise<BenchQuery[]> {
  const { rows: [total] } = await pool.query<{ n: number }>('select count(*)::int as n from core.client')
  const n = total!.n
  const deep: Record<string, { after: string }[]> = {}
  // Cursors in the middle of the whole list; of the manager's rows so much the same part lies behind them.
  const { rows } = await pool.query<{ id: string, name: string }>(`select id, name from core.client order by name collate "ru-x-icu", id offset $1 limit 12`, [Math.floor(n / 2)])
  deep.cursors = rows.map((r) => ({ after: encodeCursor({ values: [r.name], id: r.id }) }))
  const industries = (await pool.query<{ industry: string }>('select industry from core.client where industry is not null group by 1 order by count(*), 1 limit 6')).rows.map((r) => r.industry)
  const phones = (await pool.query<{ key: string }>(`select p.key from core.contact_point p join core.client c on c.id = p.client_id where p.kind = 'phone' and c.owner_id = $1 limit 12`, [managerId])).rows.map((r) => r.key.slice(4, 11))
  const codes = Array.from({ length: 12 }, (_, i) => `K${String(7 + 2000 * (i * 7919 % (n / 2000))).padStart(7, '0')}`)
  const at = <T>(list: readonly T[], i: number): T => list[i % list.length]!
  return [
    { name: 'filter on an indexed text', selectivity: 'one of its values, 2–6 %', indexed: true, query: clients('filter: { industry: { eq: $v } }', ', $v: String!'), variables: (i) => ({ v: at(industries, i) }) },
    { name: 'filter on a field without index', selectivity: '0.06 %', indexed: false, query: clients('filter: { custom: { integer2: { eq: $v } } }', ', $v: Decimal!'), variables: (i) => ({ v: String(i * 37 % 1000) }) },
    { name: 'range of dates', selectivity: '30 days of three years, 2.7 %', indexed: true, query: clients('filter: { enteredOn: { gte: $a, lt: $b } }', ', $a: Date!, $b: Date!'), variables: (i) => ({ a: day(i), b: new Date(Date.parse(day(i)) + 30 * 86_400_000).toISOString().slice(0, 10) }) },
    { name: 'sort by text in its alphabet', selectivity: 'all', indexed: true, query: clients('orderBy: [{ field: name }]', ''), variables: () => ({}) },
    { name: 'filter and sort', selectivity: 'half of all, newest first', indexed: true, query: clients('filter: { lifecycle: { eq: "active" } }, orderBy: [{ field: createdAt, direction: DESC }]', ''), variables: () => ({}) },
    { name: 'search for three letters', selectivity: '0.1–10 %', indexed: true, query: clients('search: $v', ', $v: String!'), variables: (i) => ({ v: at(FRAGMENTS, i) }) },
    { name: 'search for seven digits of a phone', selectivity: '1–3 records', indexed: true, query: clients('search: $v', ', $v: String!'), variables: (i) => ({ v: at(phones, i) }) },
    { name: 'deep cursor by name', selectivity: 'middle of all', indexed: true, query: clients('orderBy: [{ field: name }], after: $after', ', $after: String!'), variables: (i) => at(deep.cursors!, i) },
    {
      name: 'orders by a field of their client', selectivity: '2 orders', indexed: true, variables: (i) => ({ v: at(codes, i) }),
      query: 'query ($first: Int!, $v: String!) { orders(first: $first, filter: { client: { code: { eq: $v } } }) { nodes { id number subject total { amount currency } client { id name } } } }',
    },
    { name: 'clients that have an order over a sum', selectivity: '0.05 %', indexed: true, query: clients('filter: { orders: { some: { total: { gt: "2000000" } } } }', ''), variables: () => ({}) },
    { name: 'filter on a custom field', selectivity: '1 %', indexed: true, query: clients('filter: { custom: { select1: { eq: "platinum" } } }, orderBy: [{ field: custom_integer1 }]', ''), variables: () => ({}) },
    { name: 'total count', selectivity: 'all', indexed: true, query: 'query ($first: Int!) { clients(first: $first) { total { value exact } } }', variables: () => ({}) },
    { name: 'count and sum by stage', selectivity: 'all orders', indexed: false, query: 'query { orderAggregate(groupBy: [{ field: stage }], measures: [{ function: COUNT }, { function: SUM, field: total }]) { keys { label } values { value currency } } }', variables: () => ({}) },
    { name: 'sum by month', selectivity: 'all orders', indexed: false, query: 'query { orderAggregate(groupBy: [{ field: orderedOn, by: MONTH }], measures: [{ function: SUM, field: total }]) { keys { value } values { value currency } } }', variables: () => ({}) },
    { name: 'ten clients that brought most', selectivity: 'all orders', indexed: false, query: 'query { orderAggregate(groupBy: [{ field: client }], measures: [{ function: SUM, field: total }], first: 10) { keys { value label } values { value currency } } }', variables: () => ({}) },
  ]
}

export type Times = Map<string, { p50: number, p95: number, plain: number }>

/** Each query as administrator and as manager, from request to answer, and in turn with it plain SQL of the same answer. */
export async function timeQueries(plans: readonly BenchQuery[], sessions: Record<string, Session>, pool: pg.Pool, managerId: string, quick: boolean): Promise<Times> {
  const result: Times = new Map()
  for (const plan of plans) {
    for (const [who, session] of Object.entries(sessions)) {
      const taken: number[] = [], plain: number[] = []
      const rounds = plan.indexed ? 40 : quick ? 6 : 8
      const until = performance.now() + (quick ? 2_500 : 12_000)
      for (let i = -2; i < rounds && (i < 4 || performance.now() < until); i++) {
        const variables = plan.variables(i + 2)
        const statement = plainStatement(plan.name, variables, who === 'manager' ? managerId : null)
        let data: object, rows: Record<string, unknown>[]
        const api = async (): Promise<void> => { data = await session.ask(plan.query, plan.query.includes('$first') ? { first: 50, ...variables } : {}) }
        const sql = async (): Promise<void> => { ({ rows } = await pool.query(statement)) }
        // Whoever asks second finds the pages warm: they take turns.
        for (const [work, samples] of i % 2 ? [[api, taken], [sql, plain]] as const : [[sql, plain], [api, taken]] as const) {
          const start = performance.now()
          await work()
          if (i >= 0) samples.push(performance.now() - start)
        }
        if (!sameAnswer(data!, rows!)) throw new Error(`Plain SQL answers «${plan.name}» of the ${who} otherwise than the API.`)
      }
      result.set(`${plan.name}|${who}`, { p50: percentile(taken, 0.5), p95: percentile(taken, 0.95), plain: percentile(plain, 0.5) })
    }
  }
  return result
}

export function addQueries(table: Table, plans: readonly BenchQuery[], now: Times, before: Times | null): void {
  for (const plan of plans) {
    for (const who of ['administrator', 'manager']) {
      const { p50, p95, plain } = now.get(`${plan.name}|${who}`)!
      const was = before?.get(`${plan.name}|${who}`)
      const goal = plan.indexed ? 50 : 1_200
      // Below a few milliseconds the ratio says more about the neighbours than about the index.
      const grown = was && plan.indexed ? Math.max(p50, 5) / Math.max(was.p50, 5) : null
      table.add(`${plan.name}, ${who}`, `p50 ${ms(p50)}, p95 ${ms(p95)}`, `plain SQL ${ms(plain)} = ${times(p50 / plain)}; ${plan.selectivity}${was ? `; at 100 000: p50 ${ms(was.p50)}` : ''}${grown === null ? '' : `, ${times(grown)}`}`,
        `${plan.indexed ? 'indexed, p95 ≤ 50 ms' : 'p95 ≤ 1.2 s'}${grown === null ? '' : ', growth ≤ 1.5 ×'}`, p95 <= goal && (grown === null || grown <= 1.5))
    }
  }
}
