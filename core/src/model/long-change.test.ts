import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import type { Caller } from '../access/caller.ts'
import { eventually } from '../testing/child.ts'
import { testCrm, workingNode, type WorkingNode } from '../testing/crm.ts'
import { runLong, takeUpLong } from './long-change.ts'
import { AT_ONCE } from '../records/write/batches.ts'

const crm = await testCrm({ work: false })
afterAll(() => crm.close())
const { engine, jobs } = crm.kartotek
const { pool } = crm.kartotek.db
let admin: Caller
beforeAll(async () => { admin = await crm.as('administrator') })

const MANY = 3 * AT_ONCE + 50
const PENDING = '{ pendingModelChanges { id change object field pipeline label state total done error changeSet } }'
const UPDATE_FIELD = 'mutation ($field: String!, $input: FieldUpdate!) { updateField(object: "product", field: $field, input: $input) { required pending } }'
const UPDATE_PIPELINE = 'mutation ($id: ID!, $version: Int!, $input: PipelineInput!) { updatePipeline(id: $id, version: $version, input: $input) { pending stages { key } } }'
const REVERT = 'mutation ($id: ID!) { revertChangeSet(id: $id) { state reverted kept { reason } } }'

const ask = (source: string, variables?: object, caller = admin) => crm.ask(caller, source, variables as Record<string, unknown>)
const refused = async (source: string, variables: object, caller = admin) => (await crm.query(caller, source, variables as Record<string, unknown>)).errors![0]! as { message: string, extensions: { code: string } }
const pending = async (caller = admin) => (await ask(PENDING, {}, caller)).pendingModelChanges
const stop = (id: string) => ask('mutation ($id: ID!) { stopModelChange(id: $id) { state done total } }', { id })
const CONTINUE = 'mutation ($id: ID!) { continueModelChange(id: $id) { state done total } }'
const drain = async () => expect((await crm.drain()).failed).toEqual([])
const enqueue = (trx: unknown, input: { id: string }, options: object) => jobs.enqueue(trx as never, 'model', 'writeFirst', input, options)
const run = (id: string) => runLong(engine, id, async () => undefined, new AbortController().signal)
const numberOf = async (source: string, values: unknown[]): Promise<number> => (await pool.query<{ n: number }>(`select count(*)::int as n from ${source}`, values)).rows[0]!.n

/** A change that many records stand in the way of: of a field that becomes required, and of a pipeline that loses a stage. */
interface Long {
  /** By id: in the order in which they are written. */
  ids: string[]
  ask(caller?: Caller): Promise<{ pending: boolean }>
  written(): Promise<number>
  made(): Promise<boolean>
  /** One more record in its way. */
  add(): Promise<unknown>
  /** What was written of a record is as before. */
  takeBack(id: string): Promise<unknown>
  /** Who asks may do the change, and nothing else that it does not need. */
  rules: Parameters<typeof crm.withRules>[0]
  capability: string
}

