import { afterAll, beforeAll, expect, it } from 'vitest'
import type { Caller } from '../access/caller.ts'
import { testCrm } from '../testing/crm.ts'

const crm = await testCrm()
afterAll(() => crm.close())

let admin: Caller, anna: Caller
const one = crm.ask
const VIEW = 'id name mine canChange isDefault applicable filter columns orderBy { field direction } groupBy layout version'
const make = async (caller: Caller, input: Record<string, unknown>, object = 'order') => (await one(caller, `mutation ($object: String!, $input: SavedViewInput!) { createSavedView(object: $object, input: $input) { ${VIEW} } }`, { object, input })).createSavedView
const views = async (caller: Caller, object = 'order') => (await one(caller, `query ($object: String!) { savedViews(object: $object) { ${VIEW} } }`, { object })).savedViews

beforeAll(async () => {
  admin = await crm.as('administrator')
  anna = await crm.as('manager')
})

it('keeps how a list looks, for its owner alone', async () => {
  const view = await make(anna, { name: 'Крупные', columns: ['client', 'total', 'stage'], filter: { total: { gte: '1000' } }, orderBy: [{ field: 'total', direction: 'DESC' }], groupBy: 'stage', layout: 'LIST' })
  expect(view).toMatchObject({ mine: true, canChange: true, applicable: true, filter: { total: { gte: '1000' } }, columns: ['client', 'total', 'stage'], orderBy: [{ field: 'total', direction: 'DESC' }], groupBy: 'stage', isDefault: false })
  expect((await views(anna)).map((v: { name: string }) => v.name)).toEqual(['Крупные'])
  expect(await views(admin)).toEqual([])
  expect((await crm.query(admin, 'mutation ($id: ID!) { deleteSavedView(id: $id) }', { id: view.id })).errors![0]!.extensions.code).toBe('NOT_FOUND')
})

it('is cut to what its reader may see: columns silently, a condition by saying that it cannot be applied', async () => {
  await make(admin, { name: 'Маржа', columns: ['client', 'margin'], filter: { margin: { amount: undefined, lt: '10' } }, orderBy: [{ field: 'margin' }], groupBy: null, sharing: { everybody: true } })
  const [cut] = (await views(anna)).filter((v: { name: string }) => v.name === 'Маржа')
  expect(cut).toMatchObject({ columns: ['client'], orderBy: [], applicable: false, filter: null, canChange: false })
  expect(JSON.stringify(cut)).not.toContain('margin')
  expect((await crm.query(anna, 'mutation { createSavedView(object: "order", input: { name: "x", filter: { margin: { lt: "10" } } }) { id } }')).errors![0]!.extensions.code).toBe('INVALID_INPUT')
  expect((await crm.query(anna, 'mutation { createSavedView(object: "order", input: { name: "x", columns: ["margin"] }) { id } }')).errors![0]!.extensions.code).toBe('INVALID_INPUT')
})

it('keeps what somebody who sees less does not see, when he changes it', async () => {
  const sharer = await crm.withRules({ objects: { '*': { read: 'all' } }, fields: { 'order.margin': { read: false } }, capabilities: ['views.share'] })
  const [view] = (await views(sharer)).filter((v: { name: string }) => v.name === 'Маржа')
  expect((await one(sharer, 'mutation ($id: ID!) { updateSavedView(id: $id, version: 1, input: { name: "Маржа!" }) { name } }', { id: view.id })).updateSavedView.name).toBe('Маржа!')
  // Also where he sends all that he sees.
  await one(sharer, 'mutation ($id: ID!) { updateSavedView(id: $id, version: 2, input: { columns: ["stage", "client", "total"], orderBy: [{ field: "total" }] }) { name } }', { id: view.id })
  expect((await views(admin)).find((v: { name: string }) => v.name === 'Маржа!')).toMatchObject({ columns: ['stage', 'client', 'margin', 'total'], orderBy: [{ field: 'margin' }, { field: 'total' }], filter: { margin: { lt: '10' } }, applicable: true })
})

it('can be what the list of each person begins with', async () => {
  const [mine, shared] = [await make(anna, { name: 'A' }), await make(admin, { name: 'B', sharing: { everybody: true } })]
  const choose = (caller: Caller, view: string | null) => one(caller, 'mutation ($view: ID) { setDefaultView(object: "order", view: $view) }', { view })
  const chosen = async (caller: Caller) => (await views(caller)).filter((v: { isDefault: boolean }) => v.isDefault).map((v: { name: string }) => v.name)
  await choose(anna, mine.id)
  await choose(anna, shared.id)
  expect([await chosen(anna), await chosen(admin)]).toEqual([['B'], []])
  expect((await crm.query(admin, 'mutation ($view: ID) { setDefaultView(object: "order", view: $view) }', { view: mine.id })).errors![0]!.extensions.code).toBe('NOT_FOUND')
  await one(admin, 'mutation ($id: ID!) { deleteSavedView(id: $id) }', { id: shared.id })
  expect(await chosen(anna)).toEqual([])
  await one(admin, 'mutation ($id: ID!) { restoreSavedView(id: $id) { id } }', { id: shared.id })
  expect(await chosen(anna)).toEqual(['B'])
  await choose(anna, null)
  expect(await chosen(anna)).toEqual([])
})

it('does not break by a field that goes', async () => {
  await one(admin, 'mutation { createField(object: "client", input: { name: "tier", type: text, labels: { en: "Tier" } }) { __typename } }')
  await make(admin, { name: 'Tiers', columns: ['custom.tier', 'owner', 'contactPoints.phone'], orderBy: [{ field: 'custom_tier' }] }, 'client')
  await one(admin, 'mutation { hideField(object: "client", field: "custom.tier") { __typename } }')
  expect(await views(admin, 'client')).toMatchObject([{ columns: ['owner', 'contactPoints.phone'], orderBy: [], applicable: true }])
})
