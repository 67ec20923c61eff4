import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Caller } from '../access/caller.ts'
import { testCrm } from '../testing/crm.ts'
import { runHandOver, startHandOver, takeUpHandOvers } from './hand-over.ts'

const crm = await testCrm({ work: false })
afterAll(() => crm.close())
const { engine } = crm.kartotek
const { pool } = crm.kartotek.db
const one = crm.ask
let admin: Caller, boris: Caller, vera: Caller
beforeAll(async () => {
  admin = await crm.as('administrator')
  boris = await crm.as('manager')
  vera = await crm.as('manager')
})
const id = (caller: Caller): string => caller.actor.userId!
const PREVIEW = 'query ($input: HandOverInput!) { previewHandOver(input: $input) { counts { object user { id } count } } }'
const START = 'mutation ($input: HandOverInput!) { startHandOver(input: $input) { id state total } }'
const SHOW = 'query ($id: ID!) { handOver(id: $id) { state total moved left returned kept undoUntil counts { object user { id } count } problems { object title message } changeSets } }'
const show = (handOver: string) => one(admin, SHOW, { id: handOver }).then((data) => data.handOver)
const owners = async (table: string, ids: string[]): Promise<string[]> =>
  (await pool.query<{ owner_id: string }>(`select owner_id from core."${table}" where id = any($1) order by array_position($1::uuid[], id)`, [ids])).rows.map((r) => r.owner_id)

/** A person with clients, each with an open order and a task about it. */
async function withWork(n: number) {
  const from = await crm.as('manager')
  const clients: string[] = [], orders: string[] = [], tasks: string[] = []
  for (let i = 0; i < n; i++) {
    const client = (await one(from, 'mutation ($name: String!, $territory: String) { createClient(input: { name: $name, territory: $territory }) { id } }', { name: `К ${i}`, territory: i % 2 ? 'Север' : 'Юг' })).createClient.id
    clients.push(client)
    orders.push((await one(from, 'mutation ($client: ID!) { createOrder(input: { subject: "x", client: $client }) { id } }', { client })).createOrder.id)
    tasks.push((await one(from, 'mutation ($order: ID!) { createTask(input: { title: "x", subject: { object: "order", id: $order } }) { id } }', { order: orders.at(-1) })).createTask.id)
  }
  const done = (await one(from, 'mutation { createTask(input: { title: "done", state: "done" }) { id } }')).createTask.id as string
  return { from, clients, orders, tasks, done }
}
const ALL = [{ object: 'client' }, { object: 'order', openOnly: true }, { object: 'task', openOnly: true }]