let made = 0
const fields: string[] = []
async function field(): Promise<Long & { key: string }> {
  const name = `field${String.fromCharCode(97 + made++)}`
  const key = `custom.${name}`
  await ask(`mutation { createField(object: "product", input: { name: "${name}", type: text, labels: { en: "${name}" } }) { key } }`)
  // The earlier ones are required by now, and the new products have nothing in them.
  for (const former of fields.splice(0, Infinity, key)) await ask('mutation ($field: String!) { hideField(object: "product", field: $field) { key } }', { field: former })
  await pool.query('update core.product set trashed_at = now() where trashed_at is null')
  const create = async (n: number): Promise<string[]> => (await ask('mutation ($inputs: [ProductCreateInput!]!) { createProducts(inputs: $inputs) { results { id } } }', { inputs: Array.from({ length: n }, (_, i) => ({ name: `P ${i}` })) })).createProducts.results.map(({ id }: { id: string }) => id).sort()
  return {
    key, ids: await create(MANY),
    ask: async (caller = admin) => (await ask(UPDATE_FIELD, { field: key, input: { required: true, backfill: 'old' } }, caller)).updateField,
    written: () => numberOf(`core.product where trashed_at is null and x_${name} = 'old'`, []),
    made: async () => (await ask('{ object(name: "product") { fields { key required } } }')).object.fields.find((one: { key: string }) => one.key === key).required,
    add: () => create(1), takeBack: (id) => pool.query(`update core.product set x_${name} = null where id = $1`, [id]),
    rules: { objects: { product: { read: 'all', update: 'all' } }, capabilities: ['model.manage'] }, capability: 'model.manage',
  }
}
async function pipeline(): Promise<Long & { id: string, version: number, input: object }> {
  const key = `p${++made}`
  const stage = (name: string, more = {}) => ({ key: name, labels: { en: name }, kind: 'OPEN', ...more })
  const input = { object: 'order', key, labels: { en: key } }
  const one = (await ask('mutation ($input: PipelineInput!) { createPipeline(input: $input) { id version stages { id key } } }', { input: { ...input, stages: [stage('first'), stage('leaves'), stage('last', { gate: { requiredFields: ['dueOn'] } })] } })).createPipeline
  const id = (name: string): string => one.stages.find((other: { key: string }) => other.key === name).id
  const create = async (n: number): Promise<string[]> => (await ask('mutation ($inputs: [OrderCreateInput!]!) { createOrders(inputs: $inputs) { results { id } } }', { inputs: Array.from({ length: n }, (_, i) => ({ subject: `O ${i}`, pipeline: one.id, stage: id('leaves') })) })).createOrders.results.map((row: { id: string }) => row.id).sort()
  const update = { id: one.id, version: one.version, input: { ...input, moveTo: 'last', stages: [stage('first', { id: id('first') }), stage('last', { id: id('last') })] } }
  return {
    ...update, ids: await create(MANY),
    ask: async (caller = admin) => (await ask(UPDATE_PIPELINE, update, caller)).updatePipeline,
    written: () => numberOf('core."order" where trashed_at is null and stage_id = $1', [id('last')]),
    made: async () => (await numberOf('core.stage where id = $1 and archived_at is not null', [id('leaves')])) === 1,
    add: () => create(1), takeBack: (row) => pool.query('update core."order" set stage_id = $2 where id = $1', [row, id('leaves')]),
    rules: { objects: { order: { read: 'all' } }, capabilities: ['pipelines.manage'] }, capability: 'pipelines.manage',
  }
}

/** Somebody else holds a record of the second batch: resolves when the writing, which `begin` begins, waits there. Gives the way to let it go. */
async function held({ ids }: Long, begin: () => unknown): Promise<() => Promise<void>> {
  const holder = await pool.connect()
  await holder.query('begin')
  for (const table of ['product', '"order"']) await holder.query(`select from core.${table} where id = $1 for update`, [ids[AT_ONCE + 1]])
  await begin()
  await eventually(async () => (await pending()).find((one: { done: number, state: string }) => one.state === 'RUNNING' && one.done === AT_ONCE), 60)
  await eventually(async () => (await pool.query(`select from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'`)).rowCount || undefined, 60)
  return async () => {
    await holder.query('rollback')
    holder.release()
  }
}
const waitsForBatch = () => eventually(async () => (await pool.query(`select from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock' and query like 'update core.pending_model_change set state = %'`)).rowCount || undefined, 30)

afterEach(async () => {
  for (const { id, state } of await pending()) {
    if (state === 'RUNNING') await stop(id)
    await ask('mutation ($id: ID!) { cancelModelChange(id: $id) }', { id })
  }
})

