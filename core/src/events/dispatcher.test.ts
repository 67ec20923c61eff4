import { Registry } from 'prom-client'
import { uuidv7 } from 'uuidv7'
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest'
import { Jobs, queueName, watchWork } from '../jobs/index.ts'
import { testDatabase, testLog } from '../testing/index.ts'
import { EventDispatcher } from './dispatcher.ts'
import type { NewEvent, PackedEvent } from './event.ts'
import { deleteOldEvents } from './events.feature.ts'
import { registerHandlers, unpackEvents } from './handlers.ts'
import { migrations } from './migrations.ts'
import { writeEvents } from './outbox.ts'
import { Wake } from './wake.ts'

const db = await testDatabase({ migrations })
const wake = new Wake(db)
const jobs = new Jobs(db, wake, { log: testLog, work: false })
const dispatcher = new EventDispatcher(db, jobs, wake, { log: testLog })
const heard: { handler: string, recordId: string, size: number }[] = []

beforeAll(async () => {
  jobs.register(['clients', 'all'].map((name) => ({
    queue: queueName('p', 'on', name), plugin: 'p', kind: 'on', name,
    run: async (data) => {
      const events = unpackEvents(data.events as PackedEvent[])
      heard.push(...events.map((e) => ({ handler: name, recordId: e.recordId, size: events.length })))
    },
  })))
  await jobs.start()
  await registerHandlers(db, [{ plugin: 'p', handler: 'clients', pattern: 'client.*' }, { plugin: 'p', handler: 'all', pattern: '*.created' }], ['p'])
})
afterAll(async () => {
  await jobs.stop()
  await wake.stop()
})
beforeEach(async () => {
  heard.length = 0
  await db.pool.query('truncate core.event')
  await db.pool.query('delete from pgboss.job')
})

const event = (name: string): NewEvent => ({ name, object: name.split('.')[0]!, recordId: uuidv7(), changeSetId: uuidv7() })

it('counts what waits, for Prometheus', async () => {
  const registry = new Registry()
  watchWork(registry, db)
  await writeEvents(db.kysely, [event('client.created'), event('client.created')])
  expect(await registry.metrics()).toContain('kartotek_events_waiting 2')
  await dispatcher.dispatchAll()
  const text = await registry.metrics()
  expect(text).toContain('kartotek_events_waiting 0')
  expect(text).toContain('kartotek_jobs{state="ready"} 2')
  expect(text).toContain('kartotek_jobs{state="dead"} 0')
})

describe('the dispatcher of events', () => {
  it('hands each event to the handlers whose pattern it meets', async () => {
    const [created, updated, order] = [event('client.created'), event('client.updated'), event('order.created')]
    await writeEvents(db.kysely, [created, updated, order])
    await jobs.drain({ deliveries: 1 })
    const by = (handler: string) => heard.filter((h) => h.handler === handler).map((h) => h.recordId)
    expect(by('clients')).toEqual([created.recordId, updated.recordId])
    expect(by('all')).toEqual([created.recordId, order.recordId])
  })

  it('delivers nothing twice when several dispatch at once, and nothing of an open transaction', async () => {
    const held = await db.pool.connect()
    await held.query('begin')
    await held.query(`insert into core.event (id, name, object, record_id, change_set_id) values ($1, 'client.updated', 'client', $1, $1)`, [uuidv7()])
    const others = [0, 1, 2].map(() => new EventDispatcher(db, jobs, wake, { log: testLog }))
    for (let i = 0; i < 8; i++) await writeEvents(db.kysely, Array.from({ length: 200 }, () => event('client.created')))
    const taken = await Promise.all([dispatcher, ...others].map((d) => d.dispatchAll()))
    expect(taken.reduce((a, b) => a + b)).toBe(1600)
    const { rows } = await db.pool.query(`select sum(jsonb_array_length(data->'events'))::int as sum from pgboss.job where name = 'p.on.clients'`)
    expect(rows).toEqual([{ sum: 1600 }])
    await held.query('commit')
    held.release()
    expect(await dispatcher.dispatchAll()).toBe(1)
  })

  it('is waited for by who drains, while another one has the events in hand', async () => {
    await writeEvents(db.kysely, [event('client.created')])
    const other = await db.pool.connect()
    await other.query('begin')
    await other.query('select id from core.event for update')
    const look = vi.spyOn(dispatcher, 'dispatchAll')
    const drained = jobs.drain({ deliveries: 1 })
    await expect.poll(() => look.mock.settledResults).toContainEqual({ type: 'fulfilled', value: 0 })
    look.mockRestore()
    await other.query('commit')
    other.release()
    expect(await drained).toEqual({ ran: 2, failed: [] })
  })

  it('gives the handlers all ids of a large change, in batches', async () => {
    const changeSetId = uuidv7()
    const events = Array.from({ length: 1100 }, () => ({ ...event('client.updated'), changeSetId }))
    await writeEvents(db.kysely, events)
    await jobs.drain({ deliveries: 1 })
    expect(new Set(heard.map((h) => h.recordId))).toEqual(new Set(events.map((e) => e.recordId)))
    expect([...new Set(heard.map((h) => h.size))].sort()).toEqual([100, 500])
  })

  it('keeps the events of a handler whose plugin is away, and forgets a plugin that is no longer installed', async () => {
    await registerHandlers(db, [], ['p'])
    await writeEvents(db.kysely, [event('client.updated')])
    await jobs.drain({ deliveries: 1 })
    expect(heard).toHaveLength(1)
    await registerHandlers(db, [], ['q'])
    const { rows } = await db.pool.query('select * from core.event_handler')
    expect(rows).toEqual([])
  })
})

it('deletes dispatched events after a week, and never one that waits', async () => {
  await writeEvents(db.kysely, [event('client.created'), event('client.created'), event('client.created')])
  await db.pool.query(`update core.event set dispatched_at = now() - interval '8 days' where id = (select id from core.event limit 1)`)
  await db.pool.query(`update core.event set at = now() - interval '1 year'`)
  expect(await deleteOldEvents(db)).toBe(1)
})
