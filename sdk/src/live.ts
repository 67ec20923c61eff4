/** An event as it reaches a subscription ({@link PluginContext.live}): once, soon after the commit. */
export interface LiveRecordEvent {
  /** `client.updated`, `plugin.telephony.rings`. */
  name: string
  /** Name of the object that it is about: `client`. */
  object: string
  /** Null where more than a hundred records changed at once. */
  recordId: string | null
  /** When it happened, ISO 8601 in UTC. */
  at: string
  /** What a plugin says with an event of its own, as its `emits` declares it; absent in events of records. */
  data?: unknown
}

/** Which events {@link PluginContext.live} gives: those about an object, or about one record of it; by their exact names, or all. */
export interface LiveInterest {
  /** Name of the object: `client`. */
  object: string
  /** Default: any record of it. */
  recordId?: string
  /** Exact names, without `*`: `['client.updated']`. Default: all. */
  names?: readonly string[]
}
