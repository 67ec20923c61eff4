import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Caller } from '../access/caller.ts'
import { testCrm } from '../testing/crm.ts'
import { mergeAlike } from './automatic.ts'

const crm = await testCrm()
afterAll(() => crm.close())
const { pool } = crm.kartotek.db
const one = crm.ask
const settled = async (): Promise<void> => { const { failed } = await crm.drain(); expect(failed).toEqual([]) }
const create = (caller: Caller, object: string, input: Record<string, unknown>) => one(caller, `mutation ($input: ${object}CreateInput!) { create${object}(input: $input) { id } }`, { input }).then((data) => data[`create${object}`].id as string)
const MERGE = 'mutation ($object: String!, $winner: ID!, $loser: ID!, $take: [String!], $keep: [String!], $winnerVersion: Int) { mergeRecords(object: $object, winner: $winner, loser: $loser, take: $take, keep: $keep, winnerVersion: $winnerVersion) }'
const merge = (caller: Caller, winner: string, loser: string, more: object = {}) => one(caller, MERGE, { object: 'client', winner, loser, ...more }).then((data) => data.mergeRecords as string)
const UNDO = 'mutation ($id: ID!) { undoMerge(id: $id) { winner loser reverted kept { object record reason fields } } }'
const CLIENT = 'query ($id: ID!) { client(id: $id) { id name code note tags { key } trashedAt contactPoints { kind { key } value isPrimary } addresses { address { text } } } }'
const client = (caller: Caller, id: string) => one(caller, CLIENT, { id }).then((data) => data.client)

let admin: Caller, anna: Caller, boris: Caller
beforeAll(async () => {
  admin = await crm.as('administrator')
  anna = await crm.as('manager')
  boris = await crm.as('manager')
  await one(admin, 'mutation { createObject(input: { name: "visit", plural: "visits", labels: { en: "Visit" }, labelsPlural: { en: "Visits" } }) { name } }')
  await one(admin, 'mutation { createField(object: "xVisit", input: { name: "at", type: reference, to: "client", reverse: "visits", labels: { en: "At" } }) { key } }')
  await one(admin, 'mutation { createField(object: "client", input: { name: "secret", type: text, labels: { en: "Secret" } }) { key } }')
})

/** Two clients with all that can hang on them. */
async function twins() {
  const winner = await create(admin, 'Client', { name: 'Ромашка', note: 'первая', contactPoints: [{ kind: 'phone', value: '040 1112233', isPrimary: true }], addresses: [{ address: { text: 'Katu 1' } }] })
  const loser = await create(admin, 'Client', { name: 'Ромашка Плюс', code: `C-${Math.random()}`, note: 'вторая', contactPoints: [{ kind: 'phone', value: '+358 40 1112233' }, { kind: 'email', value: 'a@romashka.fi', isPrimary: true }], addresses: [{ address: { text: 'Katu 1' } }, { address: { text: 'Tie 2' } }] })
  const order = await create(admin, 'Order', { subject: 'Окна', client: loser })
  const both = await create(admin, 'Contact', { name: 'Оля', clients: [{ client: winner, role: 'A' }, { client: loser, role: 'B' }] })
  const only = await create(admin, 'Contact', { name: 'Юля', clients: [{ client: loser, role: 'C' }] })
  const task = await create(admin, 'Task', { title: 'Позвонить', subject: { object: 'client', id: loser } })
  const entry = await create(admin, 'TimelineEntry', { text: 'Заметка', subject: { object: 'client', id: loser } })
  const file = await create(admin, 'File', { name: 'Договор', url: 'https://example.com/x', subject: { object: 'client', id: loser } })
  const visit = await create(admin, 'XVisit', { name: 'Визит', custom: { at: loser } })
  await one(admin, 'mutation ($id: ID!, $user: ID!) { shareRecord(object: "client", id: $id, user: $user, level: READ) }', { id: loser, user: boris.actor.userId })
  await pool.query(`insert into core.external_ref (system, object, external_id, record_id) values ('old', 'client', $1, $2)`, [loser, loser])
  await settled()
  const where = async () => ({
    ...(await one(admin, `{ order(id: "${order}") { client { id } } task(id: "${task}") { subject { id } } timelineEntry(id: "${entry}") { subject { id } } file(id: "${file}") { subject { id } }
      both: contact(id: "${both}") { clients { role client { id } } } only: contact(id: "${only}") { clients { role client { id } } } }`)),
    visit: (await one(admin, `{ xVisit(id: "${visit}") { custom { at { id } } } }`)).xVisit.custom.at.id,
    shares: (await pool.query(`select record_id from core.share where user_id = $1 and record_id = $2`, [boris.actor.userId, winner])).rows.length,
    key: (await pool.query<{ record_id: string }>(`select record_id from core.external_ref where external_id = $1`, [loser])).rows[0]!.record_id,
  })
  const all = (id: string, shares: number) => ({
    order: { client: { id } }, task: { subject: { id } }, timelineEntry: { subject: { id } }, file: { subject: { id } }, only: { clients: [{ role: 'C', client: { id } }] },
    both: { clients: id === winner ? [{ role: 'A', client: { id: winner } }] : [{ role: 'A', client: { id: winner } }, { role: 'B', client: { id: loser } }] }, visit: id, shares, key: id,
  })
  return { winner, loser, order, task, where, all }
}

