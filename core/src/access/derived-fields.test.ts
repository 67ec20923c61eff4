import { afterAll, expect, it } from 'vitest'
import { definePlugin } from '@kartotek/sdk'
import { columnOf, objectOf } from '../model/model.ts'
import { testCrm } from '../testing/crm.ts'
import { accessOf } from '../records/engine.ts'

/** Fields derived from each other in a circle, from nothing that exists, and from the field of another object. */
const derived = definePlugin({
  id: 'derived', version: '1.0.0',
  fields: {
    client: [
      { name: 'secret', type: 'text', label: { en: 'Secret' } },
      { name: 'ring', type: 'text', readOnly: true, derivedFrom: ['derived.round', 'derived.secret'], label: { en: 'Ring' } },
      { name: 'round', type: 'text', readOnly: true, derivedFrom: ['derived.ring'], label: { en: 'Round' } },
      { name: 'lost', type: 'text', readOnly: true, derivedFrom: ['nowhere'], label: { en: 'Lost' } },
      { name: 'heard', type: 'text', readOnly: true, derivedFrom: ['absence.note'], label: { en: 'Heard' } },
      { name: 'bought', type: 'text', readOnly: true, derivedFrom: ['orders.lines.price'], label: { en: 'Bought' } },
    ],
  },
})

const crm = await testCrm({ plugins: [derived] })
afterAll(() => crm.close())
const { engine } = crm.kartotek
const admin = await crm.as('administrator')
const all = { read: 'all', create: 'all', update: 'all', delete: 'all' } as const
const without = (...fields: string[]) => crm.withRules({ objects: { '*': all }, fields: Object.fromEntries(fields.map((f) => [f, { read: false, write: false }])) })
async function closedTo(...fields: string[]): Promise<string[]> {
  const caller = await without(...fields)
  const { current } = engine.live
  const access = accessOf(engine, current, caller.actor)
  return [...current.model.objects.values()].flatMap((o) => o.fields).filter((f) => !f.internal && !access.canRead(f)).map((f) => `${f.object}.${f.key}`)
    .filter((path) => !fields.includes(path) && path !== 'client.derived.lost').sort()
}

const { data: { createProduct: product } } = await crm.query(admin, 'mutation { createProduct(input: { name: "Screw", price: { amount: "10" }, cost: { amount: "7" } }) { id } }')
const { data: { createClient: client } } = await crm.query(admin, `mutation { createClient(input: { name: "ООО Тайна", contactPoints: [{ kind: "phone", value: "040 1234567" }] }) { id version } }`)
const { data: { createOrder: order } } = await crm.query(admin, `mutation { createOrder(input: { client: "${client.id}", lines: [{ product: "${product.id}", quantity: "2" }] }) { id cost { amount } margin { amount } } }`)

it('closes what is computed from a closed field, through however many steps', async () => {
  expect(order).toMatchObject({ cost: { amount: '14.00' }, margin: { amount: '6.00' } })
  const money = ['order.cost', 'order.margin', 'orderLine.costTotal', 'orderLine.margin']
  expect(await closedTo('product.cost')).toEqual([...money, 'orderLine.cost'].sort())
  expect(await closedTo('orderLine.cost')).toEqual(money)
  expect(await closedTo('order.cost')).toEqual(['order.margin'])
  expect(await closedTo('client.name')).toEqual(['client.matchKey'])
  expect(await closedTo('contactPoint.value')).toEqual(['contactPoint.key'])
  expect(await closedTo('contact.lastName')).toEqual(['contact.name'])
  expect(await closedTo('order.stage')).toEqual(['order.closedAt'])
  // What a whole order comes to stays: it is no price of a line.
  expect(await closedTo('orderLine.price')).toEqual(['client.derived.bought', 'orderLine.margin', 'orderLine.net', 'orderLine.tax', 'orderLine.total'])
  expect(await closedTo('client.note')).toEqual([])
  // Copied from another object, to which nothing leads from here.
  expect(await closedTo('absence.note')).toEqual(['client.derived.heard'])
})

it('asks for every field in a circle, and opens nothing whose source does not exist', async () => {
  expect(await closedTo('client.derived.secret')).toEqual(['client.derived.ring', 'client.derived.round'])
  const access = accessOf(engine, engine.live.current, admin.actor)
  const { byKey } = objectOf(engine.live.current.model, 'client')
  expect(['secret', 'ring', 'round', 'bought', 'lost'].map((name) => access.canRead(byKey.get(`derived.${name}`)!))).toEqual([true, true, true, true, false])
})

