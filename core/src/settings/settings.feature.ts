import type { PluginDefinition } from '@kartotek/sdk'
import type { CoreContext } from '../access/caller.ts'
import type { CompanySettings } from './company.ts'
import { refuseTokens } from './refuse-tokens.ts'
import type { Settings } from './settings.ts'

const typeDefs = `
"What the whole company shares."
type Company {
  name: String!
  "Two-letter code: FI."
  country: String!
  "ISO 4217: EUR."
  baseCurrency: String!
  "The language of those who have chosen none."
  locale: String!
  "The languages that may be chosen."
  languages: [String!]!
  "IANA name: Europe/Helsinki. Days, weeks and schedules are counted in it."
  timeZone: String!
  "Country of phone numbers written without one; empty: that of the company."
  phoneCountry: String
  "City code of short local phone numbers, as it is dialled within the country: 495, 044, 09."
  phoneAreaCode: String
  "monday, sunday or saturday."
  weekStart: String!
}
input CompanyInput {
  name: String
  country: String
  baseCurrency: String
  locale: String
  languages: [String!]
  timeZone: String
  phoneCountry: String
  "City code of short local phone numbers, as it is dialled within the country: 495, 044, 09."
  phoneAreaCode: String
  weekStart: String
}
"Settings of a plugin: their JSON Schema, and the values without secrets (of a secret only { isSet })."
type PluginSettings { schema: JSON! values: JSON! }
extend type Query {
  company: Company!
  pluginSettings(plugin: ID!): PluginSettings!
}
extend type Mutation {
  updateCompany(input: CompanyInput!): Company!
  "Changes some settings of a plugin. A secret that is left out stays, null removes it."
  updatePluginSettings(plugin: ID!, values: JSON!): PluginSettings!
}
`

/** The settings made in the application, for everybody to read and for `settings.manage` to change. */
export function settingsFeature(deps: { settings: Settings }): PluginDefinition {
  const { settings } = deps
  return {
    id: 'settings',
    version: '1.0.0',
    graphql: {
      typeDefs,
      resolvers: {
        Query: {
          company: async () => {
            await settings.refresh()
            return settings.company
          },
          pluginSettings: async (_, { plugin }: { plugin: string }, ctx) => {
            allowed(ctx, 'plugins.manage')
            await settings.refresh()
            return settings.shown(plugin)
          },
        },
        Mutation: {
          updateCompany: (_, { input }: { input: Partial<CompanySettings> }, ctx) => {
            allowed(ctx, 'settings.manage')
            return settings.updateCompany(input, (ctx as CoreContext).caller)
          },
          updatePluginSettings: async (_, args: { plugin: string, values: Record<string, unknown> }, ctx) => {
            // Parts of the core keep their settings the same way, and who manages plugins only does not manage these.
            allowed(ctx, settings.areOfCore(args.plugin) ? 'settings.manage' : 'plugins.manage')
            refuseTokens(ctx as CoreContext)
            await settings.updatePlugin(args.plugin, args.values, (ctx as CoreContext).caller)
            return settings.shown(args.plugin)
          },
        },
      },
    },
  }
}

/** Resolvers of core features receive the caller's rights beside the plugin's context. */
function allowed(ctx: unknown, capability: string): void {
  (ctx as CoreContext).access.require(capability)
}
