import type { PluginContext } from './context.ts'

/** Loads for many keys at once what resolvers ask for one by one. Made by {@link loader}, asked by {@link PluginContext.load}. */
export interface Loader<Key, Value, Settings = Record<string, unknown>> {
  /**
   * What there is for these keys, each of them once; a key that is left out has nothing.
   * @param ctx that of who asked first among them: all of them ask in one request, with the same rights
   */
  run(keys: readonly Key[], ctx: PluginContext<Settings>): Promise<ReadonlyMap<Key, Value>>
  /** At most so many keys at once, 1–10,000; more are loaded by several calls. Default 200, as many as a page of {@link Records.list} has. */
  most?: number
}

/**
 * Declares how something is loaded for many records at once, so that a field of a list of a hundred makes one query and not a hundred.
 * `ctx.load(balances, client.id)` waits for its share of it.
 *
 * @example
 * // A field on every client: one call of the other system for a whole page of them.
 * import { definePlugin, loader, s } from '@kartotek/sdk'
 *
 * const settings = s.object({ bonusBank: s.url({ default: 'https://bank.example.com' }) })
 *
 * const balances = loader<string, number>({
 *   most: 50,
 *   async run(clients, ctx) {
 *     const answer = await ctx.fetch('https://bank.example.com/balances', { method: 'POST', body: JSON.stringify(clients) })
 *     return new Map(Object.entries(await answer.json() as Record<string, number>))
 *   },
 * })
 *
 * export default definePlugin({
 *   id: 'bonus-bank', version: '1.0.0', compat: { sdk: '^0.1' }, settings, outbound: ['https://bank.example.com'],
 *   graphql: {
 *     typeDefs: 'extend type Client { "Null for a client whom the bank does not know." bonusBankBalance: Int }',
 *     resolvers: { Client: { bonusBankBalance: (client: { id: string }, _, ctx) => ctx.load(balances, client.id) } },
 *   },
 * })
 */
// eslint-disable-next-line @typescript-eslint/no-explicit-any -- the plugin's settings are not known where this stands
export function loader<Key extends string | number, Value, Settings = any>(definition: Loader<Key, Value, Settings>): Loader<Key, Value, Settings> {
  return definition
}
