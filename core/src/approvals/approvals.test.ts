import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { sql } from 'kysely'
import type { Caller } from '../access/caller.ts'
import { testCrm } from '../testing/crm.ts'

const letters: { to: string, subject: string, text: string }[] = []
const crm = await testCrm({ work: false, sendMail: async (mail) => { letters.push(mail) } })
afterAll(() => crm.close())
const { db } = crm.kartotek.engine

const all = { read: 'all', create: 'all', update: 'all', delete: 'all' } as const
let admin: Caller, head: Caller, anna: Caller, stranger: Caller, clerk: Caller, reader: Caller, blind: Caller
let pipeline: { id: string, version: number, stages: { id: string, key: string }[] }
const stage = (key: string): string => pipeline.stages.find((s) => s.key === key)!.id

const one = async (caller: Caller, source: string, variables: Record<string, unknown> = {}) => {
  const { data, errors, changeSets } = await crm.query(caller, source, variables)
  if (errors) throw new Error(JSON.stringify(errors))
  return { ...data, changeSets }
}
const refusal = async (caller: Caller, source: string, variables: Record<string, unknown> = {}) => (await crm.query(caller, source, variables)).errors?.[0]
const FIELDS = 'id state note unmet mayDecide mayWithdraw stage { key } record { object id title } askedBy { id name } askedAt'
const ASK = `mutation ($id: ID!, $stage: ID!, $note: String, $object: String = "order") { requestStageApproval(object: $object, id: $id, stage: $stage, note: $note) { ${FIELDS} } }`
const DECIDE = `mutation ($id: ID!, $approve: Boolean!, $note: String, $version: Int) { decideStageApproval(id: $id, approve: $approve, note: $note, version: $version) { ${FIELDS} } }`
const WITHDRAW = `mutation ($id: ID!) { withdrawStageApproval(id: $id) { ${FIELDS} } }`
const OPEN = `query ($id: ID!) { stageApproval(object: "order", id: $id) { ${FIELDS} } }`
const ask = async (caller: Caller, id: string, note: string | null = 'Please', key = 'shipped') => (await one(caller, ASK, { id, stage: stage(key), note })).requestStageApproval
const order = async (caller: Caller, subject = 'Windows') => (await one(caller, 'mutation ($input: OrderCreateInput!) { createOrder(input: $input) { id version } }', { input: { subject, pipeline: pipeline.id } })).createOrder as { id: string, version: number }
const at = async (id: string) => (await one(admin, 'query ($id: ID!) { order(id: $id) { stage { key } } }', { id })).order.stage.key
const move = (caller: Caller, id: string, key: string) => one(caller, 'mutation ($id: ID!, $stage: ID!) { updateOrder(id: $id, input: { stage: $stage }) { id } }', { id, stage: stage(key) })
const drain = async (): Promise<void> => { expect((await crm.drain()).failed).toEqual([]) }
const told = async (caller: Caller) => (await one(caller, '{ notifications(first: 50) { nodes { kind title text record { id } } } }')).notifications.nodes as { kind: string, title: string, text: string, record: { id: string } }[]
const shelf = async (caller: Caller, name: string) => ((await one(caller, `{ stageApprovals(shelf: ${name}) { record { id } } }`)).stageApprovals as { record: { id: string } }[]).map((a) => a.record.id)

beforeAll(async () => {
  admin = await crm.as('administrator')
  head = await crm.as('head_of_sales')
  anna = await crm.as('manager')
  stranger = await crm.as('manager')
  // May enter one of the stages by his role, and passes nothing else.
  clerk = await crm.withRules({ objects: { '*': all } })
  reader = await crm.withRules({ objects: { '*': { read: 'all' } }, capabilities: ['gates.pass'] })
  blind = await crm.withRules({ objects: { '*': all }, fields: { 'order.stage': { read: false, write: false }, 'order.comment': { read: false, write: false } }, capabilities: ['gates.pass'] })
  const labels = { en: 'Gated' }
  pipeline = (await one(admin, 'mutation ($input: PipelineInput!) { createPipeline(input: $input) { id version stages { id key } } }', { input: { object: 'order', key: 'gated', labels, stages: [
    { key: 'new', labels: { en: 'New' }, kind: 'OPEN' },
    { key: 'work', labels: { en: 'In work' }, kind: 'OPEN' },
    { key: 'shipped', labels: { en: 'Shipped', ru: 'Отгружен' }, kind: 'OPEN', gate: { requiredFields: ['comment'] } },
    { key: 'signed', labels: { en: 'Signed' }, kind: 'OPEN', gate: { mayPass: [clerk.actor.roleIds[0]] } },
  ] } })).createPipeline
})
beforeEach(async () => {
  await drain()
  await sql`delete from core.notification`.execute(db)
  letters.length = 0
})

