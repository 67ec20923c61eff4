import { afterAll, describe, expect, it } from 'vitest'
import { SYSTEM_CALLER } from '../access/caller.ts'
import { loadDemo } from '../demo/index.ts'
import { testCrm, type TestCrm } from '../testing/crm.ts'
import { applyModel, exportModel, planModel, type Blueprint } from './blueprint.ts'
import { differences } from './differences.ts'
import type { Workshop } from './section.ts'
import { workshopOf } from './workshop.ts'

const source = await testCrm()
const target = await testCrm()
afterAll(async () => { await source.close(); await target.close() })
const workshop = (crm: TestCrm): Workshop => workshopOf(crm.kartotek, SYSTEM_CALLER)

async function ask(crm: TestCrm, mutation: string, variables = {}): Promise<any> { // eslint-disable-line @typescript-eslint/no-explicit-any -- whatever it answers
  const { data, errors } = await crm.query(await crm.as('administrator', { locale: 'en' }), mutation, variables)
  if (errors) throw new Error(errors[0]!.message)
  return data
}
const copy = (file: Blueprint): Blueprint & Record<string, any> => structuredClone(file) // eslint-disable-line @typescript-eslint/no-explicit-any -- edited by hand, as an administrator would
const words = async (crm: TestCrm, file: unknown): Promise<string[]> => (await planModel(workshop(crm), file)).filter(({ what }) => what !== 'keep').map(({ what, section, key, details }) => [what, section.word, key, ...details].join(' | '))

