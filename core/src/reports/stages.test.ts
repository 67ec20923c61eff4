import { sql } from 'kysely'
import { uuidv7 } from 'uuidv7'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Caller } from '../access/caller.ts'
import { createToken } from '../accounts/tokens.ts'
import { testCrm } from '../testing/crm.ts'
import { testNode, type TestNode } from '../testing/node.ts'

const crm = await testCrm({ work: false })
const { engine } = crm.kartotek
const one = crm.ask
const problem = async (caller: Caller, source: string) => (await crm.query(caller, source)).errors?.[0]
const HOUR = 3_600
interface Stage { id: string, kind: string, normHours: number | null }
let admin: Caller, anna: Caller, node: TestNode, stages: Stage[], open: Stage[], won: Stage
afterAll(async () => { await node.close(); await crm.close() })

beforeAll(async () => {
  ;[admin, anna] = [await crm.as('administrator'), await crm.as('manager')]
  stages = (await one(admin, '{ pipelines(object: "order") { isDefault stages { id kind normHours } } }')).pipelines.find((p: { isDefault: boolean }) => p.isDefault).stages
  open = stages.filter((stage) => stage.kind === 'OPEN')
  won = stages.find((stage) => stage.kind === 'WON')!
  node = await testNode(crm)
})

/** An order that went through these stages. The last visit lasts. */
async function order(caller: Caller, subject: string, visits: [stage: Stage, entered: string][]): Promise<string> {
  const { id } = (await one(caller, 'mutation ($subject: String!) { createOrder(input: { subject: $subject }) { id } }', { subject })).createOrder
  await sql`delete from core.stage_visit where record_id = ${id}`.execute(engine.db)
  for (const [i, [stage, entered]] of visits.entries()) {
    await sql`insert into core.stage_visit (id, object, record_id, pipeline_id, stage_id, kind, entered_at, left_at, change_set_id)
      select ${uuidv7()}, 'order', ${id}, pipeline_id, id, ${stage.kind === 'OPEN' ? i ? 'moved' : 'created' : 'final'}, ${entered}, ${visits[i + 1]?.[1] ?? null}, ${uuidv7()} from core.stage where id = ${stage.id}`.execute(engine.db)
  }
  const [stage, entered] = visits.at(-1)!
  await sql`update core."order" set created_at = ${visits[0]![1]}, stage_id = ${stage.id}, stage_entered_at = ${entered}, closed_at = ${stage.kind === 'OPEN' ? null : entered} where id = ${id}`.execute(engine.db)
  return id
}

const TIMES = '{ count mean median p90 }'
const report = async (caller: Caller, args: string, subject: string) => {
  const { stageReport } = await one(caller, `query ($filter: JSON) { stageReport(object: "order", filter: $filter, ${args}) { rows { stage { id } finished ${TIMES} present ${TIMES} oldest stuck } cycle ${TIMES} } }`, { filter: { subject: { eq: subject } } })
  return { of: (stage: Stage) => stageReport.rows.find((row: { stage: { id: string } }) => row.stage.id === stage.id), ...stageReport }
}
const records = async (caller: Caller, args: string, subject: string) => (await one(caller, `query ($filter: JSON) { stageReportRecords(object: "order", filter: $filter, ${args}) { nodes { id title owner stage { id } seconds stuck } hasNextPage endCursor } }`, { filter: { subject: { eq: subject } } })).stageReportRecords
const near = (actual: number, expected: number): void => expect(Math.abs(actual - expected)).toBeLessThan(60)
const ago = (hours: number): string => new Date(Date.now() - hours * HOUR * 1_000).toISOString()

