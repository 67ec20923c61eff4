import { sql } from 'kysely'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Caller } from '../access/caller.ts'
import { createToken } from '../accounts/tokens.ts'
import { testCrm } from '../testing/crm.ts'
import { testNode, type TestNode } from '../testing/node.ts'

const crm = await testCrm({ work: false })
const { db } = crm.kartotek.engine
let admin: Caller, anna: Caller, boris: Caller, node: TestNode
const clients: Record<string, string> = {}
afterAll(async () => { await node.close(); await crm.close() })

/** A client that these had, one after the other; the last one has it. */
async function client(name: string, owners: [owner: Caller, from: string][]): Promise<void> {
  const id = clients[name] = (await crm.ask(admin, 'mutation ($i: ClientCreateInput!) { createClient(input: $i) { id } }', { i: { name, owner: owners.at(-1)![0].actor.userId } })).createClient.id as string
  await sql`delete from core.field_period where record_id = ${id} and field = 'owner'`.execute(db)
  for (const [i, [owner, from]] of owners.entries()) {
    await sql`insert into core.field_period (object, record_id, field, value, from_at, to_at, change_set_id) values ('client', ${id}, 'owner', ${owner.actor.userId}, ${from}, ${owners[i + 1]?.[1] ?? null}, gen_random_uuid())`.execute(db)
  }
}
beforeAll(async () => {
  ;[admin, anna, boris] = [await crm.as('administrator'), await crm.as('manager'), await crm.as('manager')]
  await crm.ask(admin, 'mutation { updateCompany(input: { timeZone: "Europe/Helsinki" }) { timeZone } }')
  await client('Alpha', [[anna, '2025-01-10T08:00:00Z'], [boris, '2025-03-11T12:00:00Z']])
  await client('Beta', [[anna, '2025-02-01T08:00:00Z']])
  // Late in the evening of the tenth in London is the eleventh in Helsinki.
  await client('Gamma', [[boris, '2024-05-01T08:00:00Z'], [anna, '2025-03-10T23:30:00Z'], [boris, '2025-03-20T08:00:00Z']])
  await client('Later', [[anna, '2025-04-01T08:00:00Z']])
  await crm.ask(admin, 'mutation ($id: ID!) { updateClient(id: $id, input: { industry: "Trade" }) { id } }', { id: clients.Beta })
  node = await testNode(crm)
})
const REPORT = 'query ($from: Date!, $to: Date!, $people: [ID!], $filter: JSON, $first: Int, $after: String) { ownerReport(from: $from, to: $to, people: $people, filter: $filter, first: $first, after: $after) { totals { owner { id } clients days } nodes { client { id title } owner { id title } from to days } hasNextPage endCursor } }'
const report = async (caller: Caller, more: object = {}) => (await crm.ask(caller, REPORT, { from: '2025-03-01', to: '2025-03-31', ...more })).ownerReport
const short = (nodes: { client: { title: string }, owner: { id: string } | null, days: number }[]) => nodes.map(({ client: { title }, owner, days }) => `${title} ${owner ? owner.id === anna.actor.userId ? 'anna' : 'boris' : '?'} ${days}`)

