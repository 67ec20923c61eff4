import { definePlugin, InputError, NotFoundError, type Filter, type PluginDefinition, type Resolvers } from '@kartotek/sdk'
import { sql } from 'kysely'
import { visibleTitles } from '../changes/changes.ts'
import type { RequestContext } from '../graphql/context.ts'
import type { ObjectModel } from '../model/model.ts'
import { enumName } from '../model/naming.ts'
import type { Engine } from '../records/engine.ts'
import type { Reading } from '../records/reading.ts'
import { checkFilter, isApplicable } from './applicable.ts'
import { createSaved, forgetTrashed, listSaved, mayChange, seenBy, trashSaved, updateSaved, type Saved, type Sharing } from './saved.ts'
import { SAVED_FIELDS, SHARING_INPUT, mutationsOf } from './saved-sdl.ts'

/** A way to look at the list of an object. */
interface ViewDefinition {
  columns: string[]
  filter: Filter | null
  orderBy: { field: string, direction: 'ASC' | 'DESC' }[]
  groupBy: string | null
  layout: 'LIST' | 'BOARD'
  pipeline: string | null
}
type ViewInput = Partial<ViewDefinition> & { name?: string | null, sharing?: Sharing | null }

const typeDefs = `${SHARING_INPUT}
enum ViewLayout { LIST BOARD }
type ViewOrder { field: String! direction: Direction! }
"""A way to look at the list of an object, cut to what the caller may read."""
type SavedView {${SAVED_FIELDS}
  isDefault: Boolean!
  columns: [String!]!
  orderBy: [ViewOrder!]!
  "By which field the list is grouped."
  groupBy: String
  layout: ViewLayout!
  pipeline: ID
}
input ViewOrderInput { field: String! direction: Direction! = ASC }
input SavedViewInput { name: String columns: [String!] filter: JSON orderBy: [ViewOrderInput!] groupBy: String layout: ViewLayout pipeline: ID sharing: SharingInput }
extend type Query {
  "Views of an object that the caller may use: his own, and those shared with him."
  savedViews(object: String!): [SavedView!]!
}
extend type Mutation {${mutationsOf('SavedView')}
  "What the list of an object begins with, for the caller alone; null: as it comes."
  setDefaultView(object: String!, view: ID): Boolean!
}
`
const EMPTY: ViewDefinition = { columns: [], filter: null, orderBy: [], groupBy: null, layout: 'LIST', pipeline: null }
const MOST_COLUMNS = 100

/** Ways to look at lists, saved under a name, private or shared. */
export function viewsFeature(deps: { engine(): Engine }): PluginDefinition {
  return definePlugin({
    id: 'views',
    version: '1.0.0',
    schedules: [{ id: 'forget', cron: '23 3 * * *', run: () => forgetTrashed(deps.engine().db) }],
    graphql: {
      typeDefs,
      resolvers: {
        Query: { savedViews: (_: unknown, { object }: { object: string }, ctx: RequestContext) => views(ctx.reading, object) },
        Mutation: {
          async createSavedView(_: unknown, { object, input }: { object: string, input: ViewInput }, ctx: RequestContext) {
            const model = visibleObject(ctx.reading, object)
            const definition = await defined(ctx.reading, model, EMPTY, input)
            return one(ctx.reading, object, await createSaved(ctx.reading, 'view', object, { name: input.name ?? '', definition, sharing: sharingOf(input.sharing) }))
          },
          async updateSavedView(_: unknown, { id, version, input }: { id: string, version: number, input: ViewInput }, ctx: RequestContext) {
            let object = ''
            await updateSaved<ViewDefinition>(ctx.reading, 'view', id, version, async (before) => {
              object = before.object
              return {
                name: input.name ?? before.name, definition: await defined(ctx.reading, visibleObject(ctx.reading, object), before.definition, input),
                sharing: input.sharing ? sharingOf(input.sharing) : before,
              }
            })
            return one(ctx.reading, object, id)
          },
          async deleteSavedView(_: unknown, { id }: { id: string }, ctx: RequestContext) {
            await trashSaved(ctx.reading, 'view', id, true)
            return true
          },
          async restoreSavedView(_: unknown, { id }: { id: string }, ctx: RequestContext) {
            await trashSaved(ctx.reading, 'view', id, false)
            const [view] = await listSaved<ViewDefinition>(ctx.reading, 'view', null, [id])
            return view ? one(ctx.reading, view.object, id) : null
          },
          async setDefaultView(_: unknown, { object, view }: { object: string, view?: string | null }, ctx: RequestContext) {
            const { db, access: { actor } } = ctx.reading
            visibleObject(ctx.reading, object)
            if (!actor.userId) return false
            if (view && !(await listSaved(ctx.reading, 'view', object, [view])).length) throw new NotFoundError('There is no such record.', { id: view })
            if (!view) await sql`delete from core.view_default where user_id = ${actor.userId} and object = ${object}`.execute(db)
            else await sql`insert into core.view_default (user_id, object, view_id) values (${actor.userId}, ${object}, ${view}) on conflict (user_id, object) do update set view_id = excluded.view_id`.execute(db)
            return true
          },
        },
      } as unknown as Resolvers,
    },
  })
}

