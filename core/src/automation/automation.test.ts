import { sql } from 'kysely'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { definePlugin } from '@kartotek/sdk'
import type { Caller } from '../access/caller.ts'
import { openKartotek } from '../kartotek.ts'
import { testCrm } from '../testing/crm.ts'
import { testLog } from '../testing/index.ts'
import { tick } from './clock.ts'
import { attempt, type Automation } from './listen.ts'
import { inZone } from '../tasks/times.ts'
import { loadRules } from './rule.ts'
import { removeOldRuns } from './runs.ts'

const sent: Record<string, unknown>[] = []
// The test itself says when events and jobs run.
const crm = await testCrm({ work: false, plugins: [definePlugin({
  id: 'sms', version: '1.0.0', jobs: { send: { async run(input) { sent.push(input) } } },
  automationActions: { send: { label: { en: 'Send an SMS' }, job: 'send', object: 'client', input: { type: 'object', required: ['text'], properties: { text: { type: 'string' } }, additionalProperties: false } } },
})] })
afterAll(() => crm.close())
const { engine } = crm.kartotek
let admin: Caller, anna: Caller, boris: Caller

async function one(caller: Caller, source: string, variables: Record<string, unknown> = {}) {
  const { data, errors } = await crm.query(caller, source, variables)
  if (errors) throw new Error(JSON.stringify(errors))
  return data
}
const rule = async (input: Record<string, unknown>) => (await one(admin, 'mutation ($input: AutomationRuleInput!) { createAutomationRule(input: $input) { id version } }', { input: { name: 'Rule', object: 'client', active: true, ...input } })).createAutomationRule as { id: string, version: number }
const refused = async (input: Record<string, unknown>, caller = admin) => (await crm.query(caller, 'mutation ($input: AutomationRuleInput!) { createAutomationRule(input: $input) { id } }', { input: { name: 'Rule', object: 'client', active: true, trigger: { on: 'created' }, ...input } })).errors?.[0]
const remove = (id: string) => one(admin, 'mutation ($id: ID!) { deleteAutomationRule(id: $id) }', { id })
const client = async (name: string, more: Record<string, unknown> = {}) => (await one(admin, 'mutation ($input: ClientCreateInput!) { createClient(input: $input) { id } }', { input: { name, owner: anna.actor.userId, ...more } })).createClient.id as string
const update = (id: string, input: Record<string, unknown>) => one(admin, 'mutation ($id: ID!, $input: ClientUpdateInput!) { updateClient(id: $id, input: $input) { id } }', { id, input })
const read = async (id: string) => (await one(admin, 'query ($id: ID!) { client(id: $id) { industry note owner { id } custom { score } } }', { id })).client
const tasksOf = async (id: string) => (await one(admin, 'query ($id: ID!) { tasks(filter: { subject: { id: { eq: $id } } }) { nodes { title kind { key } due owner { id } } } }', { id })).tasks.nodes as { title: string, due: string, owner: { id: string } }[]
const runs = async (id: string) => (await one(admin, 'query ($id: ID!) { automationRuns(rule: $id) { nodes { id state cause title steps error attempts changeSet } } }', { id })).automationRuns.nodes as { id: string, state: string, steps: unknown[], error: string | null, changeSet: string | null, attempts: number, title: string }[]
const automation = (): Automation => ({ engine, outside: { enqueue: async () => undefined, tellOutside: async () => undefined }, again: async () => undefined })

beforeAll(async () => {
  ;[admin, anna, boris] = [await crm.as('administrator'), await crm.as('manager'), await crm.as('manager')]
  await one(admin, 'mutation { createField(object: "client", input: { name: "score", type: integer, labels: { en: "Score" } }) { key } }')
})

