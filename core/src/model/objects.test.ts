import { afterAll, describe, expect, it } from 'vitest'
import { testCrm } from '../testing/crm.ts'

const crm = await testCrm()
afterAll(() => crm.close())
const admin = await crm.as('administrator')
const ask = (source: string, variables?: Record<string, unknown>) => crm.ask(admin, source, variables)
const refused = async (source: string, caller = admin) => (await crm.query(caller, source)).errors?.[0]
const set = (name: string, input: string) => `mutation { updateObject(name: "${name}", input: { ${input} }) { name } }`
const LAST = '{ changeSets(configuration: true, first: 1) { nodes { id summary revertible configuration { fields { label beforeText afterText } } } } }'
const last = async () => (await ask(LAST)).changeSets.nodes[0]
const revert = async () => crm.query(admin, `mutation { revertChangeSet(id: "${(await last()).id}") { reverted } }`)

await ask('mutation { createObject(input: { name: "vehicle", plural: "vehicles", labels: { en: "Vehicel" }, labelsPlural: { en: "Vehicles" }, owned: false }) { name } }')
await ask(`mutation {
  a: createField(object: "xVehicle", input: { name: "keeper", type: reference, to: "client", reverse: "vehicles", labels: { en: "Keeper" } }) { key }
  b: createField(object: "xVehicle", input: { name: "plate", type: text, labels: { en: "Plate" }, filterable: true, searchable: true }) { key }
  c: createField(object: "xVehicle", input: { name: "number", type: text, labels: { en: "Number" } }) { key }
  d: createField(object: "client", input: { name: "lead", type: reference, to: "xVehicle", labels: { en: "Lead vehicle" } }) { key }
}`)
const client = async (name: string, owner?: string) => (await ask('mutation($i: ClientCreateInput!) { createClient(input: $i) { id } }', { i: { name, ...(owner ? { owner } : {}) } })).createClient.id as string

describe('what an object is called', () => {
  it('is mended, kept as a change and taken back', async () => {
    const { object } = await ask('{ object(name: "xVehicle") { version } }')
    const { updateObject } = await ask(`mutation { updateObject(name: "xVehicle", input: { version: ${object.version}, labels: { en: "Vehicle", fi: "Ajoneuvo" }, help: { en: "What we drive." }, icon: "truck" }) { label help icon version } }`)
    expect(updateObject).toEqual({ label: 'Vehicle', help: 'What we drive.', icon: 'truck', version: object.version + 1 })
    expect(await last()).toMatchObject({ summary: 'Object “Vehicle”', revertible: true, configuration: { fields: expect.arrayContaining([{ label: 'Name · en', beforeText: 'Vehicel', afterText: 'Vehicle' }]) } })
    expect((await ask('{ __type(name: "XVehicle") { description } }')).__type.description).toContain('What we drive.')
    expect(await refused(set('xVehicle', `version: ${object.version}, icon: "car"`))).toMatchObject({ extensions: { code: 'CONFLICT' } })
    expect((await revert()).errors).toBeUndefined()
    expect((await ask('{ object(name: "xVehicle") { label icon help } }')).object).toEqual({ label: 'Vehicel', icon: 'box', help: null })
    await ask(set('xVehicle', 'labels: { en: "Vehicle" }'))
  })

  it('is the company’s for built-in objects too, until it takes the text of the system again', async () => {
    const { object: before } = await ask('{ object(name: "order") { labels icon } }')
    await ask(set('order', 'labels: { en: "Job" }, icon: "hammer"'))
    expect((await ask('{ object(name: "order") { label icon } }')).object).toEqual({ label: 'Job', icon: 'hammer' })
    await ask(set('order', 'labels: null, icon: null'))
    expect((await ask('{ object(name: "order") { labels icon } }')).object).toEqual(before)
    for (const input of ['title: "subject"', 'accessFrom: ["client"]', 'owned: true']) expect(await refused(set('order', input)), input).toMatchObject({ extensions: { code: 'INVALID_INPUT' } })
    expect(await refused(set('xVehicle', 'labels: null'))).toMatchObject({ extensions: { fields: [{ field: 'labels' }] } })
  })

  it('is changed by nobody without the right', async () => {
    expect(await refused(set('order', 'icon: "truck"'), await crm.as('manager'))).toMatchObject({ extensions: { code: 'FORBIDDEN' } })
    expect(await refused('{ hiddenObjects { name } }', await crm.as('manager'))).toMatchObject({ extensions: { code: 'FORBIDDEN' } })
  })
})

