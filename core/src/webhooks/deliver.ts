import { sql } from 'kysely'
import { actorOf } from '../access/explain.ts'
import { readingOf, type Engine } from '../records/engine.ts'
import type { Reading } from '../records/reading.ts'
import { planOfKeys } from '../records/records.ts'
import { readByIds } from '../records/rows.ts'
import type { SecretBox } from '../settings/index.ts'
import { loadEndpoints, secretsOf, worksHere, type Endpoint } from './endpoint.ts'
import type { Answer, Send } from './send.ts'
import { signedHeaders } from './sign.ts'
import { stopEndpoint } from './stop.ts'

export interface Webhooks { engine: Engine, box: SecretBox, send: Send }

interface Delivery { id: string, eventId: string, event: string, object: string | null, recordId: string | null, changeSetId: string | null, changed: string[], at: Date, attempts: number, details: object | null }

/** Seconds between attempts: three days in all, so that a weekend is survived. */
const PAUSES = [5, 300, 1_800, 7_200, 18_000, 36_000, 50_400, 72_000, 86_400]
const DAYS_OF_FAILING = 3
const AT_ONCE = 5
/** Longer than an attempt can take, and short enough that what a dead process held is soon tried again. */
const HELD_SECONDS = 30
/** Then others have their turn. */
const MOST_MS_IN_A_RUN = 20_000

/**
 * Makes the deliveries of one endpoint that are due, several at a time. One that does not answer in time has had its turn: the clock
 * comes back to it.
 * @returns whether more are due at once
 */
export async function deliverDue(hooks: Webhooks, id: string, signal?: AbortSignal, now = (): Date => new Date()): Promise<boolean> {
  const { engine } = hooks
  const until = Date.now() + MOST_MS_IN_A_RUN
  for (;;) {
    const [endpoint] = await loadEndpoints(engine.db, { active: true, id })
    if (!endpoint) return false
    if (!await worksHere(engine.db, endpoint.owner)) {
      await stopEndpoint(engine, endpoint, 'owner')
      return false
    }
    const due = await claim(hooks, id, now())
    if (!due.length) return false
    const answers = await Promise.all(due.map((delivery) => attempt(hooks, endpoint, delivery, now(), signal)))
    if (answers.includes('gone')) await stopEndpoint(engine, endpoint, 'gone')
    else if (answers.includes('failed') || answers.includes('timeout')) await stopIfFailing(engine, endpoint, now())
    await forgetFailing(engine, endpoint)
    if (answers.includes('timeout')) return false
    if (Date.now() > until || signal?.aborted) return true
  }
}

/** Endpoints with something that is due. Also stops those whose owner left. */
export async function dueEndpoints({ engine }: Webhooks, now = new Date()): Promise<string[]> {
  for (const endpoint of await loadEndpoints(engine.db, { active: true })) if (!await worksHere(engine.db, endpoint.owner)) await stopEndpoint(engine, endpoint, 'owner')
  const { rows } = await sql<{ id: string }>`select w.id from core.webhook w where w.active and w.trashed_at is null
    and exists (select 1 from core.webhook_delivery d where d.webhook_id = w.id and d.state = 'waiting' and d.next_at <= ${now})`.execute(engine.db)
  return rows.map((row) => row.id)
}

/** Takes deliveries in hand; nobody else does until they are settled, or for {@link HELD_SECONDS}. */
async function claim({ engine }: Webhooks, webhook: string, now: Date): Promise<Delivery[]> {
  const { rows } = await sql<Delivery>`update core.webhook_delivery set attempts = attempts + 1, tried_at = ${now}, next_at = ${now}::timestamptz + make_interval(secs => ${HELD_SECONDS})
    where id in (select id from core.webhook_delivery where webhook_id = ${webhook} and state = 'waiting' and next_at <= ${now} order by next_at, id limit ${sql.lit(AT_ONCE)} for update skip locked)
    returning id, event_id as "eventId", event, object, record_id as "recordId", change_set_id as "changeSetId", changed, happened_at as at, attempts, details`.execute(engine.db)
  return rows
}

/** Seconds until something that another has in hand is free, if he died; null where nothing is. */
export async function heldFor({ engine }: Webhooks, webhook: string): Promise<number | null> {
  const { rows: [held] } = await sql<{ seconds: number | null }>`select ceil(extract(epoch from min(next_at) - now()))::int as seconds from core.webhook_delivery
    where webhook_id = ${webhook} and state = 'waiting' and next_at > now() and next_at = tried_at + make_interval(secs => ${HELD_SECONDS})`.execute(engine.db)
  return held?.seconds ?? null
}

