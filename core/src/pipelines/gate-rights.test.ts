import { afterAll, expect, it } from 'vitest'
import type { InputError } from '@kartotek/sdk'
import type { Caller } from '../access/caller.ts'
import { objectOf } from '../model/model.ts'
import { writeRecords } from '../records/write/batch.ts'
import { write } from '../records/write/writing.ts'
import { testCrm } from '../testing/crm.ts'

const crm = await testCrm()
afterAll(() => crm.close())
const admin = await crm.as('administrator')
const all = { read: 'all', create: 'all', update: 'all', delete: 'all' } as const
const own = { read: 'own', create: 'own', update: 'own', delete: 'own' } as const
const capabilities = ['pipelines.manage']
const closed = ['order.total', 'order.comment', 'product.cost', 'client.taxId', 'orderProblem.order']
const blind = await crm.withRules({ objects: { '*': all }, fields: Object.fromEntries(closed.map((f) => [f, { read: false, write: false }])), capabilities })

const labels = { en: 'x' }
let pipelines = 0
const input = (gate: object) => ({ object: 'order', key: `p${pipelines++}`, labels, stages: [{ key: 'first', labels, kind: 'OPEN' }, { key: 'second', labels, kind: 'OPEN', gate }] })
const STAGES = 'id version key stages { id key gate { requiredFields condition conditionHint } }'
const create = (caller: Caller, gate: object) => crm.query(caller, `mutation($input: PipelineInput!) { createPipeline(input: $input) { ${STAGES} } }`, { input: input(gate) })
const update = (caller: Caller, { id, version, stages, key }: { id: string, version: number, key: string, stages: { id: string, key: string }[] }, gate: object | null) => crm.query(caller, `mutation($id: ID!, $version: Int!, $input: PipelineInput!) { updatePipeline(id: $id, version: $version, input: $input) { ${STAGES} } }`,
  { id, version, input: { object: 'order', key, labels, stages: stages.map((s) => ({ id: s.id, key: s.key, labels, kind: 'OPEN', gate: s.key === 'second' ? gate : null })) } })
const see = async (caller: Caller, id: string) => ((await crm.query(caller, `{ pipelines(object: "order") { ${STAGES} } }`)).data.pipelines as { id: string, version: number, key: string, stages: { id: string, key: string, gate: { requiredFields: string[], condition: object | null, conditionHint: object | null } }[] }[]).find((p) => p.id === id)!

it('takes gates only over what their author may read, and answers about the rest as about what does not exist', async () => {
  const { data: { createPipeline: pipeline } } = await create(blind, {})
  const refused = async (gate: object) => Promise.all([create(blind, gate), update(blind, pipeline, gate)]).then((answers) => answers.map(({ errors }) => errors![0]))
  const conditions = (field: object): object[] => [{ condition: field }, { condition: { and: [{ not: { or: [field] } }] } }]
  const pairs: [object, object][] = [
    [{ total: { gte: '100' } }, { totalZz: { gte: '100' } }], [{ margin: { lte: '1' } }, { marginZz: { lte: '1' } }],
    [{ client: { taxId: { isNull: false } } }, { client: { taxIdZz: { isNull: false } } }], [{ problems: { none: { solved: { eq: false } } } }, { problemsZz: { none: { solved: { eq: false } } } }],
    [{ lines: { some: { cost: { lt: '1' } } } }, { lines: { some: { costZz: { lt: '1' } } } }],
  ]
  const bare = (answer: unknown): string => JSON.stringify(answer).replaceAll('Zz', '')
  for (const [hidden, invented] of pairs) {
    for (const [i, gate] of conditions(hidden).entries()) {
      const answer = await refused(gate)
      expect(answer, JSON.stringify(gate)).toMatchObject([{ extensions: { code: 'INVALID_INPUT' } }, { extensions: { code: 'INVALID_INPUT' } }])
      expect(bare(answer)).toBe(bare(await refused(conditions(invented)[i]!)))
    }
  }
  for (const key of ['total', 'comment', 'margin', 'problems']) expect(bare(await refused({ requiredFields: [key] }))).toBe(bare(await refused({ requiredFields: [`${key}Zz`] })))
  expect((await create(blind, { requiredFields: ['subject', 'lines'], condition: { net: { gte: '1' }, client: { name: { isNull: false } } } })).errors).toBeUndefined()
  expect((await create(admin, { requiredFields: ['comment'], condition: { total: { gte: '1' } } })).errors).toBeUndefined()
})

