import { sql } from 'kysely'
import { afterAll, describe, expect, it } from 'vitest'
import type { Caller } from '../access/caller.ts'
import { tick } from './clock.ts'
import { testAutomation } from './testing.ts'

const { crm, engine, admin, anna, one, rule, refused, remove, client, read, tasksOf, runs, automation } = await testAutomation()
afterAll(() => crm.close())

describe('setting up', () => {
  it('is for who manages automation, sees all records, and may write what the rule writes', async () => {
    const actions = [{ do: 'set', field: 'note', value: 'x' }]
    expect((await refused({ actions }, anna))!.message).toContain('automation.manage')
    const rules = { capabilities: ['automation.manage'], fields: { 'client.industry': { read: false }, 'client.note': { write: false } } }
    const own = await crm.withRules({ ...rules, objects: { '*': { read: 'own', update: 'own' } } })
    expect((await refused({ actions }, own))!.message).toContain('acts on all records')
    const half = await crm.withRules({ ...rules, objects: { '*': { read: 'all', update: 'all', create: 'all' } } })
    const because = async (input: Record<string, unknown>) => (await refused(input, half))?.extensions.fields
    expect(await because({ actions })).toMatchObject([{ field: 'actions.0.field', rule: 'readOnly' }])
    expect(await because({ actions: [{ do: 'set', field: 'source', expression: 'industry' }] })).toMatchObject([{ field: 'actions.0.expression', rule: 'formulaField' }])
    expect(await because({ actions: [{ do: 'note', text: '{industry}' }] })).toMatchObject([{ field: 'actions.0.text', rule: 'formulaField' }])
    expect(await because({ actions: [{ do: 'plugin', action: 'sms.send', input: { text: '{industry}' } }] })).toMatchObject([{ field: 'actions.0.input.text', rule: 'formulaField' }])
    expect(await because({ condition: { industry: { eq: 'x' } }, actions: [{ do: 'note', text: 'x' }] })).toMatchObject([{ field: 'industry', rule: 'unknown' }])
    expect(await because({ trigger: { on: 'changed', fields: ['industry'] }, actions: [{ do: 'note', text: 'x' }] })).toMatchObject([{ field: 'trigger.fields', rule: 'unknown' }])
    expect(await refused({ actions: [{ do: 'note', text: '{name}' }] }, half)).toBeUndefined()
  })

  it.each([
    [{ actions: [] }, 'actions', 'type'], [{ actions: [{ do: 'explode' }] }, 'actions.0', 'type'], [{ actions: [{ do: 'set', field: 'createdAt', value: 1 }] }, 'actions.0.field', 'readOnly'],
    [{ actions: [{ do: 'note', text: '{nowhere}' }] }, 'actions.0.text', 'formulaField'], [{ actions: [{ do: 'note', text: '{name' }] }, 'actions.0.text', 'formulaSyntax'],
    [{ trigger: { on: 'stuck' }, actions: [{ do: 'note', text: 'x' }] }, 'trigger.on', 'type'], [{ trigger: { on: 'date', field: 'name', days: 1, time: '09:00' }, actions: [{ do: 'note', text: 'x' }] }, 'trigger.field', 'type'],
    [{ condition: { nowhere: { eq: 1 } }, actions: [{ do: 'note', text: 'x' }] }, 'nowhere', 'unknown'], [{ object: 'contactPoint', actions: [{ do: 'note', text: 'x' }] }, 'object', 'option'],
    [{ actions: [{ do: 'set', field: 'custom.score', expression: 'name' }] }, 'actions.0.expression', 'formulaResult'], [{ name: ' ', actions: [{ do: 'note', text: 'x' }] }, 'name', 'maxLength'],
  ])('refuses %j', async (input, field, because) => expect((await refused(input))?.extensions).toMatchObject({ code: 'INVALID_INPUT', fields: [{ field, rule: because }] }))

  it('can be rehearsed: it is told what would be done, and nothing is', async () => {
    const record = await client('Rehearsed', { industry: 'silk' })
    const input = { name: 'R', object: 'client', trigger: { on: 'created' }, condition: { industry: { eq: 'silk' } }, actions: [{ do: 'set', field: 'note', expression: 'upper(industry)' }, { do: 'createTask', title: 'For {name}', assignee: 'owner' }] }
    const { rehearseAutomation } = await one(admin, 'query ($input: AutomationRuleInput!, $records: [ID!]) { rehearseAutomation(input: $input, records: $records) { nodes { record title meets steps error } } }', { input, records: [record] })
    expect(rehearseAutomation.nodes).toMatchObject([{ record, title: 'Rehearsed', meets: true, error: null, steps: [{ do: 'set', value: 'SILK' }, { do: 'createTask', title: 'For Rehearsed' }] }])
    expect([await tasksOf(record), (await read(record)).note]).toEqual([[], null])
    // Where nobody else is there, the task goes to whoever makes the rule.
    await one(admin, 'mutation ($id: ID!) { updateClient(id: $id, input: { owner: null }) { id } }', { id: record })
    const again = await one(admin, 'query ($input: AutomationRuleInput!, $records: [ID!]) { rehearseAutomation(input: $input, records: $records) { nodes { steps error } } }', { input, records: [record] })
    expect(again.rehearseAutomation.nodes).toMatchObject([{ error: null, steps: [{ do: 'set' }, { do: 'createTask', owner: admin.actor.userId }] }])
  })

  it('is rehearsed on the records that it would change, page by page, with their number', async () => {
    for (const name of ['Velvet 1', 'Cotton', 'Velvet 2', 'Velvet 3']) await client(name, { industry: name.split(' ')[0]!.toLowerCase() })
    const input = { name: 'R', object: 'client', trigger: { on: 'created' }, condition: { industry: { eq: 'velvet' } }, actions: [{ do: 'set', field: 'note', expression: 'upper(industry)' }] }
    const page = async (after: string | null) => (await one(admin, 'query ($input: AutomationRuleInput!, $after: String) { rehearseAutomation(input: $input, first: 2, after: $after) { nodes { title meets } total { value exact } pageInfo { hasNextPage endCursor } } }', { input, after })).rehearseAutomation
    const first = await page(null)
    expect(first).toMatchObject({ nodes: [{ title: 'Velvet 3', meets: true }, { title: 'Velvet 2', meets: true }], total: { value: 3, exact: true }, pageInfo: { hasNextPage: true } })
    expect(await page(first.pageInfo.endCursor)).toMatchObject({ nodes: [{ title: 'Velvet 1' }], pageInfo: { hasNextPage: false } })
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
