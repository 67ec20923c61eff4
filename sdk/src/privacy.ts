import type { PluginContext } from './plugin.ts'

/** Whether one may write to or call a person. `reason` says why not: `unknown` where the actor sees no such person. */
export interface MayContact { id: string, may: boolean, reason: 'doNotContact' | 'withdrawn' | 'noConsent' | 'erased' | 'unknown' | null }

/** What a plugin holds on people beside records: messages in tables of its own, ids in other systems. */
export interface PersonalData {
  /** What it holds on the person, as JSON, for the file that he gets. Nothing: undefined. */
  export?(person: { object: string, id: string }, ctx: PluginContext): Promise<unknown>
  /** Forgets the person, for good. Called until it succeeds, so at least once; the record itself is nameless by then. */
  forget?(person: { object: string, id: string }, ctx: PluginContext): Promise<void>
}
