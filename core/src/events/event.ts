/** Whose a record is: the scopes own and team are decided by it. */
export interface Holder { owner: string | null, team: string | null }

/** Who held the record before and after the change, so that those who lost sight of it can be told «gone». */
export interface EventScope { before: Holder | null, after: Holder | null }

/** What a write says happened to one record. */
export interface NewEvent {
  /** `client.created`, `client.updated`, `order.stageChanged` … */
  name: string
  object: string
  recordId: string
  changeSetId: string
  /** Keys of the fields that changed. Default: none. */
  changed?: readonly string[]
  scope?: EventScope | null
  /** What a plugin says with an event of its own. */
  data?: unknown
}

/** An event as it reaches open sockets. `recordId` is null where more than {@link BULK_THRESHOLD} records changed at once. */
export interface LiveEvent {
  id: string
  name: string
  object: string
  recordId: string | null
  changeSetId: string
  changed: string[]
  scope: EventScope | null
  at: string
  data?: unknown
}

/** An event as it travels in a job: one record, or up to {@link BULK_CHUNK} that changed in the same way. */
export interface PackedEvent {
  id: string
  name: string
  object: string
  recordIds: string[]
  /** The ids are derived from the row's, because it stands for many records. */
  bulk: boolean
  changeSetId: string
  changed: string[]
  at: string
  data?: unknown
}

/** Above this number of records of one object, a write is announced to sockets as one «object changed». */
export const BULK_THRESHOLD = 100
/** Records in one row, and so in one call of a handler, of a large change set. */
export const BULK_CHUNK = 500
