import { afterEach, describe, expect, it, vi } from 'vitest'
import { Wake } from '../events/wake.ts'
import { testDatabase, testLog } from '../testing/index.ts'
import { failedJobs, failedJobsHealth, retryJob } from './failed-jobs.ts'
import { Jobs, type JobsOptions } from './jobs.ts'
import { LostLeaseError } from './lease.ts'
import { takeJobs } from './take.ts'
import { queueName, type WorkData, type WorkRun, type Worker } from './worker.ts'

const db = await testDatabase()
const opened: { jobs: Jobs, wake: Wake }[] = []

/** A node with these jobs of plugin `p`; `work` also runs them. */
async function node(jobsByName: Record<string, Partial<Worker> & { run: Worker['run'] }>, options: Partial<JobsOptions> = {}): Promise<Jobs> {
  const wake = new Wake(db, { delayMs: 1 })
  await wake.start()
  const jobs = new Jobs(db, wake, { log: testLog, work: false, pollMs: 100, heartbeatSeconds: 10, superviseSeconds: 1, ...options })
  jobs.register(Object.entries(jobsByName).map(([name, worker]) => ({ queue: queueName('p', 'job', name), plugin: 'p', kind: 'job', name, ...worker })))
  await jobs.start()
  opened.push({ jobs, wake })
  return jobs
}

afterEach(async () => {
  for (const { jobs, wake } of opened.splice(0)) {
    await jobs.stop(0)
    await wake.stop()
  }
  await db.pool.query('delete from pgboss.job')
})

describe('several nodes that start at once', () => {
  it('make the store and its queues together', async () => {
    const run = async () => undefined
    const nodes = await Promise.all([1, 2, 3].map(() => node({ a: { run }, b: { run }, c: { run } })))
    expect(await Promise.all(nodes.map((jobs) => jobs.enqueue(null, 'p', 'c', {})))).toEqual([true, true, true])
  })
})

describe('enqueueing', () => {
  it('happens if and only if the transaction commits', async () => {
    const run = vi.fn(async () => undefined)
    const jobs = await node({ mail: { run } })
    await expect(db.kysely.transaction().execute(async (trx) => {
      await jobs.enqueue(trx, 'p', 'mail', { to: 'a' })
      throw new Error('rolled back')
    })).rejects.toThrow('rolled back')
    await db.kysely.transaction().execute((trx) => jobs.enqueue(trx, 'p', 'mail', { to: 'b' }, { onBehalfOf: 'u1' }))
    await jobs.drain({ deliveries: 1 })
    expect(run.mock.calls.map(([data]: WorkData[]) => data)).toEqual([{ input: { to: 'b' }, onBehalfOf: 'u1' }])
  })

  it('keeps one waiting job per key, and any number without', async () => {
    const run = vi.fn(async () => undefined)
    const jobs = await node({ sync: { run } })
    expect(await jobs.enqueue(null, 'p', 'sync', { n: 1 }, { key: 'клиент 1' })).toBe(true)
    expect(await jobs.enqueue(null, 'p', 'sync', { n: 2 }, { key: 'клиент 1' })).toBe(false)
    await jobs.enqueue(null, 'p', 'sync', { n: 3 })
    await jobs.enqueue(null, 'p', 'sync', { n: 4 })
    expect(await jobs.drain({ deliveries: 1 })).toEqual({ ran: 3, failed: [] })
  })

  it('refuses an input that the job does not take, or that is too large', async () => {
    const jobs = await node({ strict: { check: () => { throw new Error('no id') }, run: async () => undefined }, any: { run: async () => undefined } })
    await expect(jobs.enqueue(null, 'p', 'strict', {})).rejects.toThrow('no id')
    await expect(jobs.enqueue(null, 'p', 'any', { text: 'x'.repeat(300_000) })).rejects.toThrow('256 KiB')
  })
})

describe('draining', () => {
  it('delivers each job twice unless told otherwise', async () => {
    const run = vi.fn(async () => undefined)
    const jobs = await node({ twice: { run } })
    await jobs.enqueue(null, 'p', 'twice', {}, { startAfterSeconds: 3600 })
    await jobs.drain()
    expect(run).toHaveBeenCalledTimes(2)
  })

  it('runs what a job enqueues', async () => {
    const seen: number[] = []
    const jobs: Jobs = await node({ chain: { run: async (data) => {
      const n = data.input!.n as number
      seen.push(n)
      if (n < 3) await jobs.enqueue(null, 'p', 'chain', { n: n + 1 })
    } } })
    await jobs.enqueue(null, 'p', 'chain', { n: 1 })
    await jobs.drain({ deliveries: 1 })
    expect(seen).toEqual([1, 2, 3])
  })
})

