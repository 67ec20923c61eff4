import { decodeCursor } from '../src/records/order.ts'
import { LOCALE } from './make-rows.ts'

/** What somebody who knows the tables would write by hand. `own` begins the condition that leaves a manager what is his. */
interface PlainQuery { of: 'client' | 'order', text(own: string, manager: boolean): string, values?(variables: object): unknown[] }

const HERE = 'r.trashed_at is null and r.archived_at is null'
const ALPHABET = `collate "${LOCALE}-x-icu"`
const clients = (where: string, order = 'r.id desc'): Omit<PlainQuery, 'values'> =>
  ({ of: 'client', text: (own) => `select r.id, r.name, r.code, r.industry, r.created_at from core.client r where ${own} ${HERE} ${where && `and ${where}`} order by ${order} limit 51` })

const QUERIES = {
  'filter on an indexed text': clients('r.industry = $1'),
  'filter on a field without index': clients('r.x_integer2 = $1'),
  'range of dates': clients('r.entered_on >= $1 and r.entered_on < $2'),
  'sort by text in its alphabet': clients('r.name is not null', `r.name ${ALPHABET}, r.id`),
  'filter and sort': clients(`r.lifecycle = 'active'`, 'r.created_at desc, r.id desc'),
  'search for three letters': clients(`r.search like '%' || $1 || '%'`),
  'search for seven digits of a phone': clients(`r.search like '%' || $1 || '%'`),
  'deep cursor by name': { ...clients(`(r.name ${ALPHABET}, r.id) > ($1, $2)`, `r.name ${ALPHABET}, r.id`), values: (variables) => {
    const { values: [name], id } = decodeCursor((variables as { after: string }).after, 1)
    return [name, id]
  } },
  'orders by a field of their client': { of: 'order', text: (own) => `select r.id, r.number, r.subject, r.total, r.total__currency, c.id as client_id, c.name from core."order" r join core.client c on c.id = r.client_id
    where ${own} ${HERE} and c.trashed_at is null and c.code = $1 order by r.id desc limit 51` },
  'clients that have an order over a sum': clients('exists (select 1 from core."order" o where o.client_id = r.id and o.trashed_at is null and o.total > 2000000)'),
  'filter on a custom field': clients(`r.x_select1 = 'platinum'`, 'r.x_integer1, r.id'),
  // Above 10,000 the API answers with the planner's estimate, and so does this.
  'total count': { of: 'client', text: (own, manager) => (manager ? `select count(*) from core.client r where ${own} ${HERE}` : `explain (format json) select 1 from core.client r where ${HERE}`) },
  'count and sum by stage': { of: 'order', text: (own) => `select s.name->>'${LOCALE}' as stage, a.n, a.total, a.currency from (
    select r.stage_id, count(*) as n, sum(r.total) as total, r.total__currency as currency from core."order" r where ${own} ${HERE} group by 1, 4) a join core.stage s on s.id = a.stage_id order by 2 desc, a.stage_id limit 100` },
  'sum by month': { of: 'order', text: (own) => `select date_trunc('month', r.ordered_on::timestamp)::date as month, sum(r.total) as total, r.total__currency from core."order" r where ${own} ${HERE} group by 1, 3 order by 1 limit 100` },
  'ten clients that brought most': { of: 'order', text: (own) => `select a.client_id, c.name, a.total, a.currency from (
    select r.client_id, sum(r.total) as total, r.total__currency as currency from core."order" r where ${own} ${HERE} group by 1, 3 order by 2 desc nulls last limit 10) a
    join core.client c on c.id = a.client_id order by a.total desc, a.client_id` },
} satisfies Record<string, PlainQuery>

export type QueryName = keyof typeof QUERIES

/** The statement for these variables of the API; `managerId`: of whom it is asked, null for who sees all. */
export function plainStatement(name: QueryName, variables: object, managerId: string | null): { text: string, values: unknown[] } {
  const query: PlainQuery = QUERIES[name]
  const mine = `r.owner_id = '${managerId}'`
  const own = managerId === null ? '' : query.of === 'client' ? `${mine} and`
    // An order is also seen by whoever sees its client.
    : `(${mine} or r.client_id = any(array(select c.id from core.client c where c.owner_id = '${managerId}' and c.trashed_at is null))) and`
  return { text: query.text(own, managerId !== null), values: query.values?.(variables) ?? Object.values(variables) }
}

type Page = { nodes: { id: string }[] }
type Group = { keys: { value?: unknown, label?: string }[], values: { value: unknown, currency: string | null }[] }

/**
 * Whether the rows hold what the API answered: the same records in the same order, the same figures. Where groups come to
 * the same amount as the last one shown, either may show others of them.
 */
export function sameAnswer(data: object, rows: Record<string, unknown>[]): boolean {
  const [answer] = Object.values(data) as [Group[] | Page | { total: { value: number } }]
  const [figures, found] = [figuresOf(answer), rowsOf(answer, rows)]
  if (!Array.isArray(answer)) return JSON.stringify(figures) === JSON.stringify(found)
  const [groups, plain] = [figures as unknown[][], found as unknown[][]]
  const amounts = (row: unknown[]): string => JSON.stringify(row.slice(-answer[0]!.values.flatMap((v) => [v.value, v.currency]).filter((v) => v != null).length))
  return groups.length === plain.length && groups.every((row, i) => amounts(row) === amounts(plain[i]!)
    && (JSON.stringify(row) === JSON.stringify(plain[i]) || amounts(row) === amounts(groups.at(-1)!)))
}

function figuresOf(answer: Group[] | Page | { total: { value: number } }): unknown {
  if (Array.isArray(answer)) return answer.map(({ keys, values }) => [...keys.flatMap((key) => [key.value, key.label]), ...values.flatMap((v) => [v.value, v.currency])].filter((v) => v != null))
  return 'nodes' in answer ? answer.nodes.map(({ id }) => id) : answer.total.value
}

function rowsOf(answer: object, rows: Record<string, unknown>[]): unknown {
  if (Array.isArray(answer)) return rows.map((row) => Object.values(row))
  // One row more than the page tells whether there is another.
  if ('nodes' in answer) return rows.slice(0, 50).map((row) => row.id)
  const plan = rows[0]!['QUERY PLAN'] as { Plan: { 'Plan Rows': number } }[] | undefined
  return plan ? plan[0]!.Plan['Plan Rows'] : Number(rows[0]!.count)
}
