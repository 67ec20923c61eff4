import { sql } from 'kysely'
import { afterAll, describe, expect, it } from 'vitest'
import { objectOf } from '../model/model.ts'
import { writeRecords } from '../records/write/batch.ts'
import { write } from '../records/write/writing.ts'
import { testAutomation } from './testing.ts'

const { crm, engine, sent, admin, anna, boris, one, rule, refused, remove, client, update, read, tasksOf, runs } = await testAutomation()
afterAll(() => crm.close())

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

  it('answers to what a plugin says happened to a record', async () => {
    const { id } = await rule({ trigger: { on: 'event', name: 'plugin.sms.answered' }, actions: [{ do: 'set', field: 'note', value: 'answered' }] })
    const [record, other] = [await client('Writing'), await client('Silent')]
    await crm.kartotek.host.contextFor('sms').emit('answered', { object: 'client', id: record })
    await crm.drain()
    expect([(await read(record)).note, (await read(other)).note]).toEqual(['answered', null])
    expect((await one(admin, '{ pluginEvents { name label plugin } }')).pluginEvents).toEqual([{ name: 'plugin.sms.answered', label: 'An SMS was answered', plugin: 'sms' }])
    expect((await crm.query(anna, '{ pluginEvents { name } }')).errors![0]!.extensions.code).toBe('FORBIDDEN')
    await remove(id)
  })

  it('answers to the stage that was entered, and moves on', async () => {
    const stages = (await one(admin, '{ pipelines(object: "order") { stages { id kind } } }')).pipelines[0].stages.filter((s: { kind: string }) => s.kind === 'OPEN') as { id: string }[]
    const { id } = await rule({ object: 'order', trigger: { on: 'stageEntered', stages: [stages[1]!.id] }, actions: [{ do: 'set', field: 'subject', expression: '"at " + currency' }, { do: 'move', stage: stages[2]!.id }] })
    const order = (await one(admin, 'mutation { createOrder(input: { subject: "Windows", currency: "EUR" }) { id } }')).createOrder.id as string
    await crm.drain()
    expect(await runs(id)).toHaveLength(0)
    await one(admin, 'mutation ($id: ID!, $stage: ID!) { updateOrder(id: $id, input: { stage: $stage }) { id } }', { id: order, stage: stages[1]!.id })
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
    expect((await refused({ actions: [{ do: 'plugin', action: 'sms.send', input: {} }] }))!.extensions.fields).toMatchObject([{ field: 'actions.0.input.text' }])
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
    const made = async (withoutRules: boolean) => (await write(engine, { ...admin, origin: 'import' }, { withoutRules }, (w) => writeRecords(w, objectOf(w.generation.model, 'client'), [{ op: 'create', input: { name: 'Imported' } }]))).result[0]!.id!
    const [quiet, loud] = [await made(true), await made(false)]
    await crm.drain()
    expect([(await read(quiet)).note, (await read(loud)).note]).toEqual([null, 'ruled'])
    await remove(id)
  })
})
