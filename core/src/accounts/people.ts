import { DuplicateError, InputError, NotAllowedError, NotFoundError, type Actor } from '@kartotek/sdk'
import type { CoreContext } from '../access/caller.ts'
import { UUID } from '../facts/uuid.ts'
import { writeAccessLog } from './access-log.ts'
import { hasCredentials } from './credentials.ts'
import type { AccountsDeps, DirectoryUser, SendMail } from './deps.ts'
import { emailText, localeField, textField } from './input.ts'
import type { Links, OpenLink } from './links.ts'
import { linkLetter } from './mail.ts'
import { say } from './messages.ts'
import { actsAsAdministrator, administratorsWithout, isAdministrator, keepAnAdministrator, listRoles, rolesOf, setRoles } from './roles.ts'
import { endSessions } from './sessions.ts'
import { revokeAllTokens } from './tokens.ts'
import { inTransaction } from './transaction.ts'
import type { TwoFactor } from './two-factor.ts'

export interface InviteInput { name: string, email: string, locale?: string | null, roles?: string[] | null }
/** `link` is given where it was not mailed and somebody has to hand it over. */
export interface HandedLink { userId: string, mailed: boolean, link: string | null, expiresAt: Date }

export type People = ReturnType<typeof createPeople>

/** What holders of `users.manage` do with other people's accounts. */
export function createPeople(deps: Pick<AccountsDeps, 'db' | 'users' | 'log' | 'refuseBeyond'> & { links: Links, twoFactor: TwoFactor, sendMail: SendMail | null }) {
  const { db, users, links, twoFactor, sendMail, log } = deps

  /** The person, whom the caller may manage. @throws NotFoundError, NotAllowedError */
  async function managed(ctx: CoreContext, userId: string): Promise<DirectoryUser> {
    ctx.access.require('users.manage')
    const person = UUID.test(userId) ? await users.get(userId) : null
    if (!person) throw new NotFoundError(say('userUnknown', ctx.actor.locale))
    await refuseAboveYou(ctx, userId)
    return person
  }
  async function refuseAboveYou(ctx: CoreContext, userId: string): Promise<void> {
    if (ctx.actor.userId === userId || ctx.actor.kind === 'system' || !await isAdministrator(db.pool, userId)) return
    if (!actsAsAdministrator(ctx, await listRoles(db.pool))) throw new NotAllowedError(say('administratorsOnly', ctx.actor.locale))
  }
  /** Who could sign in as this person afterwards must have all of the person's rights already. */
  async function refuseTakingOver(ctx: CoreContext, userId: string): Promise<void> {
    if (ctx.actor.userId === userId || ctx.access.everything) return
    const held = new Set(await rolesOf(db.pool, userId))
    const theirs = (await listRoles(db.pool)).filter((role) => held.has(role.id))
    if (!theirs.every((role) => role.capabilities.every((name) => ctx.access.capability(name)))) throw new NotAllowedError(say('administratorsOnly', ctx.actor.locale))
    deps.refuseBeyond?.(ctx, [...held])
  }
  /** Makes a link and mails it where there is mail; a mail that fails leaves the link for the administrator. */
  async function sendLink(kind: 'invitation' | 'reset', person: DirectoryUser, createdBy: string | null): Promise<HandedLink> {
    const link = await inTransaction(db, (client) => links.create(client, kind, person.id, createdBy))
    const { rows: [row] } = await db.pool.query<{ expires_at: Date }>('select expires_at from auth.link where id = $1', [link.id])
    const expiresAt = row?.expires_at ?? new Date()
    if (!sendMail || !person.email) return { userId: person.id, mailed: false, link: link.url, expiresAt }
    try {
      await sendMail({ to: person.email, ...linkLetter(kind, { name: person.name, url: link.url }, person.locale) })
      await links.mailed(db.pool, link.id)
      return { userId: person.id, mailed: true, link: null, expiresAt }
    } catch (error) {
      log.warn({ err: error, userId: person.id }, 'a letter with a link could not be sent; the link waits for an administrator')
      return { userId: person.id, mailed: false, link: link.url, expiresAt }
    }
  }

  /** Switches a person off: sessions, tokens and open links end at once. */
  async function lockOut(userId: string): Promise<void> {
    await inTransaction(db, async (client) => {
      await endSessions(client, userId)
      await revokeAllTokens(client, userId)
      await links.endAll(client, userId)
      await client.query('select auth.announce_access($1)', [userId])
    })
  }

  return {
    managed, sendLink, lockOut,

    /** Invites a new person, or one whose record exists (an import) without a password. @throws InputError, DuplicateError */
    async invite(ctx: CoreContext, input: InviteInput): Promise<HandedLink> {
      ctx.access.require('users.manage')
      const { locale: language } = ctx.actor
      const email = emailText(input.email, language)
      const name = textField(input.name, 'name', 200, language)
      const locale = localeField(input.locale, language, language)
      const existing = await users.findByEmail(email)
      if (existing && !existing.active) throw new DuplicateError(say('userInactive', language), { id: existing.id })
      if (existing && await hasCredentials(db.pool, existing.id)) throw new DuplicateError(say('userExists', language), { id: existing.id })
      if (existing) await refuseAboveYou(ctx, existing.id)
      // roles first in a trial run, so that a refusal leaves no half-made user
      if (input.roles && !existing) await inTransaction(db, (client) => trialRoles(client, ctx, input.roles ?? []))
      const id = existing?.id ?? (await users.create({ name, email, locale }, ctx)).id
      if (input.roles) await inTransaction(db, (client) => setRoles(client, ctx, id, input.roles ?? []))
      const person = existing ?? { id, name, email, locale, active: true }
      const handed = await sendLink('invitation', person, ctx.actor.userId)
      await writeAccessLog(db, { kind: 'invited', userId: id, ip: ctx.caller.ip, detail: { by: ctx.actor.userId, mailed: handed.mailed } })
      return handed
    },

    /** A reset link (or a new invitation for who has no password yet) on an administrator's word. */
    async makeResetLink(ctx: CoreContext, userId: string): Promise<HandedLink> {
      const person = await managed(ctx, userId)
      await refuseTakingOver(ctx, userId)
      if (!person.active) throw new InputError(say('userInactive', ctx.actor.locale))
      const handed = await sendLink(await hasCredentials(db.pool, userId) ? 'reset' : 'invitation', person, ctx.actor.userId)
      await writeAccessLog(db, { kind: 'reset_link_made', userId, ip: ctx.caller.ip, detail: { by: ctx.actor.userId, mailed: handed.mailed } })
      return handed
    },

    /** Links that wait to be handed over; those of administrators are seen by administrators only. */
    async openLinks(ctx: CoreContext): Promise<(OpenLink & { user: DirectoryUser })[]> {
      ctx.access.require('users.manage')
      const full = actsAsAdministrator(ctx, await listRoles(db.pool))
      const result: (OpenLink & { user: DirectoryUser })[] = []
      for (const link of await links.openLinks(db.pool)) {
        const user = await users.get(link.userId)
        const mine = full || await refuseTakingOver(ctx, link.userId).then(() => true, () => false)
        if (user?.active && mine && (full || !await isAdministrator(db.pool, user.id))) result.push({ ...link, user })
      }
      return result
    },

    async deactivate(ctx: CoreContext, userId: string): Promise<void> {
      const { locale } = ctx.actor
      await managed(ctx, userId)
      if (ctx.actor.userId === userId) throw new InputError(say('notYourself', locale))
      await inTransaction(db, async (client) => {
        if (await isAdministrator(client, userId)) await keepAnAdministrator(client, [userId], locale)
        await users.update(userId, { active: false }, ctx)
      })
      await lockOut(userId)
      await writeAccessLog(db, { kind: 'user_deactivated', userId, ip: ctx.caller.ip, detail: { by: ctx.actor.userId } })
    },

    async activate(ctx: CoreContext, userId: string): Promise<void> {
      await managed(ctx, userId)
      await users.update(userId, { active: true }, ctx)
      await writeAccessLog(db, { kind: 'user_activated', userId, ip: ctx.caller.ip, detail: { by: ctx.actor.userId } })
    },

    async setRoles(ctx: CoreContext, userId: string, roleIds: string[]): Promise<void> {
      await managed(ctx, userId)
      const before = await inTransaction(db, async (client) => {
        const held = await rolesOf(client, userId)
        await setRoles(client, ctx, userId, [...new Set(roleIds)])
        return held
      })
      await writeAccessLog(db, { kind: 'roles_changed', userId, ip: ctx.caller.ip, detail: { by: ctx.actor.userId, before, roles: roleIds } })
    },

    async endSessions(ctx: CoreContext, userId: string): Promise<number> {
      await managed(ctx, userId)
      const ended = await endSessions(db.pool, userId)
      await writeAccessLog(db, { kind: 'sessions_ended', userId, ip: ctx.caller.ip, detail: { by: ctx.actor.userId, ended } })
      return ended
    },

    /** For who lost the second factor and the recovery codes; ends all sessions. @returns whether it was on */
    async switchOffTotp(ctx: CoreContext, userId: string): Promise<boolean> {
      await managed(ctx, userId)
      await refuseTakingOver(ctx, userId)
      const was = await twoFactor.switchOff(userId)
      await endSessions(db.pool, userId)
      await writeAccessLog(db, { kind: 'totp_off', userId, ip: ctx.caller.ip, detail: { by: ctx.actor.userId } })
      return was
    },

    /**
     * Whether an actor may change the address with which this person signs in, and where links for a new password go: by
     * it an account is taken over. Free for people who have no roles and cannot sign in.
     */
    async mayChangeAddress(actor: Actor, userId: string): Promise<boolean> {
      if (actor.kind === 'system' || (!await hasCredentials(db.pool, userId) && !(await rolesOf(db.pool, userId)).length)) return true
      if (actor.narrowedTo) return false
      const mine = (await listRoles(db.pool)).filter((role) => actor.roleIds.includes(role.id))
      if (mine.some((role) => role.everything)) return true
      if (!mine.some((role) => role.capabilities.includes('users.manage')) || await isAdministrator(db.pool, userId)) return false
      const theirs = new Set(await rolesOf(db.pool, userId))
      const capabilities = new Set(mine.flatMap((role) => role.capabilities))
      return (await listRoles(db.pool)).filter((role) => theirs.has(role.id)).every((role) => role.capabilities.every((name) => capabilities.has(name)))
    },

    /** Whether an actor may switch this person on and off. */
    async maySwitch(actor: Actor, userId: string): Promise<boolean> {
      if (actor.kind === 'system') return true
      if (actor.narrowedTo) return false
      const mine = (await listRoles(db.pool)).filter((role) => actor.roleIds.includes(role.id))
      if (mine.some((role) => role.everything)) return true
      return mine.some((role) => role.capabilities.includes('users.manage')) && !await isAdministrator(db.pool, userId)
    },

    /** Ends links that went to an address that the person no longer has. */
    endLinks: (userId: string) => links.endAll(db.pool, userId),

    /** Whether an administrator remains when these people are gone: the veto on changes of user records by other ways. */
    administratorRemains: (without: string[]) => administratorsWithout(db.pool, without),
  }
}

/** Checks roles against a person who does not exist, then undoes it. */
async function trialRoles(client: Parameters<typeof setRoles>[0], ctx: CoreContext, roleIds: string[]): Promise<void> {
  await client.query('savepoint trial')
  await setRoles(client, ctx, '00000000-0000-0000-0000-000000000000', roleIds)
  await client.query('rollback to savepoint trial')
}
