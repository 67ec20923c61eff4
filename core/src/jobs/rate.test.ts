import { afterAll, expect, it } from 'vitest'
import { Wake } from '../events/index.ts'
import { migrations as eventMigrations } from '../events/migrations.ts'
import { testDatabase, testLog } from '../testing/index.ts'
import { Jobs } from './jobs.ts'
import { migrations } from './migrations.ts'
import type { Worker } from './worker.ts'

const db = await testDatabase({ migrations: [...eventMigrations, ...migrations] })
const nodes: Jobs[] = []
afterAll(async () => { for (const node of nodes) await node.stop(0) })

async function node(worker: Worker, pollMs = 100): Promise<Jobs> {
  const jobs = new Jobs(db, new Wake(db), { log: testLog, pollMs })
  nodes.push(jobs)
  jobs.register([worker])
  await jobs.prepare()
  return jobs
}

it('begins no more than its rate within any stretch of time, on two nodes together', async () => {
  const begun: number[] = []
  const worker: Worker = { queue: 'slow.job.call', plugin: 'slow', kind: 'job', name: 'call', concurrency: 10, rate: { per: 'second', max: 3 }, run: async () => { begun.push(performance.now()) } }
  const [one, two] = [await node(worker), await node(worker)]
  for (let i = 0; i < 10; i++) await one!.enqueue(null, 'slow', 'call', { i })
  await Promise.all([one!.start(), two!.start()])
  await expect.poll(() => begun.length).toBe(10)
  begun.sort((a, b) => a - b)
  // The time is taken where the job is claimed, a moment before its code begins.
  for (let i = 3; i < begun.length; i++) expect(begun[i]! - begun[i - 3]!).toBeGreaterThan(800)
  expect(begun.at(-1)! - begun[0]!).toBeGreaterThan(2_400)
})

it('what is over the rate waits, and is no failure; drain does not wait', async () => {
  let ran = 0
  const jobs = await node({ queue: 'slow.job.hourly', plugin: 'slow', kind: 'job', name: 'hourly', concurrency: 10, rate: { per: 'hour', max: 2 }, run: async () => { ran++ } })
  for (let i = 0; i < 5; i++) await jobs.enqueue(null, 'slow', 'hourly', { i })
  await jobs.start()
  await expect.poll(() => ran).toBe(2)
  await new Promise((resolve) => setTimeout(resolve, 400))
  expect(ran).toBe(2)
  expect((await db.pool.query(`select count(*)::int as n from pgboss.job where name = 'slow.job.hourly' and state = 'created'`)).rows[0].n).toBe(3)
  expect(await jobs.drain({ deliveries: 1 })).toMatchObject({ failed: [] })
  expect(ran).toBe(5)
})

it('pauses as its back-off says', async () => {
  const jobs = await node({ queue: 'slow.job.steady', plugin: 'slow', kind: 'job', name: 'steady', attempts: 5, backoff: 'steady', retrySeconds: 7, run: async () => { throw new Error('no') } })
  expect((await jobs.boss.getQueue('slow.job.steady'))).toMatchObject({ retryBackoff: false, retryDelay: 7, retryLimit: 4 })
})
