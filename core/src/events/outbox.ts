import { sql, type Kysely } from 'kysely'
import { uuidv7 } from 'uuidv7'
import { BULK_CHUNK, BULK_THRESHOLD, type NewEvent } from './event.ts'

interface Row {
  id: string
  name: string
  object: string
  record_id: string | null
  record_ids: string[] | null
  change_set_id: string
  changed: readonly string[]
  scope: object | null
  live: boolean
  dispatched: boolean
  data?: unknown
}

/**
 * Writes events into the outbox, in the transaction that caused them, with one statement per 5,000 rows.
 * More than 100 records of one object in one change set become one live `<object>.changed` without a record id, and
 * rows of up to 500 records for the handlers.
 */
// Record tables are made at run time, so no static type of the database exists.
// eslint-disable-next-line @typescript-eslint/no-explicit-any
export async function writeEvents(trx: Kysely<any>, events: readonly NewEvent[]): Promise<void> {
  const rows = [...groupBy(events, (e) => `${e.changeSetId} ${e.object}`).values()].flatMap(toRows)
  for (let i = 0; i < rows.length; i += 5000) await insert(trx, rows.slice(i, i + 5000))
}

/** Tells open sockets, and nobody else, that something of this kind changed for these ids. */
// eslint-disable-next-line @typescript-eslint/no-explicit-any -- as above
export async function writeLive(trx: Kysely<any>, name: string, ids: readonly string[]): Promise<void> {
  const changeSetId = uuidv7()
  await insert(trx, ids.map((id) => ({
    id: uuidv7(), name, object: name, record_id: id, record_ids: null, change_set_id: changeSetId, changed: [], scope: null, live: true, dispatched: true,
  })))
}

function toRows(group: NewEvent[]): Row[] {
  const records = new Set(group.map((e) => e.recordId))
  if (records.size <= BULK_THRESHOLD) return group.map(single)
  const { object, changeSetId } = group[0]!
  const summary: Row = {
    id: uuidv7(), name: `${object}.changed`, object, record_id: null, record_ids: null, change_set_id: changeSetId,
    changed: [], scope: null, live: true, dispatched: true,
  }
  const alike = groupBy(group, (e) => `${e.name} ${[...e.changed ?? []].sort().join(' ')}`)
  return [summary, ...[...alike.values()].flatMap(chunks)]
}

function single(event: NewEvent): Row {
  return {
    id: uuidv7(), name: event.name, object: event.object, record_id: event.recordId, record_ids: null,
    change_set_id: event.changeSetId, changed: event.changed ?? [], scope: event.scope ?? null, live: true, dispatched: false, data: event.data,
  }
}

function chunks(alike: NewEvent[]): Row[] {
  const rows: Row[] = []
  for (let i = 0; i < alike.length; i += BULK_CHUNK) {
    const part = alike.slice(i, i + BULK_CHUNK)
    const { name, object, changeSetId, changed } = part[0]!
    rows.push({
      id: uuidv7(), name, object, record_id: null, record_ids: part.map((e) => e.recordId), change_set_id: changeSetId,
      changed: changed ?? [], scope: null, live: false, dispatched: false,
    })
  }
  return rows
}

// eslint-disable-next-line @typescript-eslint/no-explicit-any -- as above
async function insert(trx: Kysely<any>, rows: Row[]): Promise<void> {
  if (!rows.length) return
  await sql`
    insert into core.event (id, name, object, record_id, record_ids, change_set_id, changed, scope, live, data, dispatched_at)
    select id, name, object, record_id, record_ids, change_set_id, changed, scope, live, data,
      case when dispatched then clock_timestamp() end
    from jsonb_to_recordset(${JSON.stringify(rows)}::jsonb) as e (
      id uuid, name text, object text, record_id uuid, record_ids uuid[], change_set_id uuid, changed text[],
      scope jsonb, live boolean, data jsonb, dispatched boolean
    )`.execute(trx)
}

function groupBy<T>(items: readonly T[], key: (item: T) => string): Map<string, T[]> {
  const groups = new Map<string, T[]>()
  for (const item of items) {
    const k = key(item)
    const group = groups.get(k)
    if (group) group.push(item)
    else groups.set(k, [item])
  }
  return groups
}
