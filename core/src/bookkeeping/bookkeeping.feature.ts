import { definePlugin, type PluginDefinition, type Resolvers } from '@kartotek/sdk'
import type { RequestContext } from '../graphql/context.ts'
import { bookkeepingOf, type BookkeepingDeps, type Named } from './exchanges.ts'

const typeDefs = `
enum BookkeepingOutcome { SENT MATCHED CREATED CHANGED CONFLICT REFUSED }
"""Conflict: both sides changed it, and nothing was overwritten. Refused: one side does not take it."""
enum BookkeepingProblemKind { CONFLICT REFUSED }
"""Something about a record that a person has to settle."""
type BookkeepingProblem {
  kind: BookkeepingProblemKind!
  "Key of the field; null: it is about the whole record. Problems of fields that the caller may not read are not told."
  field: String
  fieldLabel: String
  text: String!
  "What is here, in words."
  ours: String
  "What the bookkeeping has, in words."
  theirs: String
}
"""How a record stands with one exchange."""
type BookkeepingState {
  plugin: ID!
  "Key of the exchange, unique within the plugin."
  exchange: ID!
  label: String!
  "Whether the exchange knows anything of the record."
  known: Boolean!
  "The bookkeeping's own name for the record; null while it is not there."
  externalId: String
  "The number that people there know it by."
  number: String
  sentAt: DateTime
  "When something of it last came back."
  receivedAt: DateTime
  "What is still to be sent or answered; null: nothing."
  waitsFor: String
  problems: [BookkeepingProblem!]!
  "Whether the caller may send it, now or again."
  maySend: Boolean!
}
"""Exchanges that could not be asked are among the problems."""
type BookkeepingStates { states: [BookkeepingState!]! problems: [PluginProblem!]! }
type BookkeepingObject { name: String! label: String! }
"""A connection to the bookkeeping."""
type BookkeepingExchange {
  plugin: ID!
  "Unique within the plugin."
  key: ID!
  label: String!
  "Whether it is set up."
  ready: Boolean!
  "Whether it sends records when it is told to."
  sends: Boolean!
  "Whose records it exchanges, as far as the caller may see them."
  objects: [BookkeepingObject!]!
}
type BookkeepingExchanges { exchanges: [BookkeepingExchange!]! problems: [PluginProblem!]! }
type BookkeepingCount { outcome: BookkeepingOutcome! count: Int! }
"""One exchange of data."""
type BookkeepingRun {
  id: ID!
  startedAt: DateTime!
  "Null while it goes on."
  finishedAt: DateTime
  "Why it could not be finished."
  failure: String
  "How many things came to what; what came to nothing is left out."
  counts: [BookkeepingCount!]!
}
"""Next: what to ask on with (after); null at the end."""
type BookkeepingRuns { runs: [BookkeepingRun!]! next: String }
"""What became of one thing in a run."""
type BookkeepingLine {
  outcome: BookkeepingOutcome!
  record: RecordLink
  "What it is called in the bookkeeping."
  name: String!
  "Labels of the fields that it is about."
  fields: [String!]!
  "Why, or what was done; null, too, where it is about fields that the caller may not read."
  text: String
}
"""Lines about records that the caller may not see are left out, so a page may be shorter than asked for."""
type BookkeepingLines { lines: [BookkeepingLine!]! next: String }
extend type Query {
  "How a record stands with the bookkeeping: one entry for each exchange that takes records of its object."
  bookkeepingStates(object: String!, id: ID!): BookkeepingStates!
  "All exchanges with the bookkeeping. This and their logs need the right bookkeeping.exchange."
  bookkeepingExchanges: BookkeepingExchanges!
  "The log of an exchange, the newest first; 1–100 at once."
  bookkeepingRuns(plugin: ID!, exchange: ID!, first: Int! = 20, after: String): BookkeepingRuns!
  "The lines of a run, or those of them that came to one of the outcomes; 1–100 at once."
  bookkeepingLines(plugin: ID!, exchange: ID!, run: ID!, outcomes: [BookkeepingOutcome!], first: Int! = 50, after: String): BookkeepingLines!
}
extend type Mutation {
  "Sends a record to the bookkeeping, now or again; needs the right bookkeeping.exchange. What became of it is told by its state."
  sendToBookkeeping(object: String!, id: ID!, plugin: ID!, exchange: ID!): Boolean!
}
`

/** The bookkeeping: how records stand with it, and what was exchanged (contract `accounting-exchange`). */
export function bookkeepingFeature(deps: BookkeepingDeps): PluginDefinition {
  const of = (ctx: RequestContext): ReturnType<typeof bookkeepingOf> => bookkeepingOf(deps, ctx.reading)
  return definePlugin({
    id: 'bookkeeping',
    version: '1.0.0',
    graphql: {
      typeDefs,
      resolvers: {
        Query: {
          bookkeepingStates: (_: unknown, { object, id }: { object: string, id: string }, ctx: RequestContext) => of(ctx).states(object, id),
          bookkeepingExchanges: (_: unknown, __: unknown, ctx: RequestContext) => of(ctx).exchanges(),
          bookkeepingRuns: (_: unknown, { first, after, ...which }: Named & { first: number, after?: string | null }, ctx: RequestContext) => of(ctx).runs(which, first, after ?? null),
          bookkeepingLines: (_: unknown, { run, outcomes, first, after, ...which }: Named & { run: string, outcomes?: string[] | null, first: number, after?: string | null }, ctx: RequestContext) => of(ctx).lines(which, run, outcomes ?? null, first, after ?? null),
        },
        Mutation: {
          async sendToBookkeeping(_: unknown, { object, id, ...which }: Named & { object: string, id: string }, ctx: RequestContext) {
            await of(ctx).send(object, id, which)
            return true
          },
        },
      } as unknown as Resolvers,
    },
  })
}
