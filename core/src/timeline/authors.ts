import { visibleTitles } from '../changes/changes.ts'
import type { Reading } from '../records/reading.ts'
import type { TimelineItem } from './item.ts'

/** Who did it, named to those who may see the person and his name. Plugins and the system are no persons. */
export async function authorNames(reading: Reading, rows: readonly { id: string, user_id: string | null, actor_name: string }[]): Promise<Map<string, TimelineItem['author']>> {
  const people = [...new Set(rows.flatMap((row) => row.user_id ?? []))]
  const seen = await visibleTitles(reading, people.map((id) => ['user', id]))
  const named = (id: string | null): boolean => id === null || id === reading.access.actor.userId || typeof seen.get(id) === 'string'
  return new Map(rows.map((row) => [row.id, named(row.user_id) ? { id: row.user_id, name: row.actor_name } : { id: null, name: '…' }]))
}
