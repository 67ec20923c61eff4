import { NotAllowedError } from '@kartotek/sdk'
import type { RequestContext } from '../graphql/context.ts'
import { ACTIONS, SCOPES, type RoleRules, type Scope } from './roles.ts'

const wide = (scope: Scope | undefined): number => SCOPES.indexOf(scope ?? 'none')

/**
 * Who manages roles without being an administrator gives no more than he has, or he would give himself everything by way of
 * a role: no wider scope, no capability that he lacks, and no way around a field that is closed to him.
 * @throws NotAllowedError naming what goes beyond
 */
export function requireWithinOwn(ctx: RequestContext, rules: RoleRules): void {
  const { access, reading: { generation }, actor } = ctx
  if (access.everything) return
  const refuse = (what: string): never => {
    throw new NotAllowedError(`This role goes beyond your own rights (${what}); only an administrator can make or change it.`, { beyond: what })
  }
  if (rules.everything) refuse('everything')
  for (const name of rules.capabilities ?? []) if (!access.capability(name)) refuse(name)
  const mine = generation.roles.filter((role) => actor.roleIds.includes(role.id))
  for (const action of ACTIONS) {
    for (const object of generation.model.objects.values()) {
      const given = (rules.objects?.[object.name] ?? rules.objects?.['*'])?.[action]
      if (!object.partOf.length && wide(given) > wide(access.scope(object, action))) refuse(`${object.name}: ${action}`)
    }
    // Objects that are made later.
    if (wide(rules.objects?.['*']?.[action]) > Math.max(0, ...mine.map((role) => wide(role.rules.objects?.['*']?.[action])))) refuse(`*: ${action}`)
  }
  // A token leaves roles out; what they close stays closed.
  const closing = generation.roles.filter((role) => mine.includes(role) || actor.closedBy?.includes(role.id))
  for (const path of new Set(closing.flatMap((role) => Object.keys(role.rules.fields ?? {})))) {
    for (const what of ['read', 'write'] as const) {
      const closed = closing.some((role) => role.rules.fields?.[path]?.[what] === false)
      if (closed && Object.keys(rules.objects ?? {}).length && rules.fields?.[path]?.[what] !== false) refuse(path)
    }
  }
}
