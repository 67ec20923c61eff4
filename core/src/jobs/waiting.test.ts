import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, it } from 'vitest'
import { backup, restore } from '../backup/index.ts'
import { openDatabase, type Database } from '../database/index.ts'
import { Wake } from '../events/wake.ts'
import { testDatabase, testDatabaseUrl, testLog } from '../testing/index.ts'
import { failedJobs, retryJob } from './failed-jobs.ts'
import { Jobs } from './jobs.ts'
import { takeJobs } from './take.ts'
import { queueName, type WorkData, type Worker } from './worker.ts'

const db = await testDatabase()
const dir = mkdtempSync(join(tmpdir(), 'kartotek-waiting-'))
const closing: (() => Promise<void>)[] = []
afterAll(async () => {
  for (const close of closing.reverse()) await close()
  rmSync(dir, { recursive: true })
})

const ran: string[] = []
async function node(on: Database, names: string[]): Promise<Jobs> {
  const wake = new Wake(on, { delayMs: 1 })
  const jobs = new Jobs(on, wake, { log: testLog, work: false })
  jobs.register(names.map((name): Worker => ({
    queue: queueName('p', 'job', name), plugin: 'p', kind: 'job', name, attempts: 1,
    run: async ({ input }: WorkData) => {
      if (name === 'broken') throw new Error('the other side is away')
      ran.push(`${name} ${String(input?.n)}`)
    },
  })))
  await jobs.start()
  closing.push(() => jobs.stop(0))
  return jobs
}

it('jobs that wait, run, repeat or have failed are in an archive and go on where it is restored', async () => {
  const jobs = await node(db, ['mail', 'broken', 'absent'])
  await jobs.enqueue(null, 'p', 'mail', { n: 1 }, { key: 'one' })
  const [running] = await takeJobs(db, jobs.boss, [...jobs.workers.values()].find(worker => worker.name === 'mail')!, 1)
  expect(running!.data).toMatchObject({ input: { n: 1 } })
  await jobs.enqueue(null, 'p', 'mail', { n: 2 }, { key: 'one' })
  await jobs.enqueue(null, 'p', 'mail', { n: 3 }, { startAfterSeconds: 3600 })
  await jobs.enqueue(null, 'p', 'broken', { n: 4 })
  await jobs.enqueue(null, 'p', 'absent', { n: 5 })
  const broken = [...jobs.workers.values()].find(worker => worker.name === 'broken')!
  const [job] = await takeJobs(db, jobs.boss, broken, 1)
  await jobs.boss.fail(broken.queue, job!.id, { message: 'the other side is away' })
  await jobs.boss.supervise()

  await backup(db, join(dir, 'archive'))
  const restored = await openDatabase({ dataDir: '', databaseUrl: await testDatabaseUrl('empty') }, testLog)
  closing.unshift(() => restored.close())
  await restore(restored, join(dir, 'archive'))

  const there = await node(restored, ['mail', 'broken'])
  expect(await failedJobs(restored)).toMatchObject([{ job: 'broken', error: 'the other side is away', input: { n: 4 } }])
  const delayed = await restored.pool.query(`select count(*) from pgboss.job where name = 'p.job.mail' and start_after > now() + interval '50 minutes'`)
  expect(delayed.rows).toEqual([{ count: '1' }])
  await there.drain({ deliveries: 1 })
  expect(ran.sort()).toEqual(['mail 1', 'mail 2', 'mail 3'])
  await retryJob(there, (await failedJobs(restored))[0]!.id)
  expect((await restored.pool.query('select queue from core.waiting_job')).rows).toEqual([{ queue: 'p.job.absent' }])

  // the plugin that was away comes back
  const later = await node(restored, ['mail', 'broken', 'absent'])
  await later.drain({ deliveries: 1 })
  expect(ran).toContain('absent 5')
})
