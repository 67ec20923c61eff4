import { rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { sql } from 'kysely'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Caller } from '../access/caller.ts'
import { objectOf } from '../model/model.ts'
import { writeRecords } from '../records/write/batch.ts'
import { write } from '../records/write/writing.ts'
import { inZone, isoOf } from '../tasks/times.ts'
import { testCrm } from '../testing/crm.ts'
import { testNode, type TestNode } from '../testing/node.ts'
import { openWorkbook } from '../spreadsheets/index.ts'
import { createToken } from '../accounts/tokens.ts'

const crm = await testCrm()
const { engine } = crm.kartotek
let admin: Caller, anna: Caller, boris: Caller, head: Caller, eva: Caller, node: TestNode
afterAll(async () => { await node.close(); await crm.close() })

const one = crm.ask
const problem = async (caller: Caller, source: string, variables: Record<string, unknown> = {}) => (await crm.query(caller, source, variables)).errors?.[0]
const client = async (caller: Caller, input: Record<string, unknown>) => (await one(caller, 'mutation ($input: ClientCreateInput!) { createClient(input: $input) { id } }', { input })).createClient.id as string
/** Days are those of the company. */
const midnight = inZone(new Date(), engine.live.current.company.timeZone).startOf('day')
const today = midnight.toISODate()!
const mine = (marker: string) => ({ industry: { eq: marker } })

beforeAll(async () => {
  ;[admin, anna, boris] = [await crm.as('administrator'), await crm.as('manager'), await crm.as('manager')]
  const team = (await one(admin, 'mutation { createTeam(input: { name: "Sales" }) { id } }')).createTeam.id as string
  head = await crm.withRules({ objects: { '*': { read: 'team', create: 'team', update: 'team' }, 'user': { read: 'all' } } }, { teamIds: [team] })
  await sql`insert into core.team_member (team_id, user_id, leader) values (${team}, ${anna.actor.userId}, false), (${team}, ${head.actor.userId}, true)`.execute(engine.db)
  node = await testNode(crm)
})

