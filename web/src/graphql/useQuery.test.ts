import urql, { cacheExchange, Client, fetchExchange } from '@urql/vue'
import { createApp, effectScope, nextTick, ref } from 'vue'
import { expect, it } from 'vitest'
import { useQuery } from './useQuery.ts'

it('does not give up an answer on its way when its variables are made anew with the same values', async () => {
  const answers: ((points: number) => void)[] = []
  const client = new Client({
    url: 'http://localhost/graphql', preferGetMethod: false, exchanges: [cacheExchange, fetchExchange],
    fetch: () => new Promise(resolve => answers.push(points => resolve(Response.json({ data: { points } })))),
  })
  const record = ref({ id: '1' })
  const app = createApp({}).use(urql, client)
  const scope = effectScope()
  const { data, executeQuery } = app.runWithContext(() => scope.run(() => useQuery<{ points: number }>({ query: 'query Points($client: ID!) { points(client: $client) }', variables: () => ({ client: record.value.id }) }))!)
  await expect.poll(() => answers.length).toBe(1)
  answers[0]!(1)
  await expect.poll(() => data.value?.points).toBe(1)

  executeQuery({ requestPolicy: 'network-only' })
  await expect.poll(() => answers.length).toBe(2)
  record.value = { id: '1' }
  await nextTick()
  answers[1]!(2)
  await expect.poll(() => data.value?.points).toBe(2)
  record.value = { id: '2' }
  await expect.poll(() => answers.length).toBe(3)
  scope.stop()
})
