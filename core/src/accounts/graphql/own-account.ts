import { AuthenticationError, NotAllowedError, textIn, type Locale, type Narrowing } from '@kartotek/sdk'
import type { CoreContext } from '../../access/caller.ts'
import { CAPABILITIES } from '../../access/capabilities.ts'
import { checkNarrowing, namedObjects } from '../../access/narrowing.ts'
import type { Action } from '../../access/roles.ts'
import type { RequestContext } from '../../graphql/context.ts'
import { writeAccessLog, type AccessLogKind } from '../access-log.ts'
import type { Accounts } from '../accounts.ts'
import { isLoopback } from '../address.ts'
import { sessionCookie } from '../cookie.ts'
import { urlOf } from '../deps.ts'
import { localeField, textField } from '../input.ts'
import { say } from '../messages.ts'
import { listRoles, type RoleInfo } from '../roles.ts'
import { endSession, endSessions, listSessions, type SessionInfo } from '../sessions.ts'
import type { RequestFacts } from '../sign-in.ts'
import { createToken, listTokens, revokeToken, type TokenInfo } from '../tokens.ts'

/** The person who asks. @throws AuthenticationError for callers without one */
export function personOf(ctx: CoreContext): string {
  if (!ctx.actor.userId) throw new AuthenticationError()
  return ctx.actor.userId
}

/** An account is changed by who signed in with its password, not by a token: a stolen token must not become the account. */
function withSession(ctx: CoreContext): { userId: string, sessionId: string } {
  const userId = personOf(ctx)
  if (ctx.actor.kind !== 'user' || !ctx.caller.sessionId) throw new NotAllowedError(say('sessionOnly', ctx.actor.locale))
  return { userId, sessionId: ctx.caller.sessionId }
}

const factsOf = (ctx: CoreContext): RequestFacts => ({ ip: ctx.caller.ip ?? '', userAgent: ctx.caller.userAgent ?? '', locale: ctx.actor.locale })

export const namedRoles = (ids: readonly string[], all: RoleInfo[], locale: Locale) =>
  all.filter((role) => ids.includes(role.id)).map((role) => ({ id: role.id, key: role.key, name: textIn(role.name, locale) }))

export const namedTokens = (tokens: TokenInfo[], all: RoleInfo[], locale: Locale) =>
  tokens.map((token) => ({ ...token, roles: token.roleIds && namedRoles(token.roleIds, all, locale), narrowedTo: token.narrowedTo && listed(token.narrowedTo) }))

interface NarrowingInput { objects: { object: string, actions: string[] }[], capabilities?: string[] | null }

const listed = (narrowing: Narrowing) => ({
  objects: namedObjects(narrowing).map(([object, actions]) => ({ object, actions: actions.map((action) => action.toUpperCase()) })), capabilities: narrowing.capabilities ?? [],
})

function narrowingOf({ objects, capabilities }: NarrowingInput): Narrowing {
  const byName: Record<string, Action[]> = {}
  for (const { object, actions } of objects) byName[object] = [...byName[object] ?? [], ...actions.map((action) => action.toLowerCase() as Action)]
  return { objects: byName, capabilities: capabilities ?? [] }
}

export const markedSessions = (sessions: SessionInfo[], ctx: CoreContext) => sessions.map((s) => ({ ...s, current: s.id === ctx.caller.sessionId }))

