import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, afterEach, describe, expect, it } from 'vitest'
import { eventually } from '../testing/child.ts'
import { testCrm } from '../testing/crm.ts'
import { tryPending } from './pending.ts'

const crm = await testCrm({ work: false })
afterAll(() => crm.close())
const { engine, db } = crm.kartotek
const admin = await crm.as('administrator')
const run = (source: string) => crm.query(admin, source)
const field = (name: string) => crm.ask(admin, `mutation { createField(object: "product", input: { name: "${name}", type: text, labels: { en: "${name}" } }) { key } }`)
const product = (custom: string) => run(`mutation { createProduct(input: { name: "P", custom: { ${custom} } }) { id } }`)
const makeUnique = (name: string) => run(`mutation { updateField(object: "product", field: "custom.${name}", input: { unique: true }) { unique pending } }`)
const indexes = async () => (await db.pool.query(`select c.relname as name, i.indisvalid as valid, i.indisready as ready from pg_index i join pg_class c on c.oid = i.indexrelid where c.relname like 'ux_product_x_%' order by 1`)).rows
const building = (name: string) => eventually(async () => (await indexes()).some((one) => one.name === `ux_product_x_${name}` && !one.valid) || undefined)

let close: (() => Promise<void>) | undefined
afterEach(async () => { await close?.() })
/** A transaction that a concurrent build waits for. @returns what ends it */
async function transaction(begin: string): Promise<() => Promise<void>> {
  const session = await db.pool.connect()
  await session.query(begin)
  close = async () => {
    close = undefined
    await session.query('commit')
    session.release()
  }
  return close
}
/** It sees the database as it was: the build waits for it at its end. */
const snapshot = () => transaction('begin isolation level repeatable read; select 1 from core.revision')

describe('a field that becomes unique', { timeout: 60_000 }, () => {
  it('keeps nobody waiting while its index is built', async () => {
    await field('serial')
    const end = await snapshot()
    const change = makeUnique('serial')
    await building('serial')
    const since = Date.now()
    expect((await product('serial: "one"')).errors).toBeUndefined()
    expect(Date.now() - since).toBeLessThan(2_000)
    // It holds from the first moment, so that nothing stands in the way at the end.
    await eventually(async () => (await indexes()).some((one) => one.ready) || undefined)
    expect((await product('serial: "one"')).errors).toMatchObject([{ extensions: { code: 'DUPLICATE' } }])
    await end()
    expect((await change).data.updateField).toEqual({ unique: true, pending: false })
    expect(await indexes()).toMatchObject([{ name: 'ux_product_x_serial', valid: true }])
  })

  it('is refused with the rows where one came in after the look at them, and its index is gone', async () => {
    await field('batch')
    await product('batch: "same"')
    const end = await transaction(`begin; insert into core.product (id, name, x_batch) values (gen_random_uuid(), 'Unseen', 'same')`)
    const change = makeUnique('batch')
    await building('batch')
    await sleep(100)
    await end()
    expect((await change).errors).toMatchObject([{ extensions: { code: 'INVALID_INPUT', fields: [{ rule: 'unique' }, { rule: 'unique' }] } }])
    expect(await indexes()).toMatchObject([{ name: 'ux_product_x_serial' }])
    expect((await product('batch: "same"')).errors).toBeUndefined()
  })

  it('waits as other changes do behind who looks at the database for long, and is made once he is through', async () => {
    await field('lot')
    const end = await snapshot()
    expect((await makeUnique('lot')).data.updateField).toEqual({ unique: false, pending: true })
    await end()
    expect(await tryPending(engine, async () => undefined)).toBe(0)
    expect((await product('lot: "one"')).errors).toBeUndefined()
    expect((await product('lot: "one"')).errors).toMatchObject([{ extensions: { code: 'DUPLICATE' } }])
    expect(await indexes()).toMatchObject([{ name: 'ux_product_x_lot', valid: true }, { name: 'ux_product_x_serial' }])
  })

  it('leaves nothing that refuses anything where the node dies before or after the build', async () => {
    await field('rack')
    await field('shelf')
    const end = await snapshot()
    const change = makeUnique('rack').catch((error: unknown) => error)
    await building('rack')
    await db.pool.query(`select pg_terminate_backend(pid) from pg_stat_activity where query like 'create unique index concurrently%' and datname = current_database() and pid <> pg_backend_pid()`)
    await change
    await end()
    expect(await indexes()).toContainEqual({ name: 'ux_product_x_rack', valid: false, ready: expect.any(Boolean) })
    await db.pool.query('create unique index ux_product_x_shelf on core.product (x_shelf)')
    await crm.drain()
    expect((await indexes()).map((one) => one.name)).toEqual(['ux_product_x_lot', 'ux_product_x_serial'])
    // What is hidden stays unique for the day when it is restored.
    await crm.ask(admin, 'mutation { hideField(object: "product", field: "custom.lot") { key } }')
    await crm.kartotek.jobs.enqueue(null, 'model', 'buildIndexes', {})
    await crm.drain()
    expect((await indexes()).map((one) => one.name)).toEqual(['ux_product_x_lot', 'ux_product_x_serial'])
  })
})
