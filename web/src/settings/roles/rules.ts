export const ACTIONS = ['read', 'create', 'update', 'delete'] as const
export type Action = (typeof ACTIONS)[number]
export const SCOPES = ['none', 'own', 'team', 'all'] as const
export type Scope = (typeof SCOPES)[number]
/** Stands for all objects that a role does not name. */
export const DEFAULT = '*'
/** A field goes with its record, or is closed for writing, or for reading too. */
export const FIELD_STATES = ['open', 'readOnly', 'closed'] as const
export type FieldState = (typeof FIELD_STATES)[number]

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
  return (rules.objects?.[object] ?? rules.objects?.[DEFAULT])?.[action] ?? 'none'
}

/** The rules with one right changed. An object that followed the default is named from then on, with all its rights. */
export function withScope(rules: RoleRules, object: string, action: Action, scope: Scope): RoleRules {
  const current = Object.fromEntries(ACTIONS.map(other => [other, scopeOf(rules, object, other)])) as Record<Action, Scope>
  return { ...rules, objects: { ...rules.objects, [object]: { ...current, [action]: scope } } }
}

/** Whether the role says nothing of the object, so that the default holds for it. */
export const followsDefault = (rules: RoleRules, object: string): boolean => !rules.objects?.[object]

/** The rules with an object that follows the default again. */
export function withDefault(rules: RoleRules, object: string): RoleRules {
  const { [object]: _, ...objects } = rules.objects ?? {}
  return { ...rules, objects }
}

/** @param path `object.key` */
export function fieldState(rules: RoleRules, path: string): FieldState {
  const rule = rules.fields?.[path]
  return rule?.read === false ? 'closed' : rule?.write === false ? 'readOnly' : 'open'
}

/** The rules with one field in another state; one that goes with its record is not named. */
export function withField(rules: RoleRules, path: string, state: FieldState): RoleRules {
  const { [path]: _, ...others } = rules.fields ?? {}
  const fields = state === 'open' ? others : { ...others, [path]: state === 'closed' ? { read: false, write: false } : { write: false } }
  return { ...rules, fields }
}

/** Keys of the fields of an object that are not all open. */
export function restrictedFields(rules: RoleRules, object: string): string[] {
  return Object.keys(rules.fields ?? {}).filter(path => path.startsWith(`${object}.`) && fieldState(rules, path) !== 'open').map(path => path.slice(object.length + 1))
}

export function withCapability(rules: RoleRules, name: string, on: boolean): RoleRules {
  const others = (rules.capabilities ?? []).filter(other => other !== name)
  return { ...rules, capabilities: on ? [...others, name] : others }
}
