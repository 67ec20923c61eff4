import { query } from '../../graphql/client.ts'

export const ACTIONS = ['read', 'create', 'update', 'delete'] as const
export type Action = (typeof ACTIONS)[number]
export type Scope = 'none' | 'own' | 'team' | 'all'
/** The rights of a role: what is not named is not granted; `*` is the default for objects that are not named. */
export interface RoleRules {
  everything?: boolean
  objects?: Record<string, Partial<Record<Action, Scope>>>
  fields?: Record<string, { read?: boolean, write?: boolean }>
  capabilities?: string[]
}
export interface Role { id: string, key: string, name: string, rules: RoleRules }

export async function loadRoles(): Promise<Role[]> {
  return (await query<{ roles: Role[] }>('query Roles { roles { id key name rules } }')).roles
}

/** How far a right of a role reaches for an object. */
export function scopeOf(rules: RoleRules, object: string, action: Action): Scope {
  if (rules.everything) return 'all'
  return (rules.objects?.[object] ?? rules.objects?.['*'])?.[action] ?? 'none'
}
