import { NotAllowedError } from '@kartotek/sdk'
import type { CoreContext } from '../access/caller.ts'

/**
 * Settings of plugins say where they call, who signs people in and which folders they read: a token that is lost must not be enough
 * for that. @throws NotAllowedError
 */
export function refuseTokens({ actor }: CoreContext): void {
  if (actor.kind === 'token') throw new NotAllowedError('Settings of plugins are changed by people who are signed in, not by tokens.')
}
