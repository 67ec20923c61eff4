import { afterAll, beforeAll, expect, it } from 'vitest'
import { testCrm } from '../testing/crm.ts'
import { refreshSearchTexts } from './search-texts.ts'

const crm = await testCrm({ work: false })
afterAll(() => crm.close())
const { engine } = crm.kartotek
const admin = await crm.as('administrator')
const ask = (source: string, variables?: Record<string, unknown>) => crm.ask(admin, source, variables)
const all = { read: 'all', create: 'all', update: 'all', delete: 'all' } as const
const found = async (word: string, as = admin): Promise<number> => (await crm.ask(as, 'query ($word: String!) { orders(search: $word) { nodes { id } } }', { word })).orders.nodes.length
let blind: typeof admin
let id: string

beforeAll(async () => {
  await ask('mutation { createObject(input: { name: "step", plural: "steps", partOf: "order", labels: { en: "Step" }, labelsPlural: { en: "Steps" } }) { name } }')
  for (const object of ['xStep', 'order']) await ask(`mutation { createField(object: "${object}", input: { name: "secret", type: text, searchable: true, labels: { en: "Secret" } }) { key } }`)
  blind = await crm.withRules({ objects: { '*': all }, fields: { 'xStep.custom.secret': { read: false }, 'order.custom.secret': { read: false } } })
  id = (await ask('mutation { createOrder(input: { subject: "Barn", custom: { secret: "walrus" }, xSteps: [{ name: "Beams", custom: { secret: "octopus" } }] }) { id } }')).createOrder.id
  await crm.drain()
})

it('a search tells nothing of what is closed, also while it is hidden or was searched only before', async () => {
  const told = async () => [await found('octopus', blind), await found('walrus', blind), await found('barn', blind)]
  expect(await told()).toEqual([0, 0, 1])
  await ask('mutation { hideObject(name: "xStep") { name } }')
  expect(await told()).toEqual([0, 0, 1])
  await ask('mutation { restoreObject(name: "xStep") { name } }')
  const fields = ['object: "xStep", field: "custom.secret"', 'object: "order", field: "custom.secret"']
  for (const field of fields) await ask(`mutation { hideField(${field}) { key } }`)
  expect(await told()).toEqual([0, 0, 1])
  for (const field of fields) await ask(`mutation { restoreField(${field}) { key } }`)
  for (const field of fields) await ask(`mutation { updateField(${field}, input: { searchable: false }) { key } }`)
  expect(await told()).toEqual([0, 0, 1])
  for (const field of fields) await ask(`mutation { updateField(${field}, input: { searchable: true }) { key } }`)
  expect([await found('octopus'), await found('walrus')]).toEqual([1, 1])
})

it('is written anew in the background when other fields are searched, and only then', async () => {
  await crm.drain()
  expect(await refreshSearchTexts(engine)).toBe(0)
  await ask('mutation { hideObject(name: "xStep") { name } }')
  await crm.drain()
  expect([await found('octopus'), await found('walrus')]).toEqual([0, 1])
  // Somebody saves the record while its list is hidden.
  await ask('mutation ($id: ID!) { updateOrder(id: $id, input: { subject: "Stable" }) { id } }', { id })
  await ask('mutation { restoreObject(name: "xStep") { name } }')
  await crm.drain()
  expect([await found('octopus'), await found('beams'), await found('stable')]).toEqual([1, 1, 1])
  await ask('mutation { hideField(object: "order", field: "custom.secret") { key } }')
  await crm.drain()
  expect(await found('walrus')).toBe(0)
  await ask('mutation { restoreField(object: "order", field: "custom.secret") { key } }')
  await crm.drain()
  expect(await found('walrus')).toBe(1)
  const { order: { version } } = await ask('query ($id: ID!) { order(id: $id) { version } }', { id })
  expect(version, 'it is no change of the record').toBe(2)
})
