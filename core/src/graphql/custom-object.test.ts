import { mkdirSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'
import { uuidv7 } from 'uuidv7'
import { afterAll, expect, it } from 'vitest'
import { testCrm } from '../testing/crm.ts'

/** An object that an administrator made has every ability of built-in ones, pipelines and papers included. */
const crm = await testCrm({ work: false })
afterAll(() => crm.close())
const admin = await crm.as('administrator')
const run = (source: string, variables?: Record<string, unknown>) => crm.query(admin, source, variables)
const ask = (source: string, variables?: Record<string, unknown>) => crm.ask(admin, source, variables)

async function upload(name: string, text: string): Promise<string> {
  const { uploads } = crm.kartotek
  const id = uuidv7()
  mkdirSync(dirname(uploads.pathOf(id)), { recursive: true })
  writeFileSync(uploads.pathOf(id), text)
  await uploads.add({ filename: id, originalname: name, size: text.length }, admin.actor.userId)
  return id
}

  const stageOf = async (key: string) => (await ask('{ pipelines(object: "xVehicle") { stages { id key } } }')).pipelines[0].stages.find((s: { key: string }) => s.key === key).id as string
  const vehicle = async (input: string) => (await ask(`mutation { createXVehicle(input: { ${input} }) { id } }`)).createXVehicle.id as string

  it('lists, references both ways, search and aggregates', async () => {
    await ask('mutation { createObject(input: { name: "vehicle", plural: "vehicles", labels: { en: "Vehicle" }, labelsPlural: { en: "Vehicles" }, staged: true }) { name } }')
    await ask(`mutation {
      a: createField(object: "xVehicle", input: { name: "keeper", type: reference, to: "client", reverse: "vehicles", labels: { en: "Keeper" } }) { key }
      b: createField(object: "xVehicle", input: { name: "plate", type: text, unique: true, filterable: true, labels: { en: "Plate" } }) { key }
      c: createField(object: "xVehicle", input: { name: "phone", type: phone, filterable: true, labels: { en: "Phone" } }) { key }
      d: createPipeline(input: { object: "xVehicle", key: "service", labels: { en: "Service" }, stages: [
        { key: "waiting", labels: { en: "Waiting" }, kind: OPEN }, { key: "working", labels: { en: "Working" }, kind: OPEN, gate: { requiredFields: ["custom.plate"] } },
        { key: "done", labels: { en: "Done" }, kind: WON }, { key: "scrapped", labels: { en: "Scrapped" }, kind: LOST }] }) { id }
    }`)
    const id = (await ask('mutation { createClient(input: { name: "Keeper" }) { id } }')).createClient.id
    const made = await run('mutation($id: ID!) { createXVehicle(input: { name: "Lada", custom: { keeper: $id } }) { id custom { keeper { name vehicles { nodes { name } } } } } }', { id })
    expect(made.errors).toBeUndefined()
    expect(made.data.createXVehicle.custom.keeper).toEqual({ name: 'Keeper', vehicles: { nodes: [{ name: 'Lada' }] } })
    expect((await run('{ xVehicles(search: "lad") { total { value } } xVehicleAggregate(measures: [{ function: COUNT }]) { values { value } } }')).data)
      .toEqual({ xVehicles: { total: { value: 1 } }, xVehicleAggregate: [{ values: [{ value: '1' }] }] })
  })

  it('stages, gates, reasons of a loss and the history of stages', async () => {
    const id = await vehicle('name: "Staged"')
    const move = async (stage: string, more = '') => run(`mutation($id: ID!, $stage: ID!) { updateXVehicle(id: $id, input: { stage: $stage ${more} }) { stage { key } lossReason { key } } }`, { id, stage: await stageOf(stage) })
    expect((await move('working')).errors).toMatchObject([{ extensions: { code: 'GATE_CLOSED', missing: [{ rule: 'required', field: 'custom.plate' }] } }])
    expect((await move('working', 'custom: { plate: "AA-1" }')).data.updateXVehicle.stage.key).toBe('working')
    expect((await move('scrapped')).errors![0]!.extensions.code).toBe('GATE_CLOSED')
    expect((await move('scrapped', 'lossReason: "price"')).data.updateXVehicle).toEqual({ stage: { key: 'scrapped' }, lossReason: { key: 'price' } })
    expect((await ask(`{ stageHistory(object: "xVehicle", id: "${id}") { stage { key } } }`)).stageHistory.map((s: { stage: { key: string } }) => s.stage.key).sort()).toEqual(['scrapped', 'waiting', 'working'])
  })

  it('unique fields, numbers of phones, change sets and their revert', async () => {
    const id = await vehicle('name: "Unique", custom: { plate: "UU-1", phone: "+358 40 111 2222" }')
    expect((await run('mutation { createXVehicle(input: { name: "Twin", custom: { plate: "UU-1" } }) { id } }')).errors![0]!.extensions.code).toBe('DUPLICATE')
    expect((await ask('{ xVehicles(filter: { custom: { phone: { eq: "+358401112222" } } }) { nodes { id } } }')).xVehicles.nodes).toEqual([{ id }])
    const { changeSets } = await run(`mutation { updateXVehicle(id: "${id}", input: { name: "Renamed" }) { id } }`)
    await ask(`mutation { revertChangeSet(id: "${changeSets[0]}") { reverted } }`)
    expect((await ask(`{ xVehicle(id: "${id}") { name } }`)).xVehicle.name).toBe('Unique')
  })


it('files, tasks and the timeline', async () => {
  const id = await vehicle('name: "Papers"')
  const subject = { object: 'xVehicle', id }
  await ask('mutation($s: RecordLinkInput!, $u: ID!) { attachFile(subject: $s, upload: $u) { version } }', { s: subject, u: await upload('pass.txt', 'A vehicle pass') })
  await ask('mutation($s: RecordLinkInput!) { createTask(input: { title: "Wash it", subject: $s }) { id } createTimelineEntry(input: { subject: $s, text: "It squeaks" }) { id } }', { s: subject })
  const { files, tasks, timeline } = await ask(`{ files(filter: { subject: { id: { eq: "${id}" } } }) { nodes { name } } tasks(filter: { subject: { id: { eq: "${id}" } } }) { nodes { title subject { title } } } timeline(object: "xVehicle", id: "${id}") { nodes { text } } }`)
  expect(files.nodes).toEqual([{ name: 'pass.txt' }])
  expect(tasks.nodes).toEqual([{ title: 'Wash it', subject: { title: 'Papers' } }])
  expect(timeline.nodes.map((n: { text: string | null }) => n.text)).toContain('It squeaks')
})

it('exports and imports', async () => {
  expect((await ask('{ exportColumns(object: "xVehicle") { key } }')).exportColumns.map((c: { key: string }) => c.key)).toEqual(expect.arrayContaining(['name', 'custom.plate', 'custom.keeper', 'stage']))
  expect((await ask('mutation { prepareExport(input: { object: "xVehicle", columns: ["name", "custom.plate"], format: CSV, filter: { name: { eq: "Papers" } } }) { records { value } } }')).prepareExport.records.value).toBe(1)
  const mapping = { object: 'xVehicle', key: { columns: ['plate'], field: 'custom.plate' }, onMatch: 'update', fields: { 'name': 'name', 'custom.plate': 'plate', 'custom.keeper': { column: 'keeper', by: 'name' } } }
  const { startImport } = await ask('mutation($u: ID!, $m: JSON!) { startImport(upload: $u, mapping: $m) { id } }', { u: await upload('cars.csv', 'name,plate,keeper\nMoskvitch,IM-1,Keeper\nBad,IM-2,Nobody\nUnique again,UU-1,Keeper\n'), m: mapping })
  await crm.drain()
  expect((await ask(`{ import(id: "${startImport.id}") { state created updated failed } }`)).import).toEqual({ state: 'DONE', created: 1, updated: 1, failed: 1 })
  expect((await ask('{ xVehicles(filter: { custom: { plate: { in: ["IM-1", "UU-1"] } } }, orderBy: [{ field: name }]) { nodes { name custom { keeper { name } } } } }')).xVehicles.nodes)
    .toEqual([{ name: 'Moskvitch', custom: { keeper: { name: 'Keeper' } } }, { name: 'Unique again', custom: { keeper: { name: 'Keeper' } } }])
})

it('views, segments, sharing, archive and trash', async () => {
  const filter = { name: { eq: 'Papers' } }
  const { createSegment } = await ask('mutation($f: JSON!) { createSegment(object: "xVehicle", input: { name: "Papers", filter: $f }) { id } }', { f: filter })
  await ask('mutation($f: JSON!) { createSavedView(object: "xVehicle", input: { name: "Mine", columns: ["name", "custom.plate"], filter: $f, layout: BOARD }) { id } }', { f: filter })
  expect((await ask(`{ savedViews(object: "xVehicle") { name } xVehicles(filter: { inSegment: ["${createSegment.id}"] }) { nodes { id name } } }`))).toMatchObject({ savedViews: [{ name: 'Mine' }], xVehicles: { nodes: [{ name: 'Papers' }] } })
  const dora = await crm.withRules({ objects: { xVehicle: { read: 'own' } } })
  const { nodes: [{ id }] } = (await ask('{ xVehicles(filter: { name: { eq: "Papers" } }) { nodes { id } } }')).xVehicles
  const seen = async (): Promise<unknown> => (await crm.ask({ ...dora, actor: { ...dora.actor, hasShares: true } }, `{ xVehicle(id: "${id}") { name } }`)).xVehicle
  expect(await seen()).toBeNull()
  await ask(`mutation { shareRecord(object: "xVehicle", id: "${id}", user: "${dora.actor.userId}", level: READ) }`)
  expect(await seen()).toEqual({ name: 'Papers' })
  await ask(`mutation { archiveXVehicle(id: "${id}") { id } restoreXVehicle(id: "${id}") { id } deleteXVehicle(id: "${id}") { id } }`)
  expect((await ask('{ xVehicles(filter: { name: { eq: "Papers" } }) { nodes { id } } }')).xVehicles.nodes).toEqual([])
  await ask(`mutation { restoreXVehicle(id: "${id}") { id } }`)
  expect((await ask('{ xVehicles(filter: { name: { eq: "Papers" } }) { nodes { id } } }')).xVehicles.nodes).toHaveLength(1)
})

it('a pipeline that retires keeps its records and takes no new ones', async () => {
  const get = async () => (await ask('{ pipelines(object: "xVehicle") { id key version labels isDefault archived stages { id key labels kind } } }')).pipelines as { id: string, key: string, version: number, labels: object, isDefault: boolean, archived: boolean, stages: { key: string }[] }[]
  const save = async (key: string, change: object) => {
    const { id, version, isDefault: _default, archived: _archived, ...input } = (await get()).find((p) => p.key === key)!
    return run('mutation($id: ID!, $v: Int!, $i: PipelineInput!) { updatePipeline(id: $id, version: $v, input: $i) { id } }', { id, v: version, i: { ...input, object: 'xVehicle', ...change } })
  }
  expect((await save('service', { archived: true })).errors).toMatchObject([{ extensions: { fields: [{ field: 'archived' }] } }])
  await ask('mutation { createPipeline(input: { object: "xVehicle", key: "sale", labels: { en: "Sale" }, stages: [{ key: "offered", labels: { en: "Offered" }, kind: OPEN }] }) { id } }')
  const id = await vehicle('name: "Old hand"')
  expect((await save('service', { archived: true })).errors).toBeUndefined()
  expect((await get()).map(({ key, isDefault, archived }) => ({ key, isDefault, archived }))).toEqual([{ key: 'service', isDefault: false, archived: true }, { key: 'sale', isDefault: true, archived: false }])
  expect((await ask('mutation { createXVehicle(input: { name: "New hand" }) { stage { key } } }')).createXVehicle.stage.key).toBe('offered')
  expect((await ask(`mutation { updateXVehicle(id: "${id}", input: { name: "Older hand" }) { stage { key } } }`)).updateXVehicle.stage.key).toBe('waiting')
  const move = async (stage: string) => run(`mutation { updateXVehicle(id: "${id}", input: { stage: "${(await get()).flatMap((p) => p.stages as { key: string, id?: string }[]).find((s) => s.key === stage)!.id}" }) { stage { key } } }`)
  expect((await move('done')).errors![0]!.extensions.code).toBe('INVALID_INPUT')
  expect((await move('offered')).data.updateXVehicle.stage.key).toBe('offered')
  expect((await save('service', { archived: false, isDefault: true })).errors).toBeUndefined()
  expect((await get()).filter((p) => p.isDefault).map((p) => p.key)).toEqual(['service'])
})