describe('a hidden object', () => {
  it('leaves the API with its references, and comes back with all that was in it', async () => {
    const keeper = await client('Hider')
    const { createXVehicle: car } = await ask('mutation($c: ID!) { createXVehicle(input: { name: "Lada", custom: { keeper: $c } }) { id } }', { c: keeper })
    await ask('mutation($c: ID!, $v: ID!) { updateClient(id: $c, version: 1, input: { custom: { lead: $v } }) { id } }', { c: keeper, v: car.id })
    const { createTask: task } = await ask('mutation($v: ID!) { createTask(input: { title: "Tyres", subject: { object: "xVehicle", id: $v } }) { id } }', { v: car.id })
    expect((await ask('mutation { hideObject(name: "xVehicle") { name label } }')).hideObject).toEqual({ name: 'xVehicle', label: 'Vehicle' })
    expect(await refused('{ xVehicles { nodes { id } } }')).toBeDefined()
    expect(await refused('{ clients { nodes { custom { lead { id } } } } }')).toBeDefined()
    expect((await ask(`{ task(id: "${task.id}") { title subject { id } } }`)).task).toEqual({ title: 'Tyres', subject: null })
    expect((await ask('{ hiddenObjects { name } }')).hiddenObjects).toEqual([{ name: 'xVehicle' }])
    expect(await refused('mutation { createObject(input: { name: "vehicle", plural: "vehicles", labels: { en: "V" }, labelsPlural: { en: "Vs" } }) { name } }')).toMatchObject({ message: expect.stringContaining('restore it') })
    await ask('mutation { restoreObject(name: "xVehicle") { name } }')
    expect((await ask(`{ client(id: "${keeper}") { custom { lead { name } } vehicles { nodes { name } } } task(id: "${task.id}") { subject { id } } }`)))
      .toEqual({ client: { custom: { lead: { name: 'Lada' } }, vehicles: { nodes: [{ name: 'Lada' }] } }, task: { subject: { id: car.id } } })
    expect(await refused('mutation { hideObject(name: "order") { name } }')).toMatchObject({ extensions: { code: 'INVALID_INPUT' } })
  })

  it('is not hidden while a gate needs it', async () => {
    const pipeline = (await ask('{ pipelines(object: "order") { id version key labels stages { id key labels kind gate { condition } } } }')).pipelines[0]
    const stages = (condition: unknown) => pipeline.stages.map((s: { gate: object }, i: number) => ({ ...s, gate: i === 1 && condition ? { condition } : {} }))
    const save = (version: number, condition: unknown) => ask('mutation($id: ID!, $v: Int!, $i: PipelineInput!) { updatePipeline(id: $id, version: $v, input: $i) { version } }', { id: pipeline.id, v: version, i: { object: 'order', key: pipeline.key, labels: pipeline.labels, stages: stages(condition) } })
    await save(pipeline.version, { client: { custom: { lead: { isNull: false } } } })
    expect(await refused('mutation { hideObject(name: "xVehicle") { name } }')).toMatchObject({ extensions: { code: 'CONFLICT' }, message: expect.stringContaining(`gate ${pipeline.key}`) })
    await save(pipeline.version + 1, null)
  })
})

