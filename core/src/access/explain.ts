import { sql } from 'kysely'
import { NotFoundError, textIn, type Actor, type Locale, type Narrowing } from '@kartotek/sdk'
import type { ObjectModel } from '../model/model.ts'
import { accessOf, type Engine } from '../records/engine.ts'
import type { Access } from './access.ts'
import { absentOwners, accessPredicate } from './predicate.ts'
import type { Action, Scope } from './roles.ts'

export interface AccessReason { kind: 'ROLE' | 'OWNER' | 'CREATOR' | 'TEAM' | 'SHARE' | 'SUBSTITUTE' | 'PARENT', action: string, text: string, /** Of ROLE: its name, and how far the right reaches. */ role?: string, scope?: Scope, /** Another one: for whom the person stands in, or who made the record. */ person?: string }
interface RecordRights { read: boolean, update: boolean, delete: boolean }
export interface AccessExplanation extends RecordRights { reasons: AccessReason[], /** API tokens in force that have only a part of the person's rights. */ tokens: (RecordRights & { name: string })[] }

/** The person as an actor: roles, teams and shares as they are now. */
export async function actorOf(engine: Engine, userId: string): Promise<Actor | null> {
  const { rows } = await sql<{ name: string, locale: string | null, roles: string[], teams: string[], shares: boolean, stands_in: boolean }>`
    select u.name, u.locale, array(select role_id::text from core.user_role where user_id = u.id) as roles,
      array(select team_id::text from core.team_member where user_id = u.id) as teams,
      exists (select 1 from core.share s where s.user_id = u.id or s.team_id in (select team_id from core.team_member where user_id = u.id)) as shares,
      exists (select 1 from core.substitution s where s.substitute_id = u.id and s.until_at > now()) as stands_in
    from core."user" u where u.id = ${userId}`.execute(engine.db)
  const row = rows[0]
  if (!row) return null
  return { kind: 'user', id: userId, userId, name: row.name, locale: (row.locale as Actor['locale']) ?? engine.live.current.company.locale, roleIds: row.roles, teamIds: row.teams, hasShares: row.shares, standsIn: row.stands_in }
}

/** Why a person can see or change a record, or that he cannot; roles are named in `locale`. */
export async function explainAccess(engine: Engine, name: string, id: string, userId: string, locale: Locale): Promise<AccessExplanation> {
  const { current } = engine.live
  const object = current.model.objects.get(name)
  const actor = await actorOf(engine, userId)
  if (!object || !actor) throw new NotFoundError('There is no such record or user.', { object: name, id, user: userId })
  const access = accessOf(engine, current, actor)
  const rights = await rightsOf(engine, access, object, id)
  const tokens = []
  for (const { name: token, ...part } of await partialTokens(engine, actor)) tokens.push({ name: token, ...await rightsOf(engine, accessOf(engine, current, { ...actor, ...part }), object, id) })
  return { ...rights, reasons: Object.values(rights).includes(true) ? await reasons(engine, access, object, id, locale) : [], tokens }
}

async function rightsOf({ db, live }: Engine, access: Access, object: ObjectModel, id: string): Promise<RecordRights> {
  const allowed = async (action: Action): Promise<boolean> => {
    const condition = accessPredicate(live.current.model, access, object, action, 'r')
    const { rows } = await sql`select 1 from core.${sql.id(object.table)} r where r.id = ${id}${condition ? sql` and ${condition}` : sql``}`.execute(db)
    return rows.length > 0
  }
  return { read: await allowed('read'), update: await allowed('update'), delete: await allowed('delete') }
}

/** What tokens have of a person's rights, where that is not all. */
async function partialTokens({ db }: Engine, { userId, roleIds }: Actor): Promise<(Pick<Actor, 'roleIds' | 'closedBy' | 'narrowedTo'> & { name: string })[]> {
  const { rows } = await sql<{ name: string, roles: string[] | null, narrowed: Narrowing | null }>`select name, role_ids::text[] as roles, narrowed_to as narrowed from auth.api_token
    where user_id = ${userId} and revoked_at is null and expires_at > now() and (role_ids is not null or narrowed_to is not null) order by name, id`.execute(db)
  return rows.map(({ name, roles, narrowed }) => ({
    name, roleIds: roles ? roleIds.filter((id) => roles.includes(id)) : roleIds, closedBy: roles ? roleIds.filter((id) => !roles.includes(id)) : [], ...(narrowed ? { narrowedTo: narrowed } : {}),
  }))
}

