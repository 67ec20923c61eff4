import { sql, type Kysely } from 'kysely'
import { readCalendars } from '../working-time/schedule.ts'
import { standingInFor } from './standing-in.ts'

/** What has to be known to find who answers instead of an absent leader. */
export interface Answerable {
  /** He is here and can deal with it. */
  free(user: string): boolean
  standIns(user: string): readonly string[]
  /** Leaders of the teams of these people. */
  leadersOf(users: readonly string[]): Promise<string[]>
}

/** Somebody who answers: the leader himself (`self`), who stands in for him (`substitute`), or a leader of his (`above`). */
export interface Answering { user: string, as: 'self' | 'substitute' | 'above' }

/**
 * Who answers for these people now: each leader; for one who is away who stands in for him; where nobody does, who leads the
 * leader himself, and so on upwards. Nobody answers for himself alone.
 */
export async function answeringFor(users: readonly string[], { free, standIns, leadersOf }: Answerable): Promise<Answering[]> {
  const asked = new Set(users.length === 1 ? users : [])
  const found = new Map<string, Answering>()
  let level = await leadersOf(users)
  for (let step = 0; level.length; step++) {
    const without: string[] = []
    for (const leader of level) {
      if (asked.has(leader)) continue
      asked.add(leader)
      const substitutes = free(leader) ? [] : standIns(leader).filter((user) => !(users.length === 1 && users[0] === user) && free(user))
      if (free(leader)) found.set(leader, { user: leader, as: step ? 'above' : 'self' })
      else if (!substitutes.length) without.push(leader)
      for (const user of substitutes) if (!found.has(user)) found.set(user, { user, as: step ? 'above' : 'substitute' })
    }
    level = without.length ? await leadersOf(without) : []
  }
  return [...found.values()]
}

// eslint-disable-next-line @typescript-eslint/no-explicit-any -- tables come and go with the model
type Db = Kysely<any>

/** Leaders of the teams of these people, and of one more team, who work here. Nobody leads himself. */
export async function leadersOf(db: Db, users: readonly string[], team: string | null = null): Promise<string[]> {
  const { rows } = await sql<{ id: string }>`select distinct u.id from core.team_member l join core."user" u on u.id = l.user_id
    where l.leader and u.active and u.trashed_at is null
      and (l.team_id = ${team}::uuid and u.id <> all(${users}::uuid[]) or exists (select 1 from core.team_member m where m.team_id = l.team_id and m.user_id = any(${users}::uuid[]) and m.user_id <> l.user_id)) order by 1`.execute(db)
  return rows.map((row) => row.id)
}

/** Who answers for these people, or for a team, at this moment. @param able among whom; all who work here where it is not said */
export async function answeringNow(db: Db, company: { timeZone: string, country: string }, { users, team = null, able, now = new Date() }: { users: readonly string[], team?: string | null, able?: ReadonlySet<string>, now?: Date }): Promise<Answering[]> {
  const { rows } = await sql<{ id: string }>`select id from core."user" where active and trashed_at is null`.execute(db)
  const here = rows.map(({ id }) => id).filter((id) => !able || able.has(id))
  const [calendars, substitutes] = [await readCalendars(db, company, here), await standingInFor(db, rows.map(({ id }) => id))]
  const possible = new Set(here)
  return answeringFor(users, {
    free: (user) => possible.has(user) && !substitutes.has(user) && !calendars.isAway(user, now),
    standIns: (user) => substitutes.get(user) ?? [],
    leadersOf: (people) => leadersOf(db, people, people === users ? team : null),
  })
}
