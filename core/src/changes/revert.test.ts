import { afterAll, describe, expect, it } from 'vitest'
import { SYSTEM_CALLER } from '../access/caller.ts'
import { objectOf } from '../model/model.ts'
import { writeRecords } from '../records/write/batch.ts'
import { write } from '../records/write/writing.ts'
import { testCrm } from '../testing/crm.ts'

const crm = await testCrm()
afterAll(() => crm.close())
const admin = await crm.as('administrator')
const ask = (source: string, variables?: Record<string, unknown>) => crm.ask(admin, source, variables)
/** The change set of a change that must succeed. */
const change = async (source: string, variables?: Record<string, unknown>): Promise<string> => {
  const { errors, changeSets } = await crm.query(admin, source, variables)
  expect(errors).toBeUndefined()
  return changeSets[0]!
}
const revert = async (id: string) => (await ask('mutation ($id: ID!) { revertChangeSet(id: $id) { changeSet reverted kept { reason fields message } } }', { id })).revertChangeSet
const field = (name: string, more: string) => ask(`mutation { createField(object: "product", input: { name: "${name}", labels: { en: "${name}" }, ${more} }) { key } }`)
const rule = (name: string, input: string) => ask(`mutation { updateField(object: "product", field: "custom.${name}", input: { ${input} }) { key } }`)

describe('computed fields', () => {
  it('follow what goes back and what stays', async () => {
    const { createContact: { id } } = await ask('mutation { createContact(input: { lastName: "Old", firstName: "Ann" }) { id } }')
    const update = (input: string) => change(`mutation ($id: ID!) { updateContact(id: $id, input: { ${input} }) { id } }`, { id })
    const first = await update('lastName: "New"')
    await update('firstName: "Bea"')
    expect(await revert(first)).toMatchObject({ reverted: 1, kept: [] })
    expect((await ask('query ($id: ID!) { contact(id: $id) { lastName firstName name } }', { id })).contact).toEqual({ lastName: 'Old', firstName: 'Bea', name: 'Old Bea' })
  })

  it('follow by their formulas', async () => {
    await field('pp', 'type: integer')
    await field('qq', 'type: integer')
    await field('ff', 'type: integer, formula: "custom.pp * custom.qq"')
    const { createProduct: { id } } = await ask('mutation { createProduct(input: { name: "Sum", custom: { pp: 10, qq: 1 } }) { id } }')
    const update = (custom: string) => change(`mutation ($id: ID!) { updateProduct(id: $id, input: { custom: { ${custom} } }) { id } }`, { id })
    const first = await update('pp: 20')
    await update('qq: 2')
    expect(await revert(first)).toMatchObject({ reverted: 1, kept: [] })
    expect((await ask('query ($id: ID!) { product(id: $id) { custom { pp qq ff } } }', { id })).product.custom).toEqual({ pp: 10, qq: 2, ff: 20 })
  })

  it('stay with the lines that stay', async () => {
    const { createOrder: { id } } = await ask('mutation { createOrder(input: { subject: "Before", lines: [{ text: "a", price: { amount: "5" } }] }) { id lines { id } } }')
    const update = (input: string) => change(`mutation ($id: ID!) { updateOrder(id: $id, input: { ${input} }) { id } }`, { id })
    const first = await update('subject: "After", lines: [{ text: "b", price: { amount: "11" } }]')
    const [line] = (await ask('query ($id: ID!) { order(id: $id) { lines { id } } }', { id })).order.lines
    await update(`lines: [{ id: "${line.id}", text: "c" }]`)
    expect(await revert(first)).toMatchObject({ reverted: 1, kept: [{ reason: 'changed', fields: ['lines'] }] })
    expect((await ask('query ($id: ID!) { order(id: $id) { subject total { amount } lines { text total { amount } } } }', { id })).order)
      .toEqual({ subject: 'Before', total: { amount: '11.00' }, lines: [{ text: 'c', total: { amount: '11.00' } }] })
  })

  it('are as they were where all of the record is: who finished a task, and when', async () => {
    const { createTask: { id } } = await ask('mutation { createTask(input: { title: "Call" }) { id } }')
    const read = async () => (await ask('query ($id: ID!) { task(id: $id) { state { key } doneAt doneBy { id } } }', { id })).task
    await change('mutation ($id: ID!) { updateTask(id: $id, input: { state: "done" }) { id } }', { id })
    const done = await read()
    expect(done).toMatchObject({ state: { key: 'done' }, doneAt: expect.any(String) })
    const reopened = await change('mutation ($id: ID!) { updateTask(id: $id, input: { state: "open" }) { id } }', { id })
    await revert(reopened)
    expect(await read()).toEqual(done)
  })
})