describe('a hand-over', () => {
  it('leaves a person his own absences', async () => {
    const from = await crm.as('manager')
    await one(admin, 'mutation ($owner: ID!) { createAbsence(input: { firstDay: "2030-07-01", lastDay: "2030-07-14", owner: $owner }) { id } }', { owner: id(from) })
    expect((await one(admin, 'query ($user: ID!) { handOverObjects(user: $user) { object } }', { user: id(from) })).handOverObjects).not.toContainEqual({ object: 'absence' })
    const { errors } = await crm.query(admin, START, { input: { from: id(from), objects: [{ object: 'absence' }], to: [id(boris)] } })
    expect(errors![0]!.extensions).toMatchObject({ code: 'INVALID_INPUT', fields: [{ field: 'objects', rule: 'unknown' }] })
  })

  it('offers what somebody works on, with counts, and not what he wrote down', async () => {
    const { from } = await withWork(2)
    const { handOverObjects } = await one(admin, 'query ($user: ID!) { handOverObjects(user: $user) { object count open } }', { user: id(from) })
    expect(handOverObjects).toEqual(expect.arrayContaining([{ object: 'client', count: 2, open: null }, { object: 'contact', count: 0, open: null }, { object: 'order', count: 2, open: 2 }, { object: 'task', count: 3, open: 2 }]))
    expect(handOverObjects.map(({ object }: { object: string }) => object)).not.toContain('timelineEntry')
  })

  it('shares evenly, keeps what belongs together with one person, leaves what is done, and comes back', async () => {
    const { from, clients, orders, tasks, done } = await withWork(4)
    const input = { from: id(from), objects: ALL, to: [id(boris), id(vera)], reason: 'Уволился' }
    expect((await one(admin, PREVIEW, { input })).previewHandOver.counts).toEqual(['client', 'order', 'task'].flatMap((object) => [boris, vera].map((user) => ({ object, user: { id: id(user) }, count: 2 }))))
    expect(await owners('client', clients)).toEqual(clients.map(() => id(from)))

    const { startHandOver: started } = await one(admin, START, { input })
    expect(started).toMatchObject({ state: 'RUNNING', total: 12 })
    expect((await crm.drain()).failed).toEqual([])
    const result = await show(started.id)
    expect(result).toMatchObject({ state: 'DONE', moved: 12, left: 0 })
    expect(result.changeSets).toHaveLength(1)
    const heirs = await owners('client', clients)
    expect([...heirs].sort()).toEqual([id(boris), id(boris), id(vera), id(vera)].sort())
    expect(await owners('order', orders)).toEqual(heirs)
    expect(await owners('task', tasks)).toEqual(heirs)
    expect(await owners('task', [done])).toEqual([id(from)])
    // The history has a new row, the one before is only ended.
    const { rows: periods } = await pool.query(`select value, to_at is null as open from core.field_period where record_id = $1 and field = 'owner' order by from_at`, [clients[0]])
    expect(periods).toEqual([{ value: id(from), open: false }, { value: heirs[0], open: true }])

    // One client goes on to somebody else, another is renamed: the first stays where it is, the second comes back with its name.
    await one(admin, 'mutation ($id: ID!, $owner: ID!) { updateClient(id: $id, input: { owner: $owner }) { id } }', { id: clients[0], owner: id(admin) })
    await one(admin, 'mutation ($id: ID!) { updateClient(id: $id, input: { name: "Новое имя" }) { id } }', { id: clients[1] })
    await one(admin, 'mutation ($id: ID!) { undoHandOver(id: $id) { state } }', { id: started.id })
    expect((await crm.drain()).failed).toEqual([])
    expect(await show(started.id)).toMatchObject({ state: 'UNDONE', moved: 0, returned: 11, kept: 1, undoUntil: null, problems: [{ object: 'client', title: 'К 0' }] })
    expect(await owners('client', clients)).toEqual([id(admin), id(from), id(from), id(from)])
    expect(await owners('order', orders)).toEqual(orders.map(() => id(from)))
    expect((await one(admin, `{ client(id: "${clients[1]}") { name } }`)).client.name).toBe('Новое имя')
  })

  it('goes by conditions first, and leaves what nobody gets', async () => {
    const { from, clients, orders } = await withWork(4)
    const input = { from: id(from), objects: ALL, conditions: [{ object: 'client', filter: { territory: { eq: 'Юг' } }, to: id(vera) }] }
    expect((await one(admin, PREVIEW, { input })).previewHandOver.counts).toContainEqual({ object: 'order', user: null, count: 2 })
    const { startHandOver: started } = await one(admin, START, { input })
    await crm.drain()
    expect(await owners('client', clients)).toEqual([id(vera), id(from), id(vera), id(from)])
    expect(await owners('order', orders)).toEqual([id(vera), id(from), id(vera), id(from)])
    expect(await show(started.id)).toMatchObject({ state: 'DONE', total: 6, moved: 6 })
  })

  it('goes by segments, as wherever filters are', async () => {
    const { from, clients } = await withWork(2)
    const segment = (await one(admin, 'mutation ($input: SegmentInput!) { createSegment(object: "client", input: $input) { id } }', { input: { name: 'Южные', filter: { territory: { eq: 'Юг' } } } })).createSegment.id
    const input = { from: id(from), objects: [{ object: 'client' }], to: [id(boris)], conditions: [{ object: 'client', filter: { or: [{ inSegment: [segment] }] }, to: id(vera) }] }
    await one(admin, START, { input })
    await crm.drain()
    expect(await owners('client', clients)).toEqual([id(vera), id(boris)])
  })

  it('moves requests that wait for an answer, and they reach the new person as work', async () => {
    const from = await crm.as('manager')
    await one(from, 'mutation { createClient(input: { name: "Заказчик", contactPoints: [{ kind: "phone", value: "+358 40 7654321" }] }) { id } }')
    const receive = async (text: string): Promise<string> => (await one(admin, 'mutation ($text: String) { receiveIntake(input: { channel: "api", phones: ["040 765 4321"], text: $text }) { id } }', { text })).receiveIntake.id
    const [waits, declined] = [await receive('Сколько стоит?'), await receive('Реклама')]
    expect((await crm.drain()).failed).toEqual([])
    expect(await owners('intake_item', [waits, declined])).toEqual([id(from), id(from)])
    await one(from, 'mutation ($id: ID!) { markIntakeSpam(id: $id) { id } }', { id: declined })
    const { handOverObjects } = await one(admin, 'query ($user: ID!) { handOverObjects(user: $user) { object count open } }', { user: id(from) })
    expect(handOverObjects).toContainEqual({ object: 'intakeItem', count: 2, open: 1 })
    const { startHandOver: started } = await one(admin, START, { input: { from: id(from), objects: [{ object: 'client' }, { object: 'intakeItem', openOnly: true }], to: [id(vera)] } })
    expect((await crm.drain()).failed).toEqual([])
    expect(await owners('intake_item', [waits, declined])).toEqual([id(vera), id(from)])
    expect((await one(vera, 'query ($id: ID!) { intakeItem(id: $id) { owner { id } answerDue } }', { id: waits })).intakeItem).toMatchObject({ owner: { id: id(vera) }, answerDue: expect.any(String) })
    await one(admin, 'mutation ($id: ID!) { undoHandOver(id: $id) { id } }', { id: started.id })
    await crm.drain()
    expect(await owners('intake_item', [waits])).toEqual([id(from)])
  })

  it('gives places in queues and what others use, and leaves what somebody saved for himself', async () => {
    const from = await crm.as('manager')
    const { intakeSettings: { version } } = await one(admin, '{ intakeSettings { version } }')
    const member = (who: Caller, weight: number) => ({ user: id(who), weight })
    const rule = (name: string, pool: object[]) => ({ name, strategy: 'turns', pool })
    await one(admin, 'mutation ($version: String!, $input: IntakeSettingsInput!) { updateIntakeSettings(version: $version, input: $input) { version } }',
      { version, input: { rules: [rule('Двери', [member(boris, 1), member(from, 7)]), rule('Окна', [member(from, 3), member(vera, 2)]), rule('Прочее', [member(boris, 1)])] } })
    const pools = async () => (await one(admin, '{ intakeSettings { rules { pool { user weight } } } }')).intakeSettings.rules.map((r: { pool: { user: string, weight: number }[] }) => r.pool.map((m) => [m.user, m.weight]))
    const before = await pools()
    const make = async (type: string, name: string, sharing: object) => (await one(await crm.withRules({ objects: { client: { read: 'own' } }, capabilities: ['views.share'] }), `mutation ($input: ${type}Input!) { create${type}(object: "client", input: $input) { id } }`, { input: { name, sharing, filter: { name: { contains: "о" } } } }))[`create${type}`].id as string
    const [shared, own, segment] = [await make('SavedView', 'Общий', { everybody: true }), await make('SavedView', 'Личный', {}), await make('Segment', 'Южные', { everybody: true })]
    for (const table of ['view', 'segment']) await pool.query(`update core."${table}" set owner_id = $1 where id = any($2)`, [id(from), [shared, own, segment]])
    const savedBy = async () => (await pool.query('select owner_id from core.view where id = any($1) union all select owner_id from core.segment where id = any($1)', [[shared, own, segment]])).rows.map((r) => r.owner_id as string).sort()

    const kinds = ['intakeQueue', 'view', 'segment']
    const offered = async (caller: Caller) => (await one(caller, 'query ($user: ID!) { handOverObjects(user: $user) { object label count isRecord } }', { user: id(from) })).handOverObjects.filter((o: { object: string }) => kinds.includes(o.object))
    expect(await offered(admin)).toEqual([['intakeQueue', 'Places in queues', 2], ['view', 'Shared views', 1], ['segment', 'Shared segments', 1]].map(([object, label, count]) => ({ object, label, count, isRecord: false })))
    const office = await crm.withRules({ objects: { '*': { read: 'all', update: 'all' } }, capabilities: ['handover.run'] })
    expect(await offered(office)).toEqual([])
    const input = { from: id(from), objects: kinds.map((object) => ({ object })), to: [id(vera)] }
    expect((await crm.query(office, START, { input })).errors![0]!.extensions).toMatchObject({ code: 'INVALID_INPUT', fields: [{ field: 'objects', rule: 'unknown' }] })
    expect((await one(admin, PREVIEW, { input })).previewHandOver.counts).toEqual([['intakeQueue', 2], ['view', 1], ['segment', 1]].map(([object, count]) => ({ object, user: { id: id(vera) }, count })))
    expect(await pools()).toEqual(before)

    const { startHandOver: started } = await one(admin, START, { input })
    expect((await crm.drain()).failed).toEqual([])
    expect(await show(started.id)).toMatchObject({ state: 'DONE', total: 4, moved: 4, changeSets: [] })
    expect(await pools()).toEqual([[[id(boris), 1], [id(vera), 7]], [[id(vera), 2]], [[id(boris), 1]]])
    expect(await savedBy()).toEqual([id(from), id(vera), id(vera)].sort())
    expect((await one(vera, '{ notifications { nodes { kind text } } }')).notifications.nodes[0]).toEqual({ kind: 'handOver', text: 'Places in queues: 2, Shared views: 1, Shared segments: 1' })

    // Somebody takes the new person out of one queue meanwhile: that one stays as it is.
    const now = (await one(admin, '{ intakeSettings { version rules { id name strategy pool { user weight } } } }')).intakeSettings
    const rules = now.rules.map((r: { id: string, name: string, strategy: string, pool: { user: string, weight: number }[] }) => ({ id: r.id, ...rule(r.name, r.pool.filter((m) => r.name !== 'Двери' || m.user !== id(vera))) }))
    await one(admin, 'mutation ($version: String!, $input: IntakeSettingsInput!) { updateIntakeSettings(version: $version, input: $input) { version } }', { version: now.version, input: { rules } })
    await one(admin, 'mutation ($id: ID!) { undoHandOver(id: $id) { id } }', { id: started.id })
    expect((await crm.drain()).failed).toEqual([])
    expect(await show(started.id)).toMatchObject({ state: 'UNDONE', returned: 3, kept: 1, problems: [{ object: 'intakeQueue', title: 'Двери' }] })
    expect(await pools()).toEqual([[[id(boris), 1]], before[1], before[2]])
    expect(await savedBy()).toEqual([id(from), id(from), id(from)])
  })

  it('is told to each who gets something, once, with what it is; and of what came back, who had it', async () => {
    const { from } = await withWork(2)
    const [heir, other] = [await crm.as('manager', { locale: 'ru' }), await crm.as('manager')]
    const told = async (who: Caller) => (await one(who, '{ notifications { nodes { kind title text record { id } } } unreadNotifications }'))
    const { startHandOver: started } = await one(admin, START, { input: { from: id(from), objects: ALL, to: [id(heir)], conditions: [{ object: 'client', filter: { territory: { eq: 'Юг' } }, to: id(other) }] } })
    expect((await crm.drain()).failed).toEqual([])
    expect(await told(heir)).toEqual({ notifications: { nodes: [{ kind: 'handOver', title: `${admin.actor.name} передаёт вам дела`, text: 'Клиенты: 1, Заказы: 1, Задачи: 1', record: null }] }, unreadNotifications: 1 })
    expect((await told(other)).notifications.nodes).toMatchObject([{ kind: 'handOver' }])
    // What one may not read is neither named nor counted.
    const noOrders = { ...heir, actor: { ...heir.actor, roleIds: (await crm.withRules({ objects: { client: { read: 'own' } } })).actor.roleIds } }
    expect((await told(noOrders)).notifications.nodes).toMatchObject([{ text: 'Клиенты: 1' }])
    await one(admin, 'mutation ($id: ID!) { undoHandOver(id: $id) { id } }', { id: started.id })
    expect((await crm.drain()).failed).toEqual([])
    expect(await told(heir)).toEqual({ notifications: { nodes: [] }, unreadNotifications: 0 })
    expect((await told({ ...from, actor: { ...from.actor, locale: 'ru' } })).notifications.nodes).toEqual([{ kind: 'handOver', title: expect.any(String), text: 'Клиенты: 2, Заказы: 2, Задачи: 2', record: null }])
  })

  it('moves each record once, however often and by however many it is run', async () => {
    const { from, clients } = await withWork(3)
    const { startHandOver: started } = await one(admin, START, { input: { from: id(from), objects: [{ object: 'client' }], to: [id(boris)] } })
    await Promise.all([1, 2, 3].map(() => runHandOver(engine, started.id, new AbortController().signal)))
    expect(await show(started.id)).toMatchObject({ state: 'DONE', moved: 3 })
    const { rows } = await pool.query<{ n: string }>(`select count(*) as n from core.change where record_id = any($1) and 'owner' = any(fields) and action = 'update'`, [clients])
    expect(Number(rows[0]!.n)).toBe(3)
  })

  it('has its job as soon as it is there, or is not there at all', async () => {
    const { from } = await withWork(1)
    const context = crm.kartotek.api.contextOf(admin)
    const begin = startHandOver(context, { from: id(from), objects: [{ object: 'client' }], to: [id(boris)] }, () => Promise.reject(new Error('killed')))
    await expect(begin).rejects.toThrow('killed')
    expect((await pool.query('select 1 from core.hand_over where from_id = $1', [id(from)])).rows).toEqual([])
  })

  it('goes on although its job is lost, and so does taking it back', async () => {
    const { from, clients } = await withWork(1)
    const { startHandOver: started } = await one(admin, START, { input: { from: id(from), objects: [{ object: 'client' }], to: [id(boris)] } })
    const lose = () => pool.query(`delete from pgboss.job where name = 'handover.job.run'`)
    const enqueue = (db: unknown, input: { id: string }, options: object) => crm.kartotek.jobs.enqueue(db as never, 'handover', 'run', input, options)
    const takeUp = async (): Promise<void> => {
      await takeUpHandOvers(engine, enqueue)
      expect((await crm.drain()).failed).toEqual([])
    }
    await lose()
    await takeUp()
    // Not at once: a job may only be on its way.
    expect((await show(started.id)).state).toBe('RUNNING')
    await pool.query(`update core.hand_over set moved_at = now() - interval '21 seconds'`)
    await takeUp()
    expect((await show(started.id)).state).toBe('DONE')
    await one(admin, 'mutation ($id: ID!) { undoHandOver(id: $id) { id } }', { id: started.id })
    await lose()
    await pool.query(`update core.hand_over set moved_at = now() - interval '21 seconds'`)
    await takeUp()
    expect((await show(started.id)).state).toBe('UNDONE')
    expect(await owners('client', clients)).toEqual([id(from)])
  })

  it('ends as failed and says why when it gets no further, and can be undone then', async () => {
    const { from, clients } = await withWork(1)
    const { startHandOver: started } = await one(admin, START, { input: { from: id(from), objects: [{ object: 'client' }], to: [id(boris)] } })
    await pool.query(`create function core.broken() returns trigger language plpgsql as $$ begin raise exception 'disk of secrets'; end $$;
      create trigger broken before update on core.hand_over_item for each row execute function core.broken()`)
    for (let i = 0; i < 4; i++) await expect(runHandOver(engine, started.id, new AbortController().signal)).rejects.toThrow('disk of secrets')
    expect((await show(started.id)).state).toBe('RUNNING')
    await runHandOver(engine, started.id, new AbortController().signal)
    const failed = (await one(admin, 'query ($id: ID!) { handOver(id: $id) { state error } }', { id: started.id })).handOver
    expect(failed).toEqual({ state: 'FAILED', error: expect.stringMatching(/.{10}/) })
    expect(failed.error).not.toContain('secrets')
    await pool.query('drop trigger broken on core.hand_over_item; drop function core.broken()')
    await one(admin, 'mutation ($id: ID!) { undoHandOver(id: $id) { id } }', { id: started.id })
    expect((await crm.drain()).failed).toEqual([])
    expect((await show(started.id)).state).toBe('UNDONE')
    expect(await owners('client', clients)).toEqual([id(from)])
    // Killed again and again, it does not get to say so.
    await pool.query(`update core.hand_over set state = 'running', attempts = 5 where id = $1`, [started.id])
    await runHandOver(engine, started.id, new AbortController().signal)
    expect((await one(admin, 'query ($id: ID!) { handOver(id: $id) { state error } }', { id: started.id })).handOver).toEqual({ state: 'FAILED', error: 'It was broken off time after time.' })
  })

  it('is refused to who lacks the right, and moves only what its person may hand over', async () => {
    const { from, clients } = await withWork(2)
    const input = { from: id(from), objects: [{ object: 'client' }], to: [id(vera)] }
    for (const source of [PREVIEW, START]) expect((await crm.query(boris, source, { input })).errors![0]!.extensions.code).toBe('FORBIDDEN')
    const small = await crm.withRules({ objects: { client: { read: 'own', update: 'own' }, user: { read: 'all' } }, capabilities: ['handover.run'] })
    expect((await one(small, PREVIEW, { input })).previewHandOver.counts).toEqual([])
    expect((await crm.query(small, START, { input })).errors![0]!.extensions.code).toBe('INVALID_INPUT')
    expect(await owners('client', clients)).toEqual(clients.map(() => id(from)))
    const { startHandOver: foreign } = await one(admin, START, { input })
    expect((await one(small, SHOW, { id: foreign.id })).handOver).toBeNull()
    expect((await one(small, '{ handOvers { id } }')).handOvers).toEqual([])
  })

  it('is not undone after thirty days', async () => {
    const { from } = await withWork(1)
    const { startHandOver: started } = await one(admin, START, { input: { from: id(from), objects: [{ object: 'client' }], to: [id(boris)] } })
    await crm.drain()
    await pool.query(`update core.hand_over set created_at = now() - interval '31 days' where id = $1`, [started.id])
    expect((await crm.query(admin, 'mutation ($id: ID!) { undoHandOver(id: $id) { id } }', { id: started.id })).errors![0]!.extensions.code).toBe('CONFLICT')
  })
})
