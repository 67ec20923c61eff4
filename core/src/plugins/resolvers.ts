import type { PluginContext, Resolver, Resolvers } from '@kartotek/sdk'
import { invoke } from './invoke.ts'

/** Whatever the GraphQL server passes as context; one object per request. */
export type RequestContext = object

/** Resolvers that run as code of `plugin` and receive a plugin's context. */
export function bindResolvers(plugin: string, resolvers: Resolvers, contextOf: (request: RequestContext) => PluginContext): Resolvers {
  const bind = (site: string, resolver: Resolver): Resolver => (parent, args, request) =>
    invoke({ plugin, site }, () => resolver(parent, args, contextOf(request)))
  return Object.fromEntries(Object.entries(resolvers).map(([type, fields]) => [
    type, Object.fromEntries(Object.entries(fields).map(([field, resolver]) => [field, bind(`resolver ${type}.${field}`, resolver)])),
  ]))
}
