import { ConflictError, InputError, NotAllowedError, type PluginContext, type Resolvers } from '@kartotek/sdk'
import type { CoreContext } from '../../access/caller.ts'
import type { Database } from '../../database/index.ts'
import { UUID } from '../../facts/uuid.ts'
import type { Uploads } from '../../import/uploads.ts'
import { translate } from '../../messages/translate.ts'
import type { PluginState } from '../state.ts'
import { PluginError } from '../state.ts'
import { BUNDLED_PLUGINS } from '../entries.ts'
import { choices } from './choice.ts'
import { addPackage, enablePlugin, planPackage, planRemoval, removePlugin, upgradePackage, type Administrator, type Plan } from './install.ts'
import { listPlugins, type ListedPlugin } from './list.ts'
import { newerThan, registryNameOf } from './newest.ts'
import { isRegistryName, withPackage, type OpenedPackage } from './open.ts'
import { FetchProgress, fetchState } from './progress.ts'

export const typeDefs = `
"A plugin of the installation, as the database knows it: what administrators chose counts from the next start of each node on."
type PluginPackage {
  id: ID!
  "The stored version, or that of the last start."
  version: String
  "bundled:<id>, package:<id>@<version>, or its entry in KARTOTEK_PLUGINS."
  source: String!
  "enabled, disabled, removing or quarantined."
  state: String!
  "Why it is in quarantine."
  cause: String
  "The version before, which is kept."
  previous: String
  "Its name in the registry, where it came from one: there newer versions may be."
  package: String
  "Versions that nodes run now."
  running: [PluginRun!]!
}
"A newer version of a stored plugin, and how it is fetched: @example/loyalty@2.1.0."
type PluginUpdate { version: String! package: String! }
"How far the fetching of a package is."
type PluginFetch {
  "looking, fetching, checking, dependencies, packing or planning."
  step: String!
  "Bytes that are there, of what is being fetched."
  bytes: Float
}
type PluginRun { version: String! nodes: Int! }
"What an installation, an upgrade or a removal would change."
type PluginPlan {
  plugin: ID!
  "Versions before and after; null: none."
  from: String
  to: String
  changes: [PluginPlannedChange!]!
  "What the administrator should know, in whole sentences."
  notes: [String!]!
}
type PluginPlannedChange {
  "add, change or remove."
  change: String!
  "Kind of the part: outbound host, object, field, permission, table migration …"
  kind: String!
  name: String!
  "What the part is now, as the API writes it: type of a field or setting, rights, times, versions."
  detail: String
  "The object that a reference leads to."
  to: String
  "What is lost: records of an object, records with a value in a field, rows of a table, entries. Null for who does not see all records."
  count: Int
  "sensitive or optional."
  mark: String
}
enum PluginData { keep drop }
extend type Query {
  "All plugins, with what the next start does with them."
  pluginPackages: [PluginPackage!]!
  """
  What adding a package, or running it in place of the one that is there, would change: an uploaded tarball, or a name in the registry of
  npm (name, name@^1.2). None of its code runs. One package is fetched at a time, for at most five minutes; who goes away ends it. With \`plugin\` a package of
  another plugin is refused. \`fetch\` is a UUID of one's own, under which \`pluginFetch\` tells how far it is.
  """
  planPlugin(upload: ID, package: String, plugin: ID, fetch: ID): PluginPlan!
  "How far the fetching is that one waits for; null where it has not begun or has ended."
  pluginFetch(id: ID!): PluginFetch
  "Asks the registry for a newer version of a stored plugin; null where there is none, or where it came from a file."
  pluginUpdate(id: ID!): PluginUpdate
  "What removing a plugin with its data would drop."
  planPluginRemoval(id: ID!): PluginPlan!
}
extend type Mutation {
  """
  Stores a package (an uploaded tarball, or a name in the registry of npm), or another version of it, and grants what its plan names. It runs
  from the next start on. For people who are signed in, not for tokens.
  """
  addPlugin(upload: ID, package: String, plugin: ID, fetch: ID): PluginPlan!
  "It runs from the next start on."
  enablePlugin(id: ID!): Boolean!
  "It does not run from the next start on."
  disablePlugin(id: ID!): Boolean!
  "Removes a plugin with its data or without: now (true), or as soon as no node runs it any more (false)."
  removePlugin(id: ID!, data: PluginData!): Boolean!
}
`

export interface PackageDeps { db: Database, uploads?: Pick<Uploads, 'find' | 'pathOf'> | undefined, states(): PluginState[], env?: NodeJS.ProcessEnv, fetchMs?: number }

/** Where a package comes from: one of the two; which plugin it must be; and under which id is told how far it is. */
interface Source { upload?: string | null, package?: string | null, plugin?: string | null, fetch?: string | null }

