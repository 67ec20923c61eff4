import type { Caller } from '../access/caller.ts'
import { offersOf } from '../automation/check.ts'
import type { RequestContext } from '../graphql/context.ts'
import type { Kartotek } from '../kartotek.ts'
import { loadEndpoints } from '../webhooks/endpoint.ts'
import { loadReferences } from './references.ts'
import type { Workshop } from './section.ts'

/** The workshop of a process: changes are the caller's, with his rights. */
export function workshopOf(kartotek: Pick<Kartotek, 'api' | 'engine' | 'host' | 'jobs'>, caller: Caller): Workshop {
  const { engine, host, jobs } = kartotek
  return {
    fresh: () => kartotek.api.contextOf(caller) as RequestContext,
    references: () => loadReferences(engine.db, engine.live.current),
    offers: () => offersOf(host.active),
    outlets: () => loadEndpoints(engine.db),
    async recompute(object) { await jobs.enqueue(null, 'model', 'recompute', { object }, { key: `recompute:${object}` }) },
  }
}
