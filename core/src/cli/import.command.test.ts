import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Client } from 'pg'
import { afterAll, expect, it } from 'vitest'
import { testDatabaseUrl } from '../testing/index.ts'
import type { Io } from './command.ts'
import { runCommand } from './main.ts'

const folder = await mkdtemp(join(tmpdir(), 'kartotek-import-'))
afterAll(() => rm(folder, { recursive: true, force: true }))
const url = await testDatabaseUrl()

async function kartotek(...args: string[]) {
  const out: string[] = []
  const err: string[] = []
  const io: Io = { out: (line) => { out.push(line) }, err: (line) => { err.push(line) }, cwd: folder, env: { DATABASE_URL: url, KARTOTEK_DATA_DIR: join(folder, 'data'), LOG_LEVEL: 'error' } }
  const code = await runCommand(args, io)
  return { code, out: out.join('\n'), err: err.join('\n') }
}

it('loads files by their descriptions, writes the error file, and loads that again', async () => {
  await writeFile(join(folder, 'products.json'), JSON.stringify({ object: 'product', key: { columns: ['code'], field: 'code' }, fields: { code: 'code', name: 'name', price: 'price' } }))
  await writeFile(join(folder, 'products.csv'), 'code,name,price\nA,Chair,10\nB,Table,much\nC,Lamp, broken,3\n')
  const dry = await kartotek('import', '--dry-run', 'products.json', 'products.csv')
  expect(dry).toMatchObject({ code: 0, out: expect.stringContaining('products.csv: 3 rows: 1 created, 0 updated, 0 skipped, 2 failed (dry run)') })
  const real = await kartotek('import', 'products.json', 'products.csv')
  expect(real.err).toBe('')
  expect(real.out).toMatch(/1 created, 0 updated, 0 skipped, 2 failed\n {2}rows to correct and load again: .*products\.errors\.csv\nchange set [0-9a-f-]{36}$/)
  const errors = await readFile(join(folder, 'products.errors.csv'), 'utf8')
  await writeFile(join(folder, 'products.errors.csv'), errors.replace('Table,much', 'Table,20').replace('Lamp, broken', '"Lamp, broken"'))
  expect((await kartotek('import', 'products.errors.csv', 'products.json')).out).toContain('2 rows: 2 created, 0 updated, 0 skipped, 0 failed')
  expect((await kartotek('import', 'products.json', 'products.csv')).out).toContain('1 skipped')
}, 60_000)

it('goes on with an import that failed, with its own file only, and with the files after it in the same change set', async () => {
  await writeFile(join(folder, 'more.csv'), 'code,name,price\nM1,Sofa,10\nM2,Shelf,20\n')
  await writeFile(join(folder, 'last.csv'), 'code,name,price\nM3,Desk,30\n')
  expect((await kartotek('import', 'products.json', 'more.csv')).out).toContain('2 created')
  const pg = new Client(url)
  await pg.connect()
  const { rows: [job] } = await pg.query<{ id: string, set: string }>(`update core.import_job set state = 'failed', position = 1, created = 1, finished_at = now() where file_name = 'more.csv' returning id, change_set_id as set`)
  await pg.end()
  expect(await kartotek('import', '--resume', job!.id, 'last.csv')).toMatchObject({ code: 1, err: expect.stringContaining('give the file that it began with') })
  const gone = await kartotek('import', '--resume', job!.id, 'more.csv', 'products.json', 'last.csv')
  expect(gone.err).toBe('')
  expect(gone.out).toBe(`more.csv: 2 rows: 1 created, 0 updated, 1 skipped, 0 failed\nlast.csv: 1 rows: 1 created, 0 updated, 0 skipped, 0 failed\nchange set ${job!.set}`)
  expect(await kartotek('import', '--resume', job!.id, 'more.csv')).toMatchObject({ code: 1, err: expect.stringContaining('no unfinished import') })
}, 60_000)

it('foretells in a trial what the files of one command hold of each other', async () => {
  const describe = (name: string, mapping: object) => writeFile(join(folder, `${name}.json`), JSON.stringify(mapping))
  await describe('firms', { object: 'client', system: 'old', key: { columns: ['id'] }, fields: { name: 'name' } })
  await describe('goods', { object: 'product', key: { columns: ['code'], field: 'code' }, fields: { code: 'code', name: 'name', price: 'price' } })
  await describe('deals', { object: 'order', system: 'old', key: { columns: ['no'] }, fields: { number: 'no', client: 'firm' } })
  await describe('lines', { object: 'orderLine', system: 'old', partOf: { object: 'order', list: 'lines', key: { columns: ['no'] } }, key: { columns: ['no', 'line'] }, fields: { product: { column: 'code', by: 'code' }, quantity: 'n', price: 'price' } })
  await writeFile(join(folder, 'firms.csv'), 'id,name\n1,Koivu Oy\n2,\n')
  await writeFile(join(folder, 'goods.csv'), 'code,name,price\nT1,Saw,10\n')
  await writeFile(join(folder, 'deals.csv'), 'no,title,firm\n7,Big,1\n8,Bad,2\n9,Worse,3\n')
  await writeFile(join(folder, 'lines.csv'), 'no,line,code,n,price\n7,1,T1,2,10\n7,2,T9,2,10\n8,1,T1,2,10\n')
  const files = ['firms', 'goods', 'deals', 'lines'].flatMap((name) => [`${name}.json`, `${name}.csv`])
  const told = (out: string): string[] => out.split('\n').filter((line) => line.includes(' rows: ')).map((line) => line.replace(' (dry run)', ''))
  const dry = await kartotek('import', '--dry-run', ...files)
  expect(dry.err).toBe('')
  const pg = new Client(url)
  await pg.connect()
  expect((await pg.query(`select 1 from core.client where name = 'Koivu Oy'`)).rows).toEqual([])
  await pg.end()
  const real = await kartotek('import', ...files)
  expect(told(real.out)).toEqual([
    'firms.csv: 2 rows: 1 created, 0 updated, 0 skipped, 1 failed', 'goods.csv: 1 rows: 1 created, 0 updated, 0 skipped, 0 failed',
    'deals.csv: 3 rows: 1 created, 0 updated, 0 skipped, 2 failed', 'lines.csv: 3 rows: 1 created, 0 updated, 0 skipped, 2 failed',
  ])
  expect(told(dry.out)).toEqual(told(real.out))
}, 60_000)

it('says in one sentence what is wrong', async () => {
  expect(await kartotek('import', 'products.json')).toMatchObject({ code: 2, err: expect.stringContaining('pairs') })
  expect(await kartotek('import', 'none.json', 'products.csv')).toMatchObject({ code: 1, err: expect.stringMatching(/none\.json cannot be read/) })
  expect(await kartotek('import', 'products.json', 'none.csv')).toMatchObject({ code: 1, err: expect.stringMatching(/none\.csv cannot be read/) })
  expect(await kartotek('import', '--as', 'nobody@example.com', 'products.json', 'products.csv')).toMatchObject({ code: 1, err: 'There is no active user with the address nobody@example.com.' })
  await writeFile(join(folder, 'wrong.json'), JSON.stringify({ object: 'product', fields: { nam: 'name' } }))
  expect(await kartotek('import', 'wrong.json', 'products.csv')).toMatchObject({ code: 1, err: 'products.csv: The object "product" has no field "nam".' })
}, 60_000)
