import type { IncomingMessage } from 'node:http'
import { text } from 'node:stream/consumers'
import { parse, subscribe } from 'graphql'
import { afterAll, describe, expect, it } from 'vitest'
import { migrations } from '../accounts/migrations.ts'
import { createToken, listTokens } from '../accounts/tokens.ts'
import { migrate } from '../database/migration.ts'
import { exportFile, exportRows } from '../export/export.ts'
import { readingOf } from '../records/engine.ts'
import { testCrm } from '../testing/crm.ts'
import { testDatabase } from '../testing/index.ts'
import type { Caller } from './caller.ts'
import { checkNarrowing } from './narrowing.ts'
import type { Action } from './roles.ts'

const crm = await testCrm({ work: false })
afterAll(() => crm.close())
const { kartotek } = crm
const admin = await crm.as('administrator')
const anna = await crm.as('manager')
const bob = await crm.as('manager')

async function token(of: Caller, objects: Record<string, Action[]>, capabilities: string[] = []): Promise<Caller> {
  const { generation, access } = readingOf(kartotek.engine, of)
  const narrowedTo = checkNarrowing(generation.model, access, { objects, capabilities })
  const { secret } = await createToken(kartotek.db.pool, { userId: of.actor.userId!, name: 'narrow', narrowedTo }, 'en')
  return (await kartotek.accounts.authenticate({ headers: { authorization: `Bearer ${secret}` }, socket: {} } as IncomingMessage))!
}
const refusals = async (who: Caller, source: string, variables?: object): Promise<string[]> =>
  ((await crm.query(who, source, variables as never)).errors ?? []).map((e) => `${e.extensions['code']} ${e.message}`)

const { createClient: client } = await crm.ask(anna, 'mutation { createClient(input: { name: "Bakery Anna", industry: "bread" }) { id version } }')
const { createClient: foreign } = await crm.ask(bob, 'mutation { createClient(input: { name: "Bakery Bob" }) { id } }')
const { createOrder: order } = await crm.ask(anna, 'mutation($client: ID!) { createOrder(input: { subject: "Ovens", client: $client, lines: [{ text: "Oven", quantity: "1", price: { amount: "10" } }] }) { id } }', { client: client.id })
/** Of the administrator; Anna sees it by way of her client. */
const { createOrder: inherited } = await crm.ask(admin, 'mutation($client: ID!) { createOrder(input: { subject: "Flour", client: $client }) { id } }', { client: client.id })

