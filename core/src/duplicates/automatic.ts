import { sql } from 'kysely'
import { SYSTEM_CALLER } from '../access/caller.ts'
import type { Row } from '../model/generation.ts'
import type { Engine } from '../records/engine.ts'
import { mergeRecords } from './merge.ts'
import { isEmpty, mergedFields, sameValue } from './merge-plan.ts'
import { rankOf } from './kinds.ts'
import type { PairRow } from './pairs.ts'

/** Pairs that are merged by themselves after one look. */
const MOST = 50

/** Merges pairs of a strong match whose filled fields all agree and whose owner is the same; the older record stays. */
export async function mergeAlike(engine: Engine, ids: readonly string[]): Promise<void> {
  const { rows: pairs } = await sql<PairRow>`select * from core.duplicate_pair where id = any(${ids.slice(0, 1_000)}::uuid[]) and state = 'open' and strength >= ${rankOf('strong')} order by id limit ${sql.lit(MOST)}`.execute(engine.db)
  for (const pair of pairs) {
    const object = engine.live.current.model.objects.get(pair.object)!
    const { rows } = await sql<Row>`select r.* from core.${sql.id(object.table)} r where r.id in (${pair.first_id}, ${pair.second_id}) and r.trashed_at is null and r.archived_at is null order by r.created_at, r.id`.execute(engine.db)
    const [older, younger] = rows
    if (!older || !younger || !older.owner_id || older.owner_id !== younger.owner_id) continue
    if (!mergedFields(object).every((field) => isEmpty(field, older) || isEmpty(field, younger) || sameValue(field, older, younger))) continue
    await mergeRecords(engine, SYSTEM_CALLER, { object: object.name, winner: older.id, loser: younger.id, winnerVersion: older.version, loserVersion: younger.version })
      .catch((error: Error) => engine.log.warn({ err: error, pair: pair.id }, 'a pair of duplicates could not be merged by itself'))
  }
}
