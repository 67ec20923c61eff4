// What admins call their objects and lists, beside what is there already, hidden or made at the same moment.
import { afterAll, expect, it } from 'vitest'
import { FIELD_TYPES } from '@kartotek/sdk'
import { testCrm } from '../testing/crm.ts'

const crm = await testCrm({ work: false })
afterAll(() => crm.close())
const admin = await crm.as('administrator')
const run = (source: string, variables?: Record<string, unknown>) => crm.query(admin, source, variables)
const ask = (source: string, variables?: Record<string, unknown>) => crm.ask(admin, source, variables)
const refusedBy = async (answer: ReturnType<typeof run>) => (await answer).errors?.[0]?.extensions
const make = (name: string, partOf?: string) => run('mutation ($i: ObjectInput!) { createObject(input: $i) { name } }', { i: { name, plural: `${name}s`, labels: { en: name }, labelsPlural: { en: `${name}s` }, partOf } })
const refer = (name: string, to: string, reverse: string) => run(`mutation { createField(object: "task", input: { name: "${name}", type: reference, to: "${to}", reverse: "${reverse}", labels: { en: "R" } }) { key } }`)
const restore = (name: string) => run(`mutation { restoreObject(name: "${name}") { name } }`)
const listsOf = async (object: string, name: string) => (await ask('{ objects { name lists { name object } } }')).objects.find((one: { name: string }) => one.name === object).lists.filter((list: { name: string }) => list.name === name)
const taken = (field: string, message: string) => expect.objectContaining({ code: 'INVALID_INPUT', fields: [expect.objectContaining({ field, rule: 'unique', message })] })

it('a reference takes no name of a list, also not of a hidden one', async () => {
  await make('pay', 'order')
  expect(await refusedBy(refer('paid', 'order', 'xPays'))).toEqual(taken('reverse', 'order has "xPays" already.'))
  await ask('mutation { hideObject(name: "xPay") { name } }')
  expect(await refusedBy(refer('paid', 'order', 'xPays'))).toEqual(taken('reverse', 'order has "xPays" already.'))
  expect((await restore('xPay')).errors).toBeUndefined()
  // A list of the judgements and the like is no field, and its name is taken too.
  expect(await refusedBy(refer('inSegment', 'order', 'inSegment'))).toEqual(taken('reverse', 'The API has "inSegment" already: choose another name.'))
})

it('a list takes no name of a reference, also not of a hidden one', async () => {
  await refer('signs', 'order', 'xSigns')
  expect(await refusedBy(make('sign', 'order'))).toEqual(taken('plural', 'order has "xSigns" already.'))
  await ask('mutation { hideField(object: "task", field: "custom.signs") { key } }')
  expect(await refusedBy(make('sign', 'order'))).toEqual(taken('plural', 'order has "xSigns" already.'))
  await ask('mutation { restoreField(object: "task", field: "custom.signs") { key } }')
  expect(await listsOf('order', 'xSigns')).toEqual([{ name: 'xSigns', object: 'task' }])
})

it('what was hidden before names were kept does not come back beside its namesake', async () => {
  const { db, live } = crm.kartotek.engine
  await make('bill', 'order')
  await make('act')
  await ask('mutation { hideObject(name: "xBill") { name } }')
  await refer('bill', 'order', 'xOther')
  await db.updateTable('core.field').set((eb) => ({ definition: eb.fn('jsonb_set', [eb.ref('definition'), eb.val('{reverse}'), eb.val('"xBills"')]) })).where('name', '=', 'bill').execute()
  await db.updateTable('core.revision').set((eb) => ({ shape: eb('shape', '+', 1) })).execute()
  await live.refresh()
  expect(await refusedBy(restore('xBill'))).toEqual(taken('name', 'order has "xBills" already.'))
  await ask('mutation { hideField(object: "task", field: "custom.bill") { key } }')
  expect((await restore('xBill')).errors).toBeUndefined()
  expect(await refusedBy(run('mutation { restoreField(object: "task", field: "custom.bill") { key } }'))).toEqual(taken('field', 'order has "xBills" already.'))
})

it('of a list and a reference that are made at once, one gets the name', async () => {
  const answers = await Promise.all([make('twin', 'contact'), refer('twin', 'contact', 'xTwins')])
  expect(answers.filter(({ errors }) => !errors)).toHaveLength(1)
  expect(await listsOf('contact', 'xTwins')).toHaveLength(1)
})

it('a list and an object do not bring the same type to the API: prices of products, and price lists', async () => {
  await make('price', 'product')
  const filtered = '{ products(filter: { xPrices: { some: { name: { eq: "a" } } } }) { nodes { id } } }'
  for (const partOf of [undefined, 'order']) expect(await refusedBy(make('priceList', partOf))).toEqual(taken('plural', 'The API has "XPriceListFilter" already: choose another name.'))
  expect((await run(filtered)).errors).toBeUndefined()
  expect(await refusedBy(make('priceFilter'))).toEqual(taken('plural', 'The API has "XPriceFilter" already: choose another name.'))
  expect(await refusedBy(make('priceAggregate'))).toEqual(taken('plural', 'The API has "xPriceAggregate" already: choose another name.'))
  await ask('mutation { hideObject(name: "xPrice") { name } }')
  expect(await refusedBy(make('priceInput'))).toEqual(taken('plural', 'The API has "XPriceInput" already: choose another name.'))
})

it('no name ends like a type that an object brings, nor like one that its fields will bring', async () => {
  await make('full')
  await make('fullRow', 'order')
  for (const object of ['xFull', 'xFullRow']) {
    for (const type of FIELD_TYPES) {
      const more = type === 'select' || type === 'multiSelect' ? 'options: [{ key: "a", labels: { en: "A" } }]' : type === 'reference' ? 'to: "task"' : ''
      await ask(`mutation { createField(object: "${object}", input: { name: "${type}", type: ${type}, labels: { en: "F" }, ${more} }) { key } }`)
    }
  }
  const { reading, access } = crm.kartotek.api.contextOf(admin)
  const types = Object.keys(crm.kartotek.api.schema(reading.generation, access).getTypeMap())
  const endings = (type: string) => types.flatMap((name) => (name.startsWith(type) && /^[A-Z]/.test(name.slice(type.length)) ? [name.slice(type.length)] : []))
  await make('bare')
  await make('bareRow', 'order')
  for (const ending of endings('XFull').filter((one) => !one.startsWith('Row'))) expect(await refusedBy(make(`bare${ending}`)), ending).toMatchObject({ fields: [{ field: 'plural', rule: 'unique' }] })
  for (const ending of endings('XFullRow')) expect(await refusedBy(make(`bareRow${ending}`)), ending).toMatchObject({ fields: [{ field: 'plural', rule: 'unique' }] })
}, 180_000)