describe('access by a reference', () => {
  it('gives the vehicles of a client to who sees the client, and is explained', async () => {
    const dora = await crm.withRules({ objects: { client: { read: 'own', update: 'own' }, xVehicle: { read: 'own', update: 'own' } } })
    const mine = await client('Mine', dora.actor.userId!)
    const { createXVehicle: car } = await ask('mutation($c: ID!) { createXVehicle(input: { name: "Seen", custom: { keeper: $c } }) { id } }', { c: mine })
    await ask('mutation($c: ID!) { createXVehicle(input: { name: "Unseen", custom: { keeper: $c } }) { id } }', { c: await client('Another') })
    const seen = async () => (await crm.ask(dora, '{ xVehicles { nodes { name } total { value } } }')).xVehicles
    expect(await seen()).toEqual({ nodes: [], total: { value: 0 } })
    await ask(set('xVehicle', 'accessFrom: ["custom.keeper"]'))
    expect((await ask('{ object(name: "xVehicle") { accessFrom } }')).object.accessFrom).toEqual(['custom.keeper'])
    expect(await seen()).toEqual({ nodes: [{ name: 'Seen' }], total: { value: 1 } })
    expect((await crm.ask(dora, `mutation { updateXVehicle(id: "${car.id}", version: 1, input: { custom: { plate: "AB-1" } }) { custom { plate } } }`)).updateXVehicle.custom.plate).toBe('AB-1')
    expect((await ask(`{ explainAccess(object: "xVehicle", id: "${car.id}", user: "${dora.actor.userId}") { read reasons { kind text } } }`)).explainAccess)
      .toMatchObject({ read: true, reasons: expect.arrayContaining([{ kind: 'PARENT', text: 'custom.keeper' }]) })
    expect(await refused('mutation { hideField(object: "xVehicle", field: "custom.keeper") { key } }')).toMatchObject({ extensions: { code: 'CONFLICT' } })
    expect((await revert()).errors).toBeUndefined()
    expect((await seen()).total.value).toBe(0)
  })

  it('has an end, and is given by nobody who would see more by it', async () => {
    await ask('mutation { a: createField(object: "xVehicle", input: { name: "trailer", type: reference, to: "xVehicle", labels: { en: "Trailer" } }) { key } b: createField(object: "xVehicle", input: { name: "job", type: reference, to: "task", labels: { en: "Job" } }) { key } }')
    for (const path of ['custom.trailer', 'custom.job', 'custom.plate', 'owner', 'custom.nothing']) expect(await refused(set('xVehicle', `accessFrom: ["${path}"]`)), path).toMatchObject({ extensions: { fields: [{ field: 'accessFrom' }] } })
    const modeller = await crm.withRules({ objects: { client: { read: 'all' }, xVehicle: { read: 'own', update: 'own' } }, capabilities: ['model.manage', 'access.manage'] })
    expect(await refused(set('xVehicle', 'accessFrom: ["custom.keeper"]'), modeller)).toMatchObject({ extensions: { fields: [{ field: 'accessFrom' }] } })
  })
})

describe('titles and numbers', () => {
  it('name records by another text field, everywhere', async () => {
    await ask(set('xVehicle', 'title: "custom.plate"'))
    const { createXVehicle: car } = await ask('mutation { createXVehicle(input: { name: "Volga", custom: { plate: "GAZ-24" } }) { id title } }')
    expect(car.title).toBe('GAZ-24')
    expect((await ask('{ xVehicles(filter: { custom: { plate: { eq: "GAZ-24" } } }) { nodes { title name } } }')).xVehicles.nodes).toEqual([{ title: 'GAZ-24', name: 'Volga' }])
    await ask('mutation($v: ID!) { createTask(input: { title: "Wash", subject: { object: "xVehicle", id: $v } }) { subject { title } } }', { v: car.id }).then(({ createTask }) => expect(createTask.subject.title).toBe('GAZ-24'))
    for (const title of ['custom.keeper', 'nothing']) expect(await refused(set('xVehicle', `title: "${title}"`)), title).toMatchObject({ extensions: { fields: [{ field: 'title' }] } })
    expect(await refused('mutation { hideField(object: "xVehicle", field: "custom.plate") { key } }')).toMatchObject({ extensions: { code: 'CONFLICT' } })
  })

  it('number own records, go on past what is there, and never give a number twice', async () => {
    await ask('mutation { createXVehicle(input: { name: "Old", custom: { number: "V-0007" } }) { id } }')
    const { updateObject } = await ask('mutation { updateObject(name: "xVehicle", input: { series: { field: "custom.number", prefix: "V-", digits: 4 } }) { series { field prefix digits next } } }')
    expect(updateObject.series).toEqual({ field: 'custom.number', prefix: 'V-', digits: 4, next: 8 })
    const make = async () => (await ask('mutation { createXVehicle(input: { name: "New" }) { custom { number } } }')).createXVehicle.custom.number
    expect(await make()).toBe('V-0008')
    expect(await refused(set('xVehicle', 'series: { next: 8 }'))).toMatchObject({ extensions: { fields: [{ field: 'series.next' }] } })
    await ask(set('xVehicle', 'series: { next: 100, prefix: "{year}/" }'))
    expect(await make()).toBe(`${new Date().getFullYear()}/0100`)
  })

  it('are settings of orders', async () => {
    await ask(set('order', 'series: { prefix: "SO-", digits: 6, next: 500 }'))
    expect((await ask('mutation { createOrder(input: { subject: "Numbered" }) { number } }')).createOrder.number).toBe('SO-000500')
    expect(await refused(set('order', 'series: { field: "subject" }'))).toMatchObject({ extensions: { fields: [{ field: 'series.field' }] } })
  })

  it('give records owners, first who made them', async () => {
    const dora = await crm.withRules({ objects: { user: { read: 'all' }, xVehicle: { read: 'own', create: 'own', update: 'own' } } })
    const { createXVehicle: car } = await crm.ask(dora, 'mutation { createXVehicle(input: { name: "Hers" }) { id } }')
    await ask(set('xVehicle', 'owned: true'))
    expect((await crm.ask(dora, '{ xVehicles { nodes { id owner { id } } } }')).xVehicles.nodes).toEqual([{ id: car.id, owner: { id: dora.actor.userId } }])
    expect((await last()).revertible).toBe(false)
    expect(await refused(set('xVehicle', 'owned: false'))).toMatchObject({ extensions: { fields: [{ field: 'owned' }] } })
  })
})

