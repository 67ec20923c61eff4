import { setTimeout as sleep } from 'node:timers/promises'
import type { PluginContext } from '@kartotek/sdk'

/** Longer waits are left to the queue. */
const MOST_WAIT_MS = 3_000

/**
 * Takes the next place of each of the rows, on all nodes together, and waits for it.
 * @returns seconds to come back after, where that is too long; nothing was taken then
 */
export async function takeTurn(ctx: PluginContext, rows: { key: string, perSecond: number }[]): Promise<number | null> {
  const wait = await ctx.db.transaction(async (db) => {
    const keys = rows.map(({ key }) => key).sort()
    await db.query('insert into pace (key, next_at) select unnest($1::text[]), now() on conflict do nothing', [keys])
    const locked = await db.query<{ key: string, ms: number }>('select key, greatest(0, extract(epoch from next_at - clock_timestamp()) * 1000)::float8 as ms from pace where key = any($1::text[]) order by key for update', [keys])
    const ms = Math.max(0, ...locked.map((row) => row.ms))
    if (ms > MOST_WAIT_MS) return ms
    for (const { key, perSecond } of rows) await db.query(`update pace set next_at = clock_timestamp() + make_interval(secs => $2) where key = $1`, [key, ms / 1000 + 1 / perSecond])
    return ms
  })
  if (wait > MOST_WAIT_MS) return Math.ceil(wait / 1000)
  if (wait) await sleep(wait, undefined, { signal: ctx.signal })
  return null
}

/** The platform said that it was too much: nobody sends before the time is over. */
export async function holdBack(ctx: PluginContext, key: string, seconds: number): Promise<void> {
  await ctx.db.query(`insert into pace (key, next_at) values ($1, now() + make_interval(secs => $2)) on conflict (key) do update set next_at = greatest(pace.next_at, excluded.next_at)`, [key, seconds])
}
