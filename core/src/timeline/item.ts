/** One line of a timeline, wherever it comes from. */
export interface TimelineItem {
  /** Id of the entry; of a change: of its change set; of a file: its own. */
  id: string
  kind: string
  /** ISO time in milliseconds. */
  at: string
  author: { id: string | null, name: string | null }
  /** The record that it happened to: the client himself, or one of his orders. */
  record: { object: string, id: string, title: string | null }
  heading: string | null
  /** Of a file: where it is opened. */
  href?: string
  text: string | null
  direction: string | null
  seconds: number | null
  pinnedAt: string | null
  /** Of an entry: its own; null of what is no entry. */
  version: number | null
  /** Its words are copies, and are changed where they come from. */
  copied?: boolean
  /** Whom the entry calls; of what nobody wrote: none. */
  mentions?: { id: string, name: string | null }[]
  /** What plugins add to entries, shown without knowing it. */
  data: { key: string, label: string, value: unknown }[]
  changeSet: string | null
  /** Of a change: create, update, archive, restore, trash or delete. */
  action: string | null
  fields: { key: string, label: string, before: unknown, after: unknown, beforeText: string | null, afterText: string | null }[]
}

/** Where a page begins: what is older than this. */
export interface Place { at: string, id: string }

/** What a source gives at once. `next`: where it goes on; null at its end. Items may be fewer than asked for, even none. */
export interface Batch { items: TimelineItem[], next: Place | null }
export const EMPTY: Batch = { items: [], next: null }

/** Newest first; of one moment the greater id. */
export function newestFirst(a: Place, b: Place): number {
  if (a.at !== b.at) return a.at < b.at ? 1 : -1
  return a.id === b.id ? 0 : a.id < b.id ? 1 : -1
}
