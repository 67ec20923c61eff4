import { NotAllowedError } from '@kartotek/sdk'
import { importCaller } from '../import/import-caller.ts'
import type { Engine } from '../records/engine.ts'
import type { Caller } from './caller.ts'

/**
 * The caller without what was taken from the person since the request began: for an effect that comes long after it. Nothing
 * is gained, so a token stays within its roles.
 * @throws NotAllowedError where the person may no longer act
 */
export async function rightsOfNow(db: Engine['db'], caller: Caller): Promise<Caller> {
  const { actor } = caller
  if (actor.kind !== 'user' || !actor.userId) return caller
  const now = (await importCaller(db, { id: actor.userId }))?.actor
  if (!now) throw new NotAllowedError('You may no longer act here.')
  return {
    ...caller,
    actor: {
      ...actor, roleIds: actor.roleIds.filter((id) => now.roleIds.includes(id)), teamIds: actor.teamIds.filter((id) => now.teamIds.includes(id)),
      hasShares: actor.hasShares && now.hasShares, standsIn: Boolean(actor.standsIn && now.standsIn),
    },
  }
}
