import { afterAll, expect, it } from 'vitest'
import { testCrm } from '../testing/crm.ts'

const crm = await testCrm({ work: false })
afterAll(() => crm.close())
const admin = await crm.as('administrator')

it('lists inside records are counted to their end where that is asked', async () => {
  const { createClient: { id } } = await crm.ask(admin, 'mutation { createClient(input: { name: "Large" }) { id } }')
  await crm.kartotek.db.pool.query('insert into core."order" (id, client_id) select gen_random_uuid(), $1 from generate_series(1, 10050)', [id])
  const read = async (exact: string) => (await crm.ask(admin, `query ($id: ID!, $yes: Boolean = true) { clients(filter: { id: { eq: $id } }) { nodes { orders(first: 1) { total${exact} { value exact } } } } a: client(id: $id) { name orders { o: total(exact: $yes) { value } } } }`, { id }))
  const { clients, a } = await read('(exact: true)')
  expect(clients.nodes[0].orders.total).toEqual({ value: 10_050, exact: true })
  expect(a.orders.o).toEqual({ value: 10_050 })
  expect((await read('')).clients.nodes[0].orders.total).toEqual({ value: 10_001, exact: false })
})