describe.each([['a field that becomes required', field], ['a pipeline that loses a stage', pipeline]] as const)('%s, with many records in the way', (_, make) => {
  const nodes: WorkingNode[] = []
  afterEach(() => Promise.all(nodes.splice(0).map((node) => node.kill())))
  let long: Long

  it('is made in the background, says how far it is, and is one change set', { timeout: 120_000 }, async () => {
    long = await make()
    expect((await long.ask()).pending).toBe(true)
    expect([await long.written(), await long.made()]).toEqual([0, false])
    expect(await pending()).toMatchObject([{ state: 'RUNNING', total: MANY, done: 0, error: null, changeSet: null }])
    await drain()
    expect([await long.written(), await long.made()]).toEqual([MANY, true])
    const [done] = await pending()
    expect(done).toMatchObject({ state: 'DONE', total: MANY, done: MANY, error: null })
    expect((await ask('query ($id: ID!) { changeSet(id: $id) { records origin } }', { id: done.changeSet })).changeSet.records).toBe(MANY)
  })

  it('is made at once where they are few', async () => {
    long = await make()
    const few = long.ids.slice(0, 3)
    for (const table of ['product', '"order"']) await pool.query(`update core.${table} set trashed_at = now() where id = any($1)`, [long.ids.slice(3)])
    expect((await long.ask()).pending).toBe(false)
    expect([await long.written(), await long.made(), await pending()]).toEqual([few.length, true, []])
  })

  it('stops when asked and goes on when asked again; meanwhile nothing else changes it, and what was written can be reverted', { timeout: 120_000 }, async () => {
    long = await make()
    await long.ask()
    await expect(long.ask()).rejects.toThrow(/This is being changed already.*CONFLICT/)
    let running: Promise<void> | undefined
    const [{ id }] = await pending()
    const release = await held(long, () => { running = run(id) })
    const [{ changeSet }] = await pending()
    expect(await refused(REVERT, { id: changeSet })).toMatchObject({ message: 'Records are still written for this change: stop it first, or wait until it is done.', extensions: { code: 'CONFLICT' } })
    const stopping = stop(id)
    await waitsForBatch()
    await release()
    const { stopModelChange: stopped } = await stopping
    // The next batch may begin before who waits to stop it wakes up.
    expect([2 * AT_ONCE, 3 * AT_ONCE]).toContain(stopped.done)
    expect(stopped).toMatchObject({ state: 'STOPPED', total: MANY })
    await running
    expect((await refused('mutation ($id: ID!) { stopModelChange(id: $id) { id } }', { id })).extensions.code).toBe('CONFLICT')
    await drain()
    expect([await long.written(), await long.made()]).toEqual([stopped.done, false])
    // As many as it may be, it is undone as one, and what is then written is another change set.
    await ask(REVERT, { id: changeSet })
    await drain()
    expect(await long.written()).toBe(0)
    expect((await ask(CONTINUE, { id })).continueModelChange).toEqual({ state: 'RUNNING', done: 0, total: MANY })
    expect((await refused(CONTINUE, { id })).extensions.code).toBe('CONFLICT')
    await drain()
    expect([await long.written(), await long.made()]).toEqual([MANY, true])
    const [done] = await pending()
    expect(done).toMatchObject({ state: 'DONE', done: MANY })
    expect(done.changeSet).not.toBe(changeSet)
  })

  it('is made once by two nodes, with the records that come meanwhile', { timeout: 120_000 }, async () => {
    long = await make()
    await long.ask()
    const [{ id }] = await pending()
    let running: Promise<unknown> | undefined
    const release = await held(long, () => { running = Promise.all([run(id), run(id)]) })
    // One before where they are by now, one behind it.
    await long.takeBack(long.ids[0]!)
    await long.add()
    await release()
    await running
    expect([await long.written(), await long.made()]).toEqual([MANY + 1, true])
    const [done] = await pending()
    expect(done).toMatchObject({ state: 'DONE', done: MANY + 2, total: MANY + 2 })
    const { rows } = await pool.query('select count(*)::int as n, count(distinct record_id)::int as records from core.change where change_set_id = $1', [done.changeSet])
    expect(rows).toEqual([{ n: MANY + 2, records: MANY + 1 }])
  })

  it('is gone on with from where it was when its worker is killed', { timeout: 120_000 }, async () => {
    long = await make()
    await long.ask()
    const [{ id }] = await pending()
    const release = await held(long, async () => { nodes.push(await workingNode(crm)) })
    await nodes[0]!.kill()
    await release()
    expect(await long.written()).toBe(AT_ONCE)
    // Its job is held by the dead: it is found by standing still.
    await pool.query(`delete from pgboss.job where name = 'model.job.writeFirst'`)
    await takeUpLong(engine, enqueue)
    await drain()
    expect(await pending()).toMatchObject([{ state: 'RUNNING', done: AT_ONCE }])
    await pool.query(`update core.pending_model_change set tried_at = now() - interval '21 seconds' where id = $1`, [id])
    await takeUpLong(engine, enqueue)
    await drain()
    expect([await long.written(), await long.made()]).toEqual([MANY, true])
    expect(await pending()).toMatchObject([{ state: 'DONE', done: MANY, total: MANY }])
  })

  it('ends as failed when it is killed time after time, and can be continued', { timeout: 120_000 }, async () => {
    long = await make()
    await long.ask()
    await pool.query('update core.pending_model_change set attempts = 5')
    await drain()
    const [failed] = await pending()
    expect(failed).toMatchObject({ state: 'FAILED', error: 'It was broken off time after time.' })
    await ask(CONTINUE, { id: failed.id })
    await drain()
    expect(await long.made()).toBe(true)
  })

  it('goes no further once the person who asked has lost the right, and another one may continue it', { timeout: 120_000 }, async () => {
    long = await make()
    const anna = await crm.withRules(long.rules)
    await long.ask(anna)
    const [{ id }] = await pending(anna)
    let running: Promise<void> | undefined
    const release = await held(long, () => { running = run(id) })
    await pool.query('delete from core.user_role where user_id = $1', [anna.actor.userId])
    await release()
    await running
    // The batch in hand was begun with the right.
    expect([await long.written(), await long.made()]).toEqual([2 * AT_ONCE, false])
    expect(await pending()).toMatchObject([{ state: 'FAILED', done: 2 * AT_ONCE, error: 'The person who started this may no longer act.' }])
    await ask(CONTINUE, { id })
    await drain()
    expect([await long.written(), await long.made()]).toEqual([MANY, true])
  })

  it('is seen, stopped and continued only by who may change it', async () => {
    long = await make()
    await long.ask()
    const [{ id }] = await pending()
    const other = await crm.withRules({ ...long.rules, capabilities: [long.capability === 'model.manage' ? 'pipelines.manage' : 'model.manage'] })
    expect(await pending(other)).toEqual([])
    const blind = await crm.withRules({ objects: { client: { read: 'all' } }, capabilities: [long.capability] })
    expect(await pending(blind)).toEqual([])
    for (const caller of [other, blind]) {
      for (const name of ['stopModelChange', 'continueModelChange', 'cancelModelChange']) expect((await refused(`mutation ($id: ID!) { ${name}(id: $id) ${name === 'cancelModelChange' ? '' : '{ id }'} }`, { id }, caller)).extensions.code).toBe('NOT_FOUND')
    }
    expect((await refused(PENDING, {}, await crm.as('manager'))).extensions.code).toBe('FORBIDDEN')
    expect((await refused('mutation ($id: ID!) { cancelModelChange(id: $id) }', { id })).extensions.code).toBe('NOT_FOUND')
  })
})

