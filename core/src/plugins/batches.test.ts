import { definePlugin, loader, type PluginContext } from '@kartotek/sdk'
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest'
import { testCrm } from '../testing/crm.ts'

const ran: { keys: string[], user: string | null }[] = []
let broken = false
/** Two requests that go on at the same moment. */
let arrived = 0
const both = Promise.withResolvers<void>()
const stars = loader<string, number>({
  most: 60,
  async run(clients, ctx) {
    ran.push({ keys: [...clients], user: ctx.actor.userId })
    if (broken) throw new Error('No stars today.')
    const rows = await ctx.db.query<{ client: string, stars: number }>('select client, stars from star where client = any($1::uuid[])', [clients])
    return new Map(rows.map((row) => [row.client, row.stars]))
  },
})
const rated = definePlugin({
  id: 'rated', version: '1.0.0',
  tables: { migrations: [{ id: '0001-star', sql: 'create table star (client uuid primary key, stars int not null)' }] },
  graphql: {
    typeDefs: 'extend type Client { ratedStars: Int ratedTwice: Int ratedTogether: Int } extend type Mutation { ratedGive(client: ID!, stars: Int!): [Int]! }',
    resolvers: {
      Client: {
        ratedStars: (client: { id: string }, _, ctx) => ctx.load(stars, client.id),
        async ratedTogether(client: { id: string }, _, ctx) {
          if (++arrived === 2) both.resolve()
          await both.promise
          return ctx.load(stars, client.id)
        },
        async ratedTwice(client: { id: string }, _, ctx) {
          const one = await Promise.resolve(client.id)
          return (await ctx.load(stars, one) ?? 0) * 2
        },
      },
      Mutation: {
        async ratedGive(_, { client, stars: given }: { client: string, stars: number }, ctx: PluginContext) {
          const before = await ctx.load(stars, client)
          await ctx.db.query('insert into star values ($1, $2) on conflict (client) do update set stars = $2', [client, given])
          return [before, await ctx.load(stars, client)]
        },
      },
    },
  },
})
const crm = await testCrm({ plugins: [rated], work: false })
const admin = await crm.as('administrator')
const ids: string[] = []
beforeAll(async () => {
  const { data } = await crm.query(admin, 'mutation ($inputs: [ClientCreateInput!]!) { createClients(inputs: $inputs) { results { id } } }', { inputs: Array.from({ length: 100 }, (_, i) => ({ name: `Client ${i}` })) })
  ids.push(...data.createClients.results.map(({ id }: { id: string }) => id))
})
afterAll(() => crm.close())
beforeEach(() => { ran.length = 0 })

it('loads a field of a hundred records in as few calls as it may, each key once, and gives null where there is nothing', async () => {
  await crm.ask(admin, 'mutation ($id: ID!) { ratedGive(client: $id, stars: 3) }', { id: ids[7] })
  ran.length = 0
  const { clients } = await crm.ask(admin, '{ clients(first: 100, orderBy: [{ field: createdAt }]) { nodes { name ratedStars ratedTwice } } }')
  expect(ran.map(({ keys }) => keys.length)).toEqual([60, 40])
  expect(new Set(ran.flatMap(({ keys }) => keys))).toEqual(new Set(ids))
  const given = clients.nodes.filter(({ ratedStars }: { ratedStars: number | null }) => ratedStars !== null)
  expect(given).toEqual([{ name: 'Client 7', ratedStars: 3, ratedTwice: 6 }])
})

it('keeps nothing: what was changed is read anew', async () => {
  expect((await crm.ask(admin, 'mutation ($id: ID!) { ratedGive(client: $id, stars: 5) }', { id: ids[8] })).ratedGive).toEqual([null, 5])
})

it('asks for each request by itself, with the rights of who asks', async () => {
  const other = await crm.as('administrator')
  const ask = (who: typeof admin) => crm.ask(who, 'query ($id: ID!) { client(id: $id) { ratedTogether } }', { id: ids[9] })
  await Promise.all([ask(admin), ask(other)])
  expect(ran.map(({ user }) => user).sort()).toEqual([admin.actor.userId, other.actor.userId].sort())
})

it('fails for all that waited where it breaks, and for nobody afterwards', async () => {
  const ask = () => crm.query(admin, '{ clients(first: 2) { nodes { name ratedStars } } }')
  broken = true
  const { data, errors } = await ask()
  expect(data.clients.nodes).toHaveLength(2)
  expect(errors).toHaveLength(2)
  broken = false
  expect((await ask()).errors).toBeUndefined()
})
