import type { PluginContext } from './plugin.ts'

/**
 * What one part of Kartotek may ask of another without knowing which plugin it is. Made by {@link contract}; those of the core are in
 * `@kartotek/sdk/contracts`.
 */
export interface Contract<Service extends object> {
  readonly name: string
  /**
   * Says that the plugin keeps the contract. `make` is called once per context, with the rights of who asks.
   *
   * @example
   * provides: [telephonyProvider.by((ctx) => ctx.get(AsteriskProvider))]
   */
  // eslint-disable-next-line @typescript-eslint/no-explicit-any -- the plugin's settings are not known where this stands
  by(make: (ctx: PluginContext<any>) => Service): Provision
}

/** An entry of `provides`. */
export interface Provision {
  readonly contract: string
  // eslint-disable-next-line @typescript-eslint/no-explicit-any -- the plugin's settings are not known where this stands
  make(ctx: PluginContext<any>): object
}

/** A plugin that keeps a contract. Calls run under its name: what goes wrong in them is told of it. */
export interface Provider<Service extends object> {
  /** Id of the plugin. */
  readonly plugin: string
  readonly service: Service
}

/**
 * Declares a contract. A plugin that publishes one exports it from a package of its own, so that others can keep it.
 * @param name kebab-case; a plugin's begins with its id and a dot: `telephony.call-sink`
 */
export function contract<Service extends object>(name: string): Contract<Service> {
  return { name, by: (make) => ({ contract: name, make }) }
}
