import { testCrm } from '@kartotek/core/testing'
import type { CallState } from '@kartotek/sdk/contracts'
import { afterAll, describe, expect, it } from 'vitest'
import { merged } from './call/merge.ts'
import telephony from './index.ts'
import { answeredAt, client, missedAt, sinkOf, withExtension } from './testing.ts'

const crm = await testCrm({ plugins: [telephony], work: false })
afterAll(() => crm.close())
const admin = await crm.as('administrator')
const sink = sinkOf(crm)
const anna = await withExtension(crm, admin, 'manager', '101')
const boris = await withExtension(crm, admin, 'manager', '102')
const drained = async () => expect((await crm.drain()).failed).toEqual([])
const CALLS = '{ calls(orderBy: [{ field: startedAt }]) { nodes { id heading direction { key } result { key } owner { id } client { id } order { id } wait talk missedCall { id } intakeItem { id } number { e164 } } } }'
const callsOf = async (number: string) => (await crm.ask(admin, CALLS)).calls.nodes.filter((call: { number: { e164: string } | null }) => call.number?.e164 === number)
const MISSED = '{ missedCalls(orderBy: [{ field: createdAt }]) { nodes { id number { e164 } state { key } count due escalatedAt note owner { id } client { id } intakeItem { id } } } }'
const missedOf = async (number: string) => (await crm.ask(admin, MISSED)).missedCalls.nodes.filter((one: { number: { e164: string } }) => one.number.e164 === number)
const TASKS = '{ tasks { nodes { id title due state { key } result owner { id } subject { object id } watchers { user { id } } telephony { missedCall callBack { e164 } } } } }'
const tasksOf = async (missed: string) => (await crm.ask(admin, TASKS)).tasks.nodes.filter((task: { telephony: { missedCall: string | null } }) => task.telephony.missedCall === missed)
// Monday to Friday 9:00–18:00 in Helsinki, which is three hours ahead in June.
const WORKING = '2026-06-01T07:00:00.000Z'

it('is quiet where nothing is set up', async () => {
  expect(await crm.ask(admin, '{ plugins { id state cause faults workers { state restarts } } }')).toEqual({ plugins: [{ id: 'telephony', state: 'running', cause: null, faults: 0, workers: expect.anything() as unknown }] })
})

