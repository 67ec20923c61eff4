import { RateLimitedError, type Locale } from '@kartotek/sdk'
import { writeAccessLog } from './access-log.ts'
import { addressKey } from './address.ts'
import { hasCredentials, setPassword } from './credentials.ts'
import type { AccountsDeps, DirectoryUser } from './deps.ts'
import { linkInvalid, type LinkKind, type Links } from './links.ts'
import { signInKeys, type Limits } from './limits.ts'
import { checkPassword } from './password/rules.ts'
import type { People } from './people.ts'
import { endSessions } from './sessions.ts'
import type { RequestFacts } from './sign-in.ts'
import { inTransaction } from './transaction.ts'

export type Passwords = ReturnType<typeof createPasswords>

/** Setting a password: with a link (reset, invitation) or with the current one. Each ends sessions. */
export function createPasswords(deps: Pick<AccountsDeps, 'db' | 'users' | 'log'> & { links: Links, limits: Limits, people: People }) {
  const { db, users, links, limits, people, log } = deps

  async function handleReset(email: string, facts: RequestFacts): Promise<void> {
    const person = await users.findByEmail(email)
    const reason = !person ? 'unknown' : !person.active ? 'inactive' : !await hasCredentials(db.pool, person.id) ? 'never signed in' : null
    if (!person || reason) {
      await writeAccessLog(db, { kind: 'reset_denied', userId: person?.id ?? null, ip: facts.ip, detail: { reason } })
      return
    }
    try {
      await limits.take('resetAccount', person.id, facts.locale)
    } catch (error) {
      if (!(error instanceof RateLimitedError)) throw error
      await writeAccessLog(db, { kind: 'reset_denied', userId: person.id, ip: facts.ip, detail: { reason: 'limit' } })
      return
    }
    const { mailed } = await people.sendLink('reset', person, null)
    await writeAccessLog(db, { kind: 'reset_requested', userId: person.id, ip: facts.ip, detail: { mailed } })
  }

  /** Which person a link belongs to, for the page that it opens. @throws InputError, RateLimitedError */
  async function personOf(kind: LinkKind, token: string, facts: RequestFacts): Promise<DirectoryUser> {
    await limits.take('link', addressKey(facts.ip), facts.locale)
    const link = await links.find(db.pool, kind, token)
    const person = link?.userId ? await users.get(link.userId) : null
    // a link of someone who was locked out since is no better than an expired one
    if (!person?.active) throw linkInvalid(facts.locale)
    return person
  }

  return {
    personOf,

    /**
     * Asks for a reset link. Answers at once and the same for every address; what was done is in the access log.
     * @returns the work that goes on behind the answer, for tests and shutdown
     * @throws RateLimitedError by address only
     */
    async requestReset(email: string, facts: RequestFacts): Promise<{ done: Promise<void> }> {
      await limits.take('reset', addressKey(facts.ip), facts.locale)
      const done = handleReset(email, facts).catch((error: unknown) => log.error({ err: error }, 'a password reset could not be prepared'))
      return { done }
    },

    /**
     * Sets the password of a reset or invitation link and ends every session and other link of the person. Does not sign
     * in: who has a second factor still needs it.
     * @throws InputError for a link that does not work (used, expired, person locked out) or a weak password: then the link still works
     */
    async setByLink(kind: 'reset' | 'invitation', token: string, password: string, facts: RequestFacts): Promise<DirectoryUser> {
      const person = await personOf(kind, token, facts)
      await checkPassword(password, [person.name, person.email], facts.locale)
      await inTransaction(db, async (client) => {
        if (await links.use(client, kind, token, facts.locale) !== person.id) throw linkInvalid(facts.locale)
        await setPassword(client, person.id, password)
        await links.endAll(client, person.id)
        await endSessions(client, person.id)
      })
      // who was locked out by strangers' guesses gets in again
      const keys = signInKeys(person.id, facts.ip)
      await Promise.all([limits.forget('pair', keys.pair), limits.forget('account', keys.account)])
      await writeAccessLog(db, { kind: kind === 'reset' ? 'reset_done' : 'invitation_accepted', userId: person.id, ip: facts.ip })
      return person
    },

    /** Changes the password of a signed-in person (who was asked for the current one) and ends the other sessions. */
    async change(userId: string, password: string, keepSession: string | undefined, facts: { ip?: string, locale: Locale }): Promise<void> {
      const person = await users.get(userId)
      await checkPassword(password, [person?.name ?? '', person?.email ?? ''], facts.locale, 'newPassword')
      await inTransaction(db, async (client) => {
        await setPassword(client, userId, password)
        await links.endAll(client, userId)
        await endSessions(client, userId, keepSession)
      })
      await writeAccessLog(db, { kind: 'password_changed', userId, ip: facts.ip })
    },
  }
}
