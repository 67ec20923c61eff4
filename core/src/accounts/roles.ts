import { ConflictError, InputError, NotAllowedError, textIn, type Locale, type Localized } from '@kartotek/sdk'
import type { CoreContext } from '../access/caller.ts'
import type { Executor } from './access-changes.ts'
import { say } from './messages.ts'

export interface RoleInfo { id: string, key: string, name: Localized, everything: boolean, capabilities: string[] }

/** Any number, the same in every version: whoever takes an administrator away waits here for the other one who does. */
const ADMINISTRATORS_LOCK = 7_510_010

export async function listRoles(executor: Executor): Promise<RoleInfo[]> {
  const { rows } = await executor.query(`
    select id, key, name, coalesce((rules ->> 'everything')::boolean, false) as everything, coalesce(rules -> 'capabilities', '[]') as capabilities
    from core.role order by position, key`)
  return rows as RoleInfo[]
}

/** Ids of a person's roles. */
export async function rolesOf(executor: Executor, userId: string): Promise<string[]> {
  const { rows } = await executor.query('select role_id as id from core.user_role where user_id = $1', [userId])
  return (rows as { id: string }[]).map((row) => row.id)
}

/** Whether a person has all rights. */
export async function isAdministrator(executor: Executor, userId: string): Promise<boolean> {
  const { rows } = await executor.query(`
    select from core.user_role ur join core.role r on r.id = ur.role_id where ur.user_id = $1 and (r.rules ->> 'everything')::boolean`, [userId])
  return rows.length > 0
}

/**
 * Waits for others who take administrators away, then checks that an active administrator with a password remains besides
 * these people. Call it first in the transaction of the change.
 * @throws ConflictError
 */
export async function keepAnAdministrator(executor: Executor, without: string[], locale: Locale): Promise<void> {
  await executor.query('select pg_advisory_xact_lock($1)', [ADMINISTRATORS_LOCK])
  if (!await administratorsWithout(executor, without)) throw new ConflictError(say('lastAdministrator', locale))
}

/** Whether somebody else still administers. */
export async function administratorsWithout(executor: Executor, without: string[]): Promise<boolean> {
  const { rows } = await executor.query(`
    select from core.user_role ur join core.role r on r.id = ur.role_id join core."user" u on u.id = ur.user_id
    where (r.rules ->> 'everything')::boolean and u.active and u.trashed_at is null and u.id <> all($1::uuid[])
      and exists (select from auth.account a where a.user_id = u.id)
    limit 1`, [without])
  return rows.length > 0
}

/** Capabilities of everyday work. Any other one is power over the system or over people, and cannot be given by who lacks it. */
const EVERYDAY = ['duplicates.see', 'duplicates.create', 'share', 'import.run', 'gates.pass', 'views.share']

/**
 * Gives a person exactly these roles. Who is no administrator cannot change the own roles, nor give or take roles with all
 * rights or with capabilities (but those of everyday work) that they lack.
 * @throws InputError, NotAllowedError, ConflictError for the last administrator
 */
export async function setRoles(executor: Executor, ctx: CoreContext | null, userId: string, roleIds: string[]): Promise<void> {
  const locale = ctx?.actor.locale ?? 'en'
  const all = await listRoles(executor)
  const before = await rolesOf(executor, userId)
  const added = roleIds.filter((id) => !before.includes(id))
  const removed = before.filter((id) => !roleIds.includes(id))
  for (const id of [...added, ...removed]) {
    const role = all.find((r) => r.id === id)
    if (!role) throw new InputError(say('roleUnknown', locale), [{ field: 'roles', rule: 'reference', message: say('roleUnknown', locale) }])
    if (ctx) refuseBeyond(ctx, role, all)
  }
  if (ctx && ctx.actor.userId === userId && added.length + removed.length > 0 && !actsAsAdministrator(ctx, all)) {
    throw new NotAllowedError(say('notYourRoles', locale))
  }
  if (removed.some((id) => all.find((r) => r.id === id)?.everything) && !roleIds.some((id) => all.find((r) => r.id === id)?.everything)) {
    await keepAnAdministrator(executor, [userId], locale)
  }
  await executor.query('delete from core.user_role where user_id = $1 and role_id <> all($2::uuid[])', [userId, roleIds])
  await executor.query('insert into core.user_role (user_id, role_id) select $1, unnest($2::uuid[]) on conflict do nothing', [userId, roleIds])
  await executor.query('select auth.announce_access($1)', [userId])
}

function refuseBeyond(ctx: CoreContext, role: RoleInfo, all: RoleInfo[]): void {
  if (actsAsAdministrator(ctx, all)) return
  if (role.everything) throw new NotAllowedError(say('administratorsOnly', ctx.actor.locale))
  const missing = role.capabilities.filter((name) => !EVERYDAY.includes(name) && !ctx.access.capability(name))
  if (missing.length > 0) {
    throw new NotAllowedError(say('roleBeyondYours', ctx.actor.locale, { role: textIn(role.name, ctx.actor.locale) }), { capabilities: missing })
  }
}

/** Whether the caller has all rights in this request: a token may have fewer roles than its person, or be narrowed. */
export function actsAsAdministrator(ctx: CoreContext, all: RoleInfo[]): boolean {
  return ctx.actor.kind === 'system' || (!ctx.actor.narrowedTo && all.some((role) => role.everything && ctx.actor.roleIds.includes(role.id)))
}
