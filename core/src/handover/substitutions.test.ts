import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Caller } from '../access/caller.ts'
import { actorOf } from '../access/explain.ts'
import { testCrm } from '../testing/crm.ts'

const crm = await testCrm()
afterAll(() => crm.close())
const { pool } = crm.kartotek.db
const one = crm.ask
/** The caller as the next request finds him. */
const now = async (caller: Caller): Promise<Caller> => ({ ...caller, actor: (await actorOf(crm.kartotek.engine, caller.actor.userId!))! })
const hours = (n: number): string => new Date(Date.now() + n * 3_600_000).toISOString()
const START = 'mutation ($input: SubstitutionInput!) { startSubstitution(input: $input) { id active canEnd absent { name } substitute { name } } }'

let admin: Caller, anna: Caller, boris: Caller
let client: string, order: string, task: string
beforeAll(async () => {
  admin = await crm.as('administrator')
  anna = await crm.as('manager')
  boris = await crm.as('manager')
  client = (await one(anna, 'mutation { createClient(input: { name: "Ромашка" }) { id } }')).createClient.id
  order = (await one(anna, 'mutation ($client: ID!) { createOrder(input: { subject: "Окна", client: $client }) { id } }', { client })).createOrder.id
  task = (await one(anna, 'mutation { createTask(input: { title: "Позвонить" }) { id } }')).createTask.id
})
const sees = async (caller: Caller) => {
  const data = await one(await now(caller), `{ client(id: "${client}") { can { update delete } } order(id: "${order}") { id } task(id: "${task}") { id } clients { nodes { id } } }`)
  return { client: data.client?.can ?? null, order: Boolean(data.order), task: Boolean(data.task), listed: data.clients.nodes.some((n: { id: string }) => n.id === client) }
}
const NOTHING = { client: null, order: false, task: false, listed: false }