describe('how complete clients are', () => {
  const report = async (caller: Caller, variables: Record<string, unknown> = {}) => (await one(caller, `query ($filter: JSON, $kinds: [String!], $groupBy: CompletenessGrouping, $staleDays: Int) {
    completenessReport(filter: $filter, kinds: $kinds, groupBy: $groupBy, staleDays: $staleDays) { kinds { key requiredOf } groups { key label clients complete mean cells { kind filled stale invalid empty } } total { clients complete mean } filters { kind state filter } } }`, variables)).completenessReport
  it('is counted kind by kind, for each manager, with what must be known', async () => {
    const marker = 'counted'
    const whole = { kind: 'person', industry: marker, contactPoints: [{ kind: 'phone', value: '+358401234567' }, { kind: 'email', value: 'a@example.com' }] }
    await client(anna, { name: 'Whole', ...whole })
    await client(anna, { name: 'Half', ...whole, contactPoints: [whole.contactPoints[1]!] })
    const wrong = await client(boris, { name: 'Wrong', ...whole, contactPoints: [{ kind: 'phone', value: '12' }] })
    await client(admin, { name: 'Firm', industry: marker, contactPoints: whole.contactPoints, taxId: { value: '2077474-0', country: 'FI' } })
    const all = await report(admin, { filter: mine(marker), kinds: ['phone', 'email'] })
    expect(all.kinds).toEqual([{ key: 'phone', requiredOf: ['organisation', 'person'] }, { key: 'email', requiredOf: ['organisation', 'person'] }])
    expect(all.groups.find((g: { key: string }) => g.key === anna.actor.userId)).toEqual({ key: anna.actor.userId, label: anna.actor.name, clients: 2, complete: 1, mean: 75, cells: [{ kind: 'phone', filled: 1, stale: 0, invalid: 0, empty: 1 }, { kind: 'email', filled: 2, stale: 0, invalid: 0, empty: 0 }] })
    expect(all.groups.find((g: { key: string }) => g.key === boris.actor.userId)).toMatchObject({ clients: 1, complete: 0, mean: 0, cells: [{ kind: 'phone', invalid: 1, empty: 0 }, { empty: 1 }] })
    // The firm has 3 of its 5: phone, e-mail and tax id.
    expect(all.groups.find((g: { key: string }) => g.key === admin.actor.userId)).toMatchObject({ clients: 1, mean: 60 })
    expect(all.total).toEqual({ clients: 4, complete: 1, mean: 52.5 })
    // A cell leads to its clients by an ordinary filter.
    const cell = all.filters.find((f: { kind: string, state: string }) => f.kind === 'phone' && f.state === 'invalid')
    const { clients } = await one(admin, 'query ($filter: ClientFilter!) { clients(filter: $filter) { nodes { id } } }', { filter: { and: [mine(marker), cell.filter] } })
    expect(clients.nodes).toEqual([{ id: wrong }])
    const { completenessRows } = await one(admin, 'query ($filter: JSON) { completenessRows(filter: $filter, kinds: ["phone"]) { nodes { title owner share states { kind state } } } }', { filter: mine(marker) })
    expect(completenessRows.nodes.map((n: { title: string, share: number, states: { state: string }[] }) => [n.title, n.share, n.states[0]!.state])).toEqual([['Firm', 60, 'filled'], ['Half', 50, 'empty'], ['Whole', 100, 'filled'], ['Wrong', 0, 'invalid']])
  })

  it('knows what is old', async () => {
    const id = await client(anna, { name: 'Old', industry: 'aged', contactPoints: [{ kind: 'phone', value: '+358401234568' }] })
    await sql`update core.contact_point set updated_at = now() - interval '100 days' where client_id = ${id}`.execute(engine.db)
    const cells = async (staleDays: number | null) => (await report(admin, { filter: mine('aged'), kinds: ['phone'], staleDays })).groups[0].cells[0]
    expect(await cells(90)).toMatchObject({ filled: 0, stale: 1 })
    expect(await cells(110)).toMatchObject({ filled: 1, stale: 0 })
    expect(await cells(null)).toMatchObject({ filled: 1, stale: 0 })
    // What is still right is said without changing it.
    await one(anna, 'mutation ($id: ID!, $on: Date!) { updateClient(id: $id, input: { confirmedOn: $on }) { id } }', { id, on: new Date().toISOString().slice(0, 10) })
    expect(await cells(90)).toMatchObject({ filled: 1, stale: 0 })
    const uninformed = await crm.withRules({ objects: { '*': { read: 'all' } }, fields: { 'client.confirmedOn': { read: false, write: false } } })
    expect((await report(uninformed, { filter: mine('aged'), kinds: ['phone'], staleDays: 90 })).groups[0].cells[0]).toMatchObject({ filled: 0, stale: 1 })
  })

  it('counts the numbers of its people as ways to reach a client, for who may know them', async () => {
    const reached = await client(anna, { name: 'Reached', industry: 'people' })
    const wrong = await client(anna, { name: 'Wrong number', industry: 'people' })
    await client(anna, { name: 'Nobody', industry: 'people' })
    const person = async (of: string, points: object[]) => (await one(anna, 'mutation ($input: ContactCreateInput!) { createContact(input: $input) { id } }', { input: { lastName: 'Person', clients: [{ client: of }], contactPoints: points } })).createContact.id as string
    const contactId = await person(reached, [{ kind: 'phone', value: '+358401234571' }, { kind: 'telegram', value: '@reached' }])
    await person(wrong, [{ kind: 'phone', value: '12' }])
    const cells = async (caller: Caller) => (await report(caller, { filter: mine('people'), kinds: ['phone', 'email', 'messenger'] })).groups[0].cells
    expect(await cells(admin)).toEqual([{ kind: 'phone', filled: 1, stale: 0, invalid: 1, empty: 1 }, { kind: 'email', filled: 0, stale: 0, invalid: 0, empty: 3 }, { kind: 'messenger', filled: 1, stale: 0, invalid: 0, empty: 2 }])
    const noPeople = await crm.withRules({ objects: { '*': { read: 'all' }, 'contact': { read: 'none' } } })
    expect((await cells(noPeople))[0]).toMatchObject({ filled: 0, invalid: 0, empty: 3 })
    await one(anna, 'mutation ($id: ID!) { deleteContact(id: $id) { id } }', { id: contactId })
    expect((await cells(admin))[0]).toMatchObject({ filled: 0, invalid: 1, empty: 2 })
  })

  it('is of what the reader sees, and of nothing that is closed to him', async () => {
    await client(anna, { name: 'Seen', industry: 'rights' })
    await client(boris, { name: 'Unseen', industry: 'rights' })
    expect((await report(anna, { filter: mine('rights'), kinds: ['phone'] })).total.clients).toBe(1)
    expect((await report(head, { filter: mine('rights'), kinds: ['phone'], groupBy: 'TEAM' })).total.clients).toBe(1)
    const blind = await crm.withRules({ objects: { '*': { read: 'all' } }, fields: { 'contactPoint.value': { read: false }, 'client.industry': { read: false } } })
    const kinds = (await one(blind, '{ completenessKinds { key } }')).completenessKinds.map((k: { key: string }) => k.key)
    expect(kinds).not.toContain('phone')
    expect(kinds).not.toContain('industry')
    expect(kinds).toContain('taxId')
    expect((await problem(blind, '{ completenessReport(kinds: ["phone"]) { total { clients } } }'))!.message).toContain('no column')
    expect((await problem(blind, '{ completenessReport(filter: { industry: { eq: "rights" } }) { total { clients } } }'))!.message).toContain('industry')
    expect((await problem(await crm.withRules({}), '{ completenessReport { total { clients } } }'))!.message).toContain('who sees clients')
  })

  it('says how many rows it leaves out, and has them in the total', async () => {
    const { rows } = await sql<{ id: string }>`insert into core.team (id, name) select gen_random_uuid(), 'Team ' || i from generate_series(1, 502) i returning id`.execute(engine.db)
    await sql`insert into core.client (id, name, kind, lifecycle, industry, team_id) select gen_random_uuid(), 'x', 'person', 'active', 'teams', id from unnest(${rows.map((row) => row.id)}::uuid[]) id`.execute(engine.db)
    const ask = async (groupBy: string) => (await one(admin, 'query ($filter: JSON, $groupBy: CompletenessGrouping) { completenessReport(filter: $filter, kinds: ["phone"], groupBy: $groupBy) { groups { key } moreGroups total { clients } } }', { filter: mine('teams'), groupBy })).completenessReport
    const { groups, ...rest } = await ask('TEAM')
    expect([groups.length, rest]).toEqual([500, { moreGroups: 2, total: { clients: 502 } }])
    expect(await ask('OWNER')).toMatchObject({ groups: [{ key: null }], moreGroups: 0 })
  })

  it('is counted by segment: those that the reader may use, a client in each that he is in', async () => {
    for (const [name, lifecycle, phone] of [['S1', 'active', true], ['S2', 'active', false], ['S3', 'potential', false]] as const) await client(admin, { name, kind: 'person', industry: 'segmented', lifecycle, ...(phone ? { contactPoints: [{ kind: 'phone', value: '+358401234569' }] } : {}) })
    const segment = async (caller: Caller, name: string, definition: object) => (await one(caller, 'mutation ($input: SegmentInput!) { createSegment(object: "client", input: $input) { id } }', { input: { name, filter: definition } })).createSegment.id as string
    const all = await segment(admin, 'Everybody segmented', mine('segmented'))
    const active = await segment(admin, 'Active ones', { and: [{ inSegment: [all] }, { lifecycle: { eq: 'active' } }] })
    await segment(admin, 'Nobody', { industry: { eq: 'nobody at all' } })
    await segment(anna, 'Of Anna', mine('segmented'))
    const { groups, total } = await report(admin, { filter: mine('segmented'), kinds: ['phone'], groupBy: 'SEGMENT' })
    expect(groups.map((g: { key: string, label: string, clients: number, cells: { filled: number }[] }) => [g.key, g.label, g.clients, g.cells[0]!.filled])).toEqual([[all, 'Everybody segmented', 3, 1], [active, 'Active ones', 2, 1]])
    expect(total.clients).toBe(3)
  })

  it('names no owner whom the reader does not see, and tells him of none', async () => {
    await client(anna, { name: 'Of Anna', industry: 'owners' })
    await client(boris, { name: 'Of Boris', industry: 'owners' })
    const alone = await crm.withRules({ objects: { client: { read: 'all' }, user: { read: 'own' } } })
    await client(admin, { name: 'Of his own', industry: 'owners', owner: alone.actor.userId })
    const { groups } = await report(alone, { filter: mine('owners'), kinds: ['industry'] })
    expect(groups.map((g: { key: string | null, clients: number }) => [g.key, g.clients]).sort()).toEqual([[null, 2], [alone.actor.userId, 1]].sort())
  })

  it('asks for what an administrator says must be known', async () => {
    const save = (caller: Caller, kinds: string[]) => crm.query(caller, 'mutation ($kinds: [String!]!) { saveCompletenessRule(clientKind: "person", kinds: $kinds) }', { kinds })
    expect((await save(anna, [])).errors![0]!.message).toContain('settings.manage')
    expect((await save(admin, ['nowhere'])).errors).toMatchObject([{ message: 'There is no column "nowhere".', extensions: { code: 'INVALID_INPUT' } }])
    expect((await save(admin, Array<string>(21).fill('phone'))).errors).toMatchObject([{ message: 'At most 20 columns.', extensions: { code: 'LIMIT_EXCEEDED' } }])
    expect((await save(admin, ['industry'])).errors).toBeUndefined()
    await client(anna, { name: 'Known', kind: 'person', industry: 'ruled' })
    expect((await report(admin, { filter: mine('ruled') })).total).toEqual({ clients: 1, complete: 1, mean: 100 })
    // Who sees but a part of what must be known takes nothing of the rest away.
    const partly = await crm.withRules({ objects: { '*': { read: 'all' } }, fields: { 'client.industry': { read: false } }, capabilities: ['settings.manage'] })
    expect((await save(partly, ['phone'])).errors).toBeUndefined()
    expect((await one(admin, '{ completenessKinds { key requiredOf } }')).completenessKinds.filter((k: { requiredOf: string[] }) => k.requiredOf.includes('person')).map((k: { key: string }) => k.key)).toEqual(['phone', 'industry'])
    await save(admin, ['phone', 'email'])
  })
})

