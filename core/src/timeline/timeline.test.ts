import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { sql } from 'kysely'
import { definePlugin } from '@kartotek/sdk'
import type { Caller } from '../access/caller.ts'
import { testCrm } from '../testing/crm.ts'
import { evenly } from './family.ts'

const crm = await testCrm({ plugins: [definePlugin({
  id: 'parcels', version: '1.0.0',
  timelineKinds: [{ key: 'parcels-sent', icon: 'package', color: 'orange', label: { ru: 'Посылка', uk: 'Посилка', fi: 'Paketti', en: 'Parcel' } }],
  fields: { timelineEntry: [{ name: 'trackingNumber', type: 'text', label: { ru: 'Трек-номер', uk: 'Трек-номер', fi: 'Seurantatunnus', en: 'Tracking number' } }] },
})] })
afterAll(() => crm.close())

let admin: Caller, anna: Caller, boris: Caller
const ids: Record<string, string> = {}
const one = crm.ask
const write = (caller: Caller, input: Record<string, unknown>) => one(caller, 'mutation ($input: TimelineEntryCreateInput!) { createTimelineEntry(input: $input) { id version heading subject { object id title } } }', { input }).then((data) => data.createTimelineEntry)
const TIMELINE = `query ($object: String!, $id: ID!, $kinds: [String!], $search: String, $pinned: Boolean, $first: Int, $after: String) {
  timeline(object: $object, id: $id, kinds: $kinds, search: $search, pinned: $pinned, first: $first, after: $after) {
    hasNextPage endCursor whole nodes { id kind at heading text author { id name } record { object id title } data { key label value } changeSet action fields { key } pinnedAt } } }`
const timeline = async (caller: Caller, id: string, more: Record<string, unknown> = {}) => (await one(caller, TIMELINE, { object: 'client', id, ...more })).timeline as {
  hasNextPage: boolean, endCursor: string | null, whole: boolean
  nodes: { id: string, kind: string, at: string, heading: string | null, text: string | null, author: { name: string }, record: { object: string, id: string, title: string } | null, data: { key: string, value: unknown }[], action: string | null, fields: { key: string }[], pinnedAt: string | null }[]
}

beforeAll(async () => {
  admin = await crm.as('administrator')
  anna = await crm.as('manager')
  boris = await crm.as('manager')
  ids.client = (await one(anna, 'mutation { createClient(input: { name: "Ромашка" }) { id } }')).createClient.id
  ids.order = (await one(anna, 'mutation ($client: ID!) { createOrder(input: { subject: "Окна", client: $client }) { id } }', { client: ids.client })).createOrder.id
  ids.foreign = (await one(boris, 'mutation { createClient(input: { name: "Чужой" }) { id } }')).createClient.id
  // an order of somebody else at Anna's client, closed to her
  ids.secret = (await one(admin, 'mutation ($owner: ID!) { createOrder(input: { subject: "Секрет", owner: $owner }) { id } }', { owner: boris.actor.userId })).createOrder.id
})

describe('who is called in a comment', () => {
  it('is told with it', async () => {
    const entry = await write(anna, { subject: { object: 'client', id: ids.client }, kind: 'comment', text: 'Посмотри', mentions: [{ user: boris.actor.userId }] })
    const { timeline: { nodes } } = await one(anna, 'query ($id: ID!) { timeline(object: "client", id: $id) { nodes { id mentions { id name } } } }', { id: ids.client })
    expect(nodes.find((node: { id: string }) => node.id === entry.id).mentions).toEqual([{ id: boris.actor.userId, name: boris.actor.name }])
    expect(nodes.find((node: { id: string }) => node.id !== entry.id).mentions).toEqual([])
    const unseeing = await crm.withRules({ objects: { '*': { read: 'all' } }, fields: { 'timelineMention.user': { read: false } } })
    const seen = await one(unseeing, 'query ($id: ID!) { timeline(object: "client", id: $id) { nodes { id mentions { id } } } }', { id: ids.client })
    expect(seen.timeline.nodes.flatMap((node: { mentions: object[] }) => node.mentions)).toEqual([])
    await one(anna, 'mutation ($id: ID!) { deleteTimelineEntry(id: $id) { id } }', { id: entry.id })
  })
})

