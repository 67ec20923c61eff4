import { sql } from 'kysely'
import { subscribe, parse } from 'graphql'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import type { Caller } from '../access/caller.ts'
import { testCrm } from '../testing/crm.ts'
import { deliver, type DeliveryDeps } from './deliver.ts'
import { KINDS } from './kinds.ts'
import { letterOf } from './letter.ts'
import { notify } from './notify.ts'

const letters: { to: string, subject: string, text: string }[] = []
const crm = await testCrm({ sendMail: async (mail) => { letters.push(mail) } })
afterAll(() => crm.close())
const { engine } = crm.kartotek
const { db } = engine
const deps: DeliveryDeps = {
  engine, kinds: () => new Map(KINDS.map((k) => [k.key, k])), publicUrl: () => 'http://127.0.0.1:3000',
  channels: () => [{ key: 'email', label: {}, paced: true, async send(batch) { letters.push({ to: batch.to.email!, ...letterOf(batch) }) } }],
}

let admin: Caller, anna: Caller, boris: Caller
const people: Record<string, string> = {}
const one = crm.ask
interface Told { id: string, kind: string, title: string, text: string | null, record: { object: string, id: string, title: string } | null, readAt: string | null }
const told = async (caller: Caller, more = ''): Promise<Told[]> => (await one(caller, `{ notifications(first: 100${more}) { nodes { id kind title text record { object id title } readAt } } }`)).notifications.nodes
const unread = async (caller: Caller): Promise<number> => (await one(caller, '{ unreadNotifications }')).unreadNotifications
const client = async (caller: Caller, input: Record<string, unknown>): Promise<string> => (await one(caller, 'mutation ($input: ClientCreateInput!) { createClient(input: $input) { id } }', { input })).createClient?.id
const give = (caller: Caller, id: string, owner: string) => one(caller, 'mutation ($id: ID!, $owner: ID!) { updateClient(id: $id, input: { owner: $owner }) { id } }', { id, owner })
const drain = async (): Promise<void> => { expect((await crm.drain()).failed).toEqual([]) }

beforeAll(async () => {
  admin = await crm.as('administrator')
  anna = await crm.as('manager', { locale: 'ru' })
  boris = await crm.as('manager', { locale: 'fi' })
  await sql`update core."user" set locale = case when id = ${anna.actor.userId} then 'ru' else 'fi' end where id in (${anna.actor.userId}, ${boris.actor.userId})`.execute(db)
  Object.assign(people, { admin: admin.actor.userId, anna: anna.actor.userId, boris: boris.actor.userId })
})
beforeEach(async () => {
  await drain()
  await sql`delete from core.notification`.execute(db)
  letters.length = 0
})

