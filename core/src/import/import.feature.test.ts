import { mkdtemp, rm } from 'node:fs/promises'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import express from 'express'
import { buffer } from 'node:stream/consumers'
import { afterAll, expect, it } from 'vitest'
import type { Caller } from '../access/caller.ts'
import { errorAnswer } from '../http/error-answer.ts'
import { openKartotek } from '../kartotek.ts'
import { writeXlsx, type Cell } from '../spreadsheets/index.ts'
import { testUser } from '../testing/engine.ts'
import { testDatabase, testLog } from '../testing/index.ts'
import { uploadsRouter } from './routes.ts'

const filesDir = await mkdtemp(join(tmpdir(), 'kartotek-uploads-'))
const db = await testDatabase({ from: 'crm' })
const kartotek = await openKartotek({ db, log: testLog, secret: 'x'.repeat(40), filesDir, accounts: { publicUrl: 'http://127.0.0.1' } })
await kartotek.start()
const administrator = await testUser(kartotek.engine, 'administrator')
const manager = await testUser(kartotek.engine, 'manager')
let caller: Caller | null = administrator

const app = express()
app.use('/uploads', uploadsRouter({ engine: kartotek.engine, uploads: kartotek.uploads, authenticate: async () => caller, sameOrigin: () => false, maxFileBytes: () => 1_000_000 }))
app.use(errorAnswer(testLog as never))
const server = app.listen(0, '127.0.0.1')
await new Promise((ready) => server.once('listening', ready))
const base = `http://127.0.0.1:${(server.address() as AddressInfo).port}/uploads`
afterAll(async () => {
  server.closeAllConnections()
  await new Promise((closed) => server.close(closed))
  await kartotek.close()
  await rm(filesDir, { recursive: true, force: true })
})

async function upload(content: string | Uint8Array<ArrayBuffer>, name = 'клиенты.csv') {
  const form = new FormData()
  form.set('file', new Blob([content]), name)
  const response = await fetch(`${base}/`, { method: 'POST', body: form })
  return { status: response.status, body: await response.json() as { id: string, name: string, bytes: number } }
}

/** Calls a resolver of the feature as GraphQL would. */
async function call<T>(type: 'Query' | 'Mutation', field: string, args: object, by = administrator): Promise<T> {
  const part = kartotek.host.graphql.find((one) => one.typeDefs.includes('type ImportProblem'))!
  const resolvers = kartotek.host.resolversOf(part, () => ({ actor: by.actor }))
  const context = kartotek.api.contextOf(by)
  return (resolvers as never as Record<string, Record<string, (...all: unknown[]) => Promise<T>>>)[type]![field]!(null, args, context, {})
}

const MAPPING = { object: 'client', key: { columns: ['id'] }, fields: { name: 'name', kind: 'kind' } }
interface Job { id: string, state: string, created: number, failed: number, position: number }
const finished = (id: string): Promise<Job> => expect.poll(() => call<Job>('Query', 'import', { id }), { timeout: 20_000, interval: 100 })
  .toMatchObject({ state: 'done' }).then(() => call<Job>('Query', 'import', { id }))

it('loads an uploaded file in the background and gives the rows to correct', async () => {
  const { status, body } = await upload('id,name,kind\n1,Альфа,person\n2,Бета,robot\n')
  expect(status).toBe(201)
  expect(body).toEqual({ id: expect.any(String), name: 'клиенты.csv', bytes: 50 })
  expect(await call('Query', 'uploadPreview', { upload: body.id, first: 1 })).toEqual(
    { format: 'CSV', header: ['id', 'name', 'kind'], separator: ',', encoding: 'utf-8', sheets: [], sheet: null, rows: [['1', 'Альфа', 'person']] })
  const started = await call<Job>('Mutation', 'startImport', { upload: body.id, mapping: MAPPING, dryRun: false })
  expect(await finished(started.id)).toMatchObject({ created: 1, failed: 1, position: 2 })
  const file = await fetch(`${base}/import-errors/${started.id}.csv`)
  expect(file.headers.get('content-disposition')).toBe(`attachment; filename*=UTF-8''${encodeURIComponent('клиенты.errors.csv')}`)
  expect((await file.text()).split('\n').slice(1)).toEqual(['3,kind: There is no choice “robot”.,2,Бета,robot', ''])
}, 60_000)

