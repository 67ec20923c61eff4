import type { Localized } from '@kartotek/sdk'
import { operationsOf } from '../model/naming.ts'
import type { ObjectInfo } from '../model/types.ts'
import { fieldSelection, partSelection } from '../records/documents.ts'
import type { Answers } from '../records/stage/useStageMove.ts'

/** A request that waits on a record, as its reader may see it. */
export interface Approval {
  id: string
  stage: { id: string, labels: Localized }
  note: string | null
  unmet: string[]
  askedBy: { id: string | null, name: string }
  askedAt: string
  mayDecide: boolean
  mayWithdraw: boolean
}

export const WAITING = `query StageApproval($object: String!, $id: ID!) {
  stageApproval(object: $object, id: $id) { id stage { id labels } note unmet askedBy { id name } askedAt mayDecide mayWithdraw }
}`
/** A request in the lists of one's day. */
export interface WaitingApproval extends Pick<Approval, 'id' | 'stage' | 'note' | 'askedBy' | 'askedAt'> { record: { object: string, id: string, title: string | null } }
export const SHELVES = `query StageApprovals {
  toDecide: stageApprovals(shelf: TO_DECIDE) { ...Waiting }
  mine: stageApprovals(shelf: ASKED) { ...Waiting }
}
fragment Waiting on StageApproval { id stage { id labels } note askedBy { id name } askedAt record { object id title } }`
export const DECIDE = `mutation DecideStageApproval($id: ID!, $approve: Boolean!, $note: String, $version: Int) {
  decideStageApproval(id: $id, approve: $approve, note: $note, version: $version) { id state }
}`
export const WITHDRAW = `mutation WithdrawStageApproval($id: ID!) { withdrawStageApproval(id: $id) { id state } }`

/** Hears of everything that happens to one record, requests included. */
export const touchedDocument = (object: ObjectInfo): string => `subscription ${operationsOf(object).type}Touched($id: ID!) { ${object.name}Changed(id: $id) { kind id changeSet } }`

export const ASK = `mutation AskStageApproval($object: String!, $id: ID!, $stage: ID!, $note: String) {
  requestStageApproval(object: $object, id: $id, stage: $stage, note: $note) { id state }
}`

/** Saves what was filled in for a stage, without going there. */
export function fillDocument(object: ObjectInfo, { fields, lists }: Answers): string {
  const { type, update } = operationsOf(object)
  return `mutation ${type}Fill($id: ID!, $version: Int, $input: ${type}UpdateInput!) { ${update}(id: $id, version: $version, input: $input) { id version ${fieldSelection(fields.map(([field]) => field))} ${lists.map(([part]) => partSelection(part)).join(' ')} } }`
}
