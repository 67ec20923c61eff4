/** One field of one record, before and after. */
export interface FieldChange { field: string, label: string | null, before: unknown, after: unknown }
export interface RecordChange { object: string, recordId: string, title: string | null, action: string, fields: FieldChange[] }

/** All that one action changed. */
export interface ChangeSet {
  id: string
  at: string
  actor: { kind: string, name: string | null } | null
  origin: string
  summary: string | null
  changes: RecordChange[]
  revertedBy: string | null
  revertible: boolean
}

/** What a revert could do; `skipped` was changed since and stays. */
export interface RevertReport { reverted?: number, skipped?: { object: string, recordId: string, title: string | null, reason: string }[] | null }

export const REVERT = /* GraphQL */ `
  mutation Revert($id: ID!) { revertChangeSet(id: $id) { reverted skipped { object recordId title reason } } }
`

export const CHANGE_SETS = /* GraphQL */ `
  query ChangeSets($object: String, $record: ID, $first: Int, $after: String) {
    changeSets(object: $object, record: $record, first: $first, after: $after) {
      nodes {
        id at origin summary revertedBy revertible actor { kind name }
        changes { object recordId title action fields { field label before after } }
      }
      pageInfo { hasNextPage endCursor }
    }
  }
`
