import { isDeepStrictEqual } from 'node:util'
import { sql, type Kysely } from 'kysely'
import { uuidv7 } from 'uuidv7'
import { ConflictError, type Localized } from '@kartotek/sdk'
import type { Caller } from '../access/caller.ts'

// eslint-disable-next-line @typescript-eslint/no-explicit-any -- tables come and go with the model
type Db = Kysely<any>

/** What is configured, and the capability of those who manage it: they see what was changed. */
export const SUBJECTS = {
  substitution: 'users.manage', role: 'access.manage', workingTime: 'settings.manage', intake: 'intake.manage', share: 'access.manage', team: 'users.manage', pipeline: 'pipelines.manage',
  company: 'settings.manage', plugin: 'plugins.manage', automation: 'automation.manage', webhook: 'webhooks.manage', privacy: 'privacy.manage', report: 'settings.manage', object: 'model.manage', field: 'model.manage',
} as const
export type Subject = keyof typeof SUBJECTS

/** One change of what the company works by: a role, a gate, a setting. */
export interface ConfigurationChange {
  subject: Subject
  /** Id of the role, the shared record, the team, the pipeline or the plugin; `client`, `client.custom.tier`; `company`. */
  id: string
  /** The object concerned: who may not see it does not see the change. */
  object?: string
  /** What it was called then. Records and teams are called by the titles that their readers may know. */
  name?: Localized
  /** As JSON, null where it was not there. Of a secret only that it is set: `{ isSet: true }`, `replaced` where it is a new one. */
  before: object | null
  after: object | null
}

/**
 * Keeps a change of the configuration as a change set of its own, in the transaction that makes it. Nothing is kept where
 * nothing is different.
 * @param reverts the change set that this one takes back
 * @returns the id of the change set
 */
export async function keepConfiguration(trx: Db, caller: Caller, change: ConfigurationChange, reverts?: string): Promise<string | null> {
  const { subject, id, object, name, before, after } = change
  if (isDeepStrictEqual(asStored(before), asStored(after))) return null
  const { actor } = caller
  const set = uuidv7()
  if (reverts) {
    const first = await sql`update core.change_set set reverted_by = ${set} where id = ${reverts} and reverted_by is null`.execute(trx)
    if (!first.numAffectedRows) throw new ConflictError('This change was undone already.', { id: reverts })
  }
  await sql`insert into core.change_set (id, actor_kind, actor_id, user_id, actor_name, origin, object, reverts)
    values (${set}, ${actor.kind}, ${actor.id}, ${actor.userId}, ${actor.name}, ${reverts ? 'revert' : caller.origin}, ${object ?? null}, ${reverts ?? null})`.execute(trx)
  await sql`insert into core.configuration_change (change_set_id, subject, subject_id, object, name, before, after)
    values (${set}, ${subject}, ${id}, ${object ?? null}, ${json(name)}::jsonb, ${json(before)}::jsonb, ${json(after)}::jsonb)`.execute(trx)
  return set
}

const json = (value: object | null | undefined): string | null => (value ? JSON.stringify(value) : null)
const asStored = (value: object | null): unknown => JSON.parse(JSON.stringify(value)) as unknown
