import { definePlugin, job, s } from '@kartotek/sdk'
import { favouriteGreeting } from './favourite-greeting.ts'
import { greetingObject } from './greeting.object.ts'
import { greet, greetLater, greetingsOf } from './greeting.service.ts'

/** Greets each new client, in the words that the client likes best. */
export default definePlugin({
  id: 'hello',
  version: '1.0.0',
  compat: { sdk: '^0.1' },
  label: { en: 'Hello', ru: 'Привет', uk: 'Привіт', fi: 'Hei' },

  // What its background code may do; its own object needs no mention.
  needs: { client: ['read'] },

  objects: [greetingObject],
  fields: { client: [favouriteGreeting] },

  graphql: {
    typeDefs: `
      "A greeting that was written for a client."
      type HelloGreeting { id: ID! text: String! }
      extend type Query {
        "The greetings of a client, newest first."
        helloGreetings(client: ID!): [HelloGreeting!]!
      }
    `,
    resolvers: {
      Query: { helloGreetings: (_, { client }: { client: string }, ctx) => greetingsOf(client, ctx) },
    },
  },

  // After the commit, at least once: so it only says what is to be done.
  on: { 'client.created': { id: 'greet-new', run: greetLater } },

  jobs: {
    greet: job({ input: s.object({ client: s.id() }), run: ({ client }, ctx) => greet(client, ctx) }),
  },
})
