import { sql } from 'kysely'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Caller } from '../access/caller.ts'
import { columnOf, objectOf } from '../model/model.ts'
import { testCrm } from '../testing/crm.ts'

const crm = await testCrm()
afterAll(() => crm.close())
const { engine } = crm.kartotek
const one = crm.ask

describe('clients to look after', () => {
  const names = (caller: Caller, filter: string) => one(caller, `{ clients(filter: ${filter}, first: 100, orderBy: [{ field: name }]) { nodes { name } total { value } } }`).then((d) => d.clients.nodes.map((n: { name: string }) => n.name))
  const create = (input: Record<string, unknown>) => one(dora, 'mutation ($input: TaskCreateInput!) { createTask(input: $input) { id } }', { input })
  let dora: Caller, ordered: string, missed: string

  beforeAll(async () => {
    dora = await crm.as('manager')
    const client = (name: string) => one(dora, 'mutation ($name: String!) { createClient(input: { name: $name }) { id } }', { name }).then((d) => d.createClient.id as string)
    const about = (object: string, id: string) => ({ subject: { object, id } })
    const entry = (id: string, input: Record<string, unknown>, object = 'client') => one(dora, 'mutation ($input: TimelineEntryCreateInput!) { createTimelineEntry(input: $input) { id } }', { input: { ...about(object, id), ...input } })
    const ago = (days: number) => new Date(Date.now() - days * 86_400_000).toISOString()
    const planned = await client('A planned')
    await create({ title: 'x', ...about('client', planned) })
    await entry(planned, { kind: 'call', happenedAt: ago(40) })
    ordered = await client('B by its order')
    const order = (await one(dora, 'mutation ($client: ID!) { createOrder(input: { client: $client }) { id } }', { client: ordered })).createOrder.id
    await create({ title: 'x', ...about('order', order) })
    await entry(order, { kind: 'letter', happenedAt: ago(3) }, 'order')
    const finished = await client('C done')
    await create({ title: 'x', kind: 'meeting', state: 'done', ...about('client', finished) })
    await entry(finished, { kind: 'call', happenedAt: ago(100) })
    const noted = await client('D only noted')
    await entry(noted, { kind: 'note' })
    const contact = (await one(dora, 'mutation ($client: ID!) { createContact(input: { name: "P", clients: [{ client: $client }] }) { id } }', { client: await client('E by its contact') })).createContact.id
    await create({ title: 'x', ...about('contact', contact) })
    await entry(contact, { kind: 'message', happenedAt: ago(20) }, 'contact')
    missed = await client('F missed')
    await create({ title: 'x', ...about('client', missed) })
    await entry(missed, { kind: 'call', direction: 'in', seconds: 0 })
  })

  it('are those without an open task, on them or on what hangs on them', async () => {
    expect(await names(dora, '{ withoutNextStep: true }')).toEqual(['C done', 'D only noted'])
    expect(await names(dora, '{ withoutNextStep: false }')).toEqual(['A planned', 'B by its order', 'E by its contact', 'F missed'])
    expect(await names(dora, '{ not: { withoutNextStep: true } }')).toEqual(['A planned', 'B by its order', 'E by its contact', 'F missed'])
    expect((await one(dora, 'query ($id: ID!) { orders(filter: { withoutNextStep: true, client: { id: { eq: $id } } }) { total { value } } }', { id: ordered })).orders.total.value).toBe(0)
  })

  it('are those with whom nobody was in touch for so long', async () => {
    expect(await names(dora, '{ noContactDays: 30 }')).toEqual(['A planned', 'D only noted', 'F missed'])
    expect(await names(dora, '{ noContactDays: 10 }')).toEqual(['A planned', 'D only noted', 'E by its contact', 'F missed'])
    expect(await names(dora, '{ noContactDays: 90 }')).toEqual(['D only noted', 'F missed'])
    // Whoever was called and did not answer was not talked to; with whom one talked, and whom one called, is.
    for (const [seconds, direction] of [[40, 'in'], [null, 'in'], [0, 'out']] as const) {
      const talked = (await one(dora, 'mutation ($input: TimelineEntryCreateInput!) { createTimelineEntry(input: $input) { id } }', { input: { subject: { object: 'client', id: missed }, kind: 'call', direction, seconds } })).createTimelineEntry.id
      expect(await names(dora, '{ noContactDays: 90 }'), `${seconds} ${direction}`).toEqual(['D only noted'])
      await one(dora, 'mutation ($id: ID!) { deleteTimelineEntry(id: $id) { id } }', { id: talked })
    }
    expect((await crm.query(dora, '{ clients(filter: { noContactDays: 0 }) { nodes { id } } }')).errors![0]!.extensions.code).toBe('INVALID_INPUT')
  })

  it('say nothing of what the reader may not see', async () => {
    // sees all clients and no orders: the task about the order is not his to know
    const rules = { client: { read: 'all' }, task: { read: 'all' }, timelineEntry: { read: 'all' } } as const
    const noOrders = await crm.withRules({ objects: rules })
    expect(await names(noOrders, '{ withoutNextStep: true, name: { startsWith: "B by" } }')).toEqual(['B by its order'])
    for (const less of [{ objects: { client: { read: 'all' } } }, { objects: rules, fields: { 'task.state': { read: false }, 'timelineEntry.seconds': { read: false } } }] as const) {
      const blind = await crm.withRules(less)
      for (const filter of ['{ withoutNextStep: true }', '{ noContactDays: 3 }']) {
        expect((await crm.query(blind, `{ clients(filter: ${filter}) { nodes { id } } }`)).errors![0]!.message).toMatch(/not defined/)
      }
    }
    // nor may a gate ask it for somebody who does not see all tasks
    const gates = await crm.withRules({ objects: { '*': { read: 'own' }, 'order': { read: 'all' } }, capabilities: ['pipelines.manage'] })
    const { errors } = await crm.query(gates, 'mutation ($input: PipelineInput!) { createPipeline(input: $input) { id } }', { input: { object: 'order', key: 'oracle', labels: { en: 'O' }, stages: [{ key: 'a', labels: { en: 'A' }, kind: 'OPEN', gate: { condition: { withoutNextStep: true } } }] } })
    expect(errors![0]!.extensions.code).toBe('FORBIDDEN')
  })

  it('are found by indexes among many', async () => {
    await sql`insert into core.client (id, name, kind, lifecycle, owner_id, search, version, created_at, updated_at)
      select gen_random_uuid(), 'Bulk ' || i, 'organisation', 'active', ${dora.actor.userId}::uuid, '', 1, now(), now() from generate_series(1, 20000) i`.execute(engine.db)
    const subject = objectOf(engine.live.current.model, 'task').byKey.get('subject')!
    await sql`insert into core.task (id, title, kind, state, priority, ${sql.ref(columnOf(subject))}, ${sql.ref(columnOf(subject, 'object'))}, owner_id, search, version, created_at, updated_at)
      select gen_random_uuid(), 'x', 'task', 'open', 'normal', c.id, 'client', c.owner_id, '', 1, now(), now() from core.client c where c.name like 'Bulk %'`.execute(engine.db)
    await sql`analyze core.client`.execute(engine.db)
    await sql`analyze core.task`.execute(engine.db)
    const began = performance.now()
    expect(await names(dora, '{ withoutNextStep: true, noContactDays: 30 }')).toEqual(['D only noted'])
    expect(performance.now() - began).toBeLessThan(2_000)
  })
})
