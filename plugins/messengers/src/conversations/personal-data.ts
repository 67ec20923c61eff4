import type { PluginContext, RecordData } from '@kartotek/sdk'
import { conversationKey } from '../inbound/take.ts'

type Person = { object: string, id: string }

/** Conversations, their messages and files are records, and are told and emptied with the person. Here is what lies beside them. */
export async function held(person: Person, ctx: PluginContext): Promise<unknown> {
  const consents = await ctx.db.query('select at, text, purpose, version, address from form_consent where item = any($1::uuid[]) or kept_for = $2', [await requestsOf(person, ctx), person.id])
  const formerTexts = (await conversationsOf(person, ctx)).flatMap(({ channel, messages }) => messages.map(({ at, text, edits }) => ({ channel, at, text, formerTexts: JSON.parse(String(edits)) as unknown })))
  return consents.length || formerTexts.length ? { formConsents: consents, formerTexts } : undefined
}

async function requestsOf({ object, id }: Person, ctx: PluginContext): Promise<string[]> {
  if (object === 'intakeItem') return [id]
  return (await everything(ctx, 'intakeItem', { [object]: { id: { eq: id } } }, ['state'])).map((item) => item.id)
}

/** Messages that their writer changed: what stood there before is no field for people. */
async function conversationsOf({ object, id }: Person, ctx: PluginContext): Promise<{ channel: string, messages: RecordData[] }[]> {
  const conversations = await everything(ctx, 'conversation', { [object]: { id: { eq: id } } }, ['channel'])
  return Promise.all(conversations.map(async (one) => ({
    channel: String(one.channel), messages: (await everything(ctx, 'message', { conversation: { id: { eq: one.id } } }, ['at', 'text', 'edits'])).filter(({ edits }) => edits),
  })))
}

async function everything(ctx: PluginContext, object: string, filter: Record<string, unknown>, fields: string[]): Promise<RecordData[]> {
  const all: RecordData[] = []
  for (let after: string | undefined; ;) {
    const page = await ctx.records.list(object, { filter, fields, archived: 'ALL', first: 200, ...after ? { after } : {} })
    all.push(...page.nodes)
    if (!page.hasNextPage) return all
    after = page.endCursor ?? undefined
  }
}

/** That somebody agreed, to which words and when, stays as a proof; from where goes. */
export async function forget(person: Person, ctx: PluginContext): Promise<void> {
  await ctx.db.query(`update form_consent set address = '' where item = any($1::uuid[]) or kept_for = $2`, [await requestsOf(person, ctx), person.id])
  await forgetStrangers(ctx)
}

interface Stranger { channel: string, conversation: string }

/** What was told by those of whom there is no conversation any more, or to them: it was emptied with its person, or thrown away. */
export async function forgetStrangers(ctx: PluginContext): Promise<void> {
  for (let after: Stranger = { channel: '', conversation: '' }; ;) {
    // A line of the chat that was written at this moment is not told yet.
    const page = await ctx.db.query<Stranger>(`select channel, conversation from (select channel, conversation from inbound where conversation is not null
        union select 'chat', visitor from chat_line group by visitor having max(at) < now() - interval '1 minute') told
      where (channel, conversation) > ($1, $2) and not exists (select 1 from inbound i where i.channel = told.channel and i.conversation = told.conversation and i.done_at is null)
      order by 1, 2 limit 200`, [after.channel, after.conversation])
    if (!page.length) return
    const keys = new Map(page.map((one) => [conversationKey(one.channel, one.conversation), one]))
    for (const archived of ['ALL', 'TRASHED'] as const) {
      const { nodes } = await ctx.records.list('conversation', { filter: { key: { in: [...keys.keys()] } }, fields: ['key'], archived, first: 200 })
      for (const { key } of nodes) keys.delete(String(key))
    }
    for (const { channel, conversation } of keys.values()) {
      await ctx.db.query('delete from inbound where channel = $1 and conversation = $2', [channel, conversation])
      if (channel === 'chat') await ctx.db.query('delete from chat_line where visitor = $1', [conversation])
    }
    after = page.at(-1)!
  }
}
