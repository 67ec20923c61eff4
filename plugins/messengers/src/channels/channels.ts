import type { PluginContext } from '@kartotek/sdk'
import { messageChannel, type MessageChannel } from '@kartotek/sdk/contracts'

/** All channels, those of other plugins too, with the rights of the context. */
export function channelsOf(ctx: PluginContext): MessageChannel[] {
  return ctx.providers(messageChannel).map(({ service }) => service)
}

/** Null where nobody keeps it any more. */
export function channelOf(ctx: PluginContext, key: string): MessageChannel | null {
  return channelsOf(ctx).find((channel) => channel.key === key) ?? null
}
