import { setTimeout as sleep } from 'node:timers/promises'
import { Readable } from 'node:stream'
import { text } from 'node:stream/consumers'
import { definePlugin } from '@kartotek/sdk'
import { afterAll, expect, it } from 'vitest'
import { testCrm } from '../testing/crm.ts'

let left = false
const plugin = definePlugin({
  id: 'keeper', version: '1.0.0', needs: { client: ['read'], file: ['read', 'create'] },
  graphql: {
    typeDefs: 'extend type Query { keeperRead(file: ID!): String! } extend type Mutation { keeperAdd(client: ID!, name: String!, text: String!): ID! keeperAddAsPlugin(client: ID!): ID! }',
    resolvers: {
      Query: { keeperRead: async (_, { file }: { file: string }, ctx) => {
        const { name, mime, bytes, content } = await ctx.files.open(file)
        return [name, mime, bytes, await text(content)].join('|')
      } },
      Mutation: {
        keeperAdd: async (_, { client, name, text: words }: { client: string, name: string, text: string }, ctx) => (await ctx.files.attach({ object: 'client', id: client }, { name, content: Buffer.from(words) })).id,
        keeperAddAsPlugin: async (_, { client }: { client: string }, ctx) => (await (await ctx.asPlugin('keep-it')).files.attach({ object: 'client', id: client }, { name: 'stream.txt', content: Readable.from(['a', 'b']) })).id,
      },
    },
  },
  http: [
    { method: 'GET', path: '/stream', access: 'public', run: () => ({ headers: { 'content-type': 'text/event-stream' }, body: Readable.from((async function* () {
      try { for (;;) { yield 'data: x\n\n'; await sleep(20) } } finally { left = true }
    })()) }) },
    { method: 'GET', path: '/address', access: 'public', run: (_request, ctx) => ({ body: ctx.publicUrl }) },
  ],
})

const crm = await testCrm({ plugins: [plugin], work: false })
afterAll(() => crm.close())
const admin = await crm.as('administrator')
const { createClient: { id: client } } = await crm.ask(admin, 'mutation { createClient(input: { name: "Oy" }) { id } }')
const ADD = 'mutation ($client: ID!, $name: String!, $text: String!) { keeperAdd(client: $client, name: $name, text: $text) }'

it('keeps and reads files of records with the rights of the caller, or its own', async () => {
  const { keeperAdd } = await crm.ask(admin, ADD, { client, name: 'Договор.txt', text: 'words' })
  expect((await crm.ask(admin, 'query ($file: ID!) { keeperRead(file: $file) }', { file: keeperAdd })).keeperRead).toBe('Договор.txt|text/plain|5|words')
  const { keeperAddAsPlugin } = await crm.ask(admin, 'mutation ($client: ID!) { keeperAddAsPlugin(client: $client) }', { client })
  expect((await crm.ask(admin, 'query ($file: ID!) { keeperRead(file: $file) }', { file: keeperAddAsPlugin })).keeperRead).toBe('stream.txt|text/plain|2|ab')
  const stranger = await crm.as('manager')
  expect((await crm.query(stranger, 'query ($file: ID!) { keeperRead(file: $file) }', { file: keeperAdd })).errors?.[0]?.extensions.code).toBe('NOT_FOUND')
  expect((await crm.query(stranger, ADD, { client, name: 'x.txt', text: 'x' })).errors).toBeDefined()
  expect((await crm.query(admin, ADD, { client, name: 'x.exe', text: 'x' })).errors?.[0]?.extensions.code).toBe('INVALID_INPUT')
  const { rows } = await crm.kartotek.db.pool.query('select 1 from core.upload')
  expect(rows, 'what was refused leaves no upload').toEqual([])
})

it('sends a stream until the other side leaves', async () => {
  const server = await crm.serve()
  const response = await fetch(`${server.url}/plugins/keeper/stream`)
  expect(response.headers.get('content-type')).toMatch(/^text\/event-stream/)
  const reader = response.body!.getReader()
  expect(new TextDecoder().decode((await reader.read()).value)).toMatch(/^data: x/)
  await reader.cancel()
  await expect.poll(() => left).toBe(true)
  expect(await (await fetch(`${server.url}/plugins/keeper/address`)).text()).toBe(server.url)
})
