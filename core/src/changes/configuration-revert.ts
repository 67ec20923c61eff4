import { isDeepStrictEqual } from 'node:util'
import { ConflictError, NotFoundError } from '@kartotek/sdk'
import type { Access } from '../access/access.ts'
import { createRole, roleState, updateRole, type RoleInput } from '../access/role-change.ts'
import type { RequestContext } from '../graphql/context.ts'
import type { Settings } from '../settings/index.ts'
import { revertSection } from '../settings/section.ts'
import type { ChangeSetRow } from './changes.ts'
import { objectStateOf, setObjectHidden, updateObject, type ObjectUpdate } from '../model/object-change.ts'
import { SUBJECTS, type Subject } from './configuration.ts'
import type { ConfigurationRow } from './configuration-view.ts'

/** Kept as one value each: what was there before can stand there again. */
const SECTIONS: readonly Subject[] = ['workingTime', 'intake']

/** Whoever manages a role, an object or settings of the company may take their changes back. All else has records that live by it. */
export function canRevertConfiguration(access: Access, { subject, before, after }: ConfigurationRow): boolean {
  // Owners that records got stay.
  if (subject === 'object' && before?.owned !== after?.owned) return false
  if (!before || !access.capability(SUBJECTS[subject])) return false
  return subject === 'role' || (after !== null && (subject === 'company' || subject === 'object' || SECTIONS.includes(subject)))
}

/**
 * Takes a change of a role, of an object or of the company's settings back, with the checks of any other change of it.
 * @returns the change set
 * @throws ConflictError where somebody changed it since, and for other subjects
 */
export async function revertConfiguration(ctx: RequestContext, settings: Settings, set: ChangeSetRow & ConfigurationRow): Promise<string | null> {
  const { id, subject, subject_id: role, before, after } = set
  if (!canRevertConfiguration(ctx.access, set) || !before) throw new ConflictError('This change cannot be taken back here: change it anew in the settings.', { id })
  if (set.reverted_by) throw new ConflictError('This change was undone already.', { id, revertedBy: set.reverted_by })
  if (!after) return (await createRole(ctx, before as unknown as RoleInput, { id: role, reverts: id })).changeSet
  if (SECTIONS.includes(subject)) return revertSection(ctx.engine.db, subject, before, after, ctx.caller, id)
  if (subject === 'company') return settings.revertCompany(id, before, after, ctx.caller)
  if (subject === 'object') return revertObject(ctx, id, role, before, after)
  const current = ctx.engine.live.current.roles.find((r) => r.id === role)
  if (!current) throw new NotFoundError('There is no such role.', { id: role })
  if (!isDeepStrictEqual(roleState(current), after)) throw new ConflictError('Somebody changed this since, so it stays as it is.', { id })
  return (await updateRole(ctx, current.id, current.version, before as unknown as RoleInput, id)).changeSet
}

async function revertObject(ctx: RequestContext, id: string, name: string, before: object, after: object): Promise<string | null> {
  const now = await objectStateOf(ctx.engine.db, name) as Record<string, unknown>
  const changed = Object.entries(after).filter(([key, value]) => !isDeepStrictEqual((before as Record<string, unknown>)[key], value)).map(([key]) => key)
  if (changed.some((key) => !isDeepStrictEqual(now[key], (after as Record<string, unknown>)[key]))) throw new ConflictError('Somebody changed this since, so it stays as it is.', { id })
  if (changed.includes('hidden')) return setObjectHidden(ctx.engine, ctx.caller, name, (before as { hidden: boolean }).hidden, id)
  return updateObject(ctx.engine, ctx.caller, name, Object.fromEntries(changed.map((key) => [key, (before as Record<string, unknown>)[key] ?? null])) as ObjectUpdate, id)
}
