import { sql } from 'kysely'
import { definePlugin, InputError, NotAllowedError, NotFoundError, textIn, type Localized, type PluginDefinition, type Resolvers } from '@kartotek/sdk'
import { visibleTitles } from '../changes/changes.ts'
import { keepConfiguration } from '../changes/configuration.ts'
import { UUID } from '../facts/uuid.ts'
import type { RequestContext } from '../graphql/context.ts'
import { invalid } from '../model/change.ts'
import type { ObjectModel } from '../model/model.ts'
import { rightsOn, type Rights } from '../records/write/load.ts'
import { write } from '../records/write/writing.ts'
import type { Caller } from './caller.ts'
import { CAPABILITIES, capabilityLabel } from './capabilities.ts'
import { explainAccess } from './explain.ts'
import { createRole, deleteRole, updateRole, type RoleInput } from './role-change.ts'
import type { Role } from './roles.ts'

const typeDefs = `
enum ShareLevel { READ WRITE }
type Role {
  id: ID!
  key: String!
  name: String!
  labels: JSON!
  "{ everything, objects: { client: { read: own } }, fields: { \\"order.margin\\": { read: false } }, capabilities: [] }"
  rules: JSON!
  builtIn: Boolean!
  version: Int!
  "How many people have it; null for who manages neither roles nor users."
  users: Int
}
type CapabilityInfo { name: String! label: String! }
input RoleInput { key: String! labels: JSON! rules: JSON! }
type Share { id: ID! user: ID team: ID name: String! level: ShareLevel! }
type AccessExplanation {
  read: Boolean!
  update: Boolean!
  delete: Boolean!
  reasons: [AccessReason!]!
  "The person's API tokens in force that have only a part of these rights, with what is left of them at this record."
  tokens: [TokenAccess!]!
}
type TokenAccess { name: String! read: Boolean! update: Boolean! delete: Boolean! }
"""kind: ROLE, OWNER, CREATOR (of what has no owner), TEAM, SHARE, SUBSTITUTE or PARENT."""
type AccessReason {
  kind: String!
  action: String!
  text: String!
  "Of ROLE: its name."
  role: String
  "Of ROLE: how far the right reaches: own, team, all."
  scope: String
}
type TeamMember { id: ID! name: String! leader: Boolean! }
"A person in a team."
type TeamMembership { team: ID! user: ID! name: String! leader: Boolean! }

extend type Query {
  roles: [Role!]!
  "What roles can grant beyond objects and fields; without \`access.manage\` only what the caller has of it."
  capabilities: [CapabilityInfo!]!
  "Why a person can see a record."
  explainAccess(object: String!, id: ID!, user: ID!): AccessExplanation!
  "With whom a record is shared."
  shares(object: String!, id: ID!): [Share!]!
  teamMembers(team: ID!): [TeamMember!]!
  "Who is in which team, as far as the caller sees both."
  teamMemberships: [TeamMembership!]!
}
extend type Mutation {
  createRole(input: RoleInput!): Role!
  updateRole(id: ID!, version: Int!, input: RoleInput!): Role!
  deleteRole(id: ID!): Boolean!
  shareRecord(object: String!, id: ID!, user: ID, team: ID, level: ShareLevel!): Boolean!
  unshareRecord(object: String!, id: ID!, user: ID, team: ID): Boolean!
  "The whole list of members. Those whom the caller does not see stay."
  setTeamMembers(team: ID!, users: [ID!]!, leaders: [ID!] = []): Boolean!
}
`

interface Target { object: string, id: string, user?: string | null, team?: string | null }

