import { sql } from 'kysely'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { definePlugin, type RecordEvent } from '@kartotek/sdk'
import type { Caller } from '../access/caller.ts'
import { openKartotek } from '../kartotek.ts'
import { testCrm } from '../testing/crm.ts'
import { testLog } from '../testing/index.ts'
import { remind } from './reminders.ts'
import { continueDue, continueSeries } from './series.ts'

const heard: RecordEvent[] = []
const crm = await testCrm({ plugins: [definePlugin({
  id: 'listener', version: '1.0.0', on: { 'task.reminder': { id: 'hear', run(events) { heard.push(...events) } } },
})] })
afterAll(() => crm.close())
const { engine } = crm.kartotek

let admin: Caller, anna: Caller, boris: Caller
const ids: Record<string, string> = {}
const one = crm.ask
const FIELDS = 'id version title due allDay state { key } result doneAt doneBy { id } owner { id } subject { object id title }'
const create = (caller: Caller, input: Record<string, unknown>) => one(caller, `mutation ($input: TaskCreateInput!) { createTask(input: $input) { ${FIELDS} } }`, { input }).then((data) => data.createTask)
const update = (caller: Caller, id: string, input: Record<string, unknown>) => one(caller, `mutation ($id: ID!, $input: TaskUpdateInput!) { updateTask(id: $id, input: $input) { ${FIELDS} } }`, { id, input }).then((data) => data.updateTask)
const read = (caller: Caller, id: string) => one(caller, `query ($id: ID!) { task(id: $id) { ${FIELDS} } }`, { id }).then((data) => data.task)
const inHours = (hours: number): string => new Date(Date.now() + hours * 3_600_000).toISOString()

beforeAll(async () => {
  admin = await crm.as('administrator')
  anna = await crm.as('manager')
  boris = await crm.as('manager')
  ids.client = (await one(anna, 'mutation { createClient(input: { name: "Ромашка" }) { id } }')).createClient.id
  ids.order = (await one(anna, 'mutation ($client: ID!) { createOrder(input: { subject: "Окна", client: $client }) { id } }', { client: ids.client })).createOrder.id
})

