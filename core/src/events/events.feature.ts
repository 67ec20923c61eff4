import type { PluginDefinition } from '@kartotek/sdk'
import { sql } from 'kysely'
import type { Database } from '../database/index.ts'

/** Days that a dispatched event is kept. */
const KEEP_DAYS = 7

/** Keeps the outbox short: dispatched events older than seven days are deleted, in small batches. */
export function eventsFeature(deps: { db: Database }): PluginDefinition {
  return {
    id: 'events',
    version: '1.0.0',
    schedules: [{ id: 'retention', cron: '17 3 * * *', run: (ctx) => deleteOldEvents(deps.db, ctx.signal).then(() => undefined) }],
  }
}

/** @returns how many were deleted */
export async function deleteOldEvents(db: Database, signal?: AbortSignal): Promise<number> {
  for (let total = 0; ;) {
    const { numAffectedRows } = await sql`
      delete from core.event where id in (
        select id from core.event where dispatched_at < now() - ${KEEP_DAYS} * interval '1 day' limit 5000)`.execute(db.kysely)
    total += Number(numAffectedRows ?? 0)
    if (!numAffectedRows || signal?.aborted) return total
  }
}