async function reasons(engine: Engine, access: Access, object: ObjectModel, id: string, locale: Locale): Promise<AccessReason[]> {
  const { current } = engine.live
  const { actor } = access
  const result: AccessReason[] = []
  for (const role of current.roles.filter((r) => actor.roleIds.includes(r.id))) {
    const rights = role.rules.objects?.[object.name] ?? role.rules.objects?.['*']
    for (const action of ['read', 'update', 'delete'] as const) {
      const scope = role.rules.everything ? 'all' : rights?.[action]
      if (scope && scope !== 'none') result.push({ kind: 'ROLE', action, text: `${textIn(role.name, locale)}: ${action} ${scope}`, role: textIn(role.name, locale), scope })
    }
  }
  if (object.owned) {
    const { rows } = await sql<{ owner: boolean, team: string | null }>`select r.owner_id = ${actor.userId}::uuid as owner,
      (select t.name from core.team t where (t.id = r.team_id and t.id = any(${actor.teamIds}::uuid[])) or (t.id = any(${actor.teamIds}::uuid[])
        and exists (select 1 from core.team_member m where m.team_id = t.id and m.user_id = r.owner_id)) limit 1) as team
      from core.${sql.id(object.table)} r where r.id = ${id}`.execute(engine.db)
    if (rows[0]?.owner) result.push({ kind: 'OWNER', action: 'read', text: actor.name })
    if (rows[0]?.team && (access.scope(object, 'read') === 'team')) result.push({ kind: 'TEAM', action: 'read', text: rows[0].team })
  }
  if (!object.owned && !object.partOf.length && object.name !== 'user') {
    const { rows: [creator] } = await sql<{ id: string, name: string, mate: boolean }>`select u.id, u.name,
      exists (select 1 from core.team_member m where m.user_id = u.id and m.team_id = any(${actor.teamIds}::uuid[])) as mate
      from core.${sql.id(object.table)} r join core."user" u on u.id = r.created_by where r.id = ${id}`.execute(engine.db)
    const me = creator?.id === actor.userId
    for (const action of ['read', 'update', 'delete'] as const) {
      const scope = access.scope(object, action)
      if (creator && ((me && scope === 'own') || ((me || creator.mate) && scope === 'team'))) result.push({ kind: 'CREATOR', action, text: creator.name, ...(me ? {} : { person: creator.id }) })
    }
  }
  const { rows: shares } = await sql<{ level: string, team: string | null }>`select s.level, t.name as team from core.share s left join core.team t on t.id = s.team_id
    where s.object = ${object.name} and s.record_id = ${id} and (s.user_id = ${actor.userId}::uuid or s.team_id = any(${actor.teamIds}::uuid[]))`.execute(engine.db)
  for (const share of shares) result.push({ kind: 'SHARE', action: share.level, text: share.team ?? actor.name })
  for (const action of ['read', 'update'] as const) {
    if (!object.owned || access.scope(object, action) === 'all') continue
    const { rows: absent } = await sql<{ id: string, name: string }>`select u.id, u.name from core."user" u join core.${sql.id(object.table)} r on r.owner_id = u.id
      where r.id = ${id} and u.id = any(${absentOwners(actor.userId!, object, action)})`.execute(engine.db)
    for (const person of absent) result.push({ kind: 'SUBSTITUTE', action, text: person.name, person: person.id })
  }
  for (const path of [...object.accessFrom ?? [], ...object.partOf.map((p) => p.field)]) {
    const only: ObjectModel = { ...object, owned: false, accessFrom: [path] }
    const alone: Access = { ...access, scope: (o, a) => (o === only ? 'own' : access.scope(o, a)) }
    const condition = access.scope(object, 'read') === 'all' ? null : accessPredicate(current.model, alone, only, 'read', 'r')
    if (!condition) continue
    const { rows } = await sql`select 1 from core.${sql.id(object.table)} r where r.id = ${id} and ${condition} and not (${sql.ref('r.created_by')} = ${actor.userId}::uuid)`.execute(engine.db)
    if (rows.length) result.push({ kind: 'PARENT', action: 'read', text: path })
  }
  return result
}