describe('a task for each of many records', () => {
  const ABOUT = 'mutation ($object: String!, $ids: [ID!]!, $input: TaskAboutInput!, $changeSet: ID) { createTasksAbout(object: $object, ids: $ids, input: $input, changeSet: $changeSet) { changeSet succeeded failed results { index id ok error { code message } } } }'
  const client = async (name: string, more: object = {}) => (await one(admin, 'mutation ($input: ClientCreateInput!) { createClient(input: $input) { id } }', { input: { name, ...more } })).createClient.id as string
  const about = (ids: string[]) => one(admin, 'query ($ids: [ID!]) { tasks(filter: { subject: { id: { in: $ids } } }, orderBy: [{ field: title }]) { nodes { id title kind { key } owner { id } subject { id } } } }', { ids }).then((data) => data.tasks.nodes)

  it('goes to who owns the record, in one change set over several calls, and is undone as one', async () => {
    const [a, b, c] = [await client('Об А', { owner: anna.actor.userId }), await client('Об Б', { owner: boris.actor.userId }), await client('Об В')]
    const first = (await one(admin, ABOUT, { object: 'client', ids: [a, b, a], input: { title: 'Поздравить', due: inHours(48) } })).createTasksAbout
    expect(first).toMatchObject({ succeeded: 2, failed: 0 })
    const second = (await one(admin, ABOUT, { object: 'client', ids: [c], input: { title: 'Поздравить' }, changeSet: first.changeSet })).createTasksAbout
    expect(second.changeSet).toBe(first.changeSet)
    const owners = new Map((await about([a, b, c])).map((task: { subject: { id: string }, owner: { id: string } }) => [task.subject.id, task.owner.id]))
    expect(owners).toEqual(new Map([[a, anna.actor.userId], [b, boris.actor.userId], [c, admin.actor.userId]]))
    // Nobody adds to what somebody else did, nor to another kind of change.
    expect((await crm.query(anna, ABOUT, { object: 'client', ids: [a], input: { title: 'Чужое' }, changeSet: first.changeSet })).errors![0]!.extensions.code).toBe('FORBIDDEN')
    const { changeSets: [other] } = await crm.query(admin, 'mutation ($id: ID!) { updateClient(id: $id, input: { name: "Об В!" }) { id } }', { id: c })
    expect((await crm.query(admin, ABOUT, { object: 'client', ids: [a], input: { title: 'Чужое' }, changeSet: other })).errors![0]!.extensions.code).toBe('FORBIDDEN')
    await one(admin, 'mutation ($id: ID!) { revertChangeSet(id: $id) { reverted } }', { id: first.changeSet })
    expect(await about([a, b, c])).toEqual([])
    expect((await crm.query(admin, ABOUT, { object: 'client', ids: [a], input: { title: 'Поздно' }, changeSet: first.changeSet })).errors![0]!.extensions.code).toBe('FORBIDDEN')
  })

  it('is made once for an idempotency key', async () => {
    const a = await client('Раз')
    const make = () => crm.query({ ...admin, idempotencyKey: 'tasks about' }, ABOUT, { object: 'client', ids: [a], input: { title: 'Лишь однажды' } })
    expect((await make()).data.createTasksAbout).toMatchObject({ succeeded: 1 })
    expect((await make()).errors).toMatchObject([{ extensions: { code: 'CONFLICT', done: true } }])
    expect(await about([a])).toHaveLength(1)
  })

  it('keeps to what one sees and may give away', async () => {
    const [hers, his] = [await client('Её', { owner: anna.actor.userId }), await client('Его', { owner: boris.actor.userId })]
    const made = (await one(anna, ABOUT, { object: 'client', ids: [his, hers], input: { title: 'Зайти' } })).createTasksAbout
    expect(made.results).toMatchObject([{ index: 0, ok: false }, { index: 1, ok: true }])
    const given = (await one(anna, ABOUT, { object: 'client', ids: [hers], input: { title: 'Зайди', owner: boris.actor.userId } })).createTasksAbout
    expect(given).toMatchObject({ succeeded: 0, failed: 1 })
    expect((await crm.query(anna, ABOUT, { object: 'clientContact', ids: [hers], input: { title: 'x' } })).errors![0]!.extensions.code).toBe('NOT_FOUND')
    expect((await crm.query(anna, ABOUT, { object: 'client', ids: Array.from({ length: 1001 }, (_, i) => `01900000-0000-7000-8000-${String(i).padStart(12, '0')}`), input: { title: 'x' } })).errors![0]!.extensions.code).toBe('LIMIT_EXCEEDED')
  })

  it('calls nobody who must not be called', async () => {
    const [quiet, open] = [await client('Тихий', { doNotContact: ['phone'] }), await client('Открытый')]
    const calls = (await one(admin, ABOUT, { object: 'client', ids: [quiet, open], input: { title: 'Позвонить', kind: 'call' } })).createTasksAbout
    expect(calls.results).toMatchObject([{ ok: false, error: { message: 'This person must not be called.' } }, { ok: true }])
    expect(await about([quiet, open])).toMatchObject([{ kind: { key: 'call' }, subject: { id: open } }])
    expect((await one(admin, ABOUT, { object: 'client', ids: [quiet], input: { title: 'Написать', kind: 'task' } })).createTasksAbout.succeeded).toBe(1)
  })
})