describe('asking', () => {
  it('is for a stage that is closed; the record, its timeline and those who may decide have it', async () => {
    const { id } = await order(anna)
    expect((await refusal(anna, ASK, { id, stage: stage('work') }))!.extensions.code).toBe('CONFLICT')
    expect(await at(id)).toBe('new')
    const asked = await ask(anna, id, 'The client is in a hurry')
    expect(asked).toMatchObject({ state: 'WAITING', stage: { key: 'shipped' }, note: 'The client is in a hurry', mayDecide: false, mayWithdraw: true, askedBy: { id: anna.actor.userId }, record: { object: 'order', id } })
    expect(asked.unmet).toEqual(['Fill in “Comment”.'])
    expect((await one(head, OPEN, { id })).stageApproval).toMatchObject({ id: asked.id, mayDecide: true, mayWithdraw: false })
    expect((await one(reader, OPEN, { id })).stageApproval).toMatchObject({ mayDecide: false })
    expect(await shelf(head, 'TO_DECIDE')).toContain(id)
    expect(await shelf(anna, 'ASKED')).toEqual([id])
    for (const caller of [anna, reader, clerk]) expect(await shelf(caller, 'TO_DECIDE')).toEqual([])
    const { timeline } = await one(anna, 'query ($id: ID!) { timeline(object: "order", id: $id, kinds: ["approval"]) { nodes { kind heading text author { id } } } }', { id })
    expect(timeline.nodes).toEqual([{ kind: 'approval', heading: expect.stringMatching(/Shipped|Отгружен/), text: 'The client is in a hurry', author: { id: anna.actor.userId } }])
    await drain()
    expect(await told(head)).toMatchObject([{ kind: 'gateApproval', title: `${anna.actor.name}: stage approval`, text: expect.stringContaining('The client is in a hurry'), record: { id } }])
    for (const caller of [anna, stranger, reader, clerk, blind]) expect(await told(caller)).toEqual([])
    await one(anna, WITHDRAW, { id: asked.id })
  })

  it('again for the same stage begins anew, for another one it replaces; one waits at a time', async () => {
    const { id } = await order(anna)
    const first = await ask(anna, id, 'one')
    const again = await ask(anna, id, 'two')
    expect(again).toMatchObject({ id: first.id, note: 'two' })
    const other = await ask(anna, id, 'three', 'signed')
    expect(other.id).not.toBe(first.id)
    expect((await one(anna, OPEN, { id })).stageApproval).toMatchObject({ id: other.id, stage: { key: 'signed' } })
    expect((await refusal(head, DECIDE, { id: first.id, approve: true }))!.extensions.code).toBe('CONFLICT')
    await Promise.all([ask(anna, id, 'a'), ask(anna, id, 'b'), ask(admin, await order(admin).then((o) => o.id), null, 'shipped')])
    expect((await sql`select 1 from core.stage_approval where record_id = ${id} and state = 'waiting'`.execute(db)).rows).toHaveLength(1)
  })

  it('says nothing to who does not see the record or its stages', async () => {
    const { id } = await order(anna)
    const { id: request } = await ask(anna, id)
    for (const caller of [stranger, blind, await crm.withRules({})]) {
      const answers = [
        await refusal(caller, OPEN, { id }), await refusal(caller, ASK, { id, stage: stage('shipped') }), await refusal(caller, DECIDE, { id: request, approve: true }),
        await refusal(caller, DECIDE, { id: request, approve: false }), await refusal(caller, WITHDRAW, { id: request }),
      ]
      expect(answers.map((a) => a!.extensions.code)).toEqual(Array(5).fill('NOT_FOUND'))
      expect(await shelf(caller, 'TO_DECIDE')).toEqual([])
    }
    await drain()
    expect([await told(stranger), await told(blind)]).toEqual([[], []])
  })

  it('cannot be pretended on the timeline', async () => {
    const { id } = await order(anna)
    const { id: request } = await ask(anna, id)
    expect((await refusal(anna, 'mutation ($id: ID!) { createTimelineEntry(input: { subject: { object: "order", id: $id }, kind: "approval", heading: "Approved" }) { id } }', { id }))!.extensions.code).toBe('FORBIDDEN')
    const entry = (await one(anna, 'query ($id: ID!) { timeline(object: "order", id: $id, kinds: ["approval"]) { nodes { id } } }', { id })).timeline.nodes[0].id
    expect((await refusal(anna, 'mutation ($id: ID!) { updateTimelineEntry(id: $id, input: { text: "no" }) { id } }', { id: entry }))!.extensions.code).toBe('FORBIDDEN')
    for (const caller of [anna, admin]) expect((await refusal(caller, 'mutation ($id: ID!) { deleteTimelineEntry(id: $id) { id } }', { id: entry }))!.extensions.code).toBe('FORBIDDEN')
    const { rows: [set] } = await sql<{ id: string }>`select change_set_id as id from core.stage_approval where id = ${request}`.execute(db)
    expect((await one(anna, 'mutation ($id: ID!) { revertChangeSet(id: $id) { reverted kept { reason } } }', { id: set!.id })).revertChangeSet).toEqual({ reverted: 0, kept: [{ reason: 'invalid' }] })
    const elsewhere = await order(anna)
    expect((await refusal(anna, 'mutation ($id: ID!, $other: ID!) { updateTimelineEntry(id: $id, input: { subject: { object: "order", id: $other } }) { id } }', { id: entry, other: elsewhere.id }))!.extensions.code).toBe('FORBIDDEN')
    expect((await crm.query(anna, 'mutation ($id: ID!, $at: DateTime!) { updateTimelineEntry(id: $id, input: { pinnedAt: $at }) { id } }', { id: entry, at: new Date().toISOString() })).errors).toBeUndefined()
    expect((await one(anna, '{ timelineKinds { key writable } }')).timelineKinds).toContainEqual({ key: 'approval', writable: false })
    await one(anna, WITHDRAW, { id: request })
  })
})

