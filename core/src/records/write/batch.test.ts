import { expect, it } from 'vitest'
import { GateClosedError, InputError } from '@kartotek/sdk'
import { revertChangeSet } from '../../changes/reverts.ts'
import { objectOf } from '../../model/model.ts'
import { testDatabase } from '../../testing/index.ts'
import { testEngine, testUser } from '../../testing/engine.ts'
import { readingOf } from '../engine.ts'
import { emptyPlan, LISTS } from '../plan.ts'
import { readPage } from '../rows.ts'
import { writeRecords } from './batch.ts'
import { write } from './writing.ts'

const db = await testDatabase()
const engine = await testEngine(db)
const admin = await testUser(engine, 'administrator')
const object = (name: string) => objectOf(engine.live.current.model, name)

async function create(name: string, ...inputs: Record<string, unknown>[]) {
  const { result } = await write(engine, admin, {}, (w) => writeRecords(w, object(name), inputs.map((input) => ({ op: 'create', input }))))
  return result
}

it('creates a client with contact points and finds it by the digits of its phone', async () => {
  const [result] = await create('client', { name: 'Метсо Оюй', contactPoints: [{ kind: 'phone', value: '040 1234567' }, { kind: 'email', value: 'Info@Example.com' }] })
  expect(result).toMatchObject({ ok: true })
  const plan = emptyPlan(object('client'))
  plan.fields.set('name', object('client').byKey.get('name')!)
  plan.lists.set('contactPoints', { list: object('client').lists.find((l) => l.name === 'contactPoints')!, plan: (() => { const p = emptyPlan(object('contactPoint')); p.fields.set('key', object('contactPoint').byKey.get('key')!); return p })(), args: {}, total: false })
  const page = await readPage(readingOf(engine, admin), plan, { search: '358401234567' }, true)
  expect(page.nodes).toMatchObject([{ name: 'Метсо Оюй' }])
  expect((page.nodes[0] as never as { [LISTS]: Record<string, { nodes: unknown[] }> })[LISTS].contactPoints!.nodes).toMatchObject([{ key: '+358401234567' }, { key: 'info@example.com' }])
})

it('names every field that is wrong', async () => {
  const [result] = await create('client', { kind: 'alien', contactPoints: [{ kind: 'email', value: 'nonsense' }], taxId: { value: '12345' } })
  expect(result!.ok).toBe(false)
  const { error } = result as unknown as { error: InputError }
  expect(error).toBeInstanceOf(InputError)
  expect(error.fields.map((f) => `${f.field}:${f.rule}`).sort()).toEqual(['contactPoints.0.value:email', 'kind:option', 'name:required', 'taxId:taxId'])
})

it('computes lines and totals, rounding half-up at the line', async () => {
  const [client] = await create('client', { name: 'Oy Testi Ab' })
  const [order] = await create('order', {
    client: (client as { id: string }).id, currency: 'EUR',
    lines: [{ text: 'Ruuvi', quantity: '3', price: { amount: '0.335', currency: 'EUR' }, taxRate: '25.5' }, { text: 'Työ', quantity: '1.5', price: { amount: '99.99' }, discount: '10' }],
  })
  expect((order as { error?: Error }).error).toBeUndefined()
  const row = await engine.db.selectFrom('core.order').selectAll().where('id', '=', (order as { id: string }).id).executeTakeFirstOrThrow()
  expect(row).toMatchObject({ number: '1', net: '136.00', tax: '0.26', total: '136.26', version: 1 })
})

it('keeps the gate of a stage closed until what it wants is there', async () => {
  const stages = engine.live.current.pipelines[0]!.stages
  const lost = stages.find((s) => s.key === 'lost')!
  const [order] = await create('order', { subject: 'Gate' })
  expect((order as { error?: Error }).error).toBeUndefined()
  const id = (order as { id: string }).id
  const attempt = await write(engine, admin, {}, (w) => writeRecords(w, object('order'), [{ op: 'update', id, input: { stage: lost.id } }]))
  expect((attempt.result[0] as { error: Error }).error).toBeInstanceOf(GateClosedError)
  const done = await write(engine, admin, {}, (w) => writeRecords(w, object('order'), [{ op: 'update', id, input: { stage: lost.id, lossReason: 'price' } }]))
  expect(done.result[0]).toMatchObject({ ok: true, version: 2 })
  const visits = await engine.db.selectFrom('core.stage_visit').selectAll().where('record_id', '=', id).orderBy('entered_at').execute()
  expect(visits.map((v) => v.kind)).toEqual(['created', 'final'])
  expect(visits[0]!.left_at).not.toBeNull()
})