describe('a field that names any record', () => {
  it('gives object, id and title, and says nothing of what the reader may not see', async () => {
    const entry = await write(anna, { subject: { object: 'client', id: ids.client }, text: 'Просил перезвонить\nво вторник', kind: 'note' })
    expect(entry).toMatchObject({ heading: 'Просил перезвонить', subject: { object: 'client', id: ids.client, title: 'Ромашка' } })
    expect((await crm.query(boris, 'query ($id: ID!) { timelineEntry(id: $id) { id } }', { id: entry.id })).data).toEqual({ timelineEntry: null })
    // shown by its author after the record went to somebody else: the entry stays his, the record does not
    const own = await write(boris, { subject: { object: 'client', id: ids.foreign }, text: 'x' })
    await one(admin, 'mutation ($id: ID!, $owner: ID!) { updateClient(id: $id, input: { owner: $owner }) { id } }', { id: ids.foreign, owner: admin.actor.userId })
    expect((await one(boris, 'query ($id: ID!) { timelineEntry(id: $id) { text subject { id } } }', { id: own.id })).timelineEntry).toEqual({ text: 'x', subject: null })
    expect((await one(boris, 'query ($id: ID!) { timelineEntries(filter: { subject: { id: { eq: $id } } }) { nodes { id } } }', { id: ids.foreign })).timelineEntries.nodes).toEqual([])
    expect((await one(boris, '{ timelineEntries(filter: { subject: { isNull: true } }) { nodes { id } } }')).timelineEntries.nodes).toEqual([{ id: own.id }])
  })

  it.each([
    ['a record that the writer may not see', () => ({ object: 'client', id: ids.foreign }), 'reference'],
    ['a record that is not there', () => ({ object: 'client', id: '01900000-0000-7000-8000-000000000000' }), 'reference'],
    ['an object that is not there', () => ({ object: 'ghost', id: ids.client }), 'reference'],
    ['a part', () => ({ object: 'orderLine', id: ids.client }), 'reference'],
    ['no id', () => ({ object: 'client', id: 'x' }), 'pattern'],
  ])('refuses %s', async (_what, subject, rule) => {
    const { errors } = await crm.query(anna, 'mutation ($input: TimelineEntryCreateInput!) { createTimelineEntry(input: $input) { id } }', { input: { subject: subject(), text: 'x' } })
    expect(errors![0]!.extensions).toMatchObject({ code: 'INVALID_INPUT', fields: [{ field: 'subject', rule }] })
  })

  it('is filtered by object and id, and kept in the history', async () => {
    const { timelineEntries } = await one(anna, 'query ($id: ID!) { timelineEntries(filter: { subject: { object: { eq: "client" }, id: { eq: $id } } }) { nodes { id } total { value } } }', { id: ids.client })
    expect(timelineEntries.total.value).toBe(1)
    const { changeSets } = await one(anna, 'query ($id: ID!) { changeSets(object: "timelineEntry", record: $id) { nodes { changes { fields { key after afterText } } } } }', { id: timelineEntries.nodes[0].id })
    expect(changeSets.nodes[0].changes[0].fields).toContainEqual({ key: 'subject', after: { object: 'client', id: ids.client }, afterText: 'Ромашка' })
  })
})

