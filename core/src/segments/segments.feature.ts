import { definePlugin, InputError, NotFoundError, type Filter, type PluginDefinition, type Resolvers } from '@kartotek/sdk'
import { sql } from 'kysely'
import type { RequestContext } from '../graphql/context.ts'
import { UUID } from '../facts/uuid.ts'
import type { Reading } from '../records/reading.ts'
import { countRecords } from '../records/rows.ts'
import { checkFilter } from '../views/applicable.ts'
import { createSaved, listSaved, trashSaved, updateSaved, type Sharing } from '../views/saved.ts'
import { SAVED_FIELDS, mutationsOf } from '../views/saved-sdl.ts'
import { sharingOf, shownSaved, visibleObject } from '../views/views.feature.ts'
import { segmentsIn } from './in-filter.ts'

interface SegmentDefinition { filter: Filter }
interface SegmentInput { name?: string | null, filter?: Filter | null, sharing?: Sharing | null }

const typeDefs = `
"""
Records that meet conditions, under a name. Used by \`inSegment\` of filters. Everybody finds in it what he may see himself. Other segments
are joined by its own conditions: \`or\`, \`and\` and \`not\` of \`inSegment\`.
"""
type Segment {${SAVED_FIELDS}
  "How many records it has for the caller; null where it is not applicable."
  count(exact: Boolean = false): Total
}
input SegmentInput { name: String filter: JSON sharing: SharingInput }
extend type Query {
  "Segments that the caller may use: his own, and those shared with him."
  segments(object: String): [Segment!]!
  segment(id: ID!): Segment
  "How many records a filter finds that is not saved yet."
  filterCount(object: String!, filter: JSON!, exact: Boolean = false): Total!
}
extend type Mutation {${mutationsOf('Segment')}
}
`

type Shown = { object: string, filter: Filter | null, applicable: boolean }

/** Saved conditions over the records of an object, usable wherever filters are. */
export function segmentsFeature(): PluginDefinition {
  const one = async (reading: Reading, id: string): Promise<object> => {
    const [segment] = await segments(reading, null, [id])
    if (!segment) throw new NotFoundError('There is no such record.', { id })
    return segment
  }
  return definePlugin({
    id: 'segments',
    version: '1.0.0',
    graphql: {
      typeDefs,
      resolvers: {
        Query: {
          segments: (_: unknown, { object }: { object?: string | null }, ctx: RequestContext) => segments(ctx.reading, object ?? null),
          segment: async (_: unknown, { id }: { id: string }, ctx: RequestContext) => (await segments(ctx.reading, null, [id]))[0] ?? null,
          filterCount: (_: unknown, { object, filter, exact }: { object: string, filter: Filter, exact: boolean }, ctx: RequestContext) =>
            countRecords(ctx.reading, visibleObject(ctx.reading, object), { filter }, exact),
        },
        Segment: {
          count: (segment: Shown, { exact }: { exact: boolean }, ctx: RequestContext) =>
            (segment.applicable && segment.filter ? countRecords(ctx.reading, visibleObject(ctx.reading, segment.object), { filter: segment.filter }, exact) : null),
        },
        Mutation: {
          async createSegment(_: unknown, { object, input }: { object: string, input: SegmentInput }, ctx: RequestContext) {
            const filter = required(input.filter)
            await checkFilter(ctx.reading, visibleObject(ctx.reading, object), filter)
            return one(ctx.reading, await createSaved<SegmentDefinition>(ctx.reading, 'segment', object, { name: input.name ?? '', definition: { filter }, sharing: sharingOf(input.sharing) }))
          },
          async updateSegment(_: unknown, { id, version, input }: { id: string, version: number, input: SegmentInput }, ctx: RequestContext) {
            await updateSaved<SegmentDefinition>(ctx.reading, 'segment', id, version, async (before) => {
              if (input.filter !== undefined) {
                await checkFilter(ctx.reading, visibleObject(ctx.reading, before.object), required(input.filter))
                await refuseCircle(ctx.reading, id, input.filter)
              }
              return { name: input.name ?? before.name, definition: { filter: input.filter ?? before.definition.filter }, sharing: input.sharing ? sharingOf(input.sharing) : before }
            })
            return one(ctx.reading, id)
          },
          async deleteSegment(_: unknown, { id }: { id: string }, ctx: RequestContext) {
            await trashSaved(ctx.reading, 'segment', id, true)
            return true
          },
          async restoreSegment(_: unknown, { id }: { id: string }, ctx: RequestContext) {
            await trashSaved(ctx.reading, 'segment', id, false)
            return one(ctx.reading, id)
          },
        },
      } as unknown as Resolvers,
    },
  })
}

async function segments(reading: Reading, object: string | null, ids?: readonly string[]): Promise<object[]> {
  const { generation: { model }, access } = reading
  const saved = (await listSaved<SegmentDefinition>(reading, 'segment', object, ids)).filter((one) => {
    const its = model.objects.get(one.object)
    return its !== undefined && access.scope(its, 'read') !== 'none'
  })
  return shownSaved(reading, saved)
}

function required(filter: Filter | null | undefined): Filter {
  if (filter && typeof filter === 'object' && !Array.isArray(filter) && Object.keys(filter).length) return filter
  throw new InputError('A segment needs at least one condition.', [{ field: 'filter', rule: 'required', message: 'A segment needs at least one condition.' }])
}

/** Whatever a segment consists of must not lead back to it. @throws InputError */
async function refuseCircle({ db }: Reading, id: string, filter: unknown): Promise<void> {
  const seen = new Set<string>()
  let next = [...segmentsIn(filter)]
  while (next.length) {
    if (next.includes(id)) throw new InputError('A segment cannot contain itself.', [{ field: 'filter', rule: 'circle', message: 'A segment cannot contain itself.' }])
    for (const one of next) seen.add(one)
    const { rows } = await sql<{ definition: SegmentDefinition }>`select definition from core.segment where id = any(${next.filter((one) => UUID.test(one))}::uuid[])`.execute(db)
    next = rows.flatMap((row) => [...segmentsIn(row.definition.filter)]).filter((one) => !seen.has(one))
  }
}
