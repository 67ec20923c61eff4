import { telephonyProvider } from '@kartotek/sdk/contracts'
import type { Ctx } from './settings.ts'

/** There is an exchange, of this plugin or of another one, or calls and calling lists of former days. */
export async function isSetUp(ctx: Ctx): Promise<boolean> {
  const { asteriskUrl, twilioToken, zadarmaSecret, binotelPath, mangoKey } = ctx.settings
  if ([asteriskUrl, twilioToken, zadarmaSecret, binotelPath, mangoKey].some(Boolean)) return true
  if (ctx.providers(telephonyProvider).some(({ plugin }) => plugin !== ctx.plugin)) return true
  for (const object of ['call', 'callList']) if ((await ctx.records.list(object, { first: 1 })).nodes.length) return true
  return false
}