describe('a merge', () => {
  it('is told before: fields, lists and what would move', async () => {
    const { winner, loser } = await twins()
    const { previewMerge } = await one(admin, `query ($w: ID!, $l: ID!) { previewMerge(object: "client", winner: $w, loser: $l) { fields { key winner loser same source choosable } lists { name winner added same } moves { object count } winnerVersion } }`, { w: winner, l: loser })
    expect(previewMerge.fields).toEqual(expect.arrayContaining([
      { key: 'name', winner: 'Ромашка', loser: 'Ромашка Плюс', same: false, source: 'WINNER', choosable: true },
      expect.objectContaining({ key: 'code', winner: null, source: 'LOSER' }), expect.objectContaining({ key: 'kind', same: true, choosable: false }),
    ]))
    expect(previewMerge.lists).toEqual([{ name: 'contactPoints', winner: ['040 1112233'], added: ['a@romashka.fi'], same: 1 }, { name: 'addresses', winner: ['Katu 1'], added: ['Tie 2'], same: 1 }])
    expect(Object.fromEntries(previewMerge.moves.map((m: { object: string, count: number }) => [m.object, m.count]))).toEqual({ order: 1, clientContact: 2, task: 1, timelineEntry: 1, file: 1, xVisit: 1 })
    expect(await client(admin, loser)).toMatchObject({ id: loser, trashedAt: null })
  })

  it('takes fields by choice, unites lists, moves all that points there, leads old ids on, and comes back exactly', async () => {
    const { winner, loser, where, all } = await twins()
    const before = { winner: await client(admin, winner), loser: await client(admin, loser) }
    expect(await where()).toEqual(all(loser, 0))
    const id = await merge(admin, winner, loser, { take: ['note'] })
    expect(await where()).toEqual(all(winner, 1))
    const merged = await client(admin, winner)
    expect(merged).toMatchObject({ name: 'Ромашка', note: 'вторая', code: before.loser.code, contactPoints: [{ value: '040 1112233' }, { value: 'a@romashka.fi', isPrimary: false }], addresses: [{ address: { text: 'Katu 1' } }, { address: { text: 'Tie 2' } }] })
    expect(await client(admin, loser)).toEqual(merged)
    expect(await client(anna, loser)).toBeNull()
    expect((await one(admin, `{ clients(search: "a@romashka.fi", filter: { id: { eq: "${winner}" } }) { nodes { id } } }`)).clients.nodes).toHaveLength(1)

    const { changeSets } = await one(admin, `{ changeSets(object: "client", record: "${winner}", first: 1) { nodes { id summary revertible records } } }`)
    expect(changeSets.nodes[0]).toMatchObject({ summary: 'Duplicates merged', revertible: false })
    expect((await crm.query(admin, 'mutation ($id: ID!) { revertChangeSet(id: $id) { reverted } }', { id: changeSets.nodes[0].id })).errors![0]!.extensions).toMatchObject({ code: 'CONFLICT', merge: true })

    const { undoMerge } = await one(admin, UNDO, { id })
    expect(undoMerge).toMatchObject({ winner, loser, kept: [] })
    expect(await where()).toEqual(all(loser, 0))
    expect(await client(admin, winner)).toEqual(before.winner)
    expect(await client(admin, loser)).toEqual(before.loser)
    expect((await crm.query(admin, UNDO, { id })).errors![0]!.extensions.code).toBe('CONFLICT')
    // Nor is the way back undone from the history: the merge would be half there.
    expect((await crm.query(admin, 'mutation ($id: ID!) { revertChangeSet(id: $id) { reverted } }', { id: (await one(admin, `{ changeSets(object: "client", record: "${winner}", first: 1) { nodes { id } } }`)).changeSets.nodes[0].id })).errors![0]!.extensions).toMatchObject({ code: 'CONFLICT', merge: true })
  })

  it('leaves at the undo what was changed since, and says so', async () => {
    const { winner, loser, order, task } = await twins()
    const other = await create(admin, 'Client', { name: 'Третий' })
    const id = await merge(admin, winner, loser)
    await one(admin, 'mutation ($id: ID!, $client: ID!) { updateOrder(id: $id, input: { client: $client }) { id } }', { id: order, client: other })
    await one(admin, 'mutation ($id: ID!) { updateTask(id: $id, input: { title: "Перезвонить" }) { id } }', { id: task })
    const { undoMerge } = await one(admin, UNDO, { id })
    expect(undoMerge.kept).toEqual([{ object: 'order', record: order, reason: 'changed', fields: ['client'] }])
    const left = await one(admin, `{ order(id: "${order}") { client { id } } task(id: "${task}") { title subject { id } } }`)
    expect(left).toEqual({ order: { client: { id: other } }, task: { title: 'Перезвонить', subject: { id: loser } } })
  })

  it('leads through merges of merges, and asks to undo the last one first', async () => {
    const [a, b, c] = [await create(admin, 'Client', { name: 'А' }), await create(admin, 'Client', { name: 'Б' }), await create(admin, 'Client', { name: 'В' })]
    const first = await merge(admin, b, a)
    const second = await merge(admin, c, b)
    expect(await client(admin, a)).toMatchObject({ id: c })
    expect((await crm.query(admin, UNDO, { id: first })).errors![0]!.extensions).toMatchObject({ code: 'CONFLICT', merge: second })
    await one(admin, UNDO, { id: second })
    await one(admin, UNDO, { id: first })
    expect(await client(admin, a)).toMatchObject({ id: a, name: 'А' })
  })

  it('merges people with their roles at clients', async () => {
    const firm = await create(admin, 'Client', { name: 'Фирма' })
    const a = await create(admin, 'Contact', { name: 'Пётр Иванов', clients: [{ client: firm }] })
    const b = await create(admin, 'Contact', { name: 'Иванов Пётр', jobTitle: 'Директор', clients: [{ client: firm }] })
    await settled()
    const { duplicatePairs } = await one(admin, 'query ($r: ID!) { duplicatePairs(object: "contact", record: $r) { nodes { strength reasons { kind value } } } }', { r: a })
    expect(duplicatePairs.nodes).toEqual([{ strength: 'WEAK', reasons: [{ kind: 'personName', value: null }] }])
    await merge(admin, a, b, { object: 'contact' })
    expect((await one(admin, `{ contact(id: "${b}") { id jobTitle clients { client { id } } } }`)).contact).toEqual({ id: a, jobTitle: 'Директор', clients: [{ client: { id: firm } }] })
  })
})