it('takes prices of lines in the currency of their order, and refuses another one', async () => {
  const [order] = await create('order', { currency: 'USD', lines: [{ text: 'a', price: { amount: '10' } }] })
  const row = await engine.db.selectFrom('core.order').select(['total', 'total__currency']).where('id', '=', (order as { id: string }).id).executeTakeFirstOrThrow()
  expect(row).toEqual({ total: '10.00', total__currency: 'USD' })
  const [refused] = await create('order', { currency: 'USD', lines: [{ text: 'a', price: { amount: '10', currency: 'EUR' } }] })
  expect((refused as unknown as { error: InputError }).error.fields).toMatchObject([{ field: 'lines.0.price', rule: 'currency' }])
})

it('tells of fields and of empty lists that a gate wants in one answer', async () => {
  const { stages } = engine.live.current.pipelines[0]!
  const stage = stages.find((s) => s.key === 'offer')!
  await engine.db.updateTable('core.stage').set({ gate: JSON.stringify({ requiredFields: ['subject', 'lines'] }) }).where('id', '=', stage.id).execute()
  await engine.db.updateTable('core.revision').set((e) => ({ rules: e('rules', '+', 1) })).execute()
  const [empty, full] = await create('order', {}, { lines: [{ text: 'dear', price: { amount: '150' } }] })
  const { result } = await write(engine, admin, {}, (w) => writeRecords(w, object('order'), [empty, full].map((o) => ({ op: 'update', id: (o as { id: string }).id, input: { stage: stage.id } }))))
  const missing = result.map((one) => ((one as unknown as { error: GateClosedError }).error.data.missing as { field: string }[]).map(({ field }) => field))
  expect(missing).toEqual([['subject', 'lines'], ['subject']])
})

it('never writes what it refused, though another item of the same batch is written', async () => {
  const [a, b] = await create('client', { name: 'Good' }, { name: 'Bad' })
  const { result } = await write(engine, admin, {}, (w) => writeRecords(w, object('client'), [
    { op: 'update', id: (a as { id: string }).id, input: { name: 'Better' } },
    { op: 'update', id: (b as { id: string }).id, input: { name: 'Worse', kind: 'alien' } },
  ]))
  expect(result.map((r) => r.ok)).toEqual([true, false])
  const rows = await engine.db.selectFrom('core.client').select(['name']).where('id', 'in', [(a as { id: string }).id, (b as { id: string }).id]).orderBy('name').execute()
  expect(rows.map((r) => r.name)).toEqual(['Bad', 'Better'])
})

it('undoes and repeats only what a condition of a gate refuses', async () => {
  const { stages } = engine.live.current.pipelines[0]!
  const offer = stages.find((s) => s.key === 'offer')!
  await engine.db.updateTable('core.stage').set({ gate: JSON.stringify({ condition: { total: { gte: '100' } }, requiredFields: ['lines'] }) }).where('id', '=', offer.id).execute()
  await engine.db.updateTable('core.revision').set((e) => ({ rules: e('rules', '+', 1) })).execute()
  const orders = await create('order', { lines: [{ text: 'dear', price: { amount: '150' } }] }, { lines: [{ text: 'cheap', price: { amount: '50' } }] }, {})
  const ids = orders.map((o) => (o as { id: string }).id)
  const { result, changeSetId } = await write(engine, admin, {}, (w) => writeRecords(w, object('order'), ids.map((id) => ({ op: 'update', id, input: { stage: offer.id } }))))
  expect(result.map((r) => r.ok)).toEqual([true, false, false])
  expect((result[1] as unknown as { error: GateClosedError }).error.data.missing).toMatchObject([{ rule: 'condition' }])
  expect((result[2] as unknown as { error: GateClosedError }).error.data.missing).toMatchObject([{ rule: 'condition' }, { rule: 'required', field: 'lines' }])
  const moved = await engine.db.selectFrom('core.order').select('id').where('stage_id', '=', offer.id).execute()
  expect(moved.map((r) => r.id)).toEqual([ids[0]])
  const changes = await engine.db.selectFrom('core.change').select('record_id').where('change_set_id', '=', changeSetId!).execute()
  expect(changes.map((c) => c.record_id)).toEqual([ids[0]])
  const passed = await write(engine, admin, { passGates: true }, (w) => writeRecords(w, object('order'), [{ op: 'update', id: ids[1]!, input: { stage: offer.id } }]))
  expect(passed.result[0]!.ok).toBe(true)
  const set = await engine.db.selectFrom('core.change_set').select('flags').where('id', '=', passed.changeSetId!).executeTakeFirstOrThrow()
  expect(set.flags.passedGatesCount).toBe(1)
})