describe('deciding', () => {
  it('moves the record as the approver, flagged as passed unmet, and tells who asked', async () => {
    const { id } = await order(anna)
    const { id: request } = await ask(anna, id)
    const { decideStageApproval, changeSets } = await one(head, DECIDE, { id: request, approve: true, note: 'Fine' })
    expect(decideStageApproval).toMatchObject({ state: 'APPROVED', note: null, mayDecide: false })
    expect(await at(id)).toBe('shipped')
    const { rows: [set] } = await sql<{ user_id: string, origin: string, passed: object[] }>`select user_id, origin, flags -> 'passedGates' as passed from core.change_set where id = ${changeSets[0]}`.execute(db)
    expect(set).toMatchObject({ user_id: head.actor.userId, origin: 'api', passed: [{ object: 'order', id, stage: stage('shipped') }] })
    await drain()
    expect(await told(anna)).toMatchObject([{ kind: 'gateApproval', title: `${head.actor.name}: stage approval`, text: 'Stage “Shipped” approved\nFine', record: { id } }])
    expect(letters.find((letter) => letter.to.startsWith(anna.actor.userId!))?.text).toContain('Fine')
    expect((await one(anna, OPEN, { id })).stageApproval).toBeNull()
  })

  it('against it needs a note, and the record stays', async () => {
    const { id } = await order(anna)
    const { id: request } = await ask(anna, id)
    expect((await refusal(head, DECIDE, { id: request, approve: false, note: ' ' }))!.extensions).toMatchObject({ code: 'INVALID_INPUT', fields: [{ field: 'note', rule: 'required' }] })
    await one(head, DECIDE, { id: request, approve: false, note: 'Write the comment first' })
    expect(await at(id)).toBe('new')
    await drain()
    expect((await told(anna))[0]!.text).toBe('Stage “Shipped” declined\nWrite the comment first')
    const { timeline } = await one(anna, 'query ($id: ID!) { timeline(object: "order", id: $id, kinds: ["approval"]) { nodes { text author { id } } } }', { id })
    expect(timeline.nodes[0]).toEqual({ text: 'Write the comment first', author: { id: head.actor.userId } })
  })

  it('is for who may pass the gate and change the record', async () => {
    const { id } = await order(anna)
    const { id: request } = await ask(anna, id)
    for (const caller of [anna, reader, clerk]) expect((await refusal(caller, DECIDE, { id: request, approve: true }))!.extensions.code).toBe('FORBIDDEN')
    // Who has the right himself may answer himself.
    const mine = await order(head)
    await one(head, DECIDE, { id: (await ask(head, mine.id)).id, approve: true })
    expect(await at(mine.id)).toBe('shipped')
  })

  it('by a role that may enter gives no more than the role has', async () => {
    const { id } = await order(anna)
    const { id: request } = await ask(anna, id, null, 'signed')
    await drain()
    expect(await told(clerk)).toHaveLength(1)
    expect(await shelf(clerk, 'TO_DECIDE')).toContain(id)
    const { changeSets } = await one(clerk, DECIDE, { id: request, approve: true })
    expect(await at(id)).toBe('signed')
    expect((await sql<{ flags: object }>`select flags from core.change_set where id = ${changeSets[0]}`.execute(db)).rows[0]!.flags).toEqual({})
  })

  it('happens once, of two at the same moment', async () => {
    const { id } = await order(anna)
    const { id: request } = await ask(anna, id)
    const answers = await Promise.all([crm.query(head, DECIDE, { id: request, approve: true }), crm.query(admin, DECIDE, { id: request, approve: false, note: 'no' })])
    const refused = answers.filter((a) => a.errors)
    expect(refused).toHaveLength(1)
    expect(refused[0]!.errors![0]).toMatchObject({ message: 'Somebody has decided this request already.', extensions: { code: 'CONFLICT' } })
    expect((await one(admin, 'query ($id: ID!) { timeline(object: "order", id: $id, kinds: ["approval"]) { nodes { id } } }', { id })).timeline.nodes).toHaveLength(2)
  })

  it('stops where the record or the gate is another one by now', async () => {
    const moved = await order(anna)
    const first = await ask(anna, moved.id)
    await move(anna, moved.id, 'work')
    await move(anna, moved.id, 'new')
    expect((await refusal(head, DECIDE, { id: first.id, approve: true }))!.message).toMatch(/moved on/)
    expect((await one(head, OPEN, { id: moved.id })).stageApproval).toBeNull()

    const changed = await order(anna)
    const second = await ask(anna, changed.id)
    await one(anna, 'mutation ($id: ID!) { updateOrder(id: $id, input: { subject: "Ten times as much" }) { id } }', { id: changed.id })
    expect((await refusal(head, DECIDE, { id: second.id, approve: true, version: changed.version }))!.extensions).toMatchObject({ code: 'CONFLICT', version: changed.version + 1 })
    const { pipelines } = await one(admin, '{ pipelines(object: "order") { id version key labels stages { id key labels kind gate { requiredFields mayPass } } } }')
    const { id, version, ...input } = pipelines.find((p: { key: string }) => p.key === 'gated')
    const stages = input.stages.map((s: { key: string, gate: object }) => (s.key === 'shipped' ? { ...s, gate: { requiredFields: ['comment', 'dueOn'] } } : s))
    const save = (v: number, list: object[]) => one(admin, 'mutation ($id: ID!, $version: Int!, $input: PipelineInput!) { updatePipeline(id: $id, version: $version, input: $input) { version } }', { id, version: v, input: { ...input, object: 'order', stages: list } })
    const { updatePipeline } = await save(version, stages)
    expect((await refusal(head, DECIDE, { id: second.id, approve: true }))!.message).toMatch(/rules of this stage/)
    await save(updatePipeline.version, input.stages)
    await one(head, DECIDE, { id: second.id, approve: true, version: changed.version + 1 })
    expect(await at(changed.id)).toBe('shipped')
  })
})

