import { createServer } from 'node:http'
import { Readable } from 'node:stream'
import type { AddressInfo } from 'node:net'
import { definePlugin, s } from '@kartotek/sdk'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { testCrm } from '../testing/crm.ts'

const seen: string[] = []
let form: FormData | null = null
const server = createServer((request, response) => {
  seen.push(`${request.method} ${request.url}`)
  if (request.url === '/form') {
    void new Response(Readable.toWeb(request) as ReadableStream, { headers: { 'content-type': request.headers['content-type'] ?? '' } }).formData().then((read) => { form = read }).finally(() => response.end('heard'))
    return
  }
  if (request.url === '/away') response.writeHead(302, { location: 'http://127.0.0.1:1/' }).end()
  else response.end('heard')
}).listen(0, '127.0.0.1')
await new Promise((resolve) => server.once('listening', resolve))
const base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`

function aForm(): FormData {
  const made = new FormData()
  made.set('to', 'Olena')
  made.set('file', new Blob(['words'], { type: 'text/plain' }), 'a.txt')
  return made
}

const caller = definePlugin({
  id: 'caller', version: '1.0.0', settings: s.object({ baseUrl: s.url({ default: base }) }),
  outbound: ['{settings.baseUrl}', 'https://*.example.com', 'http://192.0.2.1'],
  graphql: {
    typeDefs: 'extend type Query { callerCalled(url: String!): String! }',
    resolvers: { Query: { callerCalled: async (_, { url }: { url: string }, ctx) => {
      const answer = await ctx.fetch(url, { method: 'POST', headers: { 'x-own': '1' }, body: url.endsWith('/form') ? aForm() : 'x', signal: AbortSignal.timeout(3_000) })
      return `${answer.status} ${await answer.text()}`
    } } },
  },
})

const open = await testCrm({ plugins: [caller], work: false, webhooks: { networks: '127.0.0.1' } })
const shut = await testCrm({ plugins: [caller], work: false })
beforeAll(() => { seen.length = 0 })
afterAll(async () => {
  await open.close()
  await shut.close()
  server.close()
})
const call = async (crm: typeof open, url: string) => {
  const { data, errors } = await crm.query(await crm.as('manager'), 'query ($url: String!) { callerCalled(url: $url) }', { url })
  return errors ? `${errors[0]!.extensions.code}: ${errors[0]!.message}` : data.callerCalled
}

it('calls what the plugin names, also in a network that the operator opened', async () => {
  expect(await call(open, `${base}/hello`)).toBe('200 heard')
  expect(seen).toEqual(['POST /hello'])
})

it('sends a form with its files', async () => {
  expect(await call(open, `${base}/form`)).toBe('200 heard')
  expect(form!.get('to')).toBe('Olena')
  expect(await (form!.get('file') as File).text()).toBe('words')
  seen.length = 0
})

it('calls no host that is not named', async () => {
  for (const url of ['https://example.org/', 'https://example.com/', 'http://api.example.com/', `${base.replace('127.0.0.1', 'localhost')}/x`]) expect(await call(open, url)).toMatch(/^FORBIDDEN: .*add it to "outbound"/)
})

it('follows no redirect', async () => {
  expect(await call(open, `${base}/away`)).toBe('302 ')
})

it('connects to no closed address', async () => {
  expect(await call(shut, `${base}/hello`)).toMatch(/^FORBIDDEN: .*KARTOTEK_WEBHOOK_NETWORKS/)
  expect(await call(open, 'http://192.0.2.1/')).toMatch(/^FORBIDDEN/)
})
