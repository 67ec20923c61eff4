import { sql } from 'kysely'
import { DateTime } from 'luxon'
import type { Role, Scope } from '../access/roles.ts'
import { answeringFor, leadersOf } from '../handover/answering.ts'
import { staysFrom, type Stay } from '../handover/standing-in.ts'
import type { Writing } from '../records/write/writing.ts'
import { readCalendars, type Calendars } from '../working-time/schedule.ts'
import { isWorkingTime, nextWorkingMoment } from '../working-time/calendar.ts'
import type { Member } from './pick.ts'

export type Hindrance = 'inactive' | 'rights' | 'away' | 'offHours' | 'cap' | 'had'

/** Who may work on items at all: active, with a role that lets him read and change them. */
export async function staff(w: Pick<Writing, 'db' | 'generation'>): Promise<{ active: ReadonlySet<string>, able: ReadonlySet<string> }> {
  const grants = ({ rules }: Role, action: 'read' | 'update'): boolean => {
    const scope: Scope | undefined = rules.everything ? 'all' : (rules.objects?.intakeItem ?? rules.objects?.['*'])?.[action]
    return scope !== undefined && scope !== 'none'
  }
  const able = w.generation.roles.filter((role) => grants(role, 'read') && grants(role, 'update')).map((role) => role.id)
  const { rows } = await sql<{ id: string, able: boolean }>`select u.id, exists (select 1 from core.user_role r where r.user_id = u.id and r.role_id = any(${able}::uuid[])) as able
    from core."user" u where u.active and u.trashed_at is null order by u.id`.execute(w.db)
  return { active: new Set(rows.map((row) => row.id)), able: new Set(rows.filter((row) => row.able).map((row) => row.id)) }
}

/** Calendars and figures of people, as of the moment of the writing. */
export class Staff {
  readonly #w: Writing
  readonly #now: Date
  readonly active: ReadonlySet<string>
  readonly able: ReadonlySet<string>
  readonly calendars: Calendars
  readonly #today: ReadonlyMap<string, number>
  readonly #stays: readonly Stay[]

  private constructor(w: Writing, now: Date, people: Awaited<ReturnType<typeof staff>>, calendars: Calendars, today: ReadonlyMap<string, number>, stays: readonly Stay[]) {
    this.#w = w
    this.#now = now
    this.active = people.active
    this.able = people.able
    this.calendars = calendars
    this.#today = today
    this.#stays = stays
  }

  static async read(w: Writing, now: Date, country: string): Promise<Staff> {
    const people = await staff(w)
    const { timeZone } = w.generation.company
    const calendars = await readCalendars(w.db, { timeZone, country }, [...people.able])
    const morning = DateTime.fromJSDate(now, { zone: timeZone }).startOf('day').toJSDate()
    const { rows } = await sql<{ user: string, n: number }>`select user_id as user, count(distinct item_id)::int as n from core.intake_decision
      where code = 'assigned' and at >= ${morning} and user_id is not null group by user_id`.execute(w.db)
    return new Staff(w, now, people, calendars, new Map(rows.map(({ user, n }) => [user, n])), await staysFrom(w.db, now))
  }

  /** What keeps a person from getting an item now; null where nothing does. Who is not at work at night is judged by his next morning. */
  hindrance(user: string, { atWork = false, cap = null }: Partial<Pick<Member, 'cap'>> & { atWork?: boolean } = {}): Hindrance | null {
    if (!this.active.has(user)) return 'inactive'
    if (!this.able.has(user)) return 'rights'
    if (this.calendars.isAway(user, this.#moment(atWork)) || this.substitutesOf(user, atWork).length) return 'away'
    if (atWork && !isWorkingTime(this.calendars.of(user), this.#now)) return 'offHours'
    return cap !== null && this.today(user) >= cap ? 'cap' : null
  }

  /** Who stands in for the person when he would be asked to work on an item. */
  substitutesOf(user: string, atWork = false): string[] {
    const at = this.#moment(atWork)
    return this.#stays.filter(({ absent, from, until }) => absent === user && from <= at && until > at).map(({ substitute }) => substitute)
  }

  #moment(atWork: boolean): Date {
    return atWork ? this.#now : nextWorkingMoment(this.calendars.company, this.#now) ?? this.#now
  }

  today(user: string): number {
    return this.#today.get(user) ?? 0
  }

  /** Open orders, and items that wait for an answer. */
  async load(users: readonly string[]): Promise<Map<string, number>> {
    const open = [...this.#w.generation.stages.values()].filter((stage) => stage.kind === 'open').map((stage) => stage.id)
    const { rows } = await sql<{ user: string, n: number }>`select u.id as user, ((select count(*) from core."order" o where o.owner_id = u.id and o.stage_id = any(${open}::uuid[]) and o.closed_at is null and o.trashed_at is null and o.archived_at is null)
      + (select count(*) from core.intake_item i where i.owner_id = u.id and i.state = 'new' and i.trashed_at is null))::int as n from unnest(${users}::uuid[]) as u(id)`.execute(this.#w.db)
    return new Map(rows.map(({ user, n }) => [user, n]))
  }

  /** Leaders of the teams of these people, who could take over from them; for one who is away, who answers instead. */
  async leadersOf(users: readonly string[]): Promise<string[]> {
    const answering = await answeringFor(users, {
      free: (user) => !this.hindrance(user), standIns: (user) => this.substitutesOf(user), leadersOf: (people) => leadersOf(this.#w.db, people),
    })
    return answering.map(({ user }) => user)
  }
}