export function visibleObject({ generation, access }: Reading, name: string): ObjectModel {
  const object = generation.model.objects.get(name)
  if (!object || object.partOf.length || access.scope(object, 'read') === 'none') throw new InputError(`There is no object "${name}".`, [{ field: 'object', rule: 'reference', message: `There is no object "${name}".` }])
  return object
}

export const sharingOf = (given: Partial<Sharing> | null | undefined): Sharing => ({ everybody: given?.everybody ?? false, teams: given?.teams ?? [], roles: given?.roles ?? [] })

/** What views and segments say of themselves alike. */
export async function shownSaved<D extends { filter: Filter | null }>(reading: Reading, saved: readonly Saved<D>[]): Promise<object[]> {
  const people = await visibleTitles(reading, saved.map((one): [string, string] => ['user', one.owner_id]))
  const me = reading.access.actor.userId
  return Promise.all(saved.map(async (one) => {
    const object = reading.generation.model.objects.get(one.object)
    const applicable = object ? await isApplicable(reading, object, one.definition.filter) : false
    return {
      id: one.id, object: one.object, name: one.name, owner: people.get(one.owner_id) ?? null, mine: one.owner_id === me, canChange: mayChange(reading.access, one),
      everybody: one.everybody, teams: one.teams, roles: one.roles, version: one.version, updatedAt: one.updated_at,
      applicable, filter: applicable ? one.definition.filter : null,
    }
  }))
}

async function views(reading: Reading, name: string, id?: string): Promise<object[]> {
  const object = reading.generation.model.objects.get(name)
  if (!object || reading.access.scope(object, 'read') === 'none') return []
  const saved = await listSaved<ViewDefinition>(reading, 'view', name, id ? [id] : undefined)
  const { rows: [first] } = await sql<{ view_id: string }>`select view_id from core.view_default where user_id = ${reading.access.actor.userId}::uuid and object = ${name}
    and view_id in (select id from core.view where trashed_at is null and ${seenBy(reading.access.actor)})`.execute(reading.db)
  const shown = await shownSaved(reading, saved)
  return saved.map(({ definition: d }, i) => ({
    ...shown[i], isDefault: first?.view_id === saved[i]!.id,
    columns: d.columns.filter((key) => mayShow(reading, object, key)),
    orderBy: d.orderBy.filter((order) => mayShow(reading, object, order.field)),
    groupBy: d.groupBy && mayShow(reading, object, d.groupBy) ? d.groupBy : null,
    layout: d.layout, pipeline: d.pipeline,
  }))
}

async function one(reading: Reading, object: string, id: string): Promise<object> {
  const [view] = await views(reading, object, id)
  if (!view) throw new NotFoundError('There is no such record.', { id })
  return view
}

/** A field, or a list within the record (`contactPoints.phone`), that is there and may be read. */
function mayShow({ access }: Reading, object: ObjectModel, key: string): boolean {
  const field = object.byKey.get(key) ?? object.fields.find((f) => enumName(f.key) === key)
  if (field) return access.canRead(field)
  const list = object.lists.find((l) => l.part && l.name === key.split('.')[0])
  return list !== undefined && access.canList(list)
}

async function defined(reading: Reading, object: ObjectModel, before: ViewDefinition, input: ViewInput): Promise<ViewDefinition> {
  const definition: ViewDefinition = {
    columns: input.columns ?? before.columns, filter: input.filter === undefined ? before.filter : input.filter, orderBy: input.orderBy?.map(({ field, direction }) => ({ field, direction })) ?? before.orderBy,
    groupBy: input.groupBy === undefined ? before.groupBy : input.groupBy, layout: input.layout ?? before.layout, pipeline: input.pipeline === undefined ? before.pipeline : input.pipeline,
  }
  if (definition.columns.length > MOST_COLUMNS || definition.orderBy.length > 5) throw new InputError('A view has at most 100 columns and 5 sortings.', [{ field: 'columns', rule: 'max', message: 'A view has at most 100 columns and 5 sortings.' }])
  // What was there stays, whether this person sees it or not; what he adds he must see.
  if (input.filter) await checkFilter(reading, object, input.filter)
  const added = [...input.columns ?? [], ...(input.orderBy ?? []).map((order) => order.field), ...input.groupBy ? [input.groupBy] : []]
  const unknown = added.find((key) => !mayShow(reading, object, key))
  if (unknown !== undefined) throw new InputError(`${object.type} has no field "${unknown}".`, [{ field: unknown, rule: 'unknown', message: `${object.type} has no field "${unknown}".` }])
  return definition
}
