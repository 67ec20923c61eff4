// Lists that an administrator gives to the cards of an object: instalments of an order, steps of a contract.
import { sql } from 'kysely'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { SYSTEM_CALLER } from '../access/caller.ts'
import { applyModel, exportModel, planModel } from '../blueprint/blueprint.ts'
import { workshopOf } from '../blueprint/workshop.ts'
import { createJob } from '../import/job.ts'
import { parseMapping } from '../import/mapping.ts'
import { runImport } from '../import/run.ts'
import { testCrm, type TestPerson } from '../testing/crm.ts'
import { emptyTrash } from '../trash/trash.feature.ts'

const crm = await testCrm({ work: false })
afterAll(() => crm.close())
const { engine } = crm.kartotek
const admin = await crm.as('administrator')
const anna = await crm.as('manager')
const boris = await crm.as('manager')
const ask = (source: string, variables?: Record<string, unknown>, as: TestPerson = admin) => crm.ask(as as typeof admin, source, variables)
const refused = async (source: string, variables?: Record<string, unknown>, as = admin) => (await crm.query(as, source, variables)).errors?.[0]?.extensions
const make = 'mutation ($i: ObjectInput!) { createObject(input: $i) { name owned partOf { object field list } } }'
const listOf = (partOf: string, name: string, more: Record<string, unknown> = {}) => ({ i: { name, plural: `${name}s`, labels: { en: name, ru: 'Платёж' }, labelsPlural: { en: `${name}s`, ru: 'График платежей' }, partOf, ...more } })
const newOrder = async (rows: object[], as = anna) => (await ask('mutation ($i: OrderCreateInput!) { createOrder(input: $i) { id xInstalments { id name custom { due paid } } } }', { i: { subject: 'House', xInstalments: rows } }, as)).createOrder as { id: string, xInstalments: { id: string, name: string | null }[] }

beforeAll(async () => {
  expect((await ask(make, listOf('order', 'instalment'))).createObject).toEqual({ name: 'xInstalment', owned: false, partOf: [{ object: 'order', field: 'order', list: 'xInstalments' }] })
  for (const input of ['{ name: "due", type: date, labels: { en: "Due" }, required: true, filterable: true }', '{ name: "paid", type: boolean, labels: { en: "Paid" }, default: false, filterable: true }', '{ name: "sum", type: money, labels: { en: "Sum" } }']) {
    await ask(`mutation { createField(object: "xInstalment", input: ${input}) { key } }`)
  }
})

