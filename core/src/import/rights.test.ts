import { sql } from 'kysely'
import { expect, it } from 'vitest'
import type { Caller } from '../access/caller.ts'
import type { RoleRules } from '../access/roles.ts'
import { objectOf } from '../model/model.ts'
import { accessOf } from '../records/engine.ts'
import { writeRecords } from '../records/write/batch.ts'
import { write } from '../records/write/writing.ts'
import { testEngine, testRole, testUser } from '../testing/engine.ts'
import { testDatabase } from '../testing/index.ts'
import { errorFile } from './error-file.ts'
import { createJob, type ImportJob } from './job.ts'
import { parseMapping } from './mapping.ts'
import { planImport } from './plan.ts'
import { runImport } from './run.ts'

const db = await testDatabase()
const engine = await testEngine(db)
const administrator = await testUser(engine, 'administrator')

const own = { read: 'own', create: 'own', update: 'own', delete: 'own' } as const
const all = { read: 'all', create: 'all', update: 'all', delete: 'all' } as const
const withRules = async (rules: RoleRules): Promise<Caller> => testUser(engine, await testRole(engine, { capabilities: ['import.run'], ...rules }))
const importer = await withRules({ objects: { '*': own, 'user': { read: 'all' } } })

async function run(caller: Caller, mapping: object, lines: string[], dryRun = false): Promise<{ job: ImportJob, reasons: string[] }> {
  const job = await createJob(engine.db, { mapping: parseMapping(mapping), fileName: 'f.csv', userId: caller.actor.userId, dryRun })
  const done = await runImport({ engine, caller, job, open: async function* () { yield Buffer.from(lines.join('\n')) } })
  let text = ''
  for await (const piece of errorFile(engine.db, done)) text += piece
  return { job: done, reasons: text.trim().split('\n').slice(1) }
}
const numbers = ({ created, updated, skipped, failed }: ImportJob) => ({ created, updated, skipped, failed })
const CLIENTS = { object: 'client', system: 'crm', key: { columns: ['id'] }, fields: { name: 'name', code: 'code', taxId: 'tax', contactPoints: [{ kind: { constant: 'phone' }, value: 'phone' }] } }
const HEADER = 'id,name,code,tax,phone'
const holder = async (object: string, key: string): Promise<string | undefined> =>
  (await sql<{ record_id: string }>`select record_id from core.external_ref where object = ${object} and external_id = ${key}`.execute(db.kysely)).rows[0]?.record_id
const clients = async (name: string): Promise<{ id: string, owner: string | null }[]> =>
  (await sql<{ id: string, owner: string | null }>`select id, owner_id as owner from core.client where name like ${`${name}%`} and trashed_at is null order by id`.execute(db.kysely)).rows

await run(administrator, CLIENTS, [HEADER, 'h1,Hidden,H-1,2077474-0,040 1234567'])
const [hidden] = await clients('Hidden')

it('leaves the key of a hidden record with its record, and says no more than that', async () => {
  for (const onMatch of ['skip', 'update', 'create']) {
    for (const dryRun of [true, false]) {
      const { job, reasons } = await run(importer, { ...CLIENTS, onMatch }, [HEADER, 'h1,Mine,,,', `${onMatch}${dryRun},Other,,,`], dryRun)
      expect(numbers(job), onMatch).toEqual({ created: 1, updated: 0, skipped: 0, failed: 1 })
      expect(reasons).toEqual(['2,id: The key “h1” belongs to a record that you may not change.,h1,Mine,,,'])
    }
  }
  expect(await holder('client', 'h1')).toBe(hidden!.id)
  expect(await clients('Mine')).toEqual([])
})

it('keeps it also where the row is found to be another record, and where it is a further record of a row', async () => {
  await run(importer, CLIENTS, [HEADER, 'm1,Found,,2332748-7,'])
  const byTax = await run(importer, { ...CLIENTS, match: ['taxId'] }, [HEADER, 'h1,Found,,2332748-7,'])
  expect(numbers(byTax.job)).toEqual({ created: 0, updated: 0, skipped: 0, failed: 1 })
  const also = { object: 'contact', system: 'crm', fields: { name: 'person' }, also: [{ object: 'client', key: { columns: ['id'] }, fields: { name: 'name' } }] }
  const further = await run(importer, also, ['id,name,person', 'h1,Mine,Anna', 'n1,New,Boris'])
  expect(numbers(further.job)).toEqual({ created: 1, updated: 0, skipped: 0, failed: 1 })
  expect(further.reasons).toEqual(['2,id: The key “h1” belongs to a record that you may not change.,h1,Mine,Anna'])
  expect(await holder('client', 'h1')).toBe(hidden!.id)
  expect((await sql`select 1 from core.contact where name = 'Anna'`.execute(db.kysely)).rows).toEqual([])
})

