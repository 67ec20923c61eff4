import { definePlugin, NotFoundError, textIn, type PluginDefinition, type Resolvers } from '@kartotek/sdk'
import { SYSTEM_CALLER } from '../access/caller.ts'
import type { RequestContext } from '../graphql/context.ts'
import { translate } from '../messages/translate.ts'
import { knownField, knownObject, TableBusyError } from '../model/change.ts'
import { asSeenBy } from '../model/field-plan.ts'
import type { FieldModel, ObjectModel } from '../model/model.ts'
import { holdersOf, PAUSE_SECONDS } from '../model/pending.ts'
import type { Engine } from '../records/engine.ts'
import { ruleMessage } from '../records/problems.ts'
import { ATTEMPTS, runRetype } from './copy.ts'
import { planRetype, type RetypeInput } from './plan.ts'
import { cancelRetype, findRetype, listRetypes, startRetype, UNDO_DAYS, type Retype } from './retype.ts'
import { removeFormer, undoRetype } from './undo.ts'

const typeDefs = `
"""Another type for a field that is there. Choices that are not given are made of the values."""
input FieldTypeInput {
  type: FieldType!
  options: [OptionInput!]
  scale: Int
  "Values that the new type cannot hold become empty instead of standing in the way."
  emptyFailing: Boolean = false
}
type FieldTypePlan {
  ready: Boolean!
  failing: Int!
  rows: [FailingRow!]!
  "The choices that the field would have."
  options: [OptionInfo!]!
  "Formulas, gates and rules that read the field and must let go of it first."
  usedBy: [String!]!
  "Webhooks, rules of intake, segments and views that look at the field: look them over afterwards."
  alsoReadBy: [String!]!
}
enum FieldTypeChangeState { COPYING DONE FAILED UNDONE }
type FieldTypeChange {
  id: ID!
  object: String!
  field: String!
  from: FieldType!
  to: FieldType!
  state: FieldTypeChangeState!
  "Records converted so far."
  copied: Int!
  emptied: Int!
  error: String
  "Those who hold the table, so that it could not begin yet."
  waitsFor: [TableHolder!]!
  createdAt: DateTime!
  "Until then it can be undone."
  undoUntil: DateTime
}
type UndoneFieldType { field: String! "Values written since that the former type cannot hold: the former ones stand." lost: Int! }
extend type Query {
  "Changes of type of an object's fields that run, failed lately, or can still be undone."
  fieldTypeChanges(object: String!): [FieldTypeChange!]!
}
extend type Mutation {
  "What changing the type of an own field would meet. Changes nothing."
  planFieldType(object: String!, field: String!, input: FieldTypeInput!): FieldTypePlan!
  "Converts the values in the background, then swaps; people go on working meanwhile."
  changeFieldType(object: String!, field: String!, input: FieldTypeInput!): FieldTypeChange!
  undoFieldType(id: ID!): UndoneFieldType!
  "Ends a change that still runs: the field stays as it is."
  cancelFieldType(id: ID!): FieldTypeChange!
}
`

export interface RetypingDeps {
  engine(): Engine
  enqueue(input: { id: string }, options: { key: string, startAfterSeconds?: number }): Promise<void>
  requestIndexes(): Promise<void>
}

type Target = { object: string, field: string, input: RetypeInput }

