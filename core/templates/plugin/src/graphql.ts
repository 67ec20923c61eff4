import type { Resolvers } from '@kartotek/sdk'

export const sdl = `
  extend type Query {
    "How many signals a client has, as far as the caller may see them."
    myPluginSignalCount(client: ID!): Int!
  }
`

export const resolvers: Resolvers = {
  Query: {
    // With the rights of the caller: who may not see the client counts nothing.
    myPluginSignalCount: (_, { client }: { client: string }, ctx) => ctx.records.count('myPluginSignal', { filter: { client: { id: { eq: client } } } }),
  },
}
