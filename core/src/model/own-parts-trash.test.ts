// Rows of records in the trash: nobody sees or mends them, so nothing waits for them.
import { sql } from 'kysely'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { testCrm } from '../testing/crm.ts'
import { migrations } from './migrations.ts'

const crm = await testCrm({ work: false })
afterAll(() => crm.close())
const { engine } = crm.kartotek
const admin = await crm.as('administrator')
const run = (source: string, variables?: Record<string, unknown>) => crm.query(admin, source, variables)
const ask = (source: string, variables?: Record<string, unknown>) => crm.ask(admin, source, variables)
const field = (name: string, more = '') => ask(`mutation { createField(object: "xStep", input: { name: "${name}", type: text, labels: { en: "${name}" } ${more} }) { key } }`)
const change = (name: string, input: string) => run(`mutation { updateField(object: "xStep", field: "custom.${name}", input: { ${input} }) { key } }`)
const order = async (rows: object[]): Promise<string> => (await ask('mutation ($rows: [XStepInput!]) { createOrder(input: { subject: "H", xSteps: $rows }) { id } }', { rows })).createOrder.id
const trash = (id: string) => ask('mutation ($id: ID!) { deleteOrder(id: $id) { id } }', { id })
const restore = (id: string) => run('mutation ($id: ID!) { restoreOrder(id: $id) { id } }', { id })
const rows = async () => (await sql<{ name: string, shelved: boolean }>`select name, trashed_at is not null as shelved from core.x_step order by name`.execute(engine.db)).rows

beforeAll(async () => {
  await ask('mutation { createObject(input: { name: "step", plural: "steps", partOf: "order", labels: { en: "Step" }, labelsPlural: { en: "Steps" } }) { name } }')
})

it('hold no unique value, and stand in the way of no rule; what comes back meets what was taken', async () => {
  await field('badge', ', unique: true')
  await crm.drain()
  const gone = await order([{ name: 'old', custom: { badge: '1' } }])
  await trash(gone)
  const here = await order([{ name: 'new', custom: { badge: '1' } }])
  expect((await restore(gone)).errors).toMatchObject([{ extensions: { code: 'INVALID_INPUT', fields: [{ field: 'xSteps', rule: 'unique' }] } }])
  await trash(here)
  expect((await restore(gone)).errors).toBeUndefined()
  expect((await ask('query ($id: ID!) { order(id: $id) { xSteps { name custom { badge } } } }', { id: gone })).order.xSteps).toEqual([{ name: 'old', custom: { badge: '1' } }])

  await field('kind')
  await trash(gone)
  expect((await change('kind', 'required: true')).errors, 'required: all of them are in the trash').toBeUndefined()
  expect((await change('kind', 'required: false')).errors).toBeUndefined()
  const live = await order([{ name: 'live', custom: { badge: '9' } }])
  expect((await change('kind', 'required: true, backfill: "filled"')).errors).toBeUndefined()
  await ask('mutation ($id: ID!) { updateOrder(id: $id, input: { xSteps: [] }) { id } }', { id: live })
  await change('kind', 'required: false')

  for (const kind of ['same', 'same']) await trash(await order([{ name: 'twin', custom: { kind } }]))
  expect((await change('kind', 'unique: true')).errors, 'unique').toBeUndefined()
  await change('kind', 'unique: false')
  expect((await run('mutation { changeFieldType(object: "xStep", field: "custom.kind", input: { type: integer }) { state } }')).errors, 'another type').toBeUndefined()
  await crm.drain()
})

