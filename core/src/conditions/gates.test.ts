import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Caller } from '../access/caller.ts'
import { createJob, failedRows } from '../import/job.ts'
import { parseMapping } from '../import/mapping.ts'
import { runImport } from '../import/run.ts'
import { testCrm } from '../testing/crm.ts'

const crm = await testCrm({ work: false })
afterAll(() => crm.close())
const { engine } = crm.kartotek
const admin = await crm.as('administrator')
const all = { read: 'all', create: 'all', update: 'all', delete: 'all' } as const

let made = 0
type Stage = { id: string, key: string, gate: Record<string, unknown> }
const input = (gate: object, key = `p${made++}`, second = 'second') => ({ object: 'order', key, labels: { en: 'Sales' }, stages: [{ key: 'first', labels: { en: 'First' }, kind: 'OPEN' }, { key: second, labels: { en: 'Second' }, kind: 'OPEN', gate }] })
const create = (gate: object, caller: Caller = admin, second?: string) => crm.query(caller, 'mutation($input: PipelineInput!) { createPipeline(input: $input) { id key stages { id key gate { condition } } } }', { input: input(gate, undefined, second) })
const pipelineOf = async (gate: object, second?: string) => (await create(gate, admin, second)).data.createPipeline as { id: string, key: string, stages: [Stage, Stage] }
const order = async (pipeline: { id: string }, more: Record<string, unknown> = {}) => (await crm.ask(admin, 'mutation($input: OrderCreateInput!) { createOrder(input: $input) { id } }', { input: { pipeline: pipeline.id, currency: 'EUR', ...more } })).createOrder.id as string
const enter = async (id: string, stage: Stage, caller: Caller = admin, more: Record<string, unknown> = {}) => (await crm.query(caller, 'mutation($id: ID!, $input: OrderUpdateInput!) { updateOrder(id: $id, input: $input) { stage { key } } }', { id, input: { stage: stage.id, ...more } }))
const told = async (...args: Parameters<typeof enter>) => (await enter(...args)).errors?.map(({ extensions }) => (extensions.missing as { rule: string, message: string }[])?.map((one) => `${one.rule}: ${one.message}`) ?? extensions.code)[0] ?? 'entered'
const line = (quantity: string, price: string) => ({ text: 'x', quantity, price: { amount: price, currency: 'EUR' } })

let client: string
beforeAll(async () => {
  for (const field of ['{ name: "limit", type: decimal, scale: 2, labels: { en: "Limit", fi: "Raja" } }', '{ name: "tier", type: select, labels: { en: "Tier" }, options: [{ key: "gold", labels: { en: "Gold" } }, { key: "new", labels: { en: "New" } }] }']) {
    await crm.ask(admin, `mutation { createField(object: "client", input: ${field}) { key } }`)
  }
  for (const name of ['rate', 'spare']) await crm.ask(admin, `mutation { createField(object: "order", input: { name: "${name}", type: decimal, scale: 2, labels: { en: "${name === 'rate' ? 'Rate' : 'Spare'}", fi: "Kerroin" } }) { key } }`)
  client = (await crm.ask(admin, 'mutation { createClient(input: { name: "Oak", custom: { limit: "100", tier: "gold" } }) { id } }')).createClient.id as string
})

