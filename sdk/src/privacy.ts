import type { PluginContext } from './context.ts'

/** Whether one may write to or call a person, as {@link Records.mayContact} tells it. */
export interface MayContact {
  /** Of the contact or client that was asked for. */
  id: string
  /** Whether he may be written to or called now, by this channel, for this purpose. */
  may: boolean
  /**
   * Why not; null where he may. `doNotContact`: the channel stands in his «do not contact». `withdrawn`: he has taken his consent back.
   * `noConsent`: the purpose needs one that he never gave. `erased`: he is nameless by now. `unknown`: the actor sees no such person.
   */
  reason: 'doNotContact' | 'withdrawn' | 'noConsent' | 'erased' | 'unknown' | null
}

/**
 * What a plugin holds on people beside records: messages in tables of its own, ids in other systems.
 *
 * @example
 * // Answers to a survey, in a table of the plugin: they are in the file that a person gets, and gone when he is erased (GDPR, articles 15 and 17).
 * import { definePlugin } from '@kartotek/sdk'
 *
 * export default definePlugin({
 *   id: 'survey', version: '1.0.0', compat: { sdk: '^0.1' },
 *   tables: { onUninstall: 'drop', migrations: [{ id: '0001-answers', sql: 'create table answer (client uuid references core.client on delete cascade, mark int not null, words text)' }] },
 *   personalData: {
 *     async export({ object, id }, ctx) {
 *       if (object !== 'client') return undefined
 *       const answers = await ctx.db.query('select mark, words from answer where client = $1', [id])
 *       return answers.length ? { answers } : undefined
 *     },
 *     async forget({ object, id }, ctx) {
 *       if (object === 'client') await ctx.db.query('delete from answer where client = $1', [id])
 *     },
 *   },
 * })
 */
export interface PersonalData {
  /** What it holds on the person (a client or contact), as JSON, for the file that he gets. Nothing: undefined. */
  export?(person: { object: string, id: string }, ctx: PluginContext): Promise<unknown>
  /** Forgets the person, for good. Called until it succeeds, so at least once; the record itself is nameless by then. */
  forget?(person: { object: string, id: string }, ctx: PluginContext): Promise<void>
}
