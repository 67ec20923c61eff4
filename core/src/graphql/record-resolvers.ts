import type { GraphQLResolveInfo } from 'graphql'
import { InputError } from '@kartotek/sdk'
import { checkContinued } from '../changes/continued.ts'
import { winnerOf } from '../duplicates/redirect.ts'
import { internationalForm } from '../facts/phone.ts'
import { objectOf, type Model, type ObjectModel } from '../model/model.ts'
import { pascal } from '../model/naming.ts'
import { aggregate, type AggregateArguments } from '../records/aggregate.ts'
import { readingOf } from '../records/engine.ts'
import type { ListArguments } from '../records/list-arguments.ts'
import { LISTS, type Node, type Page } from '../records/plan.ts'
import { aggregateArguments, listArguments } from '../records/record-arguments.ts'
import { countRecords, readByIds, readPage, titleIn } from '../records/rows.ts'
import { checkNumber, writeRecords } from '../records/write/batch.ts'
import type { ItemResult, WriteItem } from '../records/write/draft.ts'
import { write, type Writing } from '../records/write/writing.ts'
import type { RequestContext } from './context.ts'
import { itemError } from './errors.ts'
import { idempotent } from './idempotency.ts'
import { changedSubscription } from './changed-subscription.ts'
import { connectionPlan, planOf } from './plan-from-info.ts'

export type CoreResolver = (parent: never, args: never, ctx: RequestContext, info: GraphQLResolveInfo) => unknown
export type CoreResolvers = Record<string, Record<string, CoreResolver | { subscribe: CoreResolver, resolve: CoreResolver }>>

/** The resolvers of all records, by the names that {@link generateSdl} gives. */
export function recordResolvers(model: Model): CoreResolvers {
  const resolvers: CoreResolvers = { Query: {}, Mutation: {}, Subscription: {}, ...valueResolvers() }
  for (const object of model.objects.values()) {
    Object.assign(resolvers.Query!, queries(object))
    if (!object.partOf.length) {
      Object.assign(resolvers.Mutation!, mutations(object))
      resolvers.Subscription![`${object.name}Changed`] = changedSubscription(object) as never
    }
    resolvers[object.type] = typeResolvers(object)
    resolvers[`${object.type}Connection`] = connectionResolvers(object)
  }
  return resolvers
}

/** A page with what its `total` may still need. */
interface Connection extends Page { args: ListArguments }

/** The object as the request's generation has it: the schema may be older than the last change of labels and options. */
function present(ctx: RequestContext, object: ObjectModel): ObjectModel {
  return objectOf(ctx.reading.generation.model, object.name)
}

function queries(object: ObjectModel): Record<string, CoreResolver> {
  return {
    async [object.name](_: never, { id }: { id: string }, ctx: RequestContext, info: GraphQLResolveInfo) {
      const current = present(ctx, object)
      const found = await readOne(ctx, current, id, info)
      // The id of a record that became part of another one leads there. Such a record lies in the trash, or is gone.
      const winner = found && !found.trashedAt ? null : await winnerOf(ctx.reading.db, current, id)
      return winner ? readOne(ctx, current, winner, info) : found
    },
    async [object.plural](_: never, given: ListArguments, ctx: RequestContext, info: GraphQLResolveInfo): Promise<Connection> {
      const current = present(ctx, object)
      const args = listArguments(current, given)
      const { plan, total } = connectionPlan(info, ctx.reading, current, info.fieldNodes)
      return { ...await readPage(ctx.reading, plan, args, total !== false), args }
    },
    [`${object.name}Aggregate`]: (_: never, args: AggregateArguments, ctx: RequestContext) => aggregate(ctx.reading, present(ctx, object), aggregateArguments(present(ctx, object), args)),
  } as Record<string, CoreResolver>
}

async function readOne(ctx: RequestContext, object: ObjectModel, id: string, info: GraphQLResolveInfo): Promise<Node | null> {
  const plan = planOf(info, ctx.reading, object, info.fieldNodes)
  plan.fields.set('trashedAt', object.byKey.get('trashedAt')!)
  const [node] = await readByIds(ctx.reading, plan, [id])
  return node ?? null
}

