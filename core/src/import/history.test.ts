import { sql } from 'kysely'
import { expect, it } from 'vitest'
import type { Caller } from '../access/caller.ts'
import { revertChangeSet } from '../changes/reverts.ts'
import { bumpRevision } from '../model/sync.ts'
import { readingOf } from '../records/engine.ts'
import { testEngine, testUser } from '../testing/engine.ts'
import { testDatabase } from '../testing/index.ts'
import { createJob, failedRows, findJob } from './job.ts'
import { listKept } from '../changes/kept.ts'
import { parseMapping } from './mapping.ts'
import { runImport } from './run.ts'

const db = await testDatabase()
const engine = await testEngine(db)
const administrator = await testUser(engine, 'administrator')

async function load(mapping: object, lines: string[], caller: Caller = administrator) {
  const job = await createJob(engine.db, { mapping: parseMapping(mapping), fileName: 'x.csv', userId: caller.actor.userId })
  const done = await runImport({ engine, caller, job, open: async function* () { yield Buffer.from(lines.join('\n')) } })
  return { ...done, problems: (await failedRows(engine.db, job.id, 0, 100)).map((row) => row.problems) }
}
const rows = async (text: string): Promise<unknown[]> => (await db.pool.query(text)).rows

const ORDERS = {
  object: 'order', system: 'old', key: { columns: ['no'] },
  fields: { number: 'no', subject: 'subject', stage: 'stage', dueOn: 'due', lossReason: 'why' },
}
const HISTORY = { createdAt: 'created', stageEnteredAt: 'closed', closedAt: 'closed' }

it('keeps the gates of stages on every row', async () => {
  await engine.db.transaction().execute(async (trx) => {
    await sql`update core.stage set gate = '{"requiredFields": ["dueOn"]}' where key = 'delivery'`.execute(trx)
    await bumpRevision(trx, 'rules')
  })
  await engine.live.refresh()
  const done = await load(ORDERS, ['no,subject,stage,due,why', 'A1,With date,delivery,2026-01-02,', 'A2,Without date,Shipping,,', 'A3,Lost without reason,lost,,', 'A4,Lost,lost,,Hinta'])
  expect([done.created, done.failed]).toEqual([2, 2])
  expect(done.problems.map(([problem]) => problem!.rule)).toEqual(['GATE_CLOSED', 'GATE_CLOSED'])
})

it('lets history pass gates by capability, with its dates, and flags what was not met', async () => {
  const done = await load({ ...ORDERS, timeZone: 'UTC', history: HISTORY }, ['no,subject,stage,due,why,created,closed',
    'H1,Old,delivery,,,2024-05-01,2024-05-20', 'H2,Old won,won,,,01.06.2024 10:30,15.06.2024'])
  expect([done.created, done.failed]).toEqual([2, 0])
  expect(await rows(`select o.number, o.created_at::text as created, o.stage_entered_at::date::text as entered, o.closed_at::date::text as closed from core."order" o where number like 'H%' order by 1`)).toEqual([
    { number: 'H1', created: '2024-05-01 00:00:00+00', entered: '2024-05-20', closed: null },
    { number: 'H2', created: '2024-06-01 10:30:00+00', entered: '2024-06-15', closed: '2024-06-15' },
  ])
  expect(await rows(`select (flags->>'passedGatesCount')::int as n from core.change_set where id = '${done.changeSetId}'`)).toEqual([{ n: 1 }])
  const head = await testUser(engine, 'head_of_sales')
  await sql`update core.role set rules = rules || '{"capabilities": ["import.run"]}' where key = 'head_of_sales'`.execute(db.kysely)
  await engine.db.transaction().execute((trx) => bumpRevision(trx, 'rules'))
  await engine.live.refresh()
  await expect(load({ ...ORDERS, history: HISTORY }, ['no,subject,stage,due,why,created,closed', 'H3,x,new,,,,'], head)).rejects.toThrow('gates.pass')
})