describe('a list that an administrator gave to orders', () => {
  it('is written with the order, row by row, with the rules of its fields', async () => {
    const { id, xInstalments } = await newOrder([{ custom: { due: '2027-01-10', sum: { amount: '100' } } }, { name: 'Rest', custom: { due: '2027-02-10' } }])
    expect(xInstalments).toMatchObject([{ name: null, custom: { due: '2027-01-10', paid: false } }, { name: 'Rest' }])
    const { updateOrder } = await ask('mutation ($id: ID!, $rows: [XInstalmentInput!]) { updateOrder(id: $id, input: { xInstalments: $rows }) { xInstalments { id name custom { paid sum { amount currency } } order { id } } } }', { id, rows: [{ id: xInstalments[1]!.id, custom: { paid: true } }, { id: xInstalments[0]!.id }] }, anna)
    expect(updateOrder.xInstalments).toMatchObject([{ id: xInstalments[1]!.id, name: 'Rest', custom: { paid: true }, order: { id } }, { id: xInstalments[0]!.id, custom: { sum: { amount: '100.00', currency: 'EUR' } } }])
    expect(await refused('mutation ($i: OrderCreateInput!) { createOrder(input: $i) { id } }', { i: { subject: 'x', xInstalments: [{ name: 'No day' }] } })).toMatchObject({ code: 'INVALID_INPUT', fields: [{ field: 'xInstalments.0.custom.due', rule: 'required' }] })
    const { orders, xInstalmentAggregate } = await ask('{ orders(filter: { xInstalments: { some: { custom: { paid: { eq: true } } } } }) { nodes { id } } xInstalmentAggregate(measures: [{ function: COUNT }], groupBy: [{ field: custom_paid }]) { values { value } } }', {}, anna)
    expect(orders.nodes).toEqual([{ id }])
    expect(xInstalmentAggregate.map((row: { values: { value: unknown }[] }) => row.values[0]!.value)).toEqual(['1', '1'])
    expect((await ask('{ orders(search: "rest") { nodes { id } } }', {}, anna)).orders.nodes).toEqual([{ id }])
  })

  it('is seen by who sees the order, and by nobody else', async () => {
    const { id, xInstalments: [row] } = await newOrder([{ name: 'Secret', custom: { due: '2027-03-03' } }])
    const all = 'query ($id: ID!) { xInstalment(id: $id) { name } xInstalments(filter: { name: { eq: "Secret" } }) { nodes { name } } }'
    expect(await ask(all, { id: row!.id }, anna)).toEqual({ xInstalment: { name: 'Secret' }, xInstalments: { nodes: [{ name: 'Secret' }] } })
    expect(await ask(all, { id: row!.id }, boris)).toEqual({ xInstalment: null, xInstalments: { nodes: [] } })
    expect(await refused('mutation ($id: ID!) { updateOrder(id: $id, input: { xInstalments: [] }) { id } }', { id }, boris)).toMatchObject({ code: 'NOT_FOUND' })
    const withoutOrders = await crm.withRules({ objects: { client: { read: 'all' } } })
    expect(await refused('{ xInstalments { nodes { id } } }', {}, withoutOrders)).toMatchObject({ code: 'INVALID_INPUT' })
    expect((await ask('{ objects { name } }', {}, withoutOrders)).objects.map((one: { name: string }) => one.name)).not.toContain('xInstalment')
    const closed = await crm.withRules({ objects: { '*': { read: 'all', update: 'all' } }, fields: { 'xInstalment.custom.due': { read: false } } })
    expect(await refused('{ xInstalments { nodes { custom { due } } } }', {}, closed)).toMatchObject({ code: 'INVALID_INPUT' })
  })

  it('is replaced by rows that have the unique values of those that go', async () => {
    await ask('mutation { createField(object: "xInstalment", input: { name: "code", type: text, unique: true, labels: { en: "Code" } }) { key } }')
    await crm.drain()
    const { id } = await newOrder([{ name: 'a', custom: { due: '2027-01-10', code: '1' } }])
    const set = 'mutation ($id: ID!, $rows: [XInstalmentInput!]) { updateOrder(id: $id, input: { xInstalments: $rows }) { xInstalments { name custom { code } } } }'
    expect((await ask(set, { id, rows: [{ name: 'b', custom: { due: '2027-01-11', code: '1' } }] })).updateOrder.xInstalments).toEqual([{ name: 'b', custom: { code: '1' } }])
    expect(await refused(set, { id, rows: [{ name: 'c', custom: { due: '2027-01-11', code: '1' } }, { name: 'd', custom: { due: '2027-01-11', code: '1' } }] })).toMatchObject({ fields: [{ rule: 'unique' }] })
    expect(await refused(set, { id: (await newOrder([])).id, rows: [{ custom: { due: '2027-01-11', code: '1' } }] })).toMatchObject({ fields: [{ rule: 'unique' }] })
    await ask('mutation { hideField(object: "xInstalment", field: "custom.code") { key } }')
  })

  it('is closed with its reference: on the card, by itself, counted and by id', async () => {
    const { id, xInstalments: [row] } = await newOrder([{ name: 'Unseen', custom: { due: '2027-03-04' } }])
    const all = { read: 'all', create: 'all', update: 'all', delete: 'all' } as const
    const closed = await crm.withRules({ objects: { '*': all }, fields: { 'xInstalment.order': { read: false }, 'orderLine.order': { read: false } } })
    expect(await ask('query ($id: ID!) { xInstalment(id: $id) { name } xInstalments { nodes { name } } xInstalmentAggregate(measures: [{ function: COUNT }]) { values { value } } orderLines { nodes { id } } }', { id: row!.id }, closed))
      .toEqual({ xInstalment: null, xInstalments: { nodes: [] }, xInstalmentAggregate: [{ values: [{ value: '0' }] }], orderLines: { nodes: [] } })
    expect((await crm.query(closed, 'query ($id: ID!) { order(id: $id) { xInstalments { name } } }', { id })).errors).toBeDefined()
  })

  it('stands in the history of the order, is taken back with a change, and goes with the order', async () => {
    const { id, xInstalments: [row] } = await newOrder([{ name: 'First', custom: { due: '2027-04-04' } }])
    const { data, changeSets: [set] } = await crm.query(anna, 'mutation ($id: ID!) { updateOrder(id: $id, input: { xInstalments: [] }) { xInstalments { id } } }', { id })
    expect(data.updateOrder.xInstalments).toEqual([])
    expect((await ask('mutation ($id: ID!) { revertChangeSet(id: $id) { reverted } }', { id: set }, anna)).revertChangeSet).toEqual({ reverted: 1 })
    expect((await ask('query ($id: ID!) { order(id: $id) { xInstalments { id name } } }', { id }, anna)).order.xInstalments).toEqual([{ id: row!.id, name: 'First' }])
    await ask('mutation ($id: ID!) { deleteOrder(id: $id) { id } }', { id })
    await sql`update core."order" set trashed_at = now() - interval '40 days' where id = ${id}`.execute(engine.db)
    await emptyTrash(engine, 30)
    expect((await sql`select 1 from core.x_instalment where id = ${row!.id}`.execute(engine.db)).rows).toEqual([])
  })

  it('of two clients that are one becomes one list, and two again', async () => {
    await ask(make, listOf('client', 'guest'))
    const client = async (guest: string) => (await ask('mutation ($i: ClientCreateInput!) { createClient(input: $i) { id } }', { i: { name: `Of ${guest}`, kind: 'organisation', xGuests: [{ name: guest }] } })).createClient.id as string
    const [winner, loser] = [await client('Ahti'), await client('Vellamo')]
    const guests = async (id: string) => (await ask('query ($id: ID!) { client(id: $id) { xGuests { name } } }', { id })).client.xGuests.map((row: { name: string }) => row.name)
    const { mergeRecords } = await ask('mutation ($w: ID!, $l: ID!) { mergeRecords(object: "client", winner: $w, loser: $l) }', { w: winner, l: loser })
    expect(await guests(winner)).toEqual(['Ahti', 'Vellamo'])
    await ask('mutation ($id: ID!) { undoMerge(id: $id) { reverted } }', { id: mergeRecords })
    expect([await guests(winner), await guests(loser)]).toEqual([['Ahti'], ['Vellamo']])
  })

  it('can be asked for by the gate of a stage', async () => {
    const { pipelines: [pipeline] } = await ask('{ pipelines(object: "order") { id key version labels stages { id key labels kind color } } }') as { pipelines: { id: string, key: string, version: number, labels: object, stages: { id: string, key: string }[] }[] }
    const [first, second] = pipeline!.stages
    const gated = { ...second, gate: { condition: { xInstalments: { some: { name: { isNull: false } } } }, conditionHint: { en: 'Name an instalment' } } }
    await ask('mutation ($id: ID!, $v: Int!, $i: PipelineInput!) { updatePipeline(id: $id, version: $v, input: $i) { id } }', { id: pipeline!.id, v: pipeline!.version, i: { object: 'order', key: pipeline!.key, labels: pipeline!.labels, stages: [first, gated, ...pipeline!.stages.slice(2)] } })
    const { id } = await newOrder([])
    const move = 'mutation ($id: ID!, $s: ID!, $rows: [XInstalmentInput!]) { updateOrder(id: $id, input: { stage: $s, xInstalments: $rows }) { stage { key } } }'
    expect(await refused(move, { id, s: second!.id, rows: [] }, anna)).toMatchObject({ code: 'GATE_CLOSED' })
    expect((await ask(move, { id, s: second!.id, rows: [{ name: 'Now', custom: { due: '2027-05-05' } }] }, anna)).updateOrder.stage.key).toBe(second!.key)
    expect(await refused('mutation { hideObject(name: "xInstalment") { name } }')).toMatchObject({ code: 'CONFLICT', usedBy: [expect.stringContaining(second!.key)] })
  })

  it('comes from a file, by the number of the order', async () => {
    const { id } = await newOrder([])
    const { order: { number } } = await ask('query ($id: ID!) { order(id: $id) { number } }', { id })
    const bytes = Buffer.from(`Order;What;Day\n${number};One;2027-02-01\n${number};Two;2027-03-01\nnone;Three;2027-03-01\n`)
    const mapping = parseMapping({ object: 'xInstalment', partOf: { object: 'order', list: 'xInstalments', key: { columns: ['Order'], field: 'number' } }, fields: { 'name': 'What', 'custom.due': 'Day' } })
    const job = await createJob(engine.db, { mapping, fileName: 'rows.csv', userId: admin.actor.userId, bytes: bytes.length })
    expect(await runImport({ engine, caller: { ...admin, origin: 'import' }, job, open: async function* () { yield bytes } })).toMatchObject({ created: 2, failed: 1 })
    expect((await ask('query ($id: ID!) { order(id: $id) { xInstalments { name custom { due } } } }', { id })).order.xInstalments).toEqual([{ name: 'One', custom: { due: '2027-02-01' } }, { name: 'Two', custom: { due: '2027-03-01' } }])
  })
})

