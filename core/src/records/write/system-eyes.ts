import { SYSTEM_CALLER } from '../../access/caller.ts'
import { accessOf } from '../engine.ts'
import type { Writing } from './writing.ts'

/**
 * The same writing with the rights of the system, for what follows from an action by the rules of the house and not by the
 * rights of who acts. It stays one change set, and the person stays its author.
 */
export function withSystemEyes(w: Writing): Writing {
  const { userId, name, locale } = w.caller.actor
  return { ...w, access: accessOf(w.engine, w.generation, { ...SYSTEM_CALLER.actor, userId, name, locale }) }
}
