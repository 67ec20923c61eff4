import { createHash } from 'node:crypto'
import type { PluginContext } from '@kartotek/sdk'
import type { IncomingMessage, MessageSink, MessageState } from '@kartotek/sdk/contracts'
import type { Deliveries } from './receiver.ts'

/** One thing that a channel told, as it waits. */
export type Told = { kind: 'message', message: IncomingMessage } | { kind: 'state', state: MessageState } | { kind: 'unreadable', raw: unknown }
export interface Row { id: string, channel: string, kind: string, content: Told, attempts: number, received_at: Date }

const MOST_TEXT = 50_000
const MOST_RAW = 100_000
/** What cannot be done is tried so often, with growing pauses, and then shown. */
export const MOST_ATTEMPTS = 6

interface Kept { key: string, conversation: string | null, told: Told, error?: string }

/**
 * Takes what channels receive: kept first, as it came and once for its name, and dealt with afterwards by one worker for all nodes.
 * So a channel can be answered at once, and nothing of one conversation overtakes another.
 */
export class Sink implements MessageSink {
  // Each has settings of the plugin in its context, whatever part of them it looks at.
  // eslint-disable-next-line @typescript-eslint/no-explicit-any
  readonly #ctx: PluginContext<any>

  // eslint-disable-next-line @typescript-eslint/no-explicit-any
  constructor(ctx: PluginContext<any>) { this.#ctx = ctx }

  async receive(channel: string, messages: readonly IncomingMessage[]): Promise<void> {
    await this.#keep(channel, messages.map(ofMessage))
  }

  async states(channel: string, states: readonly MessageState[]): Promise<void> {
    await this.#keep(channel, states.map(ofState))
  }

  /** Reads what a platform told, part by part: one that nobody has seen yet is kept as it came, and does not stop the others. */
  async take<Part>(channel: string, parts: () => readonly Part[], { read, ofMany }: Pick<Deliveries<unknown, Part>, 'read' | 'ofMany'>, whole: unknown): Promise<void> {
    let leftAlone = 0
    const attempt = (raw: unknown, work: () => Kept[]): Kept[] => {
      try {
        return work()
      } catch (error) {
        this.#ctx.log.error({ err: error, channel }, 'Something that a channel told could not be read.')
        return [unreadable(raw, error)]
      }
    }
    await this.#keep(channel, attempt(whole, () => parts().flatMap((part) => attempt(part, () => {
      const one = read(part)
      if (!one && ofMany?.(part)) leftAlone++
      return one ? ['state' in one ? ofState(one) : ofMessage(one)] : []
    }))))
    if (leftAlone) await this.#ctx.db.query('insert into left_alone (channel, messages, last_at) values ($1, $2, now()) on conflict (channel) do update set messages = left_alone.messages + excluded.messages, last_at = excluded.last_at', [channel, leftAlone])
  }

  async #keep(channel: string, all: Kept[]): Promise<void> {
    if (!all.length) return
    await this.#ctx.db.query(
      `insert into inbound (channel, key, conversation, kind, content, error, attempts)
       select $1, k, c, t, j, e, case when e is null then 0 else $7::int end from unnest($2::text[], $3::text[], $4::text[], $5::jsonb[], $6::text[]) with ordinality as x (k, c, t, j, e, n) order by n on conflict (channel, key) do nothing`,
      [channel, all.map(({ key }) => shortened(key)), all.map(({ conversation }) => conversation), all.map(({ told }) => told.kind), all.map(({ told }) => storable(JSON.stringify(told))), all.map(({ error }) => error ?? null), MOST_ATTEMPTS],
    )
    await this.#ctx.enqueue('takeInbound', {}, { key: 'take' })
  }
}

function ofMessage(message: IncomingMessage): Kept {
  return {
    key: `${message.kind ?? 'message'}:${message.conversation}:${message.externalId}`, conversation: message.conversation,
    told: { kind: 'message', message: { ...message, text: message.text?.slice(0, MOST_TEXT) } },
  }
}

function ofState(state: MessageState): Kept {
  return { key: `state:${state.externalId ?? `${state.conversation} until ${state.through}`}:${state.state}`, conversation: state.conversation ?? null, told: { kind: 'state', state } }
}

function unreadable(raw: unknown, error: unknown): Kept {
  const text = (JSON.stringify(raw) ?? 'null').slice(0, MOST_RAW)
  return { key: `unreadable:${createHash('sha256').update(text).digest('base64url')}`, conversation: null, told: { kind: 'unreadable', raw: text }, error: String((error as Error).message).slice(0, 500) }
}

/** Names of any length are one by their digest. */
export function shortened(key: string): string {
  return key.length <= 300 ? key : `${key.slice(0, 200)}#${createHash('sha256').update(key).digest('base64url')}`
}

/** JSON without what PostgreSQL keeps in no text: zero characters, and halves of pairs, which `JSON.stringify` writes as escapes. */
function storable(json: string): string {
  return json.replace(/(?<!\\)((?:\\\\)*)\\u(0000|d[89a-f][0-9a-f]{2})/gi, (_, slashes: string, code: string) => slashes + (code === '0000' ? '' : '\ufffd'))
}
