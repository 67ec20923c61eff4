import { mutate, query } from '../../graphql/client.ts'
import type { Labels } from '../../model/types.ts'

export const ACTIONS = ['read', 'create', 'update', 'delete'] as const
export type Action = (typeof ACTIONS)[number]
export const SCOPES = ['none', 'own', 'team', 'all'] as const
export type Scope = (typeof SCOPES)[number]

/** The rights of a role: what is not named is not granted; `*` is the default for objects that are not named. */
export interface RoleRules {
  everything?: boolean
  objects?: Record<string, Partial<Record<Action, Scope>>>
  /** Restrictions by `object.key`. */
  fields?: Record<string, { read?: boolean, write?: boolean }>
  capabilities?: string[]
}
export interface Role { id: string, key: string, name: string, labels: Labels, rules: RoleRules, builtIn: boolean, version: number, users: number }
export interface Capability { name: string, label: string }

export async function loadRoles(): Promise<{ roles: Role[], capabilities: Capability[] }> {
  return query('query Roles { roles { id key name labels rules builtIn version users } capabilities { name label } }')
}

export interface RoleInput { key: string, labels: Labels, rules: RoleRules }
export async function createRole(input: RoleInput): Promise<string> {
  return (await mutate<{ createRole: { id: string } }>('mutation CreateRole($input: RoleInput!) { createRole(input: $input) { id } }', { input })).data.createRole.id
}
export async function updateRole(id: string, version: number, input: RoleInput): Promise<void> {
  await mutate('mutation UpdateRole($id: ID!, $version: Int!, $input: RoleInput!) { updateRole(id: $id, version: $version, input: $input) { id version } }', { id, version, input })
}
export async function deleteRole(id: string): Promise<void> {
  await mutate('mutation DeleteRole($id: ID!) { deleteRole(id: $id) }', { id })
}

/** How far a right of a role reaches for an object. */
export function scopeOf(rules: RoleRules, object: string, action: Action): Scope {
  if (rules.everything) return 'all'
  return (rules.objects?.[object] ?? rules.objects?.['*'])?.[action] ?? 'none'
}

/** The rules with one right changed. An object that followed the default is named from then on, with all its rights. */
export function withScope(rules: RoleRules, object: string, action: Action, scope: Scope): RoleRules {
  const current = Object.fromEntries(ACTIONS.map(other => [other, scopeOf(rules, object, other)])) as Record<Action, Scope>
  return { ...rules, objects: { ...rules.objects, [object]: { ...current, [action]: scope } } }
}

export function withCapability(rules: RoleRules, name: string, on: boolean): RoleRules {
  const others = (rules.capabilities ?? []).filter(other => other !== name)
  return { ...rules, capabilities: on ? [...others, name] : others }
}
