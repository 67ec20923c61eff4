import { uuidv7 } from 'uuidv7'
import { ConflictError, NotFoundError, type Localized } from '@kartotek/sdk'
import { keepConfiguration, type ConfigurationChange } from '../changes/configuration.ts'
import type { RequestContext } from '../graphql/context.ts'
import { changeModel, checkLabels, invalid } from '../model/change.ts'
import { requireWithinOwn } from './role-limits.ts'
import { ACTIONS, SCOPES, type Role, type RoleRules } from './roles.ts'

export interface RoleInput { key: string, labels: Localized, rules: RoleRules }

/** A role as its changes are kept. */
export function roleState({ key, name, rules }: Pick<Role, 'key' | 'name' | 'rules'>): RoleInput {
  return { key, labels: name, rules }
}

/** @param again the id that it had, and the change set that took it away */
export async function createRole(ctx: RequestContext, input: RoleInput, again?: { id: string, reverts: string }): Promise<{ role: Role, changeSet: string | null }> {
  ctx.access.require('access.manage')
  checkRole(ctx, input)
  requireWithinOwn(ctx, input.rules)
  if (ctx.engine.live.current.roles.some((r) => r.key === input.key)) throw invalid('key', 'unique', `The role "${input.key}" exists already.`)
  const id = again?.id ?? uuidv7()
  const changeSet = await changeModel(ctx.engine, 'rules', async (trx) => {
    await trx.insertInto('core.role').values({ id, key: input.key, name: JSON.stringify(input.labels), rules: JSON.stringify(input.rules), position: 100 }).execute()
    return keepConfiguration(trx, ctx.caller, { ...of(id, input.labels), before: null, after: input }, again?.reverts)
  })
  return { role: existing(ctx, id), changeSet }
}

/** @param reverts the change set that this one takes back */
export async function updateRole(ctx: RequestContext, id: string, version: number, input: RoleInput, reverts?: string): Promise<{ role: Role, changeSet: string | null }> {
  ctx.access.require('access.manage')
  const role = existing(ctx, id)
  checkRole(ctx, input)
  requireWithinOwn(ctx, role.rules)
  requireWithinOwn(ctx, input.rules)
  if (role.key === 'administrator') throw new ConflictError('The administrator has all rights; make another role.', { id })
  const changeSet = await changeModel(ctx.engine, 'rules', async (trx) => {
    const before = await trx.selectFrom('core.role').select(['key', 'name', 'rules', 'version']).where('id', '=', id).forUpdate().executeTakeFirst()
    if (before?.version !== version) throw new ConflictError('Somebody changed this role meanwhile. Look at it again.', { id, version: before?.version ?? role.version })
    await trx.updateTable('core.role').set({ name: JSON.stringify(input.labels), rules: JSON.stringify(input.rules), version: version + 1 }).where('id', '=', id).execute()
    return keepConfiguration(trx, ctx.caller, { ...of(id, input.labels), before: roleState(before as Role), after: { ...input, key: role.key } }, reverts)
  })
  return { role: existing(ctx, id), changeSet }
}

export async function deleteRole(ctx: RequestContext, id: string): Promise<void> {
  ctx.access.require('access.manage')
  const role = existing(ctx, id)
  if (role.builtIn) throw new ConflictError('The ready roles stay; change their rights instead.', { id })
  await changeModel(ctx.engine, 'rules', async (trx) => {
    const held = await trx.selectFrom('core.user_role').select('user_id').where('role_id', '=', id).limit(1).executeTakeFirst()
    if (held) throw new ConflictError('Somebody has this role. Give him another one first.', { id })
    const before = await trx.deleteFrom('core.role').where('id', '=', id).returning(['key', 'name', 'rules']).executeTakeFirst()
    if (before) await keepConfiguration(trx, ctx.caller, { ...of(id, role.name), before: roleState(before as Role), after: null })
  })
}

const of = (id: string, name: Localized): Pick<ConfigurationChange, 'subject' | 'id' | 'name'> => ({ subject: 'role', id, name })

function existing(ctx: RequestContext, id: string): Role {
  const role = ctx.engine.live.current.roles.find((r) => r.id === id)
  if (!role) throw new NotFoundError('There is no such role.', { id })
  return role
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