describe('a substitution', () => {
  it('lets the substitute see and change, begins and ends by time alone, and leaves ownership', async () => {
    expect(await sees(boris)).toEqual(NOTHING)
    const { startSubstitution: made } = await one(anna, START, { input: { substitute: boris.actor.userId, from: hours(-1), until: hours(24) } })
    expect(made).toMatchObject({ active: true, canEnd: true })
    expect(await sees(boris)).toEqual({ client: { update: true, delete: false }, order: true, task: true, listed: true })
    await one(await now(boris), `mutation { updateClient(id: "${client}", input: { note: "Пока Анна болеет" }) { id } }`)
    const taking = await crm.query(await now(boris), 'mutation ($id: ID!, $me: ID!) { updateClient(id: $id, input: { owner: $me }) { id } }', { id: client, me: boris.actor.userId })
    expect(taking.errors![0]!.extensions.code).toBe('FORBIDDEN')
    expect((await one(admin, `{ client(id: "${client}") { owner { id } } }`)).client.owner.id).toBe(anna.actor.userId)

    const why = 'query ($id: ID!, $user: ID!) { explainAccess(object: "client", id: $id, user: $user) { read reasons { kind action text } } }'
    expect((await one(admin, why, { id: client, user: boris.actor.userId })).explainAccess.reasons).toContainEqual({ kind: 'SUBSTITUTE', action: 'update', text: anna.actor.name })

    // The same caller, as an open socket keeps him: nothing but time passes.
    const waiting = await now(boris)
    await pool.query(`update core.substitution set from_at = now() + interval '1 hour', until_at = now() + interval '2 hours' where id = $1`, [made.id])
    expect((await one(waiting, `{ client(id: "${client}") { id } }`)).client).toBeNull()
    await pool.query(`update core.substitution set from_at = now() - interval '1 hour' where id = $1`, [made.id])
    expect((await one(waiting, `{ client(id: "${client}") { id } }`)).client).not.toBeNull()
    await pool.query('update core.substitution set until_at = now() where id = $1', [made.id])
    expect((await one(waiting, `{ client(id: "${client}") { id } }`)).client).toBeNull()
    await pool.query('delete from core.substitution')
  })

  it('is ended by the absent person or by who manages users, and kept in the changes', async () => {
    const { startSubstitution: made } = await one(admin, START, { input: { absent: anna.actor.userId, substitute: boris.actor.userId, from: hours(-1), until: hours(24), note: 'Отпуск' } })
    const END = 'mutation ($id: ID!) { endSubstitution(id: $id) }'
    expect((await crm.query(boris, END, { id: made.id })).errors![0]!.extensions.code).toBe('NOT_FOUND')
    expect((await one(boris, '{ substitutions { id canEnd absent { name } } }')).substitutions).toEqual([{ id: made.id, canEnd: false, absent: { name: anna.actor.name } }])
    expect((await one(await crm.as('manager'), '{ substitutions { id } }')).substitutions).toEqual([])
    expect((await one(anna, END, { id: made.id })).endSubstitution).toBe(true)
    expect(await sees(boris)).toEqual(NOTHING)
    const { changeSets } = await one(admin, '{ changeSets(configuration: true, first: 2) { nodes { summary configuration { fields { label afterText } } } } }')
    expect(changeSets.nodes[1]).toMatchObject({ summary: `Substitution: ${anna.actor.name}`, configuration: { fields: expect.arrayContaining([{ label: boris.actor.name, afterText: 'substitute' }]) } })
  })

  it.each([
    ['for somebody else without the right', () => ({ absent: anna.actor.userId, substitute: boris.actor.userId, from: hours(0), until: hours(1) }), 'FORBIDDEN'],
    ['by oneself', () => ({ substitute: boris.actor.userId, from: hours(0), until: hours(1) }), 'INVALID_INPUT'],
    ['that ends before it begins', () => ({ substitute: anna.actor.userId, from: hours(2), until: hours(1) }), 'INVALID_INPUT'],
    ['that is over', () => ({ substitute: anna.actor.userId, from: hours(-2), until: hours(-1) }), 'INVALID_INPUT'],
    ['by nobody', () => ({ substitute: '01900000-0000-7000-8000-000000000000', from: hours(0), until: hours(1) }), 'INVALID_INPUT'],
  ])('is refused %s', async (_what, input, code) => {
    expect((await crm.query(boris, START, { input: input() })).errors![0]!.extensions.code).toBe(code)
  })

  it('ends for good: the substitute cannot share with himself what he will lose', async () => {
    await pool.query('delete from core.substitution')
    const { startSubstitution: made } = await one(anna, START, { input: { substitute: boris.actor.userId, from: hours(-1), until: hours(24) } })
    const share = 'mutation ($object: String!, $id: ID!, $user: ID!) { shareRecord(object: $object, id: $id, user: $user, level: WRITE) }'
    for (const [object, id] of [['client', client], ['order', order], ['task', task]]) {
      expect((await crm.query(await now(boris), share, { object, id, user: boris.actor.userId })).errors![0]!.extensions.code).toBe('FORBIDDEN')
    }
    await one(admin, share, { object: 'order', id: order, user: boris.actor.userId })
    await one(await now(boris), share, { object: 'order', id: order, user: admin.actor.userId })
    await one(admin, 'mutation ($id: ID!, $user: ID!) { unshareRecord(object: "order", id: $id, user: $user) }', { id: order, user: boris.actor.userId })
    await one(anna, 'mutation ($id: ID!) { endSubstitution(id: $id) }', { id: made.id })
    expect(await sees(boris)).toEqual(NOTHING)
  })

  it('ends for good: the substitute lets himself into nothing by another way either', async () => {
    await pool.query('delete from core.substitution')
    const own = (await one(boris, 'mutation { createClient(input: { name: "Василёк" }) { id } }')).createClient.id as string
    const contact = (await one(anna, 'mutation ($client: ID!) { createContact(input: { lastName: "Петрова", clients: [{ client: $client }] }) { id } }', { client })).createContact.id as string
    const hers = (await one(anna, 'mutation { createTask(input: { title: "Совсем личное", participants: [] }) { id } }')).createTask.id as string
    const { startSubstitution: made } = await one(anna, START, { input: { substitute: boris.actor.userId, from: hours(-1), until: hours(24) } })
    const me = boris.actor.userId
    const standing = await now(boris)
    for (const [source, variables] of [
      ['mutation ($id: ID!, $me: ID!) { updateTask(id: $id, input: { watchers: [{ user: $me }] }) { id } }', { id: hers, me }],
      ['mutation ($id: ID!, $me: ID!) { updateTask(id: $id, input: { title: "Моё", participants: [{ user: $me }] }) { id } }', { id: hers, me }],
      ['mutation ($id: ID!, $own: ID!) { updateTask(id: $id, input: { subject: { object: "client", id: $own } }) { id } }', { id: hers, own }],
      ['mutation ($id: ID!, $own: ID!) { updateOrder(id: $id, input: { client: $own }) { id } }', { id: order, own }],
      ['mutation ($id: ID!, $own: ID!, $client: ID!) { updateContact(id: $id, input: { clients: [{ client: $client }, { client: $own }] }) { id } }', { id: contact, own, client }],
    ] as const) {
      expect((await crm.query(standing, source, variables)).errors?.[0]?.extensions.code, source).toBe('FORBIDDEN')
    }
    // What the work needs goes on: other people, other records of hers, and what is his own.
    await one(standing, 'mutation ($id: ID!, $user: ID!) { updateTask(id: $id, input: { watchers: [{ user: $user }] }) { id } }', { id: hers, user: admin.actor.userId })
    await one(standing, 'mutation ($id: ID!, $client: ID!) { updateTask(id: $id, input: { subject: { object: "client", id: $client } }) { id } }', { id: hers, client })
    const mine = (await one(standing, 'mutation { createTask(input: { title: "Моя" }) { id } }')).createTask.id as string
    await one(standing, 'mutation ($id: ID!, $own: ID!, $me: ID!) { updateTask(id: $id, input: { watchers: [{ user: $me }], subject: { object: "client", id: $own } }) { id } }', { id: mine, own, me })
    await one(anna, 'mutation ($id: ID!) { endSubstitution(id: $id) }', { id: made.id })
    expect(await sees(boris)).toEqual(NOTHING)
    expect((await one(await now(boris), `{ task(id: "${hers}") { id } contact(id: "${contact}") { id } }`))).toEqual({ task: null, contact: null })
  })

  it('ends for good: what she may not tie she cannot take back into being tied', async () => {
    await pool.query('delete from core.substitution')
    const own = (await one(boris, 'mutation { createClient(input: { name: "Лютик" }) { id } }')).createClient.id as string
    const about = 'mutation ($id: ID!, $client: ID!) { updateTask(id: $id, input: { subject: { object: "client", id: $client } }) { id } }'
    const task = (await one(admin, 'mutation ($owner: ID!, $own: ID!) { createTask(input: { title: "О клиенте коллеги", owner: $owner, subject: { object: "client", id: $own } }) { id } }', { owner: anna.actor.userId, own })).createTask.id as string
    const { startSubstitution: made } = await one(anna, START, { input: { substitute: boris.actor.userId, from: hours(-1), until: hours(24) } })
    const { changeSets: [moved] } = await crm.query(await now(boris), about, { id: task, client })
    const { revertChangeSet: report } = await one(await now(boris), 'mutation ($id: ID!) { revertChangeSet(id: $id) { reverted kept { record reason message } } }', { id: moved })
    expect(report).toEqual({ reverted: 0, kept: [{ record: task, reason: 'forbidden', message: expect.stringContaining('only stand in') }] })
    await one(anna, 'mutation ($id: ID!) { endSubstitution(id: $id) }', { id: made.id })
    expect((await one(await now(boris), `{ task(id: "${task}") { id } }`)).task).toBeNull()
  })

  it('has what becomes of a request belong to the absent person', async () => {
    await pool.query('delete from core.substitution')
    const own = (await one(boris, 'mutation { createClient(input: { name: "Пион" }) { id } }')).createClient.id as string
    const item = async (text: string): Promise<string> => {
      const { id } = (await one(admin, 'mutation ($text: String) { receiveIntake(input: { channel: "api", text: $text }) { id } }', { text })).receiveIntake
      await one(admin, 'mutation ($id: ID!, $owner: ID!) { updateIntakeItem(id: $id, input: { owner: $owner }) { id } }', { id, owner: anna.actor.userId })
      return id
    }
    const [fresh, linked] = [await item('Новый'), await item('От клиента коллеги')]
    const { startSubstitution: made } = await one(anna, START, { input: { substitute: boris.actor.userId, from: hours(-1), until: hours(24) } })
    const standing = await now(boris)
    const LINK = 'mutation ($id: ID!, $client: ID!) { linkIntake(id: $id, client: $client) { client } }'
    expect((await crm.query(standing, LINK, { id: linked, client: own })).errors?.[0]?.extensions.code).toBe('FORBIDDEN')
    expect((await one(standing, LINK, { id: linked, client })).linkIntake).toEqual({ client })
    const ACCEPT = 'mutation ($id: ID!, $input: IntakeAcceptance!) { acceptIntake(id: $id, input: $input) { client contact order } }'
    const became = (await one(standing, ACCEPT, { id: fresh, input: { clientValues: { name: 'Новый клиент' }, contactValues: { lastName: 'Новикова' }, orderValues: { subject: 'Окна' } } })).acceptIntake
    const SHOW = 'query ($client: ID!, $contact: ID!, $order: ID!, $fresh: ID!, $linked: ID!) { client(id: $client) { owner { id } } contact(id: $contact) { owner { id } } order(id: $order) { owner { id } } fresh: intakeItem(id: $fresh) { owner { id } } linked: intakeItem(id: $linked) { owner { id } } }'
    const shown = async (caller: Caller) => one(caller, SHOW, { ...became, fresh, linked })
    const hers = { owner: { id: anna.actor.userId } }
    const all = { client: hers, contact: hers, order: hers, fresh: hers, linked: hers }
    expect([await shown(standing), await shown(anna)]).toEqual([all, all])
    await one(anna, 'mutation ($id: ID!) { endSubstitution(id: $id) }', { id: made.id })
    expect(await shown(await now(boris))).toEqual({ client: null, contact: null, order: null, fresh: null, linked: null })
    // For others than the absent person one creates no more than before.
    const { errors } = await crm.query(await now(boris), 'mutation ($owner: ID!) { createClient(input: { name: "Чужой", owner: $owner }) { id } }', { owner: anna.actor.userId })
    expect(errors?.[0]?.extensions.code).toBe('FORBIDDEN')
  })

  it('gives no more than the absent person may do herself', async () => {
    const reader = await crm.withRules({ objects: { '*': { read: 'own' }, user: { read: 'all' } } })
    const id = (await one(admin, 'mutation ($owner: ID!) { createClient(input: { name: "Тихий", owner: $owner }) { id } }', { owner: reader.actor.userId })).createClient.id
    await one(reader, START, { input: { substitute: boris.actor.userId, from: hours(-1), until: hours(1) } })
    const { can } = (await one(await now(boris), `{ client(id: "${id}") { can { update } } }`)).client
    expect(can).toEqual({ update: false })
  })

  it('is not made by who manages people but is no administrator for his own good', async () => {
    const office = await crm.withRules({ objects: { user: { read: 'all' }, client: { read: 'own', update: 'own' } }, capabilities: ['users.manage'] })
    const { errors } = await crm.query(office, START, { input: { absent: anna.actor.userId, substitute: office.actor.userId, from: hours(0), until: hours(1) } })
    expect(errors![0]!.extensions.code).toBe('FORBIDDEN')
  })
})
