import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import type { Caller } from '../access/caller.ts'
import { eventually } from '../testing/child.ts'
import { testCrm, workingNode, type WorkingNode } from '../testing/crm.ts'
import { AT_ONCE } from '../records/write/batches.ts'
import { runRevert, takeUpReverts } from './reverts.ts'

const crm = await testCrm({ work: false })
afterAll(() => crm.close())
const { engine, jobs } = crm.kartotek
const { pool } = crm.kartotek.db
let admin: Caller
beforeAll(async () => { admin = await crm.as('administrator') })

const MANY = 2 * AT_ONCE + 50
const CREATE = 'mutation ($inputs: [ProductCreateInput!]!, $changeSet: ID) { createProducts(inputs: $inputs, changeSet: $changeSet) { changeSet succeeded } }'
const UPDATE = 'mutation ($ids: [ID!]!, $input: ProductUpdateInput!, $changeSet: ID) { updateProducts(ids: $ids, input: $input, changeSet: $changeSet) { changeSet succeeded failed } }'
const REVERT = 'mutation ($id: ID!) { revertChangeSet(id: $id) { state changeSet reverted kept { reason fields } } }'
const STOP = 'mutation ($id: ID!) { stopRevert(id: $id) { revert { state } } }'
const SHOW = 'query ($id: ID!) { changeSet(id: $id) { records revertedBy revertible revert { state total done kept error keptRecords { record { id } fields message } } } }'

const show = async (id: string, caller = admin) => (await crm.ask(caller, SHOW, { id })).changeSet
const revert = async (id: string, caller = admin) => (await crm.ask(caller, REVERT, { id })).revertChangeSet
const refused = async (caller: Caller, source: string, id: string) => (await crm.query(caller, source, { id })).errors![0]!.extensions.code
/** New products in one change set, newest first: in the order in which they are taken back. */
async function products(n: number, caller = admin): Promise<{ set: string, ids: string[] }> {
  let set: string | undefined
  for (let i = 0; i < n; i += 1_000) set = (await crm.ask(caller, CREATE, { inputs: Array.from({ length: Math.min(1_000, n - i) }, (_, k) => ({ name: `P ${i + k}` })), changeSet: set })).createProducts.changeSet
  const { rows } = await pool.query<{ id: string }>('select root_id as id from core.change where change_set_id = $1 order by id desc', [set])
  return { set: set!, ids: rows.map((row) => row.id) }
}
const change = async (ids: string[], input: object): Promise<string> => (await crm.ask(admin, UPDATE, { ids, input })).updateProducts.changeSet
const trashed = async (ids: string[]): Promise<number> => (await pool.query<{ n: number }>('select count(*)::int as n from core.product where id = any($1) and trashed_at is not null', [ids])).rows[0]!.n
const enqueue = (trx: unknown, input: { id: string }, options: object) => jobs.enqueue(trx as never, 'changes', 'revert', input, options)
/** Somebody else holds a product of the second batch: resolves when the undoing, which `run` begins, waits there. Gives the way to let it go. */
async function held(set: string, ids: string[], run: () => unknown): Promise<() => Promise<void>> {
  const holder = await pool.connect()
  await holder.query('begin')
  await holder.query('select from core.product where id = $1 for update', [ids[AT_ONCE + 1]])
  await run()
  await eventually(async () => (await show(set)).revert.done === AT_ONCE || undefined, 60)
  await eventually(async () => (await pool.query(`select from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'`)).rowCount || undefined, 60)
  return async () => {
    await holder.query('rollback')
    holder.release()
  }
}
const drain = async () => expect((await crm.drain()).failed).toEqual([])

