import { definePlugin, type Localized, type PluginDefinition, type Resolvers } from '@kartotek/sdk'
import type { RequestContext } from '../graphql/context.ts'
import { translate } from '../messages/translate.ts'
import type { Engine } from '../records/engine.ts'
import { AT_ONCE } from '../records/write/batches.ts'
import type { Settings } from '../settings/index.ts'
import { changesOf, countVisible, didMyself, fieldHistory, listChangeSets, readChangeSet, stageHistory, stageTimes, visibleTitles, type ChangeSetRow } from './changes.ts'
import { canRevertConfiguration, revertConfiguration } from './configuration-revert.ts'
import { configurationOf, configurationSummary } from './configuration-view.ts'
import { listKept } from './kept.ts'
import type { RevertStanding } from './revert-standing.ts'
import { askRevert, runRevert, stopRevert, takeUpReverts, type EnqueueRevert, type RevertReport } from './reverts.ts'
import { summaryText } from './summary.ts'

const typeDefs = `
"""All changes made by one action: a save, a bulk edit, an import; or a change of what the company works by."""
type ChangeSet {
  id: ID!
  at: DateTime!
  actor: ChangeActor!
  "web, api, import, plugin, automation, system or revert."
  origin: String!
  summary: String
  object: String
  "How many records it changed."
  records: Int!
  "Gates that were passed without being met."
  passedGates: Int!
  reverts: ID
  revertedBy: ID
  "The caller may undo it, or go on where the undoing was stopped or left something. Changes of the configuration cannot be undone, but those of a role and of the company."
  revertible: Boolean!
  "How its undoing stands, for who did it, may undo it or reads the audit trail; null where it was never begun."
  revert: Revert
  "What it did to the records that the caller may see."
  changes(first: Int = 100, record: ID): [Change!]!
  "What it changed of roles, sharing, teams, pipelines, settings or the model: seen by who may manage that."
  configuration: ConfigurationChange
}
type ConfigurationChange {
  "role, share, team, pipeline, company, plugin, object or field."
  subject: String!
  "Id of the role, record, team, pipeline or plugin; name of the object; client.custom.tier; company."
  subjectId: String!
  name: String!
  "create, update or delete."
  action: String!
  fields: [FieldChange!]!
}
type ChangeActor { kind: String! id: String! name: String! }
type Change {
  object: String!
  recordId: ID!
  "The record that it belongs to: the order of an order line."
  rootObject: String!
  rootId: ID!
  title: String
  "create, update, archive, restore, trash or delete."
  action: String!
  fields: [FieldChange!]!
}
type FieldChange { key: String! label: String! before: JSON after: JSON beforeText: String afterText: String }
type ChangeSetConnection { nodes: [ChangeSet!]! pageInfo: PageInfo! }
type FieldPeriod { value: JSON text: String from: DateTime! to: DateTime changeSet: ID }
type StageVisit { stage: Stage pipeline: Pipeline kind: String! enteredAt: DateTime! leftAt: DateTime "Null in a final stage." seconds: Int by: String }
"""Time of a record in a stage, over all its visits there; null for a final stage."""
type StageTime { stage: Stage! visits: Int! seconds: Int }
"""What could not be undone, because it was changed since, is gone, or is not the caller's. \`record\` is null where it is gone, or he may not see it."""
type KeptChange { object: String! record: ID reason: String! fields: [String!]! message: String! }
"One that is RUNNING goes on in the background: \`ChangeSet.revert\` tells how far it is."
type RevertReport { state: RevertState! changeSet: ID reverted: Int! kept: [KeptChange!]! }
enum RevertState { RUNNING DONE STOPPED FAILED }
type Revert {
  state: RevertState!
  "Records in all, and of them those that were gone through. Where something was kept and is tried again, these."
  total: Int!
  done: Int!
  "Records that stayed, wholly or in part: they were changed since, are gone or may not be changed."
  kept: Int!
  "The first of them, at most 200, and why."
  keptRecords(first: Int = 50): [KeptRecord!]!
  "Why it failed. It can be begun again."
  error: String
}
"A record that stayed, wholly or in part."
type KeptRecord {
  object: String!
  "Null where the caller may not see it."
  record: RecordLink
  "Labels of the fields that stayed, as far as the caller may read them."
  fields: [String!]!
  message: String!
}

extend type Query {
  "Newest first. Of one record, or all that the caller may see. \`configuration\`: only those of roles, gates, settings and the model, or none of them."
  changeSets(object: String, record: ID, configuration: Boolean, first: Int = 50, after: String): ChangeSetConnection!
  changeSet(id: ID!): ChangeSet
  "Values of a field that keeps its history, with dates."
  fieldHistory(object: String!, id: ID!, field: String!): [FieldPeriod!]!
  stageHistory(object: String!, id: ID!): [StageVisit!]!
  stageTimes(object: String!, id: ID!): [StageTime!]!
}
extend type Mutation {
  "Up to ${AT_ONCE} records are undone before the answer; more in the background. Repeated, it goes on where it was stopped or failed, or tries again what was kept."
  revertChangeSet(id: ID!): RevertReport!
  "Stops an undoing after the records in hand: what is undone stays undone."
  stopRevert(id: ID!): ChangeSet!
}
`