describe('a task', () => {
  it('is open, its creator\'s and of ordinary importance; who finishes it and when is kept, and taken back when it is opened again', async () => {
    const task = await create(anna, { title: 'Позвонить', kind: 'call', subject: { object: 'client', id: ids.client } })
    expect(task).toMatchObject({ state: { key: 'open' }, owner: { id: anna.actor.userId }, doneAt: null, subject: { title: 'Ромашка' } })
    const finished = await update(admin, task.id, { state: 'done', result: 'Договорились на вторник' })
    expect(finished).toMatchObject({ state: { key: 'done' }, doneBy: { id: admin.actor.userId } })
    expect(Date.now() - Date.parse(finished.doneAt)).toBeLessThan(60_000)
    const { changeSets } = await one(admin, 'query ($id: ID!) { changeSets(object: "task", record: $id) { nodes { id } } }', { id: task.id })
    expect(changeSets.nodes).toHaveLength(2)
    await one(admin, 'mutation ($id: ID!) { revertChangeSet(id: $id) { changeSet } }', { id: changeSets.nodes[0].id })
    expect(await read(anna, task.id)).toMatchObject({ state: { key: 'open' }, doneAt: null, doneBy: null, result: null })
    expect((await crm.query(anna, 'mutation ($id: ID!) { updateTask(id: $id, input: { doneAt: "2020-01-01T00:00:00Z" }) { id } }', { id: task.id })).errors).toBeDefined()
  })

  it('of a whole day is due at its end in the time zone of the company', async () => {
    const task = await create(anna, { title: 'Отчёт', allDay: true, due: '2026-03-29T06:00:00Z' })
    expect(task.due).toBe('2026-03-29T20:59:00.000Z')
    expect((await update(anna, task.id, { due: '2026-12-31T22:30:00Z' })).due).toBe('2027-01-01T21:59:00.000Z')
  })

  it('is seen by its owner, by who sees what it is about, by watchers and by who takes part, and changed by the first two', async () => {
    const own = await create(anna, { title: 'Наблюдаемая', watchers: [{ user: boris.actor.userId }] })
    const meeting = await create(anna, { title: 'Встреча', kind: 'meeting', due: inHours(200), place: 'Офис', participants: [{ user: boris.actor.userId }] })
    const alone = await create(anna, { title: 'Своя' })
    const carla = await crm.as('manager')
    const titles = (caller: Caller) => one(caller, '{ tasks(first: 50) { nodes { title can { update } } } }').then((d) => d.tasks.nodes as { title: string, can: { update: boolean } }[])
    expect((await titles(boris)).map((t) => t.title).sort()).toEqual(['Встреча', 'Наблюдаемая'])
    expect((await titles(boris)).some((t) => t.can.update)).toBe(false)
    expect((await crm.query(boris, 'mutation ($id: ID!) { updateTask(id: $id, input: { title: "Моя" }) { id } }', { id: own.id })).errors![0]!.extensions.code).toBe('FORBIDDEN')
    expect(await titles(carla)).toEqual([])
    expect((await crm.query(boris, 'query ($id: ID!) { task(id: $id) { id } }', { id: alone.id })).data.task).toBeNull()
    expect((await one(admin, 'query ($id: ID!, $user: ID!) { explainAccess(object: "task", id: $id, user: $user) { read update reasons { kind text } } }', { id: meeting.id, user: boris.actor.userId })).explainAccess)
      .toMatchObject({ read: true, update: false, reasons: expect.arrayContaining([{ kind: 'PARENT', text: 'participants.user' }]) })
    // who stops watching no longer sees it
    await update(anna, own.id, { watchers: [] })
    expect((await titles(boris)).map((t) => t.title)).toEqual(['Встреча'])
    // who sees the client sees and does its tasks
    const about = await create(admin, { title: 'По клиенту', subject: { object: 'client', id: ids.client } })
    expect(await update(anna, about.id, { state: 'done' })).toMatchObject({ doneBy: { id: anna.actor.userId } })
    expect(await read(boris, about.id)).toBeNull()
  })

  it('wants to know when to remind, and who takes part', async () => {
    const { errors } = await crm.query(anna, 'mutation ($input: TaskCreateInput!) { createTask(input: $input) { id } }', { input: { title: 'x', repeat: 'daily', reminders: [{}], participants: [{}] } })
    expect(errors![0]!.extensions.fields.map((f: { field: string, rule: string }) => `${f.field}:${f.rule}`).sort()).toEqual(['due:required', 'participants.0.user:required', 'reminders.0.minutesBefore:required'])
  })

  it('is told in the timeline of its record and of the client above', async () => {
    const task = await create(anna, { title: 'Замер', subject: { object: 'order', id: ids.order } })
    await update(anna, task.id, { state: 'done', result: 'Пять окон' })
    const { timeline } = await one(anna, 'query ($id: ID!) { timeline(object: "client", id: $id, kinds: ["task"]) { nodes { kind action record { object title } fields { key after } } } }', { id: ids.client })
    expect(timeline.nodes[0]).toMatchObject({ kind: 'task', action: 'update', record: { object: 'task', title: 'Замер' } })
    expect(timeline.nodes[0].fields).toContainEqual({ key: 'result', after: 'Пять окон' })
    expect(timeline.nodes.map((n: { action: string }) => n.action)).toContain('create')
  })
})

