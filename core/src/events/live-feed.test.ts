import { uuidv7 } from 'uuidv7'
import { afterAll, beforeAll, expect, it, vi } from 'vitest'
import { testDatabase, testLog } from '../testing/index.ts'
import type { LiveEvent, NewEvent } from './event.ts'
import { LiveFeed } from './live-feed.ts'
import { migrations } from './migrations.ts'
import { writeEvents } from './outbox.ts'
import { Wake } from './wake.ts'

const db = await testDatabase({ migrations })
const wake = new Wake(db)
// Polls so rarely that only reads of the tests, or notifications, deliver.
const feed = new LiveFeed(db, wake, { log: testLog, pollMs: 60_000 })

beforeAll(async () => {
  await wake.start()
  await feed.start()
})
afterAll(async () => {
  await feed.stop()
  await wake.stop()
})

const event = (recordId = uuidv7()): NewEvent => ({ name: 'client.updated', object: 'client', recordId, changeSetId: uuidv7() })

function listen(interest: { object: string, recordId?: string } = { object: 'client' }): { seen: LiveEvent[], stop: () => void } {
  const seen: LiveEvent[] = []
  return { seen, stop: feed.subscribe(interest, (e) => seen.push(e)) }
}

it('misses no event of a transaction that began first and commits last, and shows none twice', async () => {
  const { seen, stop } = listen()
  const [early, late] = [event(), event()]
  const held = await db.pool.connect()
  await held.query('begin')
  await held.query(`insert into core.event (id, name, object, record_id, change_set_id) values ($1, $2, $3, $4, $5)`,
    [uuidv7(), early.name, early.object, early.recordId, early.changeSetId])
  await writeEvents(db.kysely, [late])
  await feed.read()
  expect(seen.map((e) => e.recordId)).toEqual([late.recordId])
  await held.query('commit')
  held.release()
  await feed.read()
  await feed.read()
  expect(seen.map((e) => e.recordId)).toEqual([late.recordId, early.recordId])
  stop()
})

it('delivers to those who asked for the object or the record, and a large change to both', async () => {
  const mine = uuidv7()
  const all = listen()
  const one = listen({ object: 'client', recordId: mine })
  const other = listen({ object: 'order' })
  await writeEvents(db.kysely, [event(), event(mine)])
  await feed.read()
  expect(all.seen).toHaveLength(2)
  expect(one.seen.map((e) => e.recordId)).toEqual([mine])
  const changeSetId = uuidv7()
  await writeEvents(db.kysely, Array.from({ length: 150 }, () => ({ ...event(), changeSetId })))
  await feed.read()
  expect(all.seen.slice(2)).toMatchObject([{ name: 'client.changed', recordId: null, changeSetId }])
  expect(one.seen.slice(1)).toMatchObject([{ name: 'client.changed', recordId: null }])
  expect(other.seen).toHaveLength(0)
  for (const { stop } of [all, one, other]) stop()
  await writeEvents(db.kysely, [event(mine)])
  await feed.read()
  expect(all.seen).toHaveLength(3)
})

it('reads long news in pages, in the order of writing', async () => {
  const { seen, stop } = listen()
  const events = Array.from({ length: 2300 }, () => event())
  for (let i = 0; i < events.length; i += 100) await writeEvents(db.kysely, events.slice(i, i + 100))
  await feed.read()
  expect(seen).toHaveLength(2300)
  expect(seen.map((e) => e.at)).toEqual(seen.map((e) => e.at).sort())
  stop()
})

it('goes on where a page could not be read, and repeats nothing of those before it', async () => {
  const { seen, stop } = listen()
  const events = Array.from({ length: 1001 }, () => event())
  for (let i = 0; i < events.length; i += 100) await writeEvents(db.kysely, events.slice(i, i + 100))
  const broken = events.at(-1)!.recordId
  await db.pool.query(`update core.event set at = 'infinity' where record_id = $1`, [broken])
  await expect(feed.read()).rejects.toThrow('Invalid time value')
  expect(seen).toHaveLength(1000)
  const later = event()
  await writeEvents(db.kysely, [later])
  await db.pool.query('update core.event set at = clock_timestamp() where record_id = $1', [broken])
  await feed.read()
  await feed.read()
  expect(seen.map((e) => e.recordId)).toEqual([...events.map((e) => e.recordId), later.recordId])
  stop()
})

it('goes on after a listener that throws', async () => {
  const stop = feed.subscribe({ object: 'client' }, () => { throw new Error('bad listener') })
  const good = listen()
  await writeEvents(db.kysely, [event()])
  await feed.read()
  expect(good.seen).toHaveLength(1)
  stop()
  good.stop()
})

it('is woken by a notification of another node within a moment, which many commits share', async () => {
  const far = new Wake(db)
  const { seen, stop } = listen()
  let woken = 0
  const off = wake.on(() => woken++)
  const delivered = new Promise<void>((resolve) => { feed.subscribe({ object: 'client' }, () => resolve()) })
  await writeEvents(db.kysely, [event()])
  for (let i = 0; i < 50; i++) far.afterCommit()
  await delivered
  expect(seen).toHaveLength(1)
  expect(woken).toBe(1)
  off()
  stop()
  await far.stop()
})

it('goes on after its connections were lost, without missing what was written meanwhile', async () => {
  const { seen, stop } = listen()
  await db.pool.query('select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid()')
  const written = event()
  await vi.waitFor(() => writeEvents(db.kysely, [written]), 5000)
  const far = new Wake(db)
  await vi.waitFor(() => {
    far.afterCommit()
    expect(seen.map((e) => e.recordId)).toEqual([written.recordId])
  }, { timeout: 10_000, interval: 100 })
  stop()
  await far.stop()
})
