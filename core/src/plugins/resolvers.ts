import type { PluginContext, Resolver, Resolvers } from '@kartotek/sdk'
import { invoke } from './invoke.ts'

/** Whatever the GraphQL server passes as context; one object per request. */
export type RequestContext = object

/** Resolvers that run as code of `plugin` and receive a plugin's context. */
export function bindResolvers(plugin: string, resolvers: Resolvers, contextOf: (request: RequestContext) => PluginContext): Resolvers {
  return each(resolvers, (resolver, site) => (parent, args, request) => invoke({ plugin, site }, () => resolver(parent, args, contextOf(request))))
}

/** Resolvers of a feature of the core: they receive the request's context with the feature's own settings, jobs and log in it. */
export function featureResolvers(resolvers: Resolvers, contextOf: (request: RequestContext) => PluginContext): Resolvers {
  const contexts = new WeakMap<RequestContext, PluginContext>()
  const own = (request: RequestContext): PluginContext => {
    let context = contexts.get(request)
    // Its getters stay getters: settings that nobody asks for need not be sound.
    if (!context) contexts.set(request, context = Object.defineProperties({ ...request }, Object.getOwnPropertyDescriptors(contextOf(request))) as PluginContext)
    return context
  }
  return each(resolvers, (resolver) => (parent, args, request) => resolver(parent, args, own(request)))
}

function each(resolvers: Resolvers, bind: (resolver: Resolver, site: string) => Resolver): Resolvers {
  return Object.fromEntries(Object.entries(resolvers).map(([type, fields]) => [
    type, Object.fromEntries(Object.entries(fields).map(([field, resolver]) => [field, bound(resolver, `resolver ${type}.${field}`, bind)])),
  ]))
}

/** A subscription of a feature is a pair of functions. */
function bound(resolver: Resolver, site: string, bind: (resolver: Resolver, site: string) => Resolver): Resolver {
  if (typeof resolver === 'function') return bind(resolver, site)
  return Object.fromEntries(Object.entries(resolver as Record<string, Resolver>).map(([name, part]) => [name, bind(part, `${site}.${name}`)])) as unknown as Resolver
}
