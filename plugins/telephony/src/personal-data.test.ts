import { testCrm } from '@kartotek/core/testing'
import { afterAll, expect, it } from 'vitest'
import telephony from './index.ts'
import { answeredAt, client, missedAt, sinkOf } from './testing.ts'

const NUMBER = '+358 40 765 4321'
const UNKNOWN = '+358 40 111 9999'
const crm = await testCrm({ plugins: [telephony], work: false })
const admin = await crm.as('administrator')
afterAll(() => crm.close())

const drained = async () => { for (;;) { const { ran, failed } = await crm.drain(); expect(failed).toEqual([]); if (!ran) return } }
/** Every table of the database in which one of the texts stands. */
async function tablesWith(...texts: string[]): Promise<string[]> {
  const { pool } = crm.kartotek.db
  const { rows } = await pool.query<{ s: string, t: string }>(`select table_schema as s, table_name as t from information_schema.tables where table_schema in ('core', 'p_telephony') and table_type = 'BASE TABLE'`)
  const found: string[] = []
  for (const { s, t } of rows) if ((await pool.query(`select 1 from "${s}"."${t}" x where x::text ilike any($1) limit 1`, [texts.map((text) => `%${text}%`)])).rowCount) found.push(t)
  return found.sort()
}

it('tells a person every call, and forgets him in calls, missed calls and calling lists', { timeout: 300_000 }, async () => {
  const his = await client(crm, admin, NUMBER, { name: 'Zorvald Krimm', kind: 'person' })
  const sink = sinkOf(crm)
  await sink.tell('asterisk', [answeredAt('a1', NUMBER, '2026-11-02T11:00:00Z', '101'), missedAt('m1', NUMBER, '2026-11-03T09:00:00Z', { recording: '/rec/krimm.wav' }), missedAt('m2', NUMBER, '2026-11-03T10:00:00Z')])
  await drained()
  const { calls } = await crm.ask(admin, '{ calls { nodes { id client { id } } } }')
  expect(calls.nodes.map((call: { client: { id: string } }) => call.client.id)).toEqual([his, his, his])
  await crm.ask(admin, 'mutation ($id: ID!) { updateCall(id: $id, input: { note: "Zorvald wants doors" }) { id } }', { id: calls.nodes[0].id })
  const { createCallList: list } = await crm.ask(admin, 'mutation { createCallList(input: { name: "Autumn" }) { id } }')
  const { createSegment: segment } = await crm.ask(admin, 'mutation { createSegment(object: "client", input: { name: "All", filter: { name: { isNull: false } } }) { id } }')
  expect((await crm.ask(admin, 'mutation ($list: ID!, $segment: ID!) { telephonyFillList(list: $list, segment: $segment) { added } }', { list: list.id, segment: segment.id })).telephonyFillList.added).toBe(1)
  await drained()

  const { url } = await crm.serve()
  const file = await (await fetch(`${url}/personal-data/client/${his}.json`, { headers: { authorization: `Bearer ${await crm.token(admin)}` } })).json() as { sections: { title: string, records: object[] }[] }
  const told = Object.fromEntries(file.sections.map(({ title, records }) => [title, records.length]))
  expect(told).toMatchObject({ 'Calls': 3, 'Missed calls': 1, 'Clients to call': 1 })

  const { erasurePlan } = await crm.ask(admin, 'query ($id: ID!) { erasurePlan(object: "client", id: $id) { goes { what object count } stays { object } } }', { id: his })
  expect(erasurePlan.goes).toEqual(expect.arrayContaining([{ what: 'papers', object: 'call', count: 3 }, { what: 'papers', object: 'missedCall', count: 1 }, { what: 'papers', object: 'callListItem', count: 1 }]))
  expect(erasurePlan.stays.map((piece: { object: string }) => piece.object)).not.toContain('call')
  await crm.ask(admin, 'mutation ($id: ID!) { erasePerson(object: "client", id: $id, confirm: "Zorvald Krimm") }', { id: his })
  await drained()
  expect(await tablesWith('7654321', '765 4321', 'zorvald', 'krimm')).toEqual([])
  const left = (await crm.ask(admin, '{ calls { nodes { heading number { raw } result { key } startedAt talk } } missedCalls { nodes { heading state { key } } } callListItems { nodes { heading } } }'))
  expect(left.calls.nodes).toHaveLength(3)
  expect(left.calls.nodes[0]).toMatchObject({ heading: 'Erased', number: null, result: { key: expect.stringMatching(/missed|answered/) as string } })
  expect([...left.missedCalls.nodes, ...left.callListItems.nodes].map((node: { heading: string }) => node.heading)).toEqual(['Erased', 'Erased'])
})

it('forgets the calls of who was nobody yet when he called, by his request or by a number that is his alone', { timeout: 300_000 }, async () => {
  const sink = sinkOf(crm)
  await sink.tell('asterisk', [missedAt('u1', UNKNOWN, '2026-11-04T10:00:00Z'), missedAt('u2', '+358 40 222 8888', '2026-11-04T10:00:00Z')])
  await drained()
  expect((await crm.ask(admin, '{ calls(filter: { client: { isNull: true } }) { nodes { id } } intakeItems { nodes { id } } }')).calls.nodes).toHaveLength(2)
  // Without its request only the number tells whose call it is.
  await crm.kartotek.db.pool.query(`update core."call" set intake_item_id = null where number__e164 = '+358401119999'`)
  const late = await client(crm, admin, UNKNOWN, { name: 'Kalle Niemi', kind: 'person' })
  await crm.ask(admin, 'mutation ($id: ID!) { erasePerson(object: "client", id: $id, confirm: "Kalle Niemi") }', { id: late })
  await drained()
  expect(await tablesWith('1119999', '111 9999', 'niemi')).toEqual([])
  expect(await tablesWith('2228888'), 'what others said stays').toContain('call')
})
