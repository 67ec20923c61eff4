import { getNamedType, type GraphQLObjectType } from 'graphql'
import { afterAll, expect, it, vi } from 'vitest'
import { createToken } from '../src/accounts/tokens.ts'
import { CompiledQueries } from '../src/graphql/compiled-queries.ts'
import { testNode, type TestAnswer } from '../src/testing/node.ts'
import { collectCanaries, leaks, modelCanaries, tokensIn } from './access/canaries.ts'
import { selection } from './access/documents.ts'
import { makeWorld, PROBE, type Person } from './access/world.ts'

const PASSWORD = 'a password of the tests'
const ROUNDS = 4

const world = await makeWorld()
const { crm } = world
const { kartotek } = crm
const canaries = await collectCanaries(world)
modelCanaries(world, canaries)
const node = await testNode(crm, { KARTOTEK_PLUGINS: PROBE })
afterAll(async () => {
  await node.close()
  await crm.close()
})

/** Everybody who can come over HTTP, each with the ways by which he comes. */
const people = world.people.filter((p) => p.name !== 'plugin')
const ways = (await Promise.all(people.map(async (person) => {
  const { userId } = person.caller.actor
  const byToken = person.secret ?? (await createToken(kartotek.db.pool, { userId: userId!, name: 'walk' }, 'en')).secret
  const token = { person, way: 'token', headers: { authorization: `Bearer ${byToken}` } as Record<string, string> }
  if (person.secret) return [token]
  await kartotek.accounts.setPassword(userId!, PASSWORD)
  const { rows: [user] } = await kartotek.db.pool.query<{ email: string }>('select email from core."user" where id = $1', [userId])
  return [token, { person, way: 'session', headers: { ...await node.signIn(user!.email, PASSWORD) } as Record<string, string> }]
}))).flat()

const typeOf = (person: Person, name: string): GraphQLObjectType => {
  const { reading, access } = kartotek.api.contextOf(person.caller)
  return getNamedType(kartotek.api.schema(reading.generation, access).getQueryType()!.getFields()[name]!.type) as GraphQLObjectType
}
const hidden = [...canaries.values()].flat().find((holder) => holder.root.key === 'client_X' && holder.field === 'name' && holder.text)!.text!

/** Those in which nothing is hidden from anybody, those that name what only some may name, and those that are never compiled. */
const questions: { query: string, variables?: object }[] = [
  { query: '{ clients(archived: ALL) { nodes { id title industry orders(archived: ALL) { nodes { id subject lines { quantity unit } } total { value } } } total { value exact } } }' },
  { query: '{ clients { nodes { id name territory taxId { value } owner { id name email } contactPoints { kind value } } edges { cursor } pageInfo { endCursor } } }' },
  { query: '{ orders(archived: ALL, orderBy: [{ field: client }]) { nodes { id number client { id title } contact { id title } lines { id text product { code } } stage { key } } edges { cursor } } }' },
  { query: '{ orders { nodes { id total { amount } cost { amount } margin { amount } lines { cost { amount } margin { amount } } } } products { nodes { name price { amount } cost { amount } } } }' },
  { query: '{ clients { nodes { custom { hush hushMoney { amount } aText aReference { id title } } probe { rating } } } }' },
  { query: 'query($filter: ClientFilter, $search: String) { clients(filter: $filter, search: $search, archived: ALL) { nodes { id code } total { value } } }', variables: { filter: { industry: { contains: 'cnr' } } } },
  { query: 'query($filter: ClientFilter, $search: String) { clients(filter: $filter, search: $search, archived: ALL) { nodes { id code } total { value } } }', variables: { search: hidden } },
  { query: 'query($filter: OrderFilter) { orders(filter: $filter) { nodes { id } } }', variables: { filter: { client: { name: { startsWith: 'cnr' } } } } },
  { query: 'query($id: ID!) { client(id: $id) { id code can { update delete } contacts { role contact { id lastName } } } order(id: $id) { id } }', variables: { id: world.id('client_X') } },
  { query: 'query($id: ID!) { client(id: $id) { id code can { update delete } contacts { role contact { id lastName } } } order(id: $id) { id } }', variables: { id: world.id('client_M') } },
  { query: '{ orderAggregate(groupBy: [{ field: client }], measures: [{ function: COUNT }]) { keys { value label } values { value } } clientAggregate(groupBy: [{ field: owner }], measures: [{ function: COUNT_DISTINCT, field: industry }]) { keys { value label } values { value } } }' },
  { query: '{ xGadgets { nodes { id title custom { aEmail aDecimal } byclient { nodes { id } total { value } } } } contacts { nodes { id lastName birthday } } }' },
  { query: `{ clients(archived: ALL, first: 5) { nodes { ${selection(typeOf(world.person('manager'), 'client'), 1)} } } }` },
  { query: `{ orders(first: 5) { nodes { ${selection(typeOf(world.person('restricted'), 'order'), 1)} } } }` },
  { query: '{ probeAnswer { texts clients } }' },
  { query: `{ changeSets(object: "client", record: "${world.id('client_X')}") { nodes { actor { name } changes { title fields { key before after } } } } }` },
  { query: '{ __type(name: "Client") { fields { name description } } clients { nodes { id } } }' },
]

