import { mutate, query } from '../../graphql/client.ts'
import type { Link } from '../../duplicates/documents.ts'

/** A record that stayed, wholly or in part; `fields` are labels. Without `record` one may not see it. */
export interface KeptRecord { object: string, record: Link | null, fields: string[], message: string }

/** How the undoing of a change set stands: of `total` records `done` were gone through, and of these `kept` stayed. */
export interface RevertStanding { state: 'RUNNING' | 'DONE' | 'STOPPED' | 'FAILED', total: number, done: number, kept: number, error: string | null, keptRecords: KeptRecord[] }

/** What a revert could do; what is `kept` was changed since, is gone or is not ours. One that is running goes on in the background. */
export interface RevertReport { state: RevertStanding['state'], reverted: number, kept: { object: string, record: string, reason: string, message: string }[] }

export const STANDING = 'state total done kept error keptRecords(first: 50) { object record { object id title } fields message }'
const REVERT = 'mutation Revert($id: ID!) { revertChangeSet(id: $id) { state reverted kept { object record reason message } } }'
const STOP_REVERT = `mutation StopRevert($id: ID!) { stopRevert(id: $id) { id revertedBy revertible revert { ${STANDING} } } }`
const REVERT_STANDING = `query RevertStanding($id: ID!) { changeSet(id: $id) { id revertedBy revertible revert { ${STANDING} } } }`

/** How often a running one is asked for, in milliseconds. */
export const LOOK_EVERY = 700

/** Takes a change set back, or begins to. */
export const revert = async (id: string): Promise<RevertReport> => (await mutate<{ revertChangeSet: RevertReport }>(REVERT, { id })).data.revertChangeSet
export const stopRevert = (id: string): Promise<unknown> => mutate(STOP_REVERT, { id })
/** Null where nobody ever began to take it back. */
export const standingOf = async (id: string): Promise<RevertStanding | null> => (await query<{ changeSet: { revert: RevertStanding | null } | null }>(REVERT_STANDING, { id })).changeSet?.revert ?? null
