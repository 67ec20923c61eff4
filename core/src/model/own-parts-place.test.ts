// Where lists of one's own find a place: at most twenty on an object, and none on one that is just being hidden.
import { afterAll, expect, it } from 'vitest'
import { testCrm } from '../testing/crm.ts'

const crm = await testCrm({ work: false })
afterAll(() => crm.close())
const admin = await crm.as('administrator')
const run = (source: string) => crm.query(admin, source)
const make = (name: string, partOf?: string) => crm.query(admin, 'mutation ($i: ObjectInput!) { createObject(input: $i) { name } }', { i: { name, plural: `${name}s`, labels: { en: name }, labelsPlural: { en: `${name}s` }, partOf } })
const hide = (name: string) => run(`mutation { hideObject(name: "${name}") { name } }`)
const restore = (name: string) => run(`mutation { restoreObject(name: "${name}") { name } }`)
const tooMany = { extensions: { code: 'INVALID_INPUT', fields: [{ rule: 'tooMany', message: 'An object has at most 20 lists of its own.' }] } }

it('an object has at most twenty lists, also where they are made at once, or one of them comes back', async () => {
  const names = Array.from({ length: 22 }, (_, i) => `list${String.fromCharCode(97 + i)}`)
  const answers = await Promise.all(names.map((name) => make(name, 'product')))
  const made = names.filter((_, i) => !answers[i]!.errors)
  expect(made).toHaveLength(20)
  expect(answers.find(({ errors }) => errors)!.errors).toMatchObject([tooMany])
  const first = `xL${made[0]!.slice(1)}`
  await hide(first)
  expect((await make('another', 'product')).errors).toBeUndefined()
  expect((await restore(first)).errors).toMatchObject([tooMany])
  await hide('xAnother')
  expect((await restore(first)).errors).toBeUndefined()
})

it('a list that is made while its object is being hidden is refused in words, or goes with it', async () => {
  for (const end of ['a', 'b', 'c', 'd']) {
    await make(`deal${end}`)
    const [hidden, list] = await Promise.all([hide(`xDeal${end}`), make(`step${end}`, `xDeal${end}`)])
    expect(hidden.errors).toBeUndefined()
    if (list.errors) expect(list.errors).toMatchObject([{ extensions: { code: expect.stringMatching(/^(INVALID_INPUT|NOT_FOUND)$/) } }])
    expect((await run('{ objects { name } }')).data.objects).not.toContainEqual({ name: `xStep${end}` })
  }
})

it('neither a list nor a field is hidden while a gate wants it filled', async () => {
  await make('proof', 'order')
  await run('mutation { createField(object: "order", input: { name: "code", type: text, labels: { en: "Code" } }) { key } }')
  const { pipelines: [pipeline] } = (await run('{ pipelines(object: "order") { id key version labels stages { id key labels kind color } } }')).data
  const save = (requiredFields: string[], version: number) => crm.query(admin, 'mutation ($id: ID!, $v: Int!, $i: PipelineInput!) { updatePipeline(id: $id, version: $v, input: $i) { version } }', { id: pipeline.id, v: version, i: { object: 'order', key: pipeline.key, labels: pipeline.labels, stages: pipeline.stages.map((stage: object, i: number) => (i === 1 ? { ...stage, gate: { requiredFields } } : stage)) } })
  const { data: { updatePipeline: { version } } } = await save(['xProofs', 'custom.code'], pipeline.version)
  const wanted = { extensions: { code: 'CONFLICT', usedBy: [`gate ${pipeline.key}/${pipeline.stages[1].key}`] } }
  expect((await hide('xProof')).errors).toMatchObject([wanted])
  expect((await run('mutation { hideField(object: "order", field: "custom.code") { key } }')).errors).toMatchObject([wanted])
  await save([], version)
  expect((await hide('xProof')).errors).toBeUndefined()
  expect((await run('mutation { hideField(object: "order", field: "custom.code") { key } }')).errors).toBeUndefined()
})

it('a change of type ends where its list was hidden meanwhile, and another can begin', async () => {
  await make('note', 'order')
  await run('mutation { createField(object: "xNote", input: { name: "size", type: text, labels: { en: "Size" } }) { key } }')
  const { data: { createOrder: { id } } } = await run('mutation { createOrder(input: { subject: "T", xNotes: [{ name: "a", custom: { size: "12" } }] }) { id } }')
  const retype = () => run('mutation { changeFieldType(object: "xNote", field: "custom.size", input: { type: integer }) { state } }')
  await retype()
  await hide('xNote')
  expect((await crm.drain()).failed).toEqual([])
  await restore('xNote')
  expect((await run('{ fieldTypeChanges(object: "xNote") { state } }')).data.fieldTypeChanges).toMatchObject([{ state: 'FAILED' }])
  expect((await retype()).errors).toBeUndefined()
  await crm.drain()
  expect((await run(`{ order(id: "${id}") { xNotes { custom { size } } } }`)).data.order.xNotes).toEqual([{ custom: { size: 12 } }])
})
