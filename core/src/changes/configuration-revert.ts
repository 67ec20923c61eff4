import { isDeepStrictEqual } from 'node:util'
import { ConflictError, NotFoundError } from '@kartotek/sdk'
import type { Access } from '../access/access.ts'
import { roleState, updateRole, type RoleInput } from '../access/role-change.ts'
import type { RequestContext } from '../graphql/context.ts'
import type { Settings } from '../settings/index.ts'
import type { ChangeSetRow } from './changes.ts'
import { SUBJECTS } from './configuration.ts'
import type { ConfigurationRow } from './configuration-view.ts'

/** Whoever manages a role or the company's settings may take their changes back. All else has records that live by it. */
export function canRevertConfiguration(access: Access, { subject, before, after }: ConfigurationRow): boolean {
  return (subject === 'role' || subject === 'company') && before !== null && after !== null && access.capability(SUBJECTS[subject])
}

/**
 * Takes a change of a role or of the company's settings back, with the checks of any other change of it.
 * @returns the change set
 * @throws ConflictError where somebody changed it since, and for other subjects
 */
export async function revertConfiguration(ctx: RequestContext, settings: Settings, set: ChangeSetRow & ConfigurationRow): Promise<string | null> {
  const { id, subject, subject_id: role, before, after } = set
  if (!canRevertConfiguration(ctx.access, set) || !before || !after) throw new ConflictError('This change cannot be taken back here: change it anew in the settings.', { id })
  if (set.reverted_by) throw new ConflictError('This change was undone already.', { id, revertedBy: set.reverted_by })
  if (subject === 'company') return settings.revertCompany(id, before, after, ctx.caller)
  const current = ctx.engine.live.current.roles.find((r) => r.id === role)
  if (!current) throw new NotFoundError('There is no such role.', { id: role })
  if (!isDeepStrictEqual(roleState(current), after)) throw new ConflictError('Somebody changed this since, so it stays as it is.', { id })
  return (await updateRole(ctx, current.id, current.version, before as unknown as RoleInput, id)).changeSet
}
