import { sql } from 'kysely'
import { fromKysely, type Job, type PgBoss } from 'pg-boss'
import type { Database } from '../database/index.ts'
import type { WorkData, Worker } from './worker.ts'

/**
 * Claims up to `count` jobs of a queue. Of jobs with the same key at most one is claimed, and none while one runs.
 * pg-boss checks that within its statement, so two nodes that ask in the same moment would both succeed: they take turns.
 */
export async function takeJobs(db: Database, boss: PgBoss, worker: Worker, count: number, options: { ignoreStartAfter?: boolean } = {}): Promise<Job<WorkData>[]> {
  const fetch = { batchSize: count, ...options }
  // Events have no keys.
  if (worker.kind === 'on') return boss.fetch<WorkData>(worker.queue, fetch)
  return db.kysely.transaction().execute(async (trx) => {
    await sql`select pg_advisory_xact_lock(hashtext('kartotek.jobs'), hashtext(${worker.queue}))`.execute(trx)
    return boss.fetch<WorkData>(worker.queue, { ...fetch, groupConcurrency: 1, db: fromKysely(trx) })
  })
}
