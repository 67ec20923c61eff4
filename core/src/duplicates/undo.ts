import { sql, type Kysely } from 'kysely'
import { ConflictError, NotFoundError } from '@kartotek/sdk'
import { asSystem, type Caller } from '../access/caller.ts'
import { revertChangeSet, type RevertReport } from '../changes/reverts.ts'
import { visibleTitles } from '../changes/changes.ts'
import { UUID } from '../facts/uuid.ts'
import { columnOf, objectOf, type Model } from '../model/model.ts'
import { readingOf, type Engine } from '../records/engine.ts'
import { bothRights, type Moved } from './merge.ts'

/** Days for which a merge can be undone: as long as the loser lies in the trash. */
export const UNDO_DAYS = 30

export interface MergeRow { id: string, object: string, winner: string, loser: string, changeSet: string, bulk: string | null, moved: Moved, at: Date, by: string | null, undoneAt: Date | null }
export const MERGE_FIELDS = sql`m.id, m.object, m.winner_id as winner, m.loser_id as loser, m.change_set_id as "changeSet", m.bulk_id as bulk, m.moved, m.at, m.by_id as by, m.undone_at as "undoneAt"`

/**
 * Takes a merge back: the loser returns as it was, and what the merge moved goes back to it. What was changed since stays
 * and is reported, as far as the caller sees it.
 */
export async function undoMerge(engine: Engine, caller: Caller, id: string): Promise<RevertReport & { winner: string, loser: string }> {
  const reading = readingOf(engine, caller)
  const { rows: [merge] } = UUID.test(id) ? await sql<MergeRow>`select ${MERGE_FIELDS} from core.merge m where m.id = ${id}`.execute(engine.db) : { rows: [] }
  const object = merge && reading.generation.model.objects.get(merge.object)
  if (!merge || !object) throw new NotFoundError('There is no such merge.', { id })
  await bothRights(reading, object, merge.winner, merge.loser)
  if (merge.undoneAt) throw new ConflictError('This change was undone already.', { id })
  if (merge.at < new Date(Date.now() - UNDO_DAYS * 86_400_000)) throw new ConflictError(`A merge can be undone for ${UNDO_DAYS} days.`, { id })
  const { rows: later } = await sql<{ id: string }>`select id from core.merge where loser_id = ${merge.winner} and undone_at is null`.execute(engine.db)
  if (later.length) throw new ConflictError('The record was merged further since; undo that first.', { id, merge: later[0]!.id })

  // Where a crash came between the two steps, the first is done.
  const { rows: [set] } = await sql<{ reverted: string | null }>`select reverted_by as reverted from core.change_set where id = ${merge.changeSet}`.execute(engine.db)
  const report = set?.reverted ? { state: 'done' as const, changeSet: set.reverted, reverted: 0, kept: [] } : await revertChangeSet(engine, asSystem(caller), merge.changeSet, { first: merge.winner })
  const model = await engine.live.withHidden(engine.db)
  await engine.db.transaction().execute(async (trx) => {
    const { rows: undone } = await sql`update core.merge set undone_at = now(), undone_by = ${caller.actor.userId}, undo_change_set_id = ${report.changeSet} where id = ${id} and undone_at is null returning id`.execute(trx)
    if (!undone.length) return
    for (const { user, team, level, before } of merge.moved.shares) {
      const here = sql`object = ${merge.object} and record_id = ${merge.winner} and user_id is not distinct from ${user}::uuid and team_id is not distinct from ${team}::uuid and level = ${level}`
      await (before ? sql`update core.share set level = ${before} where ${here}` : sql`delete from core.share where ${here}`).execute(trx)
    }
    for (const { part, ids } of merge.moved.rows ?? []) await moveBack(trx, model, part, ids, merge)
    for (const key of merge.moved.keys) await sql`update core.external_ref set record_id = ${merge.loser} where system = ${key.system} and object = ${merge.object} and external_id = ${key.id} and record_id = ${merge.winner}`.execute(trx)
    await sql`update core.duplicate_pair set state = 'open', decided_at = null, decided_by = null where object = ${merge.object} and state = 'merged'
      and first_id = least(${merge.winner}::uuid, ${merge.loser}::uuid) and second_id = greatest(${merge.winner}::uuid, ${merge.loser}::uuid)`.execute(trx)
  })
  const seen = await visibleTitles(reading, report.kept.filter((k) => objectOf(reading.generation.model, k.object)).map((k) => [k.object, k.record]))
  const kept = report.kept.filter((k) => seen.has(k.record)).map((k) => ({ ...k, fields: k.fields.filter((key) => { const field = reading.generation.model.objects.get(k.object)?.byKey.get(key); return !field || reading.access.canRead(field) }) }))
  return { ...report, kept, winner: merge.winner, loser: merge.loser }
}

/** Rows that the revert left with the winner: their list is hidden now, or was changed since. */
// eslint-disable-next-line @typescript-eslint/no-explicit-any -- tables come and go with the model
async function moveBack(trx: Kysely<any>, model: Model, name: string, ids: readonly string[], { object, winner, loser }: MergeRow): Promise<void> {
  const part = model.objects.get(name)
  const place = part?.partOf.find((one) => one.object === object)
  if (!part || !place) return
  const back = sql.id(columnOf(part.byKey.get(place.field)!))
  await sql`update core.${sql.id(part.table)} set ${back} = ${loser}, version = version + 1 where id = any(${ids}::uuid[]) and ${back} = ${winner}`.execute(trx)
}