describe('a field that becomes required', () => {
  it('gives back all that was filled once it is required no longer', { timeout: 120_000 }, async () => {
    const long = await field()
    await long.ask()
    await drain()
    const [{ changeSet }] = await pending()
    await ask(UPDATE_FIELD, { field: long.key, input: { required: false } })
    expect((await ask(REVERT, { id: changeSet })).revertChangeSet.state).toBe('RUNNING')
    await drain()
    expect(await long.written()).toBe(0)
  })

  it('says why a record stands in the way, and what is wrong with continuing it', { timeout: 120_000 }, async () => {
    const long = await field()
    const reader = await crm.withRules({ objects: { product: { read: 'all' } }, capabilities: ['model.manage'] })
    await long.ask(reader)
    await drain()
    const [{ id, ...failed }] = await pending()
    expect(failed).toMatchObject({ state: 'FAILED', done: 0, error: expect.stringContaining('may not') })
    // Nothing runs any more, so the field may be changed otherwise; what was asked for is of the version before that.
    await ask(UPDATE_FIELD, { field: long.key, input: { labels: { en: 'Other' } } })
    expect(await refused(CONTINUE, { id })).toMatchObject({ message: 'Somebody changed this field meanwhile. Look at it again.', extensions: { code: 'CONFLICT' } })
    // Another one takes its place.
    await long.ask()
    expect(await pending()).toMatchObject([{ state: 'RUNNING', total: MANY, done: 0 }])
  })

  it('is not continued for another field that has its name by then', async () => {
    const long = await field()
    await long.ask()
    await stop((await pending())[0].id)
    for (const step of ['hideField', 'deleteField']) await ask(`mutation { ${step}(object: "product", field: "${long.key}" ${step === 'deleteField' ? `, confirm: "${long.key.slice(7)}"` : ''}) { key } }`)
    fields.length = 0
    expect(await pending()).toEqual([])
  })
})