describe('what everybody did', () => {
  const work = async (caller: Caller, from = today, to = today, people?: string[]) => (await one(caller, `query ($from: Date!, $to: Date!, $people: [ID!]) { workReport(from: $from, to: $to, people: $people) {
    person name day calls letters messages meetings notes tasksDone tasksOverdue tasksCreated requests clients orders moves won wonSums { amount currency } lost lostSums { amount currency } } }`, { from, to, people })).workReport as Record<string, unknown>[]
  const of = (rows: Record<string, unknown>[], who: Caller) => rows.find((row) => row.person === who.actor.userId && row.day === today)

  it('is counted per day and person, with sums per currency', async () => {
    eva = await crm.withRules({ objects: { '*': { read: 'own', create: 'own', update: 'own', delete: 'own' }, 'user': { read: 'all' } }, capabilities: ['gates.pass'] })
    const id = await client(eva, { name: 'Worked on' })
    const entry = (input: string) => one(eva, `mutation ($id: ID!) { createTimelineEntry(input: { subject: { object: "client", id: $id }, ${input} }) { id } }`, { id })
    for (const kind of ['call', 'call', 'letter', 'meeting', 'note', 'comment']) await entry(`kind: "${kind}", text: "x"`)
    await entry('kind: "call", text: "long ago", happenedAt: "2026-01-05T10:00:00Z"')
    const task = async (input: string) => (await one(eva, `mutation { createTask(input: { ${input} }) { id } }`)).createTask.id as string
    const done = await task('title: "Done"')
    await one(eva, `mutation { updateTask(id: "${done}", input: { state: "done" }) { id } }`)
    await task(`title: "Late", due: "${isoOf(midnight)}"`)
    const stages = (await one(admin, '{ pipelines(object: "order") { stages { id kind } } }')).pipelines[0].stages as { id: string, kind: string }[]
    const close = async (kind: string, currency: string, amount: string) => {
      const order = (await one(eva, 'mutation ($input: OrderCreateInput!) { createOrder(input: $input) { id } }', { input: { subject: 'x', currency, client: id, lines: [{ text: 'x', quantity: '1', price: { amount, currency } }] } })).createOrder.id as string
      await write(engine, admin, { passGates: true }, async (w) => {
        const [result] = await writeRecords(w, objectOf(w.generation.model, 'order'), [{ op: 'update', id: order, input: { stage: stages.find((s) => s.kind === kind)!.id, ...(kind === 'LOST' ? { lossReason: 'price' } : {}) } }])
        if (!result!.ok) throw result!.error
      })
    }
    await close('WON', 'EUR', '100')
    await close('WON', 'EUR', '50.5')
    await close('WON', 'USD', '7')
    await close('LOST', 'EUR', '1')
    const request = (await one(admin, 'mutation { createIntakeItem(input: { person: "Asks", text: "x" }) { id } }')).createIntakeItem.id as string
    await sql`update core.intake_item set handled_by_id = ${eva.actor.userId}, handled_at = now() where id = ${request}`.execute(engine.db)
    expect(of(await work(admin), eva)).toMatchObject({ requests: 1 })
    const row = of(await work(eva), eva)!
    expect(row).toMatchObject({ calls: 2, letters: 1, messages: 0, meetings: 1, notes: 2, tasksDone: 1, tasksOverdue: 1, tasksCreated: 2, clients: 1, orders: 4, won: 3, lost: 1 })
    const sums = (row.wonSums as { amount: string, currency: string }[]).map((s) => [Number(s.amount), s.currency])
    expect(sums).toEqual(expect.arrayContaining([[150.5, 'EUR'], [7, 'USD']]))
    expect(sums).toHaveLength(2)
    // Who moved the orders was the administrator.
    expect(of(await work(admin), admin)).toMatchObject({ moves: 4 })
    expect(row.moves).toBe(0)
    const january = await work(eva, '2026-01-01', '2026-01-31')
    expect(january).toHaveLength(31)
    expect(january.filter((r) => r.calls)).toMatchObject([{ day: '2026-01-05', calls: 1 }])
  })

  it('is shown to oneself, to who leads the team, and to who reads the history of everything', async () => {
    const people = async (caller: Caller) => (await one(caller, '{ workPeople { id } }')).workPeople.map((p: { id: string }) => p.id) as string[]
    expect(await people(anna)).toEqual([anna.actor.userId])
    expect((await people(head)).sort()).toEqual([anna.actor.userId, head.actor.userId].sort())
    expect(await people(admin)).toEqual(expect.arrayContaining([anna.actor.userId, boris.actor.userId, head.actor.userId, admin.actor.userId]))
    expect((await work(anna, today, today, [boris.actor.userId!]))).toEqual([])
    // What the reader does not see he does not count.
    const before = of(await work(head), anna)!.clients as number
    await client(anna, { name: 'Hers' })
    expect(of(await work(head), anna)!.clients).toBe(before + 1)
    const limited = await crm.withRules({ objects: { user: { read: 'all' } }, capabilities: ['audit.read'] })
    expect(of(await work(limited), anna)).toMatchObject({ clients: 0, calls: 0, orders: 0 })
    // What was done stays, also of those who have left.
    const gone = await crm.withRules({ objects: { '*': { read: 'own', create: 'own' } } })
    const idle = await crm.as('manager')
    await client(gone, { name: 'Left behind' })
    await sql`update core."user" set active = false where id in (${gone.actor.userId}, ${idle.actor.userId})`.execute(engine.db)
    expect(await people(admin)).toEqual(expect.arrayContaining([gone.actor.userId, idle.actor.userId]))
    const all = await work(admin)
    expect([of(all, gone)?.clients, of(all, idle)]).toEqual([1, undefined])
    expect(of(await work(admin, today, today, [idle.actor.userId!]), idle)).toMatchObject({ clients: 0 })
    const own = await crm.withRules({ objects: { user: { read: 'all' }, order: { read: 'own' } }, capabilities: ['audit.read'] })
    expect(of(await work(own), admin)).toMatchObject({ moves: 0 })
    expect(of(await work(admin), admin)).toMatchObject({ moves: 4 })
  })

  it('has limits', async () => {
    expect((await problem(admin, '{ workReport(from: "2026-01-01", to: "2026-03-01") { day } }'))!.extensions.code).toBe('LIMIT_EXCEEDED')
    expect((await problem(admin, '{ workReport(from: "2026-01-01", to: "2025-01-01") { day } }'))!.extensions.code).toBe('INVALID_INPUT')
    const of = async (day: string) => (await problem(admin, 'query ($day: Date!) { workReport(from: $day, to: $day) { day } }', { day }))?.message
    const years = 'The report knows the years 1900–2999.'
    expect([await of('0001-01-01'), await of('1899-12-31'), await of('1900-01-01'), await of('2999-12-31'), await of('9999-12-31')]).toEqual([years, years, undefined, undefined, years])
    expect((await problem(admin, '{ completenessReport(staleDays: 0) { total { clients } } }'))!.extensions.code).toBe('INVALID_INPUT')
  })
})

