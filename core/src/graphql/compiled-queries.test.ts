import { afterAll, expect, it } from 'vitest'
import type { Caller } from '../access/caller.ts'
import { testCrm } from '../testing/crm.ts'
import { testLog } from '../testing/index.ts'
import { CompiledQueries, type Request } from './compiled-queries.ts'

const crm = await testCrm()
afterAll(() => crm.close())
const admin = await crm.as('administrator')
const manager = await crm.as('manager')
for (let i = 0; i < 3; i++) {
  await crm.query(i === 2 ? manager : admin, `mutation { createClient(input: { name: "Horizon ${i}", kind: "person", enteredOn: "2026-01-0${i + 1}", contactPoints: [{ kind: "phone", value: "+35840123456${i}" }] }) { id } }`)
}
const cold = (caller: Caller): { answer(request: Request): Promise<string | null> } => {
  const { reading, access } = crm.kartotek.api.contextOf(caller)
  const compiled = new CompiledQueries(crm.kartotek.api.schema(reading.generation, access), reading.generation.model)
  return { answer: (request) => compiled.answer(request, crm.kartotek.api.contextOf(caller), testLog) }
}

const SAME = [
  '{ clients(orderBy: [{ field: name }]) { nodes { id name title kind { key label } createdAt enteredOn owner { name } contactPoints { value isPrimary } can { update delete } } total { value exact } pageInfo { hasNextPage endCursor } } }',
  'query ($f: ClientFilter) { people: clients(filter: $f, first: 2) { edges { cursor node { ...card, other: orders(first: 1) { nodes { number stage { label } } } } } } } fragment card on Client { __typename name }',
  '{ clientAggregate(groupBy: [{ field: kind }], measures: [{ function: COUNT }]) { keys { value label } values { value } } }',
  '{ clients(orderBy: [{ field: name }], after: "nonsense") { nodes { id } } users { nodes { email } } }',
]

it.each(SAME)('answers as the server does: %s', async (query) => {
  const variables = query.includes('$f') ? { f: { name: { startsWith: 'hor' } } } : {}
  for (const caller of [admin, manager]) {
    const { answer } = cold(caller)
    expect(await answer({ query, variables })).toBeNull()
    expect(await answer({ query, variables })).toBeNull()
    const { data, errors } = JSON.parse((await answer({ query, variables }))!)
    const { changeSets: _, ...other } = await crm.query(caller, query, variables)
    expect({ data, errors: errors?.map((e: { message: string }) => e.message) }).toEqual({ data: other.data, errors: other.errors?.map((e) => e.message) })
  }
})

it('shows a manager only what is his own', async () => {
  const { answer } = cold(manager)
  const query = '{ clients { nodes { name } } }'
  for (let i = 0; i < 2; i++) await answer({ query })
  expect(JSON.parse((await answer({ query }))!)).toEqual({ data: { clients: { nodes: [{ name: 'Horizon 2' }] } } })
})

it.each([
  ['a mutation', { query: 'mutation { archiveClient(id: "x") { id } }' }],
  ['introspection', { query: '{ __schema { types { name } } }' }],
  ['a directive', { query: 'query ($y: Boolean!) { clients { nodes { id name @include(if: $y) } } }', variables: { y: false } }],
  ['a document that is not valid', { query: '{ clients { nodes { secret } } }' }],
  ['a variable of a wrong type', { query: 'query ($n: Int) { clients(first: $n) { nodes { id } } }', variables: { n: 'many' } }],
  ['more than the limits allow', { query: '{ clients(first: 200) { nodes { orders(first: 200) { nodes { client { name code id } } } } } }' }],
  ['a batch', { query: 7 }],
])('leaves %s to the server', async (_what, request) => {
  const { answer } = cold(admin)
  for (let i = 0; i < 5; i++) expect(await answer(request)).toBeNull()
})
