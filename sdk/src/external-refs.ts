/** A record by its object and id. */
export interface RecordRef { object: string, id: string }

/** What a record is called in another system. */
export interface ExternalRef {
  /** The other system: `1c`, `shop-fi`. kebab-case, at most 40 characters; the plugin's own, so those of two plugins do not meet. */
  system: string
  /** What kind of thing it is there: `counterparty`, `invoice`. kebab-case, at most 40 characters. */
  type: string
  /** 1–200 characters. */
  externalId: string
}

/**
 * Which record is which thing in another system, kept by the core: no table of the plugin's own is needed. A name belongs to one
 * record at most. It follows the record through merges and their undoing, and goes with it when it is gone for good. A name tells
 * nothing of a record that the actor may not see.
 *
 * @example
 * const known = await ctx.externalRefs.find({ system: 'shop', type: 'customer', externalId: order.customer })
 * const client = known ?? await ctx.records.create('client', { name: order.name, kind: 'organisation' })
 * if (!known) await ctx.externalRefs.set({ system: 'shop', type: 'customer', externalId: order.customer }, { object: 'client', id: client.id })
 */
export interface ExternalRefs {
  /** The record with this name, or null where there is none that the actor may see. */
  find(ref: ExternalRef): Promise<RecordRef | null>
  /** All names that the plugin gave to a record; of one system where it is named. */
  get(record: RecordRef, system?: string): Promise<ExternalRef[]>
  /** Gives a record a name, and takes it from the one that had it before. @throws NotFoundError for a record that the actor may not see */
  set(ref: ExternalRef, record: RecordRef): Promise<void>
  /** Takes a name away. @returns whether there was one, at a record that the actor may see */
  remove(ref: ExternalRef): Promise<boolean>
}