it('of others are filled with them: in their history, as a new version of theirs, found by it, and taken back', async () => {
  await sql`delete from core."order"`.execute(engine.db)
  await field('note', ', searchable: true')
  const [first, second] = [await order([{ name: 'a' }, { name: 'b', custom: { note: 'own' } }, { name: 'c' }]), await order([{ name: 'd', custom: { note: 'own' } }])]
  await trash(await order([{ name: 'e' }]))
  const { changeSets } = await run('mutation { updateField(object: "xStep", field: "custom.note", input: { required: true, backfill: "marmot" }) { key } }')
  const now = async (id: string) => (await ask('query ($id: ID!) { order(id: $id) { version xSteps { name custom { note } } } }', { id })).order
  expect([await now(first), await now(second)]).toEqual([
    { version: 2, xSteps: [{ name: 'a', custom: { note: 'marmot' } }, { name: 'b', custom: { note: 'own' } }, { name: 'c', custom: { note: 'marmot' } }] },
    { version: 1, xSteps: [{ name: 'd', custom: { note: 'own' } }] },
  ])
  expect((await ask('{ orders(search: "marmot") { nodes { id } } }')).orders.nodes).toEqual([{ id: first }])
  const stale = await run('mutation ($id: ID!, $rows: [XStepInput!]) { updateOrder(id: $id, version: 1, input: { xSteps: $rows }) { id } }', { id: first, rows: [{ name: 'mine', custom: { note: 'mine' } }] })
  expect(stale.errors).toMatchObject([{ extensions: { code: 'CONFLICT' } }])
  await ask('mutation { updateField(object: "xStep", field: "custom.note", input: { required: false }) { key } }')
  const { changeSets: { nodes: [set] } } = await ask('query ($id: ID!) { changeSets(object: "order", record: $id) { nodes { id summary } } }', { id: first })
  expect([set.summary, changeSets]).toEqual(['Filling in “note”', expect.any(Array)])
  expect((await ask('mutation ($id: ID!) { revertChangeSet(id: $id) { reverted kept { reason } } }', { id: set.id })).revertChangeSet).toEqual({ reverted: 1, kept: [] })
  expect((await now(first)).xSteps.map((row: { custom: object }) => row.custom)).toEqual([{ note: null }, { note: 'own' }, { note: null }])
})

it('are there again with their record, also where both were hidden or merged meanwhile', async () => {
  await sql`delete from core."order"`.execute(engine.db)
  const id = await order([{ name: 'a' }])
  await ask('mutation { hideObject(name: "xStep") { name } }')
  await trash(id)
  await ask('mutation { restoreObject(name: "xStep") { name } }')
  expect(await rows()).toEqual([{ name: 'a', shelved: true }])
  await ask('mutation { hideObject(name: "xStep") { name } }')
  await restore(id)
  await ask('mutation { restoreObject(name: "xStep") { name } }')
  expect(await rows()).toEqual([{ name: 'a', shelved: false }])

  await ask('mutation { createObject(input: { name: "guest", plural: "guests", partOf: "client", labels: { en: "Guest" }, labelsPlural: { en: "Guests" } }) { name } }')
  const client = async (name: string) => (await ask('mutation ($input: ClientCreateInput!) { createClient(input: $input) { id } }', { input: { name, xGuests: [{ name }], contactPoints: [{ kind: 'email', value: `${name}@example.com` }] } })).createClient.id as string
  const [winner, loser] = [await client('w'), await client('l')]
  const { mergeRecords } = await ask('mutation ($winner: ID!, $loser: ID!) { mergeRecords(object: "client", winner: $winner, loser: $loser) }', { winner, loser })
  const shelved = async (table: string, column: string) => (await sql<{ whole: string, shelved: boolean }>`select ${sql.ref(column)} as whole, trashed_at is not null as shelved from ${sql.table(table)} order by 1, 2`.execute(engine.db)).rows.map((row) => `${row.whole === winner ? 'winner' : 'loser'} ${row.shelved ? 'shelved' : 'there'}`).sort()
  expect(await shelved('core.x_guest', 'whole_client_id')).toEqual(['winner there', 'winner there'])
  expect(await shelved('core.contact_point', 'client_id')).toEqual(['loser shelved', 'winner there', 'winner there'])
  await ask('mutation ($id: ID!) { undoMerge(id: $id) { winner } }', { id: mergeRecords })
  expect(await shelved('core.x_guest', 'whole_client_id')).toEqual(['loser there', 'winner there'])
  expect(await shelved('core.contact_point', 'client_id')).toEqual(['loser there', 'winner there'])
})

it('are brought there by the upgrade, those of given lists too', async () => {
  await ask('mutation { createObject(input: { name: "van", plural: "vans", labels: { en: "Van" }, labelsPlural: { en: "Vans" }, contactPoints: true }) { name } }')
  const { createXVan: { id } } = await ask('mutation { createXVan(input: { name: "v", contactPoints: [{ kind: "email", value: "v@example.com" }] }) { id } }')
  const one = await order([{ name: 'upgrade' }])
  await trash(one)
  await ask('mutation ($id: ID!) { deleteXVan(id: $id) { id } }', { id })
  await sql`update core.x_step set trashed_at = null`.execute(engine.db)
  await sql`update core.contact_point set trashed_at = null`.execute(engine.db)
  await sql.raw(migrations.find((migration) => migration.id === 'model-0007-rows-in-trash')!.sql as string).execute(engine.db)
  expect((await rows()).filter((row) => row.shelved).map((row) => row.name)).toEqual(['upgrade'])
  expect((await sql`select value from core.contact_point where trashed_at is not null`.execute(engine.db)).rows).toEqual([{ value: 'v@example.com' }])
})
