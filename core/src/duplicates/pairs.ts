import { createHash } from 'node:crypto'
import { sql } from 'kysely'
import { uuidv7 } from 'uuidv7'
import { ConflictError, LimitError, NotAllowedError, NotFoundError } from '@kartotek/sdk'
import { accessPredicate } from '../access/predicate.ts'
import type { Caller } from '../access/caller.ts'
import { visibleTitles } from '../changes/changes.ts'
import { UUID } from '../facts/uuid.ts'
import { jobOf } from '../import/job.ts'
import { readingOf, type Engine } from '../records/engine.ts'
import type { Reading } from '../records/reading.ts'
import { rightsOn } from '../records/write/load.ts'
import { isMatched, kindsOf, rankOf, together, visibleKinds, type KeyKind, type Matched, type Reason, type Strength } from './kinds.ts'
import { mergeRecords } from './merge.ts'

export interface PairRow { id: string, object: Matched, first_id: string, second_id: string, strength: number, kinds: KeyKind[], reasons: Reason[], state: string, found_at: Date }
export interface Pair { id: string, object: Matched, first: { object: string, id: string, title: string | null }, second: { object: string, id: string, title: string | null }, strength: Strength, reasons: Reason[], foundAt: Date, canMerge: boolean }

export interface PairQuery { object: string, strength?: Strength | null, dismissed?: boolean | null, record?: string | null, import?: string | null, first?: number | null, after?: string | null }

/** Pairs of which the reader sees both records and something of what they have in common, strongest first. */
export async function listPairs(reading: Reading, query: PairQuery): Promise<{ nodes: Pair[], hasNextPage: boolean, endCursor: string | null }> {
  const size = query.first ?? 50
  if (size < 1 || size > 200) throw new LimitError('A page holds 1–200 pairs.', { limit: 200 })
  const { access, generation: { model } } = reading
  const object = isMatched(query.object) ? model.objects.get(query.object) : undefined
  if (!object || access.scope(object, 'read') === 'none') throw new NotFoundError('There is no such object.', { object: query.object })
  const name = object.name as Matched
  const kinds = [...visibleKinds(model, access, name)]
  const conditions = [sql`d.object = ${name} and d.state = ${query.dismissed ? 'dismissed' : 'open'}`]
  // Where some kinds are closed, neither the strength nor the order may tell of them.
  const whole = kinds.length === kindsOf(name).length
  if (!whole) conditions.push(sql`d.kinds && ${kinds}::text[]`)
  if (query.strength && whole) conditions.push(sql`d.strength >= ${rankOf(query.strength)}`)
  if (query.record) conditions.push(UUID.test(query.record) ? sql`(d.first_id = ${query.record} or d.second_id = ${query.record})` : sql`false`)
  if (query.import) {
    const made = sql`(select c.record_id from core.change c where c.change_set_id = ${(await jobOf(reading.db, query.import, access)).changeSetId} and c.object = ${name} and c.action = 'create')`
    conditions.push(sql`(d.first_id in ${made} or d.second_id in ${made})`)
  }
  for (const [alias, column] of [['a', 'first_id'], ['b', 'second_id']] as const) {
    const allowed = accessPredicate(model, access, object, 'read', alias)
    conditions.push(sql`exists (select from core.${sql.id(object.table)} ${sql.id(alias)} where ${sql.ref(`${alias}.id`)} = d.${sql.id(column)} and ${sql.ref(`${alias}.trashed_at`)} is null${allowed ? sql` and ${allowed}` : sql``})`)
  }
  const [rank, id] = (query.after ?? '').split(' ') as [string, string?]
  if (id && UUID.test(id) && /^\d$/.test(rank)) conditions.push(whole ? sql`(d.strength, d.id) < (${Number(rank)}, ${id}::uuid)` : sql`d.id < ${id}::uuid`)
  const { rows } = await sql<PairRow>`select d.* from core.duplicate_pair d where ${sql.join(conditions, sql` and `)}
    order by ${whole ? sql`d.strength desc, d.id desc` : sql`d.id desc`} limit ${sql.lit(size + 1)}`.execute(reading.db)
  const page = rows.slice(0, size)
  const last = page.at(-1)
  const nodes = await shownPairs(reading, name, page)
  return { nodes: query.strength && !whole ? nodes.filter((pair) => rankOf(pair.strength) >= rankOf(query.strength!)) : nodes, hasNextPage: rows.length > size, endCursor: last ? `${last.strength} ${last.id}` : null }
}