it('is undone as a whole, updates included, except what was changed since', async () => {
  await load(ORDERS, ['no,subject,stage,due,why', 'R1,Before,new,2026-01-01,', 'R2,Before,new,2026-01-01,'])
  const done = await load({ ...ORDERS, onMatch: 'update' }, ['no,subject,stage,due,why', 'R1,After,,2026-02-02,', 'R2,After,,2026-02-02,', 'R3,New,new,,'])
  expect([done.created, done.updated]).toEqual([1, 2])
  await load({ ...ORDERS, onMatch: 'update' }, ['no,subject,stage,due,why', 'R2,Later,,,'])
  const report = await revertChangeSet(engine, administrator, done.changeSetId)
  expect(report.kept.map((one) => one.fields)).toEqual([['subject']])
  expect([done.undone, (await findJob(engine.db, done.id))!.undone]).toEqual([false, true])
  expect([done.revert, (await findJob(engine.db, done.id))!.revert]).toEqual([null, expect.objectContaining({ state: 'done', total: 3, done: 3, kept: 1 })])
  const [stayed, ...others] = await listKept(readingOf(engine, { ...administrator, actor: { ...administrator.actor, locale: 'ru' } }), done.changeSetId, 50)
  expect(others).toEqual([])
  expect(stayed).toMatchObject({ object: 'order', record: { id: report.kept[0]!.record, title: 'R2' }, fields: ['Тема'], message: 'Запись с тех пор изменили, поэтому она остаётся.' })
  const nobody = await testUser(engine, 'manager')
  expect(await listKept(readingOf(engine, nobody), done.changeSetId, 50)).toMatchObject([{ record: null }])
  expect(await rows(`select number, subject, due_on, trashed_at is not null as gone from core."order" where number like 'R%' order by 1`)).toEqual([
    { number: 'R1', subject: 'Before', due_on: '2026-01-01', gone: false },
    { number: 'R2', subject: 'Later', due_on: '2026-01-01', gone: false },
    { number: 'R3', subject: 'New', due_on: null, gone: true },
  ])
})

it('attaches lines in any order of rows, keeps what an order has, and names the bad line', async () => {
  const lines = {
    object: 'orderLine', system: 'old', currency: 'EUR', partOf: { object: 'order', list: 'lines', key: { columns: ['order'] } }, key: { columns: ['order', 'line'] },
    fields: { text: 'what', quantity: 'count', price: 'price' },
  }
  const first = await load(lines, ['order,line,what,count,price', 'A1,1,Nails,10,"1,50"', 'H1,1,Boards,2,20', 'A1,2,Hammer,1,15', 'A1,3,Broken,many,1', 'ZZ,1,Nobody,1,1', 'H1,2,,3,5', `A1,4,${'x'.repeat(600)},1,1`])
  expect([first.created, first.failed]).toEqual([4, 3])
  expect(first.problems.map(([problem]) => problem!.column)).toEqual(['count', 'order', 'what'])
  const second = await load({ ...lines, onMatch: 'update' }, ['order,line,what,count,price', 'A1,2,Hammer,3,15', 'A1,5,Saw,1,30', 'H1,1,Boards,2,20'])
  expect([second.created, second.updated]).toEqual([1, 2])
  expect(await rows(`select o.number, l.text, l.quantity::float8 as n, l.net::text, o.net::text as total from core.order_line l join core."order" o on o.id = l.order_id order by 1, l.position`)).toEqual([
    { number: 'A1', text: 'Nails', n: 10, net: '15.00', total: '90.00' }, { number: 'A1', text: 'Hammer', n: 3, net: '45.00', total: '90.00' },
    { number: 'A1', text: 'Saw', n: 1, net: '30.00', total: '90.00' },
    { number: 'H1', text: 'Boards', n: 2, net: '40.00', total: '55.00' }, { number: 'H1', text: null, n: 3, net: '15.00', total: '55.00' },
  ])
})
