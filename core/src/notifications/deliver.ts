import { textIn, type Localized, type NotificationBatch, type NotificationKind } from '@kartotek/sdk'
import { sql, type Kysely, type RawBuilder } from 'kysely'
import { uuidv7 } from 'uuidv7'
import { actorOf } from '../access/explain.ts'
import type { Database } from '../database/index.ts'
import { readingOf, type Engine } from '../records/engine.ts'
import { sendableAt, settingsOf, type NotificationSettings } from './settings.ts'
import { show, type NotificationRow } from './shown.ts'

/** A way by which people are told, as this room knows it. */
export interface Channel {
  key: string
  label: Localized
  /** Waits for the digest, where a person wants one. */
  paced: boolean
  send(batch: NotificationBatch): Promise<void>
}

export interface DeliveryDeps {
  engine: Engine
  kinds(): ReadonlyMap<string, NotificationKind>
  channels(): readonly Channel[]
  publicUrl(): string
}

const BATCH = 500
/** Notifications in one letter. */
const LETTER = 100
const ATTEMPTS = 8
const SEND_MS = 60_000
/** Who sends says so again and again; what is held by nobody any more is soon another's. */
const HELD_SECONDS = 30
const RENEW_MS = 10_000
/** Seconds from an attempt that failed to the next. */
const pauseSeconds = (attempt: number): number => (attempt === 1 ? 70 : 60 * 2 ** Math.min(attempt, 9))

/** The channels besides the app by which a kind reaches a person who has these settings. */
export function channelsOf(kind: string, settings: NotificationSettings, kinds: ReadonlyMap<string, NotificationKind>): string[] {
  return settings.kinds[kind] ?? ['app', ...kinds.get(kind)?.mail ? ['email'] : []]
}

/**
 * Hands new notifications to the channels that their readers chose, and sends what is due. Each step is taken by one node: rows
 * are locked, and a letter is claimed before it is sent. Who dies in between leaves the claim to run out; the same letter, with
 * the same id, is then sent by another node.
 * @returns seconds after which it is worth to look again: then what is held by somebody else runs out, if he died; null where nothing is
 */
export async function deliver(deps: DeliveryDeps, signal?: AbortSignal, now?: Date): Promise<number | null> {
  while (await hand(deps) === BATCH && !signal?.aborted);
  while (!signal?.aborted && await sendOne(deps, now));
  const { rows: [held] } = await sql<{ seconds: number | null }>`select ceil(extract(epoch from min(due_at) - clock_timestamp()))::int as seconds from core.notification_delivery
    where batch is not null and due_at between clock_timestamp() and clock_timestamp() + make_interval(secs => ${HELD_SECONDS})`.execute(deps.engine.db)
  return held?.seconds ?? null
}

async function hand({ engine, kinds, channels }: DeliveryDeps): Promise<number> {
  return engine.db.transaction().execute(async (trx) => {
    const { rows } = await sql<{ id: string, user_id: string, kind: string }>`select id, user_id, kind from core.notification where handed_at is null order by id limit ${sql.lit(BATCH)} for update skip locked`.execute(trx)
    if (!rows.length) return 0
    const settings = await settingsOf(trx, [...new Set(rows.map((row) => row.user_id))])
    const known = new Set(channels().map((channel) => channel.key))
    const deliveries = rows.flatMap((row) => channelsOf(row.kind, settings.get(row.user_id)!, kinds()).filter((key) => known.has(key))
      .map((channel) => ({ notification_id: row.id, channel, user_id: row.user_id })))
    if (deliveries.length) {
      await sql`insert into core.notification_delivery (notification_id, channel, user_id)
        select * from jsonb_to_recordset(${JSON.stringify(deliveries)}::jsonb) as d (notification_id uuid, channel text, user_id uuid) on conflict do nothing`.execute(trx)
    }
    await sql`update core.notification set handed_at = clock_timestamp() where id = any(${rows.map((row) => row.id)}::uuid[])`.execute(trx)
    return rows.length
  })
}

interface Claim { batch: string, channel: string, user: string, attempt: number, at: Date, notifications: NotificationRow[] }

/** @returns false where nothing is due */
async function sendOne(deps: DeliveryDeps, now?: Date): Promise<boolean> {
  const claim = await deps.engine.db.transaction().execute(async (trx) => claimOne(deps, trx, now ?? await clock(trx)))
  if (claim === 'none') return false
  if (claim === 'later') return true
  const { engine } = deps
  const done = (): Promise<unknown> => sql`delete from core.notification_delivery where batch = ${claim.batch}`.execute(engine.db)
  const due = (at: RawBuilder<unknown>): Promise<unknown> => sql`update core.notification_delivery set due_at = ${at} where batch = ${claim.batch} and attempts = ${claim.attempt}`.execute(engine.db)
  const held = setInterval(() => { due(sql`clock_timestamp() + make_interval(secs => ${HELD_SECONDS})`).catch((error: unknown) => engine.log.warn({ err: error }, 'a notification could not be held')) }, RENEW_MS).unref()
  try {
    const batch = await batchOf(deps, claim)
    if (batch) await within(deps.channels().find((channel) => channel.key === claim.channel)!.send(batch))
    await done()
  } catch (error) {
    engine.log.warn({ err: error, channel: claim.channel, attempt: claim.attempt }, 'a notification could not be sent')
    clearInterval(held)
    if (claim.attempt >= ATTEMPTS) await done()
    else await due(sql`${claim.at}::timestamptz + make_interval(secs => ${pauseSeconds(claim.attempt)})`)
  } finally {
    clearInterval(held)
  }
  return true
}

