import { definePlugin, type PluginDefinition, type RecordEvent, type Resolvers } from '@kartotek/sdk'
import type { RequestContext } from '../graphql/context.ts'
import { readingOf, type Engine } from '../records/engine.ts'
import { endPassed } from './approval.ts'
import { decideApproval, type Decision } from './decide.ts'
import { requestApproval, withdrawApproval } from './request.ts'
import { takeBackAsked } from './notices.ts'
import { approvalById, approvalOf, waitingApprovals } from './shown.ts'
import { guardLines } from './told.ts'

const typeDefs = `
enum ApprovalState { WAITING APPROVED DECLINED WITHDRAWN ENDED }
"""To decide: what the caller may decide. Asked: what he asked for."""
enum ApprovalShelf { TO_DECIDE ASKED }
type ApprovalAsker { id: ID name: String! }
"""A request to let a record into a stage whose gate is closed."""
type StageApproval {
  id: ID!
  state: ApprovalState!
  record: RecordLink!
  stage: Stage!
  "As long as it waits; then the timeline has it."
  note: String
  "What was in the way when it was asked."
  unmet: [String!]!
  askedBy: ApprovalAsker!
  askedAt: DateTime!
  mayDecide: Boolean!
  mayWithdraw: Boolean!
}
extend type Query {
  "What waits, oldest first."
  stageApprovals(shelf: ApprovalShelf! = TO_DECIDE, first: Int! = 50): [StageApproval!]!
  "The request that waits on a record; null where none does."
  stageApproval(object: String!, id: ID!): StageApproval
}
extend type Mutation {
  "Asks for a stage that is closed to the caller. Asked again for the same stage, the request begins anew; for another one, it is replaced."
  requestStageApproval(object: String!, id: ID!, stage: ID!, note: String): StageApproval!
  "An approval moves the record. Declining needs a note. With the version of the record that was looked at, one that was changed since is not approved."
  decideStageApproval(id: ID!, approve: Boolean!, note: String, version: Int): StageApproval!
  "By who asked."
  withdrawStageApproval(id: ID!): StageApproval!
}
`

/** Approval of moves that a gate does not let through: asked by who may change the record, decided by who may pass the gate. */
export function approvalsFeature(deps: { engine(): Engine }): PluginDefinition {
  const ending = async (events: RecordEvent[]): Promise<void> => {
    const engine = deps.engine()
    for (const [name, group] of Map.groupBy(events, (event) => event.object)) {
      const object = engine.live.current.model.objects.get(name)
      if (!object?.staged) continue
      const taken = await engine.db.transaction().execute(async (trx) => {
        const ended = await endPassed(trx, object, group.map((event) => event.recordId))
        return ended.length ? takeBackAsked(trx, ended) : 0
      })
      if (taken) engine.afterCommit()
    }
  }
  const askedAnew = async (events: RecordEvent[]): Promise<void> => {
    const engine = deps.engine()
    if (await engine.db.transaction().execute((trx) => takeBackAsked(trx, events.map((event) => event.recordId)))) engine.afterCommit()
  }
  const answer = (ctx: RequestContext, id: string, changeSet: string | null): Promise<unknown> => {
    if (changeSet) ctx.changeSets.push(changeSet)
    return approvalById(readingOf(ctx.engine, ctx.caller), id)
  }
  return definePlugin({
    id: 'approvals',
    version: '1.0.0',
    on: {
      '*.stageChanged': { id: 'moved-on', run: ending }, '*.trashed': { id: 'trashed', run: ending },
      '*.approvalAsked': { id: 'asked-anew', run: askedAnew }, '*.approvalWithdrawn': { id: 'withdrawn', run: askedAnew },
    },
    guards: {
      'timelineEntry.create': { id: 'no-line-of-ones-own', run: (records, ctx) => guardLines(records, ctx.actor.kind) },
      'timelineEntry.update': { id: 'lines-stay', run: (records, ctx) => guardLines(records, ctx.actor.kind) },
      'timelineEntry.delete': { id: 'lines-are-kept', run: (records, ctx) => guardLines(records, ctx.actor.kind) },
    },
    graphql: {
      typeDefs,
      resolvers: {
        Query: {
          stageApprovals: (_: unknown, { shelf, first }: { shelf: 'TO_DECIDE' | 'ASKED', first: number }, ctx: RequestContext) => waitingApprovals(ctx.reading, shelf, first),
          stageApproval: (_: unknown, { object, id }: { object: string, id: string }, ctx: RequestContext) => approvalOf(ctx.reading, object, id),
        },
        Mutation: {
          async requestStageApproval(_: unknown, args: Parameters<typeof requestApproval>[2], ctx: RequestContext) {
            const { id, changeSetId } = await requestApproval(ctx.engine, ctx.caller, args)
            return answer(ctx, id, changeSetId)
          },
          decideStageApproval: async (_: unknown, args: Decision, ctx: RequestContext) => answer(ctx, args.id, (await decideApproval(ctx.engine, ctx.caller, args)).changeSetId),
          withdrawStageApproval: async (_: unknown, { id }: { id: string }, ctx: RequestContext) => answer(ctx, id, (await withdrawApproval(ctx.engine, ctx.caller, id)).changeSetId),
        },
      } as unknown as Resolvers,
    },
  })
}
