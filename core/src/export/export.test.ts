import type { AddressInfo } from 'node:net'
import { createReadStream, createWriteStream } from 'node:fs'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pipeline } from 'node:stream/promises'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import express from 'express'
import { afterAll, describe, expect, it } from 'vitest'
import { SYSTEM_CALLER, type Caller } from '../access/caller.ts'
import { errorAnswer } from '../http/error-answer.ts'
import { readCsv } from '../import/csv-reader.ts'
import { readingOf } from '../records/engine.ts'
import { recordsFor } from '../records/records.ts'
import { openWorkbook } from '../spreadsheets/index.ts'
import { testLog } from '../testing/index.ts'
import { testCrm } from '../testing/crm.ts'
import { exportColumns } from './columns.ts'
import { exportedObject, exportFile, exportRows, type ExportRequest } from './export.ts'
import { exportsRouter } from './routes.ts'

const crm = await testCrm({ work: false })
const { engine, db } = crm.kartotek
const administrator = await crm.as('administrator', { locale: 'en' })
const head = await crm.as('head_of_sales', { locale: 'ru' })
const manager = await crm.as('manager', { locale: 'fi' })
let caller: Caller | null = administrator

const app = express()
app.use('/exports', exportsRouter({ engine, db, authenticate: async () => caller }))
app.use(errorAnswer(testLog as never))
const server = app.listen(0, '127.0.0.1')
await new Promise((ready) => server.once('listening', ready))
const base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
const folder = await mkdtemp(join(tmpdir(), 'kartotek-export-'))
afterAll(async () => {
  server.closeAllConnections()
  await new Promise((closed) => server.close(closed))
  await crm.close()
  await rm(folder, { recursive: true, force: true })
})

const records = recordsFor(engine, SYSTEM_CALLER.actor)
const rose = await records.create('client', {
  name: '=cmd|calc', kind: 'organisation', lifecycle: 'active', enteredOn: '2024-03-15', creditLimit: { amount: '1234.50' }, taxId: { value: '2077474-0', country: 'FI' }, owner: administrator.actor.userId,
  contactPoints: [{ kind: 'phone', value: '040 1234567' }, { kind: 'email', value: 'a@example.com' }, { kind: 'phone', value: '040 7654321' }],
})
const mine = await records.create('client', { name: 'Mine "quoted"; and more', kind: 'person', lifecycle: 'potential', enteredOn: null, owner: manager.actor.userId })
await records.create('order', { subject: 'Ramp', client: rose.id, owner: administrator.actor.userId })
await records.create('order', { subject: 'Plate', client: mine.id, owner: administrator.actor.userId })

const PREPARE = 'mutation($input: ExportInput!) { prepareExport(input: $input) { id url fileName records { value exact } } }'
async function fetched(input: object, by = administrator): Promise<{ response: Response, bytes: Buffer }> {
  const { data, errors } = await crm.query(by, PREPARE, { input })
  if (errors) throw new Error(errors[0]!.message)
  caller = by
  const response = await fetch(`${base}${data.prepareExport.url}`)
  return { response, bytes: Buffer.from(await response.arrayBuffer()) }
}
async function sheetOf(bytes: Buffer): Promise<string[][]> {
  const file = join(folder, `${Math.random()}.xlsx`)
  await writeFile(file, bytes)
  const book = await openWorkbook(file)
  const rows: string[][] = []
  for await (const batch of book.rows(book.sheets[0]!)) rows.push(...batch.map((row) => row.cells))
  book.close()
  return rows
}

const COLUMNS = ['name', 'kind', 'enteredOn', 'creditLimit', 'creditLimit.currency', 'taxId', 'owner', 'owner.email', 'contactPoints.phone', 'contactPoints']

