import { afterAll, expect, it } from 'vitest'
import { definePlugin } from '@kartotek/sdk'
import { testCrm } from '../testing/crm.ts'

const reader = definePlugin({
  id: 'reader', version: '1.0.0', needs: { order: ['read'] },
  jobs: {
    owner: { run: async (_, ctx) => { await ctx.records.list('order', { fields: ['owner'] }) } },
    nothing: { run: async (_, ctx) => { await ctx.records.list('order', { fields: ['proprietor'] }) } },
  },
  graphql: {
    typeDefs: 'extend type Query { readerAsk(job: String!): Boolean! }',
    resolvers: { Query: { readerAsk: async (_, { job }: { job: string }, ctx) => {
      await ctx.enqueue(job, {})
      return true
    } } },
  },
})
const crm = await testCrm({ plugins: [reader] })
afterAll(() => crm.close())

it('tells the author of a plugin which right its code lacks, and not that there is no such field', async () => {
  const admin = await crm.as('administrator')
  const failure = async (job: string) => {
    await crm.ask(admin, 'query ($job: String!) { readerAsk(job: $job) }', { job })
    return (await crm.drain()).failed.find(({ queue }) => queue.endsWith(`.${job}`))?.message
  }
  expect(await failure('owner')).toBe('Order has the field "owner", and this plugin may not read it: name in `needs` what it leads to or is computed from (`user: [\'read\']`).')
  expect(await failure('nothing')).toBe('Order has no field "proprietor".')
})
