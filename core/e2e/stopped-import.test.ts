import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Client } from 'pg'
import { uuidv7 } from 'uuidv7'
import { afterAll, expect, it } from 'vitest'
import { eventually } from '../src/testing/child.ts'
import { testDatabaseUrl } from '../src/testing/index.ts'
import { begin, killAfterEach, program } from './program.ts'

const ROWS = 2_200
/** A row of the third batch of 500. */
const HELD = 'P1200'

const dir = mkdtempSync(join(tmpdir(), 'kartotek-stopped-'))
const DATABASE_URL = await testDatabaseUrl('crm')
const env = { DATABASE_URL, KARTOTEK_DATA_DIR: join(dir, 'data'), LOG_LEVEL: 'error' }
const db = new Client(DATABASE_URL)
const holder = new Client(DATABASE_URL)
await Promise.all([db.connect(), holder.connect()])
killAfterEach()
afterAll(async () => {
  await Promise.all([db.end(), holder.end()])
  rmSync(dir, { recursive: true, force: true })
})
const file = join(dir, 'price list.csv'), description = join(dir, 'products.json'), after = join(dir, 'after.csv')
writeFileSync(file, `code,name\n${Array.from({ length: ROWS }, (_, i) => `P${i + 1},Product ${i + 1}`).join('\n')}\n`)
writeFileSync(after, 'code,name\nLast,The last one\n')
writeFileSync(description, JSON.stringify({ object: 'product', key: { columns: ['code'], field: 'code' }, fields: { code: 'code', name: 'name' } }))

it('an import that is stopped by Ctrl-C ends with its batch, says how far it came, and goes on by the command that it prints', async () => {
  await db.query(`with person as (insert into core."user" (id, name, email, active) values ($1, 'Anna', 'anna@example.com', true) returning id)
    insert into core.user_role (user_id, role_id) select person.id, role.id from person, core.role where key = 'administrator'`, [uuidv7()])
  // Somebody else is just writing a product of the third batch: until then the import cannot get past it.
  await holder.query('begin')
  await holder.query('insert into core.product (id, name, code) values ($1, $2, $2)', [uuidv7(), HELD])
  const loading = begin(['import', '--as', 'anna@example.com', description, file, description, after], env)
  const waits = `select from core.import_job, pg_stat_activity where position = 1000 and datname = current_database() and wait_event_type = 'Lock'`
  await eventually(async () => (await db.query(waits)).rowCount || undefined, 60)
  // Under an older Node one Ctrl-C comes twice: from the terminal, and from the process that started this one.
  loading.signal('SIGINT')
  await eventually(() => loading.said().startsWith('Stopping') || undefined, 60)
  loading.signal('SIGINT')
  await holder.query('rollback')
  expect(await loading.ended).toBe(1)
  const [, command] = /\nprice list\.csv: stopped after 1500 rows\. Go on with: kartotek (import .*)\n$/.exec(loading.said()) ?? []
  expect(command, loading.said()).toBeDefined()
  expect((await db.query('select count(*)::int as n from core.product')).rows).toEqual([{ n: 1_500 }])

  const words = command!.match(/'[^']*'|\S+/g)!.map((word) => word.replaceAll(`'`, ''))
  expect(words).toEqual(['import', '--as', 'anna@example.com', '--resume', expect.any(String), file, description, after])
  const resumed = await program(words, env)
  expect(resumed.said()).toMatch(new RegExp(`^price list\\.csv: ${ROWS} rows: ${ROWS} created, 0 updated, 0 skipped, 0 failed\nafter\\.csv: 1 rows: 1 created, 0 updated, 0 skipped, 0 failed\nchange set [0-9a-f-]{36}\n$`))
  expect(await resumed.ended).toBe(0)
  expect((await db.query('select count(*)::int as n, count(distinct code)::int as codes from core.product')).rows).toEqual([{ n: ROWS + 1, codes: ROWS + 1 }])
  expect((await db.query('select count(distinct change_set_id)::int as sets, count(distinct user_id)::int as people, array_agg(distinct state) as states from core.import_job')).rows).toEqual([{ sets: 1, people: 1, states: ['done'] }])
}, 180_000)