it('closes what comes from an object that one may not see', async () => {
  const caller = await crm.withRules({ objects: { '*': all, 'product': { read: 'none' } } })
  const access = accessOf(engine, engine.live.current, caller.actor)
  expect(access.canRead(objectOf(engine.live.current.model, 'orderLine').byKey.get('cost')!)).toBe(false)
})

it('keeps a derived field out of schema, filter, order, groups, measures, search and history', async () => {
  const caller = await without('client.name', 'contactPoint.value')
  const refused = async (source: string) => expect((await crm.query(caller, source)).errors?.[0]?.extensions.code, source).toBe('INVALID_INPUT')
  await refused(`{ client(id: "${client.id}") { matchKey } }`)
  await refused(`{ client(id: "${client.id}") { contactPoints { key } } }`)
  await refused('{ clients(filter: { matchKey: { contains: "тай" } }) { nodes { id } } }')
  await refused('{ clients(filter: { contactPoints: { some: { key: { startsWith: "+358" } } } }) { nodes { id } } }')
  await refused('{ clients(orderBy: [{ field: matchKey }]) { nodes { id } } }')
  await refused('{ clientAggregate(groupBy: [{ field: matchKey }], measures: [{ function: COUNT }]) { values { value } } }')
  await refused('{ clientAggregate(measures: [{ function: COUNT_DISTINCT, field: matchKey }]) { values { value } } }')
  for (const word of ['тайна', '358401234567', '1234567']) {
    expect((await crm.query(admin, `{ clients(search: "${word}") { nodes { id } } }`)).data.clients.nodes, word).toEqual([{ id: client.id }])
    expect((await crm.query(caller, `{ clients(search: "${word}") { nodes { id } } }`)).data.clients.nodes, word).toEqual([])
  }
  const { data } = await crm.query(caller, `{ changeSets(object: "client", record: "${client.id}") { nodes { changes { fields { key after } } } } __schema { types { name fields { name } } } }`)
  const told = JSON.stringify(data)
  expect(told).not.toMatch(/matchKey|тайна|358401234567/i)
  expect(told).toContain('lifecycle')
})

it('does not copy from where one may not read to where one may', async () => {
  const caller = await without('product.price')
  const create = (line: string) => crm.query(caller, `mutation { createOrder(input: { lines: [{ product: "${product.id}", ${line} }] }) { lines { text price { amount } } } }`)
  const { errors } = await create('quantity: "1"')
  expect(errors![0]!.extensions.fields).toMatchObject([{ field: 'lines.0.price', rule: 'required' }])
  expect((await create('price: { amount: "12" }')).data.createOrder).toEqual({ lines: [{ text: 'Screw', price: { amount: '12.0000' } }] })
  // The cost stays unseen on the line, too: there it is copied, so that the margin is right.
  const blind = await without('product.cost')
  const { data } = await crm.query(blind, `mutation { createOrder(input: { lines: [{ product: "${product.id}" }] }) { id } }`)
  const margin = columnOf(objectOf(engine.live.current.model, 'order').byKey.get('margin')!)
  expect(await engine.db.selectFrom('core.order').select(margin).where('id', '=', data.createOrder.id).executeTakeFirst()).toEqual({ margin: '3.00' })
})

it('shows keys of the machinery neither among the fields of people nor in histories', async () => {
  const { data } = await crm.query(admin, `{ objects { name fields(hidden: true) { key } } changeSets(object: "client", record: "${client.id}") { nodes { changes { fields { key } } } } client(id: "${client.id}") { matchKey contactPoints { key } } }`)
  const fields = (name: string) => (data.objects as { name: string, fields: { key: string }[] }[]).find((o) => o.name === name)!.fields.map((f) => f.key)
  expect(fields('client')).not.toContain('matchKey')
  expect(fields('contactPoint')).not.toContain('key')
  expect(fields('contactPoint')).toContain('value')
  expect(JSON.stringify(data.changeSets)).not.toContain('matchKey')
  expect(data.client).toEqual({ matchKey: 'ТАЙНА', contactPoints: [{ key: '+358401234567' }] })
})