describe('a failing job', () => {
  it('is retried until its attempts are used up, then listed with its reason, and can be put back', async () => {
    let broken = true
    const run = vi.fn(async () => { if (broken) throw new Error('no route to host') })
    const jobs = await node({ call: { attempts: 3, run } })
    await jobs.enqueue(null, 'p', 'call', { to: '1' })
    expect((await jobs.drain({ deliveries: 1 })).failed).toHaveLength(3)
    const [dead, ...others] = await failedJobs(db)
    expect(await failedJobsHealth(db)).toEqual([expect.stringContaining('failed for good')])
    expect(others).toHaveLength(0)
    expect(dead).toMatchObject({ plugin: 'p', kind: 'job', job: 'call', attempts: 3, error: 'no route to host', input: { to: '1' } })

    broken = false
    await retryJob(jobs, dead!.id)
    expect(await jobs.drain({ deliveries: 1 })).toEqual({ ran: 1, failed: [] })
    expect(await failedJobs(db)).toHaveLength(0)
    expect(await failedJobsHealth(db)).toEqual([])
    await expect(retryJob(jobs, dead!.id)).rejects.toMatchObject({ code: 'NOT_FOUND' })
  })

  it('waits before the next attempt, each time longer', async () => {
    const jobs = await node({ slow: { attempts: 5, run: async () => { throw new Error('not yet') } } }, { work: true })
    await jobs.enqueue(null, 'p', 'slow', {})
    await vi.waitFor(async () => {
      const { rows } = await db.pool.query(`select state, start_after > now() + interval '1 second' as later from pgboss.job where name = 'p.job.slow'`)
      expect(rows).toEqual([{ state: 'retry', later: true }])
    })
  })
})

describe('running on a node', () => {
  it('starts a job within a moment of its commit, and no more of a kind at once than it allows', async () => {
    let now = 0
    let most = 0
    const jobs = await node({ two: { concurrency: 2, run: async () => {
      most = Math.max(most, ++now)
      await new Promise((resolve) => setTimeout(resolve, 20))
      now--
    } } }, { work: true, pollMs: 60_000 })
    for (let n = 0; n < 6; n++) await jobs.enqueue(null, 'p', 'two', { n })
    await vi.waitFor(async () => {
      const { rows } = await db.pool.query(`select count(*)::int as done from pgboss.job where state = 'completed' and name = 'p.job.two'`)
      expect(rows[0].done).toBe(6)
    }, 5000)
    expect(most).toBe(2)
  })

  it('aborts a job that does not end in time, even one that ignores its signal, and goes on with others', async () => {
    let signal: AbortSignal | undefined
    const good = vi.fn(async () => undefined)
    const jobs = await node({
      hang: { timeoutSeconds: 0.2, attempts: 1, run: (_, run) => { signal = run.signal; return new Promise(() => undefined) } },
      good: { run: good },
    }, { work: true })
    await jobs.enqueue(null, 'p', 'hang', {})
    await jobs.enqueue(null, 'p', 'good', {})
    await vi.waitFor(async () => expect(await failedJobs(db)).toMatchObject([{ job: 'hang', error: 'It did not end within 0.2 s.' }]), 5000)
    expect(signal!.aborted).toBe(true)
    expect(good).toHaveBeenCalledOnce()
  })

  it('tells running jobs to end when it stops, and leaves them to be retried', async () => {
    const jobs = await node({ long: { run: (_, run) => new Promise((_resolve, reject) => {
      run.signal.addEventListener('abort', () => reject(run.signal.reason as Error))
    }) } }, { work: true })
    await jobs.enqueue(null, 'p', 'long', {})
    await vi.waitFor(() => expect(jobs.active).toBe(1), 5000)
    await jobs.stop(10)
    const { rows } = await db.pool.query(`select state from pgboss.job where name = 'p.job.long'`)
    expect(rows).toEqual([{ state: 'retry' }])
  })
})

describe('jobs with the same key', () => {
  it('wait for each other, on all nodes together', async () => {
    let now = 0
    let most = 0
    const seen: unknown[] = []
    const run = async (data: WorkData): Promise<void> => {
      seen.push(data.input!.n)
      most = Math.max(most, ++now)
      await new Promise((resolve) => setTimeout(resolve, 150))
      now--
    }
    const nodes = [await node({ sync: { concurrency: 3, run } }, { work: true }), await node({ sync: { concurrency: 3, run } }, { work: true })]
    await nodes[0]!.enqueue(null, 'p', 'sync', { n: 1 }, { key: 'k' })
    await vi.waitFor(() => expect(seen).toEqual([1]), 5000)
    expect(await nodes[1]!.enqueue(null, 'p', 'sync', { n: 2 }, { key: 'k' })).toBe(true)
    expect(await nodes[0]!.enqueue(null, 'p', 'sync', { n: 3 }, { key: 'k' })).toBe(false)
    await vi.waitFor(() => expect(seen).toEqual([1, 2]), 5000)
    await vi.waitFor(() => expect(now).toBe(0))
    expect(most).toBe(1)
  })

  it('are claimed once even where two nodes ask in the same moment', async () => {
    const run = async () => undefined
    const [a, b] = [await node({ sync: { run } }), await node({ sync: { run } })]
    const queue = 'p.job.sync'
    const worker = a.workers.get(queue)!
    for (let n = 0; n < 15; n++) {
      await a.enqueue(null, 'p', 'sync', { n }, { key: `k${n}` })
      const [first] = await takeJobs(db, a.boss, worker, 1)
      await a.boss.fail(queue, { id: first!.id, retryCount: first!.retryCount })
      await a.enqueue(null, 'p', 'sync', { n }, { key: `k${n}` })
      const taken = await Promise.all([a, b].map((jobs) => takeJobs(db, jobs.boss, worker, 1, { ignoreStartAfter: true })))
      expect(taken.flat()).toHaveLength(1)
      await db.pool.query('delete from pgboss.job')
    }
  })
})

