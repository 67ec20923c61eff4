import { ConflictError, NotAllowedError, type Guard, type PluginDefinition, type Resolvers } from '@kartotek/sdk'
import type { Accounts } from './accounts.ts'
import { ownAccountResolvers } from './graphql/own-account.ts'
import { typeDefs } from './graphql/sdl.ts'
import { usersResolvers } from './graphql/users.ts'
import { say } from './messages.ts'
import { isAdministrator } from './roles.ts'

/**
 * Accounts as a contribution: their part of the API, and what must hold when user records are changed by other ways (the
 * user list, an import, a plugin): the last administrator stays, and who is switched off or trashed loses sessions,
 * tokens and links; an address to sign in with is changed only by who manages users.
 */
export function accountsFeature(accounts: Accounts): PluginDefinition {
  const { db, users } = accounts.deps
  const own = ownAccountResolvers(accounts)
  const others = usersResolvers(accounts)
  const keepAnAdministrator: Guard = {
    id: 'keep-an-administrator',
    budgetMs: 1_000,
    async run(records, ctx) {
      const leaving = records.filter(({ after }) => !after || after['active'] === false || after['trashedAt']).map(({ id }) => id)
      const administrators = await Promise.all(leaving.map((id) => isAdministrator(db.pool, id)))
      if (administrators.some(Boolean) && !await accounts.people.administratorRemains(leaving)) {
        throw new ConflictError(say('lastAdministrator', ctx.actor.locale))
      }
    },
  }
  // Also by a revert, which brings back what nobody writes.
  const keepSwitches: Guard['run'] = async (records, ctx) => {
    for (const { id, before, after } of records) {
      if (!before || !after || before['active'] === after['active']) continue
      if (!await accounts.people.maySwitch(ctx.actor, id)) throw new NotAllowedError(say('switchNotYours', ctx.actor.locale))
    }
  }
  const keepAddresses: Guard['run'] = async (records, ctx) => {
    for (const { id, before, after } of records) {
      if (!before || !after || (before['email'] ?? null) === (after['email'] ?? null)) continue
      if (!await accounts.people.mayChangeAddress(ctx.actor, id)) throw new NotAllowedError(say('emailNotYours', ctx.actor.locale))
    }
  }
  return {
    id: 'accounts',
    version: '0.1.0',
    label: { ru: 'Учётные записи', uk: 'Облікові записи', fi: 'Käyttäjätilit', en: 'Accounts' },
    graphql: {
      typeDefs,
      // the core calls resolvers of its features with a CoreContext
      resolvers: { Query: { ...own.Query, ...others.Query }, Mutation: { ...own.Mutation, ...others.Mutation } } as unknown as Resolvers,
    },
    guards: {
      'user.update': {
        id: 'keep-accounts-safe', budgetMs: 1_000,
        async run(records, ctx) {
          await keepAddresses(records, ctx)
          await keepSwitches(records, ctx)
          await keepAnAdministrator.run(records, ctx)
        },
      },
      'user.delete': keepAnAdministrator,
    },
    on: {
      'user.*': {
        id: 'lock-out-the-inactive',
        async run(events) {
          for (const { name, recordId, changed } of events) {
            const person = await users.get(recordId)
            if (!person?.active) await accounts.people.lockOut(recordId)
            // a new person's first address is no change: the invitation just went to it
            else if (name !== 'user.created' && changed.includes('email')) await accounts.people.endLinks(recordId)
          }
        },
      },
    },
    schedules: [{ id: 'remove-expired', cron: '17 3 * * *', run: () => accounts.removeExpired() }],
  }
}
