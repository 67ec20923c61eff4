import { uuidv7 } from 'uuidv7'
import { beforeEach, describe, expect, it } from 'vitest'
import { testDatabase } from '../testing/index.ts'
import { unpackEvents } from './handlers.ts'
import { migrations } from './migrations.ts'
import { writeEvents } from './outbox.ts'
import type { NewEvent } from './event.ts'

const db = await testDatabase({ migrations })
const rows = async () => (await db.pool.query('select * from core.event order by live desc, at, id')).rows

function updates(count: number, changeSetId = uuidv7()): NewEvent[] {
  return Array.from({ length: count }, () => ({ name: 'client.updated', object: 'client', recordId: uuidv7(), changeSetId, changed: ['name'] }))
}

beforeEach(() => db.pool.query('truncate core.event'))

describe('the outbox', () => {
  it('keeps one row per event of a small change set, with who held the record', async () => {
    const scope = { before: { owner: 'a', team: null }, after: { owner: 'b', team: 't' } }
    await writeEvents(db.kysely, [{ ...updates(1)[0]!, scope }, ...updates(2)])
    const written = await rows()
    expect(written).toHaveLength(3)
    expect(written[0]).toMatchObject({ name: 'client.updated', changed: ['name'], scope, live: true, dispatched_at: null })
  })

  it('writes nothing when the transaction fails', async () => {
    await expect(db.kysely.transaction().execute(async (trx) => {
      await writeEvents(trx, updates(1))
      throw new Error('veto')
    })).rejects.toThrow('veto')
    expect(await rows()).toHaveLength(0)
  })

  it('announces more than 100 records of one object as one, and keeps all ids for the handlers', async () => {
    const events = updates(1201)
    await writeEvents(db.kysely, events)
    const [summary, ...chunks] = await rows()
    expect(summary).toMatchObject({ name: 'client.changed', record_id: null, live: true })
    expect(summary.dispatched_at).not.toBeNull()
    expect(chunks.map((c) => c.record_ids.length)).toEqual([500, 500, 201])
    expect(chunks.every((c) => c.live === false && c.dispatched_at === null)).toBe(true)
    expect(new Set(chunks.flatMap((c) => c.record_ids))).toEqual(new Set(events.map((e) => e.recordId)))
  })

  it('counts change sets and objects apart', async () => {
    await writeEvents(db.kysely, [...updates(100), ...updates(100)])
    expect(await rows()).toHaveLength(200)
  })
})

describe('a packed event', () => {
  it('gives each record an id of its own that stays the same', () => {
    const packed = { id: 'e', name: 'client.updated', object: 'client', recordIds: ['1', '2'], bulk: true, changeSetId: 'c', changed: [], at: '' }
    expect(unpackEvents([packed]).map((e) => e.id)).toEqual(['e:1', 'e:2'])
    expect(unpackEvents([{ ...packed, recordIds: ['1'], bulk: false }]).map((e) => e.id)).toEqual(['e'])
  })
})
