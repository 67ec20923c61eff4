import type { Actor, Origin, PluginContext } from '@kartotek/sdk'
import type { Access } from './access.ts'

/** Who calls, and how: made once per request by `authenticate` and kept to its end. */
export interface Caller {
  actor: Actor
  /** Id of the session; absent for API tokens and background code. */
  sessionId?: string
  /** The client's address, from the connection or a trusted proxy only. */
  ip?: string
  userAgent?: string
  origin: Origin
  /** The `Idempotency-Key` header of a mutation. */
  idempotencyKey?: string
}

/** What resolvers of core features receive. */
export interface CoreContext extends PluginContext {
  access: Access
  caller: Caller
  /** Fires when who asked over HTTP went away before the answer: for work that nobody else waits for. */
  left?: AbortSignal
}

/** The system itself: boot, migrations, maintenance. Its changes are marked as such. */
export const SYSTEM_CALLER: Caller = {
  origin: 'system',
  actor: { kind: 'system', id: 'system', userId: null, name: 'Kartotek', locale: 'en', roleIds: [], teamIds: [], hasShares: false },
}

/** For what the system does in somebody's name: it may write what he may not, and he stays the author. */
export function asSystem(caller: Caller): Caller {
  return { ...caller, actor: { ...SYSTEM_CALLER.actor, userId: caller.actor.userId, name: caller.actor.name, locale: caller.actor.locale } }
}
