import { sql } from 'kysely'
import { LimitError } from '@kartotek/sdk'
import { visibleTitles } from '../changes/changes.ts'
import { UUID } from '../facts/uuid.ts'
import type { Reading } from '../records/reading.ts'
import { loadEndpoints, type Db, type Endpoint } from './endpoint.ts'

export interface LoggedDelivery {
  id: string, webhook: string, eventId: string, event: string, object: string | null, record: string | null, title: string | null, state: string, attempts: number
  code: number | null, response: string | null, error: string | null, at: Date, triedAt: Date | null, nextAt: Date | null
}

/** The log of an endpoint, newest first. */
export async function listDeliveries(reading: Reading, { webhook, state, first = 50, after }: { webhook: string, state?: string | null, first?: number | null, after?: string | null }): Promise<{ nodes: LoggedDelivery[], hasNextPage: boolean, endCursor: string | null }> {
  const limit = first ?? 50
  if (limit < 1 || limit > 200) throw new LimitError('A page holds 1–200 deliveries.', { limit: 200 })
  const { rows } = await sql<LoggedDelivery>`select id, webhook_id as webhook, event_id as "eventId", event, object, record_id as record, state, attempts, code, response, error, happened_at as at, tried_at as "triedAt", next_at as "nextAt"
    from core.webhook_delivery where webhook_id = ${UUID.test(webhook) ? webhook : null}::uuid ${state ? sql`and state = ${state.toLowerCase()}` : sql``} ${after && UUID.test(after) ? sql`and id < ${after}::uuid` : sql``}
    order by id desc limit ${sql.lit(limit + 1)}`.execute(reading.db)
  const nodes = rows.slice(0, limit)
  const titles = await visibleTitles(reading, nodes.flatMap(({ object, record }): [string, string][] => (object && record ? [[object, record]] : [])))
  return { nodes: nodes.map((one) => ({ ...one, title: titles.get(one.record ?? '') ?? null })), hasNextPage: rows.length > limit, endCursor: nodes.at(-1)?.id ?? null }
}

export async function countDeliveries(db: Db, webhook: string): Promise<{ waiting: number, done: number, failed: number, last: Date | null }> {
  const { rows: [row] } = await sql<{ waiting: number, done: number, failed: number, last: Date | null }>`select (count(*) filter (where state = 'waiting'))::int as waiting, (count(*) filter (where state = 'done'))::int as done,
    (count(*) filter (where state = 'failed'))::int as failed, max(tried_at) as last from core.webhook_delivery where webhook_id = ${webhook}`.execute(db)
  return row!
}

/** The endpoint that a delivery is for. */
export async function endpointOf(db: Db, delivery: string): Promise<Endpoint | null> {
  const { rows: [row] } = await sql<{ id: string }>`select webhook_id as id from core.webhook_delivery where id = ${UUID.test(delivery) ? delivery : null}::uuid`.execute(db)
  return row ? (await loadEndpoints(db, { id: row.id }))[0] ?? null : null
}

/** Has deliveries made once more, with the ids that they had. @returns how many */
export async function replay(db: Db, which: { id: string } | { failedOf: string }): Promise<number> {
  const these = 'id' in which ? sql`d.id = ${which.id}::uuid` : sql`d.webhook_id = ${which.failedOf}::uuid and d.state = 'failed'`
  const { numAffectedRows } = await sql`update core.webhook_delivery d set state = 'waiting', attempts = 0, next_at = now() from core.webhook w
    where w.id = d.webhook_id and w.active and w.trashed_at is null and d.state <> 'waiting' and ${these}`.execute(db)
  return Number(numAffectedRows ?? 0)
}
