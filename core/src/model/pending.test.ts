import { afterAll, afterEach, describe, expect, it } from 'vitest'
import { migrate } from '../database/migration.ts'
import { migrations } from '../migrations.ts'
import { testCrm } from '../testing/crm.ts'
import { testDatabase } from '../testing/index.ts'
import { tryPending } from './pending.ts'

const crm = await testCrm({ work: false })
afterAll(() => crm.close())
const { engine, db } = crm.kartotek
const admin = await crm.as('administrator')
const ask = (source: string, variables?: Record<string, unknown>) => crm.ask(admin, source, variables)
const pending = async () => (await ask('{ pendingModelChanges { id change object field state attempts error waitsFor { pid application state since } } }')).pendingModelChanges
const field = (object: string, name: string, more = '') => ask(`mutation { createField(object: "${object}", input: { name: "${name}", type: text, labels: { en: "${name}" } ${more} }) { key pending } }`)
const fieldNow = async (object: string, key: string) => ((await ask(`{ object(name: "${object}") { fields(hidden: true) { key unique hidden } } }`)).object.fields as { key: string, unique: boolean, hidden: boolean }[]).find((one) => one.key === key)

let close: (() => Promise<void>) | undefined
afterEach(async () => { await close?.() })
/** Somebody who has looked into a table and does not end his transaction. @returns what lets go of it */
const reader = (table: string): Promise<() => Promise<void>> => transaction(`begin; select 1 from core.${table} limit 1`)
async function transaction(begin: string): Promise<() => Promise<void>> {
  const session = await db.pool.connect()
  await session.query(`set application_name = 'a long report'; ${begin}`)
  close = async () => {
    close = undefined
    await session.query('commit; reset application_name')
    session.release()
  }
  return close
}

describe('behind a long reader', { timeout: 60_000 }, () => {
  it('a new field waits, says who holds it up, and is made once he is through', async () => {
    const end = await reader('product')
    const { createField: made } = await field('product', 'shelf', ', filterable: true')
    expect(made).toEqual({ key: 'custom.shelf', pending: true })
    const [waiting] = await pending()
    expect(waiting).toMatchObject({ change: 'createField', object: 'product', field: 'custom.shelf', state: 'WAITING', attempts: 1, error: null })
    expect(waiting.waitsFor).toEqual([{ pid: expect.any(Number), application: 'a long report', state: 'idle in transaction', since: expect.any(String) }])
    expect(await tryPending(engine, async () => undefined)).toBe(1)
    expect((await pending())[0]).toMatchObject({ id: waiting.id, attempts: 2 })
    await end()
    await crm.drain()
    expect(await pending()).toEqual([])
    expect((await crm.query(admin, '{ products { nodes { custom { shelf } } } }')).errors).toBeUndefined()
    expect((await db.pool.query(`select index_state from core.field where name = 'shelf'`)).rows).toEqual([{ index_state: 'ready' }])
  })

  it('a rule that goes waits, and other fields and objects are changed meanwhile', async () => {
    await field('product', 'badge', ', unique: true')
    await crm.drain()
    const end = await reader('product')
    const { updateField } = await ask('mutation { updateField(object: "product", field: "custom.badge", input: { unique: false }) { unique pending } }')
    expect(updateField).toEqual({ unique: true, pending: true })
    expect((await field('client', 'free')).createField).toEqual({ key: 'custom.free', pending: false })
    expect((await ask('mutation { hideField(object: "product", field: "custom.shelf") { hidden pending } }')).hideField).toEqual({ hidden: true, pending: false })
    await expect(ask('mutation { updateField(object: "product", field: "custom.badge", input: { unique: false }) { pending } }')).rejects.toThrow('Another change waits here already')
    expect(await pending()).toMatchObject([{ change: 'updateField', field: 'custom.badge' }])
    await end()
    expect(await tryPending(engine, async () => undefined)).toBe(0)
    expect(await fieldNow('product', 'custom.badge')).toMatchObject({ unique: false })
    expect((await db.pool.query(`select 1 from pg_indexes where indexname like 'ux_product_x_badge%'`)).rows).toEqual([])
  })

  it('an object waits until its records can have owners', async () => {
    await ask('mutation { createObject(input: { name: "box", plural: "boxes", labels: { en: "Box" }, labelsPlural: { en: "Boxes" }, owned: false }) { name } }')
    const end = await reader('x_box')
    expect((await ask('mutation { updateObject(name: "xBox", input: { owned: true }) { owned pending } }')).updateObject).toEqual({ owned: false, pending: true })
    expect(await pending()).toMatchObject([{ change: 'updateObject', object: 'xBox', field: null }])
    await end()
    await tryPending(engine, async () => undefined)
    expect((await ask('{ object(name: "xBox") { owned pending } }')).object).toEqual({ owned: true, pending: false })
  })
})

