import { sql } from 'kysely'
import { LimitError, NotAllowedError } from '@kartotek/sdk'
import { UUID } from '../facts/uuid.ts'
import type { Writing } from '../records/write/writing.ts'

/** Records that requests may gather in one change set. */
export const MOST_RECORDS = 100_000

/**
 * Whether what is written now may join the change set of an earlier request: that was the same person's same operation on the
 * same way, within the last hour, and nobody has begun to revert it. Holds the change set to the end of the transaction.
 * @param operation the mutation, as it was given in `WritingOptions.operation`
 * @throws NotAllowedError otherwise, LimitError where the change set holds {@link MOST_RECORDS} records with these
 */
export async function checkContinued({ db, access: { actor }, caller }: Writing, changeSet: string, operation: string, more: number): Promise<void> {
  const { rows: [set] } = UUID.test(changeSet) && actor.userId ? await sql<{ records: number }>`select records from core.change_set s where id = ${changeSet} and user_id = ${actor.userId} and actor_id = ${actor.id}
    and origin = ${caller.origin} and flags ->> 'operation' = ${operation} and reverted_by is null and at > now() - interval '1 hour'
    and not exists (select from core.revert r where r.change_set_id = s.id) for update`.execute(db) : { rows: [] }
  if (!set) throw new NotAllowedError('This change cannot be continued.')
  if (set.records + more > MOST_RECORDS) throw new LimitError(`A change holds at most ${MOST_RECORDS} records.`, { limit: MOST_RECORDS })
}