describe('a rule', () => {
  it('answers to a new record: sets, assigns, writes a task and a note, once however often it is told', async () => {
    const { id } = await rule({
      name: 'Welcome', trigger: { on: 'created' }, condition: { industry: { eq: 'wood' } },
      actions: [
        { do: 'set', field: 'custom.score', expression: 'length(name) * 10' }, { do: 'set', field: 'note', value: 'seen' }, { do: 'assign', to: [boris.actor.userId] },
        { do: 'createTask', title: 'Call {name} ({owner.name}), {{sic}', assignee: 'owner', kind: 'call', due: { minutes: 30 } }, { do: 'note', text: 'Score {custom.score}' },
      ],
    })
    const [wood, other] = [await client('Oak', { industry: 'wood' }), await client('Iron', { industry: 'metal' })]
    await crm.drain()
    expect(await read(wood)).toEqual({ industry: 'wood', note: 'seen', owner: { id: boris.actor.userId }, custom: { score: 30 } })
    expect(await tasksOf(wood)).toMatchObject([{ title: `Call Oak (${boris.actor.name}), {sic}`, kind: { key: 'call' }, owner: { id: boris.actor.userId } }])
    expect(await read(other)).toMatchObject({ note: null })
    expect((await one(admin, `{ timeline(object: "client", id: "${wood}", kinds: ["note"]) { nodes { text } } }`)).timeline.nodes).toEqual([{ text: 'Score 30' }])
    const log = await runs(id)
    expect(log).toMatchObject([{ state: 'DONE', cause: 'client.created', title: 'Oak', attempts: 1, steps: [{ do: 'set', value: 30 }, { do: 'set' }, { do: 'assign' }, { do: 'createTask' }, { do: 'note' }] }])
    // One change set, that can be taken back.
    await one(admin, `mutation { revertChangeSet(id: "${log[0]!.changeSet!}") { changeSet } }`)
    expect(await read(wood)).toMatchObject({ note: null, owner: { id: anna.actor.userId } })
    await crm.drain()
    expect(await runs(id)).toHaveLength(1)
    await remove(id)
  })

  it('answers to changes of its fields only', async () => {
    const { id } = await rule({ trigger: { on: 'changed', fields: ['industry'] }, actions: [{ do: 'set', field: 'custom.score', expression: 'coalesce(custom.score, 0) + 1' }] })
    const record = await client('Changing')
    await update(record, { note: 'no matter' })
    await crm.drain()
    expect((await read(record)).custom.score).toBeNull()
    await update(record, { industry: 'glass' })
    await crm.drain()
    expect((await read(record)).custom.score).toBe(1)
    await remove(id)
  })

  it('answers to the stage that was entered, and moves on', async () => {
    const stages = (await one(admin, '{ pipelines(object: "order") { stages { id kind } } }')).pipelines[0].stages.filter((s: { kind: string }) => s.kind === 'OPEN') as { id: string }[]
    const { id } = await rule({ object: 'order', trigger: { on: 'stageEntered', stages: [stages[1]!.id] }, actions: [{ do: 'set', field: 'subject', expression: '"at " + currency' }, { do: 'move', stage: stages[2]!.id }] })
    const order = (await one(admin, 'mutation { createOrder(input: { subject: "Windows", currency: "EUR" }) { id } }')).createOrder.id as string
    await crm.drain()
    expect(await runs(id)).toHaveLength(0)
    const { errors } = await crm.query(admin, 'mutation ($id: ID!, $stage: ID!) { moveOrder(id: $id, stage: $stage) { id } }', { id: order, stage: stages[1]!.id })
    if (errors) await one(admin, 'mutation ($id: ID!, $stage: ID!) { updateOrder(id: $id, input: { stage: $stage }) { id } }', { id: order, stage: stages[1]!.id })
    await crm.drain()
    expect((await one(admin, `{ order(id: "${order}") { subject stage { id } } }`)).order).toEqual({ subject: 'at EUR', stage: { id: stages[2]!.id } })
    await remove(id)
  })

  it('stops where rules set each other off', async () => {
    const first = await rule({ name: 'There', trigger: { on: 'changed', fields: ['industry'] }, actions: [{ do: 'set', field: 'note', expression: 'industry + "!"' }] })
    const second = await rule({ name: 'Back', trigger: { on: 'changed', fields: ['note'] }, actions: [{ do: 'set', field: 'industry', expression: 'note + "?"' }] })
    const record = await client('Circle')
    await update(record, { industry: 'a' })
    await crm.drain()
    expect((await read(record)).industry).toBe('a!?')
    expect((await runs(first.id)).map((r) => [r.state, r.error])).toEqual([['STOPPED', 'circle'], ['DONE', null]])
    for (const { id } of [first, second]) await remove(id)
  })

  it('is tried again when it fails, alone, and all its effects are taken back meanwhile', async () => {
    await one(admin, 'mutation { createField(object: "client", input: { name: "code", type: text, maxLength: 5, labels: { en: "Code" } }) { key } }')
    const { id } = await rule({ trigger: { on: 'changed', fields: ['industry'] }, actions: [{ do: 'note', text: 'before the failure' }, { do: 'set', field: 'custom.code', expression: 'industry' }] })
    const [good, bad] = [await client('Good'), await client('Bad')]
    await Promise.all([update(bad, { industry: 'far too long' }), update(good, { industry: 'ok' })])
    await crm.drain()
    const log = await runs(id)
    expect(log.find((r) => r.title === 'Good')).toMatchObject({ state: 'DONE' })
    const failed = log.find((r) => r.title === 'Bad')!
    expect(failed).toMatchObject({ state: 'FAILED', changeSet: null })
    expect(failed.attempts).toBeGreaterThan(1)
    expect((await one(admin, `{ timeline(object: "client", id: "${bad}", kinds: ["note"]) { nodes { text } } }`)).timeline.nodes).toEqual([])
    await one(admin, 'mutation { updateField(object: "client", field: "custom.code", input: { maxLength: 50 }) { key } }')
    await one(admin, 'mutation ($id: ID!) { retryAutomationRun(id: $id) }', { id: failed.id })
    await crm.drain()
    expect((await runs(id)).find((r) => r.title === 'Bad')).toMatchObject({ state: 'DONE', error: null })
    await remove(id)
  })

  it('gives records to several people in turn', async () => {
    const { id } = await rule({ trigger: { on: 'created' }, actions: [{ do: 'assign', to: [anna.actor.userId, boris.actor.userId] }] })
    const clients = []
    for (let i = 0; i < 6; i++) clients.push(await client(`Turn ${i}`))
    await crm.drain()
    const owners = await Promise.all(clients.map(async (c) => (await read(c)).owner.id))
    expect(owners.filter((o) => o === anna.actor.userId)).toHaveLength(3)
    await remove(id)
  })

  it('tells people, and those who may not read what it tells only that there is something', async () => {
    const blind = await crm.withRules({ objects: { '*': { read: 'all' } }, fields: { 'client.industry': { read: false } } })
    const { id } = await rule({ trigger: { on: 'changed', fields: ['industry'] }, actions: [{ do: 'notify', to: ['owner', blind.actor.userId], text: 'Now in {industry}' }] })
    const record = await client('Told')
    await update(record, { industry: 'paper' })
    await crm.drain()
    const { rows } = await sql<{ user_id: string, text: string | null }>`select user_id, text from core.notification where kind = 'automation' and record_id = ${record}`.execute(engine.db)
    expect(new Map(rows.map((r) => [r.user_id, r.text]))).toEqual(new Map([[anna.actor.userId, 'Now in paper'], [blind.actor.userId, null]]))
    await remove(id)
  })

  it('asks plugins, by their jobs', async () => {
    expect((await refused({ actions: [{ do: 'plugin', action: 'sms.send', input: {} }] }))!.extensions.fields).toMatchObject([{ field: 'actions.0.input' }])
    expect((await refused({ object: 'order', actions: [{ do: 'plugin', action: 'sms.send', input: { text: 'x' } }] }))!.extensions.fields).toMatchObject([{ field: 'actions.0.action' }])
    expect((await refused({ actions: [{ do: 'plugin', action: 'sms.send', input: { text: 'Hello {nobody}' } }] }))!.extensions.fields).toMatchObject([{ field: 'actions.0.input.text' }])
    const { id } = await rule({ trigger: { on: 'created' }, actions: [{ do: 'plugin', action: 'sms.send', input: { text: 'Welcome, {name} {{:-)' } }] })
    const record = await client('Texted')
    await crm.drain()
    expect(sent).toContainEqual({ text: 'Welcome, Texted {:-)', record: { object: 'client', id: record } })
    await remove(id)
  })

  it('leaves imports alone unless they say otherwise', async () => {
    const { id } = await rule({ trigger: { on: 'created' }, actions: [{ do: 'set', field: 'note', value: 'ruled' }] })
    const { write } = await import('../records/write/writing.ts')
    const { writeRecords } = await import('../records/write/batch.ts')
    const { objectOf } = await import('../model/model.ts')
    const made = async (withoutRules: boolean) => (await write(engine, { ...admin, origin: 'import' }, { withoutRules }, (w) => writeRecords(w, objectOf(w.generation.model, 'client'), [{ op: 'create', input: { name: 'Imported' } }]))).result[0]!.id!
    const [quiet, loud] = [await made(true), await made(false)]
    await crm.drain()
    expect([(await read(quiet)).note, (await read(loud)).note]).toEqual([null, 'ruled'])
    await remove(id)
  })
})

