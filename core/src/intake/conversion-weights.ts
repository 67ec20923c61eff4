import { sql } from 'kysely'
import type { Writing } from '../records/write/writing.ts'

const DAYS = 90
/** Requests with the mean result that everybody is taken to have had besides his own: few of them say little, and who is new counts as the mean. */
const TAKEN_AS_MEAN = 10

/**
 * How many times as much as the mean of these people each of them won of his requests of the last {@link DAYS} days that were settled: declined, accepted
 * without an order, or with an order that is closed. What is still open says nothing yet.
 */
export async function conversionWeights(w: Writing, users: readonly string[], now: Date): Promise<Map<string, number>> {
  const stages = [...w.generation.stages.values()]
  const of = (kind: string): string[] => stages.filter((stage) => stage.kind === kind).map((stage) => stage.id)
  const { rows } = await sql<{ user: string, settled: number, won: number }>`select i.owner_id as user, count(*)::int as settled, (count(*) filter (where o.stage_id = any(${of('won')}::uuid[])))::int as won
    from core.intake_item i left join core."order" o on o.id = i.order_id
    where i.owner_id = any(${users}::uuid[]) and i.received_at >= ${now}::timestamptz - make_interval(days => ${DAYS}) and i.state in ('accepted', 'linked', 'declined') and i.trashed_at is null
      and (o.id is null or o.stage_id is null or o.stage_id <> all(${of('open')}::uuid[])) group by 1`.execute(w.db)
  const [settled, won] = [rows.reduce((sum, row) => sum + row.settled, 0), rows.reduce((sum, row) => sum + row.won, 0)]
  const mean = settled ? won / settled : 0
  const figures = new Map(rows.map((row) => [row.user, row]))
  return new Map(users.map((user) => {
    const own = figures.get(user)
    return [user, mean && own ? (own.won + TAKEN_AS_MEAN * mean) / (own.settled + TAKEN_AS_MEAN) / mean : 1]
  }))
}
