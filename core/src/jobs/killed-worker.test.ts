import { fork } from 'node:child_process'
import { once } from 'node:events'
import { expect, it, vi } from 'vitest'
import { Wake } from '../events/wake.ts'
import { testDatabase, testLog } from '../testing/index.ts'
import { Jobs } from './jobs.ts'
import { queueName } from './worker.ts'

const db = await testDatabase()

it('runs the job of a killed worker again, on another node', { timeout: 30_000 }, async () => {
  const wake = new Wake(db)
  const jobs = new Jobs(db, wake, { log: testLog, heartbeatSeconds: 10, superviseSeconds: 1, pollMs: 100, work: true })
  const run = vi.fn(async () => undefined)
  const queue = queueName('p', 'job', 'precious')
  await jobs.prepare()
  const child = fork(new URL('./fixtures/worker-process.ts', import.meta.url), [db.url])
  const taken = once(child, 'message')
  try {
    await vi.waitFor(() => jobs.enqueue(null, 'p', 'precious', { n: 1 }), { timeout: 10_000, interval: 100 })
    await taken
  } finally {
    child.kill('SIGKILL')
  }
  await once(child, 'exit')
  // Instead of waiting for ten seconds without a heartbeat:
  await db.pool.query(`update pgboss.job set heartbeat_on = now() - interval '11 seconds' where name = $1`, [queue])
  jobs.register([{ queue, plugin: 'p', kind: 'job', name: 'precious', run }])
  await jobs.start()
  try {
    await vi.waitFor(() => expect(run).toHaveBeenCalledOnce(), { timeout: 15_000, interval: 100 })
    expect(run).toHaveBeenCalledWith({ input: { n: 1 }, onBehalfOf: null }, expect.objectContaining({ attempt: 2 }))
  } finally {
    await jobs.stop(0)
    await wake.stop()
  }
})