describe('the clock', () => {
  const day = (offset: number): string => new Date(Date.now() + offset * 86_400_000).toISOString().slice(0, 10)
  const backdate = (id: string) => sql`update core.automation_rule set active_since = now() - interval '5 days' where id = ${id}`.execute(engine.db)

  it('brings dates, each once, also a birthday on the 29th of February', async () => {
    const { id } = await rule({ object: 'contact', trigger: { on: 'date', field: 'birthday', days: 0, time: '00:00', yearly: true }, actions: [{ do: 'createTask', title: 'Congratulate', assignee: 'owner' }] })
    await backdate(id)
    const contact = async (birthday: string) => (await one(admin, 'mutation ($input: ContactCreateInput!) { createContact(input: $input) { id } }', { input: { name: 'Birthday', owner: anna.actor.userId, birthday } })).createContact.id as string
    const [born, leap, never] = [await contact('1980-03-05'), await contact('1984-02-29'), await contact('1980-07-07')]
    await tick(automation(), new Date('2027-02-28T12:00:00Z'))
    await tick(automation(), new Date('2027-03-05T12:00:00Z'))
    await tick(automation(), new Date('2027-03-05T12:01:00Z'))
    expect([await tasksOf(born), await tasksOf(leap), await tasksOf(never)].map((t) => t.length)).toEqual([1, 1, 0])
    await remove(id)
  })

  it('brings a date of today that is set after the hour, once', async () => {
    await one(admin, 'mutation { createField(object: "client", input: { name: "due", type: date, labels: { en: "Due" } }) { key } }')
    const dated = { trigger: { on: 'date', field: 'custom.due', days: 0, time: '00:00' }, actions: [{ do: 'note', text: 'Today' }] }
    const [old, fresh] = [await rule({ name: 'Since long', ...dated }), await rule({ name: 'Since now', ...dated })]
    await backdate(old.id)
    await tick(automation())
    await client('Due today', { custom: { due: inZone(new Date(), engine.live.current.company.timeZone).toISODate() } })
    await client('Due yesterday', { custom: { due: inZone(new Date(), engine.live.current.company.timeZone).minus({ days: 1 }).toISODate() } })
    for (let i = 0; i < 2; i++) await tick(automation())
    expect((await runs(old.id)).map((r) => r.title)).toEqual(['Due today'])
    expect(await runs(fresh.id)).toEqual([])
    for (const { id } of [old, fresh]) await remove(id)
  })

  it('brings what was missed while no node was up, and nothing from before the rule', async () => {
    const dated = { trigger: { on: 'date', field: 'custom.until', days: -7, time: '09:00' }, actions: [{ do: 'note', text: 'A week before' }] }
    await one(admin, 'mutation { createField(object: "client", input: { name: "until", type: date, labels: { en: "Until" } }) { key } }')
    const old = await rule({ name: 'Old', ...dated })
    await backdate(old.id)
    const fresh = await rule({ name: 'Fresh', ...dated })
    const record = await client('Contract', { custom: { until: day(5) } })
    await tick(automation())
    expect([await runs(old.id), await runs(fresh.id)].map((r) => r.length)).toEqual([1, 0])
    expect((await runs(old.id))[0]!.title).toBe('Contract')
    for (const { id } of [old, fresh]) await remove(id)
    expect(record).toBeTruthy()
  })

  it('brings stuck records once for each stay, and schedules once a day', async () => {
    const order = (await one(admin, 'mutation { createOrder(input: { subject: "Stuck" }) { id } }')).createOrder.id as string
    await sql`update core."order" set stage_entered_at = now() - interval '50 hours' where id = ${order}`.execute(engine.db)
    const stuck = await rule({ object: 'order', trigger: { on: 'stuck', hours: 48 }, actions: [{ do: 'note', text: 'Stuck' }] })
    const weekly = await rule({ object: 'client', trigger: { on: 'schedule', every: 'day', time: '00:00' }, condition: { name: { eq: 'Daily' } }, actions: [{ do: 'note', text: 'Again' }] })
    await backdate(weekly.id)
    await client('Daily')
    for (let i = 0; i < 3; i++) await tick(automation())
    expect(await runs(stuck.id)).toHaveLength(1)
    expect((await runs(weekly.id)).length).toBeGreaterThanOrEqual(3)
    const before = (await runs(weekly.id)).length
    await tick(automation())
    expect(await runs(weekly.id)).toHaveLength(before)
    for (const { id } of [stuck, weekly]) await remove(id)
  })
})

