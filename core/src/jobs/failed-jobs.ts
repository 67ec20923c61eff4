import { NotFoundError } from '@kartotek/sdk'
import { sql } from 'kysely'
import type { Database } from '../database/index.ts'
import { DEAD_QUEUE } from './boss.ts'
import type { Jobs } from './jobs.ts'
import type { WorkData } from './worker.ts'

/** A job that used up its attempts. */
export interface FailedJob {
  id: string
  plugin: string
  kind: string
  job: string
  attempts: number
  error: string
  createdAt: Date
  failedAt: Date
  input: unknown
}

interface Row {
  id: string
  data: WorkData | null
  source_name: string
  source_retry_count: number | null
  source_output: { message?: string, value?: { message?: string } } | null
  source_created_on: Date
  created_on: Date
}

/** The newest dead jobs first. `first` 1–200. */
export async function failedJobs(db: Database, first = 50): Promise<FailedJob[]> {
  const { rows } = await sql<Row>`
    select id, data, source_name, source_retry_count, source_output, source_created_on, created_on
    from pgboss.job where name = ${DEAD_QUEUE} and state = 'created' and source_name is not null
    order by created_on desc limit ${Math.min(Math.max(first, 1), 200)}`.execute(db.kysely)
  return rows.map((row) => {
    const [plugin = '', kind = '', ...name] = row.source_name.split('.')
    return {
      id: row.id, plugin, kind, job: name.join('.'), attempts: (row.source_retry_count ?? 0) + 1,
      error: row.source_output?.message ?? row.source_output?.value?.message ?? 'It gave no reason.',
      createdAt: row.source_created_on, failedAt: row.created_on, input: row.data?.input ?? row.data?.events ?? null,
    }
  })
}

/** For `/health`, which anybody may read: that there are dead jobs, and not which. */
export async function failedJobsHealth(db: Database): Promise<string[]> {
  const { rowCount } = await db.pool.query("select 1 from pgboss.job where name = $1 and state = 'created' and source_name is not null limit 1", [DEAD_QUEUE])
  return rowCount ? ['Background work failed for good; administrators see it in the settings, under System.'] : []
}

/** Puts a dead job back into its queue, with all its attempts. @throws NotFoundError */
export async function retryJob(jobs: Jobs, id: string): Promise<void> {
  const moved = await jobs.boss.redrive(DEAD_QUEUE, { ids: [id] })
  if (!moved) throw new NotFoundError('There is no failed job with this id; it may have been retried already.')
}
