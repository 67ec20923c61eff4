import type { Localized } from './locale.ts'

/**
 * Something that a plugin can do for a record when a rule of automation asks for it. It is done by one of the plugin's jobs.
 *
 * @example
 * // «Order a courier» among the actions of rules: the words of the rule come with the record.
 * import { definePlugin, job, s } from '@kartotek/sdk'
 *
 * export default definePlugin({
 *   id: 'courier', version: '1.0.0', compat: { sdk: '^0.1' },
 *   needs: { order: ['read'] },
 *   automationActions: {
 *     pickUp: {
 *       label: { en: 'Order a courier', fi: 'Tilaa kuriiri', ru: 'Вызвать курьера', uk: 'Викликати кур’єра' },
 *       object: 'order', job: 'pickUp',
 *       input: s.object({ note: s.string({ maxLength: 200, title: { en: 'Note for the courier' }, default: '' }) }),
 *     },
 *   },
 *   jobs: {
 *     pickUp: job({
 *       input: s.object({ record: s.object({ object: s.string(), id: s.id() }), note: s.string({ default: '' }) }),
 *       async run({ record, note }, ctx) {
 *         const order = await ctx.records.get('order', record.id, ['number'])
 *         if (order) ctx.log.info({ order: order.number, note }, 'A courier is to come.')
 *       },
 *     }),
 *   },
 * })
 */
export interface AutomationAction {
  /** What people choose by when they make a rule. */
  label: Localized
  /** One sentence below it: what will happen. Default: none. */
  help?: Localized
  /** Name of the plugin's job. Its input is what the rule gives, and `record: { object, id }`. Delivered at least once. */
  job: string
  /** Only for records of this object. Default: of any. */
  object?: string
  /** JSON Schema of what the rule gives; its properties become the form of the action. Default: nothing is asked. */
  input?: object
}
