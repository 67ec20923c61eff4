import { InputError, type Filter } from '@kartotek/sdk'
import { sql } from 'kysely'
import { UUID } from '../facts/uuid.ts'
import type { Reading } from '../records/reading.ts'
import { checkFilter } from '../views/applicable.ts'
import { visibleObject } from '../views/view.ts'
import { segmentsIn } from './in-filter.ts'

export interface SegmentDefinition { filter: Filter }

/**
 * The segment of these conditions.
 * @param id of the segment, where it is there already
 * @throws InputError without any condition, for what its author does not see, and for a circle
 */
export async function segmentOf(reading: Reading, object: string, given: Filter | null | undefined, id?: string): Promise<SegmentDefinition> {
  const filter = required(given)
  await checkFilter(reading, visibleObject(reading, object), filter)
  if (id) await refuseCircle(reading, id, filter)
  return { filter }
}

function required(filter: Filter | null | undefined): Filter {
  if (filter && typeof filter === 'object' && !Array.isArray(filter) && Object.keys(filter).length) return filter
  throw new InputError('A segment needs at least one condition.', [{ field: 'filter', rule: 'required', message: 'A segment needs at least one condition.' }])
}

/** Whatever a segment consists of must not lead back to it. @throws InputError */
async function refuseCircle({ db }: Reading, id: string, filter: unknown): Promise<void> {
  const seen = new Set<string>()
  let next = [...segmentsIn(filter)]
  while (next.length) {
    if (next.includes(id)) throw new InputError('A segment cannot contain itself.', [{ field: 'filter', rule: 'circle', message: 'A segment cannot contain itself.' }])
    for (const one of next) seen.add(one)
    const { rows } = await sql<{ definition: SegmentDefinition }>`select definition from core.segment where id = any(${next.filter((one) => UUID.test(one))}::uuid[])`.execute(db)
    next = rows.flatMap((row) => [...segmentsIn(row.definition.filter)]).filter((one) => !seen.has(one))
  }
}
