import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, it } from 'vitest'
import { testDatabaseUrl } from '../testing/index.ts'
import type { Io } from './command.ts'
import { runCommand } from './main.ts'

const folder = await mkdtemp(join(tmpdir(), 'kartotek-model-'))
afterAll(() => rm(folder, { recursive: true, force: true }))
const url = await testDatabaseUrl()

async function kartotek(...args: string[]) {
  const out: string[] = []
  const err: string[] = []
  const io: Io = { out: (line) => { out.push(line) }, err: (line) => { err.push(line) }, cwd: folder, env: { DATABASE_URL: url, KARTOTEK_DATA_DIR: join(folder, 'data'), LOG_LEVEL: 'error' } }
  const code = await runCommand(args, io)
  return { code, out: out.join('\n'), err: err.join('\n') }
}

it('writes the model, says what a file would change, and changes it once', async () => {
  expect(await kartotek('model', 'export', 'model.json')).toEqual({ code: 0, out: '', err: '' })
  const file = JSON.parse(await readFile(join(folder, 'model.json'), 'utf8')) as { kartotek: number, fields: Record<string, object>, roles: Record<string, object>, pipelines: Record<string, object> }
  expect(Object.keys(file)).toEqual(['kartotek', 'objects', 'fields', 'roles', 'pipelines', 'segments', 'views', 'rules'])
  expect(Object.keys(file.roles)).toEqual(['accountant', 'head_of_sales', 'manager', 'read_only'])
  expect(Object.keys(file.pipelines)).toEqual(['order/sales'])
  expect(JSON.parse((await kartotek('model', 'export')).out)).toEqual(file)
  file.fields['client.custom.tier'] = { type: 'select', labels: { en: 'Tier' }, options: [{ key: 'a', labels: { en: 'A' } }] }
  await writeFile(join(folder, 'wished.json'), JSON.stringify(file))
  expect(await kartotek('model', 'plan', 'wished.json')).toEqual({ code: 0, err: '', out: 'make    field client.custom.tier\nDifferences: 1.' })
  expect((await kartotek('model', 'plan', '--check', 'wished.json')).code).toBe(1)
  expect(await kartotek('model', 'apply', 'wished.json')).toEqual({ code: 0, err: '', out: 'make    field client.custom.tier\nChanges made: 1.' })
  expect((await kartotek('model', 'apply', 'wished.json')).out).toBe('The company was as the file says already.')
  expect((await kartotek('model', 'plan', 'model.json')).out).toBe('stays   field client.custom.tier (not in the file)\nThe company is as the file says.')
}, 120_000)

it('says in one sentence what is wrong', async () => {
  expect(await kartotek('model')).toMatchObject({ code: 2, err: expect.stringContaining('Say export, plan or apply') })
  expect(await kartotek('model', 'apply')).toMatchObject({ code: 2, err: expect.stringContaining('apply needs a file') })
  expect(await kartotek('model', 'plan', 'none.json')).toMatchObject({ code: 1, err: expect.stringMatching(/none\.json cannot be read/) })
  await writeFile(join(folder, 'wrong.json'), '{ "kartotek": 1, "fields": { "client.custom.x": { "labels": { "en": "x" } } } }')
  expect(await kartotek('model', 'apply', 'wrong.json')).toMatchObject({ code: 1, err: 'Nothing was changed: field client.custom.x: its type is missing.' })
}, 60_000)