/** Resolvers about the caller's own account. */
export function ownAccountResolvers(accounts: Accounts) {
  const { deps, twoFactor, signIn, passwords } = accounts
  const { db, users } = deps
  const noted = (ctx: CoreContext, kind: AccessLogKind, detail: Record<string, unknown> = {}) =>
    writeAccessLog(db, { kind, userId: personOf(ctx), ip: ctx.caller.ip, detail })

  async function me(ctx: CoreContext) {
    const userId = personOf(ctx)
    const [person, roles] = await Promise.all([users.get(userId), listRoles(db.pool)])
    if (!person) throw new AuthenticationError()
    return {
      id: person.id, name: person.name, email: person.email, locale: person.locale, roles: namedRoles(ctx.actor.roleIds, roles, person.locale),
      capabilities: [...CAPABILITIES, ...deps.pluginCapabilities?.() ?? []].filter((name) => ctx.access.capability(name)),
      twoFactorEnabled: () => twoFactor.isOn(userId),
      recoveryCodesLeft: () => twoFactor.recoveryCodesLeft(userId),
      secureConnection: sessionCookie(urlOf(deps.publicUrl)).secure || isLoopback(ctx.caller.ip ?? ''),
    }
  }

  return {
    Query: {
      me: (_: unknown, _args: unknown, ctx: CoreContext) => me(ctx),
      mySessions: async (_: unknown, _args: unknown, ctx: CoreContext) => markedSessions(await listSessions(db.pool, personOf(ctx)), ctx),
      myTokens: async (_: unknown, _args: unknown, ctx: CoreContext) =>
        namedTokens(await listTokens(db.pool, personOf(ctx)), await listRoles(db.pool), ctx.actor.locale),
    },
    Mutation: {
      async updateMe(_: unknown, args: { name?: string | null, locale?: string | null }, ctx: CoreContext) {
        const { userId } = withSession(ctx)
        const language = ctx.actor.locale
        await users.update(userId, {
          ...(args.name != null && { name: textField(args.name, 'name', 200, language) }),
          ...(args.locale != null && { locale: localeField(args.locale, language, language) }),
        }, ctx)
        return me(ctx)
      },
      async changePassword(_: unknown, args: { currentPassword: string, newPassword: string }, ctx: CoreContext) {
        const { userId, sessionId } = withSession(ctx)
        await signIn.reauthenticate(userId, args.currentPassword, factsOf(ctx))
        await passwords.change(userId, args.newPassword, sessionId, factsOf(ctx))
        return true
      },
      async revokeSession(_: unknown, args: { id: string }, ctx: CoreContext) {
        await endSession(db.pool, withSession(ctx).userId, args.id, ctx.actor.locale)
        await noted(ctx, 'session_ended')
        return true
      },
      async revokeOtherSessions(_: unknown, _args: unknown, ctx: CoreContext) {
        const { userId, sessionId } = withSession(ctx)
        const ended = await endSessions(db.pool, userId, sessionId)
        await noted(ctx, 'sessions_ended', { ended })
        return ended
      },
      async startTotp(_: unknown, args: { password: string }, ctx: CoreContext) {
        const { userId } = withSession(ctx)
        await signIn.reauthenticate(userId, args.password, factsOf(ctx))
        return twoFactor.start(userId, (await users.get(userId))?.email ?? ctx.actor.name, ctx.actor.locale)
      },
      async confirmTotp(_: unknown, args: { code: string }, ctx: CoreContext) {
        const { userId, sessionId } = withSession(ctx)
        const recoveryCodes = await twoFactor.confirm(userId, args.code, ctx.actor.locale)
        await endSessions(db.pool, userId, sessionId)
        await noted(ctx, 'totp_on')
        return { recoveryCodes }
      },
      async renewRecoveryCodes(_: unknown, args: { password: string }, ctx: CoreContext) {
        const { userId } = withSession(ctx)
        await signIn.reauthenticate(userId, args.password, factsOf(ctx))
        const recoveryCodes = await twoFactor.renewRecoveryCodes(userId, ctx.actor.locale)
        await noted(ctx, 'recovery_codes_made')
        return { recoveryCodes }
      },
      async disableTotp(_: unknown, args: { password: string }, ctx: CoreContext) {
        const { userId, sessionId } = withSession(ctx)
        await signIn.reauthenticate(userId, args.password, factsOf(ctx))
        const was = await twoFactor.switchOff(userId)
        await endSessions(db.pool, userId, sessionId)
        if (was) await noted(ctx, 'totp_off')
        return was
      },
      async createToken(_: unknown, args: { input: { name: string, roles?: string[] | null, narrowedTo?: NarrowingInput | null, days?: number | null } }, ctx: RequestContext) {
        const { userId } = withSession(ctx)
        const { name, roles: roleIds, days } = args.input
        const narrowedTo = args.input.narrowedTo ? checkNarrowing(ctx.reading.generation.model, ctx.access, narrowingOf(args.input.narrowedTo)) : null
        const { secret, token } = await createToken(db.pool, { userId, name, roleIds, narrowedTo, days }, ctx.actor.locale)
        await noted(ctx, 'token_created', { token: token.id, name: token.name, ...(narrowedTo && { narrowedTo }) })
        return { secret, token: namedTokens([token], await listRoles(db.pool), ctx.actor.locale)[0] }
      },
      async revokeToken(_: unknown, args: { id: string }, ctx: CoreContext) {
        await revokeToken(db.pool, withSession(ctx).userId, args.id, ctx.actor.locale)
        await noted(ctx, 'token_revoked', { token: args.id })
        return true
      },
    },
  }
}
