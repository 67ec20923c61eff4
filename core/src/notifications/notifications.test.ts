import { sql } from 'kysely'
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest'
import { definePlugin, type NotificationBatch } from '@kartotek/sdk'
import type { Caller } from '../access/caller.ts'
import { testCrm } from '../testing/crm.ts'
import { translate } from '../messages/translate.ts'
import { deliver, deliveryHealth, type DeliveryDeps } from './deliver.ts'
import { KINDS } from './kinds.ts'
import { letterOf } from './letter.ts'
import { prune } from './notifications.feature.ts'
import { notify } from './notify.ts'
import { watchTime } from './watches.ts'

const letters: { to: string, subject: string, text: string, id?: string }[] = []
const pushed: NotificationBatch[] = []
let refuseMail = false
const crm = await testCrm({
  sendMail: async (mail) => {
    if (refuseMail) throw new Error('mail is away')
    letters.push(mail)
  },
  plugins: [definePlugin({
    id: 'pager', version: '1.0.0',
    notificationKinds: [{ key: 'pager-alarm', icon: 'siren', label: { en: 'Alarm' }, title: { en: 'Alarm of {machine}' } }],
    notificationChannels: [{ key: 'pager-push', label: { en: 'Pager' }, send(batch) { pushed.push(batch) } }],
    on: { 'product.created': { id: 'alarm', run: (events, ctx) => ctx.notify(events.map((e) => ({ key: e.id, to: [people.anna!], kind: 'pager-alarm', params: { machine: 7 } }))) } },
  })],
})
afterAll(() => crm.close())
const { engine } = crm.kartotek
const { db } = engine