describe('an export', () => {
  it('gives the list with its filter and order as a workbook of real dates and numbers', async () => {
    const { response, bytes } = await fetched({ object: 'client', columns: COLUMNS, filter: { kind: { eq: 'organisation' } }, orderBy: [{ field: 'name' }] })
    expect(response.headers.get('content-disposition')).toMatch(/^attachment; filename="export\.xlsx"; filename\*=UTF-8''Clients%20\d{4}-\d\d-\d\d\.xlsx$/)
    expect(response.headers.get('cache-control')).toBe('no-store')
    const { rows: [user] } = await db.pool.query<{ name: string, email: string }>('select name, email from core."user" where id = $1', [administrator.actor.userId])
    expect(await sheetOf(bytes)).toEqual([
      ['Name', 'Kind', 'Date entered', 'Credit limit', 'Credit limit, currency', 'Tax id', 'Owner', expect.stringContaining('Owner: '), 'Contact points: Phone', 'Contact points'],
      ['=cmd|calc', 'Organisation', '2024-03-15', '1234.5', 'EUR', '2077474-0', user!.name, user!.email, '040 1234567, 040 7654321', '040 1234567, a@example.com, 040 7654321'],
    ])
  })

  it('gives CSV as spreadsheets of the language expect it, with no cell that is a formula', async () => {
    const { bytes, response } = await fetched({ object: 'client', columns: ['name', 'creditLimit', 'enteredOn'], format: 'CSV', orderBy: [{ field: 'name' }] }, head)
    expect(decodeURIComponent(response.headers.get('content-disposition')!)).toMatch(/Клиенты \d{4}/)
    const text = bytes.toString('utf8')
    expect(text.startsWith('\ufeff')).toBe(true)
    expect(text.split('\r\n').slice(1, 3).sort()).toEqual([`"Mine ""quoted""; and more";;`, `'=cmd|calc;1234,50;2024-03-15`].sort())
    const english = await fetched({ object: 'client', columns: ['name', 'creditLimit'], format: 'CSV', filter: { creditLimit: { gt: 0 } } })
    expect(english.bytes.toString('utf8').split('\r\n')[1]).toBe(`'=cmd|calc,1234.50`)
  })

  it('goes one step over references, by what the reader may see there', async () => {
    const by = await crm.withRules({ objects: { order: { read: 'all' }, client: { read: 'own' }, user: { read: 'all' } }, capabilities: ['export.run'] }, { locale: 'en' })
    await records.update('client', mine.id, { owner: by.actor.userId })
    const { bytes } = await fetched({ object: 'order', columns: ['subject', 'client', 'client.kind', 'stage'], orderBy: [{ field: 'subject' }] }, by)
    expect((await sheetOf(bytes)).slice(1).map((row) => row.slice(0, 3))).toEqual([['Plate', 'Mine "quoted"; and more', 'Private person'], ['Ramp', '', '']])
    await records.update('client', mine.id, { owner: manager.actor.userId })
  })

  it('knows no column that the reader may not read or that is kept from exports', async () => {
    await expect(fetched({ object: 'orderLine', columns: ['cost'] }, await crm.withRules({ objects: { order: { read: 'all' } }, fields: { 'orderLine.cost': { read: false } }, capabilities: ['export.run'] }))).rejects.toThrow('no field "cost"')
    const { errors } = await crm.query(administrator, 'mutation { updateField(object: "client", field: "industry", input: { exported: false }) { exported } }')
    expect(errors).toBeUndefined()
    await expect(fetched({ object: 'client', columns: ['industry'] })).rejects.toThrow('no field "industry"')
    await expect(fetched({ object: 'order', columns: ['client.industry'] })).rejects.toThrow('no field "client.industry"')
    await expect(fetched({ object: 'client', columns: ['name'], filter: { secret: { eq: 1 } } })).rejects.toThrow('no field "secret"')
    const keys = exportColumns(readingOf(engine, administrator), exportedObject(readingOf(engine, administrator), 'client')).map((column) => column.key)
    expect(new Set(keys).size).toBe(keys.length)
    expect(keys).toEqual(expect.arrayContaining(['id', 'name', 'owner', 'owner.email', 'createdAt', 'contactPoints.email']))
    expect(keys).not.toContain('industry')
  })

  it('tells no title that is kept from exports, whatever names the record', async () => {
    const subject = (await records.create('order', { subject: 'Kept', client: mine.id, owner: administrator.actor.userId })).id
    await records.create('task', { title: 'About the client', subject: { object: 'client', id: mine.id } })
    await records.create('task', { title: 'About the order', subject: { object: 'order', id: subject } })
    const told = async () => (await sheetOf((await fetched({ object: 'task', columns: ['title', 'subject'], orderBy: [{ field: 'title' }] })).bytes)).slice(1).map((row) => row[1] ?? '')
    const keep = async (exported: boolean) => { expect((await crm.query(administrator, `mutation { updateField(object: "client", field: "name", input: { exported: ${exported} }) { exported } }`)).errors).toBeUndefined() }
    const [client, order] = await told()
    expect([client, order?.length]).toEqual(['Mine "quoted"; and more', expect.any(Number)])
    await keep(false)
    expect(await told()).toEqual(['', order])
    await keep(true)
  })

  it('needs the right to export, is fetched once, and by who asked for it', async () => {
    await expect(fetched({ object: 'client', columns: ['name'] }, manager)).rejects.toThrow('export.run')
    const { data } = await crm.query(administrator, PREPARE, { input: { object: 'client', columns: ['name'] } })
    const address = `${base}${data.prepareExport.url}`
    for (const other of [null, manager, head]) {
      caller = other
      expect((await fetch(address)).status).toBe(other === null ? 401 : other === manager ? 403 : 404)
    }
    caller = administrator
    expect((await fetch(address, { method: 'HEAD' })).status).toBe(404)
    expect((await fetch(address)).status).toBe(200)
    expect((await fetch(address)).status).toBe(404)
    const { data: old } = await crm.query(administrator, PREPARE, { input: { object: 'client', columns: ['name'] } })
    await db.pool.query(`update core.export_ticket set created_at = now() - interval '16 minutes' where id = $1`, [old.prepareExport.id])
    expect((await fetch(`${base}${old.prepareExport.url}`)).status).toBe(404)
  })

  it('is noted in the access log', async () => {
    await fetched({ object: 'client', columns: ['name', 'taxId'], format: 'CSV', search: 'cmd' }, head)
    const { rows } = await db.pool.query(`select user_id, detail from core.access_log where kind = 'exported' order by at desc limit 1`)
    expect(rows).toEqual([{ user_id: head.actor.userId, detail: { object: 'client', format: 'csv', columns: ['name', 'taxId'], records: 1, exact: true, narrowed: true } }])
  })

  it('ends where the right to it ends, in the middle of the file', async () => {
    await records.createMany('product', Array.from({ length: 500 }, (_, i) => ({ code: `P${i}`, name: `Product ${i}`, unit: 'pcs' })))
    await db.pool.query(`insert into core.product (id, name) select gen_random_uuid(), 'Product ' || i from generate_series(1, 2000) i`)
    let pages = 0
    const current = async () => {
      if (pages++ > 0) throw new Error('the right is gone')
      return readingOf(engine, administrator)
    }
    const request: ExportRequest = { object: 'product', columns: ['name'], format: 'csv' }
    await expect(pipeline(exportFile(readingOf(engine, administrator), request, exportRows(current, request)), createWriteStream(join(folder, 'cut.csv')))).rejects.toThrow('the right is gone')
  })
})