describe('the rights', () => {
  it('to change and delete both records are needed; what one does not see does not exist', async () => {
    const mine = await create(anna, 'Client', { name: 'Моя' })
    const foreign = await create(boris, 'Client', { name: 'Чужая' })
    for (const [winner, loser] of [[mine, foreign], [foreign, mine]]) {
      expect((await crm.query(anna, MERGE, { object: 'client', winner, loser })).errors![0]!.extensions.code).toBe('NOT_FOUND')
      expect((await crm.query(anna, 'query ($winner: ID!, $loser: ID!) { previewMerge(object: "client", winner: $winner, loser: $loser) { winnerVersion } }', { winner, loser })).errors![0]!.extensions.code).toBe('NOT_FOUND')
    }
    const keeper = await crm.withRules({ objects: { client: { read: 'all', update: 'all' } } })
    expect((await crm.query(keeper, MERGE, { object: 'client', winner: mine, loser: foreign })).errors![0]!.extensions.code).toBe('FORBIDDEN')
    const merged = await merge(admin, mine, foreign)
    expect((await crm.query(boris, UNDO, { id: merged })).errors![0]!.extensions.code).toBe('NOT_FOUND')
    expect((await one(boris, '{ merges(object: "client") { id } }')).merges).toEqual([])
  })

  it('move what the merger does not see, and neither show nor lose a field that he may not read', async () => {
    const all = { read: 'all', create: 'all', update: 'all', delete: 'all' } as const
    const blind = await crm.withRules({ objects: { client: all }, fields: { 'client.custom.secret': { read: false } } })
    const winner = await create(admin, 'Client', { name: 'Видимый' })
    const loser = await create(admin, 'Client', { name: 'Второй', custom: { secret: 'тайна' } })
    const order = await create(admin, 'Order', { subject: 'x', client: loser })
    const preview = await one(blind, 'query ($w: ID!, $l: ID!) { previewMerge(object: "client", winner: $w, loser: $l) { fields { key winner loser } moves { object } } }', { w: winner, l: loser })
    expect(JSON.stringify(preview)).not.toMatch(/тайна|secret|order/i)
    expect((await crm.query(blind, MERGE, { object: 'client', winner, loser, take: ['custom.secret'] })).errors![0]!.extensions.code).toBe('INVALID_INPUT')
    await merge(blind, winner, loser)
    expect((await one(admin, `{ client(id: "${winner}") { custom { secret } } order(id: "${order}") { client { id } } }`))).toEqual({ client: { custom: { secret: 'тайна' } }, order: { client: { id: winner } } })
  })

  it('is refused to who looked at an older version', async () => {
    const [winner, loser] = [await create(admin, 'Client', { name: 'v1' }), await create(admin, 'Client', { name: 'v2' })]
    await one(admin, 'mutation ($id: ID!) { updateClient(id: $id, input: { note: "x" }) { id } }', { id: winner })
    expect((await crm.query(admin, MERGE, { object: 'client', winner, loser, winnerVersion: 1 })).errors![0]!.extensions.code).toBe('CONFLICT')
  })
})

