import { sql } from 'kysely'
import { afterAll, describe, expect, it } from 'vitest'
import { recompute } from './recompute.ts'
import { translateError } from '../messages/translate.ts'
import { testCrm } from '../testing/crm.ts'

const crm = await testCrm({ work: false })
afterAll(() => crm.close())
const admin = await crm.as('administrator')
const run = (source: string, variables?: Record<string, unknown>) => crm.ask(admin, source, variables)
const field = (name: string, type: string, formula: string | null, more = '') => crm.query(admin, `mutation ($formula: String) { createField(object: "product", input: { name: "${name}", type: ${type}, labels: { en: "${name}" }, formula: $formula ${more} }) { key readOnly writable formula } }`, { formula })
const product = async (id: string, fields: string) => (await run(`{ product(id: "${id}") { version ${fields} } }`)).product

describe('a field with a formula', () => {
  it('is worked out for what is there, at every write, and through other formulas', async () => {
    const { createProduct: { id } } = await run('mutation { createProduct(input: { name: "Tea", price: { amount: "19.99", currency: "EUR" } }) { id } }')
    await field('weight', 'decimal', null, 'scale: 3')
    await field('perKilo', 'money', 'round(price / custom.weight, 2)')
    expect((await field('note', 'text', 'name + ": " + text(custom.perKilo)')).data.createField).toEqual({ key: 'custom.note', readOnly: true, writable: false, formula: 'name + ": " + text(custom.perKilo)' })
    await crm.drain()
    expect(await product(id, 'custom { perKilo { amount } note }')).toEqual({ version: 1, custom: { perKilo: null, note: 'Tea:' } })
    await run('mutation ($id: ID!) { updateProduct(id: $id, input: { custom: { weight: "0.3" } }) { id } }', { id })
    expect(await product(id, 'custom { perKilo { amount currency } note }')).toEqual({ version: 2, custom: { perKilo: { amount: '66.63', currency: 'EUR' }, note: 'Tea: 66.63 EUR' } })
    const { errors } = await crm.query(admin, `mutation { updateProduct(id: "${id}", input: { custom: { note: "by hand" } }) { id } }`)
    expect(errors).toMatchObject([{ message: expect.stringContaining('Field "note" is not defined by type'), extensions: { code: 'INVALID_INPUT' } }])
  })

  it('is worked out anew when the formula changes, without touching versions', async () => {
    const { createProduct: { id } } = await run('mutation { createProduct(input: { name: "Coffee", custom: { weight: "2" } }) { id } }')
    await field('doubled', 'decimal', 'custom.weight * 2')
    await crm.drain()
    expect(await product(id, 'custom { doubled }')).toEqual({ version: 1, custom: { doubled: '4.00' } })
    await run('mutation { updateField(object: "product", field: "custom.doubled", input: { formula: "custom.weight * 20" }) { formula } }')
    await crm.drain()
    expect(await product(id, 'custom { doubled }')).toEqual({ version: 1, custom: { doubled: '40.00' } })
    expect(await recompute(crm.kartotek.engine, 'product')).toBe(0)
  })

  it('is closed with what it reads', async () => {
    const clerk = await crm.withRules({ objects: { product: { read: 'all' } }, fields: { 'product.custom.weight': { read: false } } })
    const hidden = (await crm.query(clerk, '{ products { nodes { custom { doubled } } } }')).errors
    expect(hidden).toMatchObject([{ message: expect.stringContaining('Cannot query field "custom" on type "Product"'), extensions: { code: 'INVALID_INPUT' } }])
    expect((await crm.query(admin, '{ products { nodes { custom { doubled } } } }')).errors).toBeUndefined()
  })

  it('is left empty by a result that does not fit', async () => {
    await field('small', 'text', 'name + name', 'maxLength: 10')
    const { createProduct: { id } } = await run('mutation { createProduct(input: { name: "A long name" }) { id } }')
    expect(await product(id, 'custom { small }')).toMatchObject({ custom: { small: null } })
  })

  it.each([
    ['wrong1', 'decimal', 'name', 'formulaResult'], ['wrong2', 'decimal', 'price +', 'formulaSyntax'], ['wrong3', 'date', 'today()', 'formulaVolatile'], ['wrong4', 'decimal', 'custom.wrong4 + 1', 'formulaField'],
    ['wrong5', 'text', 'owner', 'formulaField'], ['wrong6', 'text', 'updatedAt + ""', 'formulaField'],
  ])('%s is refused: %s, %s', async (name, type, formula, rule) => {
    expect((await field(name, type, formula)).errors![0]!.extensions.fields).toMatchObject([{ field: 'formula', rule }])
  })

  it('does not lead back to itself, and says so in the language of the reader', async () => {
    await field('first', 'decimal', 'custom.weight + 1')
    await field('second', 'decimal', 'custom.first + 1')
    const ru = await crm.as('administrator', { locale: 'ru' })
    const { errors } = await crm.query(ru, 'mutation { updateField(object: "product", field: "custom.first", input: { formula: "custom.second + 1" }) { key } }')
    expect(translateError(errors![0]!, 'ru').extensions!.fields).toMatchObject([{ rule: 'formulaCircle', message: 'Формула через поле «custom.second» ссылается на саму себя.' }])
  })

  it('rests when a field that it reads is hidden', async () => {
    await run('mutation { hideField(object: "product", field: "custom.first") { key } }')
    const { createProduct: { id } } = await run('mutation { createProduct(input: { name: "Rests", custom: { weight: "1" } }) { id } }')
    const seen = await crm.query(admin, `{ product(id: "${id}") { custom { second } } }`)
    expect(seen.errors).toMatchObject([{ message: 'Cannot query field "second" on type "ProductCustom".', extensions: { code: 'INVALID_INPUT' } }])
  })

  it('is worked out anew when it, or what it reads, is there again', async () => {
    const { createProduct: { id } } = await run('mutation { createProduct(input: { name: "Back", custom: { weight: "1" } }) { id } }')
    await run('mutation { restoreField(object: "product", field: "custom.first") { key } }')
    await crm.drain()
    expect(await product(id, 'custom { first second }')).toMatchObject({ custom: { first: '2.00', second: '3.00' } })
    await run('mutation { hideField(object: "product", field: "custom.second") { key } }')
    await run('mutation ($id: ID!) { updateProduct(id: $id, input: { custom: { weight: "5" } }) { id } }', { id })
    await run('mutation { restoreField(object: "product", field: "custom.second") { key } }')
    await crm.drain()
    expect(await product(id, 'custom { first second }')).toMatchObject({ custom: { first: '6.00', second: '7.00' } })
  })

  it('is worked out anew when the company moves to another time zone', async () => {
    const { createProduct: { id } } = await run('mutation { createProduct(input: { name: "Midnight" }) { id } }')
    await sql`update core.product set created_at = '2026-05-01T22:30:00Z' where id = ${id}`.execute(crm.kartotek.engine.db)
    await field('madeOn', 'date', 'date(createdAt)')
    await crm.kartotek.settings.updateCompany({ timeZone: 'Europe/London' }, null)
    await crm.drain()
    expect(await product(id, 'custom { madeOn }')).toMatchObject({ custom: { madeOn: '2026-05-01' } })
    await crm.kartotek.settings.updateCompany({ timeZone: 'Europe/Helsinki' }, null)
    await crm.drain()
    expect(await product(id, 'custom { madeOn }')).toMatchObject({ custom: { madeOn: '2026-05-02' } })
  })

  it('shows nobody what is left in the column when it can no longer be understood', async () => {
    await field('stale', 'decimal', 'custom.weight * 3')
    await crm.drain()
    expect((await crm.query(admin, '{ products { nodes { custom { stale } } } }')).errors).toBeUndefined()
    for (const formula of ['name * 3', 'custom.weight *', 'nothing(custom.weight)', 'owner']) {
      await sql`with r as (update core.revision set shape = shape + 1) update core.field set overrides = overrides || ${JSON.stringify({ formula })}::jsonb where object = 'product' and name = 'stale'`.execute(crm.kartotek.engine.db)
      await crm.kartotek.engine.live.refresh()
      expect((await crm.query(admin, '{ products { nodes { custom { stale } } } }')).errors, formula).toMatchObject([{ message: expect.stringContaining('Cannot query field "stale" on type "ProductCustom"'), extensions: { code: 'INVALID_INPUT' } }])
    }
  })
})
