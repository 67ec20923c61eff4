import type { PluginDefinition } from '@kartotek/sdk'
import type { CoreContext } from '../access/caller.ts'
import type { Database } from '../database/index.ts'
import { failedJobs, retryJob } from './failed-jobs.ts'
import type { Jobs } from './jobs.ts'

const typeDefs = `
"A job that used up its attempts and waits for a person."
type FailedJob {
  id: ID!
  "The plugin or feature it belongs to."
  plugin: String!
  "job, on (a handler of events) or schedule."
  kind: String!
  job: String!
  attempts: Int!
  error: String!
  createdAt: DateTime!
  failedAt: DateTime!
  input: JSON
}
extend type Query {
  "Background jobs that failed for good, newest first."
  failedJobs(first: Int = 50): [FailedJob!]!
}
extend type Mutation {
  "Puts a failed job back into its queue."
  retryJob(id: ID!): Boolean!
}
`

/** The visible list of dead jobs, for those who may manage plugins. */
export function jobsFeature(deps: { db: Database, jobs: Jobs }): PluginDefinition {
  return {
    id: 'jobs',
    version: '1.0.0',
    graphql: {
      typeDefs,
      resolvers: {
        Query: {
          failedJobs: (_, { first }: { first: number }, ctx) => {
            (ctx as CoreContext).access.require('plugins.manage')
            return failedJobs(deps.db, first)
          },
        },
        Mutation: {
          retryJob: async (_, { id }: { id: string }, ctx) => {
            (ctx as CoreContext).access.require('plugins.manage')
            await retryJob(deps.jobs, id)
            return true
          },
        },
      },
    },
  }
}
