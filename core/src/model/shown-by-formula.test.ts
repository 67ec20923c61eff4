import { afterAll, expect, it } from 'vitest'
import { testCrm } from '../testing/crm.ts'

const crm = await testCrm({ work: false })
afterAll(() => crm.close())
const admin = await crm.as('administrator')
const all = { read: 'all', create: 'all', update: 'all', delete: 'all' } as const
const make = (input: string, object = 'order') => crm.query(admin, `mutation { createField(object: "${object}", input: { labels: { en: "x" }, ${input} }) { key shownWhen { field in formula } } }`)
const shown = async (values: object, caller = admin) => (await crm.ask(caller, 'query ($values: JSON!) { shownByFormula(object: "order", values: $values) }', { values })).shownByFormula as string[]
const conditionOf = async (key: string, caller = admin) => ((await crm.ask(caller, '{ object(name: "order") { fields { key shownWhen { field in formula } } } }')).object.fields as { key: string, shownWhen: object | null }[]).find((one) => one.key === key)?.shownWhen

it('asks for a field where its formula gives yes with what is typed, decimals exact, empty as empty', async () => {
  for (const field of ['name: "size", type: decimal, scale: 2', 'name: "rate", type: decimal, scale: 2', 'name: "area", type: decimal, scale: 2, formula: "custom.size * custom.size"']) expect((await make(field)).errors).toBeUndefined()
  expect((await make('name: "why", type: text, shownWhen: { formula: "custom.area > 9 or (isEmpty(custom.size) and dueOn < today())" }')).data.createField).toEqual({ key: 'custom.why', shownWhen: { field: null, in: null, formula: 'custom.area > 9 or (isEmpty(custom.size) and dueOn < today())' } })
  expect((await make('name: "sum", type: text, shownWhen: { formula: "custom.rate + 0.2 = 0.3 and currency = \\"EUR\\"" }')).errors).toBeUndefined()
  expect(await shown({})).toEqual([])
  expect(await shown({ custom: { size: '3' } })).toEqual([])
  expect(await shown({ custom: { size: '3.01' } })).toEqual(['custom.why'])
  expect(await shown({ custom: { size: 'thr' }, dueOn: '2001-01-01' })).toEqual(['custom.why'])
  expect(await shown({ custom: { rate: '0.1' }, currency: 'EUR' })).toEqual(['custom.sum'])
  expect(await shown({ custom: { rate: '0.1' }, currency: 'USD' })).toEqual([])
  expect(await shown([])).toEqual([])
  // It is a matter of the screen: it may be written all the same, and what has a value stays.
  expect((await crm.query(admin, 'mutation { createOrder(input: { custom: { why: "so" } }) { custom { why } } }')).data.createOrder).toEqual({ custom: { why: 'so' } })
})

it.each([
  ['{ formula: "custom.size" }', 'shownWhen.formula', 'formulaCondition'], ['{ formula: "custom.size > " }', 'shownWhen.formula', 'formulaSyntax'], ['{ formula: "client.name = \\"x\\"" }', 'shownWhen.formula', 'formulaField'],
  ['{ formula: "nosuch > 1" }', 'shownWhen.formula', 'formulaField'], ['{ formula: "custom.size > 1", field: "source", in: ["x"] }', 'shownWhen', 'type'], ['{ in: ["x"] }', 'shownWhen', 'reference'], ['{}', 'shownWhen', 'reference'],
])('refuses %s', async (when, field, rule) => {
  expect((await make(`name: "bad", type: text, shownWhen: ${when}`)).errors).toMatchObject([{ extensions: { code: 'INVALID_INPUT', fields: [{ field, rule }] } }])
})

it('refuses a formula over the field itself, and in the rows of a list', async () => {
  expect((await crm.query(admin, 'mutation { updateField(object: "order", field: "custom.rate", input: { shownWhen: { formula: "custom.rate > 1" } }) { key } }')).errors).toMatchObject([{ extensions: { fields: [{ field: 'shownWhen.formula', rule: 'formulaCircle' }] } }])
  expect((await make('name: "note", type: text, shownWhen: { formula: "quantity > 1" }', 'orderLine')).errors).toMatchObject([{ extensions: { fields: [{ field: 'shownWhen.formula', rule: 'type' }] } }])
})

it('is none for who may not read what it reads, and rests while that is hidden', async () => {
  const blind = await crm.withRules({ objects: { '*': all }, fields: { 'order.custom.size': { read: false, write: false } } })
  expect(await conditionOf('custom.why', blind)).toBeNull()
  expect(await conditionOf('custom.sum', blind)).not.toBeNull()
  // What he sends for the closed field is not looked at.
  expect(await shown({ custom: { size: '9', rate: '0.1' }, currency: 'EUR' }, blind)).toEqual(['custom.sum'])
  const outside = await crm.withRules({ objects: { client: { read: 'all' } } })
  expect((await crm.query(outside, '{ shownByFormula(object: "order", values: {}) }')).errors).toMatchObject([{ extensions: { code: 'NOT_FOUND' } }])
  await crm.ask(admin, 'mutation { hideField(object: "order", field: "custom.rate") { key } }')
  expect(await conditionOf('custom.sum')).toBeNull()
  expect(await shown({ custom: { rate: '0.1' }, currency: 'EUR' })).toEqual([])
  await crm.ask(admin, 'mutation { restoreField(object: "order", field: "custom.rate") { key } }')
  expect(await shown({ custom: { rate: '0.1' }, currency: 'EUR' })).toEqual(['custom.sum'])
})

it('stands among the changes of the configuration in words', async () => {
  await crm.ask(admin, 'mutation { updateField(object: "order", field: "custom.why", input: { shownWhen: { formula: "custom.size > 5" } }) { key } }')
  const { changeSets } = await crm.ask(admin, '{ changeSets(configuration: true, first: 1) { nodes { configuration { fields { label beforeText afterText } } } } }')
  expect(changeSets.nodes[0].configuration.fields).toEqual([{ label: 'Shown only when · Formula', beforeText: 'custom.area > 9 or (isEmpty(custom.size) and dueOn < today())', afterText: 'custom.size > 5' }])
})