it('tells nothing of the company without a sign-in', async () => {
  for (const path of ['/', '/health', '/metrics', '/auth/status', '/plugins/index.json', '/plugins/probe/note', '/graphiql/', '/graphql?query={me{email}}', '/uploads/', '/clients', '/files', '/data', '/.env', '/..%2f..%2fpackage.json']) {
    const text = await (await fetch(`${node.url}${path}`)).text()
    expect([path, [...tokensIn(text)].filter((token) => canaries.has(token))]).toEqual([path, []])
  }
})

it('reaches by the routes of a plugin what its caller may reach, and nobody without a sign-in', async () => {
  for (const { person, headers } of ways) {
    for (const note of world.records.filter((r) => r.object === 'probeNote')) {
      const response = await fetch(`${node.url}/plugins/probe/note?id=${note.id}`, { headers })
      const text = await response.text()
      expect([person.name, note.key, leaks(person, canaries, text)]).toEqual([person.name, note.key, []])
      expect([person.name, note.key, text.includes(note.id)]).toEqual([person.name, note.key, person.sees(note) && !person.denied.has('probeNote.text')])
      if (person.sees(note)) continue
      const write = await fetch(`${node.url}/plugins/probe/note?id=${note.id}`, { method: 'POST', headers, body: 'overwritten' })
      expect([person.name, note.key, write.status >= 400, leaks(person, canaries, await write.text(), note.id)]).toEqual([person.name, note.key, true, []])
    }
    for (const id of ['', 'x', `' or 1=1 --`, '%00', '__proto__']) expect((await fetch(`${node.url}/plugins/probe/note?id=${encodeURIComponent(id)}`, { headers })).status).toBeLessThan(500)
  }
  expect((await fetch(`${node.url}/plugins/probe/note?id=${world.id('note_M')}`)).status).toBe(401)
  expect((await crm.query(world.person('administrator').caller, '{ probeNotes(filter: { text: { eq: "overwritten" } }) { nodes { id } } }')).data.probeNotes.nodes).toEqual([])
})

it('gives the same answer by token, by session, the first and the fourth time, and to nobody that of another', async () => {
  const compiling = vi.spyOn(CompiledQueries.prototype, 'answer')
  const compiled = new Map<Person, number>()
  const first = new Map<string, TestAnswer>()
  for (let round = 0; round < ROUNDS; round++) {
    const queue = questions.flatMap((question, q) => ways.map((way, w) => ({ question, q, ...way, place: (q * 7 + w * 13 + round * 5) % 97 }))).sort((a, b) => a.place - b.place)
    const work = async (): Promise<void> => {
      for (let next = queue.pop(); next; next = queue.pop()) {
        const { question, q, person, way, headers } = next
        const given = await node.ask(headers, question.query, question.variables)
        const name = `${person.name} by ${way} asks ${question.query.slice(0, 200)} the ${round + 1}. time`
        expect(leaks(person, canaries, given.text, JSON.stringify(question)), name).toEqual([])
        const known = first.get(`${person.name} ${q}`)
        if (known) expect({ name, data: given.data, errors: given.errors }).toEqual({ name, data: known.data, errors: known.errors })
        else {
          first.set(`${person.name} ${q}`, given)
          const { data, errors } = await crm.query(person.caller, question.query, { ...question.variables })
          expect({ name, data: given.data ?? null, codes: given.errors?.map((e) => e.extensions.code) }).toEqual({ name, data, codes: errors?.map((e) => e.extensions.code) })
        }
      }
    }
    await Promise.all([work(), work(), work(), work()])
  }
  for (const [i, { value }] of compiling.mock.results.entries()) {
    const person = people.find((p) => p.caller.actor.userId === compiling.mock.calls[i]![1].actor.userId && p.caller.actor.roleIds.join() === compiling.mock.calls[i]![1].actor.roleIds.join()
      && Boolean(p.caller.actor.narrowedTo) === Boolean(compiling.mock.calls[i]![1].actor.narrowedTo))
    if (person && await value !== null) compiled.set(person, (compiled.get(person) ?? 0) + 1)
  }
  compiling.mockRestore()
  // Who may see clients was answered by compiled documents too, else nothing was compared.
  expect(people.filter((p) => (compiled.get(p) ?? 0) < 4).map((p) => p.name)).toEqual(['nothing', 'office'])
  expect(new Set(people.map((p) => first.get(`${p.name} 0`)!.text)).size).toBeGreaterThan(5)
}, 120_000)