async function attempt(hooks: Webhooks, endpoint: Endpoint, delivery: Delivery, now: Date, signal?: AbortSignal): Promise<'done' | 'failed' | 'timeout' | 'gone' | 'skipped'> {
  const body = await bodyOf(hooks.engine, endpoint, delivery)
  if (!body) {
    await settle(hooks.engine, delivery, { state: 'skipped', nextAt: null, answer: { code: null, response: null, error: 'noAccess' } })
    return 'skipped'
  }
  const headers = {
    'content-type': 'application/json; charset=utf-8', 'user-agent': 'Kartotek',
    ...signedHeaders(await secretsOf(hooks.engine.db, hooks.box, endpoint.id, now), delivery.eventId, now, body),
  }
  const answer = await hooks.send(endpoint.url, headers, body, signal)
  if (!answer.error) {
    await settle(hooks.engine, delivery, { state: 'done', nextAt: null, answer })
    await sql`update core.webhook set failing_since = null where id = ${endpoint.id} and failing_since is not null`.execute(hooks.engine.db)
    return 'done'
  }
  await sql`update core.webhook set failing_since = ${now} where id = ${endpoint.id} and failing_since is null`.execute(hooks.engine.db)
  const pause = PAUSES[delivery.attempts - 1]
  const seconds = pause && Math.max(pause * (0.8 + Math.random() * 0.4), Math.min(answer.retryAfterSeconds ?? 0, 86_400))
  await settle(hooks.engine, delivery, { state: seconds ? 'waiting' : 'failed', nextAt: seconds ? new Date(now.getTime() + seconds * 1000) : null, answer })
  return answer.code === 410 ? 'gone' : answer.error === 'timeout' ? 'timeout' : 'failed'
}

/** Only who still holds the delivery may settle it. */
async function settle(engine: Engine, { id, attempts }: Delivery, { state, nextAt, answer }: { state: string, nextAt: Date | null, answer: Answer }): Promise<void> {
  await sql`update core.webhook_delivery set state = ${state}, next_at = ${nextAt}, code = ${answer.code}, response = ${answer.response}, error = ${answer.error}
    where id = ${id} and attempts = ${attempts} and state = 'waiting'`.execute(engine.db)
}

async function stopIfFailing(engine: Engine, endpoint: Endpoint, now: Date): Promise<void> {
  const { rows } = await sql`select 1 from core.webhook where id = ${endpoint.id} and failing_since < ${now}::timestamptz - make_interval(days => ${DAYS_OF_FAILING})`.execute(engine.db)
  if (rows.length) await stopEndpoint(engine, endpoint, 'failing')
}

/** Where nothing is tried again any more, nothing fails: what led to nothing long ago is not held against a hiccup of today. */
async function forgetFailing(engine: Engine, { id }: Endpoint): Promise<void> {
  await sql`update core.webhook set failing_since = null where id = ${id} and active and failing_since is not null
    and not exists (select 1 from core.webhook_delivery where webhook_id = ${id} and state = 'waiting')`.execute(engine.db)
}

/** What is sent, as the owner may know it now; null where he may know nothing of it. */
async function bodyOf(engine: Engine, endpoint: Endpoint, delivery: Delivery): Promise<string | null> {
  const data = delivery.object ? await dataOf(engine, endpoint, delivery) : {}
  return data && JSON.stringify({ type: delivery.event, timestamp: delivery.at.toISOString(), data: { ...data, ...delivery.details } })
}

async function dataOf(engine: Engine, endpoint: Endpoint, { object: name, recordId, changed, changeSetId }: Delivery): Promise<object | null> {
  const actor = await actorOf(engine, endpoint.owner)
  const object = engine.live.current.model.objects.get(name!)
  if (!actor || !object) return null
  const reading = readingOf(engine, { actor })
  if (reading.access.scope(object, 'read') === 'none') return null
  const readable = (key: string): boolean => {
    const field = object.byKey.get(key)
    if (field) return reading.access.canRead(field)
    return object.lists.some((list) => list.name === key && reading.access.canList(list))
  }
  const known = changed.filter(readable)
  if (changed.length && !known.length) return null
  const [record] = await readByIds(reading, planOfKeys(reading, object, endpoint.object ? endpoint.fields.filter((key) => knows(reading, object, key)) : []), [recordId!])
  if (!record) return null
  return { object: name, id: recordId, changeSet: changeSetId, changed: known, ...(endpoint.fields.length ? { record } : {}) }
}

/** A field that was taken from the owner since is left out, and holds up nothing. */
function knows(reading: Reading, object: Parameters<typeof planOfKeys>[1], key: string): boolean {
  try {
    planOfKeys(reading, object, [key])
    return true
  } catch {
    return false
  }
}