describe('reading', () => {
  it('a notification goes with the right to see its record, and comes back with it', async () => {
    const id = await client(admin, { name: 'Секрет', owner: people.anna })
    await drain()
    expect(await unread(anna)).toBe(1)
    await give(admin, id, people.boris!)
    expect([await told(anna), await unread(anna)]).toEqual([[], 0])
    await give(admin, id, people.anna!)
    expect(await unread(anna)).toBe(1)
  })

  it('what somebody wrote and took back is told no more, neither in the list nor by letter', async () => {
    const id = await client(anna, { name: 'Не та карточка' })
    await one(anna, 'mutation { saveNotificationSettings(input: { pace: HOURLY }) { pace } }')
    const entry = (await one(admin, 'mutation ($input: TimelineEntryCreateInput!) { createTimelineEntry(input: $input) { id } }', { input: { subject: { object: 'client', id }, kind: 'comment', text: 'Это не сюда', mentions: [{ user: people.anna }] } })).createTimelineEntry.id
    await drain()
    expect(await told(anna)).toHaveLength(1)
    await one(admin, 'mutation ($id: ID!) { deleteTimelineEntry(id: $id) { id } }', { id: entry })
    expect([await told(anna), await unread(anna)]).toEqual([[], 0])
    await deliver(deps, undefined, new Date(Date.now() + 3_600_000))
    expect(letters).toEqual([])
    await sql`delete from core.notification_setting`.execute(db)
  })

  it('a number is that of what one still has and may see, and gone with it', async () => {
    const inputs = Array.from({ length: 12 }, (_, i) => ({ name: `Пачка ${i}`, owner: people.anna }))
    const { results } = (await one(admin, 'mutation ($inputs: [ClientCreateInput!]!) { createClients(inputs: $inputs) { results { id } } }', { inputs })).createClients
    const ids: string[] = results.map((r: { id: string }) => r.id)
    await drain()
    const text = async (who = anna) => (await told(who)).map((n) => n.text)
    expect(await text()).toEqual(['Клиенты: 12'])
    await give(admin, ids[0]!, people.boris!)
    await one(admin, 'mutation ($id: ID!) { deleteClient(id: $id) { id } }', { id: ids[1] })
    expect(await text()).toEqual(['Клиенты: 10'])
    // Who may not read clients any more learns neither of them nor how many there were.
    const blind = await crm.withRules({ objects: { order: { read: 'all' } } })
    const reader = { ...anna, actor: { ...anna.actor, roleIds: blind.actor.roleIds } }
    expect([await text(reader), await unread(reader)]).toEqual([[], 0])
    for (const id of ids.slice(2)) await give(admin, id, people.boris!)
    expect([await text(), await unread(anna)]).toEqual([[], 0])
  })

  it('is marked by oneself only', async () => {
    for (const name of ['a', 'b', 'c']) await client(admin, { name, owner: people.anna })
    await drain()
    const [first] = await told(anna)
    expect((await one(boris, 'mutation ($ids: [ID!]) { markNotifications(ids: $ids) }', { ids: [first!.id] })).markNotifications).toBe(0)
    expect(await unread(anna)).toBe(3)
    expect((await one(anna, 'mutation ($ids: [ID!]) { markNotifications(ids: $ids) }', { ids: [first!.id] })).markNotifications).toBe(2)
    expect(await told(anna, ', unread: true')).toHaveLength(2)
    expect((await one(anna, 'mutation { markNotifications }')).markNotifications).toBe(0)
    expect((await one(anna, 'mutation ($ids: [ID!]) { markNotifications(ids: $ids, read: false) }', { ids: [first!.id] })).markNotifications).toBe(1)
  })

  it('pages pass over what may not be shown', async () => {
    const visible = await client(anna, { name: 'Видимый' })
    const hidden = await client(boris, { name: 'Чужой' })
    const notice = (i: number, id: string) => ({ key: `n${i}`, to: [people.anna!], kind: 'stuckOrder', subject: { object: 'client', id } })
    await notify(db, [notice(0, visible)])
    for (let i = 1; i < 8; i++) await notify(db, [notice(i, hidden)])
    expect((await one(anna, '{ notifications(first: 2) { nodes { record { id } } hasNextPage } }')).notifications).toEqual({ nodes: [{ record: { id: visible } }], hasNextPage: false })
  })

  it('is told live, to each his own', async () => {
    const abort = new AbortController()
    const open = async (caller: Caller) => {
      const context = { ...crm.kartotek.api.contextOf(caller), signal: abort.signal }
      return await subscribe({ schema: crm.kartotek.api.schema(context.reading.generation, context.access), document: parse('subscription { unreadNotificationsChanged }'), contextValue: context }) as AsyncIterableIterator<{ data: { unreadNotificationsChanged: number } }>
    }
    const stream = await open(anna)
    const machine = await open({ ...boris, actor: { ...boris.actor, kind: 'token', id: '01900000-0000-7000-8000-00000000abcd', userId: null } })
    const next = stream.next()
    const none = machine.next()
    await notify(db, [{ key: 'other', to: [people.boris!], kind: 'automation', text: 'x' }])
    await notify(db, [{ key: 'live', to: [people.anna!], kind: 'automation', text: 'x' }])
    engine.afterCommit()
    expect((await next).value.data).toEqual({ unreadNotificationsChanged: 1 })
    abort.abort()
    expect((await stream.next()).done).toBe(true)
    // Who is no person is not woken for others.
    expect((await none).done).toBe(true)
  })
})
