import type { CoreContext } from '../access/caller.ts'
import type { Engine } from '../records/engine.ts'
import type { Reading } from '../records/reading.ts'

/** What resolvers of the core receive; those of plugins get their own narrower context. */
export interface RequestContext extends CoreContext {
  engine: Engine
  /** The generation that the request began with, seen with the rights of its caller. */
  reading: Reading
  /** Change sets made by this operation, for `extensions.changeSets`. */
  changeSets: string[]
}
