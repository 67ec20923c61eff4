import type pg from 'pg'
import { to as copyTo } from 'pg-copy-streams'
import { SINCE, stepOf } from './make-rows.ts'
import type { BenchServer, Session } from './server.ts'
import { count, times, type Table } from './table.ts'

const COLUMNS = ['id', 'name', 'kind', 'lifecycle', 'code', 'industry', 'source', 'territory', 'enteredOn', 'legalName', 'registrationNumber', 'branchCode', 'createdAt', 'updatedAt',
  'custom.text1', 'custom.integer1', 'custom.decimal1', 'custom.date1', 'custom.boolean1', 'custom.select1']
const SQL = ['id', 'name', 'kind', 'lifecycle', 'code', 'industry', 'source', 'territory', 'entered_on', 'legal_name', 'registration_number', 'branch_code', 'created_at', 'updated_at',
  'x_text1', 'x_integer1', 'x_decimal1', 'x_date1', 'x_boolean1', 'x_select1']

/** A file of clients, as a browser fetches it, beside COPY of the same rows. */
export async function benchExport(table: Table, server: BenchServer, admin: Session, pool: pg.Pool, clients: number): Promise<void> {
  const rows = Math.min(100_000, clients)
  const before = new Date(SINCE + rows * stepOf(clients)).toISOString()
  const prepare = async (format: string, until: string): Promise<string> =>
    (await admin.ask('mutation ($input: ExportInput!) { prepareExport(input: $input) { url } }', { input: { object: 'client', format, columns: COLUMNS, filter: { createdAt: { lt: until } } } })).prepareExport.url
  for (const [format, goal] of [['CSV', 5_000], ['XLSX', 2_500]] as const) {
    // What a server needs for any export at all it has then; what it needs for the length of one is measured.
    await admin.fetch(await prepare(format, new Date(SINCE + rows / 5 * stepOf(clients)).toISOString()), () => undefined)
    const url = await prepare(format, before)
    const memory: number[] = []
    const watch = setInterval(() => memory.push(server.memoryMb()), 100)
    const cpu = server.cpuSeconds(), start = performance.now()
    let bytes = 0, lines = 0, first = 0
    await admin.fetch(url, (piece) => {
      first ||= performance.now() - start
      bytes += piece.length
      if (format === 'CSV') for (const byte of piece) if (byte === 10) lines++
    }).finally(() => clearInterval(watch))
    const seconds = (performance.now() - start) / 1000
    if (format === 'CSV' && Math.abs(lines - 1 - rows) > rows / 100) throw new Error(`The export has ${lines} lines.`)
    const limit = await plainCopy(pool, before)
    table.add(`export of ${count(rows)} clients × ${COLUMNS.length} columns, ${format}`, `${count(rows / seconds)} rows/s = ${times(limit.seconds / seconds)}, CPU ${(server.cpuSeconds() - cpu).toFixed(1)} s, first byte after ${Math.round(first)} ms`,
      `${(bytes / 2 ** 20).toFixed(1)} MB; COPY of the same as CSV: ${count(limit.rows / limit.seconds)} rows/s`, `≥ ${count(goal)} rows/s`, rows / seconds >= goal)
    const half = Math.floor(memory.length / 2)
    const [early, late] = [Math.max(...memory.slice(0, half)), Math.max(...memory.slice(half))]
    table.add('… memory of the server meanwhile', `first half ${Math.round(early)} MB, second ${Math.round(late)} MB`, '', 'flat', late <= early * 1.15)
  }
}

async function plainCopy(pool: pg.Pool, before: string): Promise<{ rows: number, seconds: number }> {
  const client = await pool.connect()
  try {
    await client.query('set statement_timeout = 0')
    const start = performance.now()
    let rows = 0
    for await (const piece of client.query(copyTo(`copy (select ${SQL.join(', ')} from core.client where created_at < '${before}' and trashed_at is null and archived_at is null order by id desc) to stdout (format csv)`))) {
      for (const byte of piece as Buffer) if (byte === 10) rows++
    }
    return { rows, seconds: (performance.now() - start) / 1000 }
  } finally {
    client.release(true)
  }
}