it('looks at other objects only for who sees all of their records', async () => {
  const office = await crm.withRules({ objects: { '*': own, 'user': { read: 'all' } }, capabilities })
  for (const condition of [{ client: { name: { startsWith: 'A' } } }, { client: { isNull: true } }, { contact: { id: { in: [] } } }]) {
    expect((await create(office, { condition })).errors, JSON.stringify(condition)).toMatchObject([{ extensions: { code: 'FORBIDDEN', object: 'order' } }])
  }
  expect((await create(office, { condition: { total: { gte: '1' }, lines: { some: { quantity: { gt: '1' } } }, owner: { active: { eq: true } } } })).errors).toBeUndefined()
  const outside = await crm.withRules({ capabilities })
  // Of an object that he does not see nobody makes pipelines.
  for (const gate of [{}, { condition: { total: { gte: '1' } } }, { requiredFields: ['subject'] }]) expect((await create(outside, gate)).errors).toMatchObject([{ extensions: { code: 'NOT_FOUND' } }])
})

it('shows conditions and required fields to those who may know them, and keeps for the others what they do not see', async () => {
  const gate = { requiredFields: ['subject', 'comment'], condition: { total: { gte: '777' } }, conditionHint: { en: 'Large orders only.' } }
  const { data: { createPipeline: { id } } } = await create(admin, gate)
  const gateFor = async (caller: Caller) => (await see(caller, id)).stages[1]!.gate
  expect(await gateFor(admin)).toEqual(gate)
  expect(await gateFor(await crm.as('head_of_sales'))).toEqual({ ...gate, condition: null })
  expect(await gateFor(await crm.withRules({ objects: { '*': all }, capabilities }))).toEqual(gate)
  expect(await gateFor(blind)).toEqual({ ...gate, requiredFields: ['subject'], condition: null })

  const saved = await update(blind, await see(blind, id), { requiredFields: ['dueOn'], conditionHint: gate.conditionHint })
  expect(saved.data.updatePipeline.stages[1].gate).toEqual({ requiredFields: ['dueOn'], condition: null, conditionHint: gate.conditionHint })
  expect(await gateFor(admin)).toEqual({ ...gate, requiredFields: ['dueOn', 'comment'] })
  expect((await update(blind, await see(blind, id), null)).errors).toBeUndefined()
  expect(await gateFor(admin)).toMatchObject({ requiredFields: ['comment'], condition: gate.condition })
  expect((await update(blind, await see(blind, id), { condition: { net: { gte: '1' } } })).errors).toMatchObject([{ extensions: { code: 'FORBIDDEN' } }])
  expect((await update(admin, await see(admin, id), { condition: { net: { gte: '1' } } })).errors).toBeUndefined()
  expect(await gateFor(blind)).toMatchObject({ requiredFields: [], condition: { net: { gte: '1' } } })
})

it('tells who moves a record neither names of closed fields and lists nor what a condition looks at', async () => {
  const { data: { createPipeline: { id, stages } } } = await create(admin, { requiredFields: ['subject', 'comment', 'problems'], condition: { total: { gte: '777' } } })
  const { data: { createOrder: order } } = await crm.query(blind, `mutation { createOrder(input: { pipeline: "${id}" }) { id } }`)
  const { errors } = await crm.query(blind, `mutation { updateOrder(id: "${order.id}", input: { stage: "${stages[1].id}" }) { id } }`)
  expect(errors![0]!.extensions.code).toBe('GATE_CLOSED')
  expect((errors![0]!.extensions.missing as { rule: string, field?: string }[]).map((m) => `${m.rule} ${m.field ?? ''}`.trim())).toEqual(['required subject', 'condition'])
  await crm.query(blind, `mutation { updateOrder(id: "${order.id}", input: { subject: "x" }) { id } }`)
  await crm.query(admin, `mutation { updateOrder(id: "${order.id}", input: { comment: "x" }) { id } }`)
  const { errors: later } = await crm.query(blind, `mutation { updateOrder(id: "${order.id}", input: { stage: "${stages[1].id}" }) { id } }`)
  expect(later![0]!.extensions.missing).toHaveLength(2)
  expect(JSON.stringify([errors, later])).not.toMatch(/comment|total|777|problem/i)
})

it('does not write lists that are closed to the caller', async () => {
  const { data: { createOrder: order } } = await crm.query(admin, 'mutation { createOrder(input: { problems: [{ text: "Broken" }] }) { id } }')
  const { result } = await write(crm.kartotek.engine, blind, {}, (w) => writeRecords(w, objectOf(w.generation.model, 'order'), [{ op: 'update', id: order.id, input: { problems: [] } }]))
  expect((result[0] as unknown as { error: InputError }).error.fields).toMatchObject([{ field: 'problems', rule: 'unknown' }])
})
