import { afterAll, expect, it } from 'vitest'
import { testCrm } from '../testing/crm.ts'

const crm = await testCrm({ work: false })
afterAll(() => crm.close())
const admin = await crm.as('administrator')
const order = async (): Promise<string> => (await crm.ask(admin, 'mutation { createOrder(input: { subject: "Stairs", currency: "EUR" }) { id } }')).createOrder.id

it('many are archived, restored and deleted at once, each with its own answer', async () => {
  const ids = [await order(), await order()]
  const many = async (what: string, list: string[]) => (await crm.ask(admin, `mutation ($ids: [ID!]!) { ${what}(ids: $ids) { succeeded failed changeSet results { index error { code } } } }`, { ids: list }))[what]
  const shelf = async () => (await crm.ask(admin, `query ($ids: [ID!]!) { orders(filter: { id: { in: $ids } }) { nodes { id } } }`, { ids })).orders.nodes.length
  expect(await many('archiveOrders', [...ids, '018f0000-0000-7000-8000-000000000000'])).toMatchObject({ succeeded: 2, failed: 1, results: [{ error: null }, { error: null }, { error: { code: 'NOT_FOUND' } }] })
  expect(await shelf()).toBe(0)
  expect(await many('restoreOrders', ids)).toMatchObject({ succeeded: 2, failed: 0 })
  expect(await shelf()).toBe(2)
  const { changeSet } = await many('deleteOrders', ids)
  expect(await shelf()).toBe(0)
  await crm.ask(admin, 'mutation ($id: ID!) { revertChangeSet(id: $id) { reverted } }', { id: changeSet })
  expect(await shelf()).toBe(2)
})

it('fields of several options are found by any of them and by all of them', async () => {
  await crm.ask(admin, 'mutation { createField(object: "client", input: { name: "interests", type: multiSelect, labels: { en: "Interests" }, options: [{ key: "stairs", labels: { en: "Stairs" } }, { key: "doors", labels: { en: "Doors" } }, { key: "roofs", labels: { en: "Roofs" } }] }) { key } }')
  for (const [name, interests] of [['A', '["stairs"]'], ['B', '["stairs", "doors"]'], ['C', '["roofs"]'], ['D', '[]']] as const) await crm.ask(admin, `mutation { createClient(input: { name: "${name}", custom: { interests: ${interests} } }) { id } }`)
  const found = async (filter: string) => (await crm.ask(admin, `{ clients(filter: { custom: { interests: ${filter} } }, orderBy: [{ field: name }]) { nodes { name } } }`)).clients.nodes.map((node: { name: string }) => node.name).join('')
  expect([await found('{ hasAny: ["stairs", "roofs"] }'), await found('{ hasAll: ["stairs", "doors"] }'), await found('{ hasAny: ["doors"] }'), await found('{ hasAll: ["roofs", "doors"] }')]).toEqual(['ABC', 'B', 'B', ''])
})
