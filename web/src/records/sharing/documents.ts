import { mutate, query } from '../../graphql/client.ts'

/** Of which record. */
export interface Shared { object: string, id: string }
export type Level = 'READ' | 'WRITE'
export type Whom = { user: string } | { team: string }
/** With whom a record is shared. */
export interface Share { user: string | null, team: string | null, name: string, level: Level }
export interface Reason { kind: 'ROLE' | 'OWNER' | 'CREATOR' | 'TEAM' | 'SHARE' | 'SUBSTITUTE' | 'PARENT', action: string, text: string, role: string | null, scope: string | null }
export interface Rights { read: boolean, update: boolean, delete: boolean }
/** With API tokens of the person that have only a part of the rights. */
export interface Explanation extends Rights { reasons: Reason[], tokens: (Rights & { name: string })[] }

export const sharesOf = async (record: Shared) => (await query<{ shares: Share[] }>('query Shares($object: String!, $id: ID!) { shares(object: $object, id: $id) { user team name level } }', { ...record })).shares
export const share = (record: Shared, whom: Whom, level: Level) => mutate('mutation Share($object: String!, $id: ID!, $user: ID, $team: ID, $level: ShareLevel!) { shareRecord(object: $object, id: $id, user: $user, team: $team, level: $level) }', { ...record, ...whom, level })
export const unshare = (record: Shared, whom: Whom) => mutate('mutation Unshare($object: String!, $id: ID!, $user: ID, $team: ID) { unshareRecord(object: $object, id: $id, user: $user, team: $team) }', { ...record, ...whom })
export const explain = async (record: Shared, user: string) => (await query<{ explainAccess: Explanation }>(
  'query WhySeen($object: String!, $id: ID!, $user: ID!) { explainAccess(object: $object, id: $id, user: $user) { read update delete reasons { kind action text role scope } tokens { name read update delete } } }', { ...record, user },
)).explainAccess