function mutations(object: ObjectModel): Record<string, CoreResolver> {
  const current = (w: Writing): ObjectModel => objectOf(w.generation.model, object.name)
  const one = (item: (args: never) => WriteItem): CoreResolver => async (_, args, ctx, info) => {
    const done = await idempotent(ctx, info, args, async (claim) => (await write(ctx.engine, ctx.caller, {}, async (w) => {
      await claim.begin(w.db)
      const [written] = await writeRecords(w, current(w), [item(args)])
      if (!written!.ok) throw written!.error
      const result = { id: written!.id, changeSet: w.changes.length ? w.changeSetId : null }
      await claim.keep(w.db, result)
      return result
    })).result)
    if (done.changeSet) ctx.changeSets.push(done.changeSet)
    const fresh = { ...ctx, reading: readingOf(ctx.engine, ctx.caller) }
    return readOne(fresh, present(fresh, object), done.id, info)
  }
  const many = (items: (args: never) => WriteItem[]): CoreResolver => async (_, args: { changeSet?: string | null }, ctx, info) => {
    const list = items(args as never)
    checkNumber(list)
    const { changeSet } = args
    const bulk = await idempotent(ctx, info, args, async (claim) => (await write(ctx.engine, ctx.caller, { changeSetId: changeSet ?? undefined, operation: info.fieldName }, async (w) => {
      await claim.begin(w.db)
      if (changeSet) await checkContinued(w, changeSet, info.fieldName, list.length)
      const written = await writeRecords(w, current(w), list)
      const result = bulkResult(ctx, written, w.changes.length ? w.changeSetId : null)
      await claim.keep(w.db, result)
      return result
    })).result)
    if (bulk.changeSet) ctx.changeSets.push(bulk.changeSet)
    return bulk
  }
  const ids = (op: 'archive' | 'restore' | 'trash') => ({ ids }: { ids: string[] }): WriteItem[] => [...new Set(ids)].map((id) => ({ op, id }))
  const plural = pascal(object.plural)
  return {
    [`create${object.type}`]: one(({ input }: { input: object }) => ({ op: 'create', input: { ...input } })),
    [`create${plural}`]: many(({ inputs }: { inputs: object[] }) => inputs.map((input) => ({ op: 'create', input: { ...input } }))),
    [`update${object.type}`]: one(({ id, version, input }: { id: string, version?: number, input: object }) => ({ op: 'update', id, version, input: { ...input } })),
    [`update${plural}`]: many(updates),
    [`archive${object.type}`]: one(({ id }: { id: string }) => ({ op: 'archive', id })),
    [`archive${plural}`]: many(ids('archive')),
    [`restore${object.type}`]: one(({ id }: { id: string }) => ({ op: 'restore', id })),
    [`restore${plural}`]: many(ids('restore')),
    [`delete${object.type}`]: one(({ id }: { id: string }) => ({ op: 'trash', id })),
    [`delete${plural}`]: many(ids('trash')),
  }
}

interface Update { id: string, version?: number | null, input: object }

/** One input for all records, or one for each. */
function updates({ ids, input, items }: { ids?: string[] | null, input?: object | null, items?: Update[] | null }): WriteItem[] {
  if (items ? ids || input : !ids || !input) throw new InputError('Give `ids` with one `input` for all, or `items` with an input each.')
  const seen = new Set<string>()
  for (const { id } of items ?? []) {
    // The second of two changes of one record would be made of what was there before the first.
    if (seen.has(id)) throw new InputError(`\`items\` names the record ${id} twice.`)
    seen.add(id)
  }
  return (items ?? [...new Set(ids)].map((id): Update => ({ id, input: input! }))).map(({ id, version, input }) => ({ op: 'update', id, version, input: { ...input } }))
}

/** What became of many, as the API tells it. */
export function bulkResult(ctx: RequestContext, results: ItemResult[], changeSetId: string | null) {
  const failed = results.filter((r) => !r.ok).length
  return {
    changeSet: changeSetId, succeeded: results.length - failed, failed,
    results: results.map((r, index) => ({ index, id: r.id ?? null, ok: r.ok, error: r.ok ? null : itemError(r.error, ctx.log, ctx.reading.locale) })),
  }
}

function typeResolvers(object: ObjectModel): Record<string, CoreResolver> {
  const lists = object.lists.map((list) => [list.name, (parent: { [LISTS]?: Record<string, Page> }, _: never, __: RequestContext, info: GraphQLResolveInfo) => {
    const page = parent[LISTS]?.[info.path.key]
    return list.part ? page?.nodes ?? null : page ?? null
  }])
  return {
    ...(object.byKey.has('title') || object.partOf.length ? {} : { title: (parent: Node) => titleOf(object, parent) }),
    ...Object.fromEntries(lists),
    ...(object.staged ? stagedResolvers() : {}),
  } as Record<string, CoreResolver>
}

function titleOf(object: ObjectModel, node: Node): string | null {
  const value = titleIn(node, object)
  if (value === null || value === undefined) return null
  return typeof value === 'object' && 'label' in value ? String((value as { label: string }).label) : String(value)
}

function connectionResolvers(object: ObjectModel): Record<string, CoreResolver> {
  return {
    edges: ({ nodes, cursorOf }: Page) => nodes.map((node, i) => ({ node, cursor: cursorOf(i) })),
    pageInfo: ({ hasNextPage, hasPreviousPage, cursorOf }: Page) => ({ hasNextPage, hasPreviousPage, startCursor: cursorOf(0), endCursor: cursorOf(-1) }),
    total: (page: Connection, { exact }: { exact?: boolean }, ctx: RequestContext) => (exact && page.total && !page.total.exact && page.args
      ? countRecords(ctx.reading, present(ctx, object), page.args, true) : page.total),
  } as Record<string, CoreResolver>
}

/** Stages and pipelines are rules of the generation, found by id. */
function stagedResolvers(): Record<string, CoreResolver> {
  return {
    stage: (parent: Node, _: never, ctx: RequestContext) => ctx.reading.generation.stages.get(parent.stage as string) ?? null,
    pipeline: (parent: Node, _: never, ctx: RequestContext) => ctx.reading.generation.pipelines.find((p) => p.id === parent.pipeline) ?? null,
  } as Record<string, CoreResolver>
}

/** Values that are dear to compute: only where they are selected. */
function valueResolvers(): CoreResolvers {
  return {
    Phone: { display: ({ raw, e164 }: { raw: string, e164: string | null }) => (e164 ? internationalForm(e164) ?? raw : raw) },
  } as unknown as CoreResolvers
}