describe('a request ends', () => {
  it('when who asked takes it back, and nobody else', async () => {
    const { id } = await order(anna)
    const { id: request } = await ask(anna, id)
    expect((await refusal(head, WITHDRAW, { id: request }))!.extensions.code).toBe('FORBIDDEN')
    expect((await one(anna, WITHDRAW, { id: request })).withdrawStageApproval.state).toBe('WITHDRAWN')
    expect((await refusal(head, DECIDE, { id: request, approve: true }))!.message).toMatch(/withdrawn/)
  })

  it('by itself when its record moves on or is trashed, and forgets the note', async () => {
    const [moved, trashed] = [await order(anna), await order(anna)]
    const requests = [await ask(anna, moved.id), await ask(anna, trashed.id)].map((r) => r.id)
    await move(anna, moved.id, 'work')
    await one(anna, 'mutation ($id: ID!) { deleteOrder(id: $id) { id } }', { id: trashed.id })
    for (const id of [moved.id, trashed.id]) expect((await one(head, OPEN, { id })).stageApproval).toBeNull()
    await drain()
    expect((await sql`select distinct state, note from core.stage_approval where id = any(${requests}::uuid[])`.execute(db)).rows).toEqual([{ state: 'ended', note: null }])
    expect(await told(head)).toEqual([])
  })

  it('and takes its notices back where it ends undecided; what was decided stays told', async () => {
    const [withdrawn, moved, replaced, decided] = [await order(anna), await order(anna), await order(anna), await order(anna)]
    const requests = [await ask(anna, withdrawn.id), await ask(anna, moved.id), await ask(anna, replaced.id), await ask(anna, decided.id)].map((r) => r.id as string)
    await drain()
    await ask(anna, withdrawn.id, 'Once more')
    await drain()
    expect((await told(head)).map((n) => n.record.id)).toEqual(expect.arrayContaining([withdrawn.id, moved.id, replaced.id, decided.id]))
    await one(anna, WITHDRAW, { id: requests[0] })
    await move(anna, moved.id, 'work')
    await ask(anna, replaced.id, 'Another one', 'signed')
    await one(admin, DECIDE, { id: requests[3], approve: true })
    await drain()
    expect((await told(head)).map((n) => [n.record.id, n.text.includes('Signed')]).sort()).toEqual([[replaced.id, true], [decided.id, false]].sort())
  })
})
