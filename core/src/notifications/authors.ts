import type { RecordEvent } from '@kartotek/sdk'
import { sql } from 'kysely'
import type { Engine } from '../records/engine.ts'

/** Who made a change, and by what. */
export interface Author { user: string | null, origin: string, handOver: boolean }

/** Authors of the change sets of events, by their ids. */
export async function authorsOf(engine: Engine, events: readonly RecordEvent[]): Promise<Map<string, Author>> {
  const { rows } = await sql<{ id: string, user_id: string | null, origin: string, hand_over: boolean }>`select id, user_id, origin, coalesce(message ->> 'key' = 'handOver', false) as hand_over
    from core.change_set where id = any(${[...new Set(events.map((e) => e.changeSetId))]}::uuid[])`.execute(engine.db)
  return new Map(rows.map((row) => [row.id, { user: row.user_id, origin: row.origin, handOver: row.hand_over }]))
}