describe('who had which clients', () => {
  it('is told from when to when, with the days of the period, which add up', async () => {
    const { nodes, totals } = await report(admin)
    expect(short(nodes)).toEqual(['Alpha anna 10', 'Alpha boris 21', 'Beta anna 31', 'Gamma boris 10', 'Gamma anna 9', 'Gamma boris 12'])
    expect(nodes[0]).toMatchObject({ client: { id: clients.Alpha }, from: '2025-01-10T08:00:00.000Z', to: '2025-03-11T12:00:00.000Z' })
    expect(nodes[1].to).toBeNull()
    expect(totals.map((t: { owner: { id: string }, clients: number, days: number }) => [t.owner.id, t.clients, t.days])).toEqual(expect.arrayContaining([[anna.actor.userId, 3, 50], [boris.actor.userId, 2, 43]]))
    expect(short((await report(admin, { people: [boris.actor.userId] })).nodes)).toEqual(['Alpha boris 21', 'Gamma boris 10', 'Gamma boris 12'])
    expect(short((await report(admin, { filter: { industry: { eq: 'Trade' } } })).nodes)).toEqual(['Beta anna 31'])
    expect((await report(admin, { from: '2024-01-01', to: '2024-04-30' })).nodes).toEqual([])
  })

  it('comes in pages, each period once', async () => {
    const seen: string[] = []
    for (let after: string | null = null; ;) {
      const page: Awaited<ReturnType<typeof report>> = await report(admin, { first: 2, after })
      seen.push(...short(page.nodes))
      if (!page.hasNextPage) break
      after = page.endCursor
    }
    expect(seen).toEqual(short((await report(admin)).nodes))
  })

  it('counts no day that is still to come', async () => {
    const today = new Intl.DateTimeFormat('sv-SE', { timeZone: 'Europe/Helsinki' }).format()
    const { nodes } = await report(admin, { from: today, to: '2999-12-31' })
    expect(nodes.map(({ days }: { days: number }) => days)).toEqual([1, 1, 1, 1])
  })

  it('shows to everybody his clients only, and no person whom he does not see', async () => {
    expect(short((await report(anna)).nodes)).toEqual(['Beta anna 31'])
    expect(short((await report(boris)).nodes)).toEqual(['Alpha anna 10', 'Alpha boris 21', 'Gamma boris 10', 'Gamma anna 9', 'Gamma boris 12'])
    const alone = await crm.withRules({ objects: { client: { read: 'all' }, user: { read: 'own' } } })
    const blind = await report(alone)
    expect(short(blind.nodes)).toEqual(['Alpha ? 10', 'Alpha ? 21', 'Beta ? 31', 'Gamma ? 10', 'Gamma ? 9', 'Gamma ? 12'])
    expect(blind.totals).toEqual([{ owner: null, clients: 3, days: 93 }])
    expect((await report(alone, { people: [anna.actor.userId] })).nodes).toEqual([])
    const closed = await crm.withRules({ objects: { client: { read: 'all' } }, fields: { 'client.owner': { read: false } } })
    expect((await crm.query(closed, REPORT, { from: '2025-03-01', to: '2025-03-31' })).errors).toMatchObject([{ extensions: { code: 'INVALID_INPUT' } }])
    const nameless = await crm.withRules({ objects: { client: { read: 'all' }, user: { read: 'all' } }, fields: { 'client.name': { read: false } } })
    expect((await report(nameless)).nodes.map((node: { client: { title: string | null } }) => node.client.title)).toEqual([null, null, null, null, null, null])
    expect((await crm.query(admin, REPORT, { from: '2025-03-31', to: '2025-03-01' })).errors).toMatchObject([{ extensions: { code: 'INVALID_INPUT', fields: [{ field: 'to' }] } }])
  })

  it('is a file with the same rows, and a summary', async () => {
    const { secret } = await createToken(crm.kartotek.db.pool, { userId: admin.actor.userId!, name: 'files', days: 1 }, 'en')
    const get = async (path: string, token = secret) => { const answer = await fetch(`${node.url}/reports/${path}`, { headers: { authorization: `Bearer ${token}` } }); return { status: answer.status, lines: (await answer.text()).replace('\ufeff', '').trim().split('\r\n') } }
    const { lines } = await get('owners.csv?from=2025-03-01&to=2025-03-31')
    expect(lines[0]).toBe('Client,Owner,From,To,Days in the period')
    expect(lines.slice(1).map((line) => line.replace(/^(\w+),[^,]*,/, '$1,'))).toEqual(['Alpha,2025-01-10,2025-03-11,10', 'Alpha,2025-03-11,,21', 'Beta,2025-02-01,,31', 'Gamma,2024-05-01,2025-03-11,10', 'Gamma,2025-03-11,2025-03-20,9', 'Gamma,2025-03-20,,12'])
    const summary = await get('owners.csv?from=2025-03-01&to=2025-03-31&part=summary')
    expect(summary.lines).toHaveLength(3)
    expect(summary.lines[0]).toBe('Owner,Clients,Days in the period')
    expect((await get('owners.xlsx?from=2025-03-01&to=2025-03-31')).status).toBe(200)
    const { rows: [noted] } = await sql<{ detail: object }>`select detail from core.access_log where kind = 'exported' order by id limit 1`.execute(db)
    expect(noted!.detail).toMatchObject({ report: 'owners', from: '2025-03-01' })
    const hers = await createToken(crm.kartotek.db.pool, { userId: anna.actor.userId!, name: 'files', days: 1 }, 'en')
    expect((await get('owners.csv?from=2025-03-01&to=2025-03-31', hers.secret)).status).toBe(403)
  })
})