describe('as files', () => {
  const bearer = async (caller: Caller) => ({ authorization: `Bearer ${(await createToken(crm.kartotek.db.pool, { userId: caller.actor.userId!, name: 'files', days: 1 }, 'en')).secret}` })
  const get = async (path: string, headers: Record<string, string>) => {
    const r = await fetch(`${node.url}/reports/${path}`, { headers })
    const bytes = Buffer.from(await r.arrayBuffer())
    return { status: r.status, name: decodeURIComponent(r.headers.get('content-disposition')?.split("''")[1] ?? ''), bytes, text: bytes.toString('utf8') }
  }
  const filter = (marker: string) => `filter=${encodeURIComponent(JSON.stringify(mine(marker)))}`
  const exported = async () => (await crm.kartotek.db.pool.query(`select user_id, detail from core.access_log where kind = 'exported' order by at desc limit 1`)).rows[0]

  it('both are tables for spreadsheets, in which nothing is a formula', async () => {
    await client(admin, { name: '=HYPERLINK("http://evil")', industry: 'exported' })
    const by = await bearer(admin)
    const completeness = await get(`completeness.csv?kinds=phone,email&${filter('exported')}`, by)
    expect(completeness.text).toMatch(/^\ufeff?Client,Owner,%,Phone,E-mail\r\n/)
    expect(completeness.text).toContain(`"'=HYPERLINK(""http://evil"")"`)
    const work = await get(`work.csv?from=${today}&to=${today}&people=${eva.actor.userId}`, by)
    expect(work.text.split('\r\n')[0]).toMatch(/Day,Person,Calls.*,Won,"Won, sum, EUR","Won, sum, USD",Lost,"Lost, sum, EUR"$/)
    expect(work.text.split('\r\n')[1]).toMatch(new RegExp(`${eva.actor.name}.*,3,150\\.50?\\d*,7(\\.0+)?,1,1(\\.0+)?$`))
    for (const bad of ['work.csv?from=x&to=y', 'completeness.csv?filter=x', `work.csv?from=${today}&to=${today}&people=a&people=b`]) expect((await get(bad, by)).status, bad).toBe(400)
    expect((await get('work.csv', {})).status).toBe(401)
  })

  it('are written as spreadsheets of the reader\'s language expect it, and as workbooks', async () => {
    await crm.kartotek.db.pool.query(`update core."user" set locale = 'fi' where id = $1`, [admin.actor.userId])
    const by = await bearer(admin)
    const finnish = await get(`completeness.csv?kinds=phone&${filter('exported')}`, by)
    expect(finnish.text).toMatch(/^\ufeff?[^\r]*;%;Puhelin\r\n/)
    expect([finnish.name, (await get(`work.xlsx?from=${today}&to=${today}`, by)).name]).toEqual(['Asiakastietojen kattavuus.csv', `Työraportti ${today}.xlsx`])
    await crm.kartotek.db.pool.query(`update core."user" set locale = 'en' where id = $1`, [admin.actor.userId])
    const { bytes } = await get(`work.xlsx?from=${today}&to=${today}&people=${eva.actor.userId}`, by)
    const file = join(tmpdir(), `${crypto.randomUUID()}.xlsx`)
    writeFileSync(file, bytes)
    const book = await openWorkbook(file)
    const rows: string[][] = []
    for await (const batch of book.rows(book.sheets[0]!)) rows.push(...batch.map((row) => row.cells))
    book.close()
    rmSync(file)
    expect(rows[0]).toEqual(expect.arrayContaining(['Person', 'Won, sum, EUR']))
    expect(rows[1]![0]).toBe(today)
    expect(rows[1]![rows[0]!.indexOf('Won, sum, EUR')]).toBe('150.5')
  })

  it('are for who may export, are noted, and keep what never leaves', async () => {
    for (const path of [`work.csv?from=${today}&to=${today}`, 'completeness.csv', 'completeness.xlsx']) expect((await get(path, await bearer(anna))).status, path).toBe(403)
    const by = await bearer(admin)
    await get(`completeness.csv?kinds=phone&${filter('exported')}`, by)
    expect(await exported()).toEqual({ user_id: admin.actor.userId, detail: { report: 'completeness', object: 'client', format: 'csv', columns: ['Client', 'Owner', '%', 'Phone'], records: 1, exact: true, narrowed: true } })
    await get(`work.csv?from=${today}&to=${today}`, by)
    expect(await exported()).toMatchObject({ detail: { report: 'work', from: today, to: today, narrowed: false } })
    const keep = (object: string, field: string, out: boolean) => one(admin, `mutation ($out: Boolean) { updateField(object: "${object}", field: "${field}", input: { exported: $out }) { exported } }`, { out })
    for (const [object, field] of [['client', 'name'], ['client', 'industry'], ['order', 'total'], ['user', 'name']] as const) await keep(object, field, false)
    // The other node hears of the four changes a moment later.
    await expect.poll(async () => (await get(`completeness.csv?kinds=phone,industry&${filter('exported')}`, by)).text.replace('\ufeff', ''), { timeout: 5_000, interval: 200 }).toBe('%,Phone\r\n0,empty\r\n')
    const work = (await get(`work.csv?from=${today}&to=${today}&people=${eva.actor.userId}`, by)).text
    expect(work).not.toMatch(/EUR|Person/)
    for (const [object, field] of [['client', 'name'], ['client', 'industry'], ['order', 'total'], ['user', 'name']] as const) await keep(object, field, true)
  })

  it('refuse what they do not understand', async () => {
    const headers = await bearer(admin)
    for (const query of ['staleDays=abc', 'staleDays=1.5', 'staleDays=-3', 'staleDays=1e9', 'staleDays=7&staleDays=8', 'filter=%00', 'filter=[]', 'filter={"name":{"eq":"%00"}}', 'kinds=phone%00', 'kinds=__proto__']) {
      expect([query.slice(0, 40), (await get(`completeness.csv?${query}`, headers)).status]).toEqual([query.slice(0, 40), 400])
    }
    for (const query of ['', 'from=2026-01-01', 'from=2026-02-30&to=2026-03-01', 'from=0000-01-01&to=0000-01-02', 'from=2026-01-01&to=10000-01-01', 'from=2026-01-01%00&to=2026-01-02', 'from=-1&to=1']) {
      expect([query, (await get(`work.csv?${query}`, headers)).status]).toEqual([query, 400])
    }
    for (const query of [`kinds=${'phone,'.repeat(30)}`, `filter=${'{"not":'.repeat(300)}{}${'}'.repeat(300)}`]) expect((await get(`completeness.csv?${query}`, headers)).status).toBe(413)
    expect((await get('work.csv?from=2026-01-01&to=2026-01-02&people=x,%00,__proto__', headers)).status).toBe(200)
  })

  it('are of however many clients there are, with the summary on a sheet before them', async () => {
    await crm.kartotek.db.pool.query(`insert into core.client (id, name, kind, lifecycle, industry) select gen_random_uuid(), 'Many ' || i, 'person', 'active', 'many' from generate_series(1, 50001) i`)
    const by = await bearer(admin)
    const { status, text, name } = await get(`completeness.csv?part=summary&kinds=industry&${filter('many')}`, by)
    expect([status, name, text.replace('\ufeff', '').split('\r\n')]).toEqual([200, 'Completeness of clients – Summary.csv', ['Owner,Clients,"Mean, %",With 100 %,Industry: filled,Industry: invalid,Industry: empty', 'All,50001,0,0,50001,0,0', 'Nobody,50001,0,0,50001,0,0', '']])
    expect((await get('completeness.csv?part=else', by)).status).toBe(400)
    const { bytes } = await get(`completeness.xlsx?kinds=phone&groupBy=TEAM&${filter('exported')}`, by)
    const file = join(tmpdir(), `${crypto.randomUUID()}.xlsx`)
    writeFileSync(file, bytes)
    const book = await openWorkbook(file)
    const rows: string[][] = []
    for await (const batch of book.rows(book.sheets[0]!)) rows.push(...batch.map((row) => row.cells))
    const sheets = [...book.sheets]
    book.close()
    rmSync(file)
    expect(sheets).toEqual(['Summary', 'Completeness of clients'])
    expect(rows.map((row) => row.slice(0, 2))).toEqual([['Team', 'Clients'], ['All', '1'], ['Nobody', '1']])
  })
})
