import type pg from 'pg'
import { SINCE, stepOf } from './make-rows.ts'
import { registrationNumberSql, taxNumberSql } from './tax-number.ts'

/** Clients that are made one by one; a multiple of how often the manager owns one. */
export const BLOCK = 10_000

/** SQL of {@link idOf}: moment in ms, kind, index. */
const id = (kind: string, at: string, index: string): string =>
  `(lpad(to_hex((${at})::bigint), 12, '0') || '7' || lpad(to_hex(${kind}), 3, '0') || '8000' || lpad(to_hex((${index})::bigint), 12, '0'))::uuid`

/**
 * Copies of the block `bench.*` into the record tables, number `from` to `to`: ids, times, codes, names, phones, addresses
 * and numbers are their own, and the search texts follow, exactly as if each had been made alone.
 */
export async function multiply(pool: pg.Pool, from: number, to: number, clients: number): Promise<void> {
  const step = stepOf(clients)
  const connections = [await pool.connect(), await pool.connect()] as const
  const [client, second] = connections
  try {
    for (const each of connections) await each.query('set statement_timeout = 0')
    const position = `('x' || right(b.id::text, 12))::bit(48)::bigint`
    const moved = `b.created_at + ${BLOCK * step}::bigint * k * interval '1 ms'`
    const index = `${position} + k * ${BLOCK}`
    const at = `${SINCE} + (${index}) * ${step}::bigint`
    const code = `'K' || lpad((${index})::text, 7, '0')`
    const phone = (key: string): string => `left(${key}, 5) || lpad(((right(${key}, 7)::bigint + k * 99991) % 10000000)::text, 7, '0')`
    const email = (key: string): string => `case when k = 0 then ${key} else replace(${key}, ${position} || '@', (${index}) || '@') end`
    const legalName = `case when k = 0 then b.legal_name else regexp_replace(b.legal_name, '»$', ' ' || (k + 1) || '»') end`
    const inSearch = (text: string): string => `replace(lower(${text}), 'ё', 'е')`
    const taxId = `case when b.tax_id is not null then ${taxNumberSql(index)} end`
    const registration = registrationNumberSql('(left(b.registration_number, 12)::bigint + k * 791900007::bigint) % 1000000000000')
    const swapped = (text: string, old: string, own: string): string => `replace(${text}, coalesce(${old}, ''), coalesce(${own}, ''))`
    const rest = swapped(swapped(swapped('substr(b.search, length(b.name) + 1)', inSearch('b.legal_name'), inSearch(legalName)), 'b.tax_id', taxId), 'b.registration_number', registration)
    const words = `left(b.search, length(b.name)) || case when k = 0 then '' else ' ' || (k + 1) end || ${rest}`
    await insert(client, 'client', from, to, {
      id: id('1', at, index), created_at: moved, updated_at: moved, code, name: `b.name || case when k = 0 then '' else ' ' || (k + 1) end`,
      match_key: `b.match_key || case when k = 0 then '' else ' ' || (k + 1) end`, legal_name: legalName, tax_id: taxId, registration_number: registration,
      x_integer1: '(b.x_integer1 + k * 37) % 1000', x_integer2: '(b.x_integer2 + k * 37) % 1000',
      search: `replace(replace(replace(${words}, right(b.code, 7), right(${code}, 7)), right(p.key, 10), right(${phone('p.key')}, 10)), m.key, ${email('m.key')})`,
    }, 'join bench.contact_point p on p.client_id = b.id and p.position = 0 join bench.contact_point m on m.client_id = b.id and m.position = 1')
    const points = insert(second, 'contact_point', from, to, {
      id: id('b.position + 2', at, index), created_at: moved, updated_at: moved, client_id: id('1', at, index),
      value: `case when b.position = 0 then ${phone('b.value')} else ${email('b.value')} end`, key: `case when b.position = 0 then ${phone('b.key')} else ${email('b.key')} end`,
    })
    const order = `${position} + k * ${2 * BLOCK}`
    const of = `((${order}) / 2)`
    const orders = insert(client, 'order', from, to, {
      id: id('4', `(extract(epoch from ${moved}) * 1000)`, order), created_at: moved, updated_at: moved, number: `((${order}) + 1)::text`,
      client_id: id('1', `${SINCE} + ${of} * ${step}::bigint`, of), search: `((${order}) + 1) || substr(b.search, length(b.number) + 1)`,
      stage_entered_at: `b.stage_entered_at + ${BLOCK * step}::bigint * k * interval '1 ms'`, closed_at: `b.closed_at + ${BLOCK * step}::bigint * k * interval '1 ms'`,
    })
    await Promise.all([points, orders])
  } finally {
    for (const each of connections) each.release(true)
  }
}

async function insert(client: pg.PoolClient, table: string, from: number, to: number, own: Record<string, string>, join = ''): Promise<void> {
  const { rows } = await client.query<{ name: string }>(`select column_name as name from information_schema.columns where table_schema = 'core' and table_name = $1`, [table])
  const names = rows.map((r) => `"${r.name}"`).join(', ')
  const values = rows.map((r) => own[r.name] ?? `b."${r.name}"`).join(', ')
  // In the order of time, as life would write them; a few copies at a time, so that no statement is endless.
  for (let k = from; k < to; k += 5) {
    await client.query(`insert into core."${table}" (${names}) select ${values} from generate_series(${k}, ${Math.min(k + 5, to) - 1}) k cross join bench."${table}" b ${join} order by k, b.id`)
  }
}
