import { testCrm } from '@kartotek/core/testing'
import { afterAll, expect, it } from 'vitest'
import telephony from '../index.ts'
import { client } from '../testing.ts'

const crm = await testCrm({ plugins: [telephony], work: false })
afterAll(() => crm.close())
const admin = await crm.as('administrator')
const FILL = 'mutation ($list: ID!, $segment: ID!, $after: String) { telephonyFillList(list: $list, segment: $segment, after: $after) { added numberless refused repeated more after } }'
const NEXT = 'mutation ($list: ID!) { telephonyNextClient(list: $list) { item name number tries script } }'
const RESULT = 'mutation ($item: ID!, $result: String!, $note: String, $callAt: DateTime) { telephonyListResult(item: $item, result: $result, note: $note, callAt: $callAt) }'
const PROGRESS = 'query ($list: ID!) { telephonyListProgress(list: $list) { waiting taken later done reached } }'
const everybody = { objects: { '*': { read: 'all', create: 'all', update: 'all' } } } as const

const list = (await crm.ask(admin, 'mutation { createCallList(input: { name: "Spring", script: "Say hello", attempts: 2 }) { id } }')).createCallList.id as string
const segment = (await crm.ask(admin, 'mutation { createSegment(object: "client", input: { name: "All", filter: { name: { isNull: false } } }) { id } }')).createSegment.id as string
const next = async (who = admin) => (await crm.ask(who, NEXT, { list })).telephonyNextClient

it('is filled of a segment with whom one may call, and each client once', async () => {
  for (let i = 0; i < 6; i++) await client(crm, admin, `+35840100000${i}`)
  await client(crm, admin, '+358401000009', { doNotContact: ['phone'] })
  await crm.ask(admin, 'mutation { createClient(input: { name: "Numberless" }) { id } }')
  expect((await crm.ask(admin, FILL, { list, segment })).telephonyFillList).toMatchObject({ added: 6, numberless: 1, refused: 1, repeated: 0, more: false })
  expect((await crm.ask(admin, FILL, { list, segment })).telephonyFillList).toMatchObject({ added: 0, repeated: 6 })
  expect((await crm.ask(admin, PROGRESS, { list })).telephonyListProgress).toEqual({ waiting: 6, taken: 0, later: 0, done: 0, reached: 0 })
})

it('is filled of clients that are named, or that a list of clients has, and of nothing else by mistake', async () => {
  const ONES = 'mutation ($list: ID!, $clients: [ID!], $filter: ClientFilter, $search: String, $segment: ID) { telephonyFillList(list: $list, clients: $clients, filter: $filter, search: $search, segment: $segment) { added refused repeated more } }'
  const made = async (name: string) => (await crm.ask(admin, 'mutation ($name: String!) { createCallList(input: { name: $name }) { id } }', { name })).createCallList.id as string
  const fill = async (of: string, whom: object, who = admin) => (await crm.ask(who, ONES, { list: of, ...whom })).telephonyFillList
  const [autumn, winter] = [await made('Autumn'), await made('Winter')]
  const { clients: { nodes } } = await crm.ask(admin, '{ clients(filter: { contactPoints: { some: { value: { contains: "10000" } } } }, orderBy: [{ field: name }]) { nodes { id name } } }')
  const ids = nodes.map(({ id }: { id: string }) => id)
  expect(await fill(autumn, { clients: ids.slice(0, 2) })).toEqual({ added: 2, refused: 0, repeated: 0, more: false })
  expect(await fill(autumn, { filter: { createdAt: { gte: '2020-01-01T00:00:00Z' }, name: { contains: '1000001' } } })).toMatchObject({ added: 0, repeated: 1 })
  expect(await fill(winter, { filter: {}, search: nodes[3].name })).toMatchObject({ added: 1 })
  expect(await fill(winter, { filter: {} })).toMatchObject({ added: 5, refused: 1, repeated: 1 })

  // Who sees none of them puts none of them in.
  const stranger = await crm.withRules({ objects: { callList: { read: 'all' }, callListItem: { read: 'own', create: 'all' }, client: { read: 'own' }, contactPoint: { read: 'own' } } })
  expect(await fill(await made('Other'), { clients: ids }, stranger)).toMatchObject({ added: 0, refused: 0 })
  for (const whom of [{}, { clients: ids, filter: {} }, { segment: null }, { segment: '' }, { segment: '', search: 'Client' }, { segment: '', clients: ids }]) expect((await crm.query(admin, ONES, { list: autumn, ...whom })).errors![0]!.extensions.code).toBe('INVALID_INPUT')
  expect((await crm.query(admin, ONES, { list: autumn, clients: Array.from({ length: 501 }, () => ids[0]) })).errors![0]!.extensions.code).toBe('LIMIT_EXCEEDED')
})

