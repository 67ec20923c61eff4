import type { Locale } from '@kartotek/sdk'
import { mutate, query } from '../../graphql/client.ts'
import type { NarrowedObject, Narrowing } from './narrowing.ts'

export interface SessionEntry { id: string, current: boolean, createdAt: string, lastSeenAt: string, ip: string | null, userAgent: string | null }
export interface Capability { name: string, label: string }
export interface TokenEntry { id: string, name: string, hint: string, createdAt: string, expiresAt: string, lastUsedAt: string | null, revokedAt: string | null, narrowedTo: Narrowing | null }

const run = async <Data>(document: string, variables = {}): Promise<Data> => (await mutate<Data>(document, variables)).data

export async function saveMyLocale(locale: Locale): Promise<void> {
  await run('mutation SaveMyLocale($locale: String) { updateMe(locale: $locale) { id locale } }', { locale })
}
export async function saveMyName(name: string): Promise<void> {
  await run('mutation SaveMyName($name: String) { updateMe(name: $name) { id name } }', { name })
}
export async function changePassword(currentPassword: string, newPassword: string): Promise<void> {
  await run('mutation ChangePassword($currentPassword: String!, $newPassword: String!) { changePassword(currentPassword: $currentPassword, newPassword: $newPassword) }', { currentPassword, newPassword })
}

export async function mySessions(): Promise<SessionEntry[]> {
  return (await query<{ mySessions: SessionEntry[] }>('query MySessions { mySessions { id current createdAt lastSeenAt ip userAgent } }')).mySessions
}
export async function revokeSession(id: string): Promise<void> {
  await run('mutation RevokeSession($id: ID!) { revokeSession(id: $id) }', { id })
}
export async function revokeOtherSessions(): Promise<void> {
  await run('mutation RevokeOtherSessions { revokeOtherSessions }')
}

export async function myTokens(): Promise<TokenEntry[]> {
  const { myTokens: tokens } = await query<{ myTokens: TokenEntry[] }>('query MyTokens { myTokens { id name hint createdAt expiresAt lastUsedAt revokedAt narrowedTo { objects { object actions } capabilities } } }')
  return tokens.filter(token => !token.revokedAt)
}
/** What a narrowed token may keep of what the person may do beyond records: none of what gives rights to others. */
export async function myCapabilities(): Promise<Capability[]> {
  const { me, capabilities } = await query<{ me: { capabilities: string[] }, capabilities: Capability[] }>('query MyCapabilities { me { capabilities } capabilities { name label } }')
  return capabilities.filter(({ name }) => me.capabilities.includes(name) && !['access.manage', 'users.manage'].includes(name))
}
/** The secret of a new token; the server shows it only now. */
export async function createToken(name: string, days: number, narrowedTo: { objects: NarrowedObject[], capabilities?: string[] } | null): Promise<string> {
  return (await run<{ createToken: { secret: string } }>('mutation CreateToken($input: AccountTokenInput!) { createToken(input: $input) { secret } }', { input: { name, days, narrowedTo } })).createToken.secret
}
export async function revokeToken(id: string): Promise<void> {
  await run('mutation RevokeToken($id: ID!) { revokeToken(id: $id) }', { id })
}

export async function startTotp(password: string): Promise<{ secret: string, uri: string }> {
  return (await run<{ startTotp: { secret: string, uri: string } }>('mutation StartTotp($password: String!) { startTotp(password: $password) { secret uri } }', { password })).startTotp
}
export async function confirmTotp(code: string): Promise<string[]> {
  return (await run<{ confirmTotp: { recoveryCodes: string[] } }>('mutation ConfirmTotp($code: String!) { confirmTotp(code: $code) { recoveryCodes } }', { code })).confirmTotp.recoveryCodes
}
/** How many of the recovery codes were not used yet. */
export async function recoveryCodesLeft(): Promise<number> {
  return (await query<{ me: { recoveryCodesLeft: number } }>('query RecoveryCodesLeft { me { recoveryCodesLeft } }')).me.recoveryCodesLeft
}
/** New recovery codes; those before are good for nothing from now on. */
export async function renewRecoveryCodes(password: string): Promise<string[]> {
  return (await run<{ renewRecoveryCodes: { recoveryCodes: string[] } }>('mutation RenewRecoveryCodes($password: String!) { renewRecoveryCodes(password: $password) { recoveryCodes } }', { password })).renewRecoveryCodes.recoveryCodes
}
export async function disableTotp(password: string): Promise<void> {
  await run('mutation DisableTotp($password: String!) { disableTotp(password: $password) }', { password })
}
