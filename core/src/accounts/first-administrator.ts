import { ConflictError, type Locale } from '@kartotek/sdk'
import type { AccountsDeps } from './deps.ts'
import { writeAccessLog } from './access-log.ts'
import { anyCredentials, setPassword } from './credentials.ts'
import { emailText, textField } from './input.ts'
import type { Links } from './links.ts'
import { say } from './messages.ts'
import { checkPassword } from './password/rules.ts'
import { listRoles, setRoles } from './roles.ts'
import { inTransaction } from './transaction.ts'
import type { Executor } from './access-changes.ts'

/** What the start found: an administrator made from the environment, a link to print, or nothing to do. */
export type FirstAdministrator =
  | { kind: 'created', email: string }
  | { kind: 'link', url: string }
  | { kind: 'present' }

/** Any number, the same in every version: two nodes, or two browsers, never make two first administrators. */
const SETUP_LOCK = 7_510_011

export type Setup = ReturnType<typeof createSetup>

/** From an empty database to somebody who can sign in. There is no default account and no default password. */
export function createSetup(deps: Pick<AccountsDeps, 'db' | 'users'> & { links: Links }) {
  const { db, users, links } = deps

  /** Under the lock: the user record, its password, the administrator role. */
  async function create(client: Executor, input: { name: string, email: string, password: string, locale: Locale }): Promise<string> {
    const administrator = (await listRoles(client)).find((role) => role.key === 'administrator')
    if (!administrator) throw new Error('The role "administrator" is missing: make the ready roles before the first administrator.')
    await checkPassword(input.password, [input.name, input.email], input.locale)
    const existing = await users.findByEmail(input.email)
    const { id } = existing ?? await users.create({ name: input.name, email: input.email, locale: input.locale })
    await setPassword(client, id, input.password)
    await setRoles(client, null, id, [administrator.id])
    return id
  }

  return {
    /** Whether nobody can sign in yet. */
    needed: async (): Promise<boolean> => !await anyCredentials(db.pool),

    /**
     * At start, after migrations, records and roles. `KARTOTEK_ADMIN_EMAIL` and `_PASSWORD` make the first administrator
     * if nobody can sign in yet; without them a new one-time link for the set-up page is returned, valid for 24 hours.
     * @throws InputError if the given password is too weak
     */
    async ensureFirstAdministrator(given?: { email: string, password: string, name?: string, locale?: Locale }): Promise<FirstAdministrator> {
      return inTransaction(db, async (client) => {
        await client.query('select pg_advisory_xact_lock($1)', [SETUP_LOCK])
        if (await anyCredentials(client)) return { kind: 'present' }
        if (!given) return { kind: 'link', url: (await links.create(client, 'setup', null)).url }
        const locale = given.locale ?? 'en'
        const email = emailText(given.email, locale)
        const userId = await create(client, { name: given.name ?? email.split('@')[0] ?? email, email, password: given.password, locale })
        await links.endAll(client, null)
        await writeAccessLog(db, { kind: 'setup', userId, detail: { by: 'environment' } })
        return { kind: 'created', email }
      })
    },

    /** The set-up page: uses the link up and makes the administrator. @throws InputError, ConflictError if there is one */
    async complete(input: { token: string, name: unknown, email: unknown, password: string, locale: Locale }): Promise<{ userId: string, email: string }> {
      return inTransaction(db, async (client) => {
        await client.query('select pg_advisory_xact_lock($1)', [SETUP_LOCK])
        if (await anyCredentials(client)) throw new ConflictError(say('setupDone', input.locale))
        await links.use(client, 'setup', input.token, input.locale)
        const email = emailText(input.email, input.locale)
        const userId = await create(client, { ...input, name: textField(input.name, 'name', 200, input.locale), email })
        await links.endAll(client, null)
        return { userId, email }
      })
    },
  }
}