it('gives nobody the client of another, however many ask at once', async () => {
  const people = await Promise.all(Array.from({ length: 5 }, () => crm.withRules(everybody)))
  const got = await Promise.all(people.map((who) => next(who)))
  expect(new Set(got.map((one) => one.item)).size).toBe(5)
  expect(got[0]).toMatchObject({ script: 'Say hello', tries: 0, number: expect.stringContaining('+358') as unknown })
  // Who asks again has the one that he has.
  expect((await next(people[0]))!.item).toBe(got[0].item)
  expect((await crm.query(people[1]!, RESULT, { item: got[0].item, result: 'reached' })).errors![0]!.extensions).toMatchObject({ code: 'NOT_FOUND' })

  await crm.ask(people[0]!, RESULT, { item: got[0].item, result: 'reached', note: 'Wants two' })
  const at = new Date(Date.now() - 1_000).toISOString()
  await crm.ask(people[1]!, RESULT, { item: got[1].item, result: 'callBack', callAt: at })
  await crm.ask(people[2]!, RESULT, { item: got[2].item, result: 'noAnswer' })
  expect((await crm.ask(admin, PROGRESS, { list })).telephonyListProgress).toEqual({ waiting: 1, taken: 2, later: 2, done: 1, reached: 1 })
  // A promise is kept by who gave it.
  const last = await next(people[2])
  expect(last!.item).not.toBe(got[1].item)
  expect(await next(people[1])).toMatchObject({ item: got[1].item, tries: 1 })
  // Nobody answered twice: that was the last try.
  await crm.ask(people[1]!, RESULT, { item: got[1].item, result: 'busy' })
  expect((await crm.ask(admin, PROGRESS, { list })).telephonyListProgress).toMatchObject({ done: 2 })
  expect(await next(people[0])).toBeNull()
})

it('gives nobody a client whom he does not see, and tells him nothing of such', async () => {
  const manager = await crm.withRules({ objects: { callList: { read: 'all' }, '*': { read: 'own', update: 'own' } } })
  await client(crm, admin, '+358402000000')
  await crm.ask(admin, FILL, { list, segment })
  expect(await next(manager)).toBeNull()
  expect((await crm.ask(manager, PROGRESS, { list })).telephonyListProgress).toEqual({ waiting: 0, taken: 0, later: 0, done: 0, reached: 0 })
})

it('passes over who does not want to be called any more', async () => {
  const { callListItems } = await crm.ask(admin, 'query ($list: ID!) { callListItems(filter: { list: { id: { eq: $list } }, state: { eq: "waiting" } }) { nodes { id client { id version } } } }', { list })
  expect(callListItems.nodes).toHaveLength(1)
  await crm.ask(admin, 'mutation ($id: ID!) { updateClient(id: $id, input: { doNotContact: ["phone"] }) { id } }', { id: callListItems.nodes[0].client.id })
  const somebody = await crm.withRules(everybody)
  expect(await next(somebody)).toBeNull()
  expect((await crm.ask(admin, 'query ($id: ID!) { callListItem(id: $id) { state { key } result { key } } }', { id: callListItems.nodes[0].id })).callListItem).toEqual({ state: { key: 'done' }, result: { key: 'mustNot' } })
})