describe('the sink', () => {
  const told: CallState[] = [
    { externalId: 'c1', direction: 'in', number: '040 111 1111', startedAt: WORKING, sequence: 1 },
    { externalId: 'c1', direction: 'in', number: '040 111 1111', startedAt: WORKING, extension: '101', sequence: 2 },
    { externalId: 'c1', direction: 'in', number: '040 111 1111', startedAt: WORKING, extension: '101', answeredAt: '2026-06-01T07:00:10Z', sequence: 3 },
    { externalId: 'c1', direction: 'in', number: '040 111 1111', startedAt: WORKING, extension: '101', answeredAt: '2026-06-01T07:00:10Z', endedAt: '2026-06-01T07:01:10Z', result: 'answered', recording: 'r.wav', sequence: 4 },
  ]

  it('knows the same of a call in whatever order, and however often, it is told', () => {
    const orders = [told, [...told].reverse(), [told[3]!, told[0]!, told[2]!, told[1]!, told[3]!, told[0]!], [...told, ...told]]
    for (const order of orders) expect(order.reduce((known, one) => merged(known, one), null as ReturnType<typeof merged> | null)).toEqual(merged(null, told[3]!))
  })

  it('keeps one call of many tellings, also of those that come at once', async () => {
    const id = await client(crm, admin, '+358401111111', { owner: anna.actor.userId })
    await Promise.all([told[3]!, told[0]!, told[1]!, told[2]!, told[3]!].map((one) => sink.tell('trial', [one])))
    await drained()
    expect(await callsOf('+358401111111')).toMatchObject([{ direction: { key: 'in' }, result: { key: 'answered' }, owner: { id: anna.actor.userId }, client: { id }, wait: 10, talk: 60, missedCall: null, intakeItem: null }])
    const { timeline } = await crm.ask(admin, 'query ($id: ID!) { timeline(object: "client", id: $id, kinds: ["call"]) { nodes { kind direction seconds heading author { id } } } }', { id })
    expect(timeline.nodes).toEqual([{ kind: 'call', direction: 'in', seconds: 60, heading: 'Incoming call: +358 40 1111111', author: { id: anna.actor.userId } }])
    // One line for one call: how its record grew is told in its own history.
    const { timeline: whole } = await crm.ask(admin, 'query ($id: ID!) { timeline(object: "client", id: $id) { nodes { kind record { object } } } }', { id })
    expect(whole.nodes).toEqual([{ kind: 'change', record: { object: 'client' } }, { kind: 'call', record: { object: 'client' } }])
  })

  it('lets nobody type in calls, or change what was told; a note is welcome', async () => {
    const [{ id }] = await callsOf('+358401111111')
    const change = (input: object, who = anna) => crm.query(who, 'mutation ($id: ID!, $input: CallUpdateInput!) { updateCall(id: $id, input: $input) { note } }', { id, input })
    expect((await change({ note: 'Asked for doors' })).data).toEqual({ updateCall: { note: 'Asked for doors' } })
    // The line on the timeline has the note, for those who may read it at the call.
    await drained()
    const lines = async (who: typeof anna, more = '') => (await crm.ask(who, `query ($id: ID!) { timeline(object: "client", id: $id, kinds: ["call"]${more}) { nodes { heading text seconds } } }`, { id: (await callsOf('+358401111111'))[0].client.id })).timeline.nodes
    expect(await lines(anna)).toEqual([{ heading: 'Incoming call: +358 40 1111111', text: 'Asked for doors', seconds: 60 }])
    const [{ id: entry, copied }] = (await crm.ask(anna, 'query ($id: ID!) { timeline(object: "client", id: $id, kinds: ["call"]) { nodes { id copied } } }', { id: (await callsOf('+358401111111'))[0].client.id })).timeline.nodes
    const refused = await crm.query(anna, 'mutation ($id: ID!) { updateTimelineEntry(id: $id, input: { text: "My own words" }) { id } }', { id: entry })
    expect([copied, refused.errors?.[0]?.message]).toEqual([true, 'The words of this line are changed where they come from.'])
    const without = (...closed: string[]) => crm.withRules({ objects: { '*': { read: 'all', create: 'all', update: 'all' } }, fields: Object.fromEntries(closed.map((field) => [field, { read: false }])) })
    expect(await lines(await without('call.note'))).toEqual([{ heading: 'Incoming call: +358 40 1111111', text: null, seconds: 60 }])
    const noNumbers = await without('call.number', 'call.note')
    expect(await lines(noNumbers)).toEqual([{ heading: 'Incoming call', text: null, seconds: 60 }])
    expect([await lines(noNumbers, ', search: "1111111"'), await lines(noNumbers, ', search: "doors"')]).toEqual([[], []])
    expect([await lines(anna, ', search: "doors"')].flat()).toHaveLength(1)
    expect((await change({ talk: 6_000 }, admin)).errors![0]!.extensions).toMatchObject({ code: 'FORBIDDEN' })
    expect((await crm.query(admin, 'mutation { createCall(input: { heading: "x", direction: "out", startedAt: "2026-06-01T07:00:00Z" }) { id } }')).errors![0]!.extensions).toMatchObject({ code: 'FORBIDDEN' })
    expect(await crm.query(boris, 'query ($id: ID!) { call(id: $id) { id } }', { id })).toMatchObject({ data: { call: null } })
  })

  it('takes what exchanges write for numbers', async () => {
    for (const [i, number] of ['anonymous', '<unknown>', 'sipp', null].entries()) await sink.tell('trial', [missedAt(`hidden-${i}`, number, WORKING)])
    await drained()
    const { calls } = await crm.ask(admin, CALLS)
    expect(calls.nodes.filter((call: { heading: string }) => call.heading === 'Number withheld')).toHaveLength(4)
    expect((await crm.ask(admin, MISSED)).missedCalls.nodes).toEqual([])
  })
})