describe('a gate with a formula', () => {
  it.each([
    // Floats would say that 0.1 + 0.2 is more than 0.3.
    ['custom.rate + 0.2 = 0.3', { custom: { rate: '0.1' } }, true], ['custom.rate > 1', { custom: { rate: '1' } }, false], ['custom.rate > 1', {}, false], ['isEmpty(custom.rate)', {}, true],
    ['custom.rate', {}, null], ['not (custom.rate > 1)', {}, true], ['length(subject) > 3 and contains(subject, "дом")', { subject: 'Дом у реки' }, true], ['dueOn >= today()', { dueOn: '2000-01-01' }, false],
    ['dueOn >= today()', { dueOn: '2999-01-01' }, true], ['isEmpty(client.name) or client.custom.tier = "gold"', {}, true],
  ])('%s with %j: %s', async (formula, values, holds) => {
    const { data, errors } = await create({ condition: { formula } })
    if (holds === null) return expect(errors).toMatchObject([{ extensions: { code: 'INVALID_INPUT', fields: [{ field: 'stages.1.gate.condition.formula', rule: 'formulaCondition' }] } }])
    const { id, stages } = data.createPipeline
    expect(await told(await order({ id }, values), stages[1])).toEqual(holds ? 'entered' : [expect.stringContaining('condition: ')])
  })

  it('reads the record as it is written, with what it refers to, beside a filter: both must hold', async () => {
    const pipeline = await pipelineOf({ condition: { formula: 'amount(net) <= client.custom.limit', subject: { isNull: false } } })
    const [, second] = pipeline.stages
    const id = await order(pipeline, { client, subject: 'x', lines: [line('10', '10.01')] })
    expect(await told(id, second)).toEqual(['condition: The condition of stage “Second” does not hold: amount(Net) <= Client: Limit.'])
    // What the same write brings counts.
    expect(await told(id, second, admin, { subject: null, lines: [line('10', '10')] })).toEqual(['condition: The condition of stage “Second” does not hold.'])
    expect(await told(id, second, admin, { lines: [line('10', '10')] })).toBe('entered')
    expect((await crm.query(admin, `mutation { createOrder(input: { stage: "${second.id}", currency: "EUR", subject: "y" }) { id } }`)).errors).toMatchObject([{ extensions: { code: 'GATE_CLOSED' } }])
  })

  it('holds in bulk, each record by itself, and in imports', async () => {
    const pipeline = await pipelineOf({ condition: { formula: 'custom.rate * 2 >= 3' } }, 'checked')
    const ids = [await order(pipeline, { custom: { rate: '1.5' } }), await order(pipeline, { custom: { rate: '1.49' } }), await order(pipeline, {})]
    const { updateOrders } = await crm.ask(admin, 'mutation($ids: [ID!]!, $stage: ID!) { updateOrders(ids: $ids, input: { stage: $stage }) { results { error { code } } } }', { ids, stage: pipeline.stages[1].id })
    expect(updateOrders.results.map((r: { error: { code: string } | null }) => r.error?.code ?? 'ok')).toEqual(['ok', 'GATE_CLOSED', 'GATE_CLOSED'])

    const load = async (more: object, lines: string[]) => {
      const job = await createJob(engine.db, { mapping: parseMapping({ object: 'order', pipeline: pipeline.key, system: 'old', key: { columns: ['no'] }, fields: { number: 'no', stage: 'stage', 'custom.rate': 'rate' }, ...more }), fileName: 'x.csv', userId: admin.actor.userId })
      const done = await runImport({ engine, caller: admin, job, open: async function* () { yield Buffer.from(lines.join('\n')) } })
      return { created: done.created, changeSet: done.changeSetId, problems: (await failedRows(engine.db, job.id, 0, 100)).map(({ problems }) => problems[0]!.rule) }
    }
    const row = (no: string, rate: string) => `${no},checked,${rate}`
    expect(await load({}, ['no,stage,rate', row('F1', '1.5'), row('F2', '1'), row('F3', '')])).toMatchObject({ created: 1, problems: ['GATE_CLOSED', 'GATE_CLOSED'] })
    const history = await load({ timeZone: 'UTC', history: { createdAt: 'made', stageEnteredAt: 'made' } }, ['no,stage,rate,made', `${row('F4', '1')},2024-05-01`, `${row('F5', '2')},2024-05-01`])
    expect(history).toMatchObject({ created: 2, problems: [] })
    expect((await engine.db.selectFrom('core.change_set').select('flags').where('id', '=', history.changeSet!).executeTakeFirstOrThrow()).flags).toMatchObject({ passedGatesCount: 1 })
  })

  it('is refused where it is not understood, with the place, and over what its author may not read', async () => {
    const blind = await crm.withRules({ objects: { '*': all }, fields: { 'order.custom.rate': { read: false, write: false }, 'client.custom.limit': { read: false, write: false } }, capabilities: ['pipelines.manage'] })
    const refused = async (formula: unknown, caller = admin) => (await create({ condition: { formula } }, caller)).errors?.[0]
    const fields = async (formula: unknown, caller = admin) => (await refused(formula, caller))?.extensions.fields?.[0]
    expect(await fields('custom.rate > ')).toMatchObject({ field: 'stages.1.gate.condition.formula', rule: 'formulaSyntax', message: 'The formula is not understood near character 15.' })
    expect(await fields('custom.rate > "a"')).toMatchObject({ rule: 'formulaTypes' })
    expect(await fields('nosuch > 1')).toMatchObject({ rule: 'formulaField', message: 'There is no field "nosuch" that a formula could read.' })
    expect(await fields('')).toMatchObject({ rule: 'formulaSyntax' })
    expect(await fields(5)).toMatchObject({ rule: 'formulaSyntax' })
    expect(await fields({ eq: 1 })).toMatchObject({ rule: 'formulaSyntax' })
    // A closed field is answered as one that is not there.
    const bare = (answer: unknown): string => JSON.stringify(answer).replaceAll('Zz', '')
    for (const path of ['custom.rate', 'client.custom.limit']) expect(bare(await refused(`${path} > 1`, blind))).toBe(bare(await refused(`${path}Zz > 1`, blind)))
    const office = await crm.withRules({ objects: { '*': { read: 'own' }, 'user': { read: 'all' } }, capabilities: ['pipelines.manage'] })
    expect((await refused('client.name = "Oak"', office))?.extensions.code).toBe('FORBIDDEN')
    expect(await refused('custom.rate > 1', office)).toBeUndefined()
    // Lists look for records; a formula judges one.
    expect((await crm.query(admin, '{ filterCount(object: "order", filter: { formula: "custom.rate > 1" }) { value } }')).errors).toMatchObject([{ extensions: { code: 'INVALID_INPUT' } }])
  })

  it('is judged with the eyes of the system, and told only to who may read what it reads', async () => {
    const pipeline = await pipelineOf({ condition: { formula: 'custom.rate > 7 and text(custom.rate) <> "custom.rate"' } })
    const hinted = await pipelineOf({ condition: { formula: 'custom.rate > 7' }, conditionHint: { en: 'Too cheap.' } })
    const blind = await crm.withRules({ objects: { '*': all }, fields: { 'order.custom.rate': { read: false, write: false } } })
    const seeing = await crm.withRules({ objects: { '*': all } }, { locale: 'fi' })
    const [low, high] = [await order(pipeline, { custom: { rate: '1' } }), await order(pipeline, { custom: { rate: '8' } })]
    expect(await told(low, pipeline.stages[1], blind)).toEqual(['condition: The condition of stage “Second” does not hold.'])
    expect(await told(low, pipeline.stages[1], seeing)).toEqual(['condition: Vaiheen ”Second” ehto ei täyty: Kerroin > 7 and text(Kerroin) <> "custom.rate".'])
    expect(await told(high, pipeline.stages[1], blind)).toBe('entered')
    for (const caller of [blind, admin]) expect(await told(await order(hinted), hinted.stages[1], caller)).toEqual(['condition: Too cheap.'])
    // Who may not read it does not see the condition, and it stays when he saves.
    const manager = await crm.withRules({ objects: { '*': all }, fields: { 'order.custom.rate': { read: false, write: false } }, capabilities: ['pipelines.manage'] })
    const seen = async (caller: Caller) => ((await crm.ask(caller, '{ pipelines(object: "order") { id version key stages { id key labels kind gate { condition } } } }')).pipelines as { id: string, version: number, key: string, stages: Stage[] }[]).find((p) => p.id === pipeline.id)!
    const before = await seen(manager)
    expect(before.stages[1]!.gate.condition).toBeNull()
    await crm.ask(manager, 'mutation($id: ID!, $version: Int!, $input: PipelineInput!) { updatePipeline(id: $id, version: $version, input: $input) { id } }', { id: before.id, version: before.version, input: { ...input({}, before.key), stages: before.stages.map((s) => ({ ...s, gate: {} })) } })
    expect((await seen(admin)).stages[1]!.gate.condition).toEqual({ formula: 'custom.rate > 7 and text(custom.rate) <> "custom.rate"' })
  })

  it('keeps the fields that it reads: they are not hidden', async () => {
    await pipelineOf({ condition: { formula: 'custom.spare > 1' } })
    expect((await crm.query(admin, 'mutation { hideField(object: "order", field: "custom.spare") { key } }')).errors).toMatchObject([{ extensions: { code: 'CONFLICT' } }])
  })
})