describe('a big change set', () => {
  it('is undone in the background, and says how far it is and what stayed', async () => {
    const { set, ids } = await products(MANY)
    await change([ids[0]!, ids[400]!], { unit: 'm' })
    expect(await revert(set)).toEqual({ state: 'RUNNING', changeSet: null, reverted: 0, kept: [] })
    expect(await show(set)).toMatchObject({ records: MANY, revertedBy: null, revertible: false, revert: { state: 'RUNNING', total: MANY, done: 0, kept: 0 } })
    expect(await refused(admin, REVERT, set)).toBe('CONFLICT')
    expect(await trashed(ids)).toBe(0)
    await drain()
    expect(await trashed(ids)).toBe(MANY - 2)
    const shown = await show(set)
    expect(shown).toMatchObject({ revertible: true, revert: { state: 'DONE', total: MANY, done: MANY, kept: 2, error: null } })
    expect(shown.revert.keptRecords).toEqual([0, 400].map((i) => ({ record: { id: ids[i] }, fields: [expect.any(String)], message: 'Somebody changed it since, so it stays.' })))
    expect(await show(shown.revertedBy)).toMatchObject({ records: MANY - 2, revertible: true })
  })

  it('is undone once by two nodes', async () => {
    const { set, ids } = await products(MANY)
    await revert(set)
    await Promise.all([1, 2].map(() => runRevert(engine, set, new AbortController().signal)))
    expect(await trashed(ids)).toBe(MANY)
    expect((await show(set)).revert).toMatchObject({ state: 'DONE', done: MANY })
    const { rows } = await pool.query('select count(*)::int as n, count(distinct record_id)::int as records from core.change c join core.change_set s on s.id = c.change_set_id where s.reverts = $1', [set])
    expect(rows).toEqual([{ n: MANY, records: MANY }])
  })

  it('stops when asked, and goes on when asked again', async () => {
    const { set, ids } = await products(MANY)
    await revert(set)
    let run: Promise<void> | undefined
    const release = await held(set, ids, () => { run = runRevert(engine, set, new AbortController().signal) })
    const stopping = crm.ask(admin, STOP, { id: set })
    await eventually(async () => (await pool.query(`select from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock' and query like 'update core.revert%'`)).rowCount || undefined, 30)
    await release()
    expect((await stopping).stopRevert).toEqual({ revert: { state: 'STOPPED' } })
    await run
    expect(await trashed(ids)).toBe(2 * AT_ONCE)
    expect(await show(set)).toMatchObject({ revertedBy: null, revertible: true, revert: { state: 'STOPPED', total: MANY, done: 2 * AT_ONCE } })
    expect(await refused(admin, STOP, set)).toBe('CONFLICT')
    await drain()
    expect(await trashed(ids)).toBe(2 * AT_ONCE)
    // What is left is little: it is undone at once.
    expect(await revert(set)).toMatchObject({ state: 'DONE', reverted: MANY - 2 * AT_ONCE, kept: [] })
    expect(await trashed(ids)).toBe(MANY)
    expect(await show(set)).toMatchObject({ revertible: false, revert: { state: 'DONE', done: MANY } })
    expect(await refused(admin, REVERT, set)).toBe('CONFLICT')
  })

  describe('whose worker is killed', () => {
    const nodes: WorkingNode[] = []
    afterEach(() => Promise.all(nodes.map((node) => node.kill())))

    it('is gone on with from where it was', { timeout: 120_000 }, async () => {
      const { set, ids } = await products(MANY)
      await revert(set)
      const release = await held(set, ids, async () => { nodes.push(await workingNode(crm)) })
      await nodes[0]!.kill()
      await release()
      expect(await trashed(ids)).toBe(AT_ONCE)
      // Its job is held by the dead: it is found by standing still.
      await pool.query(`delete from pgboss.job where name = 'changes.job.revert'`)
      await takeUpReverts(engine, enqueue)
      await drain()
      expect((await show(set)).revert).toMatchObject({ state: 'RUNNING', done: AT_ONCE })
      await pool.query(`update core.revert set moved_at = now() - interval '21 seconds' where change_set_id = $1`, [set])
      await takeUpReverts(engine, enqueue)
      await drain()
      expect(await trashed(ids)).toBe(MANY)
      const shown = await show(set)
      expect(shown).toMatchObject({ revert: { state: 'DONE', total: MANY, done: MANY, kept: 0 } })
      expect((await show(shown.revertedBy)).records).toBe(MANY)
    })

    it('ends as failed when that happens time after time, and can be begun again', async () => {
      const { set, ids } = await products(MANY)
      await revert(set)
      await pool.query('update core.revert set attempts = 5 where change_set_id = $1', [set])
      await drain()
      expect(await show(set)).toMatchObject({ revertible: true, revert: { state: 'FAILED', error: 'It was broken off time after time.' } })
      await revert(set)
      await drain()
      expect(await trashed(ids)).toBe(MANY)
    })
  })

  describe('of somebody whose rights end in the middle', () => {
    const RULES = { objects: { product: { read: 'all', create: 'all', update: 'all', delete: 'all' } } } as const
    /** Undone up to the first batch, when the rights of its author are taken. */
    async function halfway(take: (caller: Caller) => Promise<unknown>) {
      const anna = await crm.withRules(RULES)
      const { set, ids } = await products(MANY, anna)
      await revert(set, anna)
      let run: Promise<void> | undefined
      const release = await held(set, ids, () => { run = runRevert(engine, set, new AbortController().signal) })
      await take(anna)
      await release()
      await run
      return { set, ids }
    }

    it('goes no further without the person', async () => {
      const { set, ids } = await halfway((anna) => pool.query('update core."user" set active = false where id = $1', [anna.actor.userId]))
      // The batch in hand was begun with the rights.
      expect(await trashed(ids)).toBe(2 * AT_ONCE)
      expect((await show(set)).revert).toMatchObject({ state: 'FAILED', done: 2 * AT_ONCE, error: 'The person who started this may no longer act.' })
      expect(await revert(set)).toMatchObject({ state: 'DONE', reverted: MANY - 2 * AT_ONCE })
    })

    it('keeps what the person may no longer change', async () => {
      const { set, ids } = await halfway((anna) => pool.query('delete from core.user_role where user_id = $1', [anna.actor.userId]))
      expect(await trashed(ids)).toBe(2 * AT_ONCE)
      expect((await show(set)).revert).toMatchObject({ state: 'DONE', done: MANY, kept: MANY - 2 * AT_ONCE, keptRecords: expect.arrayContaining([expect.objectContaining({ message: expect.stringContaining('not there any more') })]) })
      expect(await revert(set)).toMatchObject({ state: 'DONE', reverted: MANY - 2 * AT_ONCE, kept: [] })
      expect(await trashed(ids)).toBe(MANY)
    })
  })

  it('is not undone by a token with a part of the rights, nor by others', async () => {
    const { set, ids } = await products(MANY)
    const narrow: Caller = { ...admin, actor: { ...admin.actor, narrowedTo: { objects: { product: ['read', 'update', 'delete'] }, capabilities: ['changes.revert'] } } }
    expect(await refused(narrow, REVERT, set)).toBe('FORBIDDEN')
    expect((await show(set)).revert).toBeNull()
    const vera = await crm.as('manager')
    expect([await refused(vera, REVERT, set), await refused(vera, STOP, set)]).toEqual(['NOT_FOUND', 'NOT_FOUND'])
    await revert(set)
    expect([await refused(vera, STOP, set), (await crm.ask(vera, SHOW, { id: set })).changeSet?.revert ?? null]).toEqual(['NOT_FOUND', null])
    await drain()
    expect(await trashed(ids)).toBe(MANY)
  })
})

