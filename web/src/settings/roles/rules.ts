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
