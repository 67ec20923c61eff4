import { afterAll, beforeAll, expect, it } from 'vitest'
import { emptyTrash } from '../trash/trash.feature.ts'
import { testCrm } from '../testing/crm.ts'

const crm = await testCrm({ work: false })
afterAll(() => crm.close())
const { engine, db: { pool } } = crm.kartotek
const admin = await crm.as('administrator')
const ask = (source: string, variables?: Record<string, unknown>) => crm.ask(admin, source, variables)

interface Row { id: string, name: string }
const client = async (rows: object[]): Promise<{ id: string, xGuests: Row[] }> => (await ask('mutation ($input: ClientCreateInput!) { createClient(input: $input) { id xGuests { id name } } }', { input: { name: `C ${Math.random()}`, xGuests: rows } })).createClient
const guests = async (id: string): Promise<string[]> => (await ask('query ($id: ID!) { client(id: $id) { xGuests { name } } }', { id })).client.xGuests.map((row: Row) => row.name)
const merge = async (winner: string, loser: string): Promise<string> => (await ask('mutation ($winner: ID!, $loser: ID!) { mergeRecords(object: "client", winner: $winner, loser: $loser) }', { winner, loser })).mergeRecords
const undo = (id: string) => ask('mutation ($id: ID!) { undoMerge(id: $id) { kept { reason } } }', { id })
const hide = () => ask('mutation { hideObject(name: "xGuest") { name } }')
const restore = () => ask('mutation { restoreObject(name: "xGuest") { name } }')
const purge = async (id: string) => {
  await pool.query(`update core.client set trashed_at = now() - interval '40 days' where id = $1`, [id])
  await emptyTrash(engine)
}

beforeAll(async () => {
  await ask('mutation { createObject(input: { name: "guest", plural: "guests", partOf: "client", labels: { en: "Guest" }, labelsPlural: { en: "Guests" } }) { name } }')
  await ask('mutation { createField(object: "xGuest", input: { name: "badge", type: text, labels: { en: "Badge" }, unique: true }) { key } }')
  await ask('mutation { createField(object: "xGuest", input: { name: "sponsor", type: reference, to: "client", reverse: "sponsored", labels: { en: "Sponsor" } }) { key } }')
})

it('takes the rows of own lists along, equal ones too, with what is unique and what names the loser', async () => {
  const [winner, loser] = [await client([{ name: 'W', custom: { badge: '1' } }]), await client([{ name: 'L', custom: { badge: '2' } }, { name: 'Twin' }, { name: 'Twin' }, { name: 'W' }])]
  const self = [...loser.xGuests.map(({ id }) => ({ id })), { name: 'Self', custom: { sponsor: loser.id } }]
  await ask('mutation ($id: ID!, $rows: [XGuestInput!]) { updateClient(id: $id, input: { xGuests: $rows }) { id } }', { id: loser.id, rows: self })
  await pool.query(`insert into core.external_ref (system, object, external_id, record_id) values ('old', 'xGuest', 'k9', $1)`, [loser.xGuests[0]!.id])
  const id = await merge(winner.id, loser.id)
  expect(await guests(winner.id)).toEqual(['W', 'L', 'Twin', 'Twin', 'W', 'Self'])
  const { client: { xGuests } } = await ask(`{ client(id: "${winner.id}") { xGuests { id custom { badge sponsor { id } } } } }`)
  expect([xGuests[1].id, xGuests[1].custom.badge, xGuests[5].custom.sponsor.id], 'its id and so its key of imports').toEqual([loser.xGuests[0]!.id, '2', winner.id])
  expect((await ask('{ clients(search: "Self") { nodes { id } } }')).clients.nodes).toEqual([{ id: winner.id }])
  expect((await undo(id)).undoMerge.kept).toEqual([])
  expect([await guests(winner.id), await guests(loser.id)]).toEqual([['W'], ['L', 'Twin', 'Twin', 'W', 'Self']])
  expect((await ask(`{ client(id: "${loser.id}") { xGuests { custom { sponsor { id } } } } }`)).client.xGuests[4].custom.sponsor.id).toBe(loser.id)

  await merge(winner.id, loser.id)
  await purge(loser.id)
  expect(await guests(winner.id)).toHaveLength(6)
})

it('takes them along while the list is hidden, and back', async () => {
  const [winner, loser] = [await client([{ name: 'W' }]), await client([{ name: 'L' }])]
  await hide()
  const id = await merge(winner.id, loser.id)
  await restore()
  expect(await guests(winner.id)).toEqual(['W', 'L'])
  await undo(id)
  expect([await guests(winner.id), await guests(loser.id)]).toEqual([['W'], ['L']])
  const again = await merge(winner.id, loser.id)
  await hide()
  await undo(again)
  await restore()
  expect([await guests(winner.id), await guests(loser.id)], 'undone while it is hidden').toEqual([['W'], ['L']])
  await hide()
  await merge(winner.id, loser.id)
  await purge(loser.id)
  await restore()
  expect(await guests(winner.id), 'the loser gone for good').toEqual(['W', 'L'])
})

it('gives rows back to the loser also where somebody added one to the winner since', async () => {
  const [winner, loser] = [await client([{ name: 'W' }]), await client([{ name: 'L' }])]
  const id = await merge(winner.id, loser.id)
  const { client: { xGuests } } = await ask(`{ client(id: "${winner.id}") { xGuests { id } } }`)
  await ask('mutation ($id: ID!, $rows: [XGuestInput!]) { updateClient(id: $id, input: { xGuests: $rows }) { id } }', { id: winner.id, rows: [...xGuests, { name: 'new' }] })
  await undo(id)
  expect([await guests(winner.id), await guests(loser.id)]).toEqual([['W', 'new'], ['L']])
})

it('is refused where a list would have more rows than one can have', async () => {
  const rows = (name: string) => Array.from({ length: 600 }, (_, i) => ({ name: `${name}${i}` }))
  const [winner, loser] = [await client(rows('w')), await client(rows('l'))]
  const { errors } = await crm.query(admin, 'mutation ($winner: ID!, $loser: ID!) { mergeRecords(object: "client", winner: $winner, loser: $loser) }', { winner: winner.id, loser: loser.id })
  expect(errors).toMatchObject([{ message: 'The list "Guests" would have 1200 rows; at most 1000 are possible.', extensions: { code: 'LIMIT_EXCEEDED' } }])
  await hide()
  expect((await crm.query(admin, 'mutation ($winner: ID!, $loser: ID!) { mergeRecords(object: "client", winner: $winner, loser: $loser) }', { winner: winner.id, loser: loser.id })).errors).toMatchObject([{ extensions: { code: 'LIMIT_EXCEEDED' } }])
  await restore()
})