it('asks for consent to its purpose when it is filled, and again before each call', async () => {
  const purposed = (await crm.ask(admin, 'mutation { createCallList(input: { name: "Offers", purpose: "marketing" }) { id } }')).createCallList.id as string
  const [willing, unsure] = [await client(crm, admin, '+358403000001', { territory: 'consents' }), await client(crm, admin, '+358403000002', { territory: 'consents' })]
  const say = (subject: string, state: string) => crm.ask(admin, 'mutation ($subject: RecordLinkInput!, $state: String!) { createConsent(input: { subject: $subject, purpose: "marketing", channel: "phone", state: $state, source: "by telephone" }) { id } }', { subject: { object: 'client', id: subject }, state })
  await say(willing, 'given')
  const some = (await crm.ask(admin, 'mutation { createSegment(object: "client", input: { name: "Consents", filter: { territory: { eq: "consents" } } }) { id } }')).createSegment.id as string
  const fill = async () => (await crm.ask(admin, FILL, { list: purposed, segment: some })).telephonyFillList
  expect(await fill()).toMatchObject({ added: 1, refused: 1 })
  await say(unsure, 'given')
  expect(await fill()).toMatchObject({ added: 1, repeated: 1, refused: 0 })
  await say(willing, 'withdrawn')
  const who = await crm.withRules(everybody)
  expect((await crm.ask(who, NEXT, { list: purposed })).telephonyNextClient).toMatchObject({ number: '+358403000002' })
  await crm.ask(who, RESULT, { item: (await crm.ask(who, NEXT, { list: purposed })).telephonyNextClient.item, result: 'reached' })
  expect((await crm.ask(who, NEXT, { list: purposed })).telephonyNextClient).toBeNull()
})

it('tells no numbers to whom those of clients are closed', async () => {
  const { createCallList: { id } } = await crm.ask(admin, 'mutation { createCallList(input: { name: "Closed" }) { id } }')
  const number = '+358403000000'
  const FILL_WITH = 'mutation ($list: ID!, $clients: [ID!]) { telephonyFillList(list: $list, clients: $clients) { added numberless } }'
  const clients = [await client(crm, admin, number)]
  const blind = await crm.withRules({ ...everybody, fields: { 'contactPoint.value': { read: false } } })
  expect((await crm.query(blind, FILL_WITH, { list: id, clients })).errors).toMatchObject([{ extensions: { code: 'INVALID_INPUT' } }])
  expect((await crm.ask(admin, FILL_WITH, { list: id, clients })).telephonyFillList).toEqual({ added: 1, numberless: 0 })
  const ITEMS = 'query ($list: ID!) { callListItems(filter: { list: { id: { eq: $list } } }) { nodes { number { raw } } } }'
  expect((await crm.ask(admin, ITEMS, { list: id })).callListItems.nodes).toEqual([{ number: { raw: number } }])
  expect((await crm.query(blind, ITEMS, { list: id })).errors).toMatchObject([{ message: expect.stringContaining('number') }])
  expect((await crm.query(blind, `{ callListItems(filter: { number: { contains: "${number}" } }) { nodes { id } } }`)).errors).toBeDefined()
  expect((await crm.ask(blind, NEXT, { list: id })).telephonyNextClient).toMatchObject({ name: `Client ${number}`, number: null })
})

it('is worked on by who may change such records', async () => {
  const reader = await crm.withRules({ objects: { '*': { read: 'all' } } })
  for (const [operation, variables] of [[FILL, { list, segment }], [NEXT, { list }]] as const) expect((await crm.query(reader, operation, variables)).errors![0]!.extensions.code).toBe('FORBIDDEN')
})