it('and a change of the type of the same field keep each other out', async () => {
  const long = await field()
  const retype = 'mutation ($field: String!) { changeFieldType(object: "product", field: $field, input: { type: longText }) { id } }'
  await long.ask()
  expect(await refused(retype, { field: long.key })).toMatchObject({ message: 'This is being changed already, and many records are written for that. Stop it, or wait until it is done.', extensions: { code: 'CONFLICT' } })
  const [{ id }] = await pending()
  await stop(id)
  const { changeFieldType } = await ask(retype, { field: long.key })
  const busy = { message: 'The type of this field is being changed already.', extensions: { code: 'CONFLICT' } }
  expect(await refused(CONTINUE, { id })).toMatchObject(busy)
  expect(await refused(UPDATE_FIELD, { field: long.key, input: { required: true, backfill: 'old' } })).toMatchObject(busy)
  await ask('mutation ($id: ID!) { cancelFieldType(id: $id) { id } }', { id: changeFieldType.id })
  await ask(CONTINUE, { id })
  await drain()
  expect([await long.written(), await long.made()]).toEqual([MANY, true])
})

it('goes on where somebody who fills the field in adds a choice meanwhile', { timeout: 120_000 }, async () => {
  await ask('mutation { createField(object: "product", input: { name: "colour", type: select, labels: { en: "Colour" }, options: [{ key: "red", labels: { en: "Red" } }], openOptions: true }) { key } }')
  for (const former of fields.splice(0, Infinity, 'custom.colour')) await ask('mutation ($field: String!) { hideField(object: "product", field: $field) { key } }', { field: former })
  await pool.query('update core.product set trashed_at = now() where trashed_at is null')
  const { createProducts } = await ask('mutation ($inputs: [ProductCreateInput!]!) { createProducts(inputs: $inputs) { results { id } } }', { inputs: Array.from({ length: MANY }, (_, i) => ({ name: `C ${i}` })) })
  const long = { ids: createProducts.results.map(({ id }: { id: string }) => id).sort() } as Long
  const change = { field: 'custom.colour', input: { required: true, backfill: 'red' } }
  await ask(UPDATE_FIELD, change)
  const [{ id }] = await pending()
  // Its node ends between two batches: a change of the model waits for writers in flight, and so for whomever they wait for.
  const node = new AbortController()
  let running: Promise<void> | undefined
  const release = await held(long, () => { running = runLong(engine, id, async () => undefined, node.signal) })
  node.abort()
  await release()
  await expect(running).rejects.toThrow('aborted')
  expect(await pending()).toMatchObject([{ id, state: 'RUNNING' }])
  const ADD = 'mutation ($label: String!) { addOption(object: "product", field: "custom.colour", label: $label) { key } }'
  expect((await ask(ADD, { label: 'Blue' })).addOption.key).toBe('blue')
  await run(id)
  expect((await pending())[0]).toMatchObject({ state: 'DONE', error: null })
  const { fields: found } = (await ask('{ object(name: "product") { fields { key required options { key } } } }')).object
  expect(found.find(({ key }: { key: string }) => key === 'custom.colour')).toEqual({ key: 'custom.colour', required: true, options: [{ key: 'red' }, { key: 'blue' }] })
})

it('is under way until what follows from it is asked for', async () => {
  const long = await field()
  await long.ask()
  const [{ id }] = await pending()
  const be = (state: string) => pool.query('update core.pending_model_change set state = $2 where id = $1', [id, state])
  await be('applied')
  expect(await pending()).toMatchObject([{ id, state: 'RUNNING' }])
  await be('running')
  await drain()
  expect(await pending()).toMatchObject([{ id, state: 'DONE' }])
})
