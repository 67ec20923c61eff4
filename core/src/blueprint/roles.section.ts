import { createRole, roleState, updateRole, type RoleInput } from '../access/role-change.ts'
import { clean, type Section } from './section.ts'

/** Roles with their rules; the administrator's is everywhere the same. */
export const roles: Section = {
  name: 'roles',
  capability: 'access.manage',
  word: 'role',
  async read(workshop) {
    const { engine } = workshop.fresh()
    const all = engine.live.current.roles.filter(({ rules }) => !rules.everything).sort((a, b) => (a.key < b.key ? -1 : 1))
    return new Map(all.map((role) => {
      const { labels, rules: { capabilities, fields, objects } } = roleState(role)
      return [role.key, clean({ labels, rules: { objects, fields, capabilities: capabilities && [...capabilities].sort() } })]
    }))
  },
  refuses: (key) => (key === 'administrator' ? 'the administrator has all rights' : null),
  async apply(workshop, key, from, to) {
    const ctx = workshop.fresh()
    const input = { ...to, key } as unknown as RoleInput
    const role = from && ctx.engine.live.current.roles.find((one) => one.key === key)
    if (role) await updateRole(ctx, role.id, role.version, input)
    else await createRole(ctx, input)
  },
}