describe('many at once', () => {
  it('are merged as they were looked at, and all come back', async () => {
    const ids: string[] = []
    for (const n of [1, 2]) for (const name of [`Пачка ${n}`, `Другая пачка ${n}`]) ids.push(await create(admin, 'Client', { name, contactPoints: [{ kind: 'phone', value: `040 77700${n}0` }] }))
    await settled()
    const pairs: string[] = []
    for (const id of [ids[0], ids[2]]) pairs.push((await one(admin, 'query ($r: ID!) { duplicatePairs(object: "client", record: $r, strength: STRONG) { nodes { id } } }', { r: id })).duplicatePairs.nodes[0].id)
    const PLAN = 'query ($pairs: [ID!]!) { previewMerges(pairs: $pairs) { mark items { winner { id } loser { id } preview { moves { count } } } } }'
    const { previewMerges: plan } = await one(admin, PLAN, { pairs })
    expect(plan.items.map((i: { winner: { id: string } }) => i.winner.id)).toEqual([ids[0], ids[2]])
    const ALL = 'mutation ($pairs: [ID!]!, $mark: String!) { mergePairs(pairs: $pairs, mark: $mark) { bulk results { merge error } } }'
    expect((await crm.query(admin, ALL, { pairs, mark: 'guessed' })).errors![0]!.extensions.code).toBe('CONFLICT')
    await one(admin, 'mutation ($id: ID!) { updateClient(id: $id, input: { note: "changed" }) { id } }', { id: ids[1] })
    expect((await crm.query(admin, ALL, { pairs, mark: plan.mark })).errors![0]!.extensions.code).toBe('CONFLICT')
    const again = await one(admin, PLAN, { pairs })
    const { mergePairs: done } = await one(admin, ALL, { pairs, mark: again.previewMerges.mark })
    expect(done.results).toEqual([{ merge: expect.any(String), error: null }, { merge: expect.any(String), error: null }])
    expect(await client(admin, ids[1]!)).toMatchObject({ id: ids[0] })
    // Page by page, and all at once only by who merged them.
    const MERGES = 'query ($before: ID) { merges(object: "client", first: 1, before: $before) { id bulk winner { id } } }'
    const [newest] = (await one(admin, MERGES)).merges
    const [next] = (await one(admin, MERGES, { before: newest.id })).merges
    expect([newest, next]).toMatchObject([{ bulk: done.bulk, winner: { id: ids[2] } }, { bulk: done.bulk, winner: { id: ids[0] } }])
    expect((await one(await crm.as('administrator'), MERGES)).merges).toMatchObject([{ id: newest.id, bulk: null }])
    expect((await one(admin, 'mutation ($bulk: ID!) { undoMerges(bulk: $bulk) { kept { record } } }', { bulk: done.bulk })).undoMerges).toEqual([{ kept: [] }, { kept: [] }])
    expect(await client(admin, ids[1]!)).toMatchObject({ id: ids[1] })
  })

  it('are limited by the hour', async () => {
    const [winner, loser] = [await create(admin, 'Client', { name: 'предел 1' }), await create(admin, 'Client', { name: 'предел 2' })]
    await pool.query(`insert into core.merge (id, object, winner_id, loser_id, change_set_id, moved, by_id, undone_at) select gen_random_uuid(), 'client', gen_random_uuid(), gen_random_uuid(), gen_random_uuid(), '{}', $1, now() from generate_series(1, 500)`, [admin.actor.userId])
    expect((await crm.query(admin, MERGE, { object: 'client', winner, loser })).errors![0]!.extensions.code).toBe('LIMIT_EXCEEDED')
    await pool.query(`delete from core.merge where moved = '{}'`)
  })

  it('merge by themselves only where all filled fields agree and the owner is the same', async () => {
    const points = (n: number) => ({ contactPoints: [{ kind: 'phone', value: `040 88800${n}0` }] })
    const alike = [await create(admin, 'Client', { name: 'Равные', ...points(1) }), await create(admin, 'Client', { name: 'Равные', note: 'одна', ...points(1) })]
    const unlike = [await create(admin, 'Client', { name: 'Разные', note: 'а', ...points(2) }), await create(admin, 'Client', { name: 'Разные', note: 'б', ...points(2) })]
    const owners = [await create(admin, 'Client', { name: 'Хозяева', ...points(3) }), await create(boris, 'Client', { name: 'Хозяева', ...points(3) })]
    await settled()
    const { rows } = await pool.query<{ id: string }>(`select id from core.duplicate_pair where state = 'open'`)
    await mergeAlike(crm.kartotek.engine, rows.map((row) => row.id))
    expect(await client(admin, alike[1]!)).toMatchObject({ id: alike[0], note: 'одна' })
    for (const [first, second] of [unlike, owners]) expect([(await client(admin, first!)).id, (await client(admin, second!)).id]).toEqual([first, second])
  })
})
