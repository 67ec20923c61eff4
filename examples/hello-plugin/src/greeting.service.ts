import type { PluginContext, RecordData, RecordEvent } from '@kartotek/sdk'

/** Asks for one greeting per new client. The key keeps a second delivery of the same event from asking twice. */
export async function greetLater(events: RecordEvent[], ctx: PluginContext): Promise<void> {
  for (const { recordId } of events) await ctx.enqueue('greet', { client: recordId }, { key: recordId })
}

/** Writes the greeting of a client, unless there is one: a job may run more than once. */
export async function greet(clientId: string, ctx: PluginContext): Promise<void> {
  const client = await ctx.records.get('client', clientId, ['name', 'hello.favouriteGreeting'])
  if (!client || (await greetingsOf(clientId, ctx)).length) return
  await ctx.records.create('greeting', { client: clientId, text: `${wordsFor(client)}, ${client.name as string}!` })
}

/** The greetings of a client that the caller may see, newest first. */
export async function greetingsOf(clientId: string, ctx: PluginContext): Promise<RecordData[]> {
  const { nodes } = await ctx.records.list('greeting', {
    filter: { client: { id: { eq: clientId } } }, orderBy: [{ field: 'createdAt', direction: 'DESC' }], fields: ['text'],
  })
  return nodes
}

function wordsFor(client: RecordData): string {
  const { favouriteGreeting } = (client.hello ?? {}) as { favouriteGreeting?: string | null }
  return favouriteGreeting || 'Hello'
}