describe('fields that every record has', () => {
  const field = (name: string, input: string) => `mutation { updateField(object: "order", field: "${name}", input: { ${input} }) { key label section position version options { key label color hidden } } }`

  it('are called and placed as the company likes', async () => {
    const { updateField } = await ask(field('owner', 'version: 1, labels: { en: "Account manager" }, section: "people", position: 0'))
    expect(updateField).toMatchObject({ label: 'Account manager', section: 'people', position: 0, version: 2 })
    expect((await ask('{ object(name: "order") { fields { key } } }')).object.fields[0].key).toBe('owner')
    expect((await ask('{ object(name: "client") { fields { key label } } }')).object.fields).toContainEqual({ key: 'owner', label: 'Owner' })
    expect(await refused(field('owner', 'version: 1, labels: { en: "X" }'))).toMatchObject({ extensions: { code: 'CONFLICT' } })
    for (const [name, input] of [['owner', 'required: true'], ['stage', 'exported: false']] as const) expect(await refused(field(name, input)), input).toMatchObject({ extensions: { code: 'INVALID_INPUT' } })
    expect(await refused(field('createdAt', 'labels: { en: "X" }'))).toMatchObject({ extensions: { code: 'NOT_FOUND' } })
  })

  it('have reasons of a loss that are added, renamed, put in order and hidden, and stay while records have them', async () => {
    const { pipelines } = await ask('{ pipelines(object: "order") { stages { id kind } } }')
    const lost = pipelines[0].stages.find((s: { kind: string }) => s.kind === 'LOST').id
    const lose = (reason: string) => ask('mutation($s: ID!, $r: String) { createOrder(input: { stage: $s, lossReason: $r }) { id lossReason { key label } } }', { s: lost, r: reason }).then((d) => d.createOrder)
    await lose('no_stock')
    expect(await refused(field('lossReason', 'options: [{ key: "price", labels: { en: "Price" } }]'))).toMatchObject({ extensions: { code: 'INVALID_INPUT', fields: [expect.objectContaining({ rule: 'option' })] } })
    const { updateField } = await ask(field('lossReason', 'options: [{ key: "moved", labels: { en: "Moved away" }, color: "red" }, { key: "price", labels: { en: "Too dear" } }, { key: "no_stock", labels: { en: "No stock" }, hidden: true }]'))
    expect(updateField.options).toEqual([
      { key: 'moved', label: 'Moved away', color: 'red', hidden: false }, { key: 'price', label: 'Too dear', color: 'slate', hidden: false }, { key: 'no_stock', label: 'No stock', color: 'slate', hidden: true },
    ])
    expect((await lose('moved')).lossReason).toEqual({ key: 'moved', label: 'Moved away' })
    await expect(lose('competitor')).rejects.toThrow('INVALID_INPUT')
  })
})
