import type { Locale } from '@kartotek/sdk'
import { mutate, query } from '../../graphql/client.ts'
import type { SessionEntry, TokenEntry } from '../account/documents.ts'

export interface RoleChoice { id: string, key: string, name: string }
export interface Person { id: string, name: string | null, email: string | null }
export interface PersonAccount { userId: string, hasPassword: boolean, active: boolean, twoFactorEnabled: boolean, lastSeenAt: string | null, roles: RoleChoice[] }
export interface OpenLink { id: string, userId: string, name: string, email: string, kind: 'INVITATION' | 'RESET', link: string, expiresAt: string }
export interface HandedLink { userId: string, mailed: boolean, link: string | null }

/** Where somebody's work is handed over. */
export const handOverOf = (person: Person) => ({ path: '/settings/hand-over', query: { from: person.id, title: person.name ?? '' } })

const run = async <Data>(document: string, variables = {}): Promise<Data> => (await mutate<Data>(document, variables)).data

/** A page of people, and their accounts: two requests, whatever the number. */
export async function loadPeople(search: string): Promise<{ people: Person[], accounts: Map<string, PersonAccount> }> {
  const { users } = await query<{ users: { nodes: Person[] } }>(
    'query People($search: String) { users(search: $search, first: 100, orderBy: [{ field: name }]) { nodes { id name email } } }', { search: search || undefined },
  )
  if (!users.nodes.length) return { people: [], accounts: new Map() }
  const { accountsOf } = await query<{ accountsOf: PersonAccount[] }>(
    'query Accounts($users: [ID!]!) { accountsOf(users: $users) { userId hasPassword active twoFactorEnabled lastSeenAt roles { id key name } } }',
    { users: users.nodes.map(person => person.id) },
  )
  return { people: users.nodes, accounts: new Map(accountsOf.map(account => [account.userId, account])) }
}

export async function roleChoices(): Promise<RoleChoice[]> {
  return (await query<{ roles: RoleChoice[] }>('query RoleChoices { roles { id key name } }')).roles
}
export async function openLinks(): Promise<OpenLink[]> {
  return (await query<{ resetLinks: OpenLink[] }>('query OpenLinks { resetLinks { id userId name email kind link expiresAt } }')).resetLinks
}
export async function invite(input: { name: string, email: string, locale: Locale, roles: string[] }): Promise<HandedLink> {
  return (await run<{ inviteUser: HandedLink }>('mutation Invite($input: AccountInvitation!) { inviteUser(input: $input) { userId mailed link } }', { input })).inviteUser
}
export async function resetLink(user: string): Promise<HandedLink> {
  return (await run<{ makeResetLink: HandedLink }>('mutation ResetLink($user: ID!) { makeResetLink(user: $user) { userId mailed link } }', { user })).makeResetLink
}
export const setActive = (user: string, active: boolean) =>
  run(active ? 'mutation Activate($user: ID!) { activateUser(user: $user) }' : 'mutation Deactivate($user: ID!) { deactivateUser(user: $user) }', { user })
export const endSessions = (user: string) => run('mutation EndSessions($user: ID!) { endUserSessions(user: $user) }', { user })
export const revokeUserToken = (user: string, id: string) => run('mutation RevokeUserToken($user: ID!, $id: ID!) { revokeUserToken(user: $user, id: $id) }', { user, id })
/** Where somebody is signed in, and the programs that act in the name of this person. */
export async function loadSignIns(user: string): Promise<{ sessions: SessionEntry[], tokens: TokenEntry[] }> {
  const { userSessions, userTokens } = await query<{ userSessions: SessionEntry[], userTokens: TokenEntry[] }>(
    'query SignIns($user: ID!) { userSessions(user: $user) { id current createdAt lastSeenAt ip userAgent } userTokens(user: $user) { id name hint createdAt expiresAt lastUsedAt revokedAt narrowedTo { objects { object actions } capabilities } } }', { user })
  return { sessions: userSessions, tokens: userTokens.filter(token => !token.revokedAt) }
}
export const switchOffTotp = (user: string) => run('mutation SwitchOffTotp($user: ID!) { switchOffUserTotp(user: $user) }', { user })
export const setRoles = (user: string, roles: string[]) => run('mutation SetRoles($user: ID!, $roles: [ID!]!) { setUserRoles(user: $user, roles: $roles) }', { user, roles })
