import type { PluginContext, Provision } from '@kartotek/sdk'
import { invoke } from './invoke.ts'

/** What a plugin keeps a contract with. Its methods run under the plugin's name, so that what goes wrong is told of it. */
export function provided<Service extends object>(plugin: string, { contract, make }: Provision, ctx: PluginContext): Service {
  const site = `provider of ${contract}`
  const service = invoke({ plugin, site }, () => make(ctx)) as Service
  return new Proxy(service, {
    get(target, key) {
      const part: unknown = Reflect.get(target, key, target)
      return typeof part === 'function' ? (...args: unknown[]) => invoke({ plugin, site: `${site}.${String(key)}` }, () => Reflect.apply(part, target, args) as unknown) : part
    },
  })
}
