import type { FieldDefinition, Locale, PluginContext, RecordData, RecordEvent } from '@kartotek/sdk'
import { keepConsents } from '../forms/consents.ts'
import { idOf, isTaken, keyOf } from './records.ts'

const GONE_OUT = new Set(['sent', 'delivered', 'read'])
const MOST_TEXT = 90_000
const MESSAGE: Record<Locale, string> = { ru: 'Сообщение', uk: 'Повідомлення', fi: 'Viesti', en: 'Message' }

/** What an entry has of its message. */
export const entryFields: FieldDefinition[] = [
  { name: 'message', type: 'text', technical: true, identifying: true, unique: true, exported: false, maxLength: 700, label: { ru: 'Сообщение', uk: 'Повідомлення', fi: 'Viesti', en: 'Message' } },
  { name: 'heading', type: 'text', readOnly: true, searchable: true, identifying: true, derivedFrom: ['conversation.name'], label: { ru: 'С кем', uk: 'З ким', fi: 'Kenen kanssa', en: 'With whom' } },
  { name: 'text', type: 'longText', readOnly: true, searchable: true, identifying: true, maxLength: 100_000, derivedFrom: ['message.text', 'message.media'], label: { ru: 'Текст сообщения', uk: 'Текст повідомлення', fi: 'Viestin teksti', en: 'Text of the message' } },
]

/** What follows a new message, or its having gone out: its media are fetched, it is sent, it stands on the timeline. */
export async function follow(events: RecordEvent[], ctx: PluginContext): Promise<void> {
  const ids = [...new Set(events.filter(({ name, changed }) => name === 'message.created' || changed.includes('state')).map(({ recordId }) => recordId))]
  const messages: RecordData[] = []
  for (let i = 0; i < ids.length; i += 200) messages.push(...(await ctx.records.list('message', { filter: { id: { in: ids.slice(i, i + 200) } }, first: 200 })).nodes)
  for (const message of messages) {
    if (keyOf(message.direction) === 'in' && message.media) await ctx.enqueue('fetchMedia', { message: message.id }, { key: message.id })
    if (keyOf(message.state) === 'queued' && !message.attempts) await ctx.enqueue('sendMessage', { message: message.id }, { key: message.id })
  }
  await tell(ctx, messages.filter((message) => keyOf(message.direction) === 'in' || GONE_OUT.has(keyOf(message.state)!)))
}

/**
 * An entry for each message, about its conversation: who sees the client sees it on his timeline. An answer to a request that waits is
 * about that, so that the time to answer ends. What a request began with stands there already.
 */
async function tell(ctx: PluginContext, messages: RecordData[]): Promise<void> {
  if (!messages.length) return
  const { nodes: requests } = await ctx.records.list('intakeItem', { filter: { channel: { eq: 'message' }, externalId: { in: messages.map(({ key }) => String(key).slice(0, 255)) } }, fields: ['externalId'], first: 200 })
  const envelopes = new Set(requests.map(({ externalId }) => externalId))
  const { nodes } = await ctx.records.list('conversation', { filter: { id: { in: [...new Set(messages.map((message) => idOf(message.conversation)!))] } }, fields: ['name', 'request', 'request.state'], first: 200 })
  const conversations = new Map(nodes.map((node) => [node.id, node]))
  const entries = messages.filter(({ key }) => !envelopes.has(String(key).slice(0, 255))).map((message) => {
    const out = keyOf(message.direction) === 'out'
    const conversation = conversations.get(idOf(message.conversation)!)
    const request = conversation?.request as { id: string, state?: unknown } | null | undefined
    return {
      subject: out && request && keyOf(request.state) === 'new' ? { object: 'intakeItem', id: request.id } : { object: 'conversation', id: idOf(message.conversation) },
      kind: 'message', direction: out ? 'out' : 'in', happenedAt: message.at, heading: MESSAGE[ctx.company.locale], owner: out ? idOf(message.author) : null,
      // Copies have the rights of what they are copied from; the entry itself is for everybody who sees its subject.
      messengers: { message: message.key, heading: conversation?.name ?? null, text: String(message.text ?? '').slice(0, MOST_TEXT) || attached(message) },
    }
  })
  if (!entries.length) return
  for (const result of await ctx.records.createMany('timelineEntry', entries)) if (!result.ok && !isTaken(result.error)) throw result.error
}

function attached({ media }: RecordData): string {
  try {
    return (JSON.parse(String(media ?? '[]')) as { kind: string, name?: string }[]).map(({ kind, name }) => name ?? kind).join(', ') || '…'
  } catch {
    return '…'
  }
}

/** Whose the request became, his the conversation is: client, contact and who looks after it. */
export async function followRequests(events: RecordEvent[], ctx: PluginContext): Promise<void> {
  for (const id of new Set(events.map(({ recordId }) => recordId))) {
    const item = await ctx.records.get('intakeItem', id, ['state', 'client', 'contact', 'owner', 'channel'])
    if (!item) continue
    if (item.channel === 'form') await keepConsents(ctx, await withPoints(ctx, item))
    if (item.channel !== 'message') continue
    const { nodes } = await ctx.records.list('conversation', { filter: { request: { id: { eq: id } } }, first: 50 })
    for (const conversation of nodes) {
      const change = Object.fromEntries((['client', 'contact', 'owner'] as const).flatMap((key) => {
        const value = idOf(item[key])
        // What is taken back from the request is taken back here; a conversation without a request keeps what people said.
        return value !== idOf(conversation[key]) && (value || keyOf(item.state) === 'new') ? [[key, value]] : []
      }))
      if (Object.keys(change).length) await ctx.records.update('conversation', conversation.id, change)
    }
  }
}

async function withPoints(ctx: PluginContext, item: RecordData): Promise<RecordData> {
  const { nodes } = await ctx.records.list('intakePoint', { filter: { item: { id: { eq: item.id } } }, fields: ['kind'], first: 50 })
  return { ...item, points: nodes.map(({ kind }) => ({ kind })) }
}
