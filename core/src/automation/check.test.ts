import { sql } from 'kysely'
import { afterAll, describe, expect, it } from 'vitest'
import type { Caller } from '../access/caller.ts'
import { inZone } from '../tasks/times.ts'
import { tick } from './clock.ts'
import { testAutomation } from './testing.ts'

const { crm, engine, admin, anna, one, rule, refused, remove, client, update, read, tasksOf, runs, automation } = await testAutomation()
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

  describe('is rehearsed by its trigger', () => {
    const note = [{ do: 'note', text: 'x' }]
    const rehearsed = async (input: Record<string, unknown>, days = 30) => {
      const { rehearseAutomation: { nodes, byTrigger } } = await one(admin, 'query ($input: AutomationRuleInput!, $days: Int!) { rehearseAutomation(input: $input, days: $days, first: 50) { nodes { title } byTrigger } }', { input: { name: 'R', object: 'client', actions: note, ...input }, days })
      return { titles: (nodes as { title: string }[]).map((node) => node.title).sort(), byTrigger }
    }
    const day = (offset: number) => inZone(new Date(), engine.live.current.company.timeZone).plus({ days: offset })
    const age = (id: string, days: number) => sql`update core.change_set set at = now() - make_interval(days => ${days}) where id in (select change_set_id from core.change where record_id = ${id})`.execute(engine.db)

    it('of dates those that came', async () => {
      for (const [name, offset] of [['Soon', 3], ['Lately', -3], ['Long ago', -60]] as const) await one(admin, 'mutation ($input: ContactCreateInput!) { createContact(input: $input) { id } }', { input: { name, birthday: day(offset).set({ year: 1980 }).toISODate() } })
      const birthday = { object: 'contact', trigger: { on: 'date', field: 'birthday', days: 0, time: '00:00', yearly: true } }
      expect(await rehearsed(birthday)).toEqual({ titles: ['Lately'], byTrigger: true })
      expect((await rehearsed(birthday, 90)).titles).toEqual(['Lately', 'Long ago'])
      expect((await rehearsed({ ...birthday, trigger: { ...birthday.trigger, days: -7 } })).titles).toEqual(['Lately', 'Soon'])
      expect((await rehearsed({ ...birthday, trigger: { ...birthday.trigger, yearly: false } }, 366)).titles).toEqual([])
    })

    it('of stays those that became too long, also where they ended since', async () => {
      const subjects = new Map<string, string>()
      const found = async (days: number) => (await rehearsed({ object: 'order', trigger: { on: 'stuck', hours: 24 } }, days)).titles.map((number) => subjects.get(number)).sort()
      for (const [subject, entered, left] of [['Stuck', 5, null], ['Was stuck', 5, 1], ['Was quick', 5, 4.5], ['Stuck long', 60, null]] as const) {
        const { id, number } = (await one(admin, 'mutation ($subject: String!) { createOrder(input: { subject: $subject }) { id number } }', { subject })).createOrder
        subjects.set(String(number), subject)
        await sql`update core.stage_visit set entered_at = now() - make_interval(hours => ${Math.round(entered * 24)}), left_at = now() - make_interval(hours => ${left === null ? null : Math.round(left * 24)}) where record_id = ${id}`.execute(engine.db)
      }
      expect(await found(30)).toEqual(['Stuck', 'Was stuck'])
      expect(await found(90)).toEqual(['Stuck', 'Stuck long', 'Was stuck'])
    })

    it('of what happens those to which it happened, as the audit trail has it', async () => {
      const only = { condition: { industry: { eq: 'linen' } } }
      const [old, changed] = [await client('Old', { industry: 'linen' }), await client('Changed', { industry: 'linen' })]
      await client('New', { industry: 'linen' })
      for (const id of [old, changed]) await age(id, 40)
      await update(changed, { note: 'n' })
      expect(await rehearsed({ ...only, trigger: { on: 'created' } })).toEqual({ titles: ['New'], byTrigger: true })
      expect((await rehearsed({ ...only, trigger: { on: 'created' } }, 60)).titles).toEqual(['Changed', 'New', 'Old'])
      expect((await rehearsed({ ...only, trigger: { on: 'changed', fields: ['note'] } })).titles).toEqual(['Changed'])
      expect((await rehearsed({ ...only, trigger: { on: 'changed', fields: ['industry'] } })).titles).toEqual([])
      expect((await rehearsed({ ...only, trigger: { on: 'event', name: 'client.updated' } })).titles).toEqual(['Changed'])
      expect(await rehearsed({ ...only, trigger: { on: 'event', name: 'plugin.sms.answered' } })).toEqual({ titles: ['Changed', 'New', 'Old'], byTrigger: false })
      expect((await rehearsed({ ...only, trigger: { on: 'schedule', every: 'day', time: '00:00' } })).titles).toEqual(['Changed', 'New', 'Old'])
      expect((await rehearsed({ ...only, trigger: { on: 'schedule', every: 'month', day: day(-10).day, time: '00:00' } }, 5)).titles).toEqual([])
    })
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
