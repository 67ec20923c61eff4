import { SYSTEM_CALLER } from '../src/access/caller.ts'
import { createJob, runImport } from '../src/import/index.ts'
import type { Mapping } from '../src/import/mapping.ts'
import type { openCore } from './build-data.ts'
import type { People } from './make-rows.ts'
import { RowMaker } from './make-rows.ts'
import { count, times, type Table } from './table.ts'

const CUSTOM = ['text1', 'integer1', 'decimal1', 'date1', 'select1']
const MAPPING: Mapping = {
  object: 'client', onMatch: 'create',
  fields: {
    name: 'name', kind: 'kind', lifecycle: 'lifecycle', code: 'code', industry: 'industry', source: 'source', territory: 'territory', enteredOn: 'enteredOn',
    registrationNumber: 'registrationNumber', ...Object.fromEntries(CUSTOM.map((name) => [`custom.${name}`, name])),
    contactPoints: [{ kind: { constant: 'phone' }, value: 'phone' }, { kind: { constant: 'email' }, value: 'email' }],
  },
}

/** The importer over a CSV, beside one set-based INSERT of the same rows with the same indexes. */
export async function benchImport(table: Table, core: Awaited<ReturnType<typeof openCore>>, people: People, from: number, rows: number): Promise<void> {
  const { engine, db } = core
  const maker = new RowMaker(engine.live.current, people, from + 3 * rows)
  const header = [...Object.keys(MAPPING.fields).filter((f) => f !== 'contactPoints').map((f) => f.replace('custom.', '')), 'phone', 'email']
  const csvOf = (index: number): string => {
    const { client, points } = maker.client(index)
    return header.map((h) => String((h === 'phone' ? points[0]!.value : h === 'email' ? points[1]!.value
      : client[CUSTOM.includes(h) ? `x_${h}` : h.replace(/[A-Z]/g, (c) => `_${c.toLowerCase()}`)]) ?? '')).map((v) => (/[",\n]/.test(v) ? `"${v.replaceAll('"', '""')}"` : v)).join(',')
  }
  async function* file(): AsyncIterable<Uint8Array> {
    yield Buffer.from(`${header.join(',')}\n`)
    for (let i = 0; i < rows; i += 500) yield Buffer.from(Array.from({ length: Math.min(500, rows - i) }, (_, k) => csvOf(from + i + k)).join('\n') + '\n')
  }
  // What making the file costs is not the importer's.
  let generating = process.cpuUsage()
  for await (const _ of file()) { /* only made */ }
  generating = process.cpuUsage(generating)

  // Before and after, because whoever comes first pays for cold pages and for the first write of each after a checkpoint.
  const first = await plainInsert(db.pool, maker, from + rows, rows)
  const memory: number[] = []
  const job = await createJob(engine.db, { mapping: MAPPING, fileName: 'bench.csv', userId: null })
  let cpu = process.cpuUsage()
  const start = performance.now()
  const done = await runImport({ engine, caller: { ...SYSTEM_CALLER, origin: 'import' }, job, open: file, onProgress: () => { memory.push(process.memoryUsage().rss) } })
  cpu = process.cpuUsage(cpu)
  const generated = (generating.user + generating.system) / 1e6
  const importSeconds = (performance.now() - start) / 1000 - generated
  if (done.created !== rows) throw new Error(`The import made ${done.created} of ${rows}: ${done.failed} failed.`)

  const insertSeconds = (first + await plainInsert(db.pool, maker, from + 2 * rows, rows)) / 2
  const [ours, limit] = [rows / importSeconds, rows / insertSeconds]
  table.add(`import of ${count(rows)} clients with two contact points`, `${count(ours)} rows/s = ${times(ours / limit)}, CPU ${((cpu.user + cpu.system) / 1e6 - generated).toFixed(1)} s`,
    `one INSERT … SELECT into the same indexed tables: ${count(limit)} rows/s`, '≥ 0.33 ×', ours / limit >= 1 / 3)
  const half = Math.floor(memory.length / 2)
  const peak = (part: number[]): number => Math.max(...part) / 1024 / 1024
  table.add('… memory of the importing process', `first half ${Math.round(peak(memory.slice(0, half)))} MB, second ${Math.round(peak(memory.slice(half)))} MB`, '', 'flat', peak(memory.slice(half)) <= peak(memory.slice(0, half)) * 1.15)
}

/** Seconds that the insert alone takes; making and staging its rows is not counted. */
async function plainInsert(pool: import('pg').Pool, maker: RowMaker, from: number, rows: number): Promise<number> {
  const own = await pool.connect()
  try {
    await own.query('set statement_timeout = 0')
    await stage(own, maker, from, rows)
    const start = performance.now()
    await own.query('begin; insert into core.client select * from new_client; insert into core.contact_point select * from new_point; commit')
    return (performance.now() - start) / 1000
  } finally {
    own.release(true)
  }
}

async function stage(client: import('pg').PoolClient, maker: RowMaker, from: number, rows: number): Promise<void> {
  await client.query('create temp table new_client (like core.client including defaults); create temp table new_point (like core.contact_point including defaults)')
  for (let i = 0; i < rows; i += 1000) {
    const made = Array.from({ length: Math.min(1000, rows - i) }, (_, k) => maker.client(from + i + k))
    await client.query('insert into new_client select * from jsonb_populate_recordset(null::core.client, $1)', [JSON.stringify(made.map((m) => slim(m.client)))])
    await client.query('insert into new_point select * from jsonb_populate_recordset(null::core.contact_point, $1)', [JSON.stringify(made.flatMap((m) => m.points))])
  }
}

/** Of the custom fields only those that the file has, too. */
function slim(row: Record<string, unknown>): Record<string, unknown> {
  const { legal_name: _l, branch_code: _b, preferred_time: _p, tax_id: _t, tax_id__country: _c, tax_id__kind: _k, ...rest } = row
  return Object.fromEntries(Object.entries(rest).filter(([name]) => !name.startsWith('x_') || CUSTOM.includes(name.slice(2))))
}