it('a new object, one that is hidden and one that comes back wait behind a write that does not end', { timeout: 60_000 }, async () => {
  for (const [name, plural] of [['crate', 'crates'], ['tray', 'trays']]) await ask(`mutation { createObject(input: { name: "${name}", plural: "${plural}", labels: { en: "${name}" }, labelsPlural: { en: "${plural}" } }) { name } }`)
  await ask('mutation { hideObject(name: "xTray") { name } }')
  const end = await transaction('begin; select * from core.revision for share')
  const made = await Promise.all([
    ask('mutation { createObject(input: { name: "pallet", plural: "pallets", labels: { en: "Pallet" }, labelsPlural: { en: "Pallets" }, contactPoints: true }) { name plural label contactPoints pending } }'),
    ask('mutation { hideObject(name: "xCrate") { name hiddenAt pending } }'),
    ask('mutation { restoreObject(name: "xTray") { name plural pending } }'),
  ])
  expect(made).toEqual([
    { createObject: { name: 'xPallet', plural: 'xPallets', label: 'Pallet', contactPoints: true, pending: true } },
    { hideObject: { name: 'xCrate', hiddenAt: null, pending: true } },
    { restoreObject: { name: 'xTray', plural: 'xTrays', pending: true } },
  ])
  const waiting = (await ask('{ pendingModelChanges { change object label field waitsFor { application } } }')).pendingModelChanges
  expect(waiting.sort((a: { change: string }, b: { change: string }) => a.change.localeCompare(b.change))).toMatchObject([
    { change: 'createObject', object: 'xPallet', label: 'Pallet', field: null, waitsFor: [{ application: 'a long report' }] },
    { change: 'hideObject', object: 'xCrate', label: 'crate' },
    { change: 'restoreObject', object: 'xTray', label: 'tray' },
  ])
  await end()
  await crm.drain()
  expect(await pending()).toEqual([])
  expect((await ask('{ hiddenObjects { name pending } }')).hiddenObjects).toEqual([{ name: 'xCrate', pending: false }])
  expect((await ask('mutation { createXPallet(input: { name: "EUR", contactPoints: [{ kind: "phone", value: "+358 40 1234567" }] }) { contactPoints { value } } createXTray(input: { name: "T" }) { name } }')).createXPallet.contactPoints).toHaveLength(1)
})

it('a new object with contact points waits for who looks into those of clients', { timeout: 60_000 }, async () => {
  const end = await reader('contact_point')
  expect((await ask('mutation { createObject(input: { name: "yard", plural: "yards", labels: { en: "Yard" }, labelsPlural: { en: "Yards" }, contactPoints: true }) { pending } }')).createObject).toEqual({ pending: true })
  expect((await pending())[0]).toMatchObject({ waitsFor: [{ application: 'a long report' }] })
  await end()
  await crm.drain()
  expect((await ask('{ object(name: "xYard") { pending contactPoints } }')).object).toEqual({ pending: false, contactPoints: true })
})