it('refuses a wrong description at once, with what is wrong', async () => {
  const { body } = await upload('id,name\n1,x\n')
  await expect(call('Mutation', 'startImport', { upload: body.id, mapping: MAPPING })).rejects.toThrow('The file has no column «kind»')
  await expect(call('Mutation', 'startImport', { upload: body.id, mapping: { object: 'client' } })).rejects.toThrow('fields')
})

it('keeps files and imports of others, and of people without the right, out of reach', async () => {
  const { body } = await upload('id,name,kind\n1,x,person\n')
  await expect(call('Query', 'uploadPreview', { upload: body.id, first: 1 }, manager)).rejects.toThrow('import.run')
  await expect(call('Query', 'imports', { first: 10 }, manager)).rejects.toThrow('import.run')
  const second = await testUser(kartotek.engine, 'administrator')
  await expect(call('Query', 'uploadPreview', { upload: body.id, first: 1 }, second)).rejects.toThrow('There is no upload')
  await expect(call('Query', 'uploadPreview', { upload: '../../etc/passwd', first: 1 })).rejects.toThrow('There is no upload')
  caller = await testUser(kartotek.engine, 'read_only')
  expect((await upload('a\n1\n')).status).toBe(403)
  // who attaches files to his clients may bring them, up to the size of a file
  caller = manager
  expect((await upload('a\n1\n')).status).toBe(201)
  caller = { ...administrator, sessionId: 'of a browser' }
  expect((await upload('a\n1\n')).status).toBe(403)
  caller = null
  expect((await upload('a\n1\n')).status).toBe(401)
  caller = administrator
  expect((await fetch(`${base}/import-errors/..%2f..%2fx.csv`)).status).toBe(404)
})

it('loads a chosen sheet of a workbook with its real dates and numbers, and gives its bad rows as CSV', async () => {
  const rows: Cell[][] = [
    [{ text: 'x1' }, { text: "Гамма" }, { text: 'person' }, { date: '2024-03-15' }, { number: '1234.5', digits: 2 }],
    [{ text: 'x2' }, { text: "=Дельта" }, { text: 'robot' }, { date: '2024-03-16' }, { number: '7' }],
  ]
  const { body } = await upload(await buffer(writeXlsx({ name: 'Клиенты', header: ['id', 'name', 'kind', 'since', 'limit'], rows: (async function* () { yield rows })() })), 'клиенты.xlsx')
  expect(await call('Query', 'uploadPreview', { upload: body.id, first: 1, options: { sheet: 'Клиенты' } })).toMatchObject(
    { format: 'XLSX', sheets: ['Клиенты'], sheet: 'Клиенты', rows: [['x1', 'Гамма', 'person', '2024-03-15', '1234.5']] })
  await expect(call('Query', 'uploadPreview', { upload: body.id, first: 1, options: { sheet: 'Нет' } })).rejects.toThrow('no sheet «Нет»')
  const mapping = { ...MAPPING, decimal: 'comma', file: { sheet: 'Клиенты' }, fields: { ...MAPPING.fields, enteredOn: { column: 'since', date: 'dd.MM.yyyy' }, creditLimit: 'limit' } }
  const started = await call<Job>('Mutation', 'startImport', { upload: body.id, mapping, dryRun: false })
  expect(await finished(started.id)).toMatchObject({ created: 1, failed: 1, position: 2 })
  const made = await db.pool.query(`select entered_on, credit_limit from core.client where name = 'Гамма'`)
  expect(made.rows).toEqual([{ entered_on: '2024-03-15', credit_limit: '1234.50' }])
  const errors = await (await fetch(`${base}/import-errors/${started.id}.csv`)).text()
  expect(errors.split('\n')[1]).toBe(`3,kind: There is no choice “robot”.,x2,'=Дельта,robot,2024-03-16,7`)
  // The corrected file of errors is loaded with the same description, and the guard comes off.
  const again = await upload(errors.replace('robot,2024', 'person,2024'), 'клиенты.errors.csv')
  const second = await call<Job>('Mutation', 'startImport', { upload: again.body.id, mapping, dryRun: false })
  expect(await finished(second.id)).toMatchObject({ created: 1, failed: 0 })
  expect((await db.pool.query(`select name from core.client where name like '%Дельта'`)).rows).toEqual([{ name: '=Дельта' }])
}, 60_000)
