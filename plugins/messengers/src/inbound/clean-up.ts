import type { PluginContext } from '@kartotek/sdk'
import { forgetStrangers } from '../conversations/personal-data.ts'
import { MOST_ATTEMPTS } from './queue.ts'

/** What was dealt with is forgotten after 30 days; a channel that tells it again then is answered by the message itself, which has its name. */
export async function cleanUp(ctx: PluginContext): Promise<void> {
  await ctx.db.query(`delete from inbound where done_at < now() - interval '30 days'`)
  await ctx.db.query(`delete from inbound where received_at < now() - interval '365 days'`)
  await ctx.db.query(`delete from chat_line where at < now() - interval '365 days'`)
  await forgetStrangers(ctx)
  await ctx.db.query(`delete from pace where next_at < now() - interval '1 day'`)
  await ctx.db.query(`delete from rate where until_at < now()`)
  await ctx.db.query(`delete from taken where at < now() - interval '1 day'`)
}

/** What lost its job with the node that died, or was given up by the queue, is taken up again. */
export async function goOn(ctx: PluginContext): Promise<void> {
  const [waiting] = await ctx.db.query('select 1 from inbound where done_at is null and attempts < $1 and next_at < now() limit 1', [MOST_ATTEMPTS])
  if (waiting) await ctx.enqueue('takeInbound', {}, { key: 'take' })
  const { nodes } = await ctx.records.list('message', { filter: { state: { in: ['queued', 'sending'] }, updatedAt: { lt: new Date(Date.now() - 2 * 3_600_000).toISOString() } }, fields: ['state'], first: 200 })
  for (const { id } of nodes) await ctx.enqueue('sendMessage', { message: id }, { key: id })
}