describe('a token that is narrowed to clients', () => {
  const narrow = token(anna, { client: ['read'] })

  it('reads clients of its person, with their parts, and knows nothing of what refers to them', async () => {
    const { clients, clientAggregate } = await crm.ask(await narrow, '{ clients { nodes { id name contactPoints { value } } } clientAggregate(measures: [{ function: COUNT }]) { values { value } } }')
    expect(clients.nodes).toEqual([{ id: client.id, name: 'Bakery Anna', contactPoints: [] }])
    expect(clientAggregate[0].values).toEqual([{ value: '1' }])
    expect(clients.nodes.map((one: { id: string }) => one.id)).not.toContain(foreign.id)
    for (const source of [
      '{ orders { nodes { id } } }', '{ clients { nodes { orders { nodes { id } } } } }', '{ clients { nodes { owner { id } } } }', '{ clients(filter: { orders: { some: { subject: { contains: "Ovens" } } } }) { nodes { id } } }',
      '{ clients(orderBy: [{ field: owner }]) { nodes { id } } }', '{ clientAggregate(groupBy: [{ field: owner }], measures: [{ function: COUNT }]) { keys { value } } }', '{ orderAggregate(measures: [{ function: COUNT }]) { values { value } } }',
      'subscription { orderChanged { id } }', '{ __type(name: "Order") { name fields { name } } x: orders { nodes { id } } }',
    ]) expect(await refusals(await narrow, source), source).not.toEqual([])
    expect((await crm.ask(await narrow, '{ objects { name } __type(name: "Order") { name } }'))).toMatchObject({ objects: expect.not.arrayContaining([{ name: 'order' }]), __type: null })
  })

  it('writes nothing', async () => {
    for (const source of [
      'mutation { createClient(input: { name: "New" }) { id } }', `mutation { updateClient(id: "${client.id}", input: { name: "Other" }) { id } }`, `mutation { archiveClient(id: "${client.id}") { id } }`, `mutation { deleteClient(id: "${client.id}") }`,
      `mutation { updateOrder(id: "${order.id}", input: { subject: "Other" }) { id } }`,
    ]) expect(await refusals(await narrow, source), source).not.toEqual([])
    const { rows } = await kartotek.db.pool.query('select name from core.client where id = $1', [client.id])
    expect(rows).toEqual([{ name: 'Bakery Anna' }])
  })

  it('finds neither histories nor change sets of other objects, also not those of its person', async () => {
    expect(await refusals(await narrow, `{ fieldHistory(object: "order", id: "${order.id}", field: "subject") { text } }`)).not.toEqual([])
    expect(await refusals(await narrow, `{ changeSets(object: "order", record: "${order.id}") { nodes { id } } }`)).not.toEqual([])
    const mine = 'query { changeSets { nodes { id summary object } } }'
    expect((await crm.ask(anna, mine)).changeSets.nodes.length).toBeGreaterThan(1)
    expect((await crm.ask(await narrow, mine)).changeSets.nodes).toEqual([])
    const { changeSets: { nodes: [made] } } = await crm.ask(anna, `{ changeSets(object: "order", record: "${order.id}") { nodes { id } } }`)
    expect((await crm.ask(await narrow, `{ changeSet(id: "${made.id}") { id } }`)).changeSet).toBeNull()
    expect(await refusals(await narrow, `mutation { revertChangeSet(id: "${made.id}") { reverted } }`)).toEqual(['NOT_FOUND There is no such change.'])
    const { changeSets: { nodes } } = await crm.ask(await narrow, `{ changeSets(object: "client", record: "${client.id}") { nodes { changes { title } } } }`)
    expect(nodes.length).toBeGreaterThan(0)
  })

  it('is told of clients only, also by files and live', async () => {
    const { api } = kartotek
    const context = api.contextOf(await narrow)
    const schema = api.schema(context.reading.generation, context.access)
    expect(await subscribe({ schema, document: parse('subscription { clientChanged { id } }'), contextValue: { ...context, signal: AbortSignal.abort() } })).not.toHaveProperty('errors')
    const reading = readingOf(kartotek.engine, await narrow)
    const file = async (object: string, columns: string[]) => text(exportFile(reading, { object, columns, format: 'csv' }, exportRows(async () => reading, { object, columns, format: 'csv' })))
    expect(await file('client', ['name'])).toContain('Bakery Anna')
    await expect(file('client', ['owner'])).rejects.toThrow('no field "owner"')
    await expect(file('order', ['subject'])).rejects.toThrow()
  })
})

it('is made and listed through the API', async () => {
  const signedIn: Caller = { ...anna, sessionId: 'of a test' }
  const { createToken: made } = await crm.ask(signedIn, 'mutation($input: AccountTokenInput!) { createToken(input: $input) { token { narrowedTo { objects { object actions } capabilities } } } }', {
    input: { name: 'shop', narrowedTo: { objects: [{ object: 'client', actions: ['READ'] }, { object: 'order', actions: ['CREATE'] }] } },
  })
  const narrowedTo = { objects: [{ object: 'client', actions: ['READ'] }, { object: 'order', actions: ['READ', 'CREATE'] }], capabilities: [] }
  expect(made.token).toEqual({ narrowedTo })
  expect((await crm.ask(anna, '{ myTokens { name narrowedTo { objects { object actions } capabilities } } }')).myTokens).toContainEqual({ name: 'shop', narrowedTo })
  expect(await refusals(signedIn, 'mutation { createToken(input: { name: "x", narrowedTo: { objects: [{ object: "nonsense", actions: [READ] }] } }) { secret } }')).toEqual(['INVALID_INPUT There is no object "nonsense".'])
})