describe('a reminder', () => {
  it('is announced once, however many look for it, and anew after the task was put off', async () => {
    const task = await create(anna, { title: 'Напомни', due: inHours(1), reminders: [{ minutesBefore: 90 }, { at: inHours(-0.5) }, { minutesBefore: 10 }] })
    await create(anna, { title: 'Ещё рано', due: inHours(5), reminders: [{ minutesBefore: 60 }] })
    const finished = await create(anna, { title: 'Уже сделано', due: inHours(1), reminders: [{ minutesBefore: 90 }] })
    await update(anna, finished.id, { state: 'done' })
    const taken = await Promise.all([remind(engine), remind(engine), remind(engine)])
    expect(taken.reduce((a, b) => a + b)).toBe(1)
    await crm.drain()
    // delivered twice by the test, from one event
    expect(new Set(heard.map((e) => e.id)).size).toBe(1)
    expect(heard[0]).toMatchObject({ name: 'task.reminder', object: 'task', recordId: task.id })
    await update(anna, task.id, { due: inHours(1.2) })
    expect(await remind(engine)).toBe(1)
    expect(await remind(engine)).toBe(0)
    // history tells nothing of it
    expect((await one(anna, 'query ($id: ID!) { changeSets(object: "task", record: $id) { nodes { id } } }', { id: task.id })).changeSets.nodes).toHaveLength(2)
  })

  it('is announced once by two nodes at the same time', async () => {
    const other = await openKartotek({ db: crm.kartotek.db, log: testLog, secret: 'a secret of the tests, thirty-two characters long', filesDir: crm.dataDir, accounts: { publicUrl: 'http://127.0.0.1:3000' }, work: false })
    const { data } = await crm.query(anna, `mutation { createTasks(inputs: [${Array.from({ length: 60 }, (_, i) => `{ title: "t${i}", due: "${inHours(0.1)}", reminders: [{ minutesBefore: 30 }] }`).join()}]) { results { ok } } }`)
    expect(data.createTasks.results.every((r: { ok: boolean }) => r.ok)).toBe(true)
    const announced = await Promise.all([remind(engine), remind(other.engine), remind(engine), remind(other.engine)])
    expect(announced.reduce((a, b) => a + b)).toBe(60)
    expect(await remind(engine)).toBe(0)
    await other.close()
  })
})

