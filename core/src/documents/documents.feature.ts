import { definePlugin, type PluginDefinition, type Resolvers } from '@kartotek/sdk'
import type { RequestContext } from '../graphql/context.ts'
import { makeDocument, offeredDocuments, type DocumentsDeps, type Order } from './documents.ts'

const typeDefs = `
"""A document that a plugin can make of a record: an offer, an invoice."""
type DocumentTemplate {
  plugin: ID!
  "What the plugin is called, in the caller's language."
  pluginLabel: String!
  "Unique within the plugin."
  key: ID!
  "In the caller's language."
  label: String!
  "Kinds of files, the usual one first: pdf, docx."
  formats: [String!]!
  "That it is written in: ru, uk, fi, en."
  languages: [String!]!
}
"""What can be made of a record; plugins that could not say are among the problems."""
type DocumentOffer { templates: [DocumentTemplate!]! problems: [PluginProblem!]! }
extend type Query {
  "The documents that can be made of a record; none for who may not attach files."
  documentTemplates(object: String!, id: ID!): DocumentOffer!
}
extend type Mutation {
  """
  Has a document made of a record, as it is to the caller, and keeps it there as a file; the same document (template, format and language) made
  again is a new version of that file. Without a format it is the usual one, without a language the caller's.
  """
  makeDocument(object: String!, id: ID!, plugin: ID!, template: ID!, format: String, language: String): AttachedFile!
}
`

/** Documents of records by templates of plugins (contract `document-template`). */
export function documentsFeature(deps: DocumentsDeps): PluginDefinition {
  return definePlugin({
    id: 'made-documents',
    version: '1.0.0',
    graphql: {
      typeDefs,
      resolvers: {
        Query: {
          documentTemplates: (_: unknown, { object, id }: { object: string, id: string }, ctx: RequestContext) => offeredDocuments(deps, ctx.caller, object, id),
        },
        Mutation: {
          async makeDocument(_: unknown, order: Order, ctx: RequestContext) {
            const made = await makeDocument(deps, ctx.caller, order)
            if (made.changeSet) ctx.changeSets.push(made.changeSet)
            return made
          },
        },
      } as unknown as Resolvers,
    },
  })
}