describe('time in stage', () => {
  it('has number, mean, median and ninth decile of the visits that ended, and the ages of those that last', async () => {
    // Visits of 1, 2, 3, 4 and 10 hours.
    for (const hours of [1, 2, 3, 4]) await order(anna, 'times', [[open[0]!, '2026-03-02T08:00:00Z'], [open[1]!, `2026-03-02T${String(8 + hours).padStart(2, '0')}:00:00Z`]])
    await order(anna, 'times', [[open[0]!, '2026-03-02T08:00:00Z'], [open[2]!, '2026-03-02T18:00:00Z']])
    await order(anna, 'times', [[open[0]!, ago(5)]])
    const oldest = await order(anna, 'times', [[open[0]!, ago(9)]])
    const { of } = await report(anna, '', 'times')
    expect(of(open[0]!).finished).toEqual({ count: 5, mean: 4 * HOUR, median: 3 * HOUR, p90: 7.6 * HOUR })
    expect(of(open[0]!).present.count).toBe(2)
    near(of(open[0]!).present.median, 7 * HOUR)
    near(of(open[0]!).oldest, 9 * HOUR)
    expect(of(open[1]!).finished).toEqual({ count: 0, mean: null, median: null, p90: null })
    // A final stage has no time.
    expect(of(won)).toBeUndefined()
    // Longest first, a page at a time.
    const first = await records(anna, `stage: "${open[0]!.id}", first: 1`, 'times')
    expect(first.nodes).toMatchObject([{ id: oldest, title: expect.stringMatching(/^\d+$/), owner: anna.actor.name, stage: { id: open[0]!.id } }])
    near(first.nodes[0].seconds, 9 * HOUR)
    expect(first.hasNextPage).toBe(true)
    expect((await records(anna, `stage: "${open[0]!.id}", after: "${first.endCursor}"`, 'times')).nodes).toHaveLength(1)
    expect((await records(anna, '', 'times')).nodes).toHaveLength(7)
  })

  it('of one record is summed over its visits, and does not grow in the final stage', async () => {
    const id = await order(anna, 'back', [[open[0]!, '2026-03-02T08:00:00Z'], [open[1]!, '2026-03-02T09:00:00Z'], [open[0]!, '2026-03-02T11:00:00Z'], [won, '2026-03-02T14:00:00Z']])
    const { stageTimes, stageHistory } = await one(anna, 'query ($id: ID!) { stageTimes(object: "order", id: $id) { stage { id } visits seconds } stageHistory(object: "order", id: $id) { seconds } }', { id })
    expect(stageTimes).toEqual([{ stage: { id: open[0]!.id }, visits: 2, seconds: 4 * HOUR }, { stage: { id: open[1]!.id }, visits: 1, seconds: 2 * HOUR }, { stage: { id: won.id }, visits: 1, seconds: null }])
    expect(stageHistory.map((visit: { seconds: number }) => visit.seconds)).toEqual([HOUR, 2 * HOUR, 3 * HOUR, null])
  })

  it('counts the hours in which the company works, where that is asked for', async () => {
    // From Friday 17:00 to Monday 11:00 in the company's time zone: one hour, and two.
    const zone = engine.live.current.company.timeZone
    expect(zone).toBe('Europe/Helsinki')
    await order(anna, 'worked', [[open[0]!, '2026-03-06T15:00:00Z'], [open[1]!, '2026-03-09T09:00:00Z'], [won, '2026-03-09T18:00:00Z']])
    await order(anna, 'worked', [[open[0]!, ago(24 * 14 - 1)]])
    const worked = await report(anna, 'workingTime: true', 'worked')
    expect(worked.of(open[0]!).finished).toMatchObject({ count: 1, mean: 3 * HOUR, median: 3 * HOUR })
    expect(worked.of(open[1]!).finished.median).toBe(7 * HOUR)
    expect(worked.cycle).toMatchObject({ count: 1, median: 10 * HOUR })
    const all = await report(anna, '', 'worked')
    expect(all.of(open[0]!).finished.median).toBe(66 * HOUR)
    const [{ seconds }] = (await records(anna, 'workingTime: true', 'worked')).nodes
    // Less than two weeks have at most ten days of nine hours.
    expect(seconds).toBeGreaterThan(40 * HOUR)
    expect(seconds).toBeLessThanOrEqual(90 * HOUR)
  })

  it('tells the sales cycle from making to winning, of what was not written down when it was won already', async () => {
    await order(anna, 'cycle', [[open[0]!, '2026-03-01T00:00:00Z'], [won, '2026-03-03T00:00:00Z']])
    await order(anna, 'cycle', [[open[0]!, '2026-03-01T00:00:00Z'], [won, '2026-04-10T00:00:00Z']])
    await order(anna, 'cycle', [[won, '2026-03-05T00:00:00Z']])
    await order(anna, 'cycle', [[open[0]!, '2026-03-01T00:00:00Z'], [won, '2026-03-02T00:00:00Z'], [open[0]!, '2026-03-03T00:00:00Z']])
    expect((await report(anna, '', 'cycle')).cycle).toEqual({ count: 2, mean: 21 * 24 * HOUR, median: 21 * 24 * HOUR, p90: 3_127_680 })
    const march = await report(anna, 'from: "2026-03-01", to: "2026-03-31"', 'cycle')
    expect(march.cycle).toMatchObject({ count: 1, median: 2 * 24 * HOUR })
    // The period is of the ends of visits.
    expect(march.of(open[0]!).finished.count).toBe(2)
    expect((await report(anna, 'from: "2026-04-10", to: "2026-04-10"', 'cycle')).of(open[0]!).finished.count).toBe(1)
  })

  it('knows what is stuck', async () => {
    const norm = open[1]!.normHours!
    expect(norm).toBeGreaterThan(4)
    const late = await order(anna, 'stuck', [[open[1]!, ago(norm + 1)]])
    await order(anna, 'stuck', [[open[1]!, ago(norm - 1)]])
    expect((await report(anna, '', 'stuck')).of(open[1]!)).toMatchObject({ present: { count: 2 }, stuck: 1 })
    expect((await records(anna, '', 'stuck')).nodes.map((row: { id: string, stuck: boolean }) => [row.id === late, row.stuck])).toEqual([[true, true], [false, false]])
  })
})