describe('a field that a rule needs', () => {
  const note = [{ do: 'note', text: 'x' }]
  const hide = async (object: string, field: string, caller = admin) => (await crm.query(caller, 'mutation ($object: String!, $field: String!) { hideField(object: $object, field: $field) { key } }', { object, field })).errors?.[0]
  it('is not hidden while the rule is on, by whatever way it comes to the field', async () => {
    for (const name of ['tier', 'tier2']) await one(admin, `mutation { createField(object: "order", input: { name: "${name}", type: text, labels: { en: "Tier" } }) { key } }`)
    for (const input of [
      { object: 'order', condition: { custom: { tier: { eq: 'a' } } }, actions: note }, { condition: { orders: { some: { custom: { tier: { eq: 'a' } } } } }, actions: note },
      { object: 'order', actions: [{ do: 'note', text: '{custom.tier}' }] }, { object: 'order', actions: [{ do: 'set', field: 'custom.tier', value: 'b' }] },
      { object: 'order', trigger: { on: 'changed', fields: ['custom.tier'] }, actions: note },
    ]) {
      const { id, version } = await rule({ name: 'Needs', trigger: { on: 'created' }, ...input })
      expect(await hide('order', 'custom.tier'), JSON.stringify(input)).toMatchObject({ message: 'The field is read by rule Needs: take it out there first.', extensions: { code: 'CONFLICT' } })
      expect((await hide('order', 'custom.tier', await crm.withRules({ capabilities: ['model.manage'], objects: { '*': { read: 'all' } } })))!.extensions.usedBy).toEqual(['rule'])
      expect(await hide('order', 'custom.tier2')).toBeUndefined()
      await one(admin, 'mutation { restoreField(object: "order", field: "custom.tier2") { key } }')
      await one(admin, 'mutation ($id: ID!, $version: Int!, $input: AutomationRuleInput!) { updateAutomationRule(id: $id, version: $version, input: $input) { id } }', { id, version, input: { name: 'Needs', object: 'client', trigger: { on: 'created' }, ...input, active: false } })
      expect(await hide('order', 'custom.tier')).toBeUndefined()
      await one(admin, 'mutation { restoreField(object: "order", field: "custom.tier") { key } }')
      await remove(id)
    }
  })

  it('and that is gone all the same stops that rule only, which says so', async () => {
    await one(admin, 'mutation { createField(object: "order", input: { name: "grade", type: text, labels: { en: "Grade" } }) { key } }')
    const order = (await one(admin, 'mutation { createOrder(input: { subject: "Held up" }) { id } }')).createOrder.id as string
    await sql`update core."order" set stage_entered_at = now() - interval '2 hours' where id = ${order}`.execute(engine.db)
    const input = { object: 'order', trigger: { on: 'stuck', hours: 1 }, actions: note }
    const broken = await rule({ ...input, name: 'A broken one', condition: { custom: { grade: { isNull: true } } } })
    const sound = await rule({ ...input, name: 'B', condition: { subject: { eq: 'Held up' } } })
    const hidden = async (yes: boolean) => {
      await sql`with r as (update core.revision set shape = shape + 1) update core.field set hidden_at = ${yes ? sql`now()` : null} where object = 'order' and name = 'grade'`.execute(engine.db)
      await engine.live.refresh()
    }
    const problems = async (reader: Caller) => new Map((await one(reader, '{ automationRules { id problem } }')).automationRules.map((r: { id: string, problem: string | null }) => [r.id, r.problem]))
    await hidden(true)
    await tick(automation())
    expect([await runs(broken.id), await runs(sound.id)].map((r) => r.length)).toEqual([0, 1])
    expect((await problems(admin)).get(broken.id)).toBe('Order has no field "custom.grade".')
    expect((await problems(await crm.as('administrator', { locale: 'ru' }))).get(broken.id)).toBe('Поля «custom.grade» нет.')
    expect((await problems(admin)).get(sound.id)).toBeNull()
    await hidden(false)
    await tick(automation())
    expect((await problems(admin)).get(broken.id)).toBeNull()
    expect((await runs(broken.id)).length).toBeGreaterThan(0)
    for (const { id } of [broken, sound]) await remove(id)
  })
})