it('lets nobody empty what the stage asked for while the record stays there', async () => {
  const { stages } = engine.live.current.pipelines[0]!
  const [lost, offer] = ['lost', 'offer'].map((key) => stages.find((s) => s.key === key)!)
  await engine.db.updateTable('core.stage').set({ gate: JSON.stringify({ requiredFields: ['subject', 'lines'] }) }).where('id', '=', offer!.id).execute()
  await engine.db.updateTable('core.revision').set((e) => ({ rules: e('rules', '+', 1) })).execute()
  const lines = [{ text: 'a', price: { amount: '1' } }]
  const ids = (await create('order', { stage: lost!.id, lossReason: 'price' }, { stage: offer!.id, subject: 'S', lines }, { stage: offer!.id, subject: 'T', lines }, { subject: 'U', lines })).map((o) => (o as { id: string }).id)
  const update = (inputs: Record<string, unknown>[], options = {}) => write(engine, admin, options, (w) => writeRecords(w, object('order'), inputs.map((input, i) => ({ op: 'update', id: ids[i]!, input }))))
  const empty = [{ lossReason: null }, { subject: null, lines: [] }, { comment: 'stays', subject: 'T2' }, { subject: null, lines: [] }]
  const { result } = await update(empty)
  expect(result.map((r) => r.ok)).toEqual([false, false, true, true])
  const errors = result.slice(0, 2).map((r) => (r as unknown as { error: GateClosedError }).error)
  expect(errors.map((e) => e.code)).toEqual(['GATE_CLOSED', 'GATE_CLOSED'])
  expect(errors.map((e) => e.data.missing)).toMatchObject([[{ rule: 'lossReason', field: 'lossReason' }], [{ rule: 'required', field: 'subject' }, { rule: 'required', field: 'lines' }]])
  expect(errors[0]!.message).toContain('cannot be left empty')
  const passed = await update(empty.slice(0, 2), { passGates: true })
  expect(passed.result.map((r) => r.ok)).toEqual([true, true])
  const { flags } = await engine.db.selectFrom('core.change_set').select('flags').where('id', '=', passed.changeSetId!).executeTakeFirstOrThrow()
  expect(flags.passedGatesCount).toBe(2)
  // What is empty already stands in the way of nothing else.
  expect((await update([{ comment: 'later' }, { comment: 'later' }])).result.map((r) => r.ok)).toEqual([true, true])
})

it('flags what a revert goes back into without meeting it, conditions and lists included', async () => {
  const { stages } = engine.live.current.pipelines[0]!
  const [won, offer] = ['won', 'offer'].map((key) => stages.find((s) => s.key === key)!)
  const gate = async (value: object) => {
    await engine.db.updateTable('core.stage').set({ gate: JSON.stringify(value) }).where('id', '=', offer!.id).execute()
    await engine.db.updateTable('core.revision').set((e) => ({ rules: e('rules', '+', 1) })).execute()
  }
  await gate({})
  const [order] = await create('order', { stage: offer!.id })
  const { id } = order as { id: string }
  const move = await write(engine, admin, {}, (w) => writeRecords(w, object('order'), [{ op: 'update', id, input: { stage: won!.id } }]))
  await gate({ condition: { total: { gte: '100' } }, requiredFields: ['lines'] })
  const report = await revertChangeSet(engine, admin, move.changeSetId!)
  expect(report).toMatchObject({ reverted: 1, kept: [] })
  const { flags } = await engine.db.selectFrom('core.change_set').select('flags').where('id', '=', report.changeSet!).executeTakeFirstOrThrow()
  expect(flags.passedGates).toMatchObject([{ id, stage: offer!.id, missing: [{ rule: 'condition' }, { rule: 'required', field: 'lines' }] }])
  await gate({})
})

it('takes price, unit, tax and cost of a line from its product, where the line has none of its own', async () => {
  const [product] = await create('product', { name: 'Screw', unit: 'box', price: { amount: '12.5' }, cost: { amount: '8' }, taxRate: '25.5' })
  const id = (product as { id: string }).id
  const manager = await testUser(engine, 'manager')
  const { result } = await write(engine, manager, {}, (w) => writeRecords(w, object('order'), [{ op: 'create', input: {
    lines: [{ product: id, quantity: '2' }, { product: id, price: { amount: '10' }, taxRate: '0' }, { product: id, price: null }],
  } }]))
  expect((result[0] as { error?: Error }).error).toBeUndefined()
  const lines = await engine.db.selectFrom('core.order_line').select(['text', 'unit', 'price', 'tax_rate', 'net', 'margin']).where('order_id', '=', result[0]!.id!).orderBy('position').execute()
  expect(lines).toEqual([
    { text: 'Screw', unit: 'box', price: '12.5000', tax_rate: '25.50', net: '25.00', margin: '9.00' },
    { text: 'Screw', unit: 'box', price: '10.0000', tax_rate: '0.00', net: '10.00', margin: '2.00' },
    { text: 'Screw', unit: 'box', price: '12.5000', tax_rate: '25.50', net: '12.50', margin: '4.50' },
  ])
})