describe('is counted of what the reader sees', () => {
  it('no record of others, nothing of the trash, no field that is closed to him', async () => {
    const own = await crm.withRules({ objects: { order: { read: 'own', create: 'own', update: 'own', delete: 'own' } } })
    await order(own, 'rights', [[open[0]!, '2026-03-02T08:00:00Z'], [open[1]!, '2026-03-02T09:00:00Z']])
    const gone = await order(own, 'rights', [[open[0]!, '2026-03-02T08:00:00Z'], [open[1]!, '2026-03-02T12:00:00Z']])
    await order(admin, 'rights', [[open[0]!, '2026-03-02T08:00:00Z'], [open[1]!, '2026-03-02T18:00:00Z']])
    expect((await report(admin, '', 'rights')).of(open[0]!).finished.count).toBe(3)
    await one(own, 'mutation ($id: ID!) { deleteOrder(id: $id) { id } }', { id: gone })
    expect((await report(own, '', 'rights')).of(open[0]!)).toMatchObject({ finished: { count: 1, median: HOUR } })
    expect((await report(own, '', 'rights')).of(open[1]!).present.count).toBe(1)
    expect((await records(own, '', 'rights')).nodes).toMatchObject([{ owner: null }])

    const blind = await crm.withRules({ objects: { order: { read: 'all' } }, fields: { 'order.stage': { read: false } } })
    for (const query of ['{ stageReport(object: "order") { rows { oldest } } }', '{ stageReportRecords(object: "order") { nodes { id } } }']) expect((await problem(blind, query))!.message).toContain('no field "stage"')
    const dated = await crm.withRules({ objects: { order: { read: 'all' } }, fields: { 'order.closedAt': { read: false }, 'order.subject': { read: false } } })
    expect((await one(dated, `{ stageReport(object: "order") { cycle ${TIMES} } }`)).stageReport.cycle).toBeNull()
    expect((await crm.query(dated, 'query ($filter: JSON) { stageReport(object: "order", filter: $filter) { rows { oldest } } }', { filter: { subject: { eq: 'x' } } })).errors![0]!.message).toContain('subject')
    const none = await crm.withRules({})
    for (const object of ['order', 'client', 'nothing']) expect((await problem(none, `{ stageReport(object: "${object}") { rows { oldest } } }`))!.extensions.code, object).toBe('NOT_FOUND')
  })

  it('refuses what it does not understand', async () => {
    for (const args of ['from: "2026-02-02", to: "2026-02-01"', 'from: "0001-01-01"']) expect((await problem(admin, `{ stageReport(object: "order", ${args}) { rows { oldest } } }`))!.extensions.code, args).toBe('INVALID_INPUT')
    expect((await problem(admin, `{ stageReport(object: "order", pipeline: "${open[0]!.id}") { rows { oldest } } }`))!.extensions.code).toBe('NOT_FOUND')
  })
})

describe('as a file', () => {
  it('has a row for each stage, in hours', async () => {
    await order(admin, 'file', [[open[0]!, '2026-03-02T08:00:00Z'], [open[1]!, '2026-03-02T09:30:00Z'], [won, '2026-03-02T12:00:00Z']])
    const { secret } = await createToken(crm.kartotek.db.pool, { userId: admin.actor.userId!, name: 'files', days: 1 }, 'en')
    const get = async (query: string) => {
      const r = await fetch(`${node.url}/reports/stages.csv?object=order&${query}`, { headers: { authorization: `Bearer ${secret}` } })
      return { status: r.status, text: await r.text() }
    }
    const { status, text } = await get(`from=2026-03-01&to=2026-03-31&filter=${encodeURIComponent('{"subject":{"eq":"file"}}')}`)
    expect(status).toBe(200)
    const lines = text.replace('\ufeff', '').split('\r\n')
    expect(lines[0]).toBe('"Stage","Visits ended"'.replaceAll('"', '') + ',"Mean, h","Median, h","90 %, h",There now,"Median age, h","Oldest, h",Stuck')
    expect(lines[1]).toMatch(/,1,1\.5,1\.5,1\.5,0,,,0$/)
    expect(lines.find((line) => line.startsWith('Sales cycle'))).toMatch(/^Sales cycle,1,4\.?0?,4\.?0?,4\.?0?,,,,$/)
    for (const query of ['working=maybe', 'from=x', 'filter=x']) expect((await get(query)).status, query).toBe(400)
  })
})
