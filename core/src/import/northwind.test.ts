import { createReadStream, existsSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { sql } from 'kysely'
import { uuidv7 } from 'uuidv7'
import { describe, expect, it } from 'vitest'
import { revertChangeSet } from '../changes/reverts.ts'
import { testEngine, testUser } from '../testing/engine.ts'
import { testDatabase } from '../testing/index.ts'
import { errorFile } from './error-file.ts'
import { createJob } from './job.ts'
import type { ImportJob } from './job.ts'
import { parseMapping } from './mapping.ts'
import { runImport } from './run.ts'

const folder = process.env.KARTOTEK_TEST_DATA ? join(process.env.KARTOTEK_TEST_DATA, 'northwind') : ''
const present = folder !== '' && existsSync(join(folder, 'orders.csv'))
const STEPS = ['products', 'employees', 'customers', 'orders', 'order-details'] as const

/** The files read as plainly as can be: no cell of the three files that are compared is quoted. */
async function plainRows(name: string): Promise<string[][]> {
  const text = await readFile(join(folder, `${name}.csv`), 'utf8')
  return text.trim().split(/\r?\n/).slice(1).map((line) => line.split(','))
}

/** Half-up cents of quantity × price × (1 − discount), in whole numbers: an arithmetic of its own. */
function lineCents([, , price, quantity, discount]: string[]): bigint {
  const hundredths = (text: string): bigint => BigInt(Math.round(Number(text) * 100))
  const exact = BigInt(quantity!) * hundredths(price!) * (100n - hundredths(discount!))
  return (exact + 50n) / 100n
}

async function collect(pieces: AsyncIterable<string>): Promise<string> {
  let text = ''
  for await (const piece of pieces) text += piece
  return text
}

/** What a person does with a broken row: a piece that begins with a space belongs to the cell before it. */
function corrected(line: string): string {
  const [row, error, ...cells] = line.split(',')
  const whole: string[] = []
  for (const cell of cells) {
    if (cell.startsWith(' ') && whole.length > 0) whole[whole.length - 1] += `,${cell}`
    else whole.push(cell)
  }
  return [row, error, ...whole.map((cell) => (cell.includes(',') ? `"${cell}"` : cell))].join(',')
}

if (!present) process.stderr.write('The Northwind tests are skipped: KARTOTEK_TEST_DATA does not name a folder with northwind/orders.csv.\n')

describe.skipIf(!present)('Northwind', async () => {
  const db = await testDatabase()
  const engine = present ? await testEngine(db) : undefined!
  const changeSetId = uuidv7()
  const jobs = new Map<string, ImportJob>()

  async function load(name: string, bytes?: Buffer): Promise<ImportJob> {
    const caller = await administrator
    const mapping = parseMapping(JSON.parse(await readFile(new URL(`../../../examples/northwind/${name}.json`, import.meta.url), 'utf8')))
    const job = await createJob(engine.db, { mapping, fileName: `${name}.csv`, userId: caller.actor.userId, changeSetId })
    return runImport({ engine, caller, job, open: () => (bytes ? [bytes].values() as never : createReadStream(join(folder, `${name}.csv`))) })
  }
  const administrator = present ? testUser(engine, 'administrator') : undefined!
  const counts = ({ created, updated, skipped, failed }: ImportJob) => ({ created, updated, skipped, failed })
  const tables = async () => (await sql<Record<string, number>>`select (select count(*) from core.client where trashed_at is null)::int as clients,
    (select count(*) from core.contact where trashed_at is null)::int as contacts, (select count(*) from core.product where trashed_at is null)::int as products,
    (select count(*) from core."order" where trashed_at is null)::int as orders,
    (select count(*) from core.order_line l join core."order" o on o.id = l.order_id where o.trashed_at is null)::int as lines`.execute(db.kysely)).rows[0]
  const errors = async (name: string): Promise<string> => collect(errorFile(engine.db, jobs.get(name)!))

  it('loads what is whole in a first run and reports the rest', async () => {
    for (const name of STEPS) jobs.set(name, await load(name))
    expect(Object.fromEntries([...jobs].map(([name, job]) => [name, counts(job)]))).toEqual({
      'products': { created: 77, updated: 0, skipped: 0, failed: 0 },
      'employees': { created: 9, updated: 0, skipped: 0, failed: 0 },
      'customers': { created: 67, updated: 0, skipped: 0, failed: 24 },
      'orders': { created: 654, updated: 0, skipped: 0, failed: 176 },
      'order-details': { created: 1716, updated: 0, skipped: 0, failed: 439 },
    })
    expect(await tables()).toEqual({ clients: 67, contacts: 67, products: 77, orders: 654, lines: 1716 })
  })

  it('puts shipped orders into the won stage with their dates', async () => {
    const { rows } = await sql<{ kind: string, n: number, from: string, to: string }>`select s.kind, count(*)::int as n,
      min(o.created_at)::date::text as "from", max(coalesce(o.closed_at, o.created_at))::date::text as "to"
      from core."order" o join core.stage s on s.id = o.stage_id group by s.kind order by s.kind`.execute(db.kysely)
    const orders = (await plainRows('orders')).filter((cells) => cells.length === 14)
    const shipped = orders.filter((cells) => cells[5] !== 'NULL')
    expect(rows).toEqual([
      { kind: 'open', n: orders.length - shipped.length, from: expect.any(String), to: expect.any(String) },
      { kind: 'won', n: shipped.length, from: '1996-07-04', to: shipped.map((cells) => cells[5]!.slice(0, 10)).sort().at(-1) },
    ])
  })

  it('loads the corrected error files in a second run, nothing twice', async () => {
    for (const name of ['customers', 'orders', 'order-details']) {
      const [header, ...lines] = (await errors(name)).trim().split('\n')
      const job = await load(name, Buffer.from([header, ...lines.map(corrected)].join('\n')))
      expect(counts(job)).toEqual({ created: lines.length, updated: 0, skipped: 0, failed: 0 })
    }
    expect(await tables()).toEqual({ clients: 91, contacts: 91, products: 77, orders: 830, lines: 2155 })
  })

  it('finds everything again when the same files are loaded once more', async () => {
    for (const name of STEPS) {
      const { created, updated } = await load(name)
      expect([name, created, updated]).toEqual([name, 0, 0])
    }
    expect(await tables()).toEqual({ clients: 91, contacts: 91, products: 77, orders: 830, lines: 2155 })
  })

  it('has the totals that the files have', async () => {
    const clientOf = new Map((await plainRows('orders')).map((cells) => [cells[0]!, cells[1]!]))
    const expected = new Map<string, bigint>()
    for (const line of await plainRows('order-details')) {
      const client = clientOf.get(line[0]!)!
      expected.set(client, (expected.get(client) ?? 0n) + lineCents(line))
    }
    const { rows } = await sql<{ code: string, cents: string }>`select c.code, (sum(o.net) * 100)::bigint::text as cents
      from core."order" o join core.client c on c.id = o.client_id group by c.code`.execute(db.kysely)
    expect(Object.fromEntries(rows.map((row) => [row.code, BigInt(row.cents)]))).toEqual(Object.fromEntries(expected))
    expect(rows).toHaveLength(89)
  })

  it('knows who sold and to whom, and reads phones in the country of their row', async () => {
    const { rows } = await sql`select o.number, c.name as client, u.name as owner from core."order" o join core.client c on c.id = o.client_id
      join core."user" u on u.id = o.owner_id where o.number = '10248'`.execute(db.kysely)
    expect(rows).toEqual([{ number: '10248', client: 'Vins et alcools Chevalier', owner: 'Steven Buchanan' }])
    const phones = await sql`select c.code, p.value, p.key from core.contact_point p join core.client c on c.id = p.client_id
      where p.kind = 'phone' and c.code in ('CONSH', 'WARTH') order by c.code`.execute(db.kysely)
    expect(phones.rows).toEqual([
      { code: 'CONSH', value: '(171) 555-2282', key: '1715552282' },
      { code: 'WARTH', value: '981-443655', key: expect.any(String) },
    ])
  })

  it('leaves nothing when it is reverted', async () => {
    const report = await revertChangeSet(engine, await administrator, changeSetId)
    expect(report.kept).toEqual([])
    expect(await tables()).toEqual({ clients: 0, contacts: 0, products: 0, orders: 0, lines: 0 })
    expect((await sql`select 1 from core."user" where trashed_at is null and id <> ${(await administrator).actor.userId}`.execute(db.kysely)).rows).toEqual([])
    expect(counts(await load('customers'))).toEqual({ created: 67, updated: 0, skipped: 0, failed: 24 })
  })
}, 120_000)
