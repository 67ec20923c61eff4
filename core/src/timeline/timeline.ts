import { InputError, LimitError, NotFoundError } from '@kartotek/sdk'
import { UUID } from '../facts/uuid.ts'
import type { Reading } from '../records/reading.ts'
import { readEntries } from './entries.ts'
import { familyOf } from './family.ts'
import { readFiles } from './files.ts'
import { newestFirst, type Batch, type Place, type TimelineItem } from './item.ts'
import { TOLD } from './kinds.ts'
import { tasksSaying } from './tasks.ts'
import { readTold } from './told.ts'

export interface TimelineArguments {
  object: string
  id: string
  /** Default: all kinds. */
  kinds?: string[] | null
  /** Words that the heading or the text has. */
  search?: string | null
  /** Only what somebody pinned. */
  pinned?: boolean | null
  /** 1–200. Default 50. */
  first?: number | null
  after?: string | null
}

/** Batches of a source that may all be empty for this reader; then the page ends there, and the next one goes on. */
const ROUNDS = 20

/**
 * What happened to a record and to those that hang on it, newest first: what was written down, and what was changed.
 * Each line only where the reader sees the record that it is about.
 * @throws NotFoundError for a record that the reader may not see
 */
export async function readTimeline(reading: Reading, args: TimelineArguments): Promise<{ nodes: TimelineItem[], hasNextPage: boolean, endCursor: string | null, whole: boolean }> {
  const first = args.first ?? 50
  if (first < 1 || first > 200) throw new LimitError('A page of the timeline holds 1–200 entries.', { limit: 200 })
  if ((args.kinds?.length ?? 0) > 50) throw new LimitError('At most 50 kinds.', { limit: 50 })
  const object = reading.generation.model.objects.get(args.object)
  if (!object || !UUID.test(args.id) || reading.access.scope(object, 'read') === 'none') throw unknown(args)
  const family = await familyOf(reading, object, args.id)
  if (!family) throw unknown(args)
  const { ids, whole } = family
  const near: Reading = { ...reading, seen: family.seen }
  const before = args.after ? placeOf(args.after) : null
  const search = args.search?.trim() || null
  const wants = (...kinds: string[]): boolean => !args.kinds || args.kinds.some((kind) => kinds.includes(kind))
  const written = !args.kinds || args.kinds.some((kind) => !TOLD.some((t) => t.key === kind))
  const sources = [
    ...(written ? [(from: Place | null, limit: number) => readEntries(near, { ids, kinds: args.kinds, search, pinned: args.pinned, before: from, limit })] : []),
    ...(wants('file') && !args.pinned ? [(from: Place | null, limit: number) => readFiles(near, ids, search, from, limit)] : []),
    ...(wants('stage', 'change', 'task') && !search && !args.pinned ? [(from: Place | null, limit: number) => readTold(reading, ids, args.kinds ?? null, from, limit)] : []),
    ...(wants('task') && search && !args.pinned ? [await tasksSaying(reading, ids, search)] : []),
  ]
  const parts = await Promise.all(sources.map((source) => filled(first + 1, before, source)))
  // Up to here all sources were read: what others have behind it may be followed by what was not read yet.
  const [horizon] = parts.flatMap(({ horizon }) => horizon ?? []).sort(newestFirst)
  const all = parts.flatMap(({ items }) => items).filter((item) => !horizon || newestFirst(item, horizon) <= 0).sort(newestFirst)
  let size = Math.min(first, all.length)
  // A page never ends within one change set: its lines have one place.
  while (size > 0 && size < all.length && newestFirst(all[size - 1]!, all[size]!) === 0) size += 1
  const nodes = all.slice(0, size)
  const end = all.length > size ? nodes.at(-1) : horizon ?? nodes.at(-1)
  return { nodes, hasNextPage: all.length > size || horizon !== undefined, endCursor: end ? cursorOf(end) : null, whole }
}

const unknown = ({ object, id }: TimelineArguments): NotFoundError => new NotFoundError('There is no such record.', { object, id })

/** `horizon`: where the source was left although it has more; null where it gave enough or has ended. */
async function filled(limit: number, before: Place | null, read: (from: Place | null, limit: number) => Promise<Batch>): Promise<{ items: TimelineItem[], horizon: Place | null }> {
  const items: TimelineItem[] = []
  let from = before
  for (let round = 0; round < ROUNDS; round++) {
    const batch = await read(from, limit)
    items.push(...batch.items)
    if (items.length >= limit || !batch.next) return { items, horizon: null }
    from = batch.next
  }
  return { items, horizon: from }
}

const cursorOf = ({ at, id }: Place): string => Buffer.from(JSON.stringify([at, id])).toString('base64url')

function placeOf(text: string): Place {
  try {
    const [at, id] = JSON.parse(Buffer.from(text, 'base64url').toString('utf8')) as [string, string]
    if (typeof at === 'string' && !Number.isNaN(Date.parse(at)) && typeof id === 'string' && UUID.test(id)) return { at: new Date(at).toISOString(), id }
  } catch { /* told below */ }
  throw new InputError('This cursor does not belong to this list.', [{ field: 'after', rule: 'cursor', message: 'This cursor does not belong to this list; begin from the first page.' }])
}
