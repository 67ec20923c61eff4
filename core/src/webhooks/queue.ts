import { sql, type RawBuilder } from 'kysely'
import { uuidv7 } from 'uuidv7'
import { InputError, type RecordEvent } from '@kartotek/sdk'
import { actorOf } from '../access/explain.ts'
import { accessPredicate } from '../access/predicate.ts'
import { matchesPattern } from '../events/pattern.ts'
import { readingOf, type Engine } from '../records/engine.ts'
import { compileFilter } from '../records/filter.ts'
import { withSegments } from '../segments/in-filter.ts'
import { stopEndpoint } from './stop.ts'
import { loadEndpoints, worksHere, type Db, type Endpoint } from './endpoint.ts'

/** A delivery to be made, before it is anybody's. */
export interface NewDelivery {
  /** The same however often the event comes. */
  eventId: string
  event: string
  object: string | null
  recordId: string | null
  changeSetId: string | null
  changed: readonly string[]
  at: string
  /** What it is told besides: the rule of automation. */
  details?: object
}

/** Writes down deliveries that are to be made, each once for its endpoint and event. @returns how many are new */
export async function enqueueDeliveries(db: Db, webhook: string, news: readonly NewDelivery[], failed: string | null = null): Promise<number> {
  const rows = news.map((one) => ({ ...one, id: uuidv7(), details: one.details ?? null }))
  let added = 0
  for (let i = 0; i < rows.length; i += 1_000) {
    const { numAffectedRows } = await sql`insert into core.webhook_delivery (id, webhook_id, event_id, event, object, record_id, change_set_id, changed, happened_at, details, state, error, next_at)
      select id, ${webhook}::uuid, "eventId", event, object, "recordId", "changeSetId", changed, at, details, ${failed ? 'failed' : 'waiting'}, ${failed}, ${failed ? null : sql`now()`}
      from jsonb_to_recordset(${JSON.stringify(rows.slice(i, i + 1_000))}::jsonb) as d (id uuid, "eventId" text, event text, object text, "recordId" uuid, "changeSetId" uuid, changed text[], at timestamptz, details jsonb)
      on conflict (webhook_id, event_id) do nothing`.execute(db)
    added += Number(numAffectedRows ?? 0)
  }
  return added
}

/**
 * Has an endpoint told of a record because a rule says so, in the transaction of the rule. An endpoint that is switched off holds
 * up no rule: what it missed stands in its log and can be replayed.
 */
export async function tellOutside(db: Db, enqueue: (trx: Db, webhook: string) => Promise<unknown>, webhook: string, key: string, record: { object: string, id: string }, rule: { id: string, name: string }): Promise<void> {
  const [endpoint] = await loadEndpoints(db, { id: webhook })
  if (!endpoint) throw new InputError('There is no such webhook.')
  const one: NewDelivery = { eventId: key, event: 'automation.run', object: record.object, recordId: record.id, changeSetId: null, changed: [], at: new Date().toISOString(), details: { rule } }
  await enqueueDeliveries(db, webhook, [one], endpoint.active ? null : 'stopped')
  if (endpoint.active) await enqueue(db, webhook)
}

/**
 * Writes down what these events have to tell, for every endpoint that waits for them.
 * @returns the endpoints that have something new
 */
export async function tell(engine: Engine, events: readonly RecordEvent[]): Promise<string[]> {
  const told: string[] = []
  for (const endpoint of await loadEndpoints(engine.db, { active: true })) {
    const wanted = events.filter((event) => (!endpoint.object || endpoint.object === event.object) && endpoint.events.some((pattern) => matchesPattern(pattern, event.name)))
    if (!wanted.length) continue
    if (!await worksHere(engine.db, endpoint.owner)) {
      await stopEndpoint(engine, endpoint, 'owner')
      continue
    }
    const news = (list: RecordEvent[]): NewDelivery[] => list.map((e) => ({ eventId: e.id, event: e.name, object: e.object, recordId: e.recordId, changeSetId: e.changeSetId, changed: e.changed, at: e.at }))
    let added = 0
    try {
      for (const [object, group] of Map.groupBy(wanted, (event) => event.object)) {
        const met = await meeting(engine, endpoint, object, [...new Set(group.map((event) => event.recordId))])
        added += await enqueueDeliveries(engine.db, endpoint.id, news(group.filter((event) => met.has(event.recordId))))
      }
    } catch (error) {
      // A condition that looks at what is not there any more holds up no other endpoint, and is seen in the log.
      engine.log.warn({ err: error, webhook: endpoint.id }, 'a webhook could not be told of events')
      await enqueueDeliveries(engine.db, endpoint.id, news(wanted), 'condition')
    }
    if (added) told.push(endpoint.id)
  }
  return told
}

/** Those of the records that the endpoint's owner sees, and that meet its condition. */
async function meeting(engine: Engine, endpoint: Endpoint, name: string, ids: string[]): Promise<Set<string>> {
  const actor = await actorOf(engine, endpoint.owner)
  const object = engine.live.current.model.objects.get(name)
  if (!actor || !object) return new Set()
  const reading = readingOf(engine, { actor })
  if (reading.access.scope(object, 'read') === 'none') return new Set()
  const conditions: RawBuilder<boolean>[] = [sql<boolean>`r.id = any(${ids}::uuid[])`]
  const allowed = accessPredicate(reading.generation.model, reading.access, object, 'read', 'r')
  if (allowed) conditions.push(allowed)
  if (endpoint.condition) conditions.push(compileFilter(await withSegments(reading, endpoint.condition), object, endpoint.condition, 'r'))
  const { rows } = await sql<{ id: string }>`select r.id from core.${sql.id(object.table)} r where ${sql.join(conditions, sql` and `)}`.execute(engine.db)
  return new Set(rows.map((row) => row.id))
}
