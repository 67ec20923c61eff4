import { loader, UnavailableError, type PluginContext } from '@kartotek/sdk'
import { messageChannel, SendFailure, type MessageChannel } from '@kartotek/sdk/contracts'
import { say } from '../messages.ts'

/** A channel that can be asked whether it lets us in, without anything being sent. */
export interface AskableChannel extends MessageChannel {
  /** @throws SendFailure with what the platform says against it */
  ask(): Promise<void>
}

/** All channels, those of other plugins too, with the rights of the context. */
export function channelsOf(ctx: PluginContext): MessageChannel[] {
  return ctx.providers(messageChannel).map(({ service }) => service)
}

/** Null where nobody keeps it any more. */
export function channelOf(ctx: PluginContext, key: string): MessageChannel | null {
  return channelsOf(ctx).find((channel) => channel.key === key) ?? null
}

/** Texts that the platform approved. @throws UnavailableError that says who can mend it */
export async function templatesOf(channel: MessageChannel, ctx: PluginContext): ReturnType<NonNullable<MessageChannel['templates']>> {
  try {
    return await channel.templates?.() ?? []
  } catch (error) {
    if (!(error instanceof SendFailure)) throw error
    const text = error.reason === 'credentials' ? '{channel} no longer accepts the access that is set here. An administrator enters it anew in the settings of the plugin. ({reason})' : '{channel} does not give its templates now. Try again later. ({reason})'
    throw new UnavailableError(say(ctx, text, { channel: channel.label ?? channel.key, reason: error.message }), { channel: channel.key, ...error.retryAfterSeconds ? { retryAfterSeconds: error.retryAfterSeconds } : {} })
  }
}

/** Messages of groups, which nobody reads: people shall know where they are. */
const leftAlone = loader<string, { messages: number, lastAt: string }>({
  async run(channels, ctx) {
    const rows = await ctx.db.query<{ channel: string, messages: string, last_at: Date }>('select channel, messages, last_at from left_alone where channel = any($1::text[])', [channels])
    return new Map(rows.map((row) => [row.channel, { messages: Number(row.messages), lastAt: new Date(row.last_at).toISOString() }]))
  },
})

/** Messages that came in and could not be kept. */
const failed = loader<string, number>({
  async run(channels, ctx) {
    const rows = await ctx.db.query<{ channel: string, messages: string }>('select channel, count(*) as messages from inbound where channel = any($1::text[]) and done_at is null and error is not null group by channel', [channels])
    return new Map(rows.map((row) => [row.channel, Number(row.messages)]))
  },
})

/** What goes wrong with a channel; null for who cannot mend it. */
export const trouble = {
  async leftAlone({ key }: { key: string }, _: unknown, ctx: PluginContext) {
    return ctx.mayConfigure ? await ctx.load(leftAlone, key) ?? { messages: 0, lastAt: null } : null
  },
  async failed({ key }: { key: string }, _: unknown, ctx: PluginContext) {
    return ctx.mayConfigure ? await ctx.load(failed, key) ?? 0 : null
  },
}
