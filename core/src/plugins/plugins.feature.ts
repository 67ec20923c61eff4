import { NotFoundError, type PluginContext, type PluginDefinition } from '@kartotek/sdk'
import { sql } from 'kysely'
import type { CoreContext } from '../access/caller.ts'
import type { Database } from '../database/index.ts'
import type { WorkerState } from './elections.ts'
import { forgetOldNotes, pluginLog, type KeptNote } from './log/plugin-log.ts'
import { translate } from '../messages/translate.ts'
import type { PluginHost } from './host.ts'
import { refuseTokens } from '../settings/refuse-tokens.ts'
import { finishRemovals } from './packages/install.ts'
import { packageResolvers, typeDefs as packageTypeDefs, type PackageDeps } from './packages/packages.graphql.ts'
import { forgetReceived } from './received.ts'
import type { PluginState } from './state.ts'

const typeDefs = `
"How far a plugin came at the start of this node."
type PluginInfo {
  id: String!
  version: String
  "bundled:<id>, package:<id>@<version>, or its entry in KARTOTEK_PLUGINS."
  source: String!
  "starting, running, failed, unconfigured, quarantined, skipped, disabled or stopped."
  state: String!
  "The step it failed at, or the last one it passed."
  step: String!
  "Why it is not running."
  cause: String
  timings: [PluginTiming!]!
  "Errors that its code left unhandled since the start."
  faults: Int!
  workers: [PluginWorker!]!
  "It can try its settings out before they are kept: checkPluginSettings."
  checksSettings: Boolean!
}
"What a plugin says of settings that it tried out."
type PluginSettingsCheck {
  ok: Boolean!
  "What does not work; null where all does."
  message: String
}
"A program that the plugin runs all the time, as it is on this node."
type PluginWorker {
  id: String!
  "running, pausing before it is started again, or waiting: another node runs it."
  state: String!
  restarts: Int!
  "Why it broke off last."
  cause: String
}
"Something that went wrong with a plugin, once or more often."
type PluginLogEntry {
  "When it happened last, on any node, and when first."
  at: DateTime!
  firstAt: DateTime!
  "start, job, on (a handler of events), schedule, webhook, worker, code (a resolver, route or guard), fault (left unhandled), quarantine or web (in a browser)."
  kind: String!
  "Which step, job, handler …"
  name: String!
  message: String!
  times: Int!
  "No further attempt is made; administrators find the job among the failed ones."
  gaveUp: Boolean!
}
type PluginTiming { step: String! ms: Float! }
"A plugin that could not be asked, and what is told of it."
type PluginProblem { plugin: ID! message: String! }
extend type Query {
  "The plugins that should be here, with their state."
  plugins: [PluginInfo!]!
  "What went wrong with a plugin within 30 days, on all nodes, the newest first: at most 200 entries. Its secret settings are blackened."
  pluginLog(id: ID!): [PluginLogEntry!]!
}
extend type Mutation {
  "Lets a quarantined plugin start again at the next start."
  releasePlugin(id: ID!): Boolean!
  "Tries settings out with values that are not kept, as updatePluginSettings takes them: the plugin asks the other system, for at most 10 s."
  checkPluginSettings(plugin: ID!, values: JSON!): PluginSettingsCheck!
}
`

/** The states of plugins, for those who may manage them. */
export function pluginsFeature(deps: PackageDeps & { db: Database, host: () => Pick<PluginHost, 'workersOf' | 'checksSettings' | 'trySettings'> }): PluginDefinition {
  const packages = packageResolvers(deps)
  return {
    id: 'plugins',
    version: '1.0.0',
    schedules: [
      { id: 'forget-received', cron: '17 3 * * *', run: () => forgetReceived(deps.db) },
      { id: 'forget-log', cron: '23 3 * * *', run: () => forgetOldNotes(deps.db.kysely) },
      // What could not go at a start, because another node still ran it.
      { id: 'finish-removals', cron: '*/5 * * * *', run: async () => { await finishRemovals(deps.db) } },
    ],
    graphql: {
      typeDefs: typeDefs + packageTypeDefs,
      resolvers: {
        ...packages,
        PluginInfo: { cause: ({ cause }: PluginState, _: unknown, ctx: PluginContext) => cause && translate(cause, ctx.actor.locale) },
        PluginWorker: { cause: ({ cause }: WorkerState, _: unknown, ctx: PluginContext) => cause && translate(cause, ctx.actor.locale) },
        Query: {
          ...packages.Query,
          pluginLog: (_, { id }: { id: string }, ctx) => {
            (ctx as CoreContext).access.require('plugins.manage')
            return pluginLog(deps.db.kysely, id)
          },
          plugins: (_, _args, ctx) => {
            (ctx as CoreContext).access.require('plugins.manage')
            return deps.states().map((state) => ({ ...state, workers: deps.host().workersOf(state.id), checksSettings: deps.host().checksSettings(state.id) }))
          },
        },
        PluginLogEntry: { message: ({ message }: KeptNote, _: unknown, ctx: PluginContext) => translate(message, ctx.actor.locale) },
        Mutation: {
          ...packages.Mutation,
          checkPluginSettings: (_, { plugin, values }: { plugin: string, values: Record<string, unknown> }, ctx) => {
            (ctx as CoreContext).access.require('plugins.manage')
            refuseTokens(ctx as CoreContext)
            return deps.host().trySettings(plugin, values, ctx.actor)
          },
          releasePlugin: async (_, { id }: { id: string }, ctx) => {
            (ctx as CoreContext).access.require('plugins.manage')
            const { numAffectedRows } = await sql`
              update core.plugin_state set quarantined_at = null, quarantine_cause = null
              where (plugin = ${id} or source = ${id}) and quarantined_at is not null`.execute(deps.db.kysely)
            if (!numAffectedRows) throw new NotFoundError(`The plugin ${id} is not in quarantine.`)
            return true
          },
        },
      },
    },
  }
}
