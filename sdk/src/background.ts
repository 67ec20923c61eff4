import type { PluginContext } from './context.ts'
import type { Schema } from './schema.ts'

/** Work in the background, kept in the database until it is done: at least once, on one of all nodes. Written by {@link job}. */
export interface JobDefinition<Input = Record<string, unknown>, Settings = Record<string, unknown>> {
  /** Schema of the input, checked when it is enqueued; see {@link s} and {@link job}. Default: anything. */
  input?: Schema<Input> | object
  /** Attempts in all before the job is dead and listed for a person, 1–50. Default 5. */
  attempts?: number
  /** How the pauses between attempts go: `exponential` doubles them, up to an hour; `steady` keeps them as long as the first. Default `exponential`. */
  backoff?: 'exponential' | 'steady'
  /** Seconds before the second attempt, 1–3600. Default 2. */
  retrySeconds?: number
  /**
   * At most so many runs begin within any second, minute or hour, on all nodes together: for a foreign system that allows no more.
   * What is over it waits. `max` is 1–10,000. Default: as fast as it goes.
   */
  rate?: { per: 'second' | 'minute' | 'hour', max: number }
  /** Runs at once per node, 1–100. Default 1. */
  concurrency?: number
  /** Seconds before a run is aborted, at most 86,000. Default 300. */
  timeoutSeconds?: number
  /** Does the work; `ctx` has the plugin's own rights, `ctx.signal` fires when the time is over. What throws is tried again. */
  run(input: Input, ctx: PluginContext<Settings>): Promise<void> | void
}

/**
 * Work that is done by the clock, on one of all nodes.
 *
 * @example
 * // Every quarter of an hour, what the carrier knows of parcels on their way; fifty at a time, as it asks for.
 * import { definePlugin, job, s } from '@kartotek/sdk'
 *
 * export default definePlugin({
 *   id: 'carrier-states', version: '1.0.0', compat: { sdk: '^0.1' },
 *   needs: { order: ['read'] },
 *   schedules: [{ id: 'ask', cron: '0,15,30,45 * * * *', run: (ctx) => ctx.enqueue('ask', {}, { key: 'ask' }) }],
 *   jobs: {
 *     ask: job({
 *       input: s.object({}), rate: { per: 'minute', max: 50 }, attempts: 3, backoff: 'steady', retrySeconds: 60,
 *       run: async (_, ctx) => ctx.log.info({ orders: await ctx.records.count('order') }, 'The carrier was asked.'),
 *     }),
 *   },
 * })
 */
export interface ScheduleDefinition<Settings = Record<string, unknown>> {
  /** kebab-case, unique within the plugin. */
  id: string
  /** Five-field cron expression, in the company's time zone: `0 3 * * *` is each night at three. */
  cron: string
  /** With the plugin's own rights, within 15 minutes; more belongs into a job that it enqueues. While one runs, the next one waits. */
  run(ctx: PluginContext<Settings>): Promise<void> | void
}

/**
 * A program that runs as long as the node does: a connection that is held, a long poll.
 *
 * @example
 * // A long poll of a messenger: one node holds it, and another one when that dies.
 * import { definePlugin, s } from '@kartotek/sdk'
 *
 * const settings = s.object({ token: s.secret() })
 *
 * export default definePlugin({
 *   id: 'long-poll', version: '1.0.0', compat: { sdk: '^0.1' }, settings,
 *   outbound: ['https://poll.example.com'],
 *   workers: [{
 *     id: 'poll',
 *     async run(ctx) {
 *       while (!ctx.signal.aborted) {
 *         const answer = await ctx.fetch('https://poll.example.com/updates', { headers: { authorization: ctx.settings.token }, signal: AbortSignal.any([ctx.signal, AbortSignal.timeout(60_000)]) })
 *         if (!answer.ok) throw new Error(`The service answered ${answer.status}.`)  // begun again after a pause
 *         ctx.log.debug({ updates: (await answer.json() as unknown[]).length })
 *       }
 *     },
 *   }],
 * })
 */
export interface WorkerDefinition<Settings = Record<string, unknown>> {
  /** kebab-case, unique within the plugin. */
  id: string
  /** `one` (default): on one of all nodes, and on another when that one dies or loses its database. `each`: on each node that works. */
  instances?: 'one' | 'each'
  /** Must end soon after `ctx.signal` fires. When it ends or throws before, it is started again after 1, 2, 4 … seconds, at most a minute. */
  run(ctx: PluginContext<Settings>): Promise<void>
}

/**
 * Declares a job whose input has the type of its schema.
 *
 * @example
 * // Orders go to the warehouse, at most sixty a minute on all nodes together, with growing pauses while it does not answer.
 * import { definePlugin, job, s } from '@kartotek/sdk'
 *
 * const settings = s.object({ warehouse: s.url(), key: s.secret() })
 *
 * export default definePlugin({
 *   id: 'warehouse', version: '1.0.0', compat: { sdk: '^0.1' }, settings,
 *   needs: { order: ['read'] },
 *   outbound: ['{settings.warehouse}'],
 *   jobs: {
 *     send: job({
 *       input: s.object({ order: s.id() }),
 *       rate: { per: 'minute', max: 60 }, attempts: 10, timeoutSeconds: 30,
 *       async run({ order }, ctx) {
 *         const found = await ctx.records.get('order', order, ['number', 'total'])
 *         if (!found) return
 *         const answer = await ctx.fetch(`${String(ctx.settings.warehouse)}/orders`, { method: 'POST', body: JSON.stringify(found), headers: { 'idempotency-key': order } })
 *         if (!answer.ok) throw new Error(`The warehouse answered ${answer.status}.`)
 *       },
 *     }),
 *   },
 *   on: { 'order.stageChanged': { id: 'send', run: async (events, ctx) => { for (const { recordId } of events) await ctx.enqueue('send', { order: recordId }, { key: recordId }) } } },
 * })
 */
// eslint-disable-next-line @typescript-eslint/no-explicit-any -- the plugin's settings are not known where this stands
export function job<Input, Settings = any>(definition: JobDefinition<Input, Settings> & { input: Schema<Input> }): JobDefinition<Input, Settings> {
  return definition
}
