import { CronExpressionParser } from 'cron-parser'
import type { Database } from '../database/index.ts'
import type { Kartotek } from '../kartotek.ts'
import type { TestClock } from './plugin-crm.ts'

/** Statements look here for `now()` before the catalogue: with it the database has the time of the test. */
export const CLOCK_PATH = 'clock,pg_catalog,"$user",public'

const UNITS = { days: 86_400_000, hours: 3_600_000, minutes: 60_000, seconds: 1000 }

/**
 * Moves the time of this process and of a test's database together. Both run on: what waits for a moment is not stopped by it.
 * What the database fills in by itself (`default now()`) keeps the real time, and so do timers.
 */
export async function startClock(db: Database, from: string): Promise<TestClock & { use(kartotek: Kartotek): void, stop(): void }> {
  const Real = Date
  let ahead = 0
  let kartotek: Kartotek | undefined
  const now = (): number => Real.now() + ahead
  const Moved: DateConstructor = new Proxy(Real, {
    construct: (target, args, made) => Reflect.construct(target, args.length ? args : [now()], made === Moved ? target : made),
    apply: () => new Real(now()).toString(),
    get: (target, key) => (key === 'now' ? now : Reflect.get(target, key)),
  })
  await db.pool.query(`
    create schema clock; create table clock.ahead (by interval not null); insert into clock.ahead values ('0');
    create function clock.now() returns timestamptz language sql stable as 'select pg_catalog.now() + by from clock.ahead';
    create function clock.clock_timestamp() returns timestamptz language sql volatile as 'select pg_catalog.clock_timestamp() + by from clock.ahead';
    grant usage on schema clock to public; grant select on clock.ahead to public`)
  const move = async (to: number): Promise<void> => {
    ahead = to - Real.now()
    await db.pool.query(`update clock.ahead set by = make_interval(secs => $1)`, [ahead / 1000])
  }
  const set = async (to: number): Promise<void> => {
    if (Number.isNaN(to)) throw new Error('The clock is set to a moment in ISO 8601.')
    const before = now()
    await move(to)
    if (kartotek) await comeDue(kartotek, before, to)
  }
  globalThis.Date = Moved
  await set(Real.parse(from))
  return {
    now: () => new Real(now()),
    set: (moment) => set(moment instanceof Real ? moment.getTime() : Real.parse(moment)),
    advance: (by) => set(now() + Object.entries(UNITS).reduce((sum, [unit, ms]) => sum + (by[unit as keyof typeof UNITS] ?? 0) * ms, 0)),
    use(of) { kartotek = of },
    stop() { if (globalThis.Date === Moved) globalThis.Date = Real },
  }
}

/** Enqueues the schedules that have an occurrence between two moments, each once, as the job store does after a pause. */
async function comeDue({ jobs, settings }: Kartotek, from: number, to: number): Promise<void> {
  for (const { queue, cron } of jobs.workers.values()) {
    if (!cron || to <= from) continue
    const next = CronExpressionParser.parse(cron, { currentDate: new Date(from), tz: settings.company.timeZone }).next().getTime()
    if (next <= to) await jobs.boss.send(queue, {}, { group: { id: 'one' }, singletonKey: 'one' })
  }
}
