import type { Locale } from './locale.ts'

/** Who acts: a person, an API token of a person, a plugin's background code, or the system itself. */
export interface Actor {
  kind: 'user' | 'token' | 'plugin' | 'system'
  /** Id of the user, token or plugin; `system` for the system. */
  id: string
  /** The person behind it, if any: `own` scope and authorship refer to this id. */
  userId: string | null
  name: string
  locale: Locale
  roleIds: readonly string[]
  /** Roles of the person that a token leaves out: their rights are not the token's, but what they close stays closed. */
  closedBy?: readonly string[]
  /** What a token is narrowed to, within the rights of its person. Absent: all of them. */
  narrowedTo?: Narrowing
  teamIds: readonly string[]
  /** At least one record is shared with this person or one of the teams. */
  hasShares: boolean
  /** The person stands in for somebody, now or at a time that is still to come. */
  standsIn?: boolean
}

/** A part of a person's rights: nothing else is left, and nothing is added. */
export interface Narrowing {
  /** Actions by object name; `*` stands for all objects that are not named. Parts follow their whole. */
  objects: Readonly<Record<string, readonly ('read' | 'create' | 'update' | 'delete')[]>>
  /** Default: none. */
  capabilities?: readonly string[]
}

/** Where a change came from; kept in the audit trail. */
export type Origin = 'web' | 'api' | 'import' | 'plugin' | 'automation' | 'system' | 'revert'