const deps: DeliveryDeps = {
  engine, kinds: () => new Map(KINDS.map((k) => [k.key, k])), publicUrl: () => 'http://127.0.0.1:3000',
  channels: () => [{ key: 'email', label: {}, paced: true, async send(batch) { letters.push({ to: batch.to.email!, id: batch.id, ...letterOf(batch) }) } }],
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
const reset = async (): Promise<void> => {
  await sql`delete from core.notification`.execute(db)
  letters.length = pushed.length = 0
}

beforeAll(async () => {
  admin = await crm.as('administrator')
  anna = await crm.as('manager', { locale: 'ru' })
  boris = await crm.as('manager', { locale: 'fi' })
  await sql`update core."user" set locale = case when id = ${anna.actor.userId} then 'ru' else 'fi' end where id in (${anna.actor.userId}, ${boris.actor.userId})`.execute(db)
  Object.assign(people, { admin: admin.actor.userId, anna: anna.actor.userId, boris: boris.actor.userId })
})
beforeEach(async () => { await drain(); await reset() })

describe('what people are told', () => {
  it('a new owner, but not who took it himself; in the language of the reader', async () => {
    const own = await client(anna, { name: 'Своя' })
    const given = await client(admin, { name: 'Ромашка', owner: people.anna })
    await drain()
    expect(await told(anna)).toMatchObject([{ kind: 'assignment', title: `${admin.actor.name} назначает вас ответственным`, record: { object: 'client', id: given, title: 'Ромашка' } }])
    await give(admin, own, people.boris!)
    await drain()
    expect(await told(boris)).toMatchObject([{ title: `${admin.actor.name} nimesi sinut vastuuhenkilöksi`, record: { id: own } }])
    expect(await told(admin)).toEqual([])
  })

  it('many records of one change once, with their number', async () => {
    const inputs = Array.from({ length: 150 }, (_, i) => ({ name: `Клиент ${i}`, owner: people.anna }))
    await one(admin, 'mutation ($inputs: [ClientCreateInput!]!) { createClients(inputs: $inputs) { __typename } }', { inputs })
    await drain()
    expect(await told(anna)).toMatchObject([{ kind: 'assignment', text: 'Клиенты: 150', record: null }])
  })

  it('nobody of the next task of his own series, nor of his own absence', async () => {
    const task = (await one(anna, 'mutation ($due: DateTime!) { createTask(input: { title: "Планёрка", due: $due, repeat: "daily" }) { id } }', { due: new Date(Date.now() + 3_600_000).toISOString() })).createTask.id
    await one(anna, 'mutation ($id: ID!) { updateTask(id: $id, input: { state: "done" }) { id } }', { id: task })
    await one(admin, 'mutation ($owner: ID!) { createAbsence(input: { firstDay: "2030-07-01", lastDay: "2030-07-14", owner: $owner }) { id } }', { owner: people.anna })
    await drain()
    const next = (await one(anna, 'query ($id: String!) { tasks(filter: { follows: { eq: $id } }) { nodes { id } } }', { id: task })).tasks.nodes
    expect(next).toHaveLength(1)
    expect(await told(anna)).toEqual([])
    await one(admin, 'mutation ($id: ID!, $owner: ID!) { updateTask(id: $id, input: { owner: $owner }) { id } }', { id: next[0].id, owner: people.boris })
    await drain()
    expect(await told(boris)).toMatchObject([{ kind: 'assignment', record: { id: next[0].id } }])
  })

  it('whom an entry names, with what it says, and its record', async () => {
    const id = await client(anna, { name: 'Лютик' })
    await one(admin, 'mutation ($input: TimelineEntryCreateInput!) { createTimelineEntry(input: $input) { id } }', { input: { subject: { object: 'client', id }, kind: 'comment', text: 'Посмотрите, пожалуйста', mentions: [{ user: people.anna }, { user: people.admin }, { user: people.boris }] } })
    await drain()
    expect(await told(anna)).toMatchObject([{ kind: 'mention', title: `${admin.actor.name} упоминает вас`, text: 'Посмотрите, пожалуйста', record: { object: 'client', id, title: 'Лютик' } }])
    expect(await told(admin)).toEqual([])
    // Boris sees neither the client nor what was said of him.
    expect(await told(boris)).toEqual([])
    expect(await unread(boris)).toBe(0)
    await one(admin, 'mutation ($id: ID!, $user: ID!) { shareRecord(object: "client", id: $id, user: $user, level: READ) }', { id, user: people.boris })
    expect(await told({ ...boris, actor: { ...boris.actor, hasShares: true } })).toHaveLength(1)
  })

  it('a missed call, to who looks after the caller', async () => {
    const id = await client(anna, { name: 'Звонящий' })
    for (const seconds of [0, 42]) await one(admin, 'mutation ($input: TimelineEntryCreateInput!) { createTimelineEntry(input: $input) { id } }', { input: { subject: { object: 'client', id }, kind: 'call', direction: 'in', seconds, heading: '+358 40 1234567' } })
    await drain()
    expect(await told(anna)).toMatchObject([{ kind: 'missedCall', record: { object: 'client', id } }])
  })

  it('missed calls, however many come at once', async () => {
    const id = await client(anna, { name: 'Обзвон' })
    const inputs = Array.from({ length: 250 }, () => ({ subject: { object: 'client', id }, kind: 'call', direction: 'in', seconds: 0 }))
    await one(admin, 'mutation ($inputs: [TimelineEntryCreateInput!]!) { createTimelineEntries(inputs: $inputs) { __typename } }', { inputs })
    await drain()
    const { rows } = await sql<{ n: number }>`select count(*)::int as n from core.notification where kind = 'missedCall' and user_id = ${people.anna}`.execute(db)
    expect(rows[0]!.n).toBe(250)
  })

  it('of a reminder the owner of the task and who takes part', async () => {
    await one(anna, 'mutation ($input: TaskCreateInput!) { createTask(input: $input) { id } }', { input: { title: 'Встреча', kind: 'meeting', due: new Date(Date.now() + 600_000).toISOString(), reminders: [{ minutesBefore: 30 }], participants: [{ user: people.boris }] } })
    const { remind } = await import('../tasks/reminders.ts')
    await Promise.all([remind(engine), remind(engine)])
    await drain()
    for (const who of [anna, boris]) expect((await told(who)).filter((n) => n.kind === 'taskReminder')).toMatchObject([{ record: { object: 'task', title: 'Встреча' } }])
  })

  it('tasks that are due and records that stick, once over two nodes, and none of the years before', async () => {
    await sql`update core.task set state = 'done'`.execute(db)
    const long = new Date(Date.now() + 3 * 86_400_000)
    await watchTime(engine, new Date(Date.now() - 1_000))
    const order = (await one(anna, 'mutation { createOrder(input: { subject: "Окна" }) { id stage { id } } }')).createOrder
    await sql`update core.stage set norm_hours = 24 where id = ${order.stage.id}`.execute(db)
    await sql`update core.revision set rules = rules + 1`.execute(db)
    await engine.live.refresh()
    await one(anna, 'mutation ($due: DateTime!) { createTask(input: { title: "Срок", due: $due }) { id } }', { due: new Date(Date.now() + 60_000).toISOString() })
    await drain()
    expect((await Promise.all([watchTime(engine, long), watchTime(engine, long)])).reduce((a, b) => a + b)).toBe(2)
    expect(await watchTime(engine, new Date(long.getTime() + 60_000))).toBe(0)
    expect((await told(anna)).map((n) => [n.kind, n.record?.title ?? null])).toEqual(expect.arrayContaining([['taskDue', 'Срок'], ['stuckOrder', expect.any(String)]]))
  })

  it('who is made a watcher or participant, once, but not who did it, the owner, nor the people of a series', async () => {
    const input = { title: 'Смета', owner: people.anna, watchers: [{ user: people.boris }, { user: people.anna }, { user: people.admin }] }
    const id = (await one(admin, 'mutation ($input: TaskCreateInput!) { createTask(input: $input) { id } }', { input })).createTask.id
    await drain()
    expect(await told(boris)).toMatchObject([{ kind: 'taskInvitation', title: `${admin.actor.name} lisäsi sinut tehtävään tai tapaamiseen`, record: { object: 'task', id, title: 'Смета' } }])
    expect((await told(anna)).map((n) => n.kind)).toEqual(['assignment'])
    expect(await told(admin)).toEqual([])
    await reset()
    // The same list, written anew without its ids, adds nobody.
    const change = (caller: Caller, input: Record<string, unknown>, of = id) => one(caller, 'mutation ($id: ID!, $input: TaskUpdateInput!) { updateTask(id: $id, input: $input) { id } }', { id: of, input })
    await change(admin, { watchers: [{ user: people.boris }] })
    await drain()
    expect([await told(boris), await told(anna)]).toEqual([[], []])
    await change(admin, { kind: 'meeting', participants: [{ user: people.boris }, { user: people.anna }] })
    await drain()
    expect((await told(boris)).map((n) => n.kind)).toEqual(['taskInvitation'])
    // The owner knows his meeting; a series takes its people along.
    expect(await told(anna)).toEqual([])
    await reset()
    const series = (await one(anna, 'mutation ($input: TaskCreateInput!) { createTask(input: $input) { id } }', { input: { title: 'Планёрка', due: '2026-03-02T08:00:00Z', repeat: 'daily', watchers: [{ user: people.boris }] } })).createTask.id
    await drain()
    expect((await told(boris)).map((n) => n.kind)).toEqual(['taskInvitation'])
    await change(anna, { state: 'done' }, series)
    await drain()
    expect((await told(boris)).map((n) => n.kind).sort()).toEqual(['taskDone', 'taskInvitation'])
    // The next of the series would be overdue in what follows, at some hours of the day.
    await sql`update core.task set state = 'canceled' where title = 'Планёрка' and state = 'open'`.execute(db)
  })

  it('who watches a task that it was done, moved or is overdue; who takes part of a move', async () => {
    const due = new Date(Date.now() + 3_600_000).toISOString()
    const make = async (input: Record<string, unknown>): Promise<string> => (await one(anna, 'mutation ($input: TaskCreateInput!) { createTask(input: $input) { id } }', { input: { due, ...input } })).createTask.id
    const change = async (caller: Caller, id: string, input: Record<string, unknown>) => { await one(caller, 'mutation ($id: ID!, $input: TaskUpdateInput!) { updateTask(id: $id, input: $input) { id } }', { id, input }); await drain() }
    const task = await make({ title: 'Отчёт', watchers: [{ user: people.boris }, { user: people.admin }] })
    const meeting = await make({ title: 'Показ', kind: 'meeting', minutes: 30, participants: [{ user: people.boris }], watchers: [{ user: people.admin }] })
    await drain()
    await reset()
    const later = new Date(Date.now() + 7_200_000).toISOString()
    await change(anna, task, { due: later })
    await change(admin, meeting, { due: later })
    expect((await told(boris)).map((n) => [n.kind, n.title, n.record?.title])).toEqual([
      ['taskMoved', `${admin.actor.name} muutti tehtävän tai tapaamisen aikaa`, 'Показ'], ['taskMoved', `${anna.actor.name} muutti tehtävän tai tapaamisen aikaa`, 'Отчёт'],
    ])
    expect((await told(admin)).map((n) => [n.kind, n.record?.title])).toEqual([['taskMoved', 'Отчёт']])
    expect(await told(anna)).toEqual([])
    await reset()
    await change(anna, task, { text: 'Ничего важного' })
    expect(await told(boris)).toEqual([])
    await sql`delete from core.notification_watch`.execute(db)
    // At its time the task is overdue, the meeting only begins.
    await watchTime(engine, new Date(Date.now() + 1_000))
    const begins = new Date(Date.parse(later) + 60_000)
    await watchTime(engine, begins)
    const overdue = async (caller: Caller) => (await told(caller)).filter((n) => n.kind === 'taskOverdue').map((n) => n.record?.title)
    expect([await overdue(boris), await overdue(admin), await overdue(anna)]).toEqual([['Отчёт'], ['Отчёт'], []])
    await watchTime(engine, new Date(begins.getTime() + 40 * 60_000))
    expect((await overdue(admin)).sort()).toEqual(['Отчёт', 'Показ'])
    expect(await overdue(boris)).toEqual(['Отчёт'])
    await reset()
    await change(anna, task, { state: 'done' })
    expect((await told(boris)).map((n) => n.kind)).toEqual(['taskDone'])
    await change(anna, task, { state: 'open' })
    expect(await told(boris)).toHaveLength(1)
    await sql`delete from core.notification_watch`.execute(db)
  })

  it('what a plugin has to say, in its own kind', async () => {
    await one(admin, 'mutation { createProduct(input: { name: "Станок" }) { id } }')
    await drain()
    expect(await told(anna)).toMatchObject([{ kind: 'pager-alarm', title: 'Alarm of 7', record: null }])
  })
})

describe('being told by e-mail and channels', () => {
  const save = (caller: Caller, input: Record<string, unknown>) => one(caller, 'mutation ($input: NotificationSettingsInput!) { saveNotificationSettings(input: $input) { pace hour quietFrom quietTo channels { key label } kinds { key channels } } }', { input })
  const wait = (): Promise<unknown> => sql`update core.notification_delivery set due_at = now()`.execute(db)
  beforeEach(() => sql`delete from core.notification_setting`.execute(db))

  it('a letter in the language of the person, with links, once', async () => {
    const id = await client(admin, { name: 'Ромашка', owner: people.anna })
    await drain()
    expect(letters).toHaveLength(1)
    expect(letters[0]).toMatchObject({ to: `${people.anna}@example.com`, subject: `${admin.actor.name} назначает вас ответственным: Ромашка` })
    expect(letters[0]!.text).toContain(`http://127.0.0.1:3000/clients/${id}`)
    expect(letters[0]!.text).toContain('http://127.0.0.1:3000/account#notifications')
    await drain()
    expect(letters).toHaveLength(1)
  })

  it('nothing of what one may not see when it is sent, nor of what one has read meanwhile', async () => {
    await save(anna, { pace: 'HOURLY' })
    const gone = await client(admin, { name: 'Ушедший', owner: people.anna })
    const read = await client(admin, { name: 'Прочитанный', owner: people.anna })
    await client(admin, { name: 'Оставшийся', owner: people.anna })
    await drain()
    expect(letters).toEqual([])
    await give(admin, gone, people.admin!)
    await one(anna, 'mutation ($ids: [ID!]) { markNotifications(ids: $ids) }', { ids: (await told(anna)).filter((n) => n.record?.id === read).map((n) => n.id) })
    await deliver(deps, undefined, new Date(Date.now() + 3_600_000))
    expect(letters).toHaveLength(1)
    expect(letters[0]!.subject).toContain('Оставшийся')
    expect(letters[0]!.text).not.toMatch(/Ушедший|Прочитанный/)
  })

  it('a digest of all at its hour', async () => {
    await save(anna, { pace: 'DAILY', hour: 8 })
    for (const name of ['Первый', 'Второй']) await client(admin, { name, owner: people.anna })
    await drain()
    await wait()
    await deliver(deps)
    expect(letters).toEqual([])
    await deliver(deps, undefined, new Date(Date.now() + 86_400_000))
    expect(letters).toMatchObject([{ subject: 'Новые уведомления: 2' }])
  })

  it('a letter by one of two senders, and the same one again after a failure', async () => {
    await Promise.all(['a', 'b', 'c', 'd'].map((key) => notify(db, [{ key, to: [people.anna!, people.boris!], kind: 'mention', text: key }])))
    await Promise.all([deliver(deps), deliver(deps)])
    expect(letters.map((letter) => letter.to).sort()).toEqual([people.anna, people.boris].map((id) => `${id}@example.com`).sort())
    await reset()
    refuseMail = true
    await notify(db, [{ key: 'again', to: [people.anna!], kind: 'mention', text: 'once more' }])
    const failing: DeliveryDeps = { ...deps, channels: () => [{ ...deps.channels()[0]!, async send(batch) { ids.push(batch.id); throw new Error('away') } }] }
    const ids: string[] = []
    await deliver(failing)
    await notify(db, [{ key: 'new', to: [people.anna!], kind: 'mention', text: 'new' }])
    expect(await deliveryHealth(crm.kartotek.db), 'once may happen').toEqual([])
    await deliver(failing, undefined, new Date(Date.now() + 100_000))
    const [problem] = await deliveryHealth(crm.kartotek.db)
    expect([problem, translate(problem!, 'ru')]).toEqual([expect.stringContaining('"email" cannot be sent (people: 1)'), expect.stringContaining('«email» не отправляются (людей: 1)')])
    refuseMail = false
    await deliver(deps, undefined, new Date(Date.now() + 3_600_000))
    expect(letters.map((letter) => letter.id)).toContain(ids[0])
    expect(letters).toHaveLength(2)
    expect(await deliveryHealth(crm.kartotek.db)).toEqual([])
    expect((await sql`select 1 from core.notification_delivery`.execute(db)).rows).toEqual([])
  })

  it('a letter of a sender who was killed, half a minute later', async () => {
    await notify(db, [{ key: 'killed', to: [people.anna!], kind: 'mention', text: 'x' }])
    const killed: DeliveryDeps = { ...deps, channels: () => [{ ...deps.channels()[0]!, send: () => new Promise(() => undefined) }] }
    const now = Date.now() + 1_000
    void deliver(killed, undefined, new Date(now)).catch(() => undefined)
    await expect.poll(async () => (await sql<{ attempts: number }>`select attempts from core.notification_delivery`.execute(db)).rows).toEqual([{ attempts: 1 }])
    // It may still be on its way; who finds it held comes back when it is free.
    await expect.poll(() => deliver(deps, undefined, new Date(now + 25_000)), { timeout: 5_000 }).toBeGreaterThan(25)
    expect(letters).toEqual([])
    await deliver(deps, undefined, new Date(now + 31_000))
    expect(letters).toHaveLength(1)
    expect(await deliver(deps)).toBeNull()
  })

  it('a letter once, however slowly it goes', async () => {
    vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] })
    try {
      await notify(db, [{ key: 'slow', to: [people.anna!], kind: 'mention', text: 'x' }])
      const { promise, resolve } = Promise.withResolvers<void>()
      const slow = deliver({ ...deps, channels: () => [{ ...deps.channels()[0]!, async send(batch) { await promise; await deps.channels()[0]!.send(batch) } }] })
      const row = async () => (await sql<{ attempts: number, held: boolean }>`select attempts, due_at > clock_timestamp() + interval '20 seconds' as held from core.notification_delivery`.execute(db)).rows[0]
      await expect.poll(row).toEqual({ attempts: 1, held: true })
      await sql`update core.notification_delivery set due_at = due_at - interval '15 seconds'`.execute(db)
      await vi.advanceTimersByTimeAsync(10_000)
      await expect.poll(row).toEqual({ attempts: 1, held: true })
      resolve()
      await slow
      expect(letters).toHaveLength(1)
    } finally { vi.useRealTimers() }
  })

  it('what one chose, by kind', async () => {
    const { saveNotificationSettings: saved } = await save(anna, { kinds: [{ kind: 'assignment', channels: ['pager-push', 'smoke-signal'] }], quietFrom: '22:00', quietTo: '07:00' })
    expect(saved).toMatchObject({ pace: 'NOW', quietFrom: '22:00', channels: [{ key: 'app' }, { key: 'email' }, { key: 'pager-push', label: 'Pager' }] })
    expect(saved.kinds).toContainEqual({ key: 'assignment', channels: ['pager-push'] })
    expect(saved.kinds).toContainEqual({ key: 'mention', channels: ['app', 'email'] })
    await save(anna, { quietFrom: null, quietTo: null })
    await client(admin, { name: 'Ромашка', owner: people.anna })
    await drain()
    expect([await told(anna), letters]).toEqual([[], []])
    expect(pushed).toMatchObject([{ to: { id: people.anna, locale: 'ru' }, notifications: [{ record: { title: 'Ромашка' } }] }])
    const { errors } = await crm.query(anna, 'mutation { saveNotificationSettings(input: { quietFrom: "25:00", quietTo: "07:00" }) { pace } }')
    expect(errors![0]!.extensions.code).toBe('INVALID_INPUT')
  })

  it('words of others stay quoted', () => {
    const { subject, text } = letterOf({ id: 'x', to: { id: 'u', name: 'Anna', email: null, locale: 'en' }, settingsUrl: 'http://c/', notifications: [{ id: 'n', kind: 'mention', icon: 'x', title: 'Eve\r\nBcc: all', text: 'Hi\nhttps://evil.example', record: null, at: '', url: null }] })
    expect(subject).toBe('Eve Bcc: all')
    expect(text).toContain('> https://evil.example')
  })

  it('is forgotten after its time', async () => {
    await notify(db, [{ key: 'old', to: [people.anna!], kind: 'mention' }, { key: 'new', to: [people.anna!], kind: 'automation' }])
    await sql`update core.notification set at = now() - interval '91 days' where key = 'old'`.execute(db)
    await prune(engine, 90)
    expect((await sql<{ key: string }>`select key from core.notification`.execute(db)).rows).toEqual([{ key: 'new' }])
  })
})
