import type { Notice as PluginNotice } from '@kartotek/sdk'
import { sql, type Kysely, type RawBuilder } from 'kysely'
import { uuidv7 } from 'uuidv7'
import { writeLive } from '../events/index.ts'
import { standingInFor } from '../handover/standing-in.ts'

/** A notice of the core may be about many records. Which and how many is found when it is read, among those that the reader may see; where there is none, nothing is told. */
export interface Notice extends PluginNotice {
  many?: { object: string, changeSet: string } | { handOver: string }
  /** Any one of those told can deal with it: whoever stands in for one of them is not told. */
  anyOf?: boolean
}

/** What the live feed calls a change of somebody's notifications; no object can have this name. */
export const NOTIFICATIONS = 'core.notification'

/**
 * Tells people, each once for each key, however often this is called: in the bell of the app at once, and by the channels that they
 * chose. Inside a transaction it is told when that commits; call `engine.afterCommit()` then, so that it is seen at once.
 * What a person who is away is told of a record, her substitutes are told, too; without words and values, which were for her eyes.
 * @returns how many notifications are new
 */
// eslint-disable-next-line @typescript-eslint/no-explicit-any -- tables come and go with the model
export async function notify(db: Kysely<any>, notices: readonly Notice[]): Promise<number> {
  const substitutes = await standingInFor(db, notices.flatMap(({ to, anyOf }) => (anyOf ? [] : to)))
  const rows = notices.flatMap(({ to, key, kind, subject, params, text, many, anyOf }) => {
    const about = {
      key, kind, object: subject?.object ?? (many && 'object' in many ? many.object : null), record_id: subject?.id ?? null,
      change_set_id: many && 'changeSet' in many ? many.changeSet : null, hand_over_id: many && 'handOver' in many ? many.handOver : null,
    }
    const own = [...new Set(to)].map((user) => ({ ...about, id: uuidv7(), user_id: user, for_id: null, params: params ?? {}, text: text ?? null }))
    // Who is told himself needs no second one; nor does who did it.
    const told = new Set<unknown>([...to, params?.by])
    const copies = anyOf || !(subject || many) ? [] : own.flatMap(({ user_id: absent }) => (substitutes.get(absent) ?? []).flatMap((user) => {
      if (told.has(user)) return []
      told.add(user)
      return [{ ...about, id: uuidv7(), user_id: user, for_id: absent, params: {}, text: null }]
    }))
    return [...own, ...copies]
  })
  let added = 0
  for (let i = 0; i < rows.length; i += 1_000) added += await insert(db, rows.slice(i, i + 1_000))
  return added
}

/** Takes back those of the notifications `n` that meet the condition, with the letters that were not sent yet. @returns how many */
// eslint-disable-next-line @typescript-eslint/no-explicit-any -- as above
export async function takeBack(db: Kysely<any>, which: RawBuilder<boolean>): Promise<number> {
  const { rows } = await sql<{ user_id: string }>`delete from core.notification n where ${which} returning user_id`.execute(db)
  await writeLive(db, NOTIFICATIONS, [...new Set(rows.map((row) => row.user_id))])
  return rows.length
}

// eslint-disable-next-line @typescript-eslint/no-explicit-any -- as above
async function insert(db: Kysely<any>, rows: object[]): Promise<number> {
  const added = await sql<{ user_id: string }>`
    insert into core.notification (id, user_id, key, kind, object, record_id, change_set_id, hand_over_id, for_id, params, text, in_app)
    select n.id, n.user_id, n.key, n.kind, n.object, n.record_id, n.change_set_id, n.hand_over_id, n.for_id, n.params, n.text, coalesce(s.settings -> 'kinds' -> n.kind, '["app"]') ? 'app'
    from jsonb_to_recordset(${JSON.stringify(rows)}::jsonb) as n (id uuid, user_id uuid, key text, kind text, object text, record_id uuid, change_set_id uuid, hand_over_id uuid, for_id uuid, params jsonb, text jsonb)
    join core."user" u on u.id = n.user_id and u.active and u.trashed_at is null
    left join core.notification_setting s on s.user_id = n.user_id
    order by n.user_id, n.key
    on conflict (user_id, key) do nothing returning user_id`.execute(db)
  await writeLive(db, NOTIFICATIONS, [...new Set(added.rows.map((row) => row.user_id))])
  return added.rows.length
}