describe('a change that waits', { timeout: 60_000 }, () => {
  it('is made once by nodes that try it at the same time, in the name of who asked', async () => {
    const end = await reader('product')
    await field('product', 'aisle')
    await end()
    const followed: unknown[] = []
    await Promise.all([1, 2, 3].map(() => tryPending(engine, async (asked) => { followed.push(asked) })))
    expect(followed.length).toBeGreaterThan(0)
    const { rows } = await db.pool.query(`select s.user_id from core.configuration_change c join core.change_set s on s.id = c.change_set_id where c.subject_id = 'product.custom.aisle'`)
    expect(rows).toEqual([{ user_id: admin.actor.userId }])
    expect(await pending()).toEqual([])
  })

  it('goes on with what follows from it where a node was killed right after making it', async () => {
    const end = await reader('product')
    await field('product', 'rack', ', filterable: true')
    await end()
    await expect(tryPending(engine, async () => { throw new Error('killed') })).rejects.toThrow('killed')
    expect(await fieldNow('product', 'custom.rack')).toBeDefined()
    const followed: unknown[] = []
    await tryPending(engine, async (asked) => { followed.push(asked) })
    expect(followed).toMatchObject([{ change: 'createField', input: { name: 'rack' } }])
    expect((await db.pool.query('select 1 from core.pending_model_change')).rows).toEqual([])
  })

  it('fails where it cannot be made any more, and says why, in the language of the reader', async () => {
    const end = await reader('product')
    const other = await crm.withRules({ objects: { '*': { read: 'all' } }, capabilities: ['model.manage'] }, { locale: 'ru' })
    await crm.ask(other, 'mutation { createField(object: "product", input: { name: "late", type: text, labels: { en: "Late" } }) { key } }')
    await end()
    await db.pool.query('delete from core.user_role where user_id = $1', [other.actor.userId])
    await tryPending(engine, async () => undefined)
    expect(await fieldNow('product', 'custom.late')).toBeUndefined()
    const [failed] = await pending()
    expect(failed).toMatchObject({ state: 'FAILED', error: 'The person who started this may no longer act.', waitsFor: [] })
    expect((await crm.ask(other, '{ pendingModelChanges { error } }')).pendingModelChanges).toEqual([{ error: 'Сотрудник, который это начал, больше не имеет доступа.' }])
    await ask('mutation($id: ID!) { cancelModelChange(id: $id) }', { id: failed.id })
    expect(await pending()).toEqual([])
  })

  it('can be cancelled, and is shown to nobody who may not manage the model or not see its field', async () => {
    await reader('client')
    await ask('mutation { createField(object: "client", input: { name: "vain", type: text, labels: { en: "Vain" } }) { key } }')
    const [waiting] = await pending()
    await expect(crm.ask(await crm.as('manager'), '{ pendingModelChanges { id } }')).rejects.toThrow('model.manage')
    const blind = await crm.withRules({ objects: { product: { read: 'all' } }, capabilities: ['model.manage'] })
    expect((await crm.ask(blind, '{ pendingModelChanges { id } }')).pendingModelChanges).toEqual([])
    await expect(crm.ask(blind, 'mutation($id: ID!) { cancelModelChange(id: $id) }', { id: waiting.id })).rejects.toThrow('There is no such change')
    await ask('mutation($id: ID!) { cancelModelChange(id: $id) }', { id: waiting.id })
    await close!()
    await tryPending(engine, async () => undefined)
    expect(await fieldNow('client', 'custom.vain')).toBeUndefined()
  })
})

it('comes to a database that has been in use', async () => {
  const old = await testDatabase({ from: 'empty' })
  const ids = ['model-0003-pending', 'model-0005-written-first']
  await migrate(old, migrations.filter(({ id }) => !ids.includes(id)))
  expect(await migrate(old, migrations)).toEqual(ids)
})
