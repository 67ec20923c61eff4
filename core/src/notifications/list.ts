import type { NotificationKind } from '@kartotek/sdk'
import { sql } from 'kysely'
import { LimitError } from '@kartotek/sdk'
import { writeLive } from '../events/index.ts'
import { UUID } from '../facts/uuid.ts'
import type { Reading } from '../records/reading.ts'
import { NOTIFICATIONS } from './notify.ts'
import { show, type NotificationRow, type Shown } from './shown.ts'

type Kinds = ReadonlyMap<string, NotificationKind>
const COLUMNS = sql`id, kind, object, record_id, change_set_id, hand_over_id, for_id, params, text, at, read_at`
const MOST = 100
/** The bell says «99+» above it. */
const COUNTED = 100

/** One's own notifications, newest first. A page may be shorter where some may not be shown any more. */
export async function listNotifications(reading: Reading, args: { first?: number | null, after?: string | null, unread?: boolean | null }, kinds: Kinds): Promise<{ nodes: Shown[], endCursor: string | null, hasNextPage: boolean }> {
  const first = args.first ?? 30
  if (first < 1 || first > MOST) throw new LimitError(`A page holds 1–${MOST} notifications.`, { limit: MOST })
  const nodes: Shown[] = []
  let after = args.after && UUID.test(args.after) ? args.after : null
  for (;;) {
    const rows = await read(reading, first + 1, after, args.unread === true)
    const more = rows.length > first
    const page = rows.slice(0, first)
    nodes.push(...await show(reading, page, kinds))
    after = page.at(-1)?.id ?? after
    // A stretch that one may not see any more is passed over, so that the list does not seem to end in it.
    if (!more || nodes.length) return { nodes, endCursor: after, hasNextPage: more }
  }
}

/** How many of the newest hundred unread ones there are that may be shown. */
export async function countUnread(reading: Reading, kinds: Kinds): Promise<number> {
  return (await show(reading, await read(reading, COUNTED, null, true), kinds, false)).length
}

async function read(reading: Reading, limit: number, after: string | null, unread: boolean): Promise<NotificationRow[]> {
  const { rows } = await sql<NotificationRow>`select ${COLUMNS} from core.notification where user_id = ${reading.access.actor.userId} and in_app
    ${unread ? sql`and read_at is null` : sql``} ${after ? sql`and id < ${after}::uuid` : sql``} order by id desc limit ${sql.lit(limit)}`.execute(reading.db)
  return rows
}

/** Marks some of one's own as read or unread, or, without ids, all that are unread. */
export async function markRead(reading: Reading, ids: readonly string[] | null, readNow: boolean): Promise<void> {
  const user = reading.access.actor.userId
  if (!user) return
  if (ids && ids.length > 1_000) throw new LimitError('At most 1000 notifications.', { limit: 1_000 })
  const which = ids ? sql`and id = any(${ids.filter((id) => UUID.test(id))}::uuid[])` : sql``
  const { rows } = await sql<{ id: string }>`update core.notification set read_at = ${readNow ? sql`clock_timestamp()` : sql`null`}
    where user_id = ${user} and in_app and read_at is ${readNow ? sql`null` : sql`not null`} ${which} returning id`.execute(reading.db)
  // The bell in the other windows of the same person.
  if (rows.length) await writeLive(reading.db, NOTIFICATIONS, [user])
}
