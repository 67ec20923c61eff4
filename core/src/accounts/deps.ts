import type { Actor, Locale, Log, Provider } from '@kartotek/sdk'
import type { IdentityProvider } from '@kartotek/sdk/contracts'
import type { CoreContext } from '../access/caller.ts'
import type { Database } from '../database/index.ts'
import type { TrustProxy } from './address.ts'

/** What accounts need to know of a user record. */
export interface DirectoryUser {
  id: string
  name: string
  /** As the record keeps it (`facts/email`): lower case, domain in punycode. Empty where there is none. */
  email: string
  locale: Locale
  /** May sign in: switched on and not in the trash. */
  active: boolean
}

/**
 * The user records, as accounts see them. The record engine implements it, so that validation and the audit trail hold;
 * `sqlUsers` is a plain one. Accounts have checked the right already (own name and language, `users.manage`), and whoever
 * has it need not have the right to write users: write as the system, on behalf of `ctx.actor`. `ctx` is absent where nobody
 * acts: at the first start and on the command line.
 */
export interface UserDirectory {
  /** @throws InputError, DuplicateError */
  create(input: { name: string, email: string, locale: Locale }, ctx?: CoreContext): Promise<{ id: string }>
  update(id: string, input: { name?: string, locale?: Locale, active?: boolean }, ctx?: CoreContext): Promise<void>
  /** Exact match on the address as records keep it; never by similarity. */
  findByEmail(email: string): Promise<DirectoryUser | null>
  get(id: string): Promise<DirectoryUser | null>
}

/**
 * Sends one mail; rejects if it was not accepted. Mailboxes show mails with the same `id` (a name, without a host) once. To people
 * outside it comes from the company (`fromName`), and who answers writes to a person (`replyTo`).
 */
export type SendMail = (mail: { to: string, subject: string, text: string, id?: string, fromName?: string, replyTo?: { name: string, address: string } }) => Promise<void>

export interface AccountsDeps {
  db: Database
  log: Log
  /** `KARTOTEK_SECRET`, at least 32 characters. Keys for cookies, second factors and links are derived from it. */
  secret: string
  /**
   * `PUBLIC_URL`: links are made from it, never from a request. https switches to `__Host-` cookies with Secure. A function
   * where the port is known only later; the scheme must be right from the start.
   */
  publicUrl: string | (() => string)
  users: UserDirectory
  /** `SMTP_URL`. Absent: links are kept for the administrator to hand over. */
  smtpUrl?: string
  /** Replaces the SMTP transport. */
  sendMail?: SendMail
  /** Which proxies may name the client's address; with express: `app.get('trust proxy fn')`. Default: none. */
  trustProxy?: TrustProxy
  /** Names of the capabilities that plugins add, for `me.capabilities`. */
  pluginCapabilities?: () => readonly string[]
  /** Who else can say who somebody is. */
  identityProviders?: () => readonly Provider<IdentityProvider>[]
  /** Throws where these roles go beyond the rights of the caller: who takes over an account gets them. */
  refuseBeyond?: (ctx: CoreContext, roleIds: string[]) => void
  /** Shown by `GET /auth/status` when the demo company is loaded. */
  demo?: { email: string, password: string }
}

/** The address as of now. */
export const urlOf = (publicUrl: AccountsDeps['publicUrl']): string => (typeof publicUrl === 'string' ? publicUrl : publicUrl())

/** The system as an actor, for work that nobody asked for. */
export const SYSTEM: Actor = {
  kind: 'system', id: 'system', userId: null, name: 'Kartotek', locale: 'en', roleIds: [], teamIds: [], hasShares: false,
}