/** Another type for an own field, planned first, without a pause, and undone within a month. */
export function retypingFeature(deps: RetypingDeps): PluginDefinition {
  /** As for all of a field's rules: one that is closed to who manages the model is none for him. */
  const managed = (ctx: RequestContext, name: string, key: string): { object: ObjectModel, field: FieldModel } => {
    ctx.access.require('model.manage')
    const object = knownObject(deps.engine(), name)
    return { object, field: knownField(object, key, (field) => ctx.access.canRead(field)) }
  }
  const shown = (retype: Retype): object => ({
    ...retype, field: retype.key, from: retype.fromDefinition.type, to: retype.toDefinition.type, state: retype.state.toUpperCase(),
    waitsFor: () => (retype.columnsThere || retype.state !== 'copying' ? [] : holdersOf(deps.engine(), [retype.object])),
    undoUntil: retype.state === 'done' ? new Date(retype.swappedAt!.getTime() + UNDO_DAYS * 86_400_000) : null,
  })
  return definePlugin({
    id: 'retyping',
    version: '1.0.0',
    graphql: {
      typeDefs,
      resolvers: {
        FieldTypeChange: { error: ({ error }: Retype, _: unknown, ctx: RequestContext) => error && translate(error, ctx.reading.locale) },
        Query: {
          async fieldTypeChanges(_: unknown, { object: name }: { object: string }, ctx: RequestContext) {
            ctx.access.require('model.manage')
            const object = knownObject(deps.engine(), name)
            const readable = (key: string): boolean => object.byKey.has(key) && ctx.access.canRead(object.byKey.get(key)!)
            return (await listRetypes(ctx.engine.db, object.name)).filter(({ key }) => readable(key)).map(shown)
          },
        },
        Mutation: {
          async planFieldType(_: unknown, { object: name, field: key, input }: Target, ctx: RequestContext) {
            const { object, field } = managed(ctx, name, key)
            const { definition, usedBy, alsoReadBy, ...plan } = await planRetype(deps.engine(), ctx.caller, name, key, { ...input })
            const seen = await asSeenBy(deps.engine(), ctx.caller, object, field, plan)
            const { locale } = ctx.reading
            return {
              ...seen, usedBy, alsoReadBy, rows: seen.rows.map((row) => ({ ...row, message: ruleMessage(row.rule, { type: input.type }, locale) })),
              options: (definition.options ?? []).map((option) => ({ key: option.key, label: textIn(option.label, locale) || option.key, labels: option.label, color: option.color ?? 'slate' })),
            }
          },
          async changeFieldType(_: unknown, { object, field, input }: Target, ctx: RequestContext) {
            managed(ctx, object, field)
            const id = await startRetype(deps.engine(), ctx.caller, object, field, { ...input })
            await deps.enqueue({ id }, { key: id })
            return shown((await findRetype(ctx.engine.db, id))!)
          },
          async cancelFieldType(_: unknown, { id }: { id: string }, ctx: RequestContext) {
            ctx.access.require('model.manage')
            const retype = await findRetype(ctx.engine.db, id)
            if (!retype) throw new NotFoundError('There is no change of type that runs.')
            managed(ctx, retype.object, retype.key)
            await cancelRetype(deps.engine(), ctx.caller, id)
            return shown((await findRetype(ctx.engine.db, id))!)
          },
          async undoFieldType(_: unknown, { id }: { id: string }, ctx: RequestContext) {
            ctx.access.require('model.manage')
            const retype = await findRetype(ctx.engine.db, id)
            if (!retype) throw new NotFoundError('There is no change of type that could be undone.')
            managed(ctx, retype.object, retype.key)
            const done = await undoRetype(deps.engine(), ctx.caller, id)
            await deps.requestIndexes()
            return { ...done, field: retype.key }
          },
        },
      } as unknown as Resolvers,
    },
    jobs: {
      run: {
        input: { type: 'object', required: ['id'], properties: { id: { type: 'string' } }, additionalProperties: false },
        attempts: ATTEMPTS,
        timeoutSeconds: 6 * 3_600,
        async run(input, ctx) {
          const retype = await findRetype(deps.engine().db, String(input.id))
          const caller = { ...SYSTEM_CALLER, actor: { ...SYSTEM_CALLER.actor, userId: retype?.userId ?? null, name: retype?.userName ?? SYSTEM_CALLER.actor.name } }
          try {
            await runRetype(deps.engine(), caller, String(input.id), ctx.signal)
          } catch (error) {
            if (!(error instanceof TableBusyError)) throw error
            await deps.enqueue({ id: String(input.id) }, { key: String(input.id), startAfterSeconds: PAUSE_SECONDS })
          }
          await deps.requestIndexes()
        },
      },
    },
    schedules: [{ id: 'remove-former', cron: '20 4 * * *', run: () => removeFormer(deps.engine()) }],
  })
}
