export interface SharedWith { everybody: boolean, teams: string[], roles: string[] }

/** A saved condition as the API gives it. */
export interface Segment extends SharedWith {
  id: string
  object: string
  name: string
  owner: string | null
  mine: boolean
  canChange: boolean
  version: number
  applicable: boolean
  filter: Record<string, unknown> | null
}
const FIELDS = 'id object name owner mine canChange everybody teams roles version applicable filter'
export const SEGMENTS = `query Segments($object: String) { segments(object: $object) { ${FIELDS} } }`
export const COUNT = 'query FilterCount($object: String!, $filter: JSON!) { filterCount(object: $object, filter: $filter, exact: true) { value exact } }'
export const CREATE_SEGMENT = `mutation CreateSegment($object: String!, $input: SegmentInput!) { createSegment(object: $object, input: $input) { ${FIELDS} } }`
export const UPDATE_SEGMENT = `mutation UpdateSegment($id: ID!, $version: Int!, $input: SegmentInput!) { updateSegment(id: $id, version: $version, input: $input) { ${FIELDS} } }`
export const DELETE_SEGMENT = 'mutation DeleteSegment($id: ID!) { deleteSegment(id: $id) }'
export const RESTORE_SEGMENT = 'mutation RestoreSegment($id: ID!) { restoreSegment(id: $id) { id } }'
