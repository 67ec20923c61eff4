import type { Labels } from '../../model/types.ts'
import type { FieldChange } from '../history/documents.ts'

/** A kind of thing that can happen to a record. */
export interface TimelineKind { key: string, labels: Labels, icon: string, color: string, writable: boolean }

/** One line of a timeline: an entry that somebody wrote, or a change. */
export interface TimelineItem {
  id: string
  kind: string
  at: string
  author: { id: string | null, name: string | null }
  record: { object: string, id: string, title: string | null } | null
  heading: string | null
  /** Of a file: where it is opened. */
  href: string | null
  text: string | null
  direction: 'in' | 'out' | 'internal' | null
  seconds: number | null
  pinnedAt: string | null
  /** Null of what is no entry and cannot be changed here. */
  version: number | null
  /** Its words are copied from elsewhere, and are not changed here. */
  copied: boolean
  mentions: { id: string | null, name: string | null }[]
  data: { key: string, label: string, value: unknown }[]
  changeSet: string | null
  action: string | null
  fields: FieldChange[]
}

export interface TimelineAnswer { timeline: { nodes: TimelineItem[], hasNextPage: boolean, endCursor: string | null, whole: boolean } }

export const TIMELINE = /* GraphQL */ `
  query Timeline($object: String!, $id: ID!, $kinds: [String!], $search: String, $pinned: Boolean, $first: Int, $after: String) {
    timeline(object: $object, id: $id, kinds: $kinds, search: $search, pinned: $pinned, first: $first, after: $after) {
      hasNextPage endCursor whole
      nodes {
        id kind at heading href text direction seconds pinnedAt version copied mentions { id name } changeSet action
        author { id name } record { object id title } data { key label value }
        fields { key label before after beforeText afterText }
      }
    }
  }
`
export const KINDS = `query TimelineKinds { timelineKinds { key labels icon color writable } }`
export const WRITE_ENTRY = `mutation WriteEntry($input: TimelineEntryCreateInput!) { createTimelineEntry(input: $input) { id } }`
export const CHANGE_ENTRY = `mutation ChangeEntry($id: ID!, $version: Int, $input: TimelineEntryUpdateInput!) { updateTimelineEntry(id: $id, version: $version, input: $input) { id } }`
export const TRASH_ENTRY = `mutation TrashEntry($id: ID!) { deleteTimelineEntry(id: $id) { id } }`
export const ENTRIES_CHANGED = `subscription TimelineEntriesChanged { timelineEntryChanged { kind id record { id subject { object id } } } }`
export interface EntryChanged { kind: 'CREATED' | 'UPDATED' | 'GONE' | 'MANY', id: string | null, record: { subject: { object: string, id: string } | null } | null }
