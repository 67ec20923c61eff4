import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
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

it('says in one sentence what is wrong', async () => {
  expect(await kartotek('import', 'products.json')).toMatchObject({ code: 2, err: expect.stringContaining('pairs') })
  expect(await kartotek('import', 'none.json', 'products.csv')).toMatchObject({ code: 1, err: expect.stringMatching(/none\.json cannot be read/) })
  expect(await kartotek('import', 'products.json', 'none.csv')).toMatchObject({ code: 1, err: expect.stringMatching(/none\.csv cannot be read/) })
  expect(await kartotek('import', '--as', 'nobody@example.com', 'products.json', 'products.csv')).toMatchObject({ code: 1, err: 'There is no active user with the address nobody@example.com.' })
  await writeFile(join(folder, 'wrong.json'), JSON.stringify({ object: 'product', fields: { nam: 'name' } }))
  expect(await kartotek('import', 'wrong.json', 'products.csv')).toMatchObject({ code: 1, err: 'products.csv: The object "product" has no field "nam".' })
}, 60_000)
