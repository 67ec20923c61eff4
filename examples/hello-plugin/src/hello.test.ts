import { testCrm } from '@kartotek/core/testing'
import { afterAll, expect, it } from 'vitest'
import hello from './index.ts'

const crm = await testCrm({ plugins: [hello] })
afterAll(() => crm.close())

const CREATE = 'mutation ($input: ClientCreateInput!) { createClient(input: $input) { id hello { favouriteGreeting } } }'
const GREETINGS = 'query ($client: ID!) { helloGreetings(client: $client) { text } }'

it('greets each new client once, in the words that the client likes', async () => {
  const admin = await crm.as('administrator')
  const { data } = await crm.query(admin, CREATE, { input: { name: 'Aino Oy', kind: 'organisation', hello: { favouriteGreeting: 'Terve' } } })
  expect(data.createClient.hello).toEqual({ favouriteGreeting: 'Terve' })
  const client = data.createClient.id
  expect((await crm.query(admin, GREETINGS, { client })).data.helloGreetings).toEqual([])

  // Everything is delivered twice: nothing may be done twice.
  expect((await crm.drain()).failed).toEqual([])
  expect((await crm.query(admin, GREETINGS, { client })).data.helloGreetings).toEqual([{ text: 'Terve, Aino Oy!' }])
})

it('gives its object what every object has: lists, filters and the way back', async () => {
  const admin = await crm.as('administrator')
  const { data: { createClient } } = await crm.query(admin, CREATE, { input: { name: 'Ромашка', kind: 'organisation' } })
  await crm.drain()
  const { data } = await crm.query(admin, `{
    greetings(filter: { text: { contains: "ромашка" } }) { nodes { text client { name greetings { total { value } } } } }
    clients(filter: { hello: { favouriteGreeting: { isNull: true } } }) { nodes { id name } }
  }`)
  expect(data.greetings.nodes).toEqual([{ text: 'Hello, Ромашка!', client: { name: 'Ромашка', greetings: { total: { value: 1 } } } }])
  expect(data.clients.nodes).toEqual([{ id: createClient.id, name: 'Ромашка' }])
})

it('shows greetings only to those who may see the client', async () => {
  const admin = await crm.as('administrator')
  const { data: { createClient: { id: client } } } = await crm.query(admin, CREATE, { input: { name: 'Secret Ltd', kind: 'organisation', owner: admin.actor.userId } })
  await crm.drain()
  const manager = await crm.as('manager')
  const seen = async (caller: typeof manager) => (await crm.query(caller, GREETINGS, { client })).data?.helloGreetings ?? []
  expect(await seen(admin)).toHaveLength(1)
  expect(await seen(manager)).toEqual([])
})
