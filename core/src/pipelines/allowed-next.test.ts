import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createJob, failedRows } from '../import/job.ts'
import { parseMapping } from '../import/mapping.ts'
import { runImport } from '../import/run.ts'
import { testCrm } from '../testing/crm.ts'

const crm = await testCrm({ work: false })
afterAll(() => crm.close())
const { engine } = crm.kartotek
const admin = await crm.as('administrator')

const labels = (en: string) => ({ en })
let stages: Record<string, string>
const order = async (stage: string): Promise<string> => (await crm.ask(admin, 'mutation ($stage: ID!) { createOrder(input: { subject: "Stairs", currency: "EUR", stage: $stage }) { id } }', { stage: stages[stage] })).createOrder.id
const stageOf = async (id: string): Promise<string> => (await crm.ask(admin, 'query ($id: ID!) { order(id: $id) { stage { key } } }', { id })).order.stage.key
const move = (id: string, to: string) => crm.query(admin, 'mutation ($id: ID!, $stage: ID!) { updateOrder(id: $id, input: { stage: $stage }) { stage { key } } }', { id, stage: stages[to] })

beforeAll(async () => {
  const { createPipeline } = await crm.ask(admin, 'mutation ($input: PipelineInput!) { createPipeline(input: $input) { stages { id key } } }', { input: {
    object: 'order', key: 'steps', labels: labels('Steps'), stages: [
      { key: 'asked', labels: labels('Asked'), kind: 'OPEN', gate: { allowedNext: ['offered'] } }, { key: 'offered', labels: labels('Offered'), kind: 'OPEN' }, { key: 'done', labels: labels('Done'), kind: 'WON' },
    ],
  } })
  stages = Object.fromEntries(createPipeline.stages.map((stage: { id: string, key: string }) => [stage.key, stage.id]))
})

describe('the stages that may follow', () => {
  it('hold for one record, and say which they are', async () => {
    const id = await order('asked')
    const { errors } = await move(id, 'done')
    expect(errors).toMatchObject([{ extensions: { code: 'GATE_CLOSED', missing: [{ rule: 'next', message: expect.stringContaining('Offered') }] } }])
    expect(await stageOf(id)).toBe('asked')
    expect((await move(id, 'offered')).errors).toBeUndefined()
    expect((await move(id, 'done')).errors).toBeUndefined()
  })

  it('hold in bulk, for each record by itself', async () => {
    const ids = [await order('asked'), await order('offered')]
    const { updateOrders } = await crm.ask(admin, 'mutation ($ids: [ID!]!, $stage: ID!) { updateOrders(ids: $ids, input: { stage: $stage }) { results { error { code } } } }', { ids, stage: stages.done })
    expect(updateOrders.results.map((one: { error: { code: string } | null }) => one.error?.code ?? 'moved')).toEqual(['GATE_CLOSED', 'moved'])
    expect(await Promise.all(ids.map(stageOf))).toEqual(['asked', 'done'])
  })

  it('hold in an import that updates', async () => {
    const load = async (lines: string[]) => {
      const job = await createJob(engine.db, { mapping: parseMapping({ object: 'order', pipeline: 'steps', system: 'old', key: { columns: ['no'] }, onMatch: 'update', fields: { number: 'no', stage: 'stage' } }), fileName: 'x.csv', userId: admin.actor.userId })
      const done = await runImport({ engine, caller: admin, job, open: async function* () { yield Buffer.from(['no,stage', ...lines].join('\n')) } })
      return { created: done.created, updated: done.updated, problems: (await failedRows(engine.db, job.id, 0, 10)).map(({ problems }) => problems[0]!.rule) }
    }
    expect(await load(['S1,asked', 'S2,offered'])).toEqual({ created: 2, updated: 0, problems: [] })
    expect(await load(['S1,done', 'S2,done'])).toEqual({ created: 0, updated: 1, problems: ['GATE_CLOSED'] })
  })
})
