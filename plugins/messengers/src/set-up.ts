import type { PluginContext } from '@kartotek/sdk'
import { channelsOf } from './channels/channels.ts'
import { CHAT } from './chat/channel.ts'

/** There is a messenger, or a web form, or somebody wrote. The chat needs no settings: what is said of it shows that it is wanted. */
export async function isSetUp(ctx: PluginContext): Promise<boolean> {
  const { chatSites, chatTitle, chatGreeting } = ctx.settings
  if ([chatSites, chatTitle, chatGreeting].some(Boolean)) return true
  if (channelsOf(ctx).some((channel) => channel.key !== CHAT && channel.ready !== false)) return true
  for (const object of ['webForm', 'conversation']) if ((await ctx.records.list(object, { first: 1 })).nodes.length) return true
  return false
}
