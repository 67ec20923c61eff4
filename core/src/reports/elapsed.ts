import { sql, type Kysely, type RawBuilder } from 'kysely'
import type { CompanyRules } from '../model/generation.ts'
import { workingStretches } from '../working-time/calendar.ts'
import { readCalendars } from '../working-time/schedule.ts'

/** How time between two moments is counted in a statement. `from` is joined to its tables. */
export interface Elapsed { from: RawBuilder<unknown>, between(start: RawBuilder<unknown>, end: RawBuilder<unknown>): RawBuilder<number> }

const seconds = (at: RawBuilder<unknown>): RawBuilder<number> => sql`extract(epoch from ${at})::float8`

/** All time, by day and night. */
export const calendarTime: Elapsed = { from: sql``, between: (start, end) => sql`${seconds(sql`(${end} - ${start})`)}` }

/**
 * The working time of the company. Its stretches since `earliest` are handed to the statement with the time worked before each, so
 * that the time worked up to any moment is one look into a sorted list.
 */
// eslint-disable-next-line @typescript-eslint/no-explicit-any -- tables come and go with the model
export async function workedTime(db: Kysely<any>, company: CompanyRules, earliest: Date, now = new Date()): Promise<Elapsed> {
  const { company: calendar } = await readCalendars(db, company, [])
  const [starts, ends, before]: [number[], number[], number[]] = [[], [], []]
  let worked = 0
  for (const { start, end } of workingStretches(calendar, earliest, now)) {
    starts.push(start / 1_000)
    ends.push(end / 1_000)
    before.push(worked)
    worked += (end - start) / 1_000
  }
  if (!starts.length) return { from: sql``, between: () => sql`0::float8` }
  const upTo = (at: RawBuilder<unknown>): RawBuilder<number> => {
    const i = sql`width_bucket(${seconds(at)}, hours.starts)`
    return sql`coalesce(hours.before[${i}] + least(${seconds(at)}, hours.ends[${i}]) - hours.starts[${i}], 0)`
  }
  return {
    from: sql`cross join (select ${starts}::float8[] as starts, ${ends}::float8[] as ends, ${before}::float8[] as before) hours`,
    between: (start, end) => sql`(${upTo(end)} - ${upTo(start)})`,
  }
}
