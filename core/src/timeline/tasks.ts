import { sql } from 'kysely'
import type { Reading } from '../records/reading.ts'
import { searchableFields, searchCondition } from '../records/search.ts'
import { EMPTY, type Batch, type Place } from './item.ts'
import { readTold } from './told.ts'

/**
 * What is told of tasks that have these words in what is to be done or what came of it: their beginnings, and the changes of those
 * texts. `ids`: records that the reader was found to see.
 */
export async function tasksSaying(reading: Reading, ids: string[], search: string): Promise<(before: Place | null, limit: number) => Promise<Batch>> {
  const task = reading.generation.model.objects.get('task')
  if (!task || reading.access.scope(task, 'read') === 'none') return async () => EMPTY
  const { rows } = await sql<{ id: string }>`select r.id from core.${sql.id(task.table)} r where r.id = any(${ids}::uuid[]) and r.trashed_at is null
    and ${searchCondition(reading, task, search, 'r')}`.execute(reading.db)
  if (!rows.length) return async () => EMPTY
  const texts = new Set(searchableFields(task).map((field) => field.key))
  return async (before, limit) => {
    const { items, next } = await readTold(reading, rows.map((row) => row.id), ['task'], before, limit)
    return { items: items.filter((item) => item.action !== 'update' || item.fields.some((field) => texts.has(field.key))), next }
  }
}