describe('the list itself', () => {
  it('is refused where it has no place, and what its rows have from their record', async () => {
    for (const partOf of ['orderLine', 'user', 'team', 'absence', 'timelineEntry', 'consent', 'intakeItem', 'xInstalment', 'nothing']) expect(await refused(make, listOf(partOf, 'step')), partOf).toMatchObject({ fields: [{ field: 'partOf', rule: 'reference' }] })
    for (const more of ['owned', 'staged', 'contactPoints', 'addresses']) expect(await refused(make, listOf('order', 'step', { [more]: true })), more).toMatchObject({ fields: [{ field: more, rule: 'type' }] })
    for (const input of ['owned: true', 'contactPoints: true', 'accessFrom: ["order"]', 'series: { field: "name" }']) expect(await refused(`mutation { updateObject(name: "xInstalment", input: { ${input} }) { name } }`), input).toMatchObject({ code: 'INVALID_INPUT' })
    for (const change of ['hideField(object: "xInstalment", field: "order") { key }', 'updateField(object: "xInstalment", field: "order", input: { unique: true }) { key }', 'deleteField(object: "xInstalment", field: "order", confirm: "order") { key }']) expect(await refused(`mutation { ${change} }`), change).toMatchObject({ code: 'INVALID_INPUT' })
    expect(await refused('mutation { createXInstalment(input: { name: "alone" }) { id } }')).toMatchObject({ code: 'INVALID_INPUT' })
    expect(await refused(make, listOf('order', 'step'), anna)).toMatchObject({ code: 'FORBIDDEN' })
  })

  it('of an own object is hidden and comes back with it, each by itself and together, and nothing is lost', async () => {
    await ask(make, { i: { name: 'contract', plural: 'contracts', labels: { en: 'Contract' }, labelsPlural: { en: 'Contracts' } } })
    await ask(make, listOf('xContract', 'step'))
    const { createXContract: { id } } = await ask('mutation { createXContract(input: { name: "C-1", xSteps: [{ name: "Sign" }] }) { id } }')
    // A field by the name of the whole has a place of its own.
    for (const input of ['name: "contractId", type: text, labels: { en: "Contract ID" }', 'name: "contract", type: reference, to: "xContract", reverse: "stepsNaming", labels: { en: "Contract" }']) await ask(`mutation { createField(object: "xStep", input: { ${input} }) { key } }`)
    await ask('mutation { createXContract(input: { name: "C-2", xSteps: [{ name: "Sign", custom: { contractId: "7", contract: null } }] }) { xSteps { custom { contractId contract { id } } } } }')
    const steps = async () => (await ask('query ($id: ID!) { xContract(id: $id) { xSteps { name } } }', { id })).xContract.xSteps
    await ask('mutation { hideObject(name: "xStep") { name } }')
    expect(await refused('{ xContracts { nodes { xSteps { name } } } }')).toMatchObject({ code: 'INVALID_INPUT' })
    await ask('mutation { restoreObject(name: "xStep") { name } }')
    expect(await steps()).toEqual([{ name: 'Sign' }])
    await ask('mutation { hideObject(name: "xContract") { name } }')
    expect((await ask('{ objects { name } }')).objects).not.toContainEqual({ name: 'xStep' })
    await ask('mutation { restoreObject(name: "xContract") { name } }')
    expect(await steps()).toEqual([{ name: 'Sign' }])
    for (const name of ['xStep', 'xContract']) await ask(`mutation { hideObject(name: "${name}") { name } }`)
    expect(await refused('mutation { restoreObject(name: "xStep") { name } }')).toMatchObject({ code: 'CONFLICT', object: 'xContract' })
    for (const name of ['xContract', 'xStep']) await ask(`mutation { restoreObject(name: "${name}") { name } }`)
    expect(await steps()).toEqual([{ name: 'Sign' }])
  })

  it('goes with the model as code', async () => {
    const there = workshopOf(crm.kartotek, SYSTEM_CALLER)
    const file = await exportModel(there) as unknown as { objects: Record<string, { partOf?: string }> }
    expect([file.objects.xInstalment!.partOf, file.objects.xStep!.partOf, file.objects.xContract!.partOf]).toEqual(['order', 'xContract', undefined])
    const other = await testCrm({ work: false })
    try {
      await other.as('administrator')
      const here = workshopOf(other.kartotek, SYSTEM_CALLER)
      await applyModel(here, JSON.parse(JSON.stringify(file)))
      expect((await planModel(here, file)).filter(({ what }) => what !== 'keep')).toEqual([])
      const moved = structuredClone(file)
      moved.objects.xStep!.partOf = 'order'
      expect((await planModel(here, moved)).filter(({ what }) => what !== 'keep')).toMatchObject([{ what: 'refuse', key: 'xStep' }])
    } finally {
      await other.close()
    }
  })
})
