import { sql } from 'kysely'
import { afterAll, describe, expect, it } from 'vitest'
import { tick } from './clock.ts'
import { testAutomation } from './testing.ts'

const { crm, engine, admin, anna, one, rule, refused, remove, client, update, read, runs, automation } = await testAutomation()
afterAll(() => crm.close())
const note = [{ do: 'note', text: 'x' }]

describe('a rule with a formula in its condition', () => {
  it('answers to new and changed records that meet it, and its filter', async () => {
    const created = await rule({ trigger: { on: 'created' }, condition: { formula: 'custom.score * 0.1 >= 0.3', industry: { eq: 'wood' } }, actions: [{ do: 'set', field: 'note', value: 'met' }] })
    const [met, little, other, none] = [await client('A', { industry: 'wood', custom: { score: 3 } }), await client('B', { industry: 'wood', custom: { score: 2 } }), await client('C', { industry: 'glass', custom: { score: 9 } }), await client('D', { industry: 'wood' })]
    await crm.drain()
    expect(await Promise.all([met, little, other, none].map(async (id) => (await read(id)).note))).toEqual(['met', null, null, null])
    expect(await runs(created.id)).toMatchObject([{ state: 'DONE', title: 'A' }])
    await remove(created.id)

    const changed = await rule({ trigger: { on: 'changed', fields: ['industry'] }, condition: { formula: `owner.name = "${anna.actor.name}" and industry <> "iron"` }, actions: [{ do: 'set', field: 'custom.score', expression: 'coalesce(custom.score, 0) + 1' }] })
    await update(little, { industry: 'iron' })
    await crm.drain()
    expect((await read(little)).custom.score).toBe(2)
    await update(little, { industry: 'silk' })
    await crm.drain()
    expect((await read(little)).custom.score).toBe(3)
    await remove(changed.id)
  })

  it('is brought by the clock to whom it meets, past as many as it does not', async () => {
    await sql`insert into core.client (id, name, kind, lifecycle, search, x_score) select gen_random_uuid(), 'Many ' || n, 'organisation', 'active', '', n from generate_series(1, 1205) n`.execute(engine.db)
    const { id } = await rule({ trigger: { on: 'schedule', every: 'day', time: '00:00' }, condition: { formula: 'custom.score % 300 = 0 and startsWith(name, "many")' }, actions: note })
    await sql`update core.automation_rule set active_since = now() - interval '5 days' where id = ${id}`.execute(engine.db)
    for (let i = 0; i < 2; i++) await tick(automation())
    expect([...new Set((await runs(id)).map(({ title, state }) => `${title} ${state}`))].sort()).toEqual(['Many 1200 DONE', 'Many 300 DONE', 'Many 600 DONE', 'Many 900 DONE'])
    await remove(id)
  })

  it('is asked again when a run that failed is tried again', async () => {
    const { id } = await rule({ trigger: { on: 'created' }, condition: { formula: 'custom.score > 10' }, actions: [{ do: 'set', field: 'note', expression: 'industry' }, { do: 'assign', to: ['00000000-0000-7000-8000-000000000000'] }] })
    const record = await client('Again', { custom: { score: 11 } })
    await crm.drain()
    const [failed] = await runs(id)
    expect(failed).toMatchObject({ state: 'FAILED' })
    await update(record, { custom: { score: 10 } })
    await one(admin, 'mutation ($id: ID!) { retryAutomationRun(id: $id) }', { id: failed!.id })
    await crm.drain()
    expect(await runs(id)).toMatchObject([{ state: 'STOPPED', error: 'condition' }])
    await remove(id)
  })

  it('is rehearsed on those that it would change, page by page, with their number', async () => {
    const input = { name: 'R', object: 'client', trigger: { on: 'schedule', every: 'day', time: '00:00' }, condition: { formula: 'custom.score % 2 = 0', name: { startsWith: 'Many' } }, actions: note }
    const rehearse = async (more: object) => (await one(admin, 'query ($input: AutomationRuleInput!, $records: [ID!], $first: Int, $after: String) { rehearseAutomation(input: $input, records: $records, first: $first, after: $after) { nodes { title meets } total { value exact } pageInfo { hasNextPage endCursor } } }', { input, first: 2, ...more })).rehearseAutomation
    const first = await rehearse({})
    expect(first).toMatchObject({ total: { value: 602, exact: true }, pageInfo: { hasNextPage: true }, nodes: [{ meets: true }, { meets: true }] })
    const second = await rehearse({ after: first.pageInfo.endCursor })
    const titles = [...first.nodes, ...second.nodes].map(({ title }: { title: string }) => title)
    expect(new Set(titles).size).toBe(4)
    expect(titles.every((title) => Number(title.slice(5)) % 2 === 0)).toBe(true)
    const { rows: odd } = await sql<{ id: string }>`select id from core.client where name = 'Many 7'`.execute(engine.db)
    expect((await rehearse({ records: [odd[0]!.id] })).nodes).toEqual([{ title: 'Many 7', meets: false }])
  })

  it('is refused with its place, over what its author does not read, and keeps the fields that it reads', async () => {
    const because = async (formula: string, caller = admin) => (await refused({ condition: { formula }, actions: note }, caller))?.extensions
    expect(await because('custom.score + 1')).toMatchObject({ code: 'INVALID_INPUT', fields: [{ field: 'condition.formula', rule: 'formulaCondition' }] })
    expect(await because('custom.score > name')).toMatchObject({ fields: [{ field: 'condition.formula', rule: 'formulaTypes' }] })
    const half = await crm.withRules({ capabilities: ['automation.manage'], objects: { '*': { read: 'all', update: 'all', create: 'all' } }, fields: { 'client.industry': { read: false } } })
    expect(await because('industry = "wood"', half)).toMatchObject({ fields: [{ field: 'condition.formula', rule: 'formulaField' }] })
    await one(admin, 'mutation { createField(object: "client", input: { name: "held", type: integer, labels: { en: "Held" } }) { key } }')
    const { id } = await rule({ name: 'Holds', trigger: { on: 'created' }, condition: { formula: 'custom.held > 1' }, actions: note })
    const hide = () => crm.query(admin, 'mutation { hideField(object: "client", field: "custom.held") { key } }')
    expect((await hide()).errors).toMatchObject([{ message: expect.stringContaining('Holds'), extensions: { code: 'CONFLICT' } }])
    await remove(id)
    expect((await hide()).errors).toBeUndefined()
  })
})