it('takes numbers past one that an edit set, so that no later order runs into it', async () => {
  const [first] = await create('order', {})
  const { id } = first as { id: string }
  const { number } = await engine.db.selectFrom('core.order').select('number').where('id', '=', id).executeTakeFirstOrThrow()
  await write(engine, admin, {}, (w) => writeRecords(w, object('order'), [{ op: 'update', id, input: { number: String(Number(number) + 2) } }]))
  const [a, b, c] = await create('order', {}, {}, {})
  expect([a, b, c].map((r) => r!.ok)).toEqual([true, true, true])
})

it('restores from the trash only what meets no value that was taken meanwhile', async () => {
  const [old, other] = await create('product', { name: 'Old', code: 'SAME' }, { name: 'Other' })
  const ids = [old, other].map((r) => (r as { id: string }).id)
  await write(engine, admin, {}, (w) => writeRecords(w, object('product'), ids.map((id) => ({ op: 'trash', id }))))
  await create('product', { name: 'New', code: 'SAME' })
  const { result } = await write(engine, admin, {}, (w) => writeRecords(w, object('product'), ids.map((id) => ({ op: 'restore', id }))))
  expect(result.map((r) => r.ok)).toEqual([false, true])
  expect((result[0] as unknown as { error: { code: string } }).error.code).toBe('DUPLICATE')
})

it('takes no record into a stage that is archived', async () => {
  const { stages } = engine.live.current.pipelines[0]!
  const qualification = stages.find((s) => s.key === 'qualification')!
  await engine.db.updateTable('core.stage').set({ archived_at: new Date() }).where('id', '=', qualification.id).execute()
  await engine.db.updateTable('core.revision').set((e) => ({ rules: e('rules', '+', 1) })).execute()
  const [refused] = await create('order', { stage: qualification.id })
  expect((refused as unknown as { error: InputError }).error.fields).toMatchObject([{ field: 'stage', rule: 'stage' }])
})

it('flags only those passed gates whose record was written, over all transactions of a change set', async () => {
  const lost = engine.live.current.pipelines[0]!.stages.find((s) => s.key === 'lost')!
  const ids = (await create('order', {}, {}, {})).map((o) => (o as { id: string }).id)
  const { guards } = engine
  engine.guards = { has: (action) => action === 'order.stage', run: async (_, records) => { if (records.some((r) => r.id === ids[0])) throw new InputError('Not this one.') } }
  try {
    const move = (options: { changeSetId?: string }, of: string[]) => write(engine, admin, { ...options, passGates: true }, (w) => writeRecords(w, object('order'), of.map((id) => ({ op: 'update', id, input: { stage: lost.id } }))))
    const { result, changeSetId } = await move({}, ids.slice(0, 2))
    expect(result.map((r) => r.ok)).toEqual([false, true])
    const flags = async () => (await engine.db.selectFrom('core.change_set').select('flags').where('id', '=', changeSetId!).executeTakeFirstOrThrow()).flags
    expect(await flags()).toMatchObject({ passedGatesCount: 1, passedGates: [{ id: ids[1] }] })
    await move({ changeSetId: changeSetId! }, [ids[2]!])
    expect(await flags()).toMatchObject({ passedGatesCount: 2 })
  } finally {
    engine.guards = guards
  }
})

it('keeps who changed a part and when', async () => {
  const [order] = await create('order', { lines: ['one', 'two'].map((text) => ({ text, price: { amount: '1' } })) })
  const { id } = order as { id: string }
  const lines = () => engine.db.selectFrom('core.order_line').selectAll().where('order_id', '=', id).orderBy('position').execute()
  const before = await lines()
  const other = await testUser(engine, 'administrator')
  await write(engine, other, {}, (w) => writeRecords(w, object('order'), [{ op: 'update', id, input: { lines: before.map((line, i) => ({ id: line.id, text: i ? 'three' : 'one', price: { amount: '1' } })) } }]))
  const [one, two] = await lines()
  expect(one).toMatchObject({ updated_by: admin.actor.userId, updated_at: before[0]!.updated_at, version: 1 })
  expect(two).toMatchObject({ updated_by: other.actor.userId, version: 2 })
  expect(two!.updated_at.getTime()).toBeGreaterThan(before[1]!.updated_at.getTime())
})

it('takes long texts whose search form is cut in the middle of a sign', async () => {
  const [client] = await create('client', { name: 'Long', contactPoints: Array.from({ length: 60 }, (_, i) => ({ kind: 'other', value: `${i}${'x'.repeat(i % 2)}${'🙂'.repeat(140)}` })) })
  expect((client as { error?: Error }).error).toBeUndefined()
  const { search } = await engine.db.selectFrom('core.client').select('search').where('id', '=', (client as { id: string }).id).executeTakeFirstOrThrow()
  expect(search.length).toBeGreaterThan(7_000)
})