/** Roles, sharing and the answer to «why can X see this?». `permissions` are capabilities that plugins add. */
export function accessFeature(deps: { permissions(): { capability: string, label: Localized }[] }): PluginDefinition {
  return definePlugin({
    id: 'access',
    version: '1.0.0',
    graphql: {
      typeDefs,
      resolvers: {
        Query: {
          roles: (_: unknown, __: unknown, ctx: RequestContext) => ctx.reading.generation.roles.filter((r) => ctx.access.capability('access.manage') || ctx.access.capability('users.manage') || ctx.actor.roleIds.includes(r.id)),
          capabilities: (_: unknown, __: unknown, ctx: RequestContext) => {
            const manages = ctx.access.capability('access.manage')
            const all = [...CAPABILITIES.map((capability) => ({ capability, label: capabilityLabel(capability) })), ...deps.permissions()]
            return all.filter(({ capability }) => manages || ctx.access.capability(capability)).map(({ capability, label }) => ({ name: capability, label: textIn(label, ctx.reading.locale) }))
          },
          async explainAccess(_: unknown, { object, id, user }: { object: string, id: string, user: string }, ctx: RequestContext) {
            ctx.access.require('access.manage')
            const seen = await visibleTitles(ctx.reading, uuids([object, id], ['user', user]))
            if (!seen.has(id) || !seen.has(user)) throw new NotFoundError('There is no such record or user.', { object, id, user })
            const explanation = await explainAccess(ctx.engine, object, id, user, ctx.reading.locale)
            const teams = mayName(ctx, 'team')
            const absent = await visibleTitles(ctx.reading, explanation.reasons.flatMap((r) => (r.person ? [['user', r.person] as [string, string]] : [])))
            return { ...explanation, reasons: explanation.reasons.map((r) => (r.person ? { ...r, text: absent.get(r.person) ?? HIDDEN } : r.kind === 'ROLE' || r.kind === 'PARENT' || (seen.get(user) && teams) ? r : { ...r, text: HIDDEN })) }
          },
          async shares(_: unknown, { object, id }: Target, ctx: RequestContext) {
            await requireSharable(ctx, object, id)
            const { rows } = await sql<{ user_id: string | null, team_id: string | null, level: string }>`select s.user_id, s.team_id, s.level
              from core.share s where s.object = ${object} and s.record_id = ${id}`.execute(ctx.engine.db)
            const names = await visibleTitles(ctx.reading, rows.map((r) => (r.user_id ? ['user', r.user_id] : ['team', r.team_id!])))
            return rows.map((r) => ({ id: r.user_id ?? r.team_id, user: r.user_id, team: r.team_id, name: names.get((r.user_id ?? r.team_id)!) ?? HIDDEN, level: r.level.toUpperCase() }))
          },
          async teamMembers(_: unknown, { team }: { team: string }, ctx: RequestContext) {
            if (!(await visibleTitles(ctx.reading, uuids(['team', team]))).has(team)) throw new NotFoundError('There is no such team.', { id: team })
            const { rows } = await sql<{ id: string, leader: boolean }>`select u.id, m.leader from core.team_member m join core."user" u on u.id = m.user_id where m.team_id = ${team}`.execute(ctx.engine.db)
            const names = await visibleTitles(ctx.reading, rows.map((r) => ['user', r.id]))
            return rows.filter((r) => names.has(r.id)).map((r) => ({ ...r, name: names.get(r.id) ?? HIDDEN })).sort((a, b) => a.name.localeCompare(b.name))
          },
          async teamMemberships(_: unknown, __: unknown, ctx: RequestContext) {
            const { rows } = await sql<{ team: string, user: string, leader: boolean }>`select team_id as team, user_id as "user", leader from core.team_member`.execute(ctx.engine.db)
            const names = await visibleTitles(ctx.reading, rows.flatMap((r) => [['team', r.team], ['user', r.user]]))
            return rows.filter((r) => names.has(r.team) && names.has(r.user)).map((r) => ({ ...r, name: names.get(r.user) ?? HIDDEN })).sort((a, b) => a.name.localeCompare(b.name))
          },
        },
        Mutation: {
          createRole: async (_: unknown, { input }: { input: RoleInput }, ctx: RequestContext) => (await createRole(ctx, input)).role,
          updateRole: (_: unknown, { id, version, input }: { id: string, version: number, input: RoleInput }, ctx: RequestContext) => updateRole(ctx, id, version, input).then(({ role }) => role),
          async deleteRole(_: unknown, { id }: { id: string }, ctx: RequestContext) {
            await deleteRole(ctx, id)
            return true
          },
          async shareRecord(_: unknown, args: Target & { level: 'READ' | 'WRITE' }, ctx: RequestContext) {
            oneTarget(args)
            await requireSharable(ctx, args.object, args.id)
            await requireKnown(ctx, args)
            await changeShare(ctx, args, args.level.toLowerCase())
            return true
          },
          async unshareRecord(_: unknown, args: Target, ctx: RequestContext) {
            oneTarget(args)
            await requireSharable(ctx, args.object, args.id)
            await changeShare(ctx, args, null)
            return true
          },
          async setTeamMembers(_: unknown, { team, users, leaders }: { team: string, users: string[], leaders: string[] }, ctx: RequestContext) {
            ctx.access.require('users.manage')
            const me = ctx.actor.userId
            if (!ctx.access.everything && me && users.includes(me) !== ctx.actor.teamIds.includes(team)) {
              throw new NotAllowedError('Your own teams are changed by an administrator.', { team })
            }
            if (!(await visibleTitles(ctx.reading, uuids(['team', team]))).has(team)) throw new NotFoundError('There is no such team.', { id: team })
            await ctx.engine.db.transaction().execute(async (trx) => {
              const { rows: before } = await sql<Member>`delete from core.team_member where team_id = ${team} returning user_id, leader`.execute(trx)
              const seen = await visibleTitles(ctx.reading, before.map((m) => ['user', m.user_id]))
              const hidden = before.filter((m) => !seen.has(m.user_id))
              const lead = [...leaders, ...hidden.flatMap((m) => (m.leader ? [m.user_id] : []))]
              const { rows: after } = await sql<Member>`insert into core.team_member (team_id, user_id, leader)
                select ${team}, u.id, u.id = any(${lead}::uuid[]) from core."user" u where u.id = any(${[...users, ...hidden.map((m) => m.user_id)]}::uuid[]) returning user_id, leader`.execute(trx)
              for (const id of new Set([...before, ...after].map((m) => m.user_id))) await sql`select auth.announce_access(${id}::uuid)`.execute(trx)
              await keepConfiguration(trx, ctx.caller, { subject: 'team', id: team, object: 'team', before: membersState(before), after: membersState(after) })
            })
            return true
          },
        },
        Role: {
          name: (r: Role, _: unknown, ctx: RequestContext) => textIn(r.name, ctx.reading.locale),
          labels: (r: Role) => r.name,
          rules: (r: Role, _: unknown, ctx: RequestContext) => (ctx.access.capability('access.manage') ? r.rules : {}),
          async users(r: Role, _: unknown, ctx: RequestContext) {
            if (!ctx.access.capability('access.manage') && !ctx.access.capability('users.manage')) return null
            const { rows } = await sql<{ n: string }>`select count(*) as n from core.user_role where role_id = ${r.id}`.execute(ctx.engine.db)
            return Number(rows[0]!.n)
          },
        },
      } as unknown as Resolvers,
    },
  })
}

