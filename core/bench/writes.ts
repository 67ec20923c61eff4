import pg from 'pg'
import { randomUUID } from 'node:crypto'
import type { BenchServer, Session } from './server.ts'
import { ms, percentile, times, type Table } from './table.ts'

const CREATE = 'mutation ($input: ClientCreateInput!) { createClient(input: $input) { id version } }'
const UPDATE = 'mutation ($id: ID!, $version: Int, $input: ClientUpdateInput!) { updateClient(id: $id, version: $version, input: $input) { id version } }'

/** CPU of the server to create and to change one client, beside one transaction of plain pg that writes the same rows. */
export async function benchWrites(table: Table, server: BenchServer, admin: Session, databaseUrl: string, quick: boolean): Promise<void> {
  const rounds = quick ? 150 : 400
  // a server is warm nearly always
  const warmUp = quick ? 100 : 400
  const made: { id: string, version: number }[] = []
  const create = async (i: number): Promise<void> => {
    const input = { name: `«Скорость» ${i}`, industry: 'Строительство', contactPoints: [{ kind: 'phone', value: `+7916${String(1_000_000 + i)}` }], custom: { text1: 'склад', integer1: i % 1000, select1: 'gold' } }
    made.push((await admin.ask(CREATE, { input })).createClient)
  }
  const update = async (i: number): Promise<void> => {
    const one = made[i % made.length]!
    one.version = (await admin.ask(UPDATE, { id: one.id, version: one.version, input: { territory: String(i % 100), custom: { integer1: i % 997 } } })).updateClient.version
  }
  const pool = new pg.Pool({ connectionString: databaseUrl, max: 1 })
  try {
    for (const [what, work, plain] of [['create a client with a phone and three custom values', create, plainCreate], ['change two fields of a client', update, plainUpdate]] as const) {
      for (let i = 0; i < warmUp; i++) await work(i)
      for (let i = 0; i < warmUp; i++) await plain(pool)
      const cpu = server.cpuSeconds(), wall: number[] = []
      for (let i = 0; i < rounds; i++) {
        const start = performance.now()
        await work(warmUp + i)
        wall.push(performance.now() - start)
      }
      const ours = (server.cpuSeconds() - cpu) * 1000 / rounds
      const before = process.cpuUsage()
      for (let i = 0; i < rounds; i++) await plain(pool)
      const used = process.cpuUsage(before)
      const limit = (used.user + used.system) / 1000 / rounds
      table.add(`${what}, CPU of the server`, `${ms(ours)} = ${times(ours / limit)}; p50 ${ms(percentile(wall, 0.5))}, p95 ${ms(percentile(wall, 0.95))}`, `plain pg ${ms(limit)}`)
    }
  } finally {
    await pool.end()
  }
}

/** Record, part, change set and two rows of the audit trail, in one transaction. */
async function plainCreate(pool: pg.Pool): Promise<void> {
  const [id, point, set] = [randomUUID(), randomUUID(), randomUUID()]
  await inTransaction(pool, [
    [`insert into core.client (id, name, kind, lifecycle, industry, x_text1, x_integer1, x_select1, search) values ($1, '«Скорость»', 'organisation', 'potential', 'Строительство', 'склад', 7, 'gold', '«скорость»')`, [id]],
    [`insert into core.contact_point (id, client_id, kind, value, key) values ($1, $2, 'phone', '+79161000000', '+79161000000')`, [point, id]],
    [`insert into core.change_set (id, at, actor_kind, actor_id, actor_name, origin, object, records, flags) values ($1, now(), 'user', 'bench', 'bench', 'web', 'client', 1, '{}')`, [set]],
    [`insert into core.change (id, change_set_id, object, record_id, root_object, root_id, action, version, fields, after) values ($1, $2, 'client', $3, 'client', $3, 'create', 1, '{name}', '{"name":"«Скорость»"}')`, [randomUUID(), set, id]],
    [`insert into core.change (id, change_set_id, object, record_id, root_object, root_id, action, version, fields, after) values ($1, $2, 'contactPoint', $3, 'client', $4, 'create', 1, '{value}', '{"value":"+79161000000"}')`, [randomUUID(), set, point, id]],
  ])
  last = id
}
let last = ''

async function plainUpdate(pool: pg.Pool): Promise<void> {
  const set = randomUUID()
  await inTransaction(pool, [
    ['select version from core.client where id = $1 for update', [last]],
    [`update core.client set territory = '7', x_integer1 = 8, version = version + 1, updated_at = now() where id = $1`, [last]],
    [`insert into core.change_set (id, at, actor_kind, actor_id, actor_name, origin, object, records, flags) values ($1, now(), 'user', 'bench', 'bench', 'web', 'client', 1, '{}')`, [set]],
    [`insert into core.change (id, change_set_id, object, record_id, root_object, root_id, action, version, fields, before, after) values ($1, $2, 'client', $3, 'client', $3, 'update', 2, '{territory}', '{"territory":"1"}', '{"territory":"7"}')`, [randomUUID(), set, last]],
  ])
}

async function inTransaction(pool: pg.Pool, statements: [string, unknown[]][]): Promise<void> {
  const client = await pool.connect()
  try {
    await client.query('begin')
    for (const [text, values] of statements) await client.query(text, values)
    await client.query('commit')
  } catch (error) {
    await client.query('rollback')
    throw error
  } finally {
    client.release()
  }
}
