import { sql } from 'kysely'
import { uuidv7 } from 'uuidv7'
import { ConflictError, definePlugin, InputError, NotAllowedError, NotFoundError, textIn, type Localized, type PluginDefinition, type Resolvers } from '@kartotek/sdk'
import { visibleTitles } from '../changes/changes.ts'
import { UUID } from '../facts/uuid.ts'
import type { RequestContext } from '../graphql/context.ts'
import { changeModel, checkLabels, invalid } from '../model/change.ts'
import { rightsOn } from '../records/write/load.ts'
import { write } from '../records/write/writing.ts'
import { CAPABILITIES, capabilityLabel } from './capabilities.ts'
import { explainAccess } from './explain.ts'
import { requireWithinOwn } from './role-limits.ts'
import { ACTIONS, SCOPES, type Role, type RoleRules } from './roles.ts'

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
type AccessExplanation { read: Boolean! update: Boolean! delete: Boolean! reasons: [AccessReason!]! }
"""kind: ROLE, OWNER, TEAM, SHARE or PARENT."""
type AccessReason { kind: String! action: String! text: String! }
type TeamMember { id: ID! name: String! leader: Boolean! }

extend type Query {
  roles: [Role!]!
  "What roles can grant beyond objects and fields."
  capabilities: [CapabilityInfo!]!
  "Why a person can see a record."
  explainAccess(object: String!, id: ID!, user: ID!): AccessExplanation!
  "With whom a record is shared."
  shares(object: String!, id: ID!): [Share!]!
  teamMembers(team: ID!): [TeamMember!]!
}
extend type Mutation {
  createRole(input: RoleInput!): Role!
  updateRole(id: ID!, version: Int!, input: RoleInput!): Role!
  deleteRole(id: ID!): Boolean!
  shareRecord(object: String!, id: ID!, user: ID, team: ID, level: ShareLevel!): Boolean!
  unshareRecord(object: String!, id: ID!, user: ID, team: ID): Boolean!
  "The whole list of members."
  setTeamMembers(team: ID!, users: [ID!]!, leaders: [ID!] = []): Boolean!
}
`

interface RoleInput { key: string, labels: Localized, rules: RoleRules }
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
            ctx.access.require('access.manage')
            const all = [...CAPABILITIES.map((capability) => ({ capability, label: capabilityLabel(capability) })), ...deps.permissions()]
            return all.map(({ capability, label }) => ({ name: capability, label: textIn(label, ctx.reading.locale) }))
          },
          async explainAccess(_: unknown, { object, id, user }: { object: string, id: string, user: string }, ctx: RequestContext) {
            ctx.access.require('access.manage')
            const seen = await visibleTitles(ctx.reading, uuids([object, id], ['user', user]))
            if (!seen.has(id) || !seen.has(user)) throw new NotFoundError('There is no such record or user.', { object, id, user })
            const explanation = await explainAccess(ctx.engine, object, id, user)
            const teams = mayName(ctx, 'team')
            return { ...explanation, reasons: explanation.reasons.map((r) => (r.kind === 'ROLE' || r.kind === 'PARENT' || (seen.get(user) && teams) ? r : { ...r, text: HIDDEN })) }
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
        },
        Mutation: {
          async createRole(_: unknown, { input }: { input: RoleInput }, ctx: RequestContext) {
            ctx.access.require('access.manage')
            checkRole(ctx, input)
            requireWithinOwn(ctx, input.rules)
            if (ctx.engine.live.current.roles.some((r) => r.key === input.key)) throw invalid('key', 'unique', `The role "${input.key}" exists already.`)
            const id = uuidv7()
            await changeModel(ctx.engine, 'rules', (trx) => trx.insertInto('core.role').values({
              id, key: input.key, name: JSON.stringify(input.labels), rules: JSON.stringify(input.rules), position: 100,
            }).execute())
            return ctx.engine.live.current.roles.find((r) => r.id === id)
          },
          async updateRole(_: unknown, { id, version, input }: { id: string, version: number, input: RoleInput }, ctx: RequestContext) {
            ctx.access.require('access.manage')
            checkRole(ctx, input)
            const role = ctx.engine.live.current.roles.find((r) => r.id === id)
            if (!role) throw new NotFoundError('There is no such role.', { id })
            requireWithinOwn(ctx, role.rules)
            requireWithinOwn(ctx, input.rules)
            if (role.key === 'administrator') throw new ConflictError('The administrator has all rights; make another role.', { id })
            await changeModel(ctx.engine, 'rules', async (trx) => {
              const updated = await trx.updateTable('core.role').set({ name: JSON.stringify(input.labels), rules: JSON.stringify(input.rules), version: version + 1 })
                .where('id', '=', id).where('version', '=', version).executeTakeFirst()
              if (!Number(updated.numUpdatedRows)) throw new ConflictError('Somebody changed this role meanwhile. Look at it again.', { id, version: role.version })
            })
            return ctx.engine.live.current.roles.find((r) => r.id === id)
          },
          async deleteRole(_: unknown, { id }: { id: string }, ctx: RequestContext) {
            ctx.access.require('access.manage')
            const role = ctx.engine.live.current.roles.find((r) => r.id === id)
            if (!role) throw new NotFoundError('There is no such role.', { id })
            if (role.builtIn) throw new ConflictError('The ready roles stay; change their rights instead.', { id })
            await changeModel(ctx.engine, 'rules', async (trx) => {
              const held = await trx.selectFrom('core.user_role').select('user_id').where('role_id', '=', id).limit(1).executeTakeFirst()
              if (held) throw new ConflictError('Somebody has this role. Give him another one first.', { id })
              await trx.deleteFrom('core.role').where('id', '=', id).execute()
            })
            return true
          },
          async shareRecord(_: unknown, args: Target & { level: 'READ' | 'WRITE' }, ctx: RequestContext) {
            oneTarget(args)
            await requireSharable(ctx, args.object, args.id)
            await requireKnown(ctx, args)
            await sql`insert into core.share (object, record_id, user_id, team_id, level, shared_by) values (${args.object}, ${args.id}, ${args.user ?? null}, ${args.team ?? null}, ${args.level.toLowerCase()}, ${ctx.actor.userId})
              on conflict (object, record_id, user_id, team_id) do update set level = excluded.level`.execute(ctx.engine.db)
            await announce(ctx, args)
            return true
          },
          async unshareRecord(_: unknown, args: Target, ctx: RequestContext) {
            oneTarget(args)
            await requireSharable(ctx, args.object, args.id)
            await sql`delete from core.share where object = ${args.object} and record_id = ${args.id} and user_id is not distinct from ${args.user ?? null}::uuid and team_id is not distinct from ${args.team ?? null}::uuid`.execute(ctx.engine.db)
            await announce(ctx, args)
            return true
          },
          async setTeamMembers(_: unknown, { team, users, leaders }: { team: string, users: string[], leaders: string[] }, ctx: RequestContext) {
            ctx.access.require('users.manage')
            const me = ctx.actor.userId
            if (!ctx.access.everything && me && users.includes(me) !== ctx.actor.teamIds.includes(team)) {
              throw new NotAllowedError('Your own teams are changed by an administrator.', { team })
            }
            await ctx.engine.db.transaction().execute(async (trx) => {
              const { rows } = await sql<{ user_id: string }>`delete from core.team_member where team_id = ${team} returning user_id`.execute(trx)
              await sql`insert into core.team_member (team_id, user_id, leader) select ${team}, u.id, u.id = any(${leaders}::uuid[]) from core."user" u where u.id = any(${users}::uuid[])`.execute(trx)
              for (const id of new Set([...rows.map((r) => r.user_id), ...users])) await sql`select auth.announce_access(${id}::uuid)`.execute(trx)
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

function checkRole(ctx: RequestContext, { key, labels, rules }: RoleInput): void {
  if (!/^[a-z][a-z0-9_]{0,39}$/.test(key)) throw invalid('key', 'pattern', 'A key has 1–40 small Latin letters, digits or _.')
  checkLabels(labels, 'labels')
  const { model } = ctx.reading.generation
  const plain = (value: unknown): boolean => value === undefined || (typeof value === 'object' && value !== null && !Array.isArray(value))
  if (!plain(rules) || !plain(rules.objects) || !plain(rules.fields) || ![...Object.values(rules.objects ?? {}), ...Object.values(rules.fields ?? {})].every(plain)) {
    throw invalid('rules', 'type', 'Rules look like { objects: { client: { read: "own" } }, fields: { "order.margin": { read: false } }, capabilities: [] }.')
  }
  if (rules.capabilities !== undefined && !(Array.isArray(rules.capabilities) && rules.capabilities.every((c) => typeof c === 'string' && c.length <= 100))) throw invalid('rules.capabilities', 'type', 'Capabilities are a list of names.')
  for (const name of Object.keys(rules)) if (!['everything', 'objects', 'fields', 'capabilities'].includes(name)) throw invalid(`rules.${name}`, 'unknown', `Rules have no "${name}".`)
  if (rules.everything) throw invalid('rules.everything', 'readOnly', 'Only the administrator has everything.')
  for (const [name, rights] of Object.entries(rules.objects ?? {})) {
    if (name !== '*' && !model.objects.has(name)) throw invalid(`rules.objects.${name}`, 'unknown', `There is no object "${name}".`)
    for (const [action, scope] of Object.entries(rights)) {
      if (!ACTIONS.includes(action as never) || !SCOPES.includes(scope as never)) throw invalid(`rules.objects.${name}.${action}`, 'option', `Use ${ACTIONS.join(', ')} with ${SCOPES.join(', ')}.`)
    }
  }
  for (const [path, denial] of Object.entries(rules.fields ?? {})) {
    if (Object.entries(denial).some(([what, value]) => !['read', 'write'].includes(what) || typeof value !== 'boolean')) throw invalid(`rules.fields.${path}`, 'type', 'Use { read: false, write: false }.')
    const [object, ...rest] = path.split('.')
    if (!model.objects.get(object!)?.byKey.has(rest.join('.'))) throw invalid(`rules.fields.${path}`, 'unknown', `There is no field "${path}".`)
  }
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

/** Who may change a record and has the right to share may share it. */
async function requireSharable(ctx: RequestContext, name: string, id: string): Promise<void> {
  const object = ctx.reading.generation.model.objects.get(name)
  const rights = object && UUID.test(id) && !object.partOf.length && ctx.access.scope(object, 'read') !== 'none'
    ? (await write(ctx.engine, ctx.caller, {}, async (w) => (await rightsOn(w, object, [id])).get(id))).result : undefined
  if (!rights) throw new NotFoundError('There is no such record.', { object: name, id })
  ctx.access.require('share')
  if (!rights.update) throw new NotAllowedError('You may not change this record.', { object: name, id })
}

async function announce(ctx: RequestContext, { user, team }: Target): Promise<void> {
  await sql`select auth.announce_access(m.id) from (select ${user ?? null}::uuid as id where ${user ?? null}::uuid is not null
    union select user_id from core.team_member where team_id = ${team ?? null}::uuid) m`.execute(ctx.engine.db)
}