describe('a task that comes again', () => {
  const openOnes = async (title: string) => (await one(anna, 'query ($title: String!) { tasks(filter: { title: { eq: $title }, state: { eq: "open" } }, orderBy: [{ field: due }]) { nodes { id due version occurrence follows repeatFrom watchers { user { id } } checklist { text done } reminders { minutesBefore at } subject { id } owner { id } } } }', { title })).tasks.nodes

  it('is followed by the next one when it is done, with all that belongs to it, once', async () => {
    const due = inHours(24)
    const task = await create(anna, {
      title: 'Сверка', due, repeat: 'weekly', subject: { object: 'client', id: ids.client }, watchers: [{ user: boris.actor.userId }],
      checklist: [{ text: 'Счета', done: true }], reminders: [{ minutesBefore: 15 }, { at: inHours(20) }],
    })
    await update(anna, task.id, { state: 'done' })
    await crm.drain()
    await Promise.all([continueSeries(engine, [task.id]), continueSeries(engine, [task.id])])
    const [next, ...more] = await openOnes('Сверка')
    expect(more).toEqual([])
    expect(next).toMatchObject({ occurrence: 2, follows: task.id, watchers: [{ user: { id: boris.actor.userId } }], checklist: [{ text: 'Счета', done: false }], subject: { id: ids.client }, owner: { id: anna.actor.userId } })
    expect(Date.parse(next.due) - Date.parse(due)).toBeGreaterThan(6.9 * 86_400_000)
    expect(next.reminders[0]).toEqual({ minutesBefore: 15, at: null })
    expect(next.reminders[1].at > due).toBe(true)
  })

  it('loses an untouched follower when it is opened again, and gets it back', async () => {
    const task = await create(anna, { title: 'Качели', due: inHours(1), repeat: 'daily' })
    await update(anna, task.id, { state: 'done' })
    await crm.drain()
    expect(await openOnes('Качели')).toHaveLength(1)
    await update(anna, task.id, { state: 'open' })
    await crm.drain()
    expect((await openOnes('Качели')).map((t: { id: string }) => t.id)).toEqual([task.id])
    await update(anna, task.id, { state: 'done' })
    await crm.drain()
    const [again] = await openOnes('Качели')
    await one(anna, 'mutation ($id: ID!) { deleteTask(id: $id) { id } }', { id: again.id })
    // thrown away is thrown away, however often the event is delivered
    await continueSeries(engine, [task.id])
    expect(await openOnes('Качели')).toEqual([])
  })

  it('keeps its day when one is put off, and ends by number or date', async () => {
    const first = new Date(Date.now() - 86_400_000).toISOString()
    let task = await create(anna, { title: 'Трижды', due: first, repeat: 'daily', repeatEvery: 2, repeatCount: 3 })
    await update(anna, task.id, { due: inHours(30) })
    await update(anna, task.id, { state: 'done' })
    await crm.drain()
    ;[task] = await openOnes('Трижды')
    expect(task.repeatFrom).toBe(first)
    expect((Date.parse(task.due) - Date.parse(first)) / 86_400_000).toBeCloseTo(4, 0)
    await update(anna, task.id, { state: 'done' })
    await crm.drain()
    ;[task] = await openOnes('Трижды')
    expect(task.occurrence).toBe(3)
    await update(anna, task.id, { state: 'done' })
    await crm.drain()
    expect(await openOnes('Трижды')).toEqual([])
    const until = await create(anna, { title: 'Недолго', due: inHours(1), repeat: 'yearly', repeatUntil: inHours(24 * 100).slice(0, 10) })
    await update(anna, until.id, { state: 'done' })
    await crm.drain()
    expect(await openOnes('Недолго')).toEqual([])
  })

  it('by the calendar is followed when it is due, done or not, and by one after a long pause', async () => {
    const task = await create(anna, { title: 'По часам', due: inHours(-72.5), repeat: 'daily', repeatWhen: 'due' })
    await Promise.all([continueDue(engine), continueDue(engine)])
    await continueDue(engine)
    const open = await openOnes('По часам')
    expect(open.map((t: { id: string }) => t.id)[0]).toBe(task.id)
    expect(open).toHaveLength(2)
    expect(Date.parse(open[1].due)).toBeGreaterThan(Date.now())
  })
})

describe('a series by the calendar', () => {
  const times = async (title: string): Promise<string[]> => (await one(admin, 'query ($title: String!) { tasks(filter: { title: { eq: $title } }, orderBy: [{ field: due }]) { nodes { id } } }', { title })).tasks.nodes.map((t: { id: string }) => t.id)
  const daily = (title: string, due: string, more: Record<string, unknown> = {}) => create(anna, { title, due, repeat: 'daily', repeatWhen: 'due', ...more })
  const breaking = (on: boolean) => sql.raw(on
    ? `create function core.broken() returns trigger language plpgsql as $$ begin raise exception 'broken'; end $$;
       create trigger broken before insert on core.task for each row when (new.title like 'Сломана%') execute function core.broken()`
    : 'drop trigger broken on core.task; drop function core.broken()').execute(engine.db)

  it('is not held up by another one that cannot go on, which goes on later', async () => {
    await daily('Сломана', inHours(-1.5))
    const onceDone = await create(anna, { title: 'Сломана и сделана', due: inHours(-1), repeat: 'daily' })
    await daily('Цела', inHours(-1.5))
    await breaking(true)
    await continueDue(engine)
    expect([(await times('Сломана')).length, (await times('Цела')).length]).toEqual([1, 2])
    await update(anna, onceDone.id, { state: 'done' })
    expect((await crm.drain()).failed).toEqual([])
    await breaking(false)
    // Not every minute anew.
    await continueDue(engine)
    expect((await times('Сломана')).length).toBe(1)
    const later = new Date(Date.now() + 11 * 60_000)
    await Promise.all([continueDue(engine, later), continueDue(engine, later)])
    expect([(await times('Сломана')).length, (await times('Сломана и сделана')).length]).toEqual([2, 2])
  })

  it('goes on without what is in the trash by now', async () => {
    const contact = (await one(admin, 'mutation ($owner: ID) { createContact(input: { name: "Уволен", owner: $owner }) { id } }', { owner: anna.actor.userId })).createContact.id
    const client = (await one(anna, 'mutation { createClient(input: { name: "Закрыт" }) { id } }')).createClient.id
    await daily('Без лишних', inHours(-1.5), { subject: { object: 'client', id: client }, participants: [{ contact }, { user: boris.actor.userId }] })
    await one(admin, 'mutation ($contact: ID!, $client: ID!) { deleteContact(id: $contact) { id } deleteClient(id: $client) { id } }', { contact, client })
    await continueDue(engine)
    const [, next] = await times('Без лишних')
    expect((await one(admin, 'query ($id: ID!) { task(id: $id) { subject { id } participants { user { id } contact { id } } } }', { id: next })).task).toEqual({ subject: null, participants: [{ user: { id: boris.actor.userId }, contact: null }] })
  })

  it('goes on after a pause of any length, and ends for good when its next one is thrown away', async () => {
    await daily('Долгая пауза', inHours(-24 * 9))
    await continueDue(engine)
    expect(await times('Долгая пауза')).toHaveLength(1)
    await continueDue(engine, new Date(), true)
    const [first, next] = await times('Долгая пауза')
    await one(anna, 'mutation ($id: ID!) { deleteTask(id: $id) { id } }', { id: next })
    await sql`delete from core.task where id = ${next}`.execute(engine.db)
    await continueDue(engine, new Date(), true)
    expect(await times('Долгая пауза')).toEqual([first])
  })

  it('that has ended is looked at once, and again when its rule is changed', async () => {
    const task = await daily('Один раз', inHours(-24 * 9), { repeatCount: 1 })
    await continueDue(engine, new Date(), true)
    expect((await sql`select version, again_at from core.task_series where task_id = ${task.id}`.execute(engine.db)).rows).toEqual([{ version: 1, again_at: null }])
    await update(anna, task.id, { repeatCount: 5 })
    await continueDue(engine, new Date(), true)
    expect(await times('Один раз')).toHaveLength(2)
  })
})

