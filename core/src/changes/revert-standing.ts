import { sql } from 'kysely'
import { IDLE_SECONDS } from '../records/write/batches.ts'

/** How the reverting of a change set stands. `stopped` or `failed` goes on when it is begun again. */
export type RevertState = 'running' | 'done' | 'stopped' | 'failed'

/** `id` is that of the change set. Of `total` records `done` were gone through, and of these `kept` stayed, wholly or in part. */
export interface RevertStanding { id: string, state: RevertState, total: number, done: number, kept: number, error: string | null }

/** A {@link RevertStanding}, of the change set `s`. One that the background does not take up is where its process left it. */
export const REVERT_STANDING = sql`(select json_build_object('id', v.change_set_id, 'total', v.total, 'done', v.done, 'kept', v.kept, 'error', v.error,
  'state', case when v.state = 'running' and v.by_id is null and v.moved_at < now() - make_interval(secs => ${sql.lit(IDLE_SECONDS)}) then 'stopped' else v.state end)
  from core.revert v where v.change_set_id = s.id)`
