import type { Filter } from '@kartotek/sdk'
import { sql } from 'kysely'
import { UUID } from '../facts/uuid.ts'
import type { Reading } from '../records/reading.ts'
import { seenBy } from '../views/saved.ts'

/** Segments within segments may be so deep. */
const DEEPEST = 8

/** The segments that a filter names, at whatever place. */
export function segmentsIn(filter: unknown, found = new Set<string>()): Set<string> {
  if (Array.isArray(filter)) for (const part of filter) segmentsIn(part, found)
  else if (typeof filter === 'object' && filter !== null) {
    for (const [key, value] of Object.entries(filter)) {
      if (key === 'inSegment' && Array.isArray(value)) for (const id of value) found.add(String(id))
      else segmentsIn(value, found)
    }
  }
  return found
}

/**
 * The reading with the segments that the filter names, as far as the actor may use them. What these consist of comes along, whoever
 * may use it: it only ever finds what the actor may see anyway.
 */
export async function withSegments(reading: Reading, filter: Filter | null | undefined): Promise<Reading> {
  const wanted = filter ? segmentsIn(filter) : null
  if (!wanted?.size) return reading
  const segments = new Map(reading.segments)
  let next = [...wanted].filter((id) => !segments.has(id) && UUID.test(id))
  for (let depth = 0; next.length && depth < DEEPEST; depth++) {
    const { rows } = await sql<{ id: string, object: string, definition: { filter: Filter } }>`select id, object, definition from core.segment
      where id = any(${next}::uuid[]) and trashed_at is null ${depth === 0 ? sql`and ${seenBy(reading.access.actor)}` : sql``}`.execute(reading.db)
    for (const row of rows) segments.set(row.id, { object: row.object, filter: row.definition.filter })
    next = rows.flatMap((row) => [...segmentsIn(row.definition.filter)]).filter((id) => !segments.has(id) && UUID.test(id))
  }
  return { ...reading, segments }
}
