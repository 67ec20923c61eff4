import type { Kysely } from 'kysely'
import { uuidv7 } from 'uuidv7'
import type { Localized } from '@kartotek/sdk'

/** How far a right reaches: nothing, own records, those of the own teams too, all. */
export const SCOPES = ['none', 'own', 'team', 'all'] as const
export type Scope = (typeof SCOPES)[number]
export const ACTIONS = ['read', 'create', 'update', 'delete'] as const
/** `delete` covers the trash, the archive is `update`. */
export type Action = (typeof ACTIONS)[number]

/** The rights of a role. What is not named is not granted. */
export interface RoleRules {
  /** Everything, whatever the rest says. */
  everything?: boolean
  /** Rights by object name; `*` is the default for objects that are not named. Parts follow their whole. */
  objects?: Record<string, Partial<Record<Action, Scope>>>
  /** Restrictions by `object.key`. A denial of any one role of a person wins; what is derived from a closed field is closed too. */
  fields?: Record<string, { read?: boolean, write?: boolean }>
  capabilities?: string[]
}

export interface Role { id: string, key: string, name: Localized, rules: RoleRules, builtIn: boolean, position: number, version: number }

/** The roles that have this capability. */
export function rolesWith(roles: readonly Role[], capability: string): Role[] {
  return roles.filter(({ rules }) => rules.everything || rules.capabilities?.includes(capability))
}

const all = { read: 'all', create: 'all', update: 'all', delete: 'all' } as const
const readOnly = { read: 'all' } as const
/** What goods cost us is no business of those who sell them; what is computed from it is closed with it. */
const COSTS = { 'product.cost': { read: false, write: false }, 'orderLine.cost': { read: false, write: false } }

/** The ready roles (A-001-33: a manager sees the data of only those clients with whom he works). */
export const BUILT_IN_ROLES: Pick<Role, 'key' | 'name' | 'rules'>[] = [{
  key: 'administrator',
  name: { ru: 'Администратор', uk: 'Адміністратор', fi: 'Pääkäyttäjä', en: 'Administrator' },
  rules: { everything: true },
}, {
  key: 'head_of_sales',
  name: { ru: 'Руководитель продаж', uk: 'Керівник продажів', fi: 'Myyntijohtaja', en: 'Head of sales' },
  rules: { objects: { '*': all, 'user': readOnly, 'team': readOnly }, capabilities: ['audit.read', 'changes.revert', 'gates.pass', 'import.run', 'export.run', 'duplicates.see', 'duplicates.create', 'handover.run', 'share', 'views.share'] },
}, {
  key: 'manager',
  name: { ru: 'Менеджер', uk: 'Менеджер', fi: 'Myyjä', en: 'Manager' },
  rules: {
    objects: {
      '*': { read: 'own', create: 'own', update: 'own', delete: 'own' }, 'product': readOnly, 'user': readOnly, 'team': readOnly,
    },
    fields: COSTS,
    capabilities: ['duplicates.see', 'duplicates.create', 'share'],
  },
}, {
  key: 'accountant',
  name: { ru: 'Бухгалтер', uk: 'Бухгалтер', fi: 'Kirjanpitäjä', en: 'Accountant' },
  rules: { objects: { '*': readOnly, 'client': { read: 'all', update: 'all' }, 'order': { read: 'all', update: 'all' } }, capabilities: ['bookkeeping.exchange'] },
}, {
  key: 'read_only',
  name: { ru: 'Только чтение', uk: 'Лише читання', fi: 'Vain luku', en: 'Read only' },
  rules: { objects: { '*': readOnly }, fields: COSTS },
}]

/** Makes the ready roles where they are missing; an admin's changes to them stay. */
// eslint-disable-next-line @typescript-eslint/no-explicit-any -- tables come and go with the model
export async function seedRoles(db: Kysely<any>): Promise<void> {
  await db.insertInto('core.role').values(BUILT_IN_ROLES.map((role, position) => ({
    id: uuidv7(), key: role.key, name: JSON.stringify(role.name), rules: JSON.stringify(role.rules), built_in: true, position,
  }))).onConflict((c) => c.column('key').doNothing()).execute()
}

// eslint-disable-next-line @typescript-eslint/no-explicit-any -- tables come and go with the model
export async function loadRoles(db: Kysely<any>): Promise<Role[]> {
  const rows = await db.selectFrom('core.role').selectAll().orderBy('position').orderBy('key').execute()
  return rows.map((r) => ({ id: r.id, key: r.key, name: r.name, rules: r.rules, builtIn: r.built_in, position: r.position, version: r.version }))
}