// The clock that stamped what waits; that of this machine may differ.
// eslint-disable-next-line @typescript-eslint/no-explicit-any -- tables come and go with the model
async function clock(db: Kysely<any>): Promise<Date> {
  const { rows } = await sql<{ now: Date }>`select clock_timestamp() + interval '1 millisecond' as now`.execute(db)
  return rows[0]!.now
}

type Delivery = NotificationRow & { created_at: Date, attempts: number, batch: string | null }

/** Takes what is due for one person by one channel, if it may be sent now. */
// eslint-disable-next-line @typescript-eslint/no-explicit-any -- tables come and go with the model
async function claimOne(deps: DeliveryDeps, trx: Kysely<any>, now: Date): Promise<Claim | 'none' | 'later'> {
  const { rows: [first] } = await sql<{ user_id: string, channel: string }>`select user_id, channel from core.notification_delivery where due_at <= ${now} order by due_at limit 1 for update skip locked`.execute(trx)
  if (!first) return 'none'
  const { user_id: user, channel: key } = first
  const { rows } = await sql<Delivery>`select n.id, n.kind, n.object, n.record_id, n.change_set_id, n.hand_over_id, n.for_id, n.params, n.text, n.at, n.read_at, d.created_at, d.attempts, d.batch
    from core.notification_delivery d join core.notification n on n.id = d.notification_id
    where d.user_id = ${user} and d.channel = ${key} and d.due_at <= ${now} order by n.id limit 1000 for update of d skip locked`.execute(trx)
  const settings = (await settingsOf(trx, [user])).get(user)!
  const channel = deps.channels().find((one) => one.key === key)
  // What a person has read in the app since, or wants no more, is not sent.
  const unwanted = rows.filter((row) => !channel || row.read_at !== null || !channelsOf(row.kind, settings, deps.kinds()).includes(key))
  await sql`delete from core.notification_delivery where channel = ${key} and notification_id = any(${unwanted.map((row) => row.id)}::uuid[])`.execute(trx)
  const wanted = rows.filter((row) => !unwanted.includes(row))
  if (!wanted.length || !channel) return 'later'

  const tried = wanted.filter((row) => row.batch !== null)
  const zone = deps.engine.live.current.company.timeZone
  const later = tried.length ? [] : wanted.map((row) => ({ id: row.id, due_at: sendableAt(settings, row.created_at, channel.paced, zone) })).filter((row) => row.due_at > now)
  if (later.length) {
    await sql`update core.notification_delivery d set due_at = l.due_at from jsonb_to_recordset(${JSON.stringify(later)}::jsonb) as l (id uuid, due_at timestamptz)
      where d.notification_id = l.id and d.channel = ${key}`.execute(trx)
  }
  // What was tried is tried again as it was: the same letter under the same id.
  const ready = tried.length ? tried.filter((row) => row.batch === tried[0]!.batch) : wanted.filter((row) => !later.some((l) => l.id === row.id)).slice(0, LETTER)
  if (!ready.length) return 'later'
  const batch = ready[0]!.batch ?? uuidv7()
  const attempt = ready[0]!.attempts + 1
  await sql`update core.notification_delivery set batch = ${batch}, attempts = ${attempt}, due_at = ${now}::timestamptz + make_interval(secs => ${HELD_SECONDS})
    where channel = ${key} and notification_id = any(${ready.map((row) => row.id)}::uuid[])`.execute(trx)
  return { batch, channel: key, user, attempt, at: now, notifications: ready }
}

/** For `/health`, which anybody may read: the channels that refused more than once what waits now, and for how many people. */
export async function deliveryHealth({ pool }: Pick<Database, 'pool'>): Promise<string[]> {
  const { rows } = await pool.query<{ channel: string, people: number }>('select channel, count(distinct user_id)::int as people from core.notification_delivery where attempts > 1 group by channel order by channel')
  return rows.map(({ channel, people }) => `Notifications by the channel "${channel}" cannot be sent (people: ${people}) and are tried again; the log says why.`)
}

/** What the person may see of it now; null where that is nothing, or where he has left. */
async function batchOf({ engine, kinds, publicUrl }: DeliveryDeps, claim: Claim): Promise<NotificationBatch | null> {
  const { rows: [person] } = await sql<{ email: string | null }>`select email from core."user" where id = ${claim.user} and active and trashed_at is null`.execute(engine.db)
  const actor = person ? await actorOf(engine, claim.user) : null
  if (!actor) return null
  const reading = readingOf(engine, { actor })
  const shown = await show(reading, claim.notifications, kinds())
  if (!shown.length) return null
  return {
    id: claim.batch, to: { id: claim.user, name: actor.name, email: person!.email || null, locale: actor.locale }, settingsUrl: new URL('/account#notifications', publicUrl()).href,
    notifications: shown.map(({ readAt: _, ...one }) => ({ ...one, url: urlOf(reading.generation.model.objects.get(one.record?.object ?? '')?.plural, one.record?.id, publicUrl()) })),
  }
}

const urlOf = (plural: string | undefined, id: string | undefined, base: string): string | null => (plural && id ? new URL(`/${plural}/${id}`, base).href : null)

async function within(work: Promise<void>): Promise<void> {
  const { promise: late, reject } = Promise.withResolvers<never>()
  const timer = setTimeout(() => reject(new Error('It took longer than a minute.')), SEND_MS)
  await Promise.race([work, late]).finally(() => clearTimeout(timer))
}

export const labelOf = (channel: Channel, locale: Parameters<typeof textIn>[1]): string => textIn(channel.label, locale)