describe('the lease of a job', () => {
  it('lets only the attempt that holds the job write', async () => {
    const runs: WorkRun[] = []
    const jobs = await node({ write: { run: async (_, run) => void runs.push(run) } })
    await jobs.enqueue(null, 'p', 'write', {})
    const queue = 'p.job.write'
    const [claim] = await jobs.boss.fetch(queue)
    const { JobLease } = await import('./lease.ts')
    const stale = new JobLease(queue, claim!.id, claim!.retryCount)
    await db.kysely.transaction().execute((trx) => stale.check(trx))

    await db.pool.query(`update pgboss.job set heartbeat_on = now() - interval '1 minute' where id = $1`, [claim!.id])
    await jobs.boss.supervise(queue)
    await vi.waitFor(async () => {
      await jobs.boss.supervise(queue)
      const { rows } = await db.pool.query('select state from pgboss.job where id = $1', [claim!.id])
      expect(rows[0].state).toBe('retry')
    }, { timeout: 5000, interval: 200 })
    await jobs.drain({ deliveries: 1 })
    expect(runs).toMatchObject([{ id: claim!.id, attempt: 2 }])
    await expect(db.kysely.transaction().execute((trx) => stale.check(trx))).rejects.toThrow(LostLeaseError)
  })
})

describe('a job that was given to somebody else', () => {
  it('is aborted here with the next heartbeat, and cannot settle the other one', { timeout: 15_000 }, async () => {
    let reason: unknown
    const jobs = await node({ slow: { run: (_, run) => new Promise((_resolve, reject) => {
      run.signal.addEventListener('abort', () => reject(reason = run.signal.reason as Error))
    }) } }, { work: true })
    await jobs.enqueue(null, 'p', 'slow', {})
    await vi.waitFor(() => expect(jobs.active).toBe(1), 5000)
    // As a supervisor that heard no heartbeat, and a second worker, would do:
    await db.pool.query(`update pgboss.job set retry_count = 1, heartbeat_on = now() + interval '1 hour' where name = 'p.job.slow'`)
    await vi.waitFor(() => expect(reason).toBeInstanceOf(LostLeaseError), 10_000)
    const { rows } = await db.pool.query(`select state, retry_count from pgboss.job where name = 'p.job.slow'`)
    expect(rows).toEqual([{ state: 'active', retry_count: 1 }])
  })
})

describe('schedules', () => {
  it('are kept in the company time zone, and go when nobody declares them', async () => {
    const nightly: Worker = { queue: 'p.schedule.night', plugin: 'p', kind: 'schedule', name: 'night', cron: '0 3 * * *', run: async () => undefined }
    const jobs = await node({}, { work: true, timeZone: 'Europe/Helsinki' })
    jobs.register([nightly])
    await jobs.start()
    const of = async (j: Jobs) => (await j.boss.getSchedules()).map((s) => [s.name, s.cron, s.timezone])
    expect(await of(jobs)).toEqual([['p.schedule.night', '0 3 * * *', 'Europe/Helsinki']])
    await jobs.setTimeZone('Europe/Kyiv')
    expect(await of(jobs)).toEqual([['p.schedule.night', '0 3 * * *', 'Europe/Kyiv']])
    expect(await of(await node({}, { work: true }))).toEqual([])
  })

  it('do not run over themselves', async () => {
    const jobs = await node({}, { work: false })
    let now = 0
    let most = 0
    jobs.register([{ queue: 'p.schedule.often', plugin: 'p', kind: 'schedule', name: 'often', cron: '* * * * *', concurrency: 5, run: async () => {
      most = Math.max(most, ++now)
      await new Promise((resolve) => setTimeout(resolve, 50))
      now--
    } }])
    await jobs.start()
    // As the scheduler does when an occurrence comes due:
    const occurrence = () => jobs.boss.send('p.schedule.often', {}, { group: { id: 'one' }, singletonKey: 'one' })
    await occurrence()
    const both = Promise.all([jobs.drain({ deliveries: 1 }), vi.waitFor(() => expect(now).toBe(1)).then(occurrence).then(() => jobs.drain({ deliveries: 1 }))])
    await both
    expect(most).toBe(1)
  })
})
