import { definePlugin, textIn, type PluginDefinition, type Resolvers } from '@kartotek/sdk'
import type { RequestContext } from '../graphql/context.ts'
import { beginLong, type EnqueueLong } from '../model/long-change.ts'
import { placeOf, type Asked } from '../model/pending.ts'
import { requireFree } from '../model/under-way.ts'
import { RecordsFirst } from '../model/written-first.ts'
import { readingOf } from '../records/engine.ts'
import { AT_ONCE } from '../records/write/batches.ts'
import { createPipeline, updatePipeline, type PipelineInput } from './change.ts'
import type { Gate, Pipeline, Stage } from './pipeline.ts'
import { visibleGate } from './visible-gate.ts'

const typeDefs = `
input GateInput {
  "Keys of fields or names of part lists that must be filled to enter. Those that one does not see stay."
  requiredFields: [String!]
  "Keys of the stages that may follow; empty: any."
  allowedNext: [String!]
  "What the record must meet to enter: a filter of the object, beside it or alone a \`formula\` that gives yes or no (see docs/expressions.md). Only over what its author sees. A condition that one does not see stays where null is given."
  condition: JSON
  "What to tell people when the condition does not hold, by language."
  conditionHint: JSON
  "Ids of the roles that may enter; empty: anyone who may change the record."
  mayPass: [ID!]
}
input StageInput {
  "Of an existing stage; a new one has none."
  id: ID
  key: String!
  labels: JSON!
  kind: StageKind!
  color: String
  probability: Int
  normHours: Int
  gate: GateInput
}
"""The whole pipeline, stages in their order. An existing stage that is missing is archived; records in it move to \`moveTo\`."""
input PipelineInput {
  object: String!
  key: String!
  labels: JSON!
  isDefault: Boolean
  archived: Boolean
  stages: [StageInput!]!
  "Key of the stage that takes the records of removed stages."
  moveTo: String
}
extend type Query {
  pipelines(object: String): [Pipeline!]!
}
extend type Mutation {
  createPipeline(input: PipelineInput!): Pipeline!
  "Up to ${AT_ONCE} records of removed stages are moved before the answer; more in the background, and the answer is \`pending\`."
  updatePipeline(id: ID!, version: Int!, input: PipelineInput!): Pipeline!
}
`

/** Pipelines, their stages and gates. Everybody sees those of objects he may see; \`pipelines.manage\` changes them. */
export const pipelinesFeature = (deps: { enqueueLong: EnqueueLong }): PluginDefinition => definePlugin({
  id: 'pipelines',
  version: '1.0.0',
  graphql: {
    typeDefs,
    resolvers: {
      Query: {
        pipelines: (_: unknown, { object }: { object?: string | null }, { reading: { generation, access } }: RequestContext) => generation.pipelines.filter((p) => {
          const of = generation.model.objects.get(p.object)
          return of && (!object || p.object === object) && access.scope(of, 'read') !== 'none'
        }),
      },
      Mutation: {
        async createPipeline(_: unknown, { input }: { input: PipelineInput }, ctx: RequestContext) {
          ctx.access.require('pipelines.manage')
          return found(ctx, await createPipeline(ctx.engine, ctx.caller, input))
        },
        async updatePipeline(_: unknown, { id, version, input }: { id: string, version: number, input: PipelineInput }, ctx: RequestContext) {
          ctx.access.require('pipelines.manage')
          const asked: Asked = { change: 'updatePipeline', object: input.object, pipeline: id, version, input }
          await requireFree(ctx.engine.db, placeOf(asked))
          try {
            await updatePipeline(ctx.engine, ctx.caller, id, version, input, { atOnce: AT_ONCE })
          } catch (error) {
            if (!(error instanceof RecordsFirst)) throw error
            await beginLong(ctx.engine, ctx.caller, asked, error.records, deps.enqueueLong)
            return { ...found(ctx, id), pending: true }
          }
          return found(ctx, id)
        },
      },
      Pipeline: {
        name: (p: Pipeline, _: unknown, ctx: RequestContext) => textIn(p.name, ctx.reading.locale),
        labels: (p: Pipeline) => p.name,
        pending: (p: Pipeline & { pending?: boolean }) => p.pending ?? false,
        stages: (p: Pipeline) => p.stages.filter((s) => !s.archived),
      },
      Stage: {
        label: (s: Stage, _: unknown, ctx: RequestContext) => textIn(s.name, ctx.reading.locale),
        labels: (s: Stage) => s.name,
        kind: (s: Stage) => s.kind.toUpperCase(),
        gate(stage: Stage, _: unknown, { reading }: RequestContext) {
          const { objects } = reading.generation.model
          const object = objects.get(reading.generation.pipelines.find((p) => p.id === stage.pipelineId)?.object ?? '')
          const gate: Gate = object ? visibleGate(reading, object, stage.gate) : {}
          return {
            requiredFields: gate.requiredFields ?? [], allowedNext: gate.allowedNext ?? [], condition: gate.condition ?? null,
            conditionHint: gate.conditionHint ?? null, mayPass: gate.mayPass ?? [],
          }
        },
      },
    } as unknown as Resolvers,
  },
})

function found(ctx: RequestContext, id: string): Pipeline | undefined {
  return readingOf(ctx.engine, ctx.caller).generation.pipelines.find((p) => p.id === id)
}