describe('a call that comes in', () => {
  it('is told at once to whose telephone rings, with the client as far as he sees him, and to nobody else', async () => {
    const id = await client(crm, admin, '+358401111222', { name: 'Lumi Oy', owner: anna.actor.userId })
    const { createOrder } = await crm.ask(admin, 'mutation ($input: OrderCreateInput!) { createOrder(input: $input) { id } }', { input: { client: id, subject: 'Doors', owner: anna.actor.userId } })
    const cara = await crm.as('manager')
    const RINGS = 'subscription { telephonyIncomingCall { state number line client { id name orders { id subject } } contact { id } } }'
    const [toAnna, toBoris, toCara] = await Promise.all([anna, boris, cara].map((who) => crm.subscribe(who, RINGS)))
    await sink.tell('trial', [{ externalId: 'r1', direction: 'in', number: '+358401111222', line: '100', startedAt: new Date().toISOString(), ringing: ['101', '102'] }])
    await expect.poll(() => toAnna!.heard).toEqual([{ telephonyIncomingCall: { state: 'ringing', number: '+358 40 1111222', line: '100', client: { id, name: 'Lumi Oy', orders: [{ id: createOrder.id, subject: 'Doors' }] }, contact: null } }])
    await expect.poll(() => toBoris!.heard).toEqual([{ telephonyIncomingCall: { state: 'ringing', number: '+358 40 1111222', line: '100', client: null, contact: null } }])
    expect((await crm.ask(boris, '{ telephonyCurrentCalls { state number } }')).telephonyCurrentCalls).toEqual([{ state: 'ringing', number: '+358 40 1111222' }])
    await sink.tell('trial', [{ externalId: 'r1', direction: 'in', number: '+358401111222', startedAt: new Date().toISOString(), extension: '101', answeredAt: new Date().toISOString() }])
    await expect.poll(() => toAnna!.heard.at(-1)).toMatchObject({ telephonyIncomingCall: { state: 'talking' } })
    await expect.poll(() => toBoris!.heard.at(-1)).toMatchObject({ telephonyIncomingCall: { state: 'elsewhere' } })
    expect(toCara!.heard).toEqual([])
    await Promise.all([toAnna, toBoris, toCara].map((one) => one!.stop()))
  })
})