describe('a narrowed token', () => {
  it('does what it names and no more: orders without their clients', async () => {
    const orders = await token(anna, { order: ['update'] })
    // The flour is Anna's by way of a client that the token does not show.
    const { orders: seen } = await crm.ask(orders, '{ orders { nodes { id lines { text } } } }')
    expect(seen.nodes.map((one: { id: string }) => one.id).sort()).toEqual([order.id, inherited.id].sort())
    await crm.ask(orders, `mutation { updateOrder(id: "${order.id}", input: { subject: "Ovens, two" }) { id } }`)
    for (const source of ['{ orders { nodes { client { id } } } }', `{ orders(filter: { client: { name: { contains: "Bak" } } }) { nodes { id } } }`, 'mutation { createOrder(input: { subject: "New" }) { id } }', `mutation { deleteOrder(id: "${order.id}") }`]) {
      expect(await refusals(orders, source), source).not.toEqual([])
    }
    expect((await crm.ask(orders, '{ changeSets { nodes { object } } }')).changeSets.nodes).toHaveLength(1)
  })

  it('of all objects reads everything and changes nothing', async () => {
    const reads = await token(admin, { '*': ['read'] })
    const { clients } = await crm.ask(reads, '{ clients { nodes { name owner { name } orders { nodes { subject } } } } }')
    expect(clients.nodes).toHaveLength(2)
    expect(await refusals(reads, 'mutation { createClient(input: { name: "New" }) { id } }')).not.toEqual([])
    expect(kartotek.api.contextOf(reads).access.everything).toBe(false)
  })

  it('has no rights beyond records but those that it names, and none to give rights away', async () => {
    const objects = { client: ['read', 'update'] as Action[] }
    const { access: bare } = kartotek.api.contextOf(await token(admin, objects))
    const { access } = kartotek.api.contextOf(await token(admin, objects, ['export.run']))
    expect([bare.capability('export.run'), access.capability('export.run'), access.capability('model.manage')]).toEqual([false, true, false])
    const forged: Caller = { ...admin, actor: { ...admin.actor, kind: 'token', id: '0', narrowedTo: { objects, capabilities: ['access.manage', 'users.manage'] } } }
    expect(['access.manage', 'users.manage'].map((name) => kartotek.api.contextOf(forged).access.capability(name))).toEqual([false, false])
    expect(await kartotek.accounts.people.mayChangeAddress({ ...forged.actor }, admin.actor.userId!)).toBe(false)
    await kartotek.accounts.setPassword(bob.actor.userId!, 'a password of the tests')
    expect(await kartotek.accounts.people.mayChangeAddress(forged.actor, bob.actor.userId!)).toBe(false)
  })

  it('follows what its person loses, and gains nothing by what he gains', async () => {
    const cleo = await crm.as('accountant')
    const narrow = await token(cleo, { client: ['read', 'update'] })
    expect((await crm.ask(narrow, '{ clients { nodes { name } } }')).clients.nodes).toHaveLength(2)
    const manager = kartotek.engine.live.current.roles.find((role) => role.key === 'manager')!
    await kartotek.db.pool.query('update core.user_role set role_id = $2 where user_id = $1', [cleo.actor.userId, manager.id])
    const now = (await kartotek.accounts.refresh(narrow))!
    expect((await crm.ask(now, '{ clients { nodes { name } } }')).clients.nodes).toEqual([])
    expect(await refusals(now, 'mutation { createClient(input: { name: "New" }) { id } }')).not.toEqual([])
  })

  it('starts nothing that goes on with all rights of its person', async () => {
    const lead = await crm.as('head_of_sales')
    const narrow = await token(lead, { client: ['read', 'create'] }, ['import.run', 'handover.run'])
    const refused = 'FORBIDDEN A token with only some of your rights may not do this.'
    expect(await refusals(narrow, `mutation { startImport(upload: "${client.id}", mapping: { object: "client", columns: {} }) { id } }`)).toEqual([refused])
    expect(await refusals(narrow, `mutation { startSubstitution(input: { substitute: "${bob.actor.userId}", from: "2030-01-01", until: "2030-01-02" }) { id } }`)).toEqual([refused])
  })

  it('is refused beyond the rights of its person, for what is not there, and for parts', async () => {
    await expect(token(anna, { product: ['update'] })).rejects.toThrow('You may not update here yourself (product).')
    await expect(token(anna, { nonsense: ['read'] })).rejects.toThrow('There is no object "nonsense".')
    await expect(token(anna, { orderLine: ['read'] })).rejects.toThrow('"orderLine" follows order: name that.')
    await expect(token(anna, { client: ['fly' as Action] })).rejects.toThrow('There is no action "fly"')
    await expect(token(anna, {})).rejects.toThrow('Name at least one object.')
    await expect(token(anna, { client: ['read'] }, ['model.manage'])).rejects.toThrow('cannot have the right "model.manage"')
    await expect(token(admin, { client: ['read'] }, ['users.manage'])).rejects.toThrow('cannot have the right "users.manage"')
  })
})

it('tokens from before the narrowing keep all rights of their person', async () => {
  const db = await testDatabase({ from: 'empty' })
  const all = (await import('../migrations.ts')).migrations
  const before = all.slice(0, all.findIndex(({ id }) => id === migrations.at(-1)!.id))
  expect(before.length).toBeLessThan(all.length)
  await migrate(db, before)
  const id = '00000000-0000-0000-0000-000000000001'
  await db.pool.query(`insert into auth.api_token (id, user_id, name, token_hash, hint, expires_at) values ($1, $1, 'old', 'x', 'abcd', now() + interval '1 day')`, [id])
  await migrate(db, all)
  expect(await listTokens(db.pool, id)).toMatchObject([{ name: 'old', roleIds: null, narrowedTo: null }])
})