setFlagsFromString('--expose-gc')
const collect = runInNewContext('gc') as () => void

it('exports 100,000 records in bounded memory, each once', { timeout: 300_000 }, async () => {
  // Of an own object, which has no index yet while it is filled.
  await crm.ask(administrator, 'mutation { createObject(input: { name: "entry", plural: "entries", labels: { en: "Entry" }, labelsPlural: { en: "Entries" } }) { name } }')
  await db.pool.query(`insert into core.x_entry (id, name) select gen_random_uuid(), 'Entry of the long list ' || i from generate_series(1, 100000) i`)
  // Now its indexes are built.
  await crm.drain()
  // As autovacuum does it in time: otherwise PostgreSQL takes the table for a small one and sorts it anew for each page.
  await db.pool.query('analyze core.x_entry')
  // What is held, not what waits to be collected: of that a busy machine may have any amount. What tests before held may go meanwhile.
  let pages = 0, least = Infinity, grown = 0
  const watched = async () => {
    if (pages++ % 10 === 0) {
      collect()
      const used = process.memoryUsage().heapUsed
      least = Math.min(least, used)
      grown = Math.max(grown, used - least)
    }
    return reading
  }
  const request: ExportRequest = { object: 'xEntry', columns: ['id', 'name', 'owner', 'createdAt'], format: 'csv', orderBy: [{ field: 'name', direction: 'ASC' }], filter: { name: { startsWith: 'Entry of the long list' } } }
  const file = join(folder, 'many.csv')
  const reading = readingOf(engine, administrator)
  await pipeline(exportFile(reading, request, exportRows(watched, request)), createWriteStream(file))
  const ids = new Set<string>()
  let count = 0
  for await (const batch of (await readCsv(createReadStream(file))).rows()) for (const row of batch) { ids.add(row.cells[0]!); count++ }
  expect([count, ids.size]).toEqual([100_000, 100_000])
  expect(pages).toBeGreaterThan(40)
  expect(grown).toBeLessThan(15 * 1024 ** 2)
})
