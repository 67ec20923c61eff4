import { sql, type Kysely } from 'kysely'

/** Another worker has taken the job over: this one must not write any more. */
export class LostLeaseError extends Error {
  override readonly name = 'LostLeaseError'
  constructor(queue: string, id: string) {
    super(`Job ${id} of ${queue} was taken over by another worker, so this run may not write any more.`)
  }
}

/**
 * The claim of one attempt on its job. A worker that was paused, cut off or too slow loses its job to another one and may
 * come back to life: each transaction of an effect therefore begins with {@link JobLease.check}.
 */
export class JobLease {
  readonly queue: string
  readonly id: string
  /** pg-boss's `retryCount`, which names the attempt. */
  readonly retryCount: number

  constructor(queue: string, id: string, retryCount: number) {
    this.queue = queue
    this.id = id
    this.retryCount = retryCount
  }

  /**
   * Checks that the attempt still holds its job, and keeps it so until the end of `trx`: whoever wants to take the job
   * over waits for the shared lock.
   * @throws LostLeaseError
   */
  // eslint-disable-next-line @typescript-eslint/no-explicit-any -- the database has no static type, see Database
  async check(trx: Kysely<any>): Promise<void> {
    const { rows } = await sql`
      select 1 from pgboss.job
      where name = ${this.queue} and id = ${this.id}::uuid and state = 'active' and retry_count = ${this.retryCount}
      for share`.execute(trx)
    if (!rows.length) throw new LostLeaseError(this.queue, this.id)
  }
}
