import type { Locale } from './locale.ts'

/**
 * Who acts: a person, an API token of a person, a plugin's background code, or the system itself. Handlers find theirs in
 * {@link PluginContext.actor}.
 */
export interface Actor {
  /** `user`: somebody signed in. `token`: a program with an API token of a person. `plugin`: background code. `system`: the core. */
  kind: 'user' | 'token' | 'plugin' | 'system'
  /** Id of the user, token or plugin; `system` for the system. */
  id: string
  /** The person behind it, if any: `own` scope and authorship refer to this id. */
  userId: string | null
  /** As histories show it: of the person, of the token, or the English label of the plugin. */
  name: string
  /** The language in which errors and texts are told to this actor; of background code that of the company. */
  locale: Locale
  /** Ids of the roles that count now; empty for plugins, whose rights are their `needs`. */
  roleIds: readonly string[]
  /** Roles of the person that a token leaves out: their rights are not the token's, but what they close stays closed. */
  closedBy?: readonly string[]
  /** What a token is narrowed to, within the rights of its person. Absent: all of them. */
  narrowedTo?: Narrowing
  /** Ids of the teams of the person, to which scope `team` refers; empty where there is no person. */
  teamIds: readonly string[]
  /** At least one record is shared with this person or one of the teams. */
  hasShares: boolean
  /** The person stands in for somebody, now or at a time that is still to come. */
  standsIn?: boolean
}

/** A part of a person's rights, to which an API token is narrowed: nothing else is left, and nothing is added. See {@link PluginContext.actor}. */
export interface Narrowing {
  /** Actions by object name; `*` stands for all objects that are not named. Parts follow their whole. */
  objects: Readonly<Record<string, readonly ('read' | 'create' | 'update' | 'delete')[]>>
  /** Capabilities such as `export.run`, `telephony.call.place`. Default: none. */
  capabilities?: readonly string[]
}

/** Where a change came from; kept in the audit trail. What a plugin writes on behalf of itself is `plugin`; of a caller ({@link PluginContext.actor}) `api`. */
export type Origin = 'web' | 'api' | 'import' | 'plugin' | 'automation' | 'system' | 'revert'
