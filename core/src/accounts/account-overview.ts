import type { Executor } from './access-changes.ts'

/** What a user manager sees of an account. */
export interface AccountOverview {
  userId: string
  hasPassword: boolean
  active: boolean
  twoFactorEnabled: boolean
  lastSeenAt: Date | null
  roleIds: string[]
  /** Has all rights: managed by administrators only. */
  administrator: boolean
}

/** The accounts of these people, one statement for all; who is not there (or in the trash) is left out. */
export async function accountOverviews(executor: Executor, userIds: readonly string[]): Promise<AccountOverview[]> {
  const { rows } = await executor.query(`
    select u.id as "userId", u.active,
      exists (select from auth.account a where a.user_id = u.id) as "hasPassword",
      exists (select from auth.two_factor t where t.user_id = u.id and t.confirmed_at is not null) as "twoFactorEnabled",
      (select max(s.last_seen_at) from auth.session s where s.user_id = u.id) as "lastSeenAt",
      array(select ur.role_id::text from core.user_role ur where ur.user_id = u.id) as "roleIds",
      exists (select from core.user_role ur join core.role r on r.id = ur.role_id where ur.user_id = u.id and (r.rules ->> 'everything')::boolean) as administrator
    from core."user" u where u.id::text = any($1) and u.trashed_at is null`, [userIds])
  return rows as AccountOverview[]
}
