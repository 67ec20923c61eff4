import { InputError } from '@kartotek/sdk'
import { sql, type Kysely } from 'kysely'
import { inZone } from '../tasks/times.ts'

export const PACES = ['NOW', 'HOURLY', 'DAILY'] as const

/** What a person chose. Kinds that he did not touch keep their defaults. */
export interface NotificationSettings {
  /** Channels by kind: `app`, `email`, and those of plugins. */
  kinds: Record<string, string[]>
  /** How often letters are sent. */
  pace: (typeof PACES)[number]
  /** Hour of the daily letter, in the time zone of the company. */
  hour: number
  /** No channel but the app says anything between these times of day: `20:00`. Both or none. */
  quietFrom: string | null
  quietTo: string | null
}

export const DEFAULTS: NotificationSettings = { kinds: {}, pace: 'NOW', hour: 8, quietFrom: null, quietTo: null }

// eslint-disable-next-line @typescript-eslint/no-explicit-any -- tables come and go with the model
type Db = Kysely<any>

export async function settingsOf(db: Db, users: readonly string[]): Promise<Map<string, NotificationSettings>> {
  const { rows } = await sql<{ user_id: string, settings: Partial<NotificationSettings> }>`select user_id, settings from core.notification_setting where user_id = any(${users}::uuid[])`.execute(db)
  const chosen = new Map(rows.map((row) => [row.user_id, row.settings]))
  return new Map(users.map((id) => [id, { ...DEFAULTS, ...chosen.get(id) }]))
}

/** Keeps what was chosen; what waits to be sent is judged anew by it. */
export async function saveSettings(db: Db, user: string, settings: NotificationSettings): Promise<void> {
  await db.transaction().execute(async (trx) => {
    await sql`insert into core.notification_setting (user_id, settings) values (${user}, ${JSON.stringify(settings)}::jsonb) on conflict (user_id) do update set settings = excluded.settings`.execute(trx)
    await sql`update core.notification_delivery set due_at = clock_timestamp() where user_id = ${user} and attempts = 0`.execute(trx)
  })
}

const CLOCK = /^([01]\d|2[0-3]):[0-5]\d$/

/** @throws InputError */
export function checkSettings(settings: NotificationSettings): void {
  const refuse = (field: string, message: string): never => { throw new InputError(message, [{ field, rule: 'pattern', message }]) }
  if (!Number.isInteger(settings.hour) || settings.hour < 0 || settings.hour > 23) refuse('hour', 'The hour is a number from 0 to 23.')
  if ((settings.quietFrom === null) !== (settings.quietTo === null)) refuse('quietTo', 'Give both times of the quiet hours, or none.')
  for (const field of ['quietFrom', 'quietTo'] as const) if (settings[field] !== null && !CLOCK.test(settings[field])) refuse(field, 'A time of day looks like 20:00.')
}

/** When something that came at this moment may be sent by a channel. `paced`: the channel waits for the digest. */
export function sendableAt(settings: NotificationSettings, came: Date, paced: boolean, zone: string): Date {
  let at = inZone(came, zone)
  if (paced && settings.pace === 'HOURLY') at = at.startOf('hour').plus({ hours: 1 })
  if (paced && settings.pace === 'DAILY') {
    const today = at.startOf('day').set({ hour: settings.hour })
    at = today >= at ? today : at.startOf('day').plus({ days: 1 }).set({ hour: settings.hour })
  }
  if (settings.quietFrom === null || settings.quietTo === null) return at.toJSDate()
  const from = minutes(settings.quietFrom)
  const to = minutes(settings.quietTo)
  const now = at.hour * 60 + at.minute
  const night = from > to
  if (!(night ? now >= from || now < to : now >= from && now < to)) return at.toJSDate()
  return at.startOf('day').plus({ days: night && now >= from ? 1 : 0 }).set({ hour: Math.floor(to / 60), minute: to % 60 }).toJSDate()
}

function minutes(clock: string): number {
  const [hour, minute] = clock.split(':').map(Number) as [number, number]
  return hour * 60 + minute
}