describe('a missed call', () => {
  it('of a client is one task for its owner within a quarter of an hour of working time, however often he calls', async () => {
    const id = await client(crm, admin, '+358402222222', { owner: anna.actor.userId })
    await sink.tell('trial', [missedAt('m1', '0402222222', WORKING)])
    await drained()
    const [missed] = await missedOf('+358402222222')
    expect(missed).toMatchObject({ state: { key: 'open' }, count: 1, due: '2026-06-01T07:15:15.000Z', owner: { id: anna.actor.userId }, client: { id }, intakeItem: null })
    await sink.tell('trial', [missedAt('m2', '+358402222222', '2026-06-01T07:03:00Z'), missedAt('m3', '+358402222222', '2026-06-01T07:04:00Z', { result: 'abandoned' })])
    await drained()
    expect(await missedOf('+358402222222')).toMatchObject([{ id: missed.id, count: 3, due: '2026-06-01T07:15:15.000Z' }])
    expect(await tasksOf(missed.id)).toMatchObject([{ title: 'Call back (3 missed)', due: '2026-06-01T07:15:15.000Z', state: { key: 'open' }, owner: { id: anna.actor.userId }, subject: { object: 'client', id } }])
    const { clients } = await crm.ask(admin, 'query ($id: ID!) { clients(filter: { id: { eq: $id }, noContactDays: 1 }) { nodes { id } } }', { id })
    expect(clients.nodes).toEqual([{ id }])
  })

  it('is closed by a call that was answered, in either direction', async () => {
    await sink.tell('trial', [answeredAt('m4', '+358402222222', '2026-06-01T07:10:00Z', '101', { direction: 'out' })])
    await drained()
    const [missed] = await missedOf('+358402222222')
    expect(missed).toMatchObject({ state: { key: 'done' }, note: 'Called back and talked.' })
    expect(await tasksOf(missed.id)).toMatchObject([{ state: { key: 'done' }, result: 'Called back and talked.' }])

    await client(crm, admin, '+358402222333', { owner: anna.actor.userId })
    await sink.tell('trial', [missedAt('m5', '+358402222333', WORKING)])
    await drained()
    await sink.tell('trial', [answeredAt('m6', '+358402222333', '2026-06-01T07:05:00Z', '102')])
    await drained()
    expect(await missedOf('+358402222333')).toMatchObject([{ state: { key: 'done' }, note: 'The client got through by himself.' }])
  })

  it('stays open after a call back that nobody answered, and after a talk before it', async () => {
    await client(crm, admin, '+358402222444', { owner: anna.actor.userId })
    await sink.tell('trial', [missedAt('m7', '+358402222444', WORKING)])
    await drained()
    await sink.tell('trial', [missedAt('m8', '+358402222444', '2026-06-01T07:05:00Z', { direction: 'out', extension: '101' }), answeredAt('m9', '+358402222444', '2026-06-01T06:00:00Z', '101')])
    await drained()
    expect(await missedOf('+358402222444')).toMatchObject([{ state: { key: 'open' }, count: 1 }])
  })

  it('that is told late, when somebody has spoken with him, makes no task', async () => {
    await client(crm, admin, '+358402222555', { owner: anna.actor.userId })
    await sink.tell('trial', [answeredAt('m10', '+358402222555', '2026-06-01T07:05:00Z', '101'), missedAt('m11', '+358402222555', WORKING)])
    await drained()
    expect(await missedOf('+358402222555')).toEqual([])
  })

  it('outside of the hours of work is due when they begin', async () => {
    const vectors = [['2026-06-01T14:55:00Z', '2026-06-02T06:10:15.000Z'], ['2026-06-01T20:00:00Z', '2026-06-02T06:00:00.000Z'], ['2026-06-06T09:00:00Z', '2026-06-08T06:00:00.000Z'], ['2026-06-01T03:00:00Z', '2026-06-01T06:00:00.000Z']]
    for (const [i, [at, due]] of vectors.entries()) {
      const number = `+35840333333${i}`
      await client(crm, admin, number, { owner: anna.actor.userId })
      await sink.tell('trial', [missedAt(`n${i}`, number, at!)])
      await drained()
      expect(await missedOf(number), at).toMatchObject([{ due }])
    }
  })

  it('goes to whose telephone rang last where the owner is gone, and then to the person of the settings', async () => {
    const gone = await crm.as('manager')
    await crm.kartotek.db.pool.query('update core."user" set active = false where id = $1', [gone.actor.userId])
    for (const number of ['+358404444441', '+358404444442']) await client(crm, admin, number, { owner: gone.actor.userId })
    await crm.kartotek.settings.updatePlugin('telephony', { defaultUser: admin.actor.userId }, null)
    await sink.tell('trial', [missedAt('g1', '+358404444441', WORKING, { extension: '102' }), missedAt('g2', '+358404444442', WORKING)])
    await drained()
    expect([...await missedOf('+358404444441'), ...await missedOf('+358404444442')]).toMatchObject([{ owner: { id: boris.actor.userId } }, { owner: { id: admin.actor.userId } }])
    await crm.kartotek.settings.updatePlugin('telephony', {}, null)
  })

  it('of an unknown number is one request, counts, and goes into the inbox', async () => {
    await sink.tell('trial', [missedAt('u1', '+358405555555', WORKING), missedAt('u2', '+358405555555', '2026-06-01T07:02:00Z')])
    await drained()
    const { intakeItems } = await crm.ask(admin, '{ intakeItems { nodes { id channel source seconds externalId state { key } points { key } } } }')
    const items = intakeItems.nodes.filter((item: { points: { key: string }[] }) => item.points[0]?.key === '+358405555555')
    expect(items).toMatchObject([{ channel: 'call', source: '+358 9 100', seconds: 0, externalId: 'trial:u1', state: { key: 'new' } }])
    const [missed] = await missedOf('+358405555555')
    expect(missed).toMatchObject({ count: 2, intakeItem: { id: items[0].id }, client: null })
    expect(await tasksOf(missed.id)).toEqual([])

    const { acceptIntake } = await crm.ask(admin, 'mutation ($id: ID!) { acceptIntake(id: $id, input: { clientValues: { name: "Tuuli Oy" } }) { client } }', { id: items[0].id })
    await drained()
    expect(await missedOf('+358405555555')).toMatchObject([{ client: { id: acceptIntake.client } }])
    expect(await tasksOf(missed.id)).toHaveLength(1)
    expect(await callsOf('+358405555555')).toMatchObject([{ client: { id: acceptIntake.client } }, { client: { id: acceptIntake.client } }])
  })

  it('is closed by hand, with a note that says why', async () => {
    await client(crm, admin, '+358406666666', { owner: anna.actor.userId })
    await sink.tell('trial', [missedAt('h1', '+358406666666', WORKING)])
    await drained()
    const [missed] = await missedOf('+358406666666')
    const [task] = await tasksOf(missed.id)
    const finish = (result: string | null) => crm.query(anna, 'mutation ($id: ID!, $result: String) { updateTask(id: $id, input: { state: "done", result: $result }) { id } }', { id: task.id, result })
    expect((await finish(null)).errors![0]!.extensions).toMatchObject({ code: 'INVALID_INPUT', fields: [{ field: 'result' }] })
    expect((await finish('He wrote us a letter.')).errors).toBeUndefined()
    await drained()
    expect(await missedOf('+358406666666')).toMatchObject([{ state: { key: 'done' }, note: 'He wrote us a letter.' }])
  })

  it('is closed at the call itself, with a note, by who may change it, and its history says who', async () => {
    await client(crm, admin, '+358406666777', { owner: anna.actor.userId })
    await sink.tell('trial', [missedAt('h2', '+358406666777', WORKING)])
    await drained()
    const [missed] = await missedOf('+358406666777')
    const close = (who: typeof anna, note: string) => crm.query(who, 'mutation ($id: ID!, $note: String!) { telephonyCloseMissed(missedCall: $id, note: $note) }', { id: missed.id, note })
    expect((await close(boris, 'Not mine')).errors![0]!.extensions.code).toBe('NOT_FOUND')
    const reader = await crm.withRules({ objects: { '*': { read: 'all' } } })
    expect((await crm.ask(reader, 'query ($id: ID!) { missedCall(id: $id) { can { update } } }', { id: missed.id })).missedCall.can.update).toBe(false)
    expect((await close(reader, 'I only read')).errors![0]!.extensions.code).toBe('FORBIDDEN')
    expect((await close(anna, '  ')).errors![0]!.extensions).toMatchObject({ code: 'INVALID_INPUT', fields: [{ field: 'note' }] })
    expect((await close(anna, 'He wrote to us.')).data).toEqual({ telephonyCloseMissed: true })
    await drained()
    const { missedCall } = await crm.ask(admin, 'query ($id: ID!) { missedCall(id: $id) { state { key } note closedBy { id } } }', { id: missed.id })
    expect(missedCall).toEqual({ state: { key: 'done' }, note: 'He wrote to us.', closedBy: { id: anna.actor.userId } })
    expect(await tasksOf(missed.id)).toMatchObject([{ state: { key: 'done' }, result: 'He wrote to us.' }])
    const { timeline } = await crm.ask(admin, 'query ($id: ID!) { timeline(object: "missedCall", id: $id) { nodes { fields { key after } } } }', { id: missed.id })
    expect(timeline.nodes[0].fields).toEqual(expect.arrayContaining([expect.objectContaining({ key: 'note', after: 'He wrote to us.' }), { key: 'closedBy', after: expect.stringContaining(anna.actor.userId!) as unknown }]))
    expect((await close(anna, 'Once more')).data).toEqual({ telephonyCloseMissed: false })
  })

  it('tells its number in no title: to whom numbers are closed, the task tells none', async () => {
    await client(crm, admin, '+358406666888', { name: 'Tuisku Oy', owner: anna.actor.userId })
    await sink.tell('trial', [missedAt('h3', '+358406666888', WORKING)])
    await drained()
    const [missed] = await missedOf('+358406666888')
    expect(await tasksOf(missed.id)).toMatchObject([{ title: 'Call back', telephony: { callBack: { e164: '+358406666888' } } }])
    const without = await crm.withRules({ objects: { '*': { read: 'all' } }, fields: { 'call.number': { read: false } } })
    const { tasks, missedCalls } = await crm.ask(without, '{ tasks { nodes { title subject { title } } } missedCalls { nodes { id title } } }')
    expect(tasks.nodes).toContainEqual({ title: 'Call back', subject: { title: 'Tuisku Oy' } })
    expect(missedCalls.nodes).toContainEqual({ id: missed.id, title: null })
    for (const closed of ['tasks { nodes { telephony { callBack { e164 } } } }', 'tasks { nodes { telephony { callBack { raw } } } }', 'missedCalls { nodes { heading } }', 'missedCalls { nodes { number { e164 } } }', 'tasks(filter: { telephony: { callBack: { contains: "6666888" } } }) { nodes { id } }']) {
      expect((await crm.query(without, `{ ${closed} }`)).errors![0]!.extensions.code, closed).toBe('INVALID_INPUT')
    }
    expect((await crm.ask(without, '{ tasks(search: "6666888") { nodes { id } } missedCalls(search: "6666888") { nodes { id } } }'))).toEqual({ tasks: { nodes: [] }, missedCalls: { nodes: [] } })
  })

  it('that nobody called back in time is told to the leader, once', async () => {
    const { createTeam: { id: team } } = await crm.ask(admin, 'mutation { createTeam(input: { name: "Sales" }) { id } }')
    const leader = await crm.as('manager')
    await crm.ask(admin, 'mutation ($team: ID!, $users: [ID!]!, $leaders: [ID!]) { setTeamMembers(team: $team, users: $users, leaders: $leaders) }', { team, users: [anna.actor.userId, leader.actor.userId], leaders: [leader.actor.userId] })
    await client(crm, admin, '+358407777777', { owner: anna.actor.userId })
    await sink.tell('trial', [missedAt('e1', '+358407777777', WORKING)])
    await drained()
    const { escalate } = await import('./missed/missed.ts')
    const ctx = crm.kartotek.host.contextFor('telephony') as never
    await escalate(ctx, new Date('2026-06-01T07:10:00Z'))
    expect((await missedOf('+358407777777'))[0].escalatedAt).toBeNull()
    for (let i = 0; i < 2; i++) await escalate(ctx, new Date('2026-06-01T07:16:00Z'))
    const [missed] = await missedOf('+358407777777')
    expect(missed.escalatedAt).toBe('2026-06-01T07:16:00.000Z')
    expect((await tasksOf(missed.id))[0].watchers).toEqual([{ user: { id: leader.actor.userId } }])
    const { rows } = await crm.kartotek.db.pool.query("select text from core.notification where kind = 'telephony-overdue' and user_id = $1 and record_id = $2", [leader.actor.userId, missed.id])
    expect(rows, 'the number is told by the missed call itself, to who may read it').toEqual([{ text: null }])
  })

  it('that was rejected is recorded, and makes a task only where the company wants it', async () => {
    await client(crm, admin, '+358408888888', { owner: anna.actor.userId })
    await sink.tell('trial', [missedAt('j1', '+358408888888', WORKING, { result: 'rejected' })])
    await drained()
    expect(await callsOf('+358408888888')).toMatchObject([{ result: { key: 'rejected' }, missedCall: null }])
    await crm.kartotek.settings.updatePlugin('telephony', { rejectedToo: true }, null)
    await sink.tell('trial', [missedAt('j2', '+358408888888', WORKING, { result: 'rejected' })])
    await drained()
    expect(await missedOf('+358408888888')).toMatchObject([{ count: 1 }])
  })
})
