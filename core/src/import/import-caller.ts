import { sql, type Kysely } from 'kysely'
import type { Locale } from '@kartotek/sdk'
import type { Caller } from '../access/caller.ts'

/**
 * The person who started an import, with the rights of now: an import that goes on after a restart, or for hours, has no
 * more rights than its owner. Null if the person may no longer act.
 */
// eslint-disable-next-line @typescript-eslint/no-explicit-any -- tables come and go with the model
export async function importCaller(db: Kysely<any>, by: { id: string } | { email: string }): Promise<Caller | null> {
  const which = 'id' in by ? sql`u.id = ${by.id}::uuid` : sql`u.email = ${by.email}`
  const { rows } = await sql<{ id: string, name: string, locale: Locale | null, roles: string[], teams: string[], shares: boolean, stands_in: boolean }>`
    select u.id, u.name, u.locale, array(select r.role_id::text from core.user_role r where r.user_id = u.id) as roles,
      array(select m.team_id::text from core.team_member m where m.user_id = u.id) as teams,
      (exists (select from core.share s where s.user_id = u.id)
        or exists (select from core.share s join core.team_member m on m.team_id = s.team_id where m.user_id = u.id)) as shares,
      exists (select from core.substitution s where s.substitute_id = u.id and s.until_at > now()) as stands_in
    from core."user" u where ${which} and u.active and u.trashed_at is null`.execute(db)
  const person = rows[0]
  if (!person) return null
  return {
    origin: 'import',
    actor: { kind: 'user', id: person.id, userId: person.id, name: person.name, locale: person.locale ?? 'en', roleIds: person.roles, teamIds: person.teams, hasShares: person.shares, standsIn: person.stands_in },
  }
}
