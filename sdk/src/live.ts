/** An event as it reaches a subscription: once, soon after the commit. */
export interface LiveRecordEvent {
  /** `client.updated`, `plugin.telephony.rings`. */
  name: string
  object: string
  /** Null where more than a hundred records changed at once. */
  recordId: string | null
  at: string
  /** What a plugin says with an event of its own. */
  data?: unknown
}

/** Which events: those about an object, or about one record of it; by their exact names, or all. */
export interface LiveInterest { object: string, recordId?: string, names?: readonly string[] }