it('is not stopped by who did what is undone', async () => {
  const author = await crm.withRules({ objects: { product: { read: 'all', create: 'all', update: 'all', delete: 'all' } } })
  const { createProduct: { id } } = await crm.ask(author, 'mutation { createProduct(input: { name: "Mine" }) { id } }')
  const { rows: [set] } = await pool.query<{ id: string }>('select change_set_id as id from core.change where record_id = $1', [id])
  await pool.query(`insert into core.revert (change_set_id, state, total, revert_set_id, by_id) values ($1, 'running', 1, gen_random_uuid(), $2)`, [set!.id, admin.actor.userId])
  expect(await refused(author, STOP, set!.id)).toBe('CONFLICT')
  expect((await crm.ask(admin, STOP, { id: set!.id })).stopRevert).toEqual({ revert: { state: 'STOPPED' } })
})

describe('what was kept', () => {
  it('is undone by a second revert when the later change is undone itself', async () => {
    const { ids } = await products(3)
    const first = await change(ids, { unit: 'm', code: null, name: 'First' })
    const later = await change([ids[0]!], { unit: 'kg' })
    expect(await revert(first)).toMatchObject({ state: 'DONE', reverted: 3, kept: [{ reason: 'changed', fields: ['unit'] }] })
    expect(await show(first)).toMatchObject({ revertible: true, revert: { state: 'DONE', total: 3, done: 3, kept: 1, keptRecords: [{ record: { id: ids[0] } }] } })
    // The reason is still there.
    expect(await revert(first)).toMatchObject({ reverted: 0, kept: [{ reason: 'changed', fields: ['unit'] }] })
    expect(await show(first)).toMatchObject({ revertible: true, revert: { state: 'DONE', total: 1, kept: 1 } })
    // Of what went back then, something is changed anew meanwhile: that is nobody's to take back.
    await change([ids[0]!], { name: 'Afterwards' })
    expect(await revert(later)).toMatchObject({ reverted: 1, kept: [] })
    expect(await revert(first)).toMatchObject({ state: 'DONE', reverted: 1, kept: [] })
    const { rows } = await pool.query('select unit, name from core.product where id = $1', [ids[0]])
    expect(rows).toEqual([{ unit: null, name: 'Afterwards' }])
    expect(await show(first)).toMatchObject({ revertible: false, revert: { kept: 0 } })
    expect(await refused(admin, REVERT, first)).toBe('CONFLICT')
  })

  it('of created records goes when nothing stands on it any more', async () => {
    const { set, ids } = await products(2)
    const later = await change([ids[0]!], { unit: 'kg' })
    expect(await revert(set)).toMatchObject({ reverted: 1, kept: [{ reason: 'changed' }] })
    const back = await revert(later)
    await revert(back.changeSet)
    expect(await revert(set)).toMatchObject({ reverted: 0, kept: [{ reason: 'changed' }] })
    expect(await trashed(ids)).toBe(1)
    const again = (await show(back.changeSet)).revertedBy
    await revert(again)
    expect(await revert(set)).toMatchObject({ reverted: 1, kept: [] })
    expect(await trashed(ids)).toBe(2)
  })
})

