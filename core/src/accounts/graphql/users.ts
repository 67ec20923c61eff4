import { LimitError, NotFoundError } from '@kartotek/sdk'
import type { CoreContext } from '../../access/caller.ts'
import { writeAccessLog } from '../access-log.ts'
import type { Accounts } from '../accounts.ts'
import { accountOverviews } from '../account-overview.ts'
import { say } from '../messages.ts'
import type { InviteInput } from '../people.ts'
import { actsAsAdministrator, listRoles } from '../roles.ts'
import { listSessions } from '../sessions.ts'
import { listTokens, revokeToken } from '../tokens.ts'
import { markedSessions, namedRoles, namedTokens } from './own-account.ts'

const MAX_ACCOUNTS = 200

/** Resolvers about other people's accounts; `people` checks the right and who stands above whom. */
export function usersResolvers(accounts: Accounts) {
  const { deps: { db }, people } = accounts
  type User = { user: string }
  const done = async (work: Promise<unknown>) => { await work; return true }

  async function accountsOf(ctx: CoreContext, userIds: readonly string[]) {
    ctx.access.require('users.manage')
    if (userIds.length > MAX_ACCOUNTS) throw new LimitError(`users: at most ${MAX_ACCOUNTS}.`, { max: MAX_ACCOUNTS })
    const [roles, accounts] = await Promise.all([listRoles(db.pool), accountOverviews(db.pool, userIds)])
    const full = actsAsAdministrator(ctx, roles)
    return accounts.map(({ roleIds, administrator, ...account }) => ({
      ...account, roles: namedRoles(roleIds, roles, ctx.actor.locale), manageable: full || !administrator || account.userId === ctx.actor.userId,
    }))
  }

  async function accessLog(ctx: CoreContext, args: { user?: string | null, kind?: string | null, before?: Date | string | null, first?: number | null }) {
    ctx.access.require('audit.read')
    const first = args.first ?? 50
    if (first < 1 || first > 200) throw new LimitError('first: 1–200.', { max: 200 })
    const { rows } = await db.pool.query(`
      select id, at, kind, user_id as "userId", ip, detail from core.access_log
      where ($1::text is null or user_id::text = $1) and ($2::text is null or kind = $2) and ($3::timestamptz is null or at < $3)
      order by at desc, id desc limit $4`, [args.user ?? null, args.kind ?? null, args.before ?? null, first])
    return rows
  }

  return {
    Query: {
      accountsOf: (_: unknown, { users }: { users: string[] }, ctx: CoreContext) => accountsOf(ctx, users),
      async accountOf(_: unknown, { user }: User, ctx: CoreContext) {
        const [account] = await accountsOf(ctx, [user])
        if (!account) throw new NotFoundError(say('userUnknown', ctx.actor.locale))
        return account
      },
      async userSessions(_: unknown, { user }: User, ctx: CoreContext) {
        await people.managed(ctx, user)
        return markedSessions(await listSessions(db.pool, user), ctx)
      },
      async userTokens(_: unknown, { user }: User, ctx: CoreContext) {
        await people.managed(ctx, user)
        return namedTokens(await listTokens(db.pool, user), await listRoles(db.pool), ctx.actor.locale)
      },
      async resetLinks(_: unknown, _args: unknown, ctx: CoreContext) {
        const links = await people.openLinks(ctx)
        return links.map(({ user, url, kind, ...link }) => ({ ...link, link: url, kind: kind.toUpperCase(), name: user.name, email: user.email }))
      },
      accessLog: (_: unknown, args: Parameters<typeof accessLog>[1], ctx: CoreContext) => accessLog(ctx, args),
    },
    Mutation: {
      inviteUser: (_: unknown, { input }: { input: InviteInput }, ctx: CoreContext) => people.invite(ctx, input),
      makeResetLink: (_: unknown, { user }: User, ctx: CoreContext) => people.makeResetLink(ctx, user),
      deactivateUser: (_: unknown, { user }: User, ctx: CoreContext) => done(people.deactivate(ctx, user)),
      activateUser: (_: unknown, { user }: User, ctx: CoreContext) => done(people.activate(ctx, user)),
      endUserSessions: (_: unknown, { user }: User, ctx: CoreContext) => people.endSessions(ctx, user),
      async revokeUserToken(_: unknown, { user, id }: User & { id: string }, ctx: CoreContext) {
        await people.managed(ctx, user)
        await revokeToken(db.pool, user, id, ctx.actor.locale)
        await writeAccessLog(db, { kind: 'token_revoked', userId: user, ip: ctx.caller.ip, detail: { token: id, by: ctx.actor.userId } })
        return true
      },
      switchOffUserTotp: (_: unknown, { user }: User, ctx: CoreContext) => people.switchOffTotp(ctx, user),
      setUserRoles: (_: unknown, { user, roles }: User & { roles: string[] }, ctx: CoreContext) => done(people.setRoles(ctx, user, roles)),
    },
  }
}