export function packageResolvers({ db, uploads, states, env = process.env, fetchMs }: PackageDeps): Resolvers {
  function by(ctx: PluginContext): Administrator {
    (ctx as CoreContext).access.require('plugins.manage')
    return { userId: ctx.actor.userId, name: ctx.actor.name }
  }
  let fetching: { name: string, left: AbortSignal | undefined, ended: Promise<void> } | null = null
  async function opened<Result>({ upload, package: name, plugin, fetch }: Source, ctx: PluginContext, work: (opened: OpenedPackage) => Promise<Result>): Promise<Result> {
    if (upload ? name : !name) throw new InputError('Give either an upload or the name of a package.')
    if (name && !isRegistryName(name)) throw new InputError(`${name} is no name of a package in a registry: write it like name, @scope/name or name@1.2.0.`)
    const file = upload ? (await uploads!.find(upload, ctx.actor.userId)).name : undefined
    // What nobody waits for any more is at its end, though not quite.
    while (fetching?.left?.aborted) await fetching.ended
    if (fetching !== null) throw new ConflictError(`${fetching.name} is being fetched now: wait until that is done, and try again.`)
    if (fetch && !UUID.test(fetch)) throw new InputError('The id of the fetching is a UUID.')
    const { promise: ended, resolve: end } = Promise.withResolvers<void>()
    const { left } = ctx as CoreContext
    fetching = { name: name ?? file!, left, ended }
    const progress = fetch ? new FetchProgress(db.kysely, fetch, ctx.actor.userId) : null
    try {
      return await told(() => withPackage(upload ? uploads!.pathOf(upload) : name!, { cwd: process.cwd(), env, name: file, ms: fetchMs, signal: left, tell: progress?.tell }, (pack) => {
        const { id } = pack.manifest.plugin
        if (plugin && id !== plugin) throw new PluginError(`That package is the plugin ${id}, not ${plugin}.`)
        return work(pack)
      }))
    } finally {
      fetching = null
      end()
      await progress?.end()
    }
  }
  const known = async (): Promise<Set<string>> => new Set([...BUNDLED_PLUGINS, ...states().map(({ id }) => id), ...(await listPlugins(db.kysely)).map(({ id }) => id)])
  const set = (enabled: boolean) => async (_: unknown, { id }: { id: string }, ctx: PluginContext) => {
    const administrator = by(ctx)
    await told(async () => enablePlugin(db, id, enabled, await known(), administrator))
    return true
  }
  const notes = (plan: Plan, _: unknown, ctx: PluginContext): string[] => plan.notes.map((note) => translate(note, ctx.actor.locale))
  return {
    PluginPlan: { notes },
    PluginPackage: { cause: ({ cause }: ListedPlugin, _: unknown, ctx: PluginContext) => cause && translate(cause, ctx.actor.locale) },
    Query: {
      pluginPackages: (_, _args, ctx) => {
        by(ctx)
        return listPlugins(db.kysely)
      },
      pluginFetch: (_, { id }: { id: string }, ctx) => {
        by(ctx)
        return fetchState(db.kysely, id, ctx.actor.userId)
      },
      pluginUpdate: (_, { id }: { id: string }, ctx) => {
        by(ctx)
        return told(async () => {
          const { name, version } = await registryNameOf(db.kysely, id)
          return name === null ? null : newerThan(version, name, { cwd: process.cwd(), env, ms: fetchMs, signal: (ctx as CoreContext).left })
        })
      },
      planPlugin: (_, source: Source, ctx) => {
        by(ctx)
        return opened(source, ctx, (pack) => planPackage(db, pack))
      },
      planPluginRemoval: (_, { id }: { id: string }, ctx) => {
        by(ctx)
        return told(async () => {
          const plan = await planRemoval(db.kysely, id)
          // How many records there are is told to who sees them all.
          return (ctx as CoreContext).access.whole.everything ? plan : { ...plan, changes: plan.changes.map(({ count: _, ...change }) => change) }
        })
      },
    },
    Mutation: {
      addPlugin: async (_, source: Source, ctx): Promise<Plan> => {
        const administrator = by(ctx)
        // It brings code into the server: a token that is lost must not be enough for that.
        if ((ctx as CoreContext).caller.sessionId === undefined) throw new NotAllowedError('Plugins are added by people who are signed in, not by tokens.')
        return opened(source, ctx, async (pack) => {
          const plan = await planPackage(db, pack)
          const choice = (await choices(db.kysely)).get(plan.plugin)
          if (choice?.version != null && choice.removing === null) await upgradePackage(db, plan.plugin, pack, administrator)
          else await addPackage(db, pack, administrator)
          return plan
        })
      },
      enablePlugin: set(true),
      disablePlugin: set(false),
      removePlugin: async (_, { id, data }: { id: string, data: 'keep' | 'drop' }, ctx) => {
        const administrator = by(ctx)
        return told(async () => removePlugin(db, id, data, await known(), administrator))
      },
    },
  }
}

async function told<Result>(work: () => Promise<Result>): Promise<Result> {
  try {
    return await work()
  } catch (error) {
    if (error instanceof PluginError) throw new InputError(error.message)
    throw error
  }
}
