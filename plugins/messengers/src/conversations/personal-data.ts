import type { PluginContext, RecordData } from '@kartotek/sdk'

/** Their records are exported and emptied with the person; what lies beside them is told and forgotten here. */
async function conversationsOf(person: { object: string, id: string }, ctx: PluginContext): Promise<RecordData[]> {
  if (person.object !== 'client' && person.object !== 'contact') return []
  return (await ctx.records.list('conversation', { filter: { [person.object]: { id: { eq: person.id } } }, first: 200 })).nodes
}

export async function held(person: { object: string, id: string }, ctx: PluginContext): Promise<unknown> {
  const conversations = await conversationsOf(person, ctx)
  if (!conversations.length) return undefined
  const messages = await Promise.all(conversations.map(async ({ id, channel }) => ({
    channel, messages: (await ctx.records.list('message', { filter: { conversation: { id: { eq: id } } }, orderBy: [{ field: 'at', direction: 'DESC' }], first: 200, fields: ['at', 'direction', 'text', 'edits'] })).nodes.map(({ at, direction, text, edits }) => ({ at, direction, text, edits })),
  })))
  return { conversations: messages }
}

export async function forget(person: { object: string, id: string }, ctx: PluginContext): Promise<void> {
  for (const conversation of await conversationsOf(person, ctx)) {
    await ctx.db.query('update inbound set content = null, done_at = coalesce(done_at, now()) where channel = $1 and conversation = $2', [conversation.channel, conversation.externalId])
    if (conversation.channel === 'chat') await ctx.db.query('delete from chat_line where visitor = $1', [conversation.externalId])
    for (;;) {
      const { nodes } = await ctx.records.list('file', { filter: { subject: { id: { eq: conversation.id } } }, fields: ['name'], first: 200 })
      if (!nodes.length) break
      for (const result of await ctx.records.trash('file', nodes.map(({ id }) => id))) if (!result.ok) throw result.error
    }
    await ctx.records.update('conversation', conversation.id, { name: null, username: null, phone: null, lastText: null, marks: null, externalId: `erased:${conversation.id}`, key: `erased:${conversation.id}` })
    for (let after: string | undefined; ;) {
      const page = await ctx.records.list('message', { filter: { conversation: { id: { eq: conversation.id } } }, first: 200, ...after ? { after } : {}, fields: ['text', 'media', 'edits', 'template'] })
      for (const message of page.nodes) if (message.text || message.media || message.edits || message.template) await ctx.records.update('message', message.id, { text: null, media: null, edits: null, template: null, key: `erased:${message.id}`, externalId: null })
      if (!page.hasNextPage) break
      after = page.endCursor ?? undefined
    }
  }
}