describe('a run', () => {
  const stuckOrder = async (subject: string) => {
    const id = (await one(admin, 'mutation ($subject: String!) { createOrder(input: { subject: $subject }) { id } }', { subject })).createOrder.id as string
    await sql`update core."order" set stage_entered_at = now() - interval '3 hours' where id = ${id}`.execute(engine.db)
    return { id, input: { object: 'order', trigger: { on: 'stuck', hours: 2 }, condition: { subject: { eq: subject } } } }
  }

  it('that failed is noted only together with its next attempt', async () => {
    const { input } = await stuckOrder('Fails')
    const { id } = await rule({ ...input, actions: [{ do: 'set', field: 'subject', expression: 'left(subject + subject + subject + subject, 1000)' }, { do: 'assign', to: ['00000000-0000-4000-8000-000000000000'] }] })
    const dead: Automation = { ...automation(), again: async () => { throw new Error('the queue is away') } }
    await tick(dead)
    expect(await runs(id)).toEqual([])
    const asked: unknown[] = []
    const wakes: Automation = { ...automation(), again: async (trx) => { asked.push((await sql<{ n: number }>`select count(*)::int as n from core.automation_run where rule_id = ${id}`.execute(trx)).rows[0]!.n, (await runs(id)).length) } }
    await tick(wakes)
    expect(asked).toEqual([1, 0])
    expect(await runs(id)).toMatchObject([{ state: 'FAILED' }])
    await remove(id)
  })

  it('tells one person of each of its actions', async () => {
    const { id } = await rule({ trigger: { on: 'created' }, actions: [{ do: 'notify', to: [boris.actor.userId], text: 'First' }, { do: 'notify', to: [boris.actor.userId], text: 'Second' }] })
    const record = await client('Told twice')
    await crm.drain()
    const { rows } = await sql<{ text: string }>`select text from core.notification where kind = 'automation' and record_id = ${record} order by text`.execute(engine.db)
    expect(rows.map((r) => r.text)).toEqual(['First', 'Second'])
    await remove(id)
  })

  it('asks its condition again when another one of the record has ended', async () => {
    const { id } = await rule({ object: 'order', trigger: { on: 'changed' }, condition: { withoutNextStep: true }, actions: [{ do: 'createTask', title: 'Next', assignee: admin.actor.userId }] })
    const order = (await one(admin, 'mutation { createOrder(input: { subject: "Twice" }) { id } }')).createOrder.id as string
    const [saved] = await loadRules(engine.db, { id })
    const second = { key: 'event:b', name: 'order.updated', recordId: order }
    let other: Promise<unknown> | undefined
    saved!.actions.push({ do: 'plugin', action: 'sms.send', input: {} })
    const slow: Automation = { ...automation(), outside: { tellOutside: async () => undefined, async enqueue() {
      // The first one has its task, which nobody else sees yet.
      other = attempt(automation(), saved!, second)
      await Promise.race([other, vi.waitFor(async () => expect((await sql`select 1 from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'`.execute(engine.db)).rows).not.toEqual([]), { timeout: 20_000 })])
    } } }
    await attempt(slow, saved!, { key: 'event:a', name: 'order.updated', recordId: order })
    await other
    expect(await tasksOf(order)).toHaveLength(1)
    expect(await runs(id)).toHaveLength(1)
    await remove(id)
  })

  it('of a stay is kept as long as the stay, whatever its age', async () => {
    const { id: order, input } = await stuckOrder('Long')
    const { id } = await rule({ ...input, actions: [{ do: 'note', text: 'Stuck' }] })
    await tick(automation())
    const ages = () => sql`update core.automation_run set at = now() - interval '200 days' where rule_id = ${id}`.execute(engine.db)
    const [first] = await runs(id)
    await ages()
    await removeOldRuns(engine)
    await tick(automation())
    expect((await runs(id)).map((r) => r.id)).toEqual([first!.id])
    await ages()
    await sql`update core."order" set stage_entered_at = now() where id = ${order}`.execute(engine.db)
    await removeOldRuns(engine)
    expect(await runs(id)).toEqual([])
    await remove(id)
  })

  it('that failed ends when its condition no longer holds, and is not retried by a rule that is off', async () => {
    await one(admin, 'mutation { createField(object: "client", input: { name: "short", type: text, maxLength: 3, labels: { en: "Short" } }) { key } }')
    const input = { name: 'Fails', object: 'client', trigger: { on: 'changed', fields: ['industry'] }, condition: { industry: { ne: 'calm' } }, actions: [{ do: 'set', field: 'custom.short', expression: 'industry' }] }
    const { id, version } = await rule(input)
    const record = await client('Calmed')
    await update(record, { industry: 'far too long' })
    await crm.drain()
    const [failed] = await runs(id)
    expect(failed).toMatchObject({ state: 'FAILED' })
    const retry = () => crm.query(admin, 'mutation ($id: ID!) { retryAutomationRun(id: $id) }', { id: failed!.id })
    const save = (v: number, active: boolean) => one(admin, 'mutation ($id: ID!, $v: Int!, $input: AutomationRuleInput!) { updateAutomationRule(id: $id, version: $v, input: $input) { id } }', { id, v, input: { ...input, active } })
    await save(version, false)
    expect((await retry()).errors![0]!.message).toBe('The rule is switched off.')
    await save(version + 1, true)
    await update(record, { industry: 'calm' })
    await crm.drain()
    expect((await retry()).errors).toBeUndefined()
    await crm.drain()
    expect(await runs(id)).toMatchObject([{ id: failed!.id, state: 'STOPPED', error: 'condition' }])
    await remove(id)
  })
})

