import { UnavailableError, type PluginContext, type Resolver, type Resolvers } from '@kartotek/sdk'
import { invoke, type CallSite } from './invoke.ts'

/** Milliseconds that a resolver of a plugin may take. */
const RESOLVER_MS = 30_000

/** Whatever the GraphQL server passes as context; one object per request. */
export type RequestContext = object

/** Resolvers that run as code of `plugin` and receive a plugin's context. One that does not answer in time is given up and named. */
export function bindResolvers(plugin: string, resolvers: Resolvers, contextOf: (request: RequestContext) => PluginContext, broke: (site: string, error: unknown) => void, ms = RESOLVER_MS): Resolvers {
  return each(resolvers, (resolver, site) => (parent, args, request) => {
    const ctx = contextOf(request)
    const told = (error: unknown): never => {
      broke(site, error)
      throw error
    }
    try {
      const answer = invoke({ plugin, site }, () => resolver(parent, args, ctx))
      return answer instanceof Promise ? inTime({ plugin, site }, answer, ms, ctx).catch(told) : answer
    } catch (error) {
      return told(error)
    }
  })
}

async function inTime({ plugin, site }: CallSite, answer: Promise<unknown>, ms: number, ctx: PluginContext): Promise<unknown> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => {
      ctx.log.error({ site, ms }, 'A resolver did not answer and was given up.')
      reject(new UnavailableError(`The plugin ${plugin} did not answer within ${ms / 1000} s.`, { plugin }))
    }, ms)
  })
  try {
    return await Promise.race([answer, late])
  } finally {
    clearTimeout(timer)
  }
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