function oneTarget({ user, team }: Target): void {
  if (Boolean(user) === Boolean(team)) throw new InputError('Share with one user or one team.', [{ field: 'user', rule: 'required', message: 'Share with one user or one team.' }])
}

/** Stands for a name that the caller may not read. */
const HIDDEN = '…'
const uuids = (...refs: [string, string][]): [string, string][] => refs.filter(([, id]) => UUID.test(id))

function mayName(ctx: RequestContext, name: string): boolean {
  const object = ctx.reading.generation.model.objects.get(name)!
  return ctx.access.scope(object, 'read') !== 'none' && ctx.access.canRead(object.byKey.get(object.title)!)
}

/** Whom one cannot see one cannot share with: a hidden person is answered as one that does not exist. */
async function requireKnown(ctx: RequestContext, { user, team }: Target): Promise<void> {
  const [field, id] = user ? ['user', user] as const : ['team', team!] as const
  if (!(await visibleTitles(ctx.reading, uuids([field, id]))).has(id)) throw invalid(field, 'reference', `There is no such ${field}.`)
}

/**
 * Who may change a record and has the right to share may share it. Who only stands in for its owner may not: a share would last
 * longer than his time.
 */
async function requireSharable(ctx: RequestContext, name: string, id: string): Promise<void> {
  const object = ctx.reading.generation.model.objects.get(name)
  const rights = object && UUID.test(id) && !object.partOf.length && ctx.access.scope(object, 'read') !== 'none'
    ? await rightsAs(ctx, ctx.caller, object, id) : undefined
  if (!object || !rights) throw new NotFoundError('There is no such record.', { object: name, id })
  ctx.access.require('share')
  const own = ctx.actor.standsIn ? await rightsAs(ctx, { ...ctx.caller, actor: { ...ctx.actor, standsIn: false } }, object, id) : rights
  if (!own?.update) throw new NotAllowedError('You may not change this record.', { object: name, id })
}

async function rightsAs(ctx: RequestContext, caller: Caller, object: ObjectModel, id: string): Promise<Rights | undefined> {
  return (await write(ctx.engine, caller, {}, async (w) => (await rightsOn(w, object, [id])).get(id))).result
}

/** Gives somebody a share of this level, or with null takes it. */
async function changeShare(ctx: RequestContext, { object, id, user = null, team = null }: Target, level: string | null): Promise<void> {
  const state = (of: string | undefined | null): object | null => (of ? { [user ? 'users' : 'teams']: { [(user ?? team)!]: of } } : null)
  await ctx.engine.db.transaction().execute(async (trx) => {
    const here = sql`object = ${object} and record_id = ${id} and user_id is not distinct from ${user}::uuid and team_id is not distinct from ${team}::uuid`
    const { rows: [former] } = await sql<{ level: string }>`select level from core.share where ${here} for update`.execute(trx)
    if (level) {
      await sql`insert into core.share (object, record_id, user_id, team_id, level, shared_by) values (${object}, ${id}, ${user}, ${team}, ${level}, ${ctx.actor.userId})
        on conflict (object, record_id, user_id, team_id) do update set level = excluded.level`.execute(trx)
    } else await sql`delete from core.share where ${here}`.execute(trx)
    await sql`select auth.announce_access(m.id) from (select ${user}::uuid as id where ${user}::uuid is not null
      union select user_id from core.team_member where team_id = ${team}::uuid) m`.execute(trx)
    await keepConfiguration(trx, ctx.caller, { subject: 'share', id, object, before: state(former?.level), after: state(level) })
  })
}

interface Member { user_id: string, leader: boolean }

function membersState(members: Member[]): object {
  return { members: Object.fromEntries(members.map((m) => [m.user_id, m.leader ? 'leader' : 'member'])) }
}