describe('two nodes', () => {
  it('run a rule once for each cause', async () => {
    const other = await openKartotek({ db: crm.kartotek.db, log: testLog, secret: 'a secret of the tests, thirty-two characters long', filesDir: crm.dataDir, accounts: { publicUrl: 'http://127.0.0.1:3000' }, work: false })
    const { id } = await rule({ trigger: { on: 'stuck', hours: 1 }, object: 'order', condition: { subject: { eq: 'Both' } }, actions: [{ do: 'createTask', title: 'Push', assignee: admin.actor.userId }] })
    const orders = []
    for (let i = 0; i < 8; i++) orders.push((await one(admin, 'mutation { createOrder(input: { subject: "Both" }) { id } }')).createOrder.id as string)
    await sql`update core."order" set stage_entered_at = now() - interval '2 hours' where id = any(${orders}::uuid[])`.execute(engine.db)
    await Promise.all([tick(automation()), tick({ ...automation(), engine: other.engine })])
    expect(await runs(id)).toHaveLength(8)
    for (const order of orders) expect(await tasksOf(order)).toHaveLength(1)
    await other.close()
    await remove(id)
  })

  it('do what one of them left when it died in the middle', async () => {
    const { id } = await rule({ trigger: { on: 'created' }, actions: [{ do: 'note', text: 'Once' }] })
    const record = await client('Interrupted')
    const [saved] = await loadRules(engine.db, { id })
    // What a killed process leaves: nothing, because its transaction never ended.
    await attempt(automation(), saved!, { key: 'event:x', name: 'client.created', recordId: record })
    await attempt(automation(), saved!, { key: 'event:x', name: 'client.created', recordId: record })
    expect((await runs(id)).filter((r) => r.title === 'Interrupted')).toHaveLength(1)
    await remove(id)
  })
})

