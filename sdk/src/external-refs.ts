/** A record by its object and id, as {@link ExternalRefs} and files name it. */
export interface RecordRef {
  /** Name of its object: `client`. */
  object: string
  /** A UUID. */
  id: string
}

/** What a record is called in another system; kept by {@link ExternalRefs}. */
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
 * // A customer of the shop is one client here, however often the shop tells of him.
 * import { definePlugin, job, s } from '@kartotek/sdk'
 *
 * export default definePlugin({
 *   id: 'shop-customers', version: '1.0.0', compat: { sdk: '^0.1' },
 *   needs: { client: ['read', 'create', 'update'] },
 *   jobs: {
 *     takeCustomer: job({
 *       input: s.object({ id: s.string({ maxLength: 200 }), name: s.string({ maxLength: 200 }) }),
 *       async run({ id, name }, ctx) {
 *         const ref = { system: 'shop', type: 'customer', externalId: id }
 *         const known = await ctx.externalRefs.find(ref)
 *         if (known) await ctx.records.update('client', known.id, { name })
 *         else {
 *           const client = await ctx.records.create('client', { name, kind: 'organisation' })
 *           await ctx.externalRefs.set(ref, { object: 'client', id: client.id })
 *         }
 *       },
 *     }),
 *   },
 * })
 */
export interface ExternalRefs {
  /** The record with this name, or null where there is none that the actor may see. */
  find(ref: ExternalRef): Promise<RecordRef | null>
  /** All names that the plugin gave to a record; of one system where it is named. Empty where the actor does not see the record. */
  get(record: RecordRef, system?: string): Promise<ExternalRef[]>
  /** Gives a record a name, and takes it from the one that had it before. @throws NotFoundError for a record that the actor may not see */
  set(ref: ExternalRef, record: RecordRef): Promise<void>
  /** Takes a name away. @returns whether there was one, at a record that the actor may see */
  remove(ref: ExternalRef): Promise<boolean>
}