describe('many requests', () => {
  const refusal = async (variables: Record<string, unknown>, caller = admin, source = UPDATE) => (await crm.query(caller, source, variables)).errors![0]!.extensions.code

  it('make one change set, undone as one', async () => {
    const { ids } = await products(5)
    const set = await change(ids.slice(0, 2), { unit: 'm' })
    expect((await crm.ask(admin, UPDATE, { ids: ids.slice(2), input: { unit: 'm' }, changeSet: set })).updateProducts).toEqual({ changeSet: set, succeeded: 3, failed: 0 })
    expect((await show(set)).records).toBe(5)
    expect(await revert(set)).toMatchObject({ reverted: 5 })
    expect(await refusal({ ids, input: { unit: 'm' }, changeSet: set })).toBe('FORBIDDEN')
  })

  it('join only what is one’s own, the same, of the last hour, and not being undone', async () => {
    const { ids, set: made } = await products(2)
    const input = { unit: 'm' }
    const set = await change([ids[0]!], input)
    const more = { ids: [ids[1]!], input, changeSet: set }
    expect(await refusal(more, await crm.as('administrator'))).toBe('FORBIDDEN')
    expect(await refusal(more, { ...admin, origin: 'web' })).toBe('FORBIDDEN')
    for (const changeSet of [made, 'nothing', '018f0000-0000-7000-8000-000000000000']) expect(await refusal({ ...more, changeSet })).toBe('FORBIDDEN')
    expect(await refusal(more, admin, 'mutation ($ids: [ID!]!, $changeSet: ID) { archiveProducts(ids: $ids, changeSet: $changeSet) { succeeded } }')).toBe('FORBIDDEN')
    await pool.query('update core.change_set set records = 99999 where id = $1', [set])
    expect((await crm.ask(admin, UPDATE, more)).updateProducts.succeeded).toBe(1)
    expect(await refusal(more)).toBe('LIMIT_EXCEEDED')
    await pool.query(`update core.change_set set records = 1, at = now() - interval '61 minutes' where id = $1`, [set])
    expect(await refusal(more)).toBe('FORBIDDEN')
    await pool.query(`update core.change_set set at = now() where id = $1`, [set])
    await pool.query(`insert into core.revert (change_set_id, state, total, revert_set_id) values ($1, 'running', 1, gen_random_uuid())`, [set])
    expect(await refusal(more)).toBe('FORBIDDEN')
  })
})
