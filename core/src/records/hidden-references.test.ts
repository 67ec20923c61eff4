import { afterAll, expect, it } from 'vitest'
import { testCrm } from '../testing/crm.ts'

const crm = await testCrm()
afterAll(() => crm.close())
const admin = await crm.as('administrator')
const manager = await crm.as('manager')
const owner = manager.actor.userId!

it('count as empty in counts, groups and filters', async () => {
  const client = async (input: string): Promise<string> => (await crm.query(admin, `mutation { createClient(input: { ${input} }) { id } }`)).data.createClient.id
  const [seen, ...hidden] = [await client(`name: "Seen", owner: "${owner}"`), await client('name: "Hidden one"'), await client('name: "Hidden two"')]
  for (const id of [seen, seen, ...hidden]) await crm.query(admin, `mutation { createOrder(input: { client: "${id}", owner: "${owner}" }) { id } }`)
  await crm.query(admin, `mutation { createOrder(input: { owner: "${owner}" }) { id } }`)
  const measures = 'measures: [{ function: COUNT }, { function: COUNT, field: client }, { function: COUNT_DISTINCT, field: client }]'
  const figures = async (caller: typeof admin, more = '') => ((await crm.query(caller, `{ orderAggregate(${more} ${measures}) { keys { label } values { value } } }`)).data.orderAggregate as { keys: { label: string | null }[], values: { value: string }[] }[])
    .map((row) => [...row.keys.map((k) => k.label), ...row.values.map((v) => Number(v.value))])
  expect(await figures(admin)).toEqual([[5, 4, 3]])
  expect(await figures(manager)).toEqual([[5, 2, 1]])
  expect(await figures(manager, 'groupBy: [{ field: client }]')).toEqual([[null, 3, 0, 0], ['Seen', 2, 2, 1]])
  expect(await figures(manager, 'filter: { client: { isNull: true } }')).toEqual([[3, 0, 0]])
  expect(await figures(manager, 'filter: { client: { name: { startsWith: "Hidden" } } }')).toEqual([[0, 0, 0]])
})
