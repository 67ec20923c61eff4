import { createHash } from 'node:crypto'
import type { PluginContext } from '@kartotek/sdk'
import type { IncomingMessage, MessageSink, MessageState } from '@kartotek/sdk/contracts'

/** One thing that a channel told, as it waits. */
export type Told = { kind: 'message', message: IncomingMessage } | { kind: 'state', state: MessageState }
export interface Row { id: string, channel: string, kind: string, content: Told, attempts: number, received_at: Date }

const MOST_TEXT = 50_000

/**
 * Takes what channels receive: kept first, as it came and once for its name, and dealt with afterwards by one worker for all nodes.
 * So a channel can be answered at once, and nothing of one conversation overtakes another.
 */
export class Sink implements MessageSink {
  readonly #ctx: PluginContext

  constructor(ctx: PluginContext) { this.#ctx = ctx }

  async receive(channel: string, messages: readonly IncomingMessage[]): Promise<void> {
    await this.#keep(channel, messages.map((message) => ({
      key: `${message.kind ?? 'message'}:${message.conversation}:${message.externalId}`, conversation: message.conversation,
      told: { kind: 'message', message: { ...message, text: message.text?.slice(0, MOST_TEXT) } },
    })))
  }

  async states(channel: string, states: readonly MessageState[]): Promise<void> {
    await this.#keep(channel, states.map((state) => ({ key: `state:${state.externalId}:${state.state}`, conversation: state.conversation ?? null, told: { kind: 'state', state } })))
  }

  async #keep(channel: string, all: { key: string, conversation: string | null, told: Told }[]): Promise<void> {
    if (!all.length) return
    await this.#ctx.db.query(
      `insert into inbound (channel, key, conversation, kind, content)
       select $1, k, c, t, j from unnest($2::text[], $3::text[], $4::text[], $5::jsonb[]) as x (k, c, t, j) on conflict (channel, key) do nothing`,
      [channel, all.map(({ key }) => shortened(key)), all.map(({ conversation }) => conversation), all.map(({ told }) => told.kind), all.map(({ told }) => storable(JSON.stringify(told)))],
    )
    await this.#ctx.enqueue('takeInbound', {}, { key: 'take' })
  }
}

/** Names of any length are one by their digest. */
export function shortened(key: string): string {
  return key.length <= 300 ? key : `${key.slice(0, 200)}#${createHash('sha256').update(key).digest('base64url')}`
}

/** JSON without what PostgreSQL keeps in no text: zero characters, and halves of pairs, which `JSON.stringify` writes as escapes. */
function storable(json: string): string {
  return json.replace(/(?<!\\)((?:\\\\)*)\\u(0000|d[89a-f][0-9a-f]{2})/gi, (_, slashes: string, code: string) => slashes + (code === '0000' ? '' : '\ufffd'))
}
