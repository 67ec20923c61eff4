import { PgBoss, type Db } from 'pg-boss'
import type { Log } from '@kartotek/sdk'
import type { Database } from '../database/index.ts'

/** Jobs that used up their attempts wait here, under their own id, until somebody retries them. */
export const DEAD_QUEUE = 'kartotek.dead'

/** Lets pg-boss work through the pool of the process. */
export function poolAdapter(db: Database): Db {
  return {
    async executeSql(text, values) {
      const result = await db.pool.query(text, values as unknown[])
      // Several statements in one text give a list of results.
      return { rows: Array.isArray(result) ? result.flatMap((r) => r.rows) : result.rows }
    },
  }
}

/**
 * pg-boss as the store of jobs: its tables, retries, dead letters, schedules and supervision. Fetching is ours (`Runner`):
 * its workers poll once per queue, ours once per node.
 */
export function createBoss(db: Database, options: { supervise: boolean, superviseSeconds: number, log: Log }): PgBoss {
  const boss = new PgBoss({
    db: poolAdapter(db),
    schema: 'pgboss',
    supervise: options.supervise,
    schedule: options.supervise,
    superviseIntervalSeconds: options.superviseSeconds,
    monitorIntervalSeconds: options.superviseSeconds,
    cronWorkerIntervalSeconds: 10,
  })
  boss.on('error', (error) => options.log.error({ err: error }, 'The job store reported an error.'))
  boss.on('warning', (warning) => options.log.warn({ warning }, 'The job store gave a warning.'))
  return boss
}