it('keeps the keys of the parts of hidden records', async () => {
  const ORDERS = { object: 'order', system: 'crm', key: { columns: ['id'] }, fields: { subject: 'name' } }
  const LINES = { object: 'orderLine', system: 'crm', key: { columns: ['id'] }, partOf: { object: 'order', list: 'lines', key: { columns: ['order'] } }, fields: { text: 'name', price: { constant: '5' } } }
  await run(administrator, ORDERS, ['id,name', 'o1,Theirs'])
  await run(administrator, LINES, ['id,order,name', 'l1,o1,Line'])
  await run(importer, ORDERS, ['id,name', 'o2,Mine'])
  const line = await holder('orderLine', 'l1')
  const { job, reasons } = await run(importer, LINES, ['id,order,name', 'l1,o2,Taken', 'l2,o2,Good', 'l3,o1,Hidden order'])
  expect(numbers(job)).toEqual({ created: 1, updated: 0, skipped: 0, failed: 2 })
  expect(reasons).toEqual(['2,id: The key “l1” belongs to a record that you may not change.,l1,o2,Taken', '4,order: There is no Order “o1”: load it first.,l3,o1,Hidden order'])
  expect(await holder('orderLine', 'l1')).toBe(line)
  // What is in the trash keeps no keys: orders and lines may come anew.
  const order = await holder('order', 'o2')
  await write(engine, importer, {}, (w) => writeRecords(w, objectOf(w.generation.model, 'order'), [{ op: 'trash', id: order! }]))
  expect(numbers((await run(importer, ORDERS, ['id,name', 'o2,Again'])).job)).toMatchObject({ created: 1 })
  expect(numbers((await run(importer, LINES, ['id,order,name', 'l2,o2,Good'])).job)).toMatchObject({ created: 1 })
})

it('lets who may change the record give its key to another one', async () => {
  await run(importer, CLIENTS, [HEADER, 'k1,Key one,,,'])
  const before = await holder('client', 'k1')
  expect(numbers((await run(importer, { ...CLIENTS, onMatch: 'create' }, [HEADER, 'k1,Key two,,,'])).job)).toMatchObject({ created: 1 })
  expect(await holder('client', 'k1')).not.toBe(before)
})

it('makes a new record where a phone or a tax number is that of a hidden one, and refuses its unique value in its column', async () => {
  const mapping = { ...CLIENTS, match: ['taxId', 'contactPoint'], onMatch: 'update' }
  const { job, reasons } = await run(importer, mapping, [HEADER, 's1,Same tax,,2077474-0,', 's2,Same phone,,,+358401234567', 's3,Same code,H-1,,'])
  expect(numbers(job)).toEqual({ created: 2, updated: 0, skipped: 0, failed: 1 })
  expect(reasons).toEqual(['4,code: This value exists already.,s3,Same code,H-1,,'])
  expect((await clients('Same')).map((c) => c.owner)).toEqual([importer.actor.userId, importer.actor.userId])
})

it('answers about hidden objects and fields as about those that do not exist', async () => {
  const blind = await withRules({
    objects: { '*': all, 'product': { read: 'none' } },
    fields: Object.fromEntries(['client.code', 'client.taxId', 'contactPoint.value', 'clientAddress.client', 'user.email'].map((f) => [f, { read: false }])),
  })
  const { current } = engine.live
  const plan = (mapping: object, caller = blind) => () => planImport({ generation: current, access: accessOf(engine, current, caller.actor) }, parseMapping(mapping), ['a', 'b'])
  const client = { object: 'client', fields: { name: 'a' } }
  const said = (mapping: object): string => {
    expect(plan(mapping, administrator), JSON.stringify(mapping)).not.toThrow()
    try { plan(mapping)() } catch (error) { return (error as Error).message }
    throw new Error(`Nothing was refused: ${JSON.stringify(mapping)}`)
  }
  const noField = (name: string, object = 'client') => `The object "${object}" has no field "${name}".`
  expect(plan({ ...client, fields: { nam: 'a' } })).toThrow(noField('nam'))
  expect(said({ ...client, fields: { code: 'a' } })).toBe(noField('code'))
  expect(said({ ...client, fields: { addresses: [{ address: 'a' }] } })).toBe(noField('addresses'))
  expect(said({ ...client, key: { columns: ['b'], field: 'code' } })).toBe(noField('code'))
  expect(said({ ...client, match: ['taxId'] })).toBe(noField('taxId'))
  expect(said({ ...client, match: ['contactPoint'] })).toBe(noField('key', 'contactPoint'))
  expect(said({ ...client, fields: { owner: { column: 'a', by: 'email' } } })).toBe(noField('email', 'user'))
  expect(said({ object: 'contact', fields: { name: 'a' }, also: [{ object: 'client', key: { columns: ['b'], field: 'code' }, fields: { name: 'b' } }] })).toBe(noField('code'))
  expect(said({ object: 'clientAddress', partOf: { object: 'client', list: 'addresses', key: { columns: ['a'] } }, fields: { address: 'b' } })).toBe('"client" has no list "addresses" of "clientAddress".')
  expect(said({ object: 'product', fields: { name: 'a' } })).toMatch(/^There is no object "product"; there are (?!.*product).*order/)
  expect(plan({ object: 'order', match: ['taxId'], fields: { subject: 'a' } }, administrator)).toThrow(noField('taxId', 'order'))
})