describe('setting up', () => {
  it('is for who manages automation, sees all records, and may write what the rule writes', async () => {
    const actions = [{ do: 'set', field: 'note', value: 'x' }]
    expect((await refused({ actions }, anna))!.message).toContain('automation.manage')
    const rules = { capabilities: ['automation.manage'], fields: { 'client.industry': { read: false }, 'client.note': { write: false } } }
    const own = await crm.withRules({ ...rules, objects: { '*': { read: 'own', update: 'own' } } })
    expect((await refused({ actions }, own))!.message).toContain('acts on all records')
    const half = await crm.withRules({ ...rules, objects: { '*': { read: 'all', update: 'all', create: 'all' } } })
    expect(await refused({ actions }, half)).toBeDefined()
    expect(await refused({ actions: [{ do: 'set', field: 'website', expression: 'industry' }] }, half)).toBeDefined()
    expect(await refused({ actions: [{ do: 'note', text: '{industry}' }] }, half)).toBeDefined()
    expect(await refused({ actions: [{ do: 'plugin', action: 'sms.send', input: { text: '{industry}' } }] }, half)).toBeDefined()
    expect(await refused({ condition: { industry: { eq: 'x' } }, actions: [{ do: 'note', text: 'x' }] }, half)).toBeDefined()
    expect(await refused({ trigger: { on: 'changed', fields: ['industry'] }, actions: [{ do: 'note', text: 'x' }] }, half)).toBeDefined()
    expect(await refused({ actions: [{ do: 'note', text: '{name}' }] }, half)).toBeUndefined()
  })

  it.each([
    [{ actions: [] }], [{ actions: [{ do: 'explode' }] }], [{ actions: [{ do: 'set', field: 'createdAt', value: 1 }] }], [{ actions: [{ do: 'note', text: '{nowhere}' }] }], [{ actions: [{ do: 'note', text: '{name' }] }],
    [{ trigger: { on: 'stuck' }, actions: [{ do: 'note', text: 'x' }] }], [{ trigger: { on: 'date', field: 'name', days: 1, time: '09:00' }, actions: [{ do: 'note', text: 'x' }] }], [{ condition: { nowhere: { eq: 1 } }, actions: [{ do: 'note', text: 'x' }] }],
    [{ object: 'contactPoint', actions: [{ do: 'note', text: 'x' }] }], [{ actions: [{ do: 'set', field: 'custom.score', expression: 'name' }] }], [{ name: ' ', actions: [{ do: 'note', text: 'x' }] }],
  ])('refuses %j', async (input) => expect(await refused(input)).toBeDefined())

  it('can be rehearsed: it is told what would be done, and nothing is', async () => {
    const record = await client('Rehearsed', { industry: 'silk' })
    const input = { name: 'R', object: 'client', trigger: { on: 'created' }, condition: { industry: { eq: 'silk' } }, actions: [{ do: 'set', field: 'note', expression: 'upper(industry)' }, { do: 'createTask', title: 'For {name}', assignee: 'owner' }] }
    const { rehearseAutomation } = await one(admin, 'query ($input: AutomationRuleInput!, $records: [ID!]) { rehearseAutomation(input: $input, records: $records) { record title meets steps error } }', { input, records: [record] })
    expect(rehearseAutomation).toMatchObject([{ record, title: 'Rehearsed', meets: true, error: null, steps: [{ do: 'set', value: 'SILK' }, { do: 'createTask', title: 'For Rehearsed' }] }])
    expect([await tasksOf(record), (await read(record)).note]).toEqual([[], null])
    // Where nobody else is there, the task goes to whoever makes the rule.
    await one(admin, 'mutation ($id: ID!) { updateClient(id: $id, input: { owner: null }) { id } }', { id: record })
    const again = await one(admin, 'query ($input: AutomationRuleInput!, $records: [ID!]) { rehearseAutomation(input: $input, records: $records) { steps error } }', { input, records: [record] })
    expect(again.rehearseAutomation).toMatchObject([{ error: null, steps: [{ do: 'set' }, { do: 'createTask', owner: admin.actor.userId }] }])
  })

  it('is kept as a change of the configuration, refuses stale versions and comes back from the trash', async () => {
    const { id, version } = await rule({ name: 'Kept', trigger: { on: 'created' }, actions: [{ do: 'note', text: 'x' }] })
    const input = { name: 'Kept on', object: 'client', active: true, trigger: { on: 'created' }, actions: [{ do: 'note', text: 'y' }] }
    const save = (v: number) => crm.query(admin, 'mutation ($id: ID!, $v: Int!, $input: AutomationRuleInput!) { updateAutomationRule(id: $id, version: $v, input: $input) { version } }', { id, v, input })
    expect((await save(version)).errors).toBeUndefined()
    expect((await save(version)).errors![0]!.extensions.code).toBe('CONFLICT')
    await remove(id)
    expect((await one(admin, 'mutation ($id: ID!) { restoreAutomationRule(id: $id) { name active } }', { id })).restoreAutomationRule).toEqual({ name: 'Kept on', active: false })
    const { changeSets } = await one(admin, '{ changeSets(configuration: true, first: 4) { nodes { summary } } }')
    expect(changeSets.nodes.filter((s: { summary: string }) => s.summary.includes('Kept'))).toHaveLength(4)
  })

  it('begins with recipes that are rules', async () => {
    for (const locale of ['ru', 'uk', 'fi', 'en'] as const) {
      const reader = await crm.as('administrator', { locale })
      const { automationRecipes } = await one(reader, '{ automationRecipes { key rule } }')
      for (const { key, rule: input } of automationRecipes) expect(await refused(input, reader), `${locale} ${key}`).toBeUndefined()
    }
  })
})
