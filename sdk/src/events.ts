import type { PluginContext } from './context.ts'
import type { RecordData } from './records.ts'

/** One thing that happened to records, delivered to an {@link EventHandler} after commit, at least once. */
export interface RecordEvent {
  /** Stable id, for idempotency. */
  id: string
  /** Of plugins `plugin.<id>.<name>`, the id in camelCase; of records `client.created`, `client.updated`, `client.stageChanged`, `client.archived`, `client.restored`, `client.trashed`, `client.shared` … */
  name: string
  /** Name of the object: `client`. */
  object: string
  /** Of the record that it is about. It may be changed again, or gone, by the time of the handler. */
  recordId: string
  /** The same for all that one write changed; what «undo» takes back. */
  changeSetId: string
  /** Keys of the fields that changed, of a plugin's fields `<id>.<name>` with the id as it is; empty where the event is about none. */
  changed: string[]
  /** When it happened, ISO 8601 in UTC. */
  at: string
  /** What a plugin says with an event of its own, as its `emits` declares it. */
  data?: unknown
}

/**
 * What is done when one of the events happened.
 *
 * @example
 * // Each new client with a tax number is looked up; delivery is at least once, so it only enqueues.
 * import { definePlugin, job, s, type EventHandler } from '@kartotek/sdk'
 *
 * const lookUp: EventHandler = {
 *   id: 'look-up',
 *   async run(events, ctx) {
 *     for (const { recordId, name, changed } of events) {
 *       if (name === 'client.created' || changed.includes('taxId')) await ctx.enqueue('lookUp', { client: recordId }, { key: recordId })
 *     }
 *   },
 * }
 *
 * export default definePlugin({
 *   id: 'register-look-up', version: '1.0.0', compat: { sdk: '^0.1' },
 *   needs: { client: ['read'] },
 *   on: { 'client.*': lookUp },
 *   jobs: { lookUp: job({ input: s.object({ client: s.id() }), async run({ client }, ctx) { ctx.log.info({ client, found: await ctx.records.get('client', client, ['taxId']) }, 'Looked up.') } }) },
 * })
 */
export interface EventHandler<Settings = Record<string, unknown>> {
  /** kebab-case, unique among the plugin's handlers. Names the handler in logs, the retry list and the queue. */
  id: string
  /** Seconds after which its signal fires and the attempt has failed. Above 0, up to 86,000. Default 120. */
  timeoutSeconds?: number
  /** Gets one or more events that its key in `on` matches, in the order in which they happened. What throws or is late is tried again, five times in all, with growing pauses. */
  run(events: RecordEvent[], ctx: PluginContext<Settings>): Promise<void> | void
}

/**
 * A veto inside the write transaction: throw a {@link DomainError} to refuse. Receives all records of one write at once; where it
 * refuses several, it is asked again for each alone. A guard that breaks or is late refuses, too.
 *
 * @example
 * // No order without a client goes beyond 1,000 of its currency.
 * import { definePlugin, InputError, type Guard } from '@kartotek/sdk'
 *
 * const known: Guard = {
 *   id: 'large-orders-have-clients', budgetMs: 50,
 *   run(records) {
 *     for (const { after } of records) {
 *       const total = after?.total as { amount: string } | null | undefined
 *       if (after && !after.client && Number(total?.amount ?? 0) > 1000) throw new InputError('Name the client of an order above 1,000.', [{ field: 'client', rule: 'required', message: 'Choose a client.' }])
 *     }
 *   },
 * }
 *
 * export default definePlugin({ id: 'large-orders', version: '1.0.0', compat: { sdk: '^0.1' }, guards: { 'order.create': known, 'order.update': { ...known, id: 'large-orders-keep-clients' } } })
 */
export interface Guard<Settings = Record<string, unknown>> {
  /** kebab-case, unique among the plugin's guards. Named to who is refused where the guard breaks. */
  id: string
  /** Milliseconds after which the guard is aborted and the write refused, up to 10,000. Default 100; above half of it the log says so. */
  budgetMs?: number
  /**
   * `ctx` has the rights of who writes and reads what the transaction sees; nothing can be written by it.
   * @throws DomainError to refuse, with the message that the writer reads
   */
  run(records: GuardRecord[], ctx: PluginContext<Settings>): Promise<void> | void
}

/** One record of a write, as a {@link Guard} gets it: before and after it. */
export interface GuardRecord {
  /** Of a new record, too. */
  id: string
  /** In the shape of the input; null for a new one. */
  before: RecordData | null
  /** The same after the write, not yet committed; null for one that goes to the trash. */
  after: RecordData | null
  /** Names of the lists inside the record (`lines`) that this write changes; absent where it changes none. */
  lists?: readonly string[]
}

/**
 * Fills read-only fields (`readOnly: true`) from the others before a record is written. Pure and fast: no reads, no waiting.
 *
 * @example
 * // The day by which an order is to be paid for, from the day of the order.
 * import { definePlugin } from '@kartotek/sdk'
 *
 * export default definePlugin({
 *   id: 'payment-terms', version: '1.0.0', compat: { sdk: '^0.1' },
 *   fields: {
 *     order: [
 *       { name: 'days', type: 'integer', default: 14, min: 0, max: 120, label: { en: 'Days to pay' } },
 *       { name: 'payBy', type: 'date', readOnly: true, filterable: true, label: { en: 'To be paid by' } },
 *     ],
 *   },
 *   compute: {
 *     order: {
 *       id: 'pay-by',
 *       run(orders) {
 *         for (const { values } of orders) {
 *           const day = typeof values.orderedOn === 'string' ? Date.parse(values.orderedOn) : NaN
 *           values['payment-terms.payBy'] = Number.isNaN(day) ? null : new Date(day + Number(values['payment-terms.days'] ?? 0) * 24 * 3600 * 1000).toISOString().slice(0, 10)
 *         }
 *       },
 *     },
 *   },
 * })
 */
export interface Computation {
  /** kebab-case. Names the computation in errors. */
  id: string
  /** Gets all records of a write at once, parts before their wholes. */
  run(records: ComputedRecord[]): void
}

/** One record that is about to be written, as a {@link Computation} gets it. */
export interface ComputedRecord {
  /** Values in input shape by field key, of a plugin's fields `<id>.<name>` with the id as it is; assign to fill read-only fields. */
  values: Record<string, unknown>
  /** Made by this write. */
  readonly isNew: boolean
  /** Keys of the fields that this write changes, written likewise. */
  readonly changed: ReadonlySet<string>
  /** The lists that this write replaces (`{ lines: [...] }`); a list that the write does not touch is absent. */
  readonly parts: Record<string, ComputedRecord[]>
  /** Id of the person who writes; null for plugins and the system. For fields that keep who did it. */
  readonly by: string | null
  /** Notes a broken rule on a field, with values for its message (see {@link FieldProblem}); the record is then not written. */
  refuse(field: string, rule: string, params?: Record<string, unknown>): void
}
