import { testCrm } from '@kartotek/core/testing'
import { afterAll, expect, it } from 'vitest'
import loyalty from './index.ts'

const crm = await testCrm({ plugins: [loyalty], settings: { 'loyalty-points': { pointsPer100: 5 } }, work: false })
afterAll(() => crm.close())
const admin = await crm.as('administrator')

const CARD = 'query ($id: ID!) { client(id: $id) { loyaltyPoints { points } loyaltyEntries { nodes { points reason } } } }'
const SPEND = 'mutation ($input: LoyaltyPointsSpendInput!) { loyaltyPointsSpend(input: $input) { points } }'
const client = async (): Promise<string> => (await crm.ask(admin, 'mutation { createClient(input: { name: "Aino Oy", kind: "organisation" }) { id } }')).createClient.id

/** A client with a won order of this much. */
async function buyer(price: string): Promise<{ client: string, order: string }> {
  const id = await client()
  const { pipelines: [{ stages }] } = await crm.ask(admin, '{ pipelines(object: "order") { stages { id kind } } }')
  const stage = stages.find((one: { kind: string }) => one.kind === 'WON').id
  const { createOrder } = await crm.ask(admin, 'mutation ($input: OrderCreateInput!) { createOrder(input: $input) { id } }', { input: { client: id, lines: [{ text: 'Boat', price: { amount: price, currency: 'EUR' } }] } })
  await crm.ask(admin, 'mutation ($id: ID!, $stage: ID!) { updateOrder(id: $id, input: { stage: $stage }) { id } }', { id: createOrder.id, stage })
  expect((await crm.drain()).failed).toEqual([])
  return { client: id, order: createOrder.id }
}

it('gives points for a won order, once, though everything is delivered twice', async () => {
  const { client: id, order } = await buyer('250.99')
  expect((await crm.ask(admin, CARD, { id })).client).toEqual({ loyaltyPoints: { points: 12 }, loyaltyEntries: { nodes: [{ points: 12, reason: expect.any(String) }] } })
  await crm.ask(admin, 'mutation ($id: ID!) { updateOrder(id: $id, input: { comment: "again" }) { id } }', { id: order })
  expect((await crm.drain()).failed).toEqual([])
  expect((await crm.ask(admin, CARD, { id })).client.loyaltyPoints).toEqual({ points: 12 })
})

it('gives nothing for an order that is not won', async () => {
  const id = await client()
  await crm.ask(admin, 'mutation ($input: OrderCreateInput!) { createOrder(input: $input) { id } }', { input: { client: id, lines: [{ text: 'Boat', price: { amount: '900', currency: 'EUR' } }] } })
  await crm.drain()
  expect((await crm.ask(admin, CARD, { id })).client).toEqual({ loyaltyPoints: { points: null }, loyaltyEntries: { nodes: [] } })
})

it('points are spent by who may, who sees the client, and no more than there are, also at once', async () => {
  const { client: id } = await buyer('200')
  const spend = (points: number, who = admin) => crm.query(who, SPEND, { input: { client: id, points, reason: 'Discount' } })
  const clerk = await crm.withRules({ objects: { client: { read: 'all' } } })
  expect((await spend(1, clerk)).errors?.[0]?.extensions).toMatchObject({ code: 'FORBIDDEN', capability: 'loyalty-points.spend' })
  const stranger = await crm.withRules({ objects: { client: { read: 'own' } }, capabilities: ['loyalty-points.spend'] })
  expect((await spend(1, stranger)).errors?.[0]?.extensions.code).toBe('NOT_FOUND')
  const cashier = await crm.withRules({ objects: { client: { read: 'all' } }, capabilities: ['loyalty-points.spend'] })
  expect((await spend(3, cashier)).data).toEqual({ loyaltyPointsSpend: { points: 7 } })
  const both = await Promise.all([spend(5), spend(5)])
  expect(both.map(({ errors }) => errors?.[0]?.extensions.code ?? 'done').sort()).toEqual(['CONFLICT', 'done'])
  await crm.drain()
  expect((await crm.ask(admin, CARD, { id })).client.loyaltyPoints).toEqual({ points: 2 })
})

it('nobody writes into the account himself', async () => {
  const id = await client()
  const { errors } = await crm.query(admin, 'mutation ($input: LoyaltyEntryCreateInput!) { createLoyaltyEntry(input: $input) { id } }', { input: { client: id, points: 1000, reason: 'Mine' } })
  expect(errors?.[0]?.extensions.code).toBe('FORBIDDEN')
})

it('two clients that become one have their points together', async () => {
  const [one, other] = [await buyer('100'), await buyer('300')]
  await crm.ask(admin, 'mutation ($winner: ID!, $loser: ID!) { mergeRecords(object: "client", winner: $winner, loser: $loser) }', { winner: one.client, loser: other.client })
  expect((await crm.drain()).failed).toEqual([])
  expect((await crm.ask(admin, CARD, { id: one.client })).client.loyaltyPoints).toEqual({ points: 20 })
  expect((await crm.query(admin, SPEND, { input: { client: one.client, points: 20, reason: 'All' } })).data).toEqual({ loyaltyPointsSpend: { points: 0 } })
})

it('writes a statement of points as a file of the client, in the language that is asked for', async () => {
  const { client: id } = await buyer('200')
  await crm.ask(admin, 'mutation ($id: ID!) { updateClient(id: $id, input: { name: "Aino <Oy>" }) { id } }', { id })
  const MAKE = 'mutation ($id: ID!, $format: String, $language: String) { makeDocument(object: "client", id: $id, plugin: "loyalty-points", template: "statement", format: $format, language: $language) { file version } }'
  const { makeDocument } = await crm.ask(admin, MAKE, { id, language: 'ru' })
  expect((await crm.ask(admin, 'query ($file: ID!) { file(id: $file) { name versions { mime } } }', { file: makeDocument.file })).file).toEqual({ name: 'Баллы, Aino <Oy>.txt', versions: [{ mime: 'text/plain' }] })
  expect((await crm.ask(admin, MAKE, { id, language: 'ru' })).makeDocument).toEqual({ file: makeDocument.file, version: 2 })
  expect((await crm.ask(admin, MAKE, { id, format: 'csv', language: 'ru' })).makeDocument.file).not.toBe(makeDocument.file)
})

it('leaves nothing behind', async () => {
  const own = await testCrm({ plugins: [loyalty], work: false })
  await own.uninstall('loyalty-points', { data: 'drop' })
})