describe('the day', () => {
  it('is counted for oneself', async () => {
    const me = await crm.as('manager')
    const counters = () => one(me, '{ taskCounters { open overdue today soon } }').then((d) => d.taskCounters)
    expect(await counters()).toEqual({ open: 0, overdue: 0, today: 0, soon: 0 })
    await create(me, { title: 'a', due: inHours(-1) })
    await create(me, { title: 'b', due: inHours(20) })
    await create(me, { title: 'c', due: inHours(80) })
    await create(me, { title: 'd' })
    await create(me, { title: 'e', due: inHours(-1), state: 'done' })
    await create(anna, { title: 'Чужая, но видна', due: inHours(-1), watchers: [{ user: me.actor.userId }] })
    expect(await counters()).toMatchObject({ open: 4, overdue: 1, soon: 1 })
    // A meeting that goes on is not late, and neither is a call; they are when they would be over.
    const running = await create(me, { title: 'f', kind: 'meeting', due: inHours(-1), minutes: 90 })
    expect(await counters()).toMatchObject({ open: 5, overdue: 1, soon: 2 })
    await update(me, running.id, { minutes: 30 })
    expect(await counters()).toMatchObject({ open: 5, overdue: 2, soon: 1 })
    await create(me, { title: 'g', due: inHours(-1), minutes: 90 })
    expect(await counters()).toMatchObject({ open: 6, overdue: 3 })
    // One takes part in meetings of others, until they are over.
    const joined = await create(anna, { title: 'Чужая встреча', kind: 'meeting', due: inHours(2), participants: [{ user: me.actor.userId }] })
    expect(await counters()).toMatchObject({ open: 7, overdue: 3, soon: 2 })
    await update(anna, joined.id, { due: null })
    expect(await counters()).toMatchObject({ open: 7, overdue: 3, soon: 1 })
    await update(anna, joined.id, { due: inHours(-2) })
    expect(await counters()).toMatchObject({ open: 6, overdue: 3, soon: 1 })
    const noTasks = await crm.withRules({ objects: { client: { read: 'all' } } })
    expect((await one(noTasks, '{ taskCounters { open } }')).taskCounters).toBeNull()
    const closed = await crm.withRules({ objects: { task: { read: 'all' } }, fields: { 'task.due': { read: false } } })
    expect((await one(closed, '{ taskCounters { open } }')).taskCounters).toBeNull()
  })
})
