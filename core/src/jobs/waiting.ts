import { sql } from 'kysely'
import type { Database } from '../database/index.ts'

/**
 * Takes over the jobs that came with a restored archive, those that had failed for good included: their store is not copied
 * but made anew, by its own rules. What was running begins again; what has no queue here yet (its plugin is away) waits on.
 */
export async function takeOverWaiting(db: Database): Promise<void> {
  await db.kysely.transaction().execute(async trx => {
    const { rows } = await sql<{ id: string, job: Record<string, unknown> }>`
      delete from core.waiting_job where queue in (select name from pgboss.queue) returning id, job`.execute(trx)
    if (!rows.length) return
    const columns = (await sql<{ name: string }>`
      select attname as name from pg_attribute where attrelid = 'pgboss.job'::regclass and attnum > 0 and not attisdropped`.execute(trx)).rows.map(row => row.name)
    for (const { job } of rows) {
      // one job with a key may wait, and one run: what ran becomes a repetition, which stands beside the waiting one
      const again = { ...job, state: job.state === 'active' ? 'retry' : job.state, started_on: null, heartbeat_on: null }
      const known = sql.join(columns.filter(name => name in again && again[name as keyof typeof again] !== null).map(name => sql.ref(name)))
      await sql`insert into pgboss.job (${known}) select ${known} from jsonb_populate_record(null::pgboss.job, ${JSON.stringify(again)}::jsonb) on conflict do nothing`.execute(trx)
    }
  })
}
