import { cacheExchange } from '@urql/exchange-graphcache'
import { Client, createRequest, fetchExchange } from '@urql/vue'
import { beforeEach, expect, it } from 'vitest'
import { AskedAnew, ownKey } from './asked-anew.ts'

let answers: ((points: number) => void)[]
let asked: AskedAnew
let client: Client
const QUERY = 'query Points { points }'
beforeEach(() => {
  answers = []
  asked = new AskedAnew()
  client = asked.listenTo(new Client({
    url: 'http://localhost/graphql', preferGetMethod: false,
    exchanges: [asked.above, cacheExchange({ updates: { Mutation: { spend: (_result, _args, cache) => {
      asked.allOutdated()
      cache.invalidate('Query', 'points')
    } } } }), asked.below, fetchExchange],
    fetch: (_url, init) => (JSON.parse(String(init?.body)) as { query: string }).query.includes('mutation')
      ? Promise.resolve(Response.json({ data: { spend: true } }))
      : new Promise(resolve => answers.push(points => resolve(Response.json({ data: { points } })))),
  }))
})
function listen() {
  const heard: unknown[] = []
  client.query<{ points: number }>(QUERY, {}, { requestPolicy: 'cache-and-network' }).subscribe(({ data }) => heard.push(data?.points))
  return heard
}

it('asks once more where somebody asks for the newest while an answer is on its way', async () => {
  const heard = listen()
  await expect.poll(() => answers.length).toBe(1)
  let newest: unknown
  for (const _ of [1, 2, 3]) void client.query<{ points: number }>(QUERY, {}, { requestPolicy: 'network-only' }).toPromise().then(({ data }) => { newest = data?.points })
  answers[0]!(25)
  await expect.poll(() => answers.length).toBe(2)
  expect(heard).toEqual([25])
  expect(newest).toBe(undefined)
  answers[1]!(23)
  await expect.poll(() => heard).toEqual([25, 23])
  expect(newest).toBe(23)
  client.reexecuteOperation(client.createRequestOperation('query', createRequest(QUERY, {}), { requestPolicy: 'network-only' }))
  await expect.poll(() => answers.length).toBe(3)
  client.reexecuteOperation(client.createRequestOperation('query', createRequest(QUERY, {}), { requestPolicy: 'network-only' }))
  answers[2]!(22)
  await expect.poll(() => answers.length).toBe(4)
})

it('asks once more, and shows what there is, where the cache hears meanwhile that it is out of date', async () => {
  const heard = listen()
  await expect.poll(() => answers.length).toBe(1)
  await client.mutation('mutation Spend { spend }', {}).toPromise()
  answers[0]!(25)
  await expect.poll(() => answers.length).toBe(2)
  expect(heard).toEqual([25])
  answers[1]!(23)
  await expect.poll(() => heard).toEqual([25, 23])
})

it('asks a question of its own once, beside others, and gives it what the server said', async () => {
  listen()
  const own = () => client.executeQuery<{ points: number }>({ ...createRequest<{ points: number }>(QUERY, {}), key: ownKey() }, { requestPolicy: 'network-only', once: true }).toPromise()
  const first = own()
  const second = own()
  await expect.poll(() => answers.length).toBe(3)
  await client.mutation('mutation Spend { spend }', {}).toPromise()
  answers[2]!(2)
  answers[1]!(1)
  expect((await second).data?.points).toBe(2)
  expect((await first).data?.points).toBe(1)
  expect(answers.length).toBe(3)
})
