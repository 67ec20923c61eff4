import { sql, type RawBuilder } from 'kysely'
import { changesOf, type ChangeEntry } from '../changes/changes.ts'
import type { Reading } from '../records/reading.ts'
import { authorNames } from './authors.ts'
import type { Batch, Place, TimelineItem } from './item.ts'

interface Row { id: string, at: string, user_id: string | null, actor_name: string }

/** That a row of a list came or went is no news of who made it and when. */
const OF_THE_SYSTEM = new Set(['createdAt', 'createdBy', 'updatedAt', 'updatedBy'])

/** What was done to the records, from the audit trail: one item for each record that a change set touched. */
export async function readTold(reading: Reading, ids: string[], kinds: string[] | null, before: Place | null, limit: number): Promise<Batch> {
  const at = sql`date_trunc('milliseconds', s.at)`
  const { rows } = await sql<Row>`select s.id, to_char(s.at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') as at, s.user_id, s.actor_name from core.change_set s
    where s.id in (select c.change_set_id from core.change c where c.root_id = any(${ids}::uuid[]) ${kinds ? sql`and ${mayBe(kinds)}` : sql``}) ${before ? sql`and (${at}, s.id) < (${before.at}::timestamptz, ${before.id}::uuid)` : sql``}
    order by ${at} desc, s.id desc limit ${sql.lit(limit)}`.execute(reading.db)
  const entries = await changesOf(reading, rows.map((row) => row.id), 500, ids)
  const names = await authorNames(reading, rows)
  const items = rows.flatMap((row) => {
    const changes = entries.get(row.id) ?? []
    return [...Map.groupBy(changes, (change) => change.rootId).values()].flatMap((group): TimelineItem[] => {
      const own = group.find((change) => change.recordId === change.rootId) ?? group[0]!
      const fields = group.flatMap((change) => (change.recordId === change.rootId ? change.fields : change.fields.filter((field) => !OF_THE_SYSTEM.has(field.key))))
      const kind = own.rootObject === 'task' ? 'task' : own.action === 'update' && own.fields.some((field) => field.key === 'stage') ? 'stage' : 'change'
      if (kinds && !kinds.includes(kind)) return []
      // A change of which the reader may see nothing tells him nothing.
      if (own.action === 'update' && !fields.length) return []
      if (own.action === 'update' && group.every((change) => isQuiet(reading, change))) return []
      return [{
        id: row.id, kind, at: row.at, author: names.get(row.id)!, record: { object: own.rootObject, id: own.rootId, title: own.title },
        heading: null, text: null, direction: null, seconds: null, pinnedAt: null, version: null, data: [], changeSet: row.id, action: own.action, fields,
      }]
    })
  })
  const last = rows.at(-1)
  return { items, next: rows.length === limit && last ? { at: last.at, id: last.id } : null }
}

/** Whether nothing was changed but what follows from events that are told themselves. */
function isQuiet({ generation: { model } }: Reading, { object, fields }: ChangeEntry): boolean {
  const of = model.objects.get(object)
  return fields.every((field) => of?.byKey.get(field.key)?.quiet)
}

/** The condition under which a change may be of one of these kinds; the lines are judged one by one. */
function mayBe(kinds: string[]): RawBuilder<boolean> {
  if (kinds.includes('change')) return sql<boolean>`true`
  return sql<boolean>`(${kinds.includes('task')} and c.root_object = 'task' or ${kinds.includes('stage')} and 'stage' = any(c.fields))`
}
