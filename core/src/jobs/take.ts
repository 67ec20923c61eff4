import { sql, type Kysely } from 'kysely'
import { fromKysely, type Job, type PgBoss } from 'pg-boss'
import type { Database } from '../database/index.ts'
import type { Rate, WorkData, Worker } from './worker.ts'

/**
 * Claims up to `count` jobs of a queue. Of jobs with the same key at most one is claimed, and none while one runs.
 * pg-boss checks that within its statement, so two nodes that ask in the same moment would both succeed: they take turns.
 * Of a queue with a rate no more than it leaves; not asked where the start is ignored, in tests.
 */
export async function takeJobs(db: Database, boss: PgBoss, worker: Worker, count: number, options: { ignoreStartAfter?: boolean } = {}): Promise<Job<WorkData>[]> {
  const fetch = { batchSize: count, ...options }
  // Events have no keys.
  if (worker.kind === 'on') return boss.fetch<WorkData>(worker.queue, fetch)
  return db.kysely.transaction().execute(async (trx) => {
    await sql`select pg_advisory_xact_lock(hashtext('kartotek.jobs'), hashtext(${worker.queue}))`.execute(trx)
    const batchSize = worker.rate && !options.ignoreStartAfter ? Math.min(count, await leftNow(trx, worker.queue, worker.rate)) : count
    if (batchSize < 1) return []
    const jobs = await boss.fetch<WorkData>(worker.queue, { ...fetch, batchSize, groupConcurrency: 1, db: fromKysely(trx) })
    if (worker.rate && jobs.length) await sql`insert into core.job_started (queue, at) select ${worker.queue}, clock_timestamp() from generate_series(1, ${sql.lit(jobs.length)})`.execute(trx)
    return jobs
  })
}

/** How many runs of the queue may begin now. Under the lock of the queue, so that nodes count each other's. */
// eslint-disable-next-line @typescript-eslint/no-explicit-any -- the database has no static type, see Database
async function leftNow(trx: Kysely<any>, queue: string, { per, max }: Rate): Promise<number> {
  await sql`delete from core.job_started where queue = ${queue} and at <= clock_timestamp() - ${`1 ${per}`}::interval`.execute(trx)
  const { rows: [row] } = await sql<{ n: number }>`select count(*)::int as n from core.job_started where queue = ${queue}`.execute(trx)
  return max - row!.n
}