async function shownPairs(reading: Reading, name: Matched, rows: readonly PairRow[]): Promise<Pair[]> {
  const object = reading.generation.model.objects.get(name)!
  const kinds = visibleKinds(reading.generation.model, reading.access, name)
  const ids = [...new Set(rows.flatMap((row) => [row.first_id, row.second_id]))]
  const titles = await visibleTitles(reading, ids.map((id) => [name, id]))
  const rights = await rightsOn(reading, object, ids)
  const may = (id: string): boolean => Boolean(rights.get(id)?.update && rights.get(id)?.delete)
  return rows.flatMap((row) => {
    const reasons = row.reasons.filter((reason) => kinds.has(reason.kind))
    const strength = together(reasons)
    if (!strength || !titles.has(row.first_id) || !titles.has(row.second_id)) return []
    const link = (id: string) => ({ object: name, id, title: titles.get(id) ?? null })
    return [{ id: row.id, object: name, first: link(row.first_id), second: link(row.second_id), strength, reasons, foundAt: row.found_at, canMerge: may(row.first_id) && may(row.second_id) }]
  })
}

/** Pairs by id, as the reader sees them. */
export async function pairsById(reading: Reading, ids: readonly string[]): Promise<(Pair & { state: string })[]> {
  const { rows } = await sql<PairRow>`select * from core.duplicate_pair where id = any(${ids.filter((id) => UUID.test(id))}::uuid[])`.execute(reading.db)
  const result: (Pair & { state: string })[] = []
  for (const [object, group] of Map.groupBy(rows, (row) => row.object)) {
    if (reading.access.scope(reading.generation.model.objects.get(object)!, 'read') === 'none') continue
    for (const pair of await shownPairs(reading, object, group)) result.push({ ...pair, state: group.find((row) => row.id === pair.id)!.state })
  }
  return ids.flatMap((id) => result.find((pair) => pair.id === id) ?? [])
}

/** «Not a duplicate», or open again: for who may change both. It is remembered, whatever is found later. */
export async function decidePair(reading: Reading, id: string, state: 'dismissed' | 'open'): Promise<void> {
  const [pair] = await pairsById(reading, [id])
  if (!pair || pair.state === 'merged') throw new NotFoundError('There is no such pair.', { id })
  const rights = await rightsOn(reading, reading.generation.model.objects.get(pair.object)!, [pair.first.id, pair.second.id])
  if (![pair.first.id, pair.second.id].every((one) => rights.get(one)?.update)) throw new NotAllowedError('You may not change this record.', { object: pair.object, id: pair.first.id })
  await sql`update core.duplicate_pair set state = ${state}, decided_at = now(), decided_by = ${reading.access.actor.userId} where id = ${id} and state <> 'merged'`.execute(reading.db)
}

/** Pairs that one call merges. */
const MOST_AT_ONCE = 100

export interface Planned { pair: string, winner: Pair['first'], loser: Pair['first'] }

/**
 * Which record of each pair would stay: the older one. The mark stands for what both are now: who merges many has looked at
 * exactly this.
 */
export async function planPairs(reading: Reading, ids: readonly string[]): Promise<{ mark: string, items: Planned[] }> {
  if (ids.length > MOST_AT_ONCE) throw new LimitError(`At most ${MOST_AT_ONCE} pairs at once.`, { limit: MOST_AT_ONCE })
  const pairs = (await pairsById(reading, [...new Set(ids)])).filter((pair) => pair.state === 'open' && pair.canMerge)
  const versions = new Map<string, string>()
  for (const [object, group] of Map.groupBy(pairs, (pair) => pair.object)) {
    const { rows } = await sql<{ id: string, version: number, at: string }>`select id, version, created_at::text as at from core.${sql.id(reading.generation.model.objects.get(object)!.table)}
      where id = any(${group.flatMap((pair) => [pair.first.id, pair.second.id])}::uuid[])`.execute(reading.db)
    for (const row of rows) versions.set(row.id, `${row.at} ${row.id} ${row.version}`)
  }
  const items = pairs.map((pair): Planned => {
    const [winner, loser] = versions.get(pair.first.id)! <= versions.get(pair.second.id)! ? [pair.first, pair.second] : [pair.second, pair.first]
    return { pair: pair.id, winner, loser }
  })
  const mark = createHash('sha256').update(JSON.stringify(items.map((item) => [item.pair, versions.get(item.winner.id), versions.get(item.loser.id)]))).digest('hex')
  return { mark, items }
}

/** Merges what was looked at, each pair by itself; all of them can be undone by one id. @throws ConflictError where something changed since */
export async function mergePairs(engine: Engine, caller: Caller, ids: readonly string[], mark: string): Promise<{ bulk: string, results: { pair: string, merge: string | null, changeSet: string | null, error: Error | null }[] }> {
  const plan = await planPairs(readingOf(engine, caller), ids)
  if (plan.mark !== mark) throw new ConflictError('Something changed since you looked. Look again.', {})
  const bulk = uuidv7()
  const results = []
  for (const { pair, winner, loser } of plan.items) {
    try {
      const merged = await mergeRecords(engine, caller, { object: winner.object, winner: winner.id, loser: loser.id }, bulk)
      results.push({ pair, merge: merged.id, changeSet: merged.changeSet, error: null })
    } catch (error) {
      results.push({ pair, merge: null, changeSet: null, error: error as Error })
    }
  }
  return { bulk, results }
}
