import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { testCrm } from '../testing/crm.ts'

const crm = await testCrm({ work: false })
afterAll(() => crm.close())
const admin = await crm.as('administrator')
const ask = (source: string, variables?: Record<string, unknown>) => crm.ask(admin, source, variables)
const all = { read: 'all', create: 'all', update: 'all', delete: 'all' } as const

interface Step { id: string, name: string, custom: { note: string | null, size: unknown } }
const steps = async (id: string): Promise<Step[]> => (await ask('query ($id: ID!) { order(id: $id) { xSteps { id name custom { note size } } } }', { id })).order.xSteps
const order = async (rows: object[]): Promise<{ id: string, xSteps: Step[] }> => (await ask('mutation ($rows: [XStepInput!]) { createOrder(input: { subject: "H", xSteps: $rows }) { id xSteps { id } } }', { rows })).createOrder
const SAVE = 'mutation ($id: ID!, $input: OrderUpdateInput!) { updateOrder(id: $id, input: $input) { id } }'
/** Gives the change set. */
const save = async (id: string, rows: object[], more: object = {}): Promise<string> => {
  const { errors, changeSets } = await crm.query(admin, SAVE, { id, input: { xSteps: rows, ...more } })
  expect(errors).toBeUndefined()
  return changeSets[0]!
}
const revert = (id: string, as = admin) => crm.ask(as, 'mutation ($id: ID!) { revertChangeSet(id: $id) { reverted kept { reason fields } } }', { id }).then((data) => data.revertChangeSet as { reverted: number, kept: { reason: string, fields: string[] }[] })
const field = (name: string, more = 'type: text') => ask(`mutation { createField(object: "xStep", input: { name: "${name}", labels: { en: "${name}" }, ${more} }) { key } }`)

beforeAll(async () => {
  await ask('mutation { createObject(input: { name: "step", plural: "steps", partOf: "order", labels: { en: "Step" }, labelsPlural: { en: "Steps" } }) { name } }')
  await field('note')
  await field('size')
})

describe('a revert of what was done to rows', () => {
  it('brings their order back', async () => {
    const { id, xSteps: [a, b, c] } = await order([{ name: 'a' }, { name: 'b' }, { name: 'c' }])
    const names = async () => (await steps(id)).map(({ name }) => name)
    const moved = await save(id, [c, a, b].map((row) => ({ id: row!.id })))
    expect(await names()).toEqual(['c', 'a', 'b'])
    expect((await revert(moved)).kept).toEqual([])
    expect(await names()).toEqual(['a', 'b', 'c'])
    const gone = await save(id, [{ id: c!.id }])
    await revert(gone)
    expect(await names()).toEqual(['a', 'b', 'c'])
  })

  it('says that a list is hidden, and goes on when it is there again', async () => {
    const { id } = await order([{ name: 'gone' }])
    const set = await save(id, [], { subject: 'changed' })
    await ask('mutation { hideObject(name: "xStep") { name } }')
    expect(await revert(set)).toEqual({ reverted: 1, kept: [{ reason: 'hidden', fields: [] }] })
    await ask('mutation { restoreObject(name: "xStep") { name } }')
    expect(await steps(id)).toEqual([])
    expect((await revert(set)).kept).toEqual([])
    expect(await steps(id)).toMatchObject([{ name: 'gone' }])
    await expect(revert(set)).rejects.toThrow('undone already')
  })

  it('says that a field of them is hidden, and brings its value when it is there again', async () => {
    const { id, xSteps: [a] } = await order([{ name: 'a', custom: { note: '7', size: '8' } }, { name: 'b', custom: { note: '1' } }])
    const changed = await save(id, [{ id: a!.id, custom: { note: '9', size: '9' } }])
    await ask('mutation { hideField(object: "xStep", field: "custom.note") { key } }')
    expect(await revert(changed)).toEqual({ reverted: 1, kept: [{ reason: 'hidden', fields: [] }] })
    await ask('mutation { restoreField(object: "xStep", field: "custom.note") { key } }')
    expect(await steps(id)).toMatchObject([{ custom: { note: '9', size: '8' } }, { name: 'b', custom: { note: null } }])
    expect((await revert(changed)).kept).toEqual([])
    expect(await steps(id)).toMatchObject([{ custom: { note: '7', size: '8' } }, { name: 'b', custom: { note: '1' } }])
  })

  it('says what is closed to who asks, and brings it when somebody else asks', async () => {
    const closed = await crm.withRules({ objects: { '*': all }, fields: { 'xStep.custom.note': { write: false } }, capabilities: ['changes.revert', 'audit.read'] })
    const { id } = await order([{ name: 'a', custom: { note: '7', size: '8' } }])
    const before = await steps(id)
    const set = await save(id, [{ id: before[0]!.id, custom: { note: 'x', size: 'y' } }])
    expect(await revert(set, closed)).toEqual({ reverted: 1, kept: [{ reason: 'changed', fields: ['xSteps'] }] })
    expect(await steps(id)).toMatchObject([{ custom: { note: 'x', size: '8' } }])
    expect((await revert(set)).kept).toEqual([])
    expect(await steps(id)).toEqual(before)
  })

  it('says that a field has another type by now', async () => {
    const { id } = await order([{ name: 'a', custom: { note: 'n', size: '8' } }])
    const set = await save(id, [])
    await ask('mutation { changeFieldType(object: "xStep", field: "custom.size", input: { type: integer }) { state } }')
    await crm.drain()
    expect(await revert(set)).toEqual({ reverted: 1, kept: [{ reason: 'changed', fields: ['xSteps'] }] })
    expect(await steps(id)).toMatchObject([{ name: 'a', custom: { note: 'n', size: null } }])
  })
})

it('a revert says that an object is hidden, and goes on when it is there again', async () => {
  await ask('mutation { createObject(input: { name: "van", plural: "vans", labels: { en: "Van" }, labelsPlural: { en: "Vans" } }) { name } }')
  const { createXVan: { id } } = await ask('mutation { createXVan(input: { name: "white" }) { id } }')
  const { changeSets: [set] } = await crm.query(admin, 'mutation ($id: ID!) { updateXVan(id: $id, input: { name: "black" }) { id } }', { id })
  await ask('mutation { hideObject(name: "xVan") { name } }')
  expect(await revert(set!)).toEqual({ reverted: 0, kept: [{ reason: 'hidden', fields: [] }] })
  const told = await ask('query ($id: ID!) { changeSet(id: $id) { revert { kept keptRecords { record { id } message } } } }', { id: set })
  expect(told.changeSet.revert ?? { kept: 0, keptRecords: [] }).toMatchObject({ keptRecords: [] })
  await ask('mutation { restoreObject(name: "xVan") { name } }')
  expect(await revert(set!)).toEqual({ reverted: 1, kept: [] })
  expect((await ask(`{ xVan(id: "${id}") { name } }`)).xVan.name).toBe('white')
})

it('nothing refers to rows', async () => {
  const { errors } = await crm.query(admin, 'mutation { createField(object: "task", input: { name: "row", type: reference, to: "xStep", reverse: "rowTasks", labels: { en: "Row" } }) { key } }')
  expect(errors).toMatchObject([{ extensions: { code: 'INVALID_INPUT', fields: [{ field: 'to', message: expect.stringContaining('Rows of a list cannot be referred to') as string }] } }])
})
