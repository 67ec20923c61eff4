import { STANDING, type RevertStanding } from './revert.ts'

/** One field of one record, before and after. */
export interface FieldChange { key: string, label: string, before: unknown, after: unknown, beforeText: string | null, afterText: string | null }
/** A change of a record or of a part; `rootId` is the record that a part belongs to. */
export interface RecordChange { object: string, recordId: string, rootObject: string, rootId: string, title: string | null, action: string, fields: FieldChange[] }

/** A change of what the company works by: a role, a gate, a setting. */
export interface ConfigurationChange { subject: string, action: string, fields: FieldChange[] }

/** All that one action changed. */
export interface ChangeSet {
  id: string
  at: string
  actor: { kind: string, name: string | null } | null
  origin: string
  summary: string | null
  records: number
  /** Gates that were passed without being met. */
  passedGates: number
  changes: RecordChange[]
  configuration: ConfigurationChange | null
  revertedBy: string | null
  /** It may be taken back, or what is left of it. */
  revertible: boolean
  revert: RevertStanding | null
}

export const CHANGE_SETS = /* GraphQL */ `
  query ChangeSets($object: String, $record: ID, $configuration: Boolean, $first: Int, $after: String) {
    changeSets(object: $object, record: $record, configuration: $configuration, first: $first, after: $after) {
      nodes {
        id at origin summary records passedGates revertedBy revertible revert { ${STANDING} } actor { kind name }
        configuration { subject action fields { key label before after beforeText afterText } }
        changes(first: 30) { object recordId rootObject rootId title action fields { key label before after beforeText afterText } }
      }
      pageInfo { hasNextPage endCursor }
    }
  }
`

/** A value of a field, from when to when; the present one has no end. */
export interface FieldPeriod { value: unknown, text: string | null, from: string, to: string | null }

export const FIELD_HISTORY = /* GraphQL */ `
  query FieldHistory($object: String!, $id: ID!, $field: String!) { fieldHistory(object: $object, id: $id, field: $field) { value text from to } }
`

/** A stay of a record in a stage. */
export interface StageVisit { stage: { id: string, label: string | null, color: string | null } | null, enteredAt: string, seconds: number | null, by: string | null }

export const STAGE_HISTORY = /* GraphQL */ `
  query StageHistory($object: String!, $id: ID!) { stageHistory(object: $object, id: $id) { enteredAt seconds by stage { id label color } } }
`
