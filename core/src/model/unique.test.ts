import { afterAll, describe, expect, it } from 'vitest'
import { testCrm } from '../testing/crm.ts'

const crm = await testCrm({ work: false })
afterAll(() => crm.close())
const admin = await crm.as('administrator')
const run = (source: string) => crm.query(admin, source)
const field = (name: string, more: string) => crm.ask(admin, `mutation { createField(object: "product", input: { name: "${name}", labels: { en: "${name}" }, ${more} }) { key } }`)
const product = (custom: string) => run(`mutation { createProduct(input: { name: "P", custom: { ${custom} } }) { id } }`)
const change = (name: string, input: string) => run(`mutation { updateField(object: "product", field: "custom.${name}", input: { ${input} }) { key } }`)

describe('a unique phone', () => {
  it('is one number, however it is written', async () => {
    await field('line', 'type: phone, unique: true')
    expect((await product('line: "+358 40 1234567"')).errors).toBeUndefined()
    expect((await product('line: "+358401234567"')).errors).toMatchObject([{ extensions: { code: 'DUPLICATE' } }])
    expect((await run('mutation { createProducts(inputs: [{ name: "a", custom: { line: "+358 40 7654321" } }, { name: "b", custom: { line: "+358407654321" } }]) { succeeded } }')).data.createProducts.succeeded).toBe(1)
    // What is no number of any country is compared as it was written.
    expect((await product('line: "12-34"')).errors).toBeUndefined()
    expect((await product('line: "12-34"')).errors).toMatchObject([{ extensions: { code: 'DUPLICATE' } }])
    await crm.drain()
    await expect(crm.kartotek.db.pool.query(`insert into core.product (id, name, x_line, x_line__e164) values (gen_random_uuid(), 'race', '040 1234567', '+358401234567')`)).rejects.toThrow(/unique|duplicate/)
  })

  it('is not made of one that repeats, and may be given up', async () => {
    await field('second', 'type: phone')
    await product('second: "+358 50 1111111"')
    const { data: { createProduct: { id } } } = await product('second: "+358501111111"')
    expect((await change('second', 'unique: true')).errors).toMatchObject([{ extensions: { code: 'INVALID_INPUT', fields: [{ rule: 'unique' }, { rule: 'unique' }] } }])
    await run(`mutation { updateProduct(id: "${id}", input: { custom: { second: null } }) { id } }`)
    expect((await change('second', 'unique: true')).errors).toBeUndefined()
    expect((await product('second: "050 1111111"')).errors ?? (await product('second: "+358(50)1111111"')).errors).toMatchObject([{ extensions: { code: 'DUPLICATE' } }])
    expect((await change('second', 'unique: false')).errors).toBeUndefined()
    expect((await product('second: "+358 501 111 111"')).errors).toBeUndefined()
  })
})

it('a phone is found as it was written where no country knows it', async () => {
  await field('third', 'type: phone')
  for (const number of ['12-34', '+358 40 1234000', '+358 40 5551234']) await product(`third: "${number}"`)
  const found = async (filter: string) => (await crm.ask(admin, `{ products(filter: { custom: { third: ${filter} } }) { nodes { custom { third { raw } } } } }`)).products.nodes.map((n: { custom: { third: { raw: string } } }) => n.custom.third.raw).sort()
  expect(await found('{ eq: "12-34" }')).toEqual(['12-34'])
  expect(await found('{ eq: "+358401234000" }')).toEqual(['+358 40 1234000'])
  expect(await found('{ contains: "12-34" }')).toEqual(['+358 40 1234000', '+358 40 5551234', '12-34'])
})

it('one value fills no more than one record of a field without repetitions', async () => {
  await field('serial', 'type: text')
  const { data: { createProduct: { id } } } = await product('serial: "taken"')
  const empty = async () => Number((await crm.kartotek.db.pool.query('select count(*) as n from core.product where x_serial is null')).rows[0].n)
  const before = await empty()
  expect(before).toBeGreaterThan(1)
  const refused = { extensions: { code: 'INVALID_INPUT', fields: [{ field: 'backfill', rule: 'unique' }] } }
  expect((await change('serial', 'required: true, unique: true, backfill: "new"')).errors).toMatchObject([refused])
  expect(await empty()).toBe(before)
  await crm.kartotek.db.pool.query(`update core.product set x_serial = id::text where id <> $1`, [id])
  await crm.kartotek.db.pool.query(`update core.product set x_serial = null where id = (select id from core.product where id <> $1 limit 1)`, [id])
  expect((await change('serial', 'required: true, unique: true, backfill: "taken"')).errors).toMatchObject([refused])
  expect(await empty()).toBe(1)
  expect((await change('serial', 'required: true, unique: true, backfill: "new"')).errors).toBeUndefined()
})
