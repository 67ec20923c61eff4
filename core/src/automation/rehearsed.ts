import type { Filter } from '@kartotek/sdk'
import { sql } from 'kysely'
import { compileCondition, halvesOf, holding } from '../conditions/condition.ts'
import type { Row } from '../model/generation.ts'
import type { ObjectModel } from '../model/model.ts'
import type { Condition, Reading } from '../records/reading.ts'

/** Records that a formula is worked out for at most, the newest first: lists count exactly up to as many. */
const MOST = 10_000
const BATCH = 500

/**
 * The records that the formula of a condition leaves of those that its filter finds. Null where there is no formula.
 * `exact`: there are no more than were looked at.
 * @param which of the records `r` are asked; null: all
 */
export async function heldByFormula(reading: Reading, object: ObjectModel, condition: Filter | null, which: Condition | null): Promise<{ ids: string[], exact: boolean } | null> {
  if (halvesOf(condition).formula === null) return null
  const now = new Date()
  const ids: string[] = []
  for (let looked = 0, before: { at: string, id: string } | null = null; looked < MOST; looked += BATCH) {
    const { rows }: { rows: (Row & { 'made at': string })[] } = await sql<Row & { 'made at': string }>`select r.*, r.created_at::text as "made at" from core.${sql.id(object.table)} r
      where r.trashed_at is null and r.archived_at is null and ${which ?? sql<boolean>`true`} and ${compileCondition(reading, object, condition, 'r')}
        ${before ? sql`and (r.created_at, r.id) < (${before.at}::timestamptz, ${before.id}::uuid)` : sql``} order by r.created_at desc, r.id desc limit ${sql.lit(BATCH)}`.execute(reading.db)
    ids.push(...(await holding(reading, object, condition, rows, now)).map((row) => row.id))
    if (rows.length < BATCH) return { ids, exact: true }
    before = { at: rows.at(-1)!['made at'], id: rows.at(-1)!.id }
  }
  return { ids, exact: false }
}