describe('a timeline', () => {
  it('has what was written and what was done, newest first, with that of the orders', async () => {
    await write(anna, { subject: { object: 'order', id: ids.order }, kind: 'call', direction: 'in', seconds: 65, text: 'Спросил о сроках' })
    await write(anna, { subject: { object: 'client', id: ids.client }, kind: 'letter', happenedAt: '2026-01-15T10:00:00Z', heading: 'Смета', text: 'Прошу прислать смету на двери' })
    await one(anna, 'mutation ($id: ID!) { updateClient(id: $id, input: { territory: "7", contactPoints: [{ kind: "site", value: "romashka.example" }] }) { id } }', { id: ids.client })
    const { nodes, hasNextPage } = await timeline(anna, ids.client!)
    expect(nodes.map(({ kind, record, action }) => [kind, record!.object, action])).toEqual([
      ['change', 'client', 'update'], ['call', 'order', null], ['note', 'client', null], ['change', 'order', 'create'], ['change', 'client', 'create'], ['letter', 'client', null],
    ])
    expect(nodes[0]!.fields).toContainEqual({ key: 'territory' })
    // Of a row of a list what it says, not who made it when.
    expect(nodes[0]!.fields).toContainEqual({ key: 'value' })
    expect(nodes[0]!.fields).not.toContainEqual({ key: 'createdAt' })
    expect(nodes[1]).toMatchObject({ record: { title: '1' }, author: { name: anna.actor.name } })
    expect(hasNextPage).toBe(false)
  })

  it('names those whom its author named: nobody else changes that in his name', async () => {
    const entry = await write(anna, { subject: { object: 'client', id: ids.client }, kind: 'comment', text: 'Посмотрите', mentions: [{ user: admin.actor.userId }] })
    const name = 'mutation ($id: ID!, $mentions: [TimelineMentionInput!]) { updateTimelineEntry(id: $id, input: { mentions: $mentions }) { mentions { id user { id } } } }'
    const { data: { timelineEntry: { mentions: [kept] } } } = await crm.query(anna, 'query ($id: ID!) { timelineEntry(id: $id) { mentions { id } } }', { id: entry.id })
    for (const mentions of [[], [{ user: boris.actor.userId }], [{ id: kept.id, user: boris.actor.userId }]]) {
      expect((await crm.query(admin, name, { id: entry.id, mentions })).errors?.[0]?.extensions.code).toBe('FORBIDDEN')
    }
    // As it was is no change.
    await one(admin, name, { id: entry.id, mentions: [{ id: kept.id, user: admin.actor.userId }] })
    expect((await one(anna, name, { id: entry.id, mentions: [{ user: anna.actor.userId }] })).updateTimelineEntry.mentions).toMatchObject([{ user: { id: anna.actor.userId } }])
    await one(anna, 'mutation ($id: ID!) { deleteTimelineEntry(id: $id) { id } }', { id: entry.id })
  })

  it('is cut by kind, by words and by pins', async () => {
    expect((await timeline(anna, ids.client!, { kinds: ['call', 'letter'] })).nodes.map((n) => n.kind)).toEqual(['call', 'letter'])
    expect((await timeline(anna, ids.client!, { kinds: ['change'] })).nodes.every((n) => n.kind === 'change')).toBe(true)
    const found = await timeline(anna, ids.client!, { search: 'смету двери' })
    expect(found.nodes.map((n) => n.heading)).toEqual(['Смета'])
    await one(anna, 'mutation ($id: ID!) { updateTimelineEntry(id: $id, input: { pinnedAt: "2026-11-21T10:00:00Z" }) { id } }', { id: found.nodes[0]!.id })
    expect((await timeline(anna, ids.client!, { pinned: true })).nodes.map((n) => n.heading)).toEqual(['Смета'])
  })

  it('is searched in tasks too: what is to be done, why, and what came of it', async () => {
    const client = (await one(anna, 'mutation { createClient(input: { name: "Поиск" }) { id } }')).createClient.id as string
    const task = async (caller: Caller, input: Record<string, unknown>) => (await one(caller, 'mutation ($input: TaskCreateInput!) { createTask(input: $input) { id } }', { input: { subject: { object: 'client', id: client }, ...input } })).createTask.id as string
    const [first, second] = [await task(anna, { title: 'Отправить каталог' }), await task(anna, { title: 'Позвонить', text: 'Спросить про каталог' })]
    const third = await task(anna, { title: 'Встреча' })
    await one(anna, 'mutation ($id: ID!) { updateTask(id: $id, input: { result: "Каталог понравился" }) { id } }', { id: third })
    await one(anna, 'mutation ($id: ID!) { updateTask(id: $id, input: { priority: "high" }) { id } }', { id: first })
    const found = (await timeline(anna, client, { search: 'каталог' })).nodes
    expect(found.map(({ kind, action, record }) => [kind, action, record!.id])).toEqual([['task', 'update', third], ['task', 'create', third], ['task', 'create', second], ['task', 'create', first]])
    expect((await timeline(anna, client, { search: 'каталог', kinds: ['note'] })).nodes).toEqual([])
    expect((await timeline(anna, client, { search: 'звонить', kinds: ['task'] })).nodes.map((n) => n.record!.id)).toEqual([second])
    const closed = await crm.withRules({ objects: { '*': { read: 'all' } }, fields: { 'task.text': { read: false } } })
    expect((await timeline(closed, client, { search: 'каталог' })).nodes.map((n) => n.record!.id)).not.toContain(second)
  })

  it('says where more hangs on a record than it follows, and follows the newest', async () => {
    const client = (await one(admin, 'mutation { createClient(input: { name: "Много заказов" }) { id } }')).createClient.id as string
    expect((await timeline(admin, client)).whole).toBe(true)
    await sql`insert into core."order" (id, number, client_id, search, created_at) select ('00000000-0000-7000-8000-' || lpad(n::text, 12, '0'))::uuid, 100000 + n, ${client}::uuid, '', now() from generate_series(1, 700) n`.execute(crm.kartotek.engine.db)
    const newest = (await one(admin, 'mutation ($client: ID!) { createOrder(input: { client: $client }) { id } }', { client })).createOrder.id
    const answer = await timeline(admin, client)
    expect(answer.whole).toBe(false)
    expect(answer.nodes.map((node) => node.record!.id)).toContain(newest)
  })

  it('is paged without gaps and repetitions', async () => {
    const whole = (await timeline(anna, ids.client!)).nodes
    const paged: typeof whole = []
    for (let after: string | null = null; ;) {
      const page: Awaited<ReturnType<typeof timeline>> = await timeline(anna, ids.client!, { first: 2, after })
      paged.push(...page.nodes)
      if (!page.hasNextPage) break
      after = page.endCursor
    }
    expect(paged).toEqual(whole)
  })

  it('finds what is far behind other changes, and never says that it ends before it does', async () => {
    const client = (await one(anna, 'mutation { createClient(input: { name: "Долгая история" }) { id } }')).createClient.id as string
    await write(anna, { subject: { object: 'client', id: client }, text: 'Давно', happenedAt: '2020-01-01T10:00:00Z' })
    const order = (await one(anna, 'mutation ($client: ID!) { createOrder(input: { subject: "Двери", client: $client }) { id stage { id } } }', { client })).createOrder as { id: string }
    const stage = crm.kartotek.engine.live.current.pipelines.find((p) => p.object === 'order')!.stages[1]!.id
    await one(anna, 'mutation ($id: ID!, $stage: ID!) { updateOrder(id: $id, input: { stage: $stage }) { id } }', { id: order.id, stage })
    for (let i = 0; i < 50; i++) await one(anna, 'mutation ($id: ID!, $note: String) { updateClient(id: $id, input: { note: $note }) { id } }', { id: client, note: `n${i}` })
    expect((await timeline(anna, client, { kinds: ['stage'], first: 1 })).nodes.map((n) => n.record!.id)).toEqual([order.id])
    // A reader who sees nothing of these changes is led on past them.
    const blind = await crm.withRules({ objects: { '*': { read: 'all' } }, fields: { 'client.note': { read: false } } })
    const seen: string[] = []
    let pages = 0
    for (let after: string | null = null; ; pages++) {
      const page: Awaited<ReturnType<typeof timeline>> = await timeline(blind, client, { first: 1, after })
      seen.push(...page.nodes.map((n) => n.text ?? n.action!))
      if (!page.hasNextPage) break
      after = page.endCursor
    }
    expect(seen).toEqual(['update', 'create', 'create', 'Давно'])
  })

  it('follows of many records some of each kind', async () => {
    expect(evenly([['a1', 'a2', 'a3'], [], ['b1'], ['c1', 'c2']], 5)).toEqual(['a1', 'b1', 'c1', 'a2', 'c2'])
    expect(evenly([['a1']], 0)).toEqual([])
  })

  it('shows of orders only those that the reader may see, and is closed with its record', async () => {
    await one(admin, 'mutation ($id: ID!, $client: ID!) { updateOrder(id: $id, input: { client: $client }) { id } }', { id: ids.secret, client: ids.client })
    await write(admin, { subject: { object: 'order', id: ids.secret }, text: 'Секретная скидка' })
    // Boris owns the order, not the client: he sees the order's timeline only
    expect((await crm.query(boris, TIMELINE, { object: 'client', id: ids.client })).errors![0]!.extensions.code).toBe('NOT_FOUND')
    expect((await one(boris, TIMELINE, { object: 'order', id: ids.secret })).timeline.nodes.map((n: { text: string }) => n.text)).toContain('Секретная скидка')
    const noOrders = await crm.withRules({ objects: { client: { read: 'all' }, timelineEntry: { read: 'own' }, user: { read: 'all' } } })
    const texts = JSON.stringify((await timeline(noOrders, ids.client!)).nodes)
    expect(texts).toContain('Просил перезвонить')
    expect(texts).not.toMatch(/Секрет|Окна|сроках/)
  })

  it('of a client in the trash keeps to what is one’s own: of what hangs on him nobody gets access there', async () => {
    const id = (await one(anna, 'mutation { createClient(input: { name: "В корзину" }) { id } }')).createClient.id as string
    const about = { subject: { object: 'client', id } }
    for (const [caller, text] of [[anna, 'Моё слово'], [admin, 'Чужое слово']] as const) {
      await write(caller, { ...about, text, kind: 'note' })
      await one(caller, 'mutation ($input: TaskCreateInput!) { createTask(input: $input) { id } }', { input: { ...about, title: text } })
    }
    const words = async () => (await timeline(anna, id)).nodes.map((node) => node.text ?? node.record?.title).filter((text) => text?.endsWith('слово')).sort()
    expect(await words()).toEqual(['Моё слово', 'Моё слово', 'Чужое слово', 'Чужое слово'])
    await one(admin, 'mutation ($id: ID!) { deleteClient(id: $id) { id } }', { id })
    expect(await words()).toEqual(['Моё слово', 'Моё слово'])
  })

  it('takes kinds and fields of plugins, and no other kinds', async () => {
    await write(anna, { subject: { object: 'order', id: ids.order }, kind: 'parcels-sent', heading: 'Отправлено', parcels: { trackingNumber: 'RA123' } })
    const [item] = (await timeline(anna, ids.client!, { kinds: ['parcels-sent'] })).nodes
    expect(item!.data).toEqual([{ key: 'parcels.trackingNumber', label: 'Tracking number', value: 'RA123' }])
    const { errors } = await crm.query(anna, 'mutation ($input: TimelineEntryCreateInput!) { createTimelineEntry(input: $input) { id } }', { input: { subject: { object: 'client', id: ids.client }, kind: 'gossip' } })
    expect(errors![0]!.extensions).toMatchObject({ fields: [{ field: 'kind', rule: 'option' }] })
    expect((await one(anna, '{ timelineKinds { key label writable } }')).timelineKinds).toContainEqual({ key: 'parcels-sent', label: 'Parcel', writable: true })
  })

  it('has documents, payments and requests from programs, not from somebody who types them in', async () => {
    const CREATE = 'mutation ($input: TimelineEntryCreateInput!) { createTimelineEntry(input: $input) { id kind } }'
    const entry = await write(admin, { subject: { object: 'client', id: ids.client }, text: 'Оплатили' })
    const program: Caller = { ...admin, actor: { ...admin.actor, kind: 'token', id: '01900000-0000-7000-8000-00000000aaaa' } }
    const writable = async (caller: Caller) => (await one(caller, '{ timelineKinds { key writable } }')).timelineKinds.filter((k: { writable: boolean }) => k.writable).map((k: { key: string }) => k.key)
    for (const kind of ['payment', 'document', 'request']) {
      const input = { subject: { object: 'client', id: ids.client }, kind, text: 'Оплачено' }
      expect((await crm.query(admin, CREATE, { input })).errors?.[0]!.extensions.code, kind).toBe('FORBIDDEN')
      expect((await crm.query(admin, 'mutation ($id: ID!, $kind: String!) { updateTimelineEntry(id: $id, input: { kind: $kind }) { id } }', { id: entry.id, kind })).errors?.[0]!.extensions.code, kind).toBe('FORBIDDEN')
      expect(await writable(admin)).not.toContain(kind)
      expect((await one(program, CREATE, { input })).createTimelineEntry.kind).toBe(kind)
      expect(await writable(program)).toContain(kind)
    }
    expect(await writable(admin)).toEqual(expect.arrayContaining(['note', 'call', 'letter', 'message', 'parcels-sent']))
  })

  it('keeps words to their author, and pins to everybody', async () => {
    const entry = await write(anna, { subject: { object: 'client', id: ids.client }, text: 'Моё' })
    const head = await crm.as('head_of_sales')
    const { errors } = await crm.query(head, 'mutation ($id: ID!) { updateTimelineEntry(id: $id, input: { text: "Чужое" }) { id } }', { id: entry.id })
    expect(errors![0]!.extensions.code).toBe('FORBIDDEN')
    for (const input of [{ owner: head.actor.userId }, { subject: { object: 'order', id: ids.order } }, { seconds: 60 }, { parcels: { trackingNumber: 'X' } }]) {
      expect((await crm.query(head, 'mutation ($id: ID!, $input: TimelineEntryUpdateInput!) { updateTimelineEntry(id: $id, input: $input) { id } }', { id: entry.id, input })).errors?.[0]!.extensions.code).toBe('FORBIDDEN')
    }
    expect((await crm.query(anna, 'mutation ($id: ID!, $owner: ID!) { updateTimelineEntry(id: $id, input: { owner: $owner }) { id } }', { id: entry.id, owner: head.actor.userId })).errors![0]!.extensions.code).toBe('FORBIDDEN')
    await one(head, 'mutation ($id: ID!) { updateTimelineEntry(id: $id, input: { pinnedAt: "2026-11-21T10:00:00Z" }) { id } }', { id: entry.id })
    await one(anna, 'mutation ($id: ID!) { updateTimelineEntry(id: $id, input: { text: "Моё новое" }) { id } }', { id: entry.id })
  })
})
