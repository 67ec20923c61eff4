import pg from 'pg'
import type { BenchServer, Session } from './server.ts'
import { ms, times, type Table } from './table.ts'

/** 20 fields: id, 14 of the client, 5 of the custom ones. */
const LIST = `query List($first: Int!) { clients(first: $first) { nodes {
  id name kind { key label } lifecycle { key label } code industry source territory enteredOn legalName registrationNumber branchCode createdAt updatedAt version
  custom { text1 integer1 decimal1 date1 boolean1 } } } }`
const COLUMNS = ['id', 'name', 'kind', 'lifecycle', 'code', 'industry', 'source', 'territory', 'entered_on', 'legal_name', 'registration_number', 'branch_code',
  'created_at', 'updated_at', 'version', 'x_text1', 'x_integer1', 'x_decimal1', 'x_date1', 'x_boolean1']
/** As the server sends it for a manager: own records only, neither archived nor trashed, the newest first. */
const SQL = `select ${COLUMNS.map((c) => `r.${c}`).join(', ')} from core.client r
  where r.trashed_at is null and r.archived_at is null and r.owner_id = $1::uuid order by r.id desc limit 51`

/** CPU of the server for one page of a manager, beside the same statement by plain pg with JSON.stringify. */
export async function benchList(table: Table, server: BenchServer, manager: Session, managerId: string, databaseUrl: string, quick: boolean): Promise<void> {
  const rounds = quick ? 400 : 1500
  const size = JSON.parse(await manager.text(LIST, { first: 50 })).data.clients.nodes.length
  if (size !== 50) throw new Error(`The manager's page has ${size} records.`)
  const pool = new pg.Pool({ connectionString: databaseUrl, max: 1 })
  try {
    const plain = async (n: number): Promise<void> => {
      for (let i = 0; i < n; i++) JSON.stringify({ data: { clients: { nodes: (await pool.query(SQL, [managerId])).rows } } })
    }
    const api = async (n: number): Promise<void> => { for (let i = 0; i < n; i++) await manager.text(LIST, { first: 50 }) }
    await plain(rounds)
    await api(rounds)
    // Turn by turn, so that both see the same neighbours; the best of three is what the code costs.
    const plainMs: number[] = [], apiMs: number[] = [], wall: number[] = []
    for (let turn = 0; turn < 3; turn++) {
      const before = process.cpuUsage()
      await plain(rounds)
      const used = process.cpuUsage(before)
      plainMs.push((used.user + used.system) / 1000 / rounds)
      const cpu = server.cpuSeconds(), start = performance.now()
      await api(rounds)
      apiMs.push((server.cpuSeconds() - cpu) * 1000 / rounds)
      wall.push((performance.now() - start) / rounds)
    }
    const [ours, limit] = [Math.min(...apiMs), Math.min(...plainMs)]
    table.add('list of 50 × 20 as a manager, CPU of the server', `${ms(ours)} = ${times(ours / limit)}`, `plain pg + JSON ${ms(limit)}`, '≤ 1.8 ×', ours / limit <= 1.8)
    table.add('… from request to answer', ms(Math.min(...wall)))
  } finally {
    await pool.end()
  }
}