/** The audit trail: who changed what, before and after, and the way back. `permissions` are capabilities that plugins add. */
export const changesFeature = (deps: { engine(): Engine, settings: Settings, enqueue: EnqueueRevert, permissions(): { capability: string, label: Localized }[] }): PluginDefinition => definePlugin({
  id: 'changes',
  version: '1.0.0',
  graphql: {
    typeDefs,
    resolvers: {
      Query: {
        async changeSets(_: unknown, args: Parameters<typeof listChangeSets>[1], ctx: RequestContext) {
          const { nodes, hasNextPage } = await listChangeSets(ctx.reading, args)
          return {
            nodes: nodes.map((n) => ({ ...n, about: args.record })),
            pageInfo: { hasNextPage, hasPreviousPage: Boolean(args.after), startCursor: nodes[0]?.id ?? null, endCursor: nodes.at(-1)?.id ?? null },
          }
        },
        changeSet: (_: unknown, { id }: { id: string }, ctx: RequestContext) => readChangeSet(ctx.reading, id),
        fieldHistory: (_: unknown, a: { object: string, id: string, field: string }, ctx: RequestContext) => fieldHistory(ctx.reading, a.object, a.id, a.field),
        stageTimes: (_: unknown, a: { object: string, id: string }, ctx: RequestContext) => stageTimes(ctx.reading, a.object, a.id),
        stageHistory: (_: unknown, a: { object: string, id: string }, ctx: RequestContext) => stageHistory(ctx.reading, a.object, a.id),
      },
      Mutation: {
        async revertChangeSet(_: unknown, { id }: { id: string }, ctx: RequestContext) {
          const set = await readChangeSet(ctx.reading, id)
          const report: RevertReport = set?.subject ? { state: 'done', changeSet: await revertConfiguration(ctx, deps.settings, set), reverted: 1, kept: [] } : await askRevert(ctx.engine, ctx.caller, id, deps.enqueue)
          if (report.changeSet) ctx.changeSets.push(report.changeSet)
          return { ...report, state: report.state.toUpperCase(), kept: report.kept.map((k) => ({ ...k, record: k.reason === 'gone' ? null : k.record, message: translate(k.message, ctx.reading.locale) })) }
        },
        async stopRevert(_: unknown, { id }: { id: string }, ctx: RequestContext) {
          await stopRevert(ctx.engine, ctx.caller, id)
          return readChangeSet(ctx.reading, id)
        },
      },
      ChangeSet: {
        actor: async (s: ChangeSetRow, _: unknown, ctx: RequestContext) => ({ kind: s.actor_kind, id: s.actor_id, name: await mayName(s, ctx) ? s.actor_name : '…' }),
        records: (s: ChangeSetRow, _: unknown, ctx: RequestContext) => (isMine(s, ctx) || ctx.access.capability('audit.read') ? s.records : countVisible(ctx.reading, s.id)),
        passedGates: (s: ChangeSetRow) => s.flags.passedGatesCount ?? 0,
        revertedBy: (s: ChangeSetRow) => s.reverted_by,
        summary: (s: ChangeSetRow, _: unknown, ctx: RequestContext) => (s.subject ? configurationSummary(ctx.reading, s) : s.message ? summaryText(s.message, ctx.reading) : s.summary),
        revertible: (s: ChangeSetRow, _: unknown, ctx: RequestContext) => (s.subject ? !s.reverted_by && canRevertConfiguration(ctx.access, s) : !s.flags.merge && isLeft(s) && mayRevert(s, ctx)),
        revert: (s: ChangeSetRow, _: unknown, ctx: RequestContext) => (mayRevert(s, ctx) || ctx.access.capability('audit.read') ? s.revert : null),
        configuration: (s: ChangeSetRow, _: unknown, ctx: RequestContext) => (s.subject
          ? configurationOf(ctx.reading, s, (name) => deps.permissions().find((p) => p.capability === name)?.label) : null),
        changes: async (s: ChangeSetRow & { about?: string }, { first, record }: { first: number, record?: string }, ctx: RequestContext) =>
          (await changesOf(ctx.reading, [s.id], Math.min(Math.max(first, 1), 1_000), record ?? s.about)).get(s.id),
      },
      Revert: revertResolvers,
    } as unknown as Resolvers,
  },
  schedules: [{ id: 'minute', cron: '* * * * *', run: () => takeUpReverts(deps.engine(), deps.enqueue) }],
  jobs: {
    revert: {
      input: { type: 'object', required: ['id'], properties: { id: { type: 'string' } }, additionalProperties: false },
      attempts: 5,
      timeoutSeconds: 6 * 3_600,
      run: (input, ctx) => runRevert(deps.engine(), String(input.id), ctx.signal),
    },
  },
})

const revertResolvers = {
  state: (r: RevertStanding) => r.state.toUpperCase(),
  error: (r: RevertStanding, _: unknown, ctx: RequestContext) => r.error && translate(r.error, ctx.reading.locale),
  keptRecords: (r: RevertStanding, { first }: { first: number }, ctx: RequestContext) => (r.kept ? listKept(ctx.reading, r.id, Math.min(Math.max(first, 1), 200)) : []),
}

/** Something of it is still to be undone, and nobody is at it. */
const isLeft = ({ revert, reverted_by }: ChangeSetRow): boolean => (revert ? revert.state !== 'running' && (revert.state !== 'done' || revert.kept > 0) : !reverted_by)

const mayRevert = (set: ChangeSetRow, ctx: RequestContext): boolean => isMine(set, ctx) || ctx.access.capability('changes.revert')
const isMine = (set: ChangeSetRow, ctx: RequestContext): boolean => didMyself(ctx.actor, set)

/** The author is a person like any other: named to those who may read the name. */
async function mayName(set: ChangeSetRow, ctx: RequestContext): Promise<boolean> {
  if (!set.user_id || isMine(set, ctx)) return true
  const user = ctx.reading.generation.model.objects.get('user')!
  const name = user.byKey.get(user.title)!
  if (!ctx.access.canRead(name)) return false
  return ctx.access.scope(user, 'read') === 'all' || (await visibleTitles(ctx.reading, [['user', set.user_id]])).has(set.user_id)
}
