import type { GraphQLResolveInfo } from 'graphql'
import { sql } from 'kysely'
import { NotFoundError } from '@kartotek/sdk'
import { absentOwners } from '../access/predicate.ts'
import type { Holder, LiveEvent } from '../events/index.ts'
import type { ObjectModel } from '../model/model.ts'
import { objectOf } from '../model/model.ts'
import { readingOf } from '../records/engine.ts'
import { emptyPlan } from '../records/plan.ts'
import type { Reading } from '../records/reading.ts'
import { readByIds } from '../records/rows.ts'
import { planOf, collect } from './plan-from-info.ts'
import type { RequestContext } from './context.ts'

/** Events that wait for a slow reader; beyond it he is told that many records changed. */
const BACKLOG = 200

interface Live extends RequestContext { subscribe(interest: { object: string, recordId?: string }, listener: (event: LiveEvent) => void): () => void }

type Change = LiveEvent | { many: true }

/** A stream that ends at once when its reader leaves or the socket closes; a generator would first wait for one more event. */
function changesOf(ctx: Live, object: ObjectModel, id: string | null): AsyncIterableIterator<Change> {
  const queue: Change[] = []
  let wake: () => void = () => undefined
  let ended = false
  const stop = ctx.subscribe({ object: object.name, ...(id ? { recordId: id } : {}) }, (event) => {
    // A move of stages is an update and a move; one of them is enough.
    if (event.name.endsWith('.stageChanged')) return
    if (queue.length >= BACKLOG) queue.splice(0, queue.length, { many: true })
    else queue.push(event)
    wake()
  })
  const end = (): void => {
    if (ended) return
    ended = true
    stop()
    ctx.signal.removeEventListener('abort', end)
    wake()
  }
  ctx.signal.addEventListener('abort', end)
  if (ctx.signal.aborted) end()

  async function next(): Promise<IteratorResult<Change>> {
    while (!ended) {
      const event = queue.shift()
      if (event) {
        const concerned = await concerns(ctx, object, event).catch((error: Error) => {
          ctx.log.warn({ err: error, object: object.name }, 'a live change could not be judged: its subscriber looks again himself')
          return null
        })
        if (concerned !== false) return { value: concerned ? event : { many: true }, done: false }
      } else await new Promise<void>((resolve) => { wake = resolve })
    }
    return { value: undefined, done: true }
  }
  return {
    next,
    async return() { end(); return { value: undefined, done: true } },
    async throw(error) { end(); throw error },
    [Symbol.asyncIterator]() { return this },
  }
}

/** Changes of an object, or of one record, as the subscriber may see them at the moment of delivery. */
export function changedSubscription(object: ObjectModel) {
  return {
    async subscribe(_: never, { id }: { id?: string | null }, ctx: Live): Promise<AsyncIterableIterator<Change>> {
      if (id && !(await readByIds(ctx.reading, emptyPlan(object), [id])).length) throw new NotFoundError(`There is no ${object.name} ${id}.`)
      return changesOf(ctx, object, id ?? null)
    },
    async resolve(event: LiveEvent | { many: true }, _: never, ctx: Live, info: GraphQLResolveInfo) {
      if ('many' in event) return { kind: 'MANY', id: null, changeSet: null, record: null }
      if (event.recordId === null) return { kind: 'MANY', id: null, changeSet: null, record: null }
      const reading = readingOf(ctx.engine, ctx.caller)
      const selected = [...collect(info, info.fieldNodes).values()].filter((same) => same[0]!.name.value === 'record').flat()
      const current = reading.generation.model.objects.get(object.name)
      const [record] = current ? await readByIds(reading, planOf(info, reading, objectOf(reading.generation.model, object.name), selected), [event.recordId]) : []
      const gone = !record || event.name.endsWith('.trashed')
      return { kind: gone ? 'GONE' : event.name.endsWith('.created') ? 'CREATED' : 'UPDATED', id: event.recordId, changeSet: gone ? null : event.changeSetId, record: gone ? null : record }
    },
  }
}

/**
 * Whether the subscriber sees the record now, or saw it before this change and must be told that it is gone. Null where he may have
 * seen it by something that was cut (an offer of a request, the client whom it belongs to): he looks again, and is told no id.
 */
async function concerns(ctx: Live, object: ObjectModel, event: LiveEvent | { many: true }): Promise<boolean | null> {
  if ('many' in event || event.recordId === null) return true
  const reading = readingOf(ctx.engine, ctx.caller)
  const scope = reading.access.scope(object, 'read')
  if (scope === 'none') return false
  if ((await readByIds(reading, emptyPlan(object), [event.recordId])).length) return true
  if (scope === 'all' || (event.scope?.before && await isWithin(reading, object, scope, event.scope.before))) return true
  const ways = new Set((object.accessFrom ?? []).map((way) => way.split('.')[0]))
  return event.changed.some((key) => ways.has(key)) ? null : false
}

/** Whether a record that was held so was in the actor's scope: what `ownership` of the access predicate asks of a row. */
async function isWithin({ access, db }: Reading, object: ObjectModel, scope: 'own' | 'team', { owner, team }: Holder): Promise<boolean> {
  const { userId, teamIds, standsIn } = access.actor
  if (!userId) return false
  if (owner === userId) return true
  if (standsIn && owner) {
    const { rows } = await sql`select where ${owner}::uuid = any(${absentOwners(userId, object, 'read')})`.execute(db)
    if (rows.length) return true
  }
  if (scope === 'own' || !teamIds.length) return false
  if (team && teamIds.includes(team)) return true
  const { rows } = await sql`select from core.team_member where user_id = ${owner}::uuid and team_id = any(${teamIds}::uuid[]) limit 1`.execute(db)
  return rows.length > 0
}