describe('a model as code', () => {
  let file: Blueprint

  it('goes from the demo company to an empty one and back the same', { timeout: 240_000 }, async () => {
    const { engine, settings, accounts } = source.kartotek
    await loadDemo({ engine, updateCompany: (patch) => settings.updateCompany(patch, null), setPassword: (id, password) => accounts.setPassword(id, password) }, { locale: 'en', clients: 20 } as never)
    await ask(source, `mutation { createObject(input: { name: "vehicle", plural: "vehicles", labels: { en: "Vehicle", ru: "Машина" }, labelsPlural: { en: "Vehicles" }, staged: true, icon: "truck", contactPoints: true }) { name } }`)
    for (const [object, input] of [
      ['xVehicle', '{ name: "plate", type: text, labels: { en: "Plate" }, required: false, unique: true, maxLength: 10, pattern: "[A-Z0-9-]+" }'],
      ['xVehicle', '{ name: "buyer", type: reference, to: "client", reverse: "vehicles", labels: { en: "Buyer" } }'],
      ['client', '{ name: "tier", type: select, labels: { en: "Tier", fi: "Taso" }, options: [{ key: "gold", labels: { en: "Gold" }, color: "amber" }, { key: "b", labels: { en: "B" } }], filterable: true, section: "relations", help: { en: "How dear" } }'],
      ['client', '{ name: "gift", type: text, labels: { en: "Gift" }, shownWhen: { field: "custom.tier", in: ["gold"] } }'],
      ['client', '{ name: "fleet", type: integer, labels: { en: "Fleet" }, min: "0", max: "500", default: 1, exported: false }'],
      ['client', '{ name: "double", type: decimal, scale: 3, labels: { en: "Double" }, formula: "custom.fleet * 2" }'],
    ]) await ask(source, `mutation { createField(object: "${object}", input: ${input}) { key } }`)
    await ask(source, 'mutation { hideField(object: "client", field: "custom.fleet") { key } }')
    await ask(source, `mutation {
      a: updateObject(name: "xVehicle", input: { title: "custom.plate", accessFrom: ["custom.buyer"], series: { field: "custom.plate", prefix: "V-", digits: 4 }, help: { en: "What we drive" } }) { name }
      b: updateObject(name: "order", input: { labels: { en: "Job" }, series: { prefix: "J-" } }) { name }
      c: updateField(object: "order", field: "owner", input: { labels: { en: "Account manager" }, position: 0 }) { key }
      d: updateField(object: "xVehicle", field: "lossReason", input: { options: [{ key: "sold", labels: { en: "Sold" }, color: "red" }, { key: "scrapped", labels: { en: "Scrapped" }, hidden: true }] }) { key }
    }`)
    await ask(source, 'mutation { updateField(object: "client", field: "industry", input: { labels: { en: "Branch" }, required: false, position: 3 }) { key } }')
    const role = (await ask(source, `mutation($rules: JSON!) { createRole(input: { key: "driver", labels: { en: "Driver" }, rules: $rules }) { id } }`, { rules: { objects: { xVehicle: { read: 'all', update: 'own' } }, fields: { 'client.custom.tier': { read: false } }, capabilities: ['share', 'export.run'] } })).createRole.id as string
    await ask(source, `mutation($role: ID!) { createPipeline(input: { object: "xVehicle", key: "service", labels: { en: "Service" }, stages: [
      { key: "waiting", labels: { en: "Waiting" }, kind: OPEN, color: "sky", gate: { allowedNext: ["working"] } },
      { key: "working", labels: { en: "Working" }, kind: OPEN, normHours: 48, gate: { requiredFields: ["custom.plate"], mayPass: [$role], condition: { formula: "length(custom.plate) > 2", custom: { buyer: { lifecycle: { eq: "active" } } } }, conditionHint: { en: "Only of our clients" } } },
      { key: "ready", labels: { en: "Ready" }, kind: WON }] }) { id } }`, { role })
    const stage = source.kartotek.engine.live.current.pipelines.find((one) => one.object === 'xVehicle')!.stages[2]!.id
    await ask(source, 'mutation($input: AutomationRuleInput!) { createAutomationRule(input: $input) { id } }', { input: {
      name: 'Ready: call', object: 'xVehicle', active: true, trigger: { on: 'stageEntered', stages: [stage] }, condition: { stage: { eq: stage }, formula: 'not isEmpty(custom.buyer.name)' }, actions: [{ do: 'createTask', title: 'Call {name}', assignee: 'owner' }],
    } })

    const segment = (await ask(source, 'mutation($filter: JSON!) { createSegment(object: "client", input: { name: "Gold", filter: $filter, sharing: { everybody: true } }) { id } }', { filter: { custom: { tier: { eq: 'gold' } } } })).createSegment.id as string
    await ask(source, 'mutation($input: SavedViewInput!) { createSavedView(object: "client", input: $input) { id } }', { input: { name: 'Gold, by owner', columns: ['name', 'custom.tier'], filter: { inSegment: [segment] }, orderBy: [{ field: 'name', direction: 'DESC' }], groupBy: 'owner', sharing: { roles: [role] } } })
    await ask(source, 'mutation($input: SavedViewInput!) { createSavedView(object: "client", input: $input) { id } }', { input: { name: 'For me alone', columns: ['name'] } })

    file = await exportModel(workshop(source))
    expect(JSON.stringify(file)).not.toMatch(/[0-9a-f]{8}-[0-9a-f]{4}-7/)
    expect(file.views).toEqual({ 'client/Gold, by owner': { columns: ['name', 'custom.tier'], filter: { inSegment: ['@segment/client/Gold'] }, groupBy: 'owner', layout: 'LIST', orderBy: [{ direction: 'DESC', field: 'name' }], sharing: { everybody: false, roles: ['@role/driver'], teams: [] } } })
    expect(JSON.stringify(file.rules)).toContain('@stage/xVehicle/service/ready')
    expect(JSON.stringify([file.pipelines, file.rules])).toMatch(/length\(custom\.plate\).*isEmpty\(custom\.buyer\.name\)/)
    await expect(applyModel(workshop(target), { kartotek: 1, segments: { 'client/Named': { filter: { name: { isNull: false } }, sharing: { everybody: true } } } })).rejects.toThrow('no administrator yet')
    await target.as('administrator')
    await applyModel(workshop(target), JSON.parse(JSON.stringify(file)))
    expect(JSON.stringify(await exportModel(workshop(target)), null, 1)).toBe(JSON.stringify(file, null, 1))
    // applied again, it changes nothing
    expect(await applyModel(workshop(target), file)).toBe(0)
    // and what it made works
    const made = await ask(target, 'mutation { createXVehicle(input: { name: "Truck", custom: { plate: "AB-1" } }) { id stage { key } } }')
    expect(made.createXVehicle.stage.key).toBe('waiting')
  })

  it('tells in words what a changed file would do, does it as change sets, and keeps what the file leaves out', async () => {
    const changed = copy(file)
    changed.fields['client.custom.tier'].labels.en = 'Level'
    changed.fields['client.custom.tier'].options.push({ key: 'c', labels: { en: 'C' }, color: 'red' })
    changed.fields['client.custom.region'] = { type: 'text', labels: { en: 'Region' } }
    changed.roles.manager.rules.objects.order = { read: 'team' }
    changed.pipelines['xVehicle/service'].stages[1].normHours = 72
    changed.views['client/Gold, by owner'].columns.push('industry')
    changed.segments['client/Silver'] = { filter: { custom: { tier: { eq: 'b' } } }, sharing: { everybody: true } }
    delete changed.rules['xVehicle/Ready: call']
    delete changed.fields['xVehicle.custom.plate']
    expect(await words(target, changed)).toEqual([
      'change | field | client.custom.tier | labels.en: "Tier" → "Level" | options: and c',
      'make | field | client.custom.region',
      'change | role | manager | rules.objects.order: {"read":"team"}',
      'change | pipeline | xVehicle/service | stages.working.normHours: 48 → 72',
      'make | segment | client/Silver',
      'change | view | client/Gold, by owner | columns: and "industry"',
    ])
    const before = await target.kartotek.db.pool.query('select count(*)::int as n from core.configuration_change')
    expect(await applyModel(workshop(target), changed)).toBe(6)
    const after = await target.kartotek.db.pool.query('select count(*)::int as n from core.configuration_change')
    expect(after.rows[0].n - before.rows[0].n).toBe(4)
    const now = await exportModel(workshop(target)) as typeof changed
    expect(now.rules['xVehicle/Ready: call']).toBeDefined()
    expect(now.fields['xVehicle.custom.plate']).toBeDefined()
    expect(await words(target, changed)).toEqual([])
  })

  it('changes nothing where anything of it cannot be, and names it', async () => {
    const wrong = copy(file)
    wrong.fields['client.custom.tier'].type = 'integer'
    wrong.fields['client.name2'] = { type: 'text', labels: { en: 'x' } }
    wrong.roles.manager.rules.objects.client = { read: 'all' }
    const before = await exportModel(workshop(target))
    await expect(applyModel(workshop(target), wrong)).rejects.toThrow(/Nothing was changed: field client\.custom\.tier: type of a field stay.*field client\.name2/)
    expect(await exportModel(workshop(target))).toEqual(before)
    await expect(planModel(workshop(target), { kartotek: 1, widgets: {} })).rejects.toThrow('"widgets", which is none of objects, fields, roles, pipelines, segments, views, rules')
    await expect(applyModel(workshop(target), { kartotek: 1, views: { 'client/Mine': { columns: ['name'] } } })).rejects.toThrow('shared with nobody')
    await expect(applyModel(workshop(target), { kartotek: 1, views: { 'client/Wrong': { columns: ['weight'], sharing: { everybody: true } } } })).rejects.toThrow('view client/Wrong: Client has no field "weight".')
    await expect(planModel(workshop(target), [])).rejects.toThrow('no file of a model')
    const stranger = copy(file)
    stranger.rules['client/New'] = { active: false, trigger: { on: 'created' }, actions: [{ do: 'assign', to: ['@user/nobody@example.com'] }] }
    await expect(applyModel(workshop(target), stranger)).rejects.toThrow('rule client/New: This company has no @user/nobody@example.com.')
  })

  it('refuses names that two have, whichever of them is meant', async () => {
    const admin = await target.as('administrator')
    for (let i = 0; i < 2; i++) {
      const { errors } = await target.query(admin, 'mutation { createSegment(object: "client", input: { name: "Twice", filter: { name: { startsWith: "A" } }, sharing: { everybody: true } }) { id } }')
      expect(errors).toBeUndefined()
    }
    const theirs = { kartotek: 1, views: { 'client/Theirs': { columns: ['name'], filter: { inSegment: ['@segment/client/Twice'] }, sharing: { everybody: true } } } }
    await expect(applyModel(workshop(target), theirs)).rejects.toThrow('This company has several @segment/client/Twice: rename one of them.')
  })

  it('does no more than its person may', async () => {
    const closed = await target.withRules({ objects: { '*': { read: 'all' } }, fields: { 'client.custom.tier': { read: false } }, capabilities: ['model.manage'] })
    const tier = copy(file).fields['client.custom.tier']
    await expect(applyModel(workshopOf(target.kartotek, closed), { kartotek: 1, fields: { 'client.custom.tier': { ...tier, labels: { en: 'Peeked' } } } })).rejects.toThrow('There is no field "client.custom.tier"')
    const seller = await target.as('manager')
    const more = copy(file)
    more.roles.seller = { labels: { en: 'Seller' }, rules: { objects: { '*': { read: 'all' } } } }
    await expect(applyModel(workshopOf(target.kartotek, seller), { kartotek: 1, roles: more.roles })).rejects.toThrow('access.manage')
    await expect(applyModel(workshopOf(target.kartotek, seller), { kartotek: 1, fields: { 'client.custom.mine': { type: 'text', labels: { en: 'x' } } } })).rejects.toThrow('model.manage')
    await expect(applyModel(workshopOf(target.kartotek, seller), { kartotek: 1, pipelines: { 'order/mine': { labels: { en: 'x' }, stages: [{ key: 'a', labels: { en: 'A' }, kind: 'open' }] } } })).rejects.toThrow('pipelines.manage')
  })
})

it('says differences by place', () => {
  expect(differences({ a: 1, b: { c: [1, 2] }, d: 'x' }, { a: 2, b: { c: [2, 1] }, e: true })).toEqual(['a: 1 → 2', 'b.c: in another order', 'd: without "x"', 'e: true'])
})
