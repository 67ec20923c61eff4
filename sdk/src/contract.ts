import type { PluginContext } from './context.ts'

/**
 * What one part of Kartotek may ask of another without knowing which plugin it is. Made by {@link contract}; those of the core are in
 * `@kartotek/sdk/contracts`.
 */
export interface Contract<Service extends object> {
  /** By which those who keep it and those who ask find each other: `file-storage`, `telephony.call-sink`. */
  readonly name: string
  /**
   * Says that the plugin keeps the contract. `make` is called once per context, with the rights of who asks.
   *
   * @example
   * import { definePlugin, type PluginContext } from '@kartotek/sdk'
   * import { telephonyProvider, type TelephonyProvider } from '@kartotek/sdk/contracts'
   *
   * class Exchange implements TelephonyProvider {
   *   readonly key = 'office'
   *   readonly ready = false
   *   readonly ctx: PluginContext
   *   constructor(ctx: PluginContext) { this.ctx = ctx }
   * }
   *
   * export default definePlugin({
   *   id: 'office-exchange', version: '1.0.0', compat: { sdk: '^0.1' },
   *   provides: [telephonyProvider.by((ctx) => ctx.get(Exchange))],
   * })
   */
  // eslint-disable-next-line @typescript-eslint/no-explicit-any -- the plugin's settings are not known where this stands
  by(make: (ctx: PluginContext<any>) => Service): Provision
}

/** An entry of `provides`, as {@link Contract.by} makes it. */
export interface Provision {
  /** Name of the contract. */
  readonly contract: string
  /** Makes what keeps it, with the context of who asks. Called by the host. */
  // eslint-disable-next-line @typescript-eslint/no-explicit-any -- the plugin's settings are not known where this stands
  make(ctx: PluginContext<any>): object
}

/** A plugin that keeps a contract, as {@link PluginContext.providers} gives it. Calls run under its name: what goes wrong in them is told of it. */
export interface Provider<Service extends object> {
  /** Id of the plugin. */
  readonly plugin: string
  /** What keeps the contract. It acts with the rights of who asked, and lives as long as the context. */
  readonly service: Service
}

/**
 * Declares a contract. A plugin that publishes one exports it from a package of its own, so that others can keep it.
 * @param name kebab-case; a plugin's begins with its id and a dot: `telephony.call-sink`
 *
 * @example
 * // What rates calls may come from anybody; the plugin itself only asks.
 * import { contract, definePlugin, job, s } from '@kartotek/sdk'
 *
 * export interface CallRating { rate(text: string): Promise<number> }
 * export const callRating = contract<CallRating>('call-quality.rating')
 *
 * export default definePlugin({
 *   id: 'call-quality', version: '1.0.0', compat: { sdk: '^0.1' },
 *   provides: [callRating.by(() => ({ rate: async (text) => (text.includes('thank') ? 5 : 3) }))],
 *   jobs: {
 *     rate: job({
 *       input: s.object({ text: s.string() }),
 *       async run({ text }, ctx) {
 *         for (const { plugin, service } of ctx.providers(callRating)) ctx.log.info({ by: plugin, mark: await service.rate(text) }, 'A call was rated.')
 *       },
 *     }),
 *   },
 * })
 */
export function contract<Service extends object>(name: string): Contract<Service> {
  return { name, by: (make) => ({ contract: name, make }) }
}