it('keeps what the rules of now forbid', async () => {
  await field('size', 'type: text')
  await field('count', 'type: integer')
  await field('grade', 'type: select, options: [{ key: "a", labels: { en: "A" } }, { key: "b", labels: { en: "B" } }]')
  const { createProduct: { id } } = await ask('mutation { createProduct(input: { name: "Rules", custom: { count: 5, grade: "a" } }) { id } }')
  const update = (custom: string) => change(`mutation ($id: ID!) { updateProduct(id: $id, input: { custom: { ${custom} } }) { id } }`, { id })
  const sets = [await update('size: "L"'), await update('count: 50'), await update('grade: "b"')]
  await rule('size', 'required: true, backfill: "M"')
  await rule('count', 'min: "10"')
  await rule('grade', 'options: [{ key: "b", labels: { en: "B" } }]')
  for (const [i, name] of ['size', 'count', 'grade'].entries()) expect(await revert(sets[i]!)).toMatchObject({ reverted: 0, kept: [{ reason: 'invalid', fields: [`custom.${name}`] }] })
  expect((await ask('query ($id: ID!) { product(id: $id) { custom { size count grade { key } } } }', { id })).product.custom).toEqual({ size: 'L', count: 50, grade: { key: 'b' } })
})

describe('a stage that was removed meanwhile', () => {
  const labels = { en: 'x' }
  const stages = [{ key: 'a', labels, kind: 'OPEN' }, { key: 'b', labels, kind: 'OPEN' }, { key: 'c', labels, kind: 'WON' }]
  const make = async (key: string) => (await ask('mutation ($i: PipelineInput!) { createPipeline(input: $i) { id version stages { id key } } }', { i: { object: 'order', key, labels, stages } })).createPipeline as { id: string, version: number, stages: { id: string, key: string }[] }
  /** Saves the stages of these keys, with changes by key. */
  const save = async (pipeline: Awaited<ReturnType<typeof make>>, key: string, keys: string[], changes: Record<string, object> = {}) => crm.query(admin, 'mutation ($id: ID!, $v: Int!, $i: PipelineInput!) { updatePipeline(id: $id, version: $v, input: $i) { version } }', {
    id: pipeline.id, v: pipeline.version, i: { object: 'order', key, labels, moveTo: 'a', stages: stages.filter((s) => keys.includes(s.key)).map((s) => ({ ...s, ...changes[s.key], id: pipeline.stages.find((one) => one.key === s.key)!.id })) },
  })
  const idOf = (pipeline: Awaited<ReturnType<typeof make>>, key: string) => pipeline.stages.find((s) => s.key === key)!.id
  const order = async (stage: string): Promise<string> => (await ask('mutation ($stage: ID) { createOrder(input: { subject: "Staged", stage: $stage }) { id } }', { stage })).createOrder.id
  const read = async (id: string) => (await ask('query ($id: ID!) { order(id: $id) { stage { key } closedAt } }', { id })).order

  it('keeps its records where the change is refused for another reason', async () => {
    const pipeline = await make('refused')
    const [waiting, won] = [await order(idOf(pipeline, 'b')), await order(idOf(pipeline, 'c'))]
    expect((await save(pipeline, 'refused', ['a', 'c'], { c: { kind: 'OPEN' } })).errors).toMatchObject([{ extensions: { code: 'INVALID_INPUT', fields: [{ field: 'stages.1.kind' }] } }])
    expect([(await read(waiting)).stage.key, (await read(won)).stage.key]).toEqual(['b', 'c'])
  })

  it('is not gone back to, and what comes back from the trash enters the first open one', async () => {
    const pipeline = await make('removed')
    const [moved, gone, undone] = [await order(idOf(pipeline, 'b')), await order(idOf(pipeline, 'b')), await order(idOf(pipeline, 'b'))]
    const move = await change('mutation ($id: ID!, $s: ID) { updateOrder(id: $id, input: { stage: $s }) { id } }', { id: moved, s: idOf(pipeline, 'a') })
    await change('mutation ($id: ID!) { deleteOrder(id: $id) { id } }', { id: gone })
    const deletion = await change('mutation ($id: ID!) { deleteOrder(id: $id) { id } }', { id: undone })
    // The gate of the stage that takes them is passed by what only comes back.
    expect((await save(pipeline, 'removed', ['a', 'c'], { a: { gate: { requiredFields: ['comment', 'lines'] } } })).errors).toBeUndefined()

    expect(await revert(move)).toMatchObject({ reverted: 0, kept: [{ reason: 'invalid', fields: ['stage'], message: expect.stringContaining('no longer there') }] })
    expect(await read(moved)).toMatchObject({ stage: { key: 'a' } })
    const restored = await change('mutation ($id: ID!) { restoreOrder(id: $id) { id } }', { id: gone })
    expect(await read(gone)).toEqual({ stage: { key: 'a' }, closedAt: null })
    expect(await revert(deletion)).toMatchObject({ reverted: 1, kept: [] })
    expect(await read(undone)).toEqual({ stage: { key: 'a' }, closedAt: null })
    const { rows: [set] } = await crm.kartotek.db.pool.query('select flags from core.change_set where id = $1', [restored])
    expect(set.flags.passedGates).toMatchObject([{ id: gone, missing: [{ field: 'comment' }, { field: 'lines' }] }])
    const { rows: visits } = await crm.kartotek.db.pool.query('select stage_id, left_at is null as open from core.stage_visit where record_id = $1 order by entered_at', [gone])
    expect(visits).toEqual([{ stage_id: idOf(pipeline, 'b'), open: false }, { stage_id: idOf(pipeline, 'a'), open: true }])
  })

  it('stays open or final while records stand in it', async () => {
    const pipeline = await make('kinds')
    const id = await order(idOf(pipeline, 'b'))
    const refused = await save(pipeline, 'kinds', ['a', 'b', 'c'], { b: { kind: 'WON' } })
    expect(refused.errors).toMatchObject([{ extensions: { code: 'INVALID_INPUT', fields: [{ field: 'stages.1.kind', rule: 'readOnly' }] } }])
    await change('mutation ($id: ID!) { deleteOrder(id: $id) { id } }', { id })
    expect((await save(pipeline, 'kinds', ['a', 'b', 'c'], { b: { kind: 'WON' } })).errors).toBeUndefined()
    await change('mutation ($id: ID!) { restoreOrder(id: $id) { id } }', { id })
    expect(await read(id)).toEqual({ stage: { key: 'b' }, closedAt: expect.any(String) })
  })
})

it('the stages that the system moved a record through say so', async () => {
  const { engine } = crm.kartotek
  const { createOrder: { id } } = await ask('mutation { createOrder(input: { subject: "By whom" }) { id } }')
  const next = engine.live.current.pipelines[0]!.stages.filter((s) => s.kind === 'open')[1]!
  await write(engine, { ...SYSTEM_CALLER, actor: { ...SYSTEM_CALLER.actor, name: 'Telephony' } }, { passGates: true }, (w) => writeRecords(w, objectOf(w.generation.model, 'order'), [{ op: 'update', id, input: { stage: next.id } }]))
  expect((await ask('query ($id: ID!) { stageHistory(object: "order", id: $id) { by } }', { id })).stageHistory).toEqual([{ by: admin.actor.name }, { by: 'Telephony' }])
})
